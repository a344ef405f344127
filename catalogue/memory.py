"""What connectors remember from night to night, kept in step with the data it goes with."""

from __future__ import annotations

from sqlalchemy import Connection, and_, delete, insert, literal, select

from catalogue.objects import Delivered
from catalogue.staged import STAGED
from catalogue.tables import source_memory

__all__ = ["apply_memory", "load_memory"]

stage = STAGED["stage_memory"]


def load_memory(connection: Connection, source_id: int) -> dict[str, str]:
    """Return what a source's connector remembers, by key."""
    query = select(source_memory.c.key, source_memory.c.value).where(source_memory.c.source_id == source_id)
    return dict(connection.execute(query).all())


def apply_memory(connection: Connection, delivered: Delivered) -> None:
    """Keep what the attached stage remembers; of a complete delivery nothing else.

    Only what differs is written.
    """
    own = source_memory.c.source_id == delivered.source_id
    same = and_(own, source_memory.c.key == stage.c.ref, source_memory.c.value == stage.c.value)
    kept = select(stage.c.ref).where(same)
    if delivered.scope == "everything":
        outdated = source_memory.c.key.not_in(select(stage.c.ref))
        connection.execute(delete(source_memory).where(own, outdated))
    rewritten = select(stage.c.ref).where(stage.c.ref.not_in(kept))
    connection.execute(delete(source_memory).where(own, source_memory.c.key.in_(rewritten)))
    known = select(source_memory.c.key).where(own)
    fresh = select(literal(delivered.source_id), stage.c.ref, stage.c.value).where(stage.c.ref.not_in(known))
    connection.execute(insert(source_memory).from_select(["source_id", "key", "value"], fresh))
