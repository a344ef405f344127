"""What a check of links brought to light: links that broke, and links that answer again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from catalogue.reports.links import LinkRunRow, link_run_row, links
from catalogue.tables import link_check, link_target

__all__ = ["BrokenLink", "LinksMoved", "links_moved"]


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """A link that broke: why, and how many cells of which areas rest on it by now."""

    url: str
    kind: str
    cells: int
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinksMoved:
    """A check of links, the links that broke with it, and those that answer again since it."""

    run: LinkRunRow
    broken: tuple[BrokenLink, ...]
    recovered: tuple[str, ...]


def links_moved(connection: Connection, number: int) -> LinksMoved | None:
    """Return what a check of links saw; None if the run checked none."""
    row = link_run_row(connection, number)
    if row is None:
        return None
    broken, recovered = _moved(connection, row)
    used = {one.url: one for one in links(connection, states=("broken",))} if broken else {}
    found = [
        BrokenLink(url, kind, used[url].cells if url in used else 0, used[url].areas if url in used else ())
        for url, kind in broken.items()
    ]
    found.sort(key=lambda one: (-one.cells, one.url))
    return LinksMoved(row, tuple(found), tuple(sorted(recovered)))


def _moved(connection: Connection, row: LinkRunRow) -> tuple[dict[str, str], list[str]]:
    """Return the addresses that broke within a check with the reason, and those that came back."""
    end = row.finished_at or connection.scalar(select(func.max(link_check.c.first_at))) or row.started_at
    earlier = link_check.alias()
    before = (
        select(earlier.c.state)
        .where(earlier.c.target_id == link_check.c.target_id, earlier.c.first_at < link_check.c.first_at)
        .order_by(earlier.c.first_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(link_target.c.url, link_check.c.state, link_check.c.kind, func.coalesce(before, ""))
        .join(link_target, link_target.c.id == link_check.c.target_id)
        # Every span that began in the period also ended in it or later, which the index knows.
        .where(
            link_check.c.last_at >= row.started_at,
            link_check.c.first_at >= row.started_at,
            link_check.c.first_at <= end,
        )
        .order_by(link_check.c.first_at)
    )
    broken: dict[str, str] = {}
    recovered: list[str] = []
    for url, state, kind, state_before in connection.execute(query):
        if state == "broken" and state_before != "broken":
            broken[url] = kind
        elif state in {"ok", "moved"} and state_before == "broken":
            recovered.append(url)
    return broken, recovered
