"""What speaks against the best name of a title, although much of the title fits it.

A title may name two things, belong to another service as well, or tell something about a service instead of
naming it ("Bettensteuer: Urteil").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from catalogue.matching.acts import ACT_STEMS
from catalogue.matching.analysis import UNITS, Analysis, Analyst
from catalogue.matching.lexicon import word_list
from catalogue.matching.names import Fit, NameIndex
from catalogue.matching.spelling import stem

__all__ = [
    "EXACT",
    "MOST_OF_OTHERS",
    "Candidate",
    "adds_a_topic",
    "begins_otherwise",
    "is_bare_word",
    "is_exact",
    "is_tie",
    "is_torn",
    "lists_others",
    "says_what_is_done",
]

#: Names that fit this well say what the title says.
EXACT = 0.985
#: So much of that wording the title has to contain.
MOST_OF_OTHERS = 0.9
#: So much of its name has to be in the title for another service to count as a rival for its beginning.
MOST_OF_RIVALS = 0.7
#: Stems that make a service of a place or thing; advice about it does not.
_DOING = (ACT_STEMS | {stem(word) for word in word_list("doing_words.txt")}) - {stem("beratung")}


class Candidate(NamedTuple):
    """A service that the title may mean."""

    ozg_id: str
    lo_keys: tuple[str, ...]
    name: str
    score: float
    fit: Fit


def lists_others(index: NameIndex, analysis: Analysis, best: Candidate) -> bool:
    """Tell whether a title lists two things of which the best name is one, or which it joins to a third.

    "Gewerbe und Gaststätten" is no Gaststättengewerbe.
    """
    strong = [
        {one for one, weight in item.items() if weight == 1 and not Analyst.is_weak(one)}
        for item in analysis.items
    ]
    items = [item for item, stems in zip(analysis.items, strong, strict=True) if stems]
    if len(items) < 2 or len(analysis.sections) > 1:
        return False
    named = index.analyst.analyse(best.fit.name.text)
    if len(named.items) > 1 and best.fit.complete >= MOST_OF_OTHERS:
        return False
    apart = len(strong) == len(items) and not set.intersection(*strong)
    firsts = [next(iter(index.fits(dict.fromkeys(item, 1.0))), None) for item in items]
    if all(first and is_exact(first) and first.name.ozg_ids == (best.ozg_id,) for first in firsts):
        return False
    if len(named.words) == 1 and apart and all(stems & named.weights.keys() for stems in strong):
        return True
    for first in firsts:
        if first is not None and is_exact(first) and best.ozg_id not in first.name.ozg_ids[:1]:
            return bool(first.name.ozg_ids)
    return False


def is_torn(index: NameIndex, analysis: Analysis, best: Candidate) -> bool:
    """Tell whether the parts of the best name, a compound, only belong to other compounds of the title.

    "Zuschuss für Lastenräder" is no Lastenzuschuss.
    """
    named = index.analyst.analyse(best.fit.name.text)
    if len(named.words) != 1 or len(named.weights) < 2:
        return False
    words = [index.analyst.stems(word) for word in analysis.words]
    if any(named.weights.keys() <= set(stems) for stems in words):
        return False
    return any(
        not named.weights.keys().isdisjoint(stems)
        and stems[-1] not in named.weights
        and stems[-1] not in index.profile(best.ozg_id)
        and not Analyst.is_weak(stems[-1])
        for stems in words
    )


def is_bare_word(index: NameIndex, analysis: Analysis, best: Candidate) -> bool:
    """Tell whether a title is a single word without act, and says less than the name or something else."""
    if analysis.tokens != 1 or not ACT_STEMS.isdisjoint(analysis.weights):
        return False
    said_by_less = len(analysis.weights) == 1 and best.fit.complete < EXACT
    return said_by_less or not analysis.weights.keys() <= index.profile(best.ozg_id)


def adds_a_topic(index: NameIndex, analysis: Analysis, best: Candidate) -> bool:
    """Tell whether a later part of a title, or a place in it, has nothing to do with the best service.

    "Bettensteuer: Urteil" and "Hornissen im Kindergarten" are reports; whoever names an act means a service.
    """
    known = index.profile(best.ozg_id) | UNITS
    # "Baum auf dem Grundstück fällen" comes back to the service.
    ended = set(index.analyst.stems(analysis.words[-1])) & analysis.placed - known
    if any(not Analyst.is_weak(one) for one in ended) and ACT_STEMS.isdisjoint(analysis.weights):
        return True
    told = [{one for one in part if not Analyst.is_weak(one)} for part in analysis.later]
    return any(
        stems and known.isdisjoint(stems) and ACT_STEMS.isdisjoint(part)
        for stems, part in zip(told, analysis.later, strict=True)
    )


def says_what_is_done(index: NameIndex, analysis: Analysis, best: Candidate) -> bool:
    """Tell whether a title says what is to be done, beside the place or thing that the best name mentions."""
    named = index.analyst.analyse(best.fit.name.text).weights
    return any(one in _DOING and one not in named for one in analysis.weights)


def is_tie(candidates: Sequence[Candidate]) -> bool:
    """Tell whether two services have a name that says exactly the same as the title."""
    pair = candidates[:2]
    return (
        len(pair) == 2 and all(is_exact(one.fit) for one in pair) and pair[0].fit.score == pair[1].fit.score
    )


def begins_otherwise(index: NameIndex, analysis: Analysis, candidates: Sequence[Candidate]) -> bool:
    """Tell whether the best name lacks the first word of the title and another service has it."""
    begun = set(index.analyst.stems(analysis.words[0])) if analysis.words else set()
    if all(Analyst.is_weak(one) for one in begun):
        return False
    first, *rest = (index.analyst.analyse(one.fit.name.text).weights for one in candidates[:3])
    return not begun <= first.keys() and any(
        begun <= other.keys() and one.fit.complete >= MOST_OF_RIVALS
        for other, one in zip(rest, candidates[1:3], strict=True)
    )


def is_exact(fit: Fit) -> bool:
    """Tell whether title and name say the same."""
    return fit.covered >= EXACT and fit.complete >= EXACT
