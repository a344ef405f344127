"""Match service records by reported key, else by exact normalised name.

What neither decides waits under review, with every OZG service it could mean: the cells of these are
unknown then, never missing. The candidates are wide on purpose. A key that the catalogue lacks may stand
for any service of its LeiKa group; a title without key for any service it shares a word with.
"""

from __future__ import annotations

from typing import NamedTuple

from catalogue.keys import KeyFormatError, LeikaKey
from catalogue.matching.index import ACT_DIGITS, OBJECT_DIGITS, ServiceIndex
from catalogue.matching.words import normalise

__all__ = ["ACTOR", "Decision", "decide"]

#: Name and version of this matcher, kept with every decision it makes.
ACTOR = "key/1"

ACCEPTED = "accepted"
REVIEW = "review"


class Decision(NamedTuple):
    """One service a record is, or may be. An empty key means the bundle as a whole."""

    ozg_id: str
    leika_key: str
    method: str
    score: float
    state: str
    reason: str


def decide(index: ServiceIndex, title: str, official_title: str, keys: str) -> list[Decision]:
    """Return the decisions for a record with these titles and reported keys (separated by blanks)."""
    decisions: dict[tuple[str, str], Decision] = {}
    for raw in keys.split():
        for decision in _by_key(index, raw):
            known = decisions.get((decision.ozg_id, decision.leika_key))
            if known is None or known.score < decision.score:
                decisions[decision.ozg_id, decision.leika_key] = decision
    if not any(decision.state == ACCEPTED for decision in decisions.values()):
        named = _by_name(index, title, official_title)
        if named and (not decisions or named[0].state == ACCEPTED):
            decisions = {(decision.ozg_id, decision.leika_key): decision for decision in named}
    if not decisions:
        return _by_words(index, title, official_title)
    accepted = {decision.ozg_id for decision in decisions.values() if decision.state == ACCEPTED}
    return [
        decision
        for decision in decisions.values()
        if decision.state == ACCEPTED or decision.ozg_id not in accepted
    ]


def _by_key(index: ServiceIndex, raw: str) -> list[Decision]:
    try:
        key = str(LeikaKey.parse(raw))
    except KeyFormatError:
        return []
    if key in index.ozg_of_key:
        ozg_id = index.ozg_of_key[key]
        return [Decision(ozg_id, key, "key", 1.0, ACCEPTED, key)] if ozg_id else []
    act = key[:ACT_DIGITS] + "000"
    act_ozg = index.ozg_of_key.get(act)
    if act_ozg:
        return [Decision(act_ozg, act, "key_act", 0.95, ACCEPTED, key)]
    of_object = index.by_object.get(key[:OBJECT_DIGITS], set())
    if len(of_object) == 1:
        return [Decision(next(iter(of_object)), "", "key_object", 0.9, ACCEPTED, key)]
    if of_object:
        return [Decision(ozg_id, "", "key_object", 0.5, REVIEW, key) for ozg_id in sorted(of_object)]
    of_group = index.by_group.get(key[:5], set())
    return [Decision(ozg_id, "", "key_group", 0.1, REVIEW, key) for ozg_id in sorted(of_group)]


def _by_name(index: ServiceIndex, title: str, official_title: str) -> list[Decision]:
    for text in (title, official_title):
        named = sorted(index.by_name.get(normalise(text), set())) if text else []
        if named:
            only = len({ozg_id for ozg_id, _ in named}) == 1
            score, state = (0.9, ACCEPTED) if only else (0.5, REVIEW)
            return [Decision(ozg_id, key, "title", score, state, text) for ozg_id, key in named]
    return []


def _by_words(index: ServiceIndex, title: str, official_title: str) -> list[Decision]:
    candidates = index.candidates(title) | index.candidates(official_title)
    return [Decision(ozg_id, "", "words", 0.1, REVIEW, title) for ozg_id in sorted(candidates)]
