"""Which files of deliveries are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from catalogue.errors import NotFound
from catalogue.tables import payload, source, source_run

__all__ = ["PayloadRow", "one_payload", "payload_rows"]


@dataclass(frozen=True, slots=True)
class PayloadRow:
    """One file that was kept of a delivery; docs/data-dictionary.md explains every field."""

    payload: int
    source: str
    run: int
    state: str
    kept_at: str
    name: str
    size: int
    stored: int
    sha256: str


def payload_rows(connection: Connection, source_key: str = "") -> list[PayloadRow]:
    """Return the kept files, of all sources or one, the newest first.

    Raise NotFound for a source that the database does not know.
    """
    query = _query().order_by(payload.c.kept_at.desc(), payload.c.id.desc())
    if source_key:
        known = connection.scalars(select(source.c.key).order_by(source.c.key)).all()
        if source_key not in known:
            raise NotFound("payload_source_unknown", given=source_key, known=", ".join(known) or "–")
        query = query.where(source.c.key == source_key)
    return [PayloadRow(*row) for row in connection.execute(query)]


def one_payload(connection: Connection, number: int) -> PayloadRow:
    """Return one kept file. Raise NotFound if there is none of this number."""
    row = connection.execute(_query().where(payload.c.id == number)).first()
    if row is None:
        raise NotFound("payload_unknown", number=number)
    return PayloadRow(*row)


def _query() -> Select[*tuple[Any, ...]]:
    part = and_(source_run.c.run_id == payload.c.run_id, source_run.c.source_id == payload.c.source_id)
    return (
        select(
            payload.c.id,
            source.c.key,
            payload.c.run_id,
            func.coalesce(source_run.c.state, ""),
            payload.c.kept_at,
            payload.c.name,
            payload.c.size,
            payload.c.stored,
            payload.c.digest,
        )
        .join(source, source.c.id == payload.c.source_id)
        .outerjoin(source_run, part)
    )
