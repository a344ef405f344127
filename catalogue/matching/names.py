"""All names of services, indexed by the stems of their words, and how well a title fits each of them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from catalogue.matching.acts import ACT_STEMS
from catalogue.matching.analysis import GENERIC, SEMI_GENERIC, Analyst
from catalogue.matching.lexicon import Lexicon
from catalogue.matching.reference import Owners, Reference
from catalogue.matching.spelling import pieces
from catalogue.matching.wordings import Wording

__all__ = ["LEIKA", "OZG", "Fit", "Name", "NameIndex"]

#: Kinds of the catalogue's own names.
OZG, LEIKA = "ozg", "leika"
#: How much words of every administration, acts, passages of law and unknown words count.
GENERIC_FACTOR, SEMI_FACTOR, ACT_FACTOR, LAW_FACTOR, NUMBER_FACTOR = 0.15, 0.45, 0.4, 0.5, 0.1
UNKNOWN_WEIGHT = 0.85
#: An act that the title names and the service does not is hardly a contradiction.
FOREIGN_ACT = 0.35
#: A name with another act than the title's is less complete than it seems.
OTHER_ACT = 0.85
#: Reviewed wordings are more to be trusted than the catalogue's names, which nobody wrote for readers.
CATALOGUE_FACTOR = 0.97
#: More names than these share a word only if it says little; they are not looked at for its sake.
MOST_NAMES_OF_A_WORD = 900
#: A title says a name if it has so much of it; names of one service may cover a title together.
SAID, JOINED = 0.9, 0.95
#: Names that share less than this part of what the best one shares are not looked at.
LEAST_SHARE = 0.25
#: How much a title that is not covered counts against a name that is not covered.
TITLE_SHARE = 0.55


#: What a name stands for: OZG ids, or the kind of a page that is no service of the catalogue.
Meaning = tuple[tuple[str, ...], str]


class Name(NamedTuple):
    """One name and what it stands for."""

    text: str
    ozg_ids: tuple[str, ...]
    lo_keys: tuple[str, ...]
    kind: str


class Fit(NamedTuple):
    """How well a title fits a name: 1 if both say the same."""

    score: float
    name: Name
    covered: float  # share of the title's weight that the name has too
    complete: float  # share of the name's weight that the title has too


class NameIndex:
    """Finds the names that fit a title."""

    def __init__(self, names: list[Name], vectors: list[dict[str, float]], words: Iterable[str]) -> None:
        """Take names, their stems with weights, and all words that occur in them."""
        self.analyst = Analyst(Lexicon(words))
        self.names = names
        self.vectors = vectors
        self._idf = _weigh(names, vectors)
        self._weights: dict[str, float] = {}
        self._totals = [self._total(vector) for vector in vectors]
        self._actions = [all(one in ACT_STEMS or one in GENERIC for one in vector) for vector in vectors]
        self._acts = [frozenset(one for one in vector if one in ACT_STEMS) for vector in vectors]
        self._factors = [CATALOGUE_FACTOR if name.kind in (OZG, LEIKA) else 1.0 for name in names]
        self._meanings: list[Meaning] = [(name.ozg_ids, "" if name.ozg_ids else name.kind) for name in names]
        self._of_object: dict[str, list[int]] = defaultdict(list)
        self._titles: dict[str, dict[str, float]] = {}
        for number, name in enumerate(names):
            for key in name.lo_keys:
                self._of_object[key].append(number)
            if name.kind == OZG:
                self._titles[name.ozg_ids[0]] = vectors[number]
        self._profiles = _profile(names, vectors)
        self._holders: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, vector in enumerate(vectors):
            for one, place in vector.items():
                self._holders[one].append((number, place * self.weight(one)))

    @classmethod
    def build(cls, reference: Reference, wordings: Iterable[Wording]) -> NameIndex:
        """Analyse all names of the catalogue and all wordings."""
        names = [Name(title, (ozg_id,), (), OZG) for ozg_id, title in reference.ozg]
        names += [Name(name, (ozg_id,), (key[:8],), LEIKA) for key, name, ozg_id in reference.leika if ozg_id]
        owners = Owners.of(reference)
        for one in wordings:
            ozg_ids = owners.find(one)
            if ozg_ids or not one.ozg_ids:
                names.append(Name(one.text, ozg_ids, one.lo_keys, one.kind))
        words = {
            word
            for name in names
            for piece in pieces(name.text)
            for word in piece.text.replace(".", "-").split("-")
            if word.isalpha() and not piece.text.endswith("-") and not piece.text.startswith("-")
        }
        analyst = Analyst(Lexicon(words))
        vectors = [analyst.analyse(name.text).weights for name in names]
        return cls(names, vectors, words)

    def weight(self, one: str) -> float:
        """Return how much a stem says about which service is meant, between 0 and 1."""
        known = self._weights.get(one)
        if known is None:
            known = self._idf.get(one, UNKNOWN_WEIGHT) * _factor(one)
            if one in self._idf:
                self._weights[one] = known
        return known

    def knows(self, one: str) -> bool:
        """Tell whether any name has a stem."""
        return one in self._idf

    def fits(self, weights: Mapping[str, float]) -> list[Fit]:
        """Return the names that fit best, at most one for each meaning, the best first."""
        title = {one: place * self.weight(one) for one, place in weights.items()}
        acts = frozenset(one for one in title if one in ACT_STEMS and one not in GENERIC)
        # What the title says besides: an act that a name lacks is hardly a contradiction.
        counted = {one: weight * FOREIGN_ACT if one in acts else weight for one, weight in title.items()}
        whole = sum(counted.values())
        best: dict[Meaning, tuple[float, int, float, float]] = {}
        said: dict[Meaning, set[str]] = {}
        for number, overlap in self._overlaps(title, counted).items():
            meaning = self._meanings[number]
            scored = self._score(number, overlap, whole, acts)
            if meaning not in best or best[meaning] < scored:
                best[meaning] = scored
            if scored[3] >= SAID and not self._actions[number]:
                said.setdefault(meaning, set()).update(self.vectors[number])
        fits = {
            meaning: Fit(score, self.names[-number], covered, complete)
            for meaning, (score, number, covered, complete) in best.items()
        }
        for meaning, stems in said.items():
            fits[meaning] = self._join(fits[meaning], title, counted, stems)
        return sorted(fits.values(), key=lambda fit: (-fit.score, fit.name.ozg_ids, fit.name.text))

    def _join(
        self, fit: Fit, title: Mapping[str, float], counted: Mapping[str, float], stems: set[str]
    ) -> Fit:
        """Return a fit that covers what several names of the same meaning cover together."""
        shared = sum(weight for one, weight in title.items() if one in stems)
        foreign = sum(weight for one, weight in counted.items() if one not in stems)
        covered = JOINED * shared / (shared + foreign) if shared else 0.0
        if covered <= fit.covered:
            return fit
        factor = CATALOGUE_FACTOR if fit.name.kind in (OZG, LEIKA) else 1.0
        score = factor * covered**TITLE_SHARE * fit.complete ** (1 - TITLE_SHARE)
        return fit._replace(score=max(score, fit.score), covered=covered)

    def profile(self, ozg_id: str) -> frozenset[str]:
        """Return the stems that occur in the names of a service."""
        return self._profiles.get(ozg_id, frozenset())

    def stems_of_object(self, object_key: str) -> set[str]:
        """Return the stems of all names that stand for a LeiKa object (eight digits)."""
        return {one for number in self._of_object.get(object_key, ()) for one in self.vectors[number]}

    def stems_of_title(self, ozg_id: str) -> set[str]:
        """Return the stems of an OZG service's title."""
        return set(self._titles.get(ozg_id, {}))

    def _overlaps(
        self, title: Mapping[str, float], counted: Mapping[str, float]
    ) -> dict[int, tuple[float, float, float]]:
        """Return for each name that shares enough with a title what they share.

        That is the weight of it in the title, the same with acts counted less, and its weight in the name.
        """
        found: dict[int, tuple[float, float, float]] = {}
        for one in sorted(title, key=lambda one: (-title[one], one)):
            holders = self._holders.get(one, ())
            known_only = len(holders) > MOST_NAMES_OF_A_WORD and bool(found)
            weight, less = title[one], counted[one]
            for number, own in holders:
                before = found.get(number)
                if before is not None:
                    found[number] = (before[0] + weight, before[1] + less, before[2] + own)
                elif not known_only:
                    found[number] = (weight, less, own)
        least = LEAST_SHARE * max((overlap[0] for overlap in found.values()), default=0.0)
        return {number: overlap for number, overlap in found.items() if overlap[0] > least}

    def _score(
        self, number: int, overlap: tuple[float, float, float], whole: float, acts: frozenset[str]
    ) -> tuple[float, int, float, float]:
        """Return score, minus the number (the first of equals wins), covered and complete."""
        shared, counted, of_name = overlap
        covered = shared / (shared + max(whole - counted, 0.0))
        total = self._totals[number]
        complete = min(1.0, of_name / total) if total else 0.0
        if self._actions[number]:
            # A name of nothing but acts ("Ummeldung") means a title that names nothing else either.
            covered *= covered * covered
        elif acts and self._acts[number] and acts.isdisjoint(self._acts[number]):
            complete *= OTHER_ACT
        score = covered**TITLE_SHARE * complete ** (1 - TITLE_SHARE) * self._factors[number]
        if acts and len(self.names[number].ozg_ids) > 1 and acts.isdisjoint(self.vectors[number]):
            # Who says what is to be done means one of the services of an umbrella.
            score *= OTHER_ACT
        return score, -number, covered, complete

    def _total(self, vector: Mapping[str, float]) -> float:
        return sum(place * self.weight(one) for one, place in vector.items())


def _factor(one: str) -> float:
    if one in GENERIC:
        return GENERIC_FACTOR
    if one in SEMI_GENERIC:
        return SEMI_FACTOR
    if one in ACT_STEMS:
        return ACT_FACTOR
    if one.startswith("§"):
        return LAW_FACTOR
    return NUMBER_FACTOR if one.isdigit() else 1.0


def _weigh(names: list[Name], vectors: list[dict[str, float]]) -> dict[str, float]:
    """Return for each stem how rare it is among meanings: 1 for a single one, less for many."""
    meanings: dict[str, set[tuple[str, ...] | str]] = defaultdict(set)
    for name, vector in zip(names, vectors, strict=True):
        for one in vector:
            meanings[one].add(name.ozg_ids or name.kind)
    count = len({name.ozg_ids or name.kind for name in names})
    most = math.log(1 + count)
    return {one: math.log(1 + count / len(found)) / most for one, found in meanings.items()}


def _profile(names: list[Name], vectors: list[dict[str, float]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for name, vector in zip(names, vectors, strict=True):
        if len(name.ozg_ids) == 1:
            found[name.ozg_ids[0]].update(vector)
    return {ozg_id: frozenset(stems) for ozg_id, stems in found.items()}
