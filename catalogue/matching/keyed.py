"""Decide about service records: by reported key if the title does not contradict it, else by title.

What neither decides waits under review, with every OZG service it could mean: the cells of these are unknown
then, never missing. The candidates are wide on purpose. A key that the catalogue lacks may stand for any
service of its LeiKa group; a title without key for any service it shares a word with.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from catalogue.keys import KeyFormatError, LeikaKey
from catalogue.matching.index import ACT_DIGITS, OBJECT_DIGITS, ServiceIndex
from catalogue.matching.outcome import (
    ACCEPTED,
    LEAST_FIT,
    NO_SERVICE,
    NOT_IN_CATALOGUE,
    REVIEW,
    VERSION,
    Page,
)
from catalogue.matching.reference import Reference
from catalogue.matching.words import normalise

if TYPE_CHECKING:
    # Its libraries take half a second to load, which only whoever decides has to pay.
    from catalogue.matching.matcher import Result

__all__ = ["ACTOR", "Decider", "Decision", "loaded_decider"]

#: Name and version of this matcher, kept with every decision it makes.
ACTOR = VERSION
#: Distinct titles whose results are remembered.
MOST_REMEMBERED = 100_000
#: A title for something the catalogue lacks waits only with services that it fits so well.
LEAST_FIT_BESIDE = 0.5
_loading = threading.Lock()


class Decision(NamedTuple):
    """One service a record is, or may be. An empty key means the bundle as a whole."""

    ozg_id: str
    leika_key: str
    method: str
    score: float
    state: str
    reason: str


class Decider:
    """Decides about the records of one catalogue; each distinct title is looked at once."""

    def __init__(self, reference: Reference) -> None:
        """Take the catalogue; its prepared names come from the cache folder."""
        from catalogue.matching.matcher import Matcher

        self.index = ServiceIndex.of(reference)
        self.matcher = Matcher.load(reference)
        self._results: dict[str, Result] = {}
        self._contradictions: dict[tuple[str, str, str], bool] = {}

    @staticmethod
    def of(reference: Reference) -> Decider:
        """Return the decider of a catalogue; that of the last catalogues is kept."""
        with _loading:
            return loaded_decider(reference)

    @staticmethod
    def expect(reference: Reference) -> None:
        """Let the decider of a catalogue be loaded meanwhile, which takes a second; whoever asks gets it."""
        threading.Thread(target=_load, args=(reference,), name="decider", daemon=True).start()

    def decide(self, title: str, official_title: str, keys: str) -> list[Decision]:
        """Return the decisions for a record with these titles and reported keys (separated by blanks)."""
        found: dict[tuple[str, str], Decision] = {}
        for raw in keys.split():
            for decision in self._by_key(raw):
                known = found.get((decision.ozg_id, decision.leika_key))
                if known is None or known.score < decision.score:
                    found[decision.ozg_id, decision.leika_key] = decision
        decisions = list(found.values())
        accepted = {one.ozg_id for one in decisions if one.state == ACCEPTED}
        texts = [text for text in (title, official_title) if text.strip()]
        if accepted:
            if texts and all(self._contradict(text, decisions) for text in texts):
                return self._both_readings(texts, decisions)
            return [one for one in decisions if one.state == ACCEPTED or one.ozg_id not in accepted]
        named = self._by_titles(texts)
        if any(one.state == ACCEPTED for one in named):
            return named
        return decisions or named

    def _by_key(self, raw: str) -> list[Decision]:
        index = self.index
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

    def _contradict(self, text: str, decisions: list[Decision]) -> bool:
        """Tell whether a title means something else than every key that would be accepted."""
        return all(self._contradicts(text, one) for one in decisions if one.state == ACCEPTED)

    def _contradicts(self, text: str, one: Decision) -> bool:
        asked = (text, one.reason, one.ozg_id)
        known = self._contradictions.get(asked)
        if known is None:
            known = self._contradictions[asked] = self.matcher.contradicts(*asked)
        return known

    def _both_readings(self, texts: list[str], decisions: list[Decision]) -> list[Decision]:
        found = [
            one._replace(state=REVIEW, method="contradiction", score=0.5) if one.state == ACCEPTED else one
            for one in decisions
        ]
        taken = {one.ozg_id for one in found}
        for text in texts:
            for ozg_id in self._result(text).ozg_ids:
                if ozg_id not in taken:
                    taken.add(ozg_id)
                    found.append(Decision(ozg_id, "", "contradiction", 0.5, REVIEW, text))
        return found

    def _result(self, text: str) -> Result:
        known = self._results.get(text)
        if known is None:
            if len(self._results) >= MOST_REMEMBERED:
                self._results.clear()
            known = self._results[text] = self.matcher.match(Page(text))
        return known

    def _by_titles(self, texts: list[str]) -> list[Decision]:
        results = [(text, self._result(text)) for text in texts]
        for text, result in results:
            if result.decision == ACCEPTED:
                return self._accepted(text, result)
        found: dict[str, Decision] = {}
        for text, result in results:
            for one in self._waiting(text, result):
                found.setdefault(one.ozg_id, one)
        return [found[ozg_id] for ozg_id in sorted(found)]

    def _accepted(self, text: str, result: Result) -> list[Decision]:
        names = self.index.by_name.get(normalise(text), ())
        named = sorted(key for ozg_id, key in names if key and ozg_id in result.ozg_ids)
        method = "title" if result.reasons and result.reasons[0][0] == "exact" else "similar"
        reason = str(result.reasons[0][1].get("name", text)) if result.reasons else text
        if len(result.ozg_ids) > 1:
            keys = [(ozg_id, "") for ozg_id in result.ozg_ids]
        elif named:
            keys = [(result.ozg_ids[0], key) for key in named]
        else:
            keys = [(result.ozg_ids[0], self.matcher.key_of(result))]
        return [Decision(ozg_id, key, method, result.score, ACCEPTED, reason) for ozg_id, key in keys]

    def _waiting(self, text: str, result: Result) -> list[Decision]:
        """Return the services a title could mean that was not decided: rather too many than too few."""
        fits = {one.ozg_id: one.score for one in result.candidates if one.score >= LEAST_FIT}
        named = {ozg_id for ozg_id, _ in self.index.by_name.get(normalise(text), ())}
        if result.decision == NO_SERVICE and not named:
            return []
        if result.decision == NOT_IN_CATALOGUE and not named:
            return [
                Decision(ozg_id, "", "words", round(score / 2, 4), REVIEW, text)
                for ozg_id, score in fits.items()
                if score >= LEAST_FIT_BESIDE
            ]
        wide = self.index.candidates(text) | named | fits.keys()
        return [
            Decision(ozg_id, "", "words", max(0.1, round(fits.get(ozg_id, 0.0) / 2, 4)), REVIEW, text)
            for ozg_id in wide
        ]


@lru_cache(maxsize=2)
def loaded_decider(reference: Reference) -> Decider:
    """Return the decider of a catalogue, loaded once; to be called by one thread at a time."""
    return Decider(reference)


def _load(reference: Reference) -> None:
    with suppress(Exception):  # whoever asks for it meets the same error, and can tell of it
        Decider.of(reference)
