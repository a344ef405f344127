"""The book of links as rows: where each stands, since when, what it was seen to do, and who rests on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, func, select

from catalogue.errors import NotFound
from catalogue.links import STATES, digest_of, request_url
from catalogue.reports.filters import EVERYTHING, Filters, Selection, select_cells
from catalogue.tables import cell, link_check, link_run, link_target, run

__all__ = [
    "LinkCheckRow",
    "LinkRow",
    "LinkRunRow",
    "LinkUse",
    "last_link_run",
    "link_detail",
    "link_run_row",
    "links",
]


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One link; docs/data-dictionary.md explains every field.

    ``problem`` and ``fix`` are written by whoever shows the row, in the reader's language.
    """

    url: str
    state: str
    kind: str
    problem: str
    fix: str
    since: str
    strikes: int
    failing_since: str
    last_ok: str
    checked_at: str
    result: str
    result_kind: str
    status: int | None
    final_url: str
    detail: str
    cells: int
    areas: tuple[str, ...]
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinkCheckRow:
    """Checks of a link with one outcome; docs/data-dictionary.md explains every field."""

    first_at: str
    last_at: str
    checks: int
    result: str
    kind: str
    state: str
    strikes: int
    status: int | None
    final_url: str


@dataclass(frozen=True, slots=True)
class LinkRunRow:
    """What the last check of links did; docs/data-dictionary.md explains every field."""

    run: int
    started_at: str
    finished_at: str
    state: str
    fresh_days: int
    rules: str
    due: int
    checked: int
    ok: int
    moved: int
    dead: int
    unclear: int
    newly_broken: int
    recovered: int
    own_network: bool


class LinkUse(NamedTuple):
    """A cell that rests on a link."""

    area: str
    ozg_id: str


_SAME = (
    "url",
    "state",
    "kind",
    "since",
    "strikes",
    "failing_since",
    "last_ok",
    "checked_at",
    "result",
    "result_kind",
    "final_url",
    "detail",
)


def links(
    connection: Connection, filters: Filters = EVERYTHING, states: Collection[str] = ()
) -> list[LinkRow]:
    """Return links by state, the worst first, and by how many cells rest on them.

    Without filters these are all links of the book, with filters those that chosen cells rest on. Raise
    NotFound.
    """
    unknown = next((state for state in states if state not in STATES), None)
    if unknown is not None:
        raise NotFound("link_state_unknown", given=unknown, known=", ".join(STATES))
    chosen = select_cells(connection, filters)
    uses = _uses(connection, chosen)
    query = select(link_target).where(link_target.c.state.in_(sorted(states or STATES)))
    rows = [
        _row(found, uses.get(found["url"], ()))
        for found in connection.execute(query).mappings()
        if filters == EVERYTHING or found["url"] in uses
    ]
    order = {state: place for place, state in enumerate(("broken", "suspect", "unclear", "moved", "ok"))}
    return sorted(rows, key=lambda row: (order[row.state], -row.cells, row.url))


def link_detail(connection: Connection, given: str) -> tuple[LinkRow, list[LinkCheckRow], list[LinkUse]]:
    """Return a link, its checks from the newest on, and the cells that rest on it. Raise NotFound."""
    url = request_url(given)
    query = select(link_target).where(link_target.c.digest == digest_of(url))
    found = connection.execute(query).mappings().first() if url else None
    if found is None:
        raise NotFound("link_not_found", url=given[:300])
    uses = _uses(connection, select_cells(connection, EVERYTHING)).get(url, ())
    spans = select(link_check).where(link_check.c.target_id == found["id"])
    checks = [
        LinkCheckRow(**{name: one[name] for name in _SPAN}, status=one["status"] or None)
        for one in connection.execute(spans.order_by(link_check.c.first_at.desc())).mappings()
    ]
    return _row(found, uses), checks, list(uses)


_SPAN = ("first_at", "last_at", "checks", "result", "kind", "state", "strikes", "final_url")


def last_link_run(connection: Connection) -> LinkRunRow | None:
    """Return what the last check of links did; None if there was none."""
    newest = connection.scalar(select(func.max(link_run.c.run_id)))
    return None if newest is None else link_run_row(connection, newest)


def link_run_row(connection: Connection, number: int) -> LinkRunRow | None:
    """Return what a check of links did; None if that run checked none."""
    query = (
        select(link_run, run.c.started_at, run.c.finished_at, run.c.state)
        .join(run, run.c.id == link_run.c.run_id)
        .where(link_run.c.run_id == number)
    )
    found = connection.execute(query).mappings().first()
    if found is None:
        return None
    values: dict[str, Any] = {name: value for name, value in found.items() if name != "run_id"}
    return LinkRunRow(**values | {"run": found["run_id"], "finished_at": found["finished_at"] or ""})


def _uses(connection: Connection, chosen: Selection) -> Mapping[str, tuple[LinkUse, ...]]:
    """Return the chosen cells that are online, by the address that is asked for."""
    labels = {one.id: one.label for one in chosen.areas}
    query = (
        select(cell.c.area_id, cell.c.ozg_id, cell.c.online_url)
        .where(chosen.condition(), cell.c.status == "online", func.length(cell.c.online_url) > 0)
        .order_by(cell.c.area_id, cell.c.ozg_id)
    )
    found: dict[str, list[LinkUse]] = defaultdict(list)
    for area_id, ozg_id, written in connection.execute(query):
        if area_id in labels:
            found[request_url(written)].append(LinkUse(labels[area_id], ozg_id))
    return {url: tuple(uses) for url, uses in found.items()}


def _row(found: RowMapping, uses: Iterable[LinkUse]) -> LinkRow:
    known = list(uses)
    return LinkRow(
        problem="",
        fix="",
        status=found["status"] or None,
        cells=len(known),
        areas=tuple(dict.fromkeys(use.area for use in known)),
        services=tuple(dict.fromkeys(use.ozg_id for use in known)),
        **{name: found[name] for name in _SAME},
    )
