"""What people decided, and what follows from it for a record: a pure function of both.

Of two decisions the narrower one counts (a record before a title in its source, that before a title
anywhere), of equally narrow ones the later. What a person says outranks the machine:

* ``accepted`` names what a record means, all of it. The machine's word about the record counts no more.
* ``no_service`` and ``not_in_catalogue`` say that it means nothing we know.
* ``rejected`` takes single services away, whoever names them, and leaves the rest to the machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Connection, or_, select

from catalogue.matching.patterns import ANY, RECORD, SCOPES, Pattern, record_pattern, title_key, title_pattern
from catalogue.tables import leika_service, ruling

__all__ = [
    "ACCEPTED",
    "NOT_IN_CATALOGUE",
    "NO_SERVICE",
    "PERSON",
    "REJECTED",
    "REVIEW",
    "VERDICTS",
    "Act",
    "Acts",
    "Effective",
    "settle",
]

ACCEPTED: Final = "accepted"
REVIEW: Final = "review"
REJECTED: Final = "rejected"
NO_SERVICE: Final = "no_service"
NOT_IN_CATALOGUE: Final = "not_in_catalogue"
#: What people can say.
VERDICTS: Final = (ACCEPTED, REJECTED, NO_SERVICE, NOT_IN_CATALOGUE)
#: The method of what people decided; that of the last two verdicts is their own name.
PERSON: Final = "person"

Service = tuple[str, str]  # OZG id and LeiKa key; an empty key means the bundle as a whole


@dataclass(frozen=True)
class Act:
    """One decision of a person that holds; ``services`` is empty where it means none."""

    number: int
    pattern: Pattern
    verdict: str
    services: tuple[Service, ...]
    actor: str
    decided_at: str
    reason: str
    title: str = ""  # as it was when the person decided

    @property
    def strength(self) -> tuple[int, int]:
        """Return what tells which of two acts counts: the greater one."""
        return SCOPES.index(self.pattern.scope), self.number


class Effective(NamedTuple):
    """One row of what a record means or may mean, as the table ``match`` keeps it."""

    ozg_id: str
    leika_key: str
    method: str
    score: float
    state: str
    reason: str
    actor: str
    by_person: bool
    decided_at: str

    @property
    def service(self) -> Service:
        """Return the service it is about."""
        return self.ozg_id, self.leika_key


def settle(acts: Iterable[Act], machine: Callable[[], Sequence[Effective]]) -> list[Effective]:
    """Return what holds for a record. ``machine`` is asked only where people left something to it."""
    ordered = sorted(acts, key=lambda act: act.strength)
    meaning = next((act for act in reversed(ordered) if act.verdict != REJECTED), None)
    refused = {
        service: act
        for act in ordered
        if act.verdict == REJECTED
        for service in act.services
        if not _is_given_back(service, act, meaning)
    }
    if meaning is not None and meaning.verdict != ACCEPTED:
        return [_row(meaning, ("", ""))]
    refusals = [_row(act, service) for service, act in refused.items()]
    meant = [one for one in meaning.services if not _is_refused(one, refused)] if meaning else []
    if meaning is not None and meant:
        return [*(_row(meaning, one) for one in meant), *refusals]
    return [*(one for one in machine() if not _is_refused(one.service, refused)), *refusals]


def _is_given_back(service: Service, rejection: Act, meaning: Act | None) -> bool:
    """Tell whether a stronger act says that a record is what it was said not to be."""
    if meaning is None or meaning.strength < rejection.strength:
        return False
    return any(_is_refused(one, [service]) for one in meaning.services)


def _is_refused(service: Service, refused: Iterable[Service]) -> bool:
    """Tell whether a service is refused; a bundle as a whole stands for everything in it."""
    return any(service[0] == ozg_id and key in {"", service[1]} for ozg_id, key in refused)


def _row(act: Act, service: Service) -> Effective:
    accepted = act.verdict == ACCEPTED
    return Effective(
        *service,
        method=PERSON if act.verdict in {ACCEPTED, REJECTED} else act.verdict,
        score=1.0,
        state=ACCEPTED if accepted else REJECTED,
        reason=act.reason,
        actor=act.actor,
        by_person=True,
        decided_at=act.decided_at,
    )


class Acts:
    """The acts that hold, found by the records they are about."""

    def __init__(self, acts: Iterable[Act]) -> None:
        self._by_pattern: dict[Pattern, list[Act]] = defaultdict(list)
        self._titles: set[str] = set()
        for act in acts:
            pattern = act.pattern
            if pattern.scope != RECORD:
                # Titles are normalised as this version does it, not as it was when somebody decided.
                pattern = pattern._replace(key=title_key(act.title) or pattern.key)
                self._titles.add(pattern.key)
            self._by_pattern[pattern].append(act)

    @classmethod
    def load(cls, connection: Connection, source_id: int | None = None) -> Acts:
        """Read the acts that hold, those about one source's records only if one is named."""
        query = select(ruling).where(ruling.c.undone_at == "").order_by(ruling.c.act, ruling.c.id)
        if source_id is not None:
            query = query.where(or_(ruling.c.source_id == source_id, ruling.c.scope == ANY))
        rows = connection.execute(query).all()
        owners = _owners(connection, {row.leika_key for row in rows if row.leika_key})
        grouped: dict[int, list[Service]] = defaultdict(list)
        heads = {}
        for row in rows:
            heads[row.act] = row
            if row.ozg_id:
                # A key that a newer catalogue moved to another bundle takes the decision along.
                grouped[row.act].append((owners.get(row.leika_key) or row.ozg_id, row.leika_key))
        return cls(
            Act(
                number,
                Pattern(row.scope, row.source_id, row.pattern),
                row.verdict,
                tuple(dict.fromkeys(grouped[number])),
                row.actor,
                row.decided_at,
                row.reason,
                row.title,
            )
            for number, row in heads.items()
        )

    def __bool__(self) -> bool:
        return bool(self._by_pattern)

    def about(self, source_id: int, ref: str, title: str, official_title: str = "") -> list[Act]:
        """Return the acts about a record, the strongest last."""
        if not self._by_pattern:
            return []
        patterns = [record_pattern(source_id, ref)]
        if self._titles:
            key = title_key(title, official_title)
            if key in self._titles:
                patterns += [title_pattern(key, source_id), title_pattern(key)]
        found = [act for pattern in patterns for act in self._by_pattern.get(pattern, ())]
        return sorted(found, key=lambda act: act.strength)


def _owners(connection: Connection, keys: set[str]) -> dict[str, str]:
    """Return the bundle that each key is in now; keys that the catalogue lacks or leaves alone have none."""
    query = select(leika_service.c.leika_key, leika_service.c.ozg_id)
    found: dict[str, str] = {}
    for start in range(0, len(keys), 500):
        part = sorted(keys)[start : start + 500]
        rows = connection.execute(query.where(leika_service.c.leika_key.in_(part)))
        found |= {key: ozg_id for key, ozg_id in rows if ozg_id}
    return found
