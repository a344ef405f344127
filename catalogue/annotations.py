"""What officers say about cells: planned for a day, not offered because, covered by, or just a comment.

Each act is a row that holds only what it says anew and stays for ever. What stands about a cell is a pure
function of its rows: of each field the newest word counts, and an empty one takes it back. A remark never
changes a status: a service that is planned is not online.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection, Select, select

from catalogue.tables import annotation, area

__all__ = [
    "FIELDS",
    "KINDS",
    "NOTHING_SAID",
    "NO_REMARK",
    "NO_STAMP",
    "Act",
    "CellKey",
    "Fields",
    "Remark",
    "base_of",
    "histories",
    "is_overdue",
    "local_day",
    "remark_of",
    "remarks",
    "said_by",
    "stamp_of",
    "standing",
]

#: (ars, level, ozg_id)
CellKey: TypeAlias = tuple[str, str, str]

#: What a remark may say beside its comment; a remark without one of the first three is a comment.
KINDS = ("planned", "not_offered", "covered_by", "comment")
#: The stamp of a cell about which nobody has said anything.
NO_STAMP = "0"
#: So many values fit into one statement on every database.
AT_ONCE = 500

Query: TypeAlias = Select[*tuple[Any, ...]]


class Fields(NamedTuple):
    """What is said about a cell; what is empty is not said.

    ``kind`` is one of the first three of ``KINDS`` or empty, ``planned_for`` an ISO day. ``comment`` holds
    the reason why a service is not offered, or what covers it.
    """

    kind: str = ""
    planned_for: str = ""
    unit: str = ""
    comment: str = ""


FIELDS = Fields._fields
NOTHING_SAID = Fields()


class Act(NamedTuple):
    """One row: what somebody said anew; ``None`` leaves a field as it was before."""

    number: int  # counts from 1 for each cell
    kind: str | None
    planned_for: str | None
    unit: str | None
    comment: str | None
    actor: str
    at: str  # ISO 8601 with UTC offset
    via: str  # set, clear or import


@dataclass(frozen=True, slots=True)
class Remark:
    """The one standing remark of a cell, who changed it last, when, and the stamp of this state."""

    kind: str  # one of KINDS, or empty if nothing is said
    planned_for: str  # ISO day, or empty
    unit: str
    comment: str
    actor: str
    at: str
    stamp: str


#: What stands about a cell of which nobody says anything.
NO_REMARK = Remark("", "", "", "", "", "", NO_STAMP)


def standing(acts: Iterable[Act]) -> Fields:
    """Return what stands after acts, the newest last."""
    said = dict.fromkeys(FIELDS, "")
    for act in acts:
        for field in FIELDS:
            value = getattr(act, field)
            if value is not None:
                said[field] = value
    return Fields(**said)


def remark_of(key: CellKey, acts: Sequence[Act]) -> Remark | None:
    """Return the standing remark of a cell; None if nothing is said or all of it was taken back."""
    said = standing(acts)
    if said == NOTHING_SAID:
        return None
    kind = said.kind or "comment"
    last = acts[-1]
    return Remark(kind, said.planned_for, said.unit, said.comment, last.actor, last.at, stamp_of(key, acts))


def stamp_of(key: CellKey, acts: Sequence[Act]) -> str:
    """Return what tells this state of a cell's remark from every other: its last act, and what it says."""
    if not acts:
        return NO_STAMP
    last = acts[-1]
    content = "\0".join((*key, last.at, *standing(acts)))
    return f"{last.number}-{hashlib.blake2b(content.encode(), digest_size=4).hexdigest()}"


def base_of(key: CellKey, acts: Sequence[Act], stamp: str) -> Fields:
    """Return what stood when a stamp was given out; nothing for a stamp this cell never had."""
    number = stamp.partition("-")[0]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return NOTHING_SAID
    before = [act for act in acts if act.number <= int(number)]
    return standing(before) if stamp_of(key, before) == stamp else NOTHING_SAID


def said_by(acts: Sequence[Act], field: str) -> tuple[str, str]:
    """Return who said last what a field holds, and when; empty if nobody did."""
    for act in reversed(acts):
        if getattr(act, field) is not None:
            return act.actor, act.at
    return "", ""


def remarks(
    connection: Connection, area_ids: Iterable[int] | None = None, *, as_of: datetime | None = None
) -> dict[CellKey, Remark]:
    """Return the standing remark of each cell that has one, of all areas or of some of them.

    With ``as_of`` (with offset) as it stood at that moment. Cells without a remark are left out.
    """
    found = ((key, remark_of(key, acts)) for key, acts in _read(connection, area_ids, as_of))
    return {key: remark for key, remark in found if remark is not None}


def histories(
    connection: Connection, area_ids: Iterable[int] | None = None
) -> dict[CellKey, tuple[Act, ...]]:
    """Return all acts about each cell that has any, the newest last."""
    return {key: tuple(acts) for key, acts in _read(connection, area_ids, None)}


def is_overdue(planned_for: str, status: str, today: date) -> bool:
    """Tell whether a service that was planned for a day is not known to be online after it."""
    return bool(planned_for) and planned_for < today.isoformat() and status != "online"


def local_day(moment: datetime | None = None) -> date:
    """Return the day of a moment, or today, in the calendar of this machine."""
    return (moment or datetime.now(UTC)).astimezone().date()


def _read(
    connection: Connection, area_ids: Iterable[int] | None, as_of: datetime | None
) -> Iterator[tuple[CellKey, list[Act]]]:
    acts = (annotation.c[name] for name in ("number", *FIELDS, "actor", "created_at", "via"))
    query = select(area.c.ars, area.c.level, annotation.c.ozg_id, *acts).join(
        area, area.c.id == annotation.c.area_id
    )
    query = query.order_by(annotation.c.area_id, annotation.c.ozg_id, annotation.c.number)
    if as_of is not None:
        moment = as_of.astimezone(UTC).isoformat(timespec="seconds")
        query = query.where(annotation.c.created_at <= moment)
    for part in _limited(query, area_ids):
        for key, rows in groupby(connection.execute(part), _key):
            yield key, [Act(*tuple(row)[3:]) for row in rows]


def _key(row: Sequence[Any]) -> CellKey:
    return row[0], row[1], row[2]


def _limited(query: Query, area_ids: Iterable[int] | None) -> Iterator[Query]:
    """Yield the query, or parts of it for some areas each."""
    if area_ids is None:
        yield query
        return
    numbers = sorted(set(area_ids))
    for start in range(0, len(numbers), AT_ONCE):
        yield query.where(annotation.c.area_id.in_(numbers[start : start + AT_ONCE]))
