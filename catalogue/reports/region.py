"""Which region the catalogue holds, and how old what it says is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from catalogue.tables import link_run, region_area, run

__all__ = ["RegionRow", "region_now"]


@dataclass(frozen=True, slots=True)
class RegionRow:
    """The region, its last finished run and its file's path; everything is empty before the first one."""

    name: str
    areas: int
    run: int | None
    as_of: str
    file: str


def region_now(connection: Connection) -> RegionRow:
    """Return the region as the last run of its region file named it."""
    areas = connection.scalar(select(func.count()).select_from(region_area)) or 0
    newest = select(run.c.id, run.c.region, run.c.region_file, run.c.finished_at).order_by(run.c.id.desc())
    named = connection.execute(newest.where(run.c.region != "").limit(1)).first()
    of_cells = (run.c.finished_at.is_not(None), ~run.c.id.in_(select(link_run.c.run_id)))
    finished = connection.execute(newest.where(*of_cells).limit(1)).first()
    return RegionRow(
        name=named.region if named else "",
        areas=areas,
        run=finished.id if finished else None,
        as_of=(finished.finished_at or "") if finished else "",
        file=named.region_file if named else "",
    )
