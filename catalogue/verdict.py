"""The verdict on one cell: a pure function of evidence, competence and silence.

The order of its rules is the product's promise. What a source shows online is online, at whatever level.
What another body has to offer is not this area's gap. What is described or a form is not online. What
waits for a decision, what nobody was asked about and what could not be read is unknown, with its reason.
Only then something is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from catalogue.competence import Competence
from catalogue.evidence import DESCRIBED, FORM, ONLINE, Evidence
from catalogue.levels import FOREIGN_OPERATORS
from catalogue.voices import Silence

__all__ = [
    "GAP_STATUSES",
    "STATUSES",
    "Level",
    "Situation",
    "Verdict",
    "decide",
    "operated",
]

STATUSES = ("online", "form", "described", "missing", "not_competent", "unknown")
#: Statuses that are gaps where the area is competent.
GAP_STATUSES = ("missing", "described", "form")

_STATUS_OF_RANK = {ONLINE: "online", FORM: "form", DESCRIBED: "described"}
#: Doubts about sources that were never read: even what is described could be online there.
_UNREAD_REASONS = frozenset({"source_failed", "never_asked", "list_incomplete"})


class Level(NamedTuple):
    """One step of an area's inheritance: its number, its level, and whether it is the area itself."""

    area_id: int
    level: str
    own: bool


class Situation(NamedTuple):
    """Everything a verdict rests on."""

    shown: Sequence[tuple[Level, Evidence]]  # from the area itself upwards; only where there is any
    waiting: str  # keys of the sources whose offerings under review could show more than this
    competence: Competence
    silence: Silence
    leaves: frozenset[str]  # the LeiKa leaves of the service
    unread: str  # keys of configured sources that were never read


class Verdict(NamedTuple):
    """What a cell says; the columns of the table ``cell`` that come from evidence."""

    status: str
    reason: str
    satisfied_level: str
    operator: str
    online_url: str
    own: bool
    leaves_online: int
    evidence_source: int | None
    evidence_ref: str
    evidence_run: int
    silent_sources: str


def decide(situation: Situation) -> Verdict:
    """Return the verdict on a cell."""
    best = _best(situation.shown)
    leaves = _leaves_online(situation.shown)
    if best is not None and best[1].rank == ONLINE:
        return _shown(best, "online", leaves)
    if situation.competence.verdict == "no":
        return _nothing("not_competent", "")
    if best is not None:
        if situation.waiting:
            return _doubted(best, "match_under_review", situation.waiting)
        if situation.unread:
            reason = situation.silence.reason
            return _doubted(best, reason if reason in _UNREAD_REASONS else "source_failed", situation.unread)
        return _shown(best, _STATUS_OF_RANK[best[1].rank], leaves)
    if situation.waiting:
        return _nothing("unknown", "match_under_review", situation.waiting)
    if situation.competence.verdict == "unresolved":
        return _nothing("unknown", "competence_unresolved")
    return _absence(situation)


def _best(shown: Sequence[tuple[Level, Evidence]]) -> tuple[Level, Evidence] | None:
    """Return the highest status; of equals the nearest level."""
    best: tuple[Level, Evidence] | None = None
    for level, evidence in shown:
        if evidence.rank >= DESCRIBED and (best is None or evidence.rank > best[1].rank):
            best = (level, evidence)
    return best


def _leaves_online(shown: Sequence[tuple[Level, Evidence]]) -> int:
    """Count the LeiKa leaves that are online at any level."""
    found = [evidence.leaves for _, evidence in shown if evidence.leaves]
    return len(found[0]) if len(found) == 1 else len(set().union(*found))


def _absence(situation: Situation) -> Verdict:
    """Nothing was found: say what the silence means, helped by explicit negative answers."""
    silent = situation.silence
    # That the Kreis was asked in vain says nothing about a city that could not be asked itself.
    absent: set[str] = set()
    for level, evidence in situation.shown:
        absent |= (evidence.absent or set()) if level.own else set()
    if absent and silent.status == "unknown" and silent.reason == "never_asked" and not situation.unread:
        if situation.leaves and situation.leaves <= absent:
            return _nothing("missing", "")
        return _nothing("unknown", "list_incomplete")
    if silent.status == "missing" and not situation.leaves:
        # No offering can be recognised by a key, so that nobody's silence proves anything.
        return _nothing("unknown", "catalogue_incomplete", silent.sources)
    return _nothing(silent.status, silent.reason, silent.sources)


def operated(operator: str, level: Level) -> tuple[str, str]:
    """Return who operates what is shown at a level, and which level that satisfies a cell at.

    What a level above calls its own is that level's, and so is what it names by its own word.
    """
    repeats = operator == level.level or (operator == "own" and not level.own)
    stated = "" if repeats else operator
    satisfied = stated if stated in FOREIGN_OPERATORS else level.level
    return stated or ("own" if level.own else level.level), satisfied


def _shown(best: tuple[Level, Evidence], status: str, leaves: int) -> Verdict:
    level, evidence = best
    operator, satisfied = operated(evidence.operator, level)
    return Verdict(
        status=status,
        reason="",
        satisfied_level=satisfied,
        operator=operator,
        online_url=evidence.url if evidence.rank == ONLINE else "",
        own=level.own and evidence.rank == ONLINE and satisfied == level.level,
        leaves_online=leaves,
        evidence_source=evidence.source_id,
        evidence_ref=evidence.ref,
        evidence_run=evidence.first_run,
        silent_sources="",
    )


def _doubted(best: tuple[Level, Evidence], reason: str, sources: str) -> Verdict:
    """Something is described, but what could be online elsewhere is not known yet."""
    shown = _shown(best, "unknown", 0)
    return shown._replace(reason=reason, own=False, silent_sources=sources)


def _nothing(status: str, reason: str, sources: str = "") -> Verdict:
    return Verdict(status, reason, "", "", "", False, 0, None, "", 0, sources)
