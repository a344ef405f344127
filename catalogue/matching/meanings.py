"""What records mean at the moment: the rows of the table ``match``, one record at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, select

from catalogue.matching.rulings import ACCEPTED, NO_SERVICE, NOT_IN_CATALOGUE, REJECTED, REVIEW, Service
from catalogue.tables import match

__all__ = [
    "EMPTY",
    "STATES",
    "UNMATCHED",
    "Meaning",
    "MeaningRow",
    "in_parts",
    "meaning_of",
    "meaning_row",
    "meanings",
]

#: Nothing in the catalogue is like the record, and nobody has said anything about it.
UNMATCHED: Final = "unmatched"
STATES: Final = (REVIEW, ACCEPTED, REJECTED, NO_SERVICE, NOT_IN_CATALOGUE, UNMATCHED)
AT_ONCE = 500


class MeaningRow(NamedTuple):
    """One row of the table ``match``: a service the record is, may be, or is not."""

    ozg_id: str
    leika_key: str
    method: str
    score: float
    state: str
    actor: str
    by_person: bool
    decided_at: str
    reason: str

    @property
    def service(self) -> Service:
        """Return the service it is about."""
        return self.ozg_id, self.leika_key


class Meaning(NamedTuple):
    """What a record means: a state of ``STATES``, and the services that are accepted, waiting, refused."""

    state: str
    accepted: tuple[Service, ...] = ()
    waiting: tuple[MeaningRow, ...] = ()  # the best first
    rejected: tuple[Service, ...] = ()
    said_by: str = ""  # the person whose word it is; empty for the machine

    @property
    def best(self) -> MeaningRow | None:
        """Return the candidate that is better than all others; None if there is no such."""
        if not self.waiting:
            return None
        first = self.waiting[0]
        equal = [one for one in self.waiting if one.score == first.score]
        return first if len(equal) == 1 else None


EMPTY = Meaning(UNMATCHED)


def meaning_of(rows: Iterable[MeaningRow]) -> Meaning:
    """Return what the rows of one record say together."""
    listed = sorted(rows, key=lambda row: (-row.score, row.ozg_id, row.leika_key))
    accepted = tuple(row.service for row in listed if row.state == ACCEPTED)
    waiting = tuple(row for row in listed if row.state == REVIEW)
    nothing = next((row for row in listed if not row.ozg_id), None)
    rejected = tuple(row.service for row in listed if row.state == REJECTED and row.ozg_id)
    said_by = next((row.actor for row in listed if row.by_person), "")
    if nothing is not None:
        return Meaning(nothing.method, said_by=said_by)
    state = REVIEW if waiting else ACCEPTED if accepted else REJECTED if rejected else UNMATCHED
    return Meaning(state, accepted, waiting, rejected, said_by)


def meanings(connection: Connection, records: Mapping[int, Sequence[str]]) -> dict[tuple[int, str], Meaning]:
    """Return what records mean, by source number and ref; ``records`` gives the refs of each source."""
    found: dict[tuple[int, str], list[MeaningRow]] = defaultdict(list)
    for source_id, refs in records.items():
        for part in in_parts(refs):
            query = _rows().where(match.c.source_id == source_id, match.c.pattern.in_(part))
            for row in connection.execute(query):
                found[source_id, row.pattern].append(meaning_row(row))
    return {
        (source_id, ref): meaning_of(found.get((source_id, ref), ()))
        for source_id, refs in records.items()
        for ref in refs
    }


def meaning_row(row: Row[Any]) -> MeaningRow:
    """Return a row of the table ``match`` without the record it is about."""
    return MeaningRow(*(row._mapping[name] for name in MeaningRow._fields))


def _rows() -> Any:
    return select(match.c.source_id, match.c.pattern, *(match.c[name] for name in MeaningRow._fields))


def in_parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield values in parts that fit into one statement."""
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]
