"""The morning's page: what became of a run and the night around it, and what is to be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, func, select

from catalogue.reports.morning_carried import Carriers
from catalogue.reports.morning_links import LinksMoved, links_moved
from catalogue.reports.morning_moved import Moved, ReasonMoved, moved_in, reasons_moved
from catalogue.reports.morning_night import (
    NightLine,
    StepLine,
    merged_state,
    night_line,
    night_of_run,
    runs_of_night,
)
from catalogue.reports.morning_sources import (
    HeldDelivery,
    SourceLine,
    failed_elsewhere,
    held_deliveries,
    held_then,
    show_nothing,
    source_lines,
)
from catalogue.reports.runs import RunRow, run_detail
from catalogue.tables import link_run, night, run

__all__ = ["Morning", "NightLine", "StepLine", "last_run", "morning"]

#: What the top of the page says, the worst first; only the last two are good.
STANDINGS: Final = ("none", "running", "aborted", "failed", "empty", "partial", "quiet", "ok")


@dataclass(frozen=True, slots=True)
class Morning:
    """A run as it is told in the morning; docs/data-dictionary.md explains every field.

    All syncs of one night are told as one: ``runs`` are their numbers, and ``run`` is the first of them with
    what all of them did; it is None if nothing ever ran. ``before`` is the run they are compared with: the
    last sync before them that did not break off, None for the first one. What moved lies between that and
    the last of them. ``held`` is what is held at the moment, of earlier runs what they held. ``night`` is the
    night they belong to, or a later one that went wrong without a sync. ``failed_elsewhere`` are sources they
    did not read, and whose last attempt before failed or was held.
    """

    standing: str
    run: RunRow | None = None
    runs: tuple[int, ...] = ()
    before: RunRow | None = None
    sources: tuple[SourceLine, ...] = ()
    held: tuple[HeldDelivery, ...] = ()
    moved: Moved | None = None
    unknown: tuple[ReasonMoved, ...] = ()
    links: LinksMoved | None = None
    night: NightLine | None = None
    failed_elsewhere: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Tell whether every source is up to date and no step of the night went wrong."""
        return self.standing in {"ok", "quiet"}

    def of(self, *states: str) -> list[SourceLine]:
        """Return the lines of sources in these states."""
        return [line for line in self.sources if line.state in states]


def last_run(connection: Connection) -> int | None:
    """Return the number of the last sync; None if there was none."""
    of_links = select(link_run.c.run_id)
    newest = select(func.max(run.c.id))
    found: int | None = connection.scalar(newest.where(run.c.region != "", run.c.id.not_in(of_links)))
    return found


def morning(
    connection: Connection,
    run_id: int | None = None,
    sync: str = "lueckenlos sync",
    told: NightLine | None = None,
    now: datetime | None = None,
) -> Morning:
    """Return what is to be told of a run, by default of the last sync, with its whole night. Raise NotFound.

    ``sync`` is how a sync is called, so that commands work as they stand. ``told`` is the night that is being
    done, of which the database does not know everything yet. What is said to be running and is carried on by
    nobody ``now`` is told as broken off.
    """
    carriers = Carriers.read(connection, now or datetime.now(UTC))
    last = last_run(connection)
    number = last if run_id is None else run_id
    if number is None:
        found = told or _last_night(connection, carriers)
        return Morning("failed" if found is not None and found.trouble else "none", night=found)
    this = run_detail(connection, number).run
    if this.kind != "sync":
        return _of_another_kind(connection, this, told, carriers)
    own = told if told is not None and told.run == number else night_of_run(connection, number, carriers)
    numbers = (runs_of_night(connection, own) if own else ()) or (number,)
    lines = tuple(source_lines(connection, numbers, sync))
    this = _merged([run_detail(connection, one).run for one in numbers], lines)
    goes_on = told is None and own is not None and own.waiting is not None
    wrong = _gone_wrong_since(connection, this, carriers) if last in numbers and not goes_on else None
    around = told or wrong or own
    before = _before(connection, numbers[0])
    since = before.run if before else None
    moved = moved_in(connection, since, numbers[-1])
    state = _state(this, numbers[-1], carriers)
    # A night that is being done tells of what it had to do; other jobs have nights of their own.
    elsewhere = failed_elsewhere(connection, lines, numbers[-1]) if told is None else ()
    held = held_deliveries(connection, sync) if last in numbers else held_then(connection, numbers, lines)
    return Morning(
        standing="running"
        if goes_on
        else _worst(_standing(connection, this, state, lines, moved), around, elsewhere),
        run=this,
        runs=numbers,
        before=before,
        sources=lines,
        held=tuple(held),
        moved=moved,
        unknown=reasons_moved(connection, since, numbers[-1]),
        links=_links_after(connection, numbers),
        night=around,
        failed_elsewhere=elsewhere,
    )


def _state(this: RunRow, number: int, carriers: Carriers) -> str:
    """Return the state of runs of which this is the last; what nobody carries on is broken off."""
    return "aborted" if this.state == "running" and not carriers.carry(number) else this.state


def _of_another_kind(
    connection: Connection, this: RunRow, around: NightLine | None, carriers: Carriers
) -> Morning:
    """Return what is to be told of a run that was no sync."""
    numbers = (this.run,)
    state = _state(this, this.run, carriers)
    if this.kind == "links":
        links = links_moved(connection, this.run)
        return Morning(_worst(_of_links(state, links), around), this, numbers, links=links, night=around)
    before = _before(connection, this.run)
    since = before.run if before else None
    moved = moved_in(connection, since, this.run)
    unknown = reasons_moved(connection, since, this.run)
    standing = _worst(_standing(connection, this, state, (), moved), around)
    return Morning(standing, this, numbers, before, moved=moved, unknown=unknown, night=around)


def _merged(rows: Sequence[RunRow], lines: Sequence[SourceLine]) -> RunRow:
    """Return several syncs of a night as one: begun with the first, ended with the last of them."""
    first, last = rows[0], rows[-1]
    if len(rows) == 1:
        return first
    states = [line.state for line in lines if line.state != "unread"]
    return replace(
        first,
        finished_at=last.finished_at,
        state=last.state if last.state in {"running", "aborted"} or not states else merged_state(states),
        sources_ok=states.count("ok"),
        sources_unchanged=states.count("unchanged"),
        sources_failed=states.count("failed"),
        sources_held=states.count("held"),
        cells_changed=sum(row.cells_changed for row in rows),
    )


def _standing(
    connection: Connection, this: RunRow, state: str, lines: tuple[SourceLine, ...], moved: Moved
) -> str:
    """Return what the top says of a run in such a state that is no check of links."""
    if state in {"running", "aborted", "failed"}:
        return state
    if this.kind == "sync":
        read = [line for line in lines if line.state != "unread"]
        bad = [line for line in read if not line.good]
        if bad:
            return "failed" if len(bad) == len(read) else "partial"
        if show_nothing(connection, read):
            return "empty"
    if state == "partial":
        return state
    return "ok" if this.cells_changed or moved.changes else "quiet"


def _of_links(state: str, links: LinksMoved | None) -> str:
    if state != "ok":
        return state
    return "ok" if links is not None and (links.broken or links.recovered) else "quiet"


def _worst(standing: str, around: NightLine | None, elsewhere: Sequence[str] = ()) -> str:
    """Return what the top says when the night and the sources that were left out are taken into account."""
    if standing not in {"ok", "quiet"}:
        return standing
    trouble = around.trouble if around is not None else ""
    return trouble or ("partial" if elsewhere else standing)


def _before(connection: Connection, number: int) -> RunRow | None:
    of_links = select(link_run.c.run_id)
    query = select(func.max(run.c.id)).where(
        run.c.id < number,
        run.c.region != "",
        run.c.state.not_in(("aborted", "running")),
        run.c.id.not_in(of_links),
    )
    found = connection.scalar(query)
    return None if found is None else run_detail(connection, found).run


def _links_after(connection: Connection, numbers: Sequence[int]) -> LinksMoved | None:
    """Return what the newest check of links saw that came after these syncs began and before the next one."""
    of_links = select(link_run.c.run_id)
    following = select(func.min(run.c.id)).where(
        run.c.id > numbers[-1], run.c.region != "", run.c.id.not_in(of_links)
    )
    end = connection.scalar(following)
    query = select(func.max(link_run.c.run_id)).where(link_run.c.run_id > numbers[0])
    found = connection.scalar(query if end is None else query.where(link_run.c.run_id < end))
    return None if found is None else links_moved(connection, found)


def _last_night(connection: Connection, carriers: Carriers) -> NightLine | None:
    query = select(night).order_by(night.c.started_at.desc(), night.c.due_at.desc())
    found = connection.execute(query.limit(1)).first()
    return None if found is None else night_line(found, carriers)


def _gone_wrong_since(connection: Connection, this: RunRow, carriers: Carriers) -> NightLine | None:
    """Return the last night of any job that went wrong without a sync since this one began.

    Of each job only its newest night counts: what was mended since need not be told.
    """
    query = select(night).order_by(night.c.started_at.desc(), night.c.due_at.desc())
    later = query.where(night.c.started_at >= this.started_at, night.c.run_id.is_distinct_from(this.run))
    lines = [night_line(row, carriers) for row in connection.execute(later)]
    newest = {one.job: one for one in reversed(lines)}
    wrong = [one for one in newest.values() if one.run is None and one.trouble]
    return max(wrong, key=lambda one: one.started_at, default=None)
