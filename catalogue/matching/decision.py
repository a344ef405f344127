"""The decision about a title: accepted, to be reviewed, no service, or a service the catalogue lacks.

The thresholds and the certainty are calibrated; docs/matching.md says on what and how well it holds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from catalogue.matching.acts import ACT_STEMS
from catalogue.matching.analysis import Analysis
from catalogue.matching.cues import FIRM, STRONG, Cue, find_cues
from catalogue.matching.doubts import (
    EXACT,
    MOST_OF_OTHERS,
    Candidate,
    adds_a_topic,
    begins_otherwise,
    is_bare_word,
    is_exact,
    is_tie,
    is_torn,
    lists_others,
    says_what_is_done,
)
from catalogue.matching.furniture import bare_title
from catalogue.matching.names import Fit, NameIndex
from catalogue.matching.outcome import (
    ACCEPTED,
    LEAST_FIT,
    NO_SERVICE,
    NOT_IN_CATALOGUE,
    REVIEW,
    Page,
)
from catalogue.matching.spelling import pieces, spell, stem
from catalogue.matching.wordings import MENTION, NONE, OUTSIDE, UMBRELLA

__all__ = ["CALIBRATION", "Calibration", "Candidate", "Judgement", "judge"]


class Calibration(NamedTuple):
    """How certainty follows from the fit of the best name and its lead, and how much of it is enough."""

    constant: float
    per_fit: float
    per_lead: float
    least_certainty: float  # from which a title is accepted


#: Fitted by benchmarks/matching.py; docs/matching.md says on what and how well it holds.
CALIBRATION = Calibration(-8.0, 11.0, 11.8, 0.94)
#: What each unit of a weak cue adds to the certainty that is asked for.
PRICE_OF_A_CUE = 0.1
#: Where another service has the beginning of the title, or the same name, certainty is at most this;
#: likewise where less of the best name is in the title.
MOST_CERTAINTY_OF_RIVALS, LEAST_OF_A_NAME = 0.5, 0.5
#: No title is so certain.
NEVER = 2.0
#: A title of which the best name covers less, and that names no act, needs so much more certainty.
WELL_COVERED, PRICE_OF_A_GAP = 0.58, 0.05
#: A lead, or a lag, beyond this adds nothing.
WIDEST_LEAD, WIDEST_LAG = 0.35, 0.1
#: A wording for no service that leads an umbrella by less is no decision.
LEAD_OVER_UMBRELLAS = 0.05
#: From this fit on, a wording for something else decides against a service.
LEAST_FIT_OF_OTHERS = 0.7
#: A service that fits so well goes to review unless the other wording covers so much of the title.
LEAST_FIT_OF_RIVALS, MOST_COVERED = 0.5, 0.8
#: A strong cue decides against a service only where no name fits better; else a person has to look.
MOST_FIT_OF_NO_SERVICE = 0.65
#: What the unit and the snippet may add to a fit, at most.
MOST_OF_CONTEXT = 0.06


@dataclass
class Judgement:
    """A decision with its candidates; ``reasons`` are codes of messages with their parameters."""

    decision: str
    certainty: float
    chosen: list[Candidate]
    candidates: list[Candidate]
    analysis: Analysis
    lead: float = 0.0  # of the best candidate over all that means something else
    reasons: list[tuple[str, dict[str, object]]] = field(default_factory=list)


def judge(index: NameIndex, page: Page, calibration: Calibration = CALIBRATION) -> Judgement:
    """Decide what a page is."""
    page = page._replace(title=bare_title(page.title))
    analysis = index.analyst.analyse(page.title)
    fits = index.fits(analysis.weights)
    candidates = _candidates(index, fits, page)
    best = candidates[0] if candidates else None
    other = next((fit for fit in fits if not fit.name.ozg_ids), None)
    umbrella = next((fit for fit in fits if len(fit.name.ozg_ids) > 1), None)
    cues = _cues(index, page, analysis, best)
    found = Judgement(REVIEW, 0.0, [], candidates, analysis)
    if best is not None:
        found.lead = _lead(candidates, other, umbrella)
        found.certainty = _certainty(best, found.lead, calibration)
        rivalled = begins_otherwise(index, analysis, candidates) or is_tie(candidates)
        rivalled = rivalled or lists_others(index, analysis, best) or is_torn(index, analysis, best)
        if rivalled or best.fit.complete < LEAST_OF_A_NAME:
            found.certainty = min(found.certainty, MOST_CERTAINTY_OF_RIVALS)
    exact = best is not None and is_exact(best.fit)
    fit = best.fit.score if best is not None else 0.0
    if other is not None and other.score >= max(fit, LEAST_FIT_OF_OTHERS):
        if umbrella is None or umbrella.score < other.score - LEAD_OVER_UMBRELLAS:
            return _not_a_service(found, other)
    elif _is_collection(cues) or (sum(cue.strength for cue in cues[:2]) >= STRONG and not exact):
        return _doubted(found, cues[0], best)
    if umbrella is not None and _covers_all(index, umbrella, analysis, fit):
        found.reasons.append(("umbrella", {"name": umbrella.name.text}))
        found.candidates = _lead_by(umbrella, candidates)
        return found
    return _accept_or_review(index, found, cues, calibration.least_certainty)


def _covers_all(index: NameIndex, umbrella: Fit, analysis: Analysis, fit: float) -> bool:
    """Tell whether the name of several services fits better than any other, or as well and as a list.

    "Wohngeld" is made of the same words as "Wohnen und Wohngeld", but lists nothing.
    """
    if umbrella.score < LEAST_FIT_OF_OTHERS or umbrella.score < fit:
        return False
    listed = index.analyst.analyse(umbrella.name.text).items
    return umbrella.score > fit or len(listed) <= len(analysis.items)


def _cues(index: NameIndex, page: Page, analysis: Analysis, best: Candidate | None) -> list[Cue]:
    """Return the cues against a service; words that belong to the name which the title says are none."""
    cues = find_cues(page.title, page.unit, page.snippet, analysis, index.analyst.lexicon)
    if best is None or best.fit.complete < EXACT:
        return cues
    named = index.analyst.analyse(best.fit.name.text).weights
    return [cue for cue in cues if stem(spell(cue.word).strip()) not in named]


def _accept_or_review(index: NameIndex, found: Judgement, cues: list[Cue], least: float) -> Judgement:
    best = found.candidates[0] if found.candidates else None
    if best is None or best.fit.score < LEAST_FIT:
        found.reasons.append(("nothing_similar", {}))
        return found
    if best.fit.name.kind == MENTION and not says_what_is_done(index, found.analysis, best):
        found.reasons.append(("mention", {"name": best.fit.name.text}))
        return found
    needed = least
    if not is_exact(best.fit):
        firm = any(cue.strength >= FIRM for cue in cues)
        needed = least + PRICE_OF_A_CUE * sum(cue.strength for cue in cues[:2])
        if firm or is_bare_word(index, found.analysis, best) or adds_a_topic(index, found.analysis, best):
            needed = NEVER
        elif best.fit.covered < WELL_COVERED and ACT_STEMS.isdisjoint(found.analysis.weights):
            needed += PRICE_OF_A_GAP
    if needed < NEVER and found.certainty >= min(needed, 0.995):
        found.decision, found.chosen = ACCEPTED, [best]
        found.reasons.append(_why(best))
        return found
    several = _several(index, found.analysis)
    if several and not cues:
        found.decision, found.chosen = ACCEPTED, several
        found.certainty = least
        found.reasons.extend(_why(one) for one in several)
        return found
    found.reasons.append(_why(best))
    found.reasons.extend(("cue", {"kind": cue.kind, "word": cue.word}) for cue in cues[:1])
    if len(found.candidates) > 1 and found.candidates[1].fit.score > best.fit.score - WIDEST_LEAD:
        second = found.candidates[1]
        found.reasons.append(("close_second", {"name": second.fit.name.text, "ozg_id": second.ozg_id}))
    return found


def _not_a_service(found: Judgement, other: Fit) -> Judgement:
    known = found.candidates[0].fit.score if found.candidates else 0.0
    # An act that the other name lacks may ask for a service after all: Erlaubnis Schädlingsbekämpfung.
    asks = not is_exact(other) and not ACT_STEMS.isdisjoint(found.analysis.weights)
    if other.name.kind == OUTSIDE:
        found.decision = NOT_IN_CATALOGUE
        found.reasons.append(("outside", {"name": other.name.text}))
    elif other.name.kind.startswith(NONE):
        found.decision = NO_SERVICE
        found.reasons.append(("none", {"kind": other.name.kind.removeprefix(NONE), "name": other.name.text}))
    if (
        (known > other.score - 0.02 and not is_exact(other))
        or other.complete < MOST_OF_OTHERS
        or (known >= LEAST_FIT_OF_RIVALS and other.covered < MOST_COVERED)
        or (known >= LEAST_FIT_OF_RIVALS and asks)
    ):
        found.decision = REVIEW
    found.certainty = other.score
    return found


def _doubted(found: Judgement, cue: Cue, best: Candidate | None) -> Judgement:
    unlike = best is None or best.fit.score < MOST_FIT_OF_NO_SERVICE
    # A collection may hold every service that it resembles.
    found.decision = NO_SERVICE if unlike and cue.kind != UMBRELLA else REVIEW
    found.reasons.append(("cue", {"kind": cue.kind, "word": cue.word}))
    if best is not None and best.fit.score >= LEAST_FIT:
        found.reasons.append(_why(best))
    return found


def _is_collection(cues: Sequence[Cue]) -> bool:
    """Tell whether the shape of a title says that it stands for a collection of pages."""
    return bool(cues) and any(cue.kind == UMBRELLA and cue.strength >= STRONG for cue in cues)


def _why(best: Candidate) -> tuple[str, dict[str, object]]:
    if is_exact(best.fit):
        return ("exact", {"name": best.fit.name.text, "kind": best.fit.name.kind})
    return (
        "similar",
        {
            "name": best.fit.name.text,
            "covered": round(100 * best.fit.covered),
            "complete": round(100 * best.fit.complete),
        },
    )


def _lead(candidates: Sequence[Candidate], other: Fit | None, umbrella: Fit | None) -> float:
    """Return by how much the first candidate leads all that means something else."""
    best, rivals = candidates[0], [0.0]
    if len(candidates) > 1:
        rivals.append(candidates[1].score)
    if other is not None:
        rivals.append(other.score)
    if umbrella is not None and best.ozg_id not in umbrella.name.ozg_ids:
        rivals.append(umbrella.score)
    return max(-WIDEST_LAG, min(WIDEST_LEAD, best.score - max(rivals)))


def _certainty(best: Candidate, lead: float, calibration: Calibration) -> float:
    """Return how sure it is that the best candidate is right, between 0 and 1."""
    fit = min(best.fit.score, 1.0)
    terms = calibration.constant + calibration.per_fit * fit + calibration.per_lead * lead
    return 1 / (1 + math.exp(-terms))


def _candidates(index: NameIndex, fits: Sequence[Fit], page: Page) -> list[Candidate]:
    """Return the services in the order of their fit, helped by what else the page says."""
    context = _context(index, page)
    best: dict[str, Candidate] = {}
    for fit in fits:
        several = len(fit.name.ozg_ids) > 1
        for place, ozg_id in enumerate(fit.name.ozg_ids):
            # An umbrella says less about each of its services, and more about the first ones.
            score = fit.score * (0.8 - 0.01 * place) if several else fit.score
            if ozg_id not in best or score > best[ozg_id].score:
                shown = fit if not several else fit._replace(score=score)
                best[ozg_id] = Candidate(ozg_id, fit.name.lo_keys, fit.name.text, score, shown)
    ranked = sorted(best.values(), key=lambda one: (-one.score, one.ozg_id))[:12]
    if context:
        ranked = [one._replace(score=one.score + _help(index, one.ozg_id, context)) for one in ranked]
    return sorted(ranked, key=lambda one: (-one.score, one.ozg_id))


def _context(index: NameIndex, page: Page) -> dict[str, float]:
    stems = {
        one
        for text in (page.unit, page.snippet)
        for piece in pieces(text)
        for word in piece.text.strip("-").split("-")
        if len(word) > 3
        for one in index.analyst.stems(word)
    }
    return {one: index.weight(one) for one in stems if index.knows(one) and index.weight(one) > 0.2}


def _help(index: NameIndex, ozg_id: str, context: dict[str, float]) -> float:
    profile = index.profile(ozg_id)
    total = sum(sorted(context.values()))
    return MOST_OF_CONTEXT * sum(sorted(weight for one, weight in context.items() if one in profile)) / total


def _lead_by(umbrella: Fit, candidates: list[Candidate]) -> list[Candidate]:
    parts = [one for one in candidates if one.ozg_id in umbrella.name.ozg_ids]
    return parts + [one for one in candidates if one not in parts]


def _several(index: NameIndex, analysis: Analysis) -> list[Candidate]:
    """Return the services of a title that names several, each of them exactly; else nothing."""
    if not 1 < len(analysis.items) <= 6 or analysis.later:
        return []
    found: dict[str, Candidate] = {}
    for item in analysis.items:
        fits = index.fits(dict.fromkeys(item, 1.0))
        single = [fit for fit in fits if len(fit.name.ozg_ids) == 1 and fit.name.kind != MENTION]
        if not fits or not single or fits[0] is not single[0] or not is_exact(fits[0]):
            return []
        ozg_id = fits[0].name.ozg_ids[0]
        found.setdefault(
            ozg_id, Candidate(ozg_id, fits[0].name.lo_keys, fits[0].name.text, fits[0].score, fits[0])
        )
    return list(found.values())
