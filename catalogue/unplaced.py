"""Offerings whose area the table of areas did not know, looked up again when that table has changed."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select, update

from catalogue.lookup import AreaIndex
from catalogue.tables import offering

__all__ = ["place_again"]


def place_again(connection: Connection) -> int:
    """Give offerings of unknown areas the area their key or name means by now; return how many.

    What their sources say is as before, so the offerings do not count as changed.
    """
    unplaced = offering.c.area_id.is_(None)
    raws = connection.scalars(select(offering.c.area_raw).distinct().where(unplaced)).all()
    if not raws:
        return 0
    resolve = AreaIndex.load(connection).resolve
    found = [{"raw": raw, "found": area_id} for raw in raws if (area_id := resolve(raw)) is not None]
    if not found:
        return 0
    meant = unplaced, offering.c.area_raw == bindparam("raw")
    return connection.execute(
        update(offering).where(*meant).values(area_id=bindparam("found")), found
    ).rowcount
