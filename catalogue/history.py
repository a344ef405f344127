"""What cells said before: whole rows of the past, and the editions that tell which state held when.

A run that moves cells makes an edition. The state of an edition consists of the rows of ``cell`` that were
written until then and of the rows of ``cell_past`` that held then. Editions are ordered by their run, not by
their moment, so that a clock that was set back cannot show two states at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    CompoundSelect,
    Connection,
    FromClause,
    Integer,
    Select,
    Table,
    and_,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement

from catalogue.bulk import insert_rows
from catalogue.errors import NotFound
from catalogue.runs_unbroken import run_before
from catalogue.tables import area, cell, cell_change, cell_past, edition, reference_release, source

__all__ = [
    "CELL_COLUMNS",
    "CHANGE_COLUMNS",
    "RULES",
    "Definitions",
    "Edition",
    "Joining",
    "Period",
    "areas_at",
    "definitions",
    "drop_area",
    "edition_at",
    "editions",
    "ends_in",
    "first_whole_edition",
    "joining",
    "keep_past",
    "last_edition",
    "not_kept",
    "note_definitions",
    "open_edition",
    "period_of",
    "state_at",
    "stored_moment",
    "were_other_rules",
]

#: Version of the rules by which cells are decided (verdict, evidence, competence, voices). To be raised by
#: whoever lets them decide otherwise: all cells are computed again then, and lines over time break.
RULES = "2"
#: What held before rules had a version.
FIRST_RULES = "1"

CELL_COLUMNS = tuple(cell.c.keys())
#: The columns of ``cell_change`` but its number, in the order in which rows are written.
CHANGE_COLUMNS = (
    "run_id",
    "at",
    "area_id",
    "ozg_id",
    "old_status",
    "new_status",
    "old_reason",
    "new_reason",
    "field",
    "cause",
    "source_id",
)
Value = str | int | bool | None


class Definitions(NamedTuple):
    """What figures rest on besides what sources show; lines over time break where it changes."""

    rules: str = ""
    matcher: str = ""
    reference: int = 0


class Edition(NamedTuple):
    """One state of all cells: the run that made it, when, and by which definitions."""

    run_id: int
    at: str
    definitions: Definitions

    @property
    def is_whole(self) -> bool:
        """Tell whether what cells said before it was kept from then on."""
        return bool(self.definitions.rules)


@dataclass(frozen=True, slots=True)
class Period:
    """The editions after one run up to another one; ``None`` is no end."""

    after: int
    until: int | None

    def holds(self, run_id: ColumnElement[int]) -> ColumnElement[bool]:
        """Return the condition that a run lies within the period."""
        begun = run_id > self.after
        return begun if self.until is None else and_(begun, run_id <= self.until)


def stored_moment(moment: datetime) -> str:
    """Return a moment as the tables hold it; text of this form sorts like the moments."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def definitions(connection: Connection) -> Definitions:
    """Return the definitions of now."""
    decided = select(source.c.matched_by).where(source.c.active, source.c.matched_by != "").distinct()
    return Definitions(
        RULES,
        " ".join(sorted(connection.scalars(decided))),
        connection.scalar(select(func.max(reference_release.c.id))) or 0,
    )


def editions(connection: Connection, period: Period | None = None) -> list[Edition]:
    """Return the editions of a period, or all, in their order."""
    query = select(edition).order_by(edition.c.run_id)
    if period is not None:
        query = query.where(period.holds(edition.c.run_id))
    return [_edition(*row) for row in connection.execute(query)]


def last_edition(connection: Connection) -> Edition | None:
    """Return the newest edition, if there is any."""
    row = connection.execute(select(edition).order_by(edition.c.run_id.desc()).limit(1)).first()
    return None if row is None else _edition(*row)


def _edition(run_id: int, at: str, rules: str, matcher: str, reference: int) -> Edition:
    return Edition(run_id, at, Definitions(rules, matcher, reference))


def open_edition(connection: Connection, run_id: int, now: datetime) -> str:
    """Return the moment of a run's edition, which is begun unless the run has one."""
    known: str | None = connection.scalar(select(edition.c.at).where(edition.c.run_id == run_id))
    if known is not None:
        return known
    at = stored_moment(now)
    connection.execute(insert(edition).values(run_id=run_id, at=at, **definitions(connection)._asdict()))
    return at


def note_definitions(connection: Connection, run_id: int, now: datetime) -> None:
    """Begin an edition if cells were computed by other definitions than those of the last one."""
    last = last_edition(connection)
    if last is not None and last.run_id != run_id and last.definitions != definitions(connection):
        open_edition(connection, run_id, now)


def were_other_rules(last: Edition | None) -> bool:
    """Tell whether other rules than those of this program decided the cells."""
    return last is not None and (last.definitions.rules or FIRST_RULES) != RULES


def keep_past(connection: Connection, rows: Sequence[Sequence[Value]], run_id: int) -> None:
    """Keep rows of the table ``cell`` (all its columns) that a run is about to replace or to take away."""
    insert_rows(connection, cell_past, (*CELL_COLUMNS, "until_run"), [(*row, run_id) for row in rows])


def drop_area(connection: Connection, area_id: int, run_id: int, now: datetime) -> None:
    """Take away the cells of an area that left the region, with what they said on record.

    The cause is a reform if the area was abolished, else what the region file says.
    """
    own = cell.c.area_id == area_id
    if connection.scalar(select(cell.c.ozg_id).where(own).limit(1)) is None:
        return
    at = open_edition(connection, run_id, now)
    abolished = connection.scalar(select(area.c.abolished_on).where(area.c.id == area_id))
    whole = select(*cell.c, literal(run_id)).where(own)
    connection.execute(insert(cell_past).from_select([*CELL_COLUMNS, "until_run"], whole))
    values: list[ColumnElement[Any]] = [
        literal(run_id),
        literal(at),
        cell.c.area_id,
        cell.c.ozg_id,
        cell.c.status,
        literal(""),
        cell.c.reason,
        literal(""),
        literal("status"),
        literal("reform" if abolished else "region"),
        cell.c.evidence_source,
    ]
    connection.execute(insert(cell_change).from_select(CHANGE_COLUMNS, select(*values).where(own)))
    connection.execute(delete(cell).where(own))


class Joining(NamedTuple):
    """Why areas without cells get some in a run: the first night, the region file, or a reform.

    An area is taken to come out of a reform if one beside it under the same parent left with the same run
    because it was abolished; the tables do not say which area became which.
    """

    first: bool
    reformed: frozenset[int]  # parents of abolished areas that left

    def cause(self, parent_id: int | None) -> str:
        """Return the cause for an area under this parent."""
        if self.first:
            return "first_verdict"
        return "reform" if parent_id in self.reformed else "region"


def joining(connection: Connection, run_id: int) -> Joining:
    """Return why areas join in a run; to be asked before it writes their cells."""
    earlier = select(edition.c.run_id).where(edition.c.run_id < run_id).limit(1)
    parents = (
        select(area.c.parent_id)
        .join(cell_change, cell_change.c.area_id == area.c.id)
        .where(
            # Those of this run, or of one that broke off before it came to the cells of its neighbours.
            cell_change.c.run_id > run_before(connection, run_id),
            cell_change.c.run_id <= run_id,
            cell_change.c.cause == "reform",
            area.c.parent_id.is_not(None),
        )
        .distinct()
    )
    return Joining(connection.scalar(earlier) is None, frozenset(connection.scalars(parents)))


def first_whole_edition(connection: Connection) -> Edition | None:
    """Return the first edition whose state can be shown: history before may hold statuses only."""
    known = editions(connection)
    partial = [one for one in known if not one.is_whole]
    return partial[-1] if partial else next(iter(known), None)


def edition_at(connection: Connection, moment: datetime) -> Edition:
    """Return the edition that held at a moment. Raise NotFound if that state is not known."""
    first = first_whole_edition(connection)
    if first is None:
        raise NotFound("history_empty")
    held = [one for one in editions(connection) if one.at <= stored_moment(moment)]
    if not held or held[-1].run_id < first.run_id:
        raise not_kept(moment, first)
    return held[-1]


def not_kept(moment: datetime, first: Edition) -> NotFound:
    """Return the error that says since when states are kept, in the time of this machine."""
    shown = [f"{one.astimezone():%Y-%m-%d %H:%M}" for one in (moment, datetime.fromisoformat(first.at))]
    return NotFound("history_begins", given=shown[0], first=shown[1])


def period_of(connection: Connection, since: datetime | None, until: datetime | None) -> Period:
    """Return the editions from a moment up to, but not including, another one."""
    after = 0 if since is None else _last_run(connection, edition.c.at < stored_moment(since))
    if until is None:
        return Period(after, None)
    return Period(after, max(after, _last_run(connection, edition.c.at < stored_moment(until))))


def _last_run(connection: Connection, condition: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.max(edition.c.run_id)).where(condition)) or 0


def state_at(run_id: int) -> FromClause:
    """Return the cells as a run left them, as something to select from with all columns of ``cell``."""
    return _held_at(run_id, CELL_COLUMNS).subquery("state")


def areas_at(run_id: int) -> FromClause:
    """Return the areas that had cells after a run, each at least once, as ``area_id``."""
    return _held_at(run_id, ("area_id",)).subquery("places")


def _held_at(run_id: int, columns: Sequence[str]) -> CompoundSelect[*tuple[Any, ...]]:
    """Return columns of the rows that held after a run: of those still there, and of those of the past."""
    now = select(*(cell.c[name] for name in columns)).where(cell.c.run_id <= run_id)
    past = select(*(cell_past.c[name] for name in columns)).where(
        cell_past.c.run_id <= run_id, cell_past.c.until_run > run_id
    )
    return union_all(now, past)


def ends_in(period: Period) -> FromClause:
    """Return the rows that began or ended within a period, with ``moved_by`` (the run) and ``sign``.

    A row is there with +1 where it began and with -1 where it ended, so that any sum over these is the
    difference between the two ends of the period, and the change of a run accounts for its own part.
    """
    begun = [
        _ends(table, table.c.run_id, 1).where(period.holds(table.c.run_id)) for table in (cell, cell_past)
    ]
    ended = _ends(cell_past, cell_past.c.until_run, -1).where(period.holds(cell_past.c.until_run))
    return union_all(*begun, ended).subquery("ends")


def _ends(table: Table, run_id: ColumnElement[int], sign: int) -> Select[*tuple[Any, ...]]:
    columns = [table.c[name] for name in CELL_COLUMNS]
    return select(*columns, run_id.label("moved_by"), literal_column(str(sign), Integer).label("sign"))
