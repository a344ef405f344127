"""Make decisions out of what people name: records, services, and how far a decision shall reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from catalogue.errors import NotFound
from catalogue.matching.meanings import EMPTY, Meaning, meanings
from catalogue.matching.patterns import ANY, RECORD, Pattern, record_pattern, title_pattern
from catalogue.matching.review import Wish
from catalogue.matching.rulings import ACCEPTED, REJECTED, Act, Acts, Service
from catalogue.reports.review_names import FoundRecord

__all__ = ["Reach", "accepting", "assigning", "last_act", "nothing", "rejecting"]

CHOICES_SHOWN = 5


@dataclass(frozen=True)
class Reach:
    """How far a decision reaches: one record, or all with its title in a ``source`` or in ``any``."""

    scope: str = RECORD
    reason: str = ""

    def wish(self, record: FoundRecord, verdict: str, services: Sequence[Service]) -> Wish:
        """Return the decision. Raise NotFound if it is about a title and the record has none."""
        title = record.title or record.official_title
        return Wish(self._pattern(record), verdict, tuple(dict.fromkeys(services)), title, self.reason)

    def _pattern(self, record: FoundRecord) -> Pattern:
        if self.scope == RECORD:
            return record_pattern(record.source_id, record.ref)
        if not record.title_key:
            raise NotFound("review_no_title", record=record.name)
        return title_pattern(record.title_key, None if self.scope == ANY else record.source_id)


def accepting(connection: Connection, record: FoundRecord, named: Sequence[Service], reach: Reach) -> Wish:
    """Accept candidates, those that are named or the best one, beside what is accepted already.

    Raise NotFound if there is no best one, or a named service is no candidate.
    """
    meaning = _meaning(connection, record)
    chosen = [_candidate(record, meaning, service) for service in named]
    if not named and meaning.waiting:
        chosen = [_best(record, meaning)]
    if not chosen and not meaning.accepted:
        raise NotFound("review_no_candidate", record=record.name)
    return reach.wish(record, ACCEPTED, (*meaning.accepted, *chosen))


def assigning(record: FoundRecord, named: Sequence[Service], reach: Reach) -> Wish:
    """Say that a record means exactly the named services, candidates or not."""
    return reach.wish(record, ACCEPTED, named)


def rejecting(connection: Connection, record: FoundRecord, named: Sequence[Service], reach: Reach) -> Wish:
    """Reject services, those that are named or the best candidate, or the only one that is accepted.

    What is not named by its key is rejected as a bundle with everything in it. Raise NotFound.
    """
    if named:
        return reach.wish(record, REJECTED, named)
    meaning = _meaning(connection, record)
    if meaning.waiting:
        return reach.wish(record, REJECTED, [(_best(record, meaning)[0], "")])
    bundles = {ozg_id for ozg_id, _ in meaning.accepted}
    if len(bundles) == 1:
        return reach.wish(record, REJECTED, [(bundles.pop(), "")])
    raise NotFound("review_no_candidate", record=record.name)


def nothing(record: FoundRecord, verdict: str, reach: Reach) -> Wish:
    """Say that a record is no service, or one that the catalogue lacks."""
    return reach.wish(record, verdict, ())


def last_act(connection: Connection, record: FoundRecord) -> Act:
    """Return the latest decision about a record that holds. Raise NotFound if there is none."""
    acts = Acts.load(connection, record.source_id).about(
        record.source_id, record.ref, record.title, record.official_title
    )
    if not acts:
        raise NotFound("review_nothing_to_undo", record=record.name)
    return max(acts, key=lambda act: act.number)


def _meaning(connection: Connection, record: FoundRecord) -> Meaning:
    found = meanings(connection, {record.source_id: [record.ref]})
    return found.get((record.source_id, record.ref), EMPTY)


def _best(record: FoundRecord, meaning: Meaning) -> Service:
    best = meaning.best
    if best is None:
        raise NotFound(
            "review_no_best", record=record.name, count=len(meaning.waiting), choices=_choices(meaning)
        )
    return best.service


def _candidate(record: FoundRecord, meaning: Meaning, named: Service) -> Service:
    """Return the candidate or accepted service that is meant.

    A bundle stands for its only candidate; a key refines a bundle that is a candidate as a whole.
    """
    ozg_id, key = named
    known = [*meaning.accepted, *(row.service for row in meaning.waiting)]
    of_bundle = [service for service in known if service[0] == ozg_id]
    if named in known or (key and (ozg_id, "") in known):
        return named
    if of_bundle and not key:
        return of_bundle[0] if len(of_bundle) == 1 else named
    raise NotFound(
        "review_not_a_candidate",
        record=record.name,
        service=key or ozg_id,
        choices=_choices(meaning) or "–",
    )


def _choices(meaning: Meaning) -> str:
    listed = list(dict.fromkeys(row.ozg_id for row in meaning.waiting))
    more = len(listed) - CHOICES_SHOWN
    return ", ".join(listed[:CHOICES_SHOWN]) + (f" … (+{more})" if more > 0 else "")
