"""What is at stake when a staged delivery is applied: known offers that it does not repeat, or deletes.

The number of objects does not tell: the feed of another town is as large as one's own, and a few lines of an
increment can delete everything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from catalogue.lookup import AreaIndex
from catalogue.objects import Delivered
from catalogue.staged import STAGED
from catalogue.tables import offering

__all__ = ["Stake", "stake_in_file", "stake_of"]

_staged = STAGED["stage_offering"]
_AREAS_IN_FILE = "SELECT area_raw, count(*) FROM stage_offering WHERE op = 1 GROUP BY area_raw"


class Stake(NamedTuple):
    """How many offers of a source are known, and how many there would be in their place."""

    known: int
    kept: int


def stake_of(connection: Connection, delivered: Delivered) -> Stake:
    """Return what is at stake with the attached stage.

    Of a complete delivery all offers about the areas that the source shows count as kept, whatever their ids
    are; of an increment all that it does not delete.
    """
    if delivered.scope == "everything":
        written = select(_staged.c.area_raw, func.count()).where(_staged.c.op == 1)
        rows = connection.execute(written.group_by(_staged.c.area_raw)).all()
        return _in_the_same_areas(connection, delivered.source_id, ((raw, count) for raw, count in rows))
    mine = _known(delivered.source_id)
    known = connection.scalar(select(func.count()).where(mine)) or 0
    again = exists().where(_staged.c.ref == offering.c.ref, _staged.c.n == offering.c.n, _staged.c.op == 1)
    deleted = offering.c.ref.in_(select(_staged.c.ref).where(_staged.c.op == 0))
    return Stake(known, known - (connection.scalar(select(func.count()).where(mine, deleted, ~again)) or 0))


def stake_in_file(connection: Connection, source_id: int, stage: Path) -> Stake:
    """Return what would be at stake with a complete delivery whose stage lies in a file of its own."""
    with closing(sqlite3.connect(stage)) as file:
        return _in_the_same_areas(connection, source_id, file.execute(_AREAS_IN_FILE).fetchall())


def _known(source_id: int) -> ColumnElement[bool]:
    columns = offering.c
    return and_(
        columns.source_id == source_id, columns.withdrawn_run.is_(None), columns.vanished_run.is_(None)
    )


def _in_the_same_areas(connection: Connection, source_id: int, written: Iterable[tuple[str, int]]) -> Stake:
    placed = select(offering.c.area_id, func.count()).where(
        _known(source_id), offering.c.area_id.is_not(None)
    )
    before: dict[int, int] = dict(connection.execute(placed.group_by(offering.c.area_id)).all())
    resolve = AreaIndex.load(connection).resolve
    return Stake(sum(before.values()), sum(count for raw, count in written if resolve(raw) in before))
