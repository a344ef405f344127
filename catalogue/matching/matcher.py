"""The matcher: a page or record in, a decision with its services, candidates and reasons out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from catalogue.keys import KeyFormatError, LeikaKey
from catalogue.matching.acts import acts_named, is_only_notified
from catalogue.matching.analysis import Analyst
from catalogue.matching.cache import load_index
from catalogue.matching.decision import Candidate, Judgement, judge
from catalogue.matching.furniture import bare_title
from catalogue.matching.names import LEIKA, NameIndex
from catalogue.matching.outcome import ACCEPTED, REVIEW, Page
from catalogue.matching.reference import OBJECT_DIGITS, Reference

__all__ = ["Matcher", "Proposal", "Reason", "Result"]

#: So many candidates are shown.
MOST_CANDIDATES = 5
ACT_DIGITS, KEY_DIGITS = 11, 14
#: Distinct titles of which it is remembered what they certainly mean.
MOST_REMEMBERED = 100_000
#: Certainty at most where the service lacks the act that the title names.
MOST_WITHOUT_ACT = 0.5

Reason = tuple[str, dict[str, object]]


class Proposal(NamedTuple):
    """One of the best candidates, distinct by OZG service; ``score`` is its fit, at most 1."""

    ozg_id: str
    lo_key: str  # eight digits, or empty
    name: str
    score: float


class Result(NamedTuple):
    """What a title means; ``score`` is the certainty of the decision, between 0 and 1."""

    decision: str
    ozg_ids: tuple[str, ...]
    lo_keys: tuple[str, ...]  # eight digits
    lov_keys: tuple[str, ...]  # eleven digits
    score: float
    candidates: tuple[Proposal, ...]
    reasons: tuple[Reason, ...]


class Matcher:
    """Decides about titles with the names of one catalogue. The same input has the same result, always."""

    def __init__(self, reference: Reference, index: NameIndex) -> None:
        self.index = index
        self._titles = dict(reference.ozg)
        self._ozg_of_key = {key: ozg_id for key, _, ozg_id in reference.leika}
        self._acts = {key[:ACT_DIGITS] for key in self._ozg_of_key if key[OBJECT_DIGITS:ACT_DIGITS] != "000"}
        self._stems_of: dict[tuple[str, str], frozenset[str]] = {}
        self._certain: dict[str, frozenset[str] | None] = {}
        self._acts_of: dict[str, list[str]] = defaultdict(list)
        for act in sorted(self._acts):
            self._acts_of[act[:OBJECT_DIGITS]].append(act)
        self._objects: dict[str, dict[str, list[dict[str, float]]]] = defaultdict(lambda: defaultdict(list))
        for name, vector in zip(index.names, index.vectors, strict=True):
            if name.kind == LEIKA:
                self._objects[name.ozg_ids[0]][name.lo_keys[0]].append(vector)

    @classmethod
    def load(cls, reference: Reference, cache: Path | None = None) -> Matcher:
        """Return the matcher of a catalogue; ``cache`` is the folder of prepared indexes."""
        return cls(reference, load_index(reference, cache))

    def match(self, page: Page, keys: Sequence[str] = ()) -> Result:
        """Return what a page means; a reported key counts if its name does not contradict the title."""
        judgement = judge(self.index, page)
        known = self._known(keys)
        if known:
            return self._with_keys(page.title, judgement, known)
        return self._checked(self._result(judgement), judgement)

    def _checked(self, result: Result, judgement: Judgement) -> Result:
        """Return a result for review where the title asks for a permit that its service does not know."""
        codes = [act[OBJECT_DIGITS:] for key in result.lo_keys for act in self._acts_of[key]]
        if result.decision != ACCEPTED or not is_only_notified(judgement.analysis.weights, codes):
            return result
        params: dict[str, object] = {"name": judgement.chosen[0].fit.name.text}
        reasons = (("no_permit", params), *result.reasons)
        score = min(result.score, MOST_WITHOUT_ACT)
        return Result(REVIEW, (), (), (), score, result.candidates, reasons)

    def contradicts(self, title: str, key: str, ozg_id: str, judgement: Judgement | None = None) -> bool:
        """Tell whether a title certainly means something else than a key and the service it stands for.

        A word in common with any name of the key's object or with its bundle's title rules that out.
        """
        stems = {
            one for one in self.index.analyst.analyse(bare_title(title)).weights if not Analyst.is_weak(one)
        }
        if not stems or stems & self._said_of(key[:OBJECT_DIGITS], ozg_id):
            return False
        certain = _certain_of(judgement) if judgement else self._certainly(title)
        return certain is not None and ozg_id not in certain

    def _certainly(self, title: str) -> frozenset[str] | None:
        """Return the services a bare title certainly means, or None; a feed has one title with many keys."""
        if title not in self._certain:
            if len(self._certain) >= MOST_REMEMBERED:
                self._certain.clear()
            self._certain[title] = _certain_of(judge(self.index, Page(title)))
        return self._certain[title]

    def _said_of(self, object_key: str, ozg_id: str) -> frozenset[str]:
        known = self._stems_of.get((object_key, ozg_id))
        if known is None:
            names = self.index.stems_of_object(object_key) | self.index.stems_of_title(ozg_id)
            known = self._stems_of[object_key, ozg_id] = frozenset(names)
        return known

    def key_of(self, result: Result) -> str:
        """Return the most exact key (14 digits) that a single decision stands for; empty if there is none."""
        for digits in (*result.lov_keys, *result.lo_keys)[:1] if len(result.lo_keys) <= 1 else ():
            key = digits.ljust(KEY_DIGITS, "0")
            return key if self._ozg_of_key.get(key) == result.ozg_ids[0] else ""
        return ""

    def _known(self, keys: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for raw in keys:
            try:
                key = str(LeikaKey.parse(raw))
            except KeyFormatError:
                continue
            for one in (key, key[:ACT_DIGITS] + "000", key[:OBJECT_DIGITS] + "000000"):
                if self._ozg_of_key.get(one):
                    found[one] = self._ozg_of_key[one]
                    break
        return found

    def _with_keys(self, title: str, judgement: Judgement, known: dict[str, str]) -> Result:
        ozg_ids = tuple(dict.fromkeys(known.values()))
        result = self._result(judgement)
        proposals = [
            Proposal(ozg_id, key[:OBJECT_DIGITS], self._titles.get(ozg_id, ""), 1.0)
            for key, ozg_id in known.items()
        ]
        rest = [one for one in result.candidates if one.ozg_id not in ozg_ids]
        candidates = tuple([*proposals, *rest][:MOST_CANDIDATES])
        key = next(iter(known))
        if all(self.contradicts(title, key, ozg_id, judgement) for key, ozg_id in known.items()):
            params: dict[str, object] = {
                "key": key,
                "service": self._titles.get(ozg_ids[0], ozg_ids[0]),
                "name": judgement.chosen[0].fit.name.text,
            }
            reasons = (("key_contradiction", params), *result.reasons)
            return Result(REVIEW, (), (), (), result.score, candidates, reasons)
        objects = tuple(dict.fromkeys(one[:OBJECT_DIGITS] for one in known))
        acts = tuple(dict.fromkeys(one[:ACT_DIGITS] for one in known if one[:ACT_DIGITS] in self._acts))
        return Result(ACCEPTED, ozg_ids, objects, acts, 1.0, candidates, (("key", {"key": key}),))

    def _result(self, judgement: Judgement) -> Result:
        stems = frozenset(judgement.analysis.weights)
        objects: dict[str, None] = {}
        for chosen in judgement.chosen:
            objects.update(dict.fromkeys(self._objects_of(chosen, stems)))
        acts = acts_named(judgement.analysis.weights, objects, self._acts)
        if not acts:
            # The only act that the catalogue has of an object needs no naming.
            acts = [found[0] for key in objects if len(found := self._acts_of[key]) == 1]
        proposals = tuple(
            Proposal(
                one.ozg_id,
                next(iter(self._objects_of(one, stems)), ""),
                self._titles.get(one.ozg_id, one.name),
                round(min(1.0, one.score), 4),
            )
            for one in judgement.candidates[:MOST_CANDIDATES]
        )
        return Result(
            judgement.decision,
            tuple(one.ozg_id for one in judgement.chosen),
            tuple(objects),
            tuple(acts),
            round(judgement.certainty, 4),
            proposals,
            tuple(judgement.reasons),
        )

    def _objects_of(self, candidate: Candidate, stems: frozenset[str]) -> tuple[str, ...]:
        """Return the objects of a service that a title means: as the wording says, else by their names."""
        if candidate.lo_keys:
            return candidate.lo_keys
        objects = self._objects.get(candidate.ozg_id, {})
        if len(objects) == 1:
            return tuple(objects)
        shared = {
            key: max(self._shared(vector, stems) for vector in vectors) for key, vectors in objects.items()
        }
        most = max(shared.values(), default=0.0)
        return tuple(key for key, weight in shared.items() if weight == most > 0)[:1]

    def _shared(self, vector: dict[str, float], stems: frozenset[str]) -> float:
        return sum(self.index.weight(one) for one in vector if one in stems)


def _certain_of(judgement: Judgement) -> frozenset[str] | None:
    """Return the services that were accepted; None if nothing was."""
    return frozenset(one.ozg_id for one in judgement.chosen) if judgement.decision == ACCEPTED else None
