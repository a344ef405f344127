"""What a run did with each source, beside what that source usually does."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, RowMapping, exists, func, select

from catalogue.reports.runs import Params
from catalogue.reports.sources import next_command
from catalogue.tables import offering, service_record, source, source_run

__all__ = [
    "Deviation",
    "HeldDelivery",
    "SourceLine",
    "anything_stands",
    "deviations",
    "failed_elsewhere",
    "held_deliveries",
    "held_then",
    "show_nothing",
    "source_lines",
]

#: A source is compared with so many of its earlier good runs, and with none if there are fewer than a few.
COMPARED: Final = 7
FEWEST: Final = 3
#: A count is remarkable if it is this many times the usual one or that part of it, and so much away from it.
TIMES: Final = 2.0
LEAST_COUNT: Final = 10
LEAST_SECONDS: Final = 60
#: What moves in a run may be nothing on most nights; it is remarkable from this part of all objects on.
LEAST_SHARE: Final = 0.05

_MOVING: Final = ("new", "changed", "vanished", "withdrawn")
_COUNTS: Final = ("read", *_MOVING, "rejected")
_GOOD: Final = ("ok", "unchanged")


@dataclass(frozen=True, slots=True)
class Deviation:
    """A figure of a source that is remarkable: ``usual`` is the median of its last good runs."""

    figure: str
    value: float
    usual: float


@dataclass(frozen=True, slots=True)
class SourceLine:
    """What a run did with one source; docs/data-dictionary.md explains every field.

    ``state`` is ok, unchanged, failed or held, or ``unread`` if the run did not read this source.
    """

    source: str
    name: str
    state: str
    scope: str
    read: int
    new: int
    changed: int
    unchanged: int
    vanished: int
    withdrawn: int
    rejected: int
    seconds: int | None
    usual_read: float | None
    usual_seconds: float | None
    compared: int
    deviations: tuple[Deviation, ...]
    message: str
    params: Params
    accepted_by_hand: bool
    next_command: str

    @property
    def good(self) -> bool:
        """Tell whether the source is up to date after this run."""
        return self.state in _GOOD

    @property
    def objects(self) -> int:
        """Return how many objects that can be used the source has, whether they were read anew or not."""
        return max(self.read - self.rejected, self.new + self.changed + self.unchanged)


@dataclass(frozen=True, slots=True)
class HeldDelivery:
    """A source whose delivery is held, since when, why, and the command that releases it.

    ``over_run`` is the run that ended it, None as long as it lasts; ``by_hand`` tells whether somebody
    released it.
    """

    source: str
    name: str
    since: str
    message: str
    params: Params
    next_command: str
    over_run: int | None = None
    by_hand: bool = False


class _Past(NamedTuple):
    """One earlier good run of a source: its state and its figures."""

    state: str
    counts: Mapping[str, int]
    seconds: int | None


def source_lines(connection: Connection, runs: Sequence[int], sync: str) -> list[SourceLine]:
    """Return what runs did with every source they read, then the active ones that they did not read.

    Of a source that several of them read it is what the last one did. ``sync`` is how a sync is called. A
    command is proposed only where nothing came after these runs.
    """
    query = (
        select(source_run, source.c.key, source.c.name, source.c.active)
        .join(source, source.c.id == source_run.c.source_id)
        .where(source_run.c.run_id.in_(runs))
        .order_by(source_run.c.id)
    )
    rows = list({row["source_id"]: row for row in connection.execute(query).mappings()}.values())
    past = _pasts(connection, min(runs), [row["source_id"] for row in rows])
    newest = _newest(connection)
    lines = [_line(row, past[row["source_id"]], newest[row["source_id"]] == row["id"], sync) for row in rows]
    return lines + _unread(connection, {row["source_id"] for row in rows})


def show_nothing(connection: Connection, read: Sequence[SourceLine]) -> bool:
    """Tell whether the sources of a run show nothing at all, which is no success.

    An increment without news tells nothing; what such a source once delivered may stand.
    """
    if any(line.objects for line in read):
        return False
    silent = [line.source for line in read if line.scope == "increment" or line.state == "unchanged"]
    return not anything_stands(connection, source.c.key.in_(silent))


def anything_stands(connection: Connection, which: ColumnElement[bool]) -> bool:
    """Tell whether any offer or service of such sources stands in the catalogue."""
    return any(
        connection.scalar(
            select(exists().where(table.c.source_id == source.c.id, which, table.c.withdrawn_run.is_(None)))
        )
        for table in (offering, service_record)
    )


def _line(row: RowMapping, past: Sequence[_Past], is_newest: bool, sync: str) -> SourceLine:
    counts = {name: int(row[name]) for name in _COUNTS}
    seconds = _seconds(row["started_at"], row["finished_at"])
    now = _Past(row["state"], counts, seconds)
    alike = [one for one in past if one.state == now.state]
    command = next_command(row["key"], row["state"], row["message"], sync)
    return SourceLine(
        source=row["key"],
        name=row["name"],
        state=row["state"],
        scope=row["scope"],
        unchanged=row["unchanged"],
        seconds=seconds,
        usual_read=_usual([one.counts["read"] for one in alike]),
        usual_seconds=_usual([one.seconds for one in alike if one.seconds is not None]),
        compared=len(past),
        deviations=deviations(now, past, row["unchanged"]) if row["state"] in _GOOD else (),
        message=row["message"],
        params=json.loads(row["params"]),
        accepted_by_hand=row["accepted_by_hand"],
        next_command=command if is_newest and row["active"] else "",
        **counts,
    )


def deviations(now: _Past, past: Sequence[_Past], unchanged: int) -> tuple[Deviation, ...]:
    """Return what is remarkable about a good run of a source.

    What was read, rejected and how long it took is compared with runs of the same kind, since a delivery that
    is the same as before is not read; what moved is compared with all of them.
    """
    alike = [one for one in past if one.state == now.state]
    found = []
    for name in _COUNTS:
        moving = name in _MOVING
        usual = _usual([one.counts[name] for one in (past if moving else alike)])
        least = LEAST_COUNT
        if moving:
            least = max(least, round(LEAST_SHARE * (unchanged + now.counts["new"] + now.counts["changed"])))
        if usual is not None and _is_remarkable(now.counts[name], usual, least):
            found.append(Deviation(name, now.counts[name], usual))
    usual = _usual([one.seconds for one in alike if one.seconds is not None])
    if now.seconds is not None and usual is not None and _is_remarkable(now.seconds, usual, LEAST_SECONDS):
        found.append(Deviation("seconds", now.seconds, usual))
    return tuple(found)


def _is_remarkable(value: float, usual: float, least: float) -> bool:
    return abs(value - usual) >= least and (value >= TIMES * usual or value * TIMES <= usual)


def _usual(values: Sequence[int]) -> float | None:
    """Return the median; None if there are too few values to say what is usual."""
    return float(median(values)) if len(values) >= FEWEST else None


def _seconds(started: str, finished: str) -> int | None:
    """Return how long something took; None if the clock was set back meanwhile."""
    seconds = (datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds()
    return round(seconds) if seconds >= 0 else None


def _pasts(connection: Connection, run_id: int, sources: Sequence[int]) -> dict[int, list[_Past]]:
    """Return the last good runs of sources before a run, the newest first."""
    place = func.row_number().over(partition_by=source_run.c.source_id, order_by=source_run.c.run_id.desc())
    numbered = (
        select(source_run, place.label("place"))
        .where(
            source_run.c.source_id.in_(sources),
            source_run.c.run_id < run_id,
            source_run.c.state.in_(_GOOD),
        )
        .subquery()
    )
    query = select(numbered).where(numbered.c.place <= COMPARED).order_by(numbered.c.place)
    found: defaultdict[int, list[_Past]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        counts = {name: int(row[name]) for name in _COUNTS}
        seconds = _seconds(row["started_at"], row["finished_at"])
        found[row["source_id"]].append(_Past(row["state"], counts, seconds))
    return found


def _newest(connection: Connection) -> dict[int, int]:
    query = select(source_run.c.source_id, func.max(source_run.c.id)).group_by(source_run.c.source_id)
    return dict(connection.execute(query).all())


def _unread(connection: Connection, read: Iterable[int]) -> list[SourceLine]:
    """Return lines of the active sources that were not read."""
    query = select(source.c.key, source.c.name).where(source.c.active, source.c.id.not_in(sorted(read)))
    nothing: dict[str, Any] = dict.fromkeys((*_COUNTS, "unchanged", "compared"), 0)
    return [
        SourceLine(
            source=key,
            name=name,
            state="unread",
            scope="",
            seconds=None,
            usual_read=None,
            usual_seconds=None,
            deviations=(),
            message="",
            params={},
            accepted_by_hand=False,
            next_command="",
            **nothing,
        )
        for key, name in connection.execute(query.order_by(source.c.id))
    ]


def held_deliveries(connection: Connection, sync: str) -> list[HeldDelivery]:
    """Return what is held at the moment; ``sync`` is how a sync is called."""
    good = (
        select(func.coalesce(func.max(source_run.c.id), 0))
        .where(source_run.c.source_id == source.c.id, source_run.c.state != "held")
        .correlate(source)
        .scalar_subquery()
    )
    query = (
        select(source.c.key, source.c.name, source_run)
        .join(source_run, source_run.c.source_id == source.c.id)
        .where(source.c.active, source.c.state == "held", source_run.c.id > good)
        .order_by(source.c.id, source_run.c.id)
    )
    since: dict[str, str] = {}
    found: dict[str, HeldDelivery] = {}
    for row in connection.execute(query).mappings():
        key = row["key"]
        since.setdefault(key, row["finished_at"])
        command = next_command(key, "held", row["message"], sync)
        found[key] = HeldDelivery(
            key, row["name"], since[key], row["message"], json.loads(row["params"]), command
        )
    return list(found.values())


def held_then(connection: Connection, runs: Sequence[int], lines: Sequence[SourceLine]) -> list[HeldDelivery]:
    """Return what runs held that are not the last ones, and which run ended that."""
    commands = {line.source: line.next_command for line in lines if line.state == "held"}
    query = (
        select(source.c.key, source.c.name, source_run)
        .join(source, source.c.id == source_run.c.source_id)
        .where(source_run.c.run_id.in_(runs), source_run.c.state == "held", source.c.key.in_(commands))
        .order_by(source_run.c.id)
    )
    found: dict[str, HeldDelivery] = {}
    for row in connection.execute(query).mappings():
        over = connection.execute(
            select(source_run.c.run_id, source_run.c.accepted_by_hand)
            .where(
                source_run.c.source_id == row["source_id"],
                source_run.c.id > row["id"],
                source_run.c.state.in_(_GOOD),
            )
            .order_by(source_run.c.id)
            .limit(1)
        ).first()
        found[row["key"]] = HeldDelivery(
            row["key"],
            row["name"],
            row["finished_at"],
            row["message"],
            json.loads(row["params"]),
            commands[row["key"]],
            over.run_id if over else None,
            bool(over and over.accepted_by_hand),
        )
    return list(found.values())


def failed_elsewhere(connection: Connection, lines: Sequence[SourceLine], number: int) -> tuple[str, ...]:
    """Return the sources that a run did not read and whose last attempt until then failed or was held."""
    unread = [line.source for line in lines if line.state == "unread"]
    last = (
        select(func.max(source_run.c.id))
        .join(source, source.c.id == source_run.c.source_id)
        .where(source.c.key.in_(unread), source_run.c.run_id <= number)
        .group_by(source_run.c.source_id)
    )
    query = (
        select(source.c.key)
        .join(source_run, source_run.c.source_id == source.c.id)
        .where(source_run.c.id.in_(last), source_run.c.state.not_in(_GOOD))
        .order_by(source.c.id)
    )
    return tuple(connection.scalars(query))
