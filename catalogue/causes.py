"""Why a cell moved: one cause for every change, so that the causes of a period add up."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CAUSES", "LINK_CAUSES", "Moved", "cause_of"]

CAUSES = (
    "new_offer",
    "offer_changed",
    "withdrawn",
    "link_gone",
    "source_released",
    "match",
    "source_failed",
    "source_stale",
    "list_incomplete",
    "source_recovered",
    "source_answered",
    "never_asked",
    "competence",
    "reference",
    "rules",
    "region",
    "reform",
    "first_verdict",
)
#: What moves the figure of links that answer while cells stay as they are (:mod:`catalogue.reports.checked`).
LINK_CAUSES = ("link_died", "link_recovered", "link_answered", "link_lapsed")
_ORDER = {"online": 4, "form": 3, "described": 2}
#: What a delivery brings; if it had been held, that somebody let it in is what moved the cell.
_RELEASABLE = frozenset(
    {"new_offer", "offer_changed", "withdrawn", "link_gone", "source_recovered", "source_answered"}
)
#: Reasons that say nothing about offers: who comes out of them rises because the source is read again.
_TROUBLE = frozenset({"source_failed", "source_stale"})
_SOURCE_REASONS = frozenset({"source_failed", "source_stale", "list_incomplete", "never_asked"})


class Moved(NamedTuple):
    """What the cause is read from: the cell before and after, and what made it due."""

    old_status: str
    new_status: str
    old_reason: str
    new_reason: str
    same_competence: bool
    fresh_evidence: bool  # the offering behind the new status is new in this run
    due: frozenset[str]  # causes noted for the area or one above it
    only_stale: bool = False  # nothing moved but how much the source behind the cell is worth
    worn: str = ""  # the doubt about that source now; empty: none
    same_offer: bool = False  # the offering behind the cell is the one it was
    accepted: bool = False  # somebody let in a held delivery of a source behind the cell


def cause_of(moved: Moved) -> str:
    """Return the cause of a change."""
    cause = _cause_by_itself(moved)
    return "source_released" if moved.accepted and cause in _RELEASABLE else cause


def _cause_by_itself(moved: Moved) -> str:
    """Return the cause of a change, whoever let in what brought it."""
    if moved.only_stale:
        return moved.worn or "source_recovered"
    if not moved.same_competence:
        return next((cause for cause in ("reference", "rules") if cause in moved.due), "competence")
    if moved.new_reason != moved.old_reason:
        if moved.new_reason in _SOURCE_REASONS:
            return moved.new_reason
        if moved.new_reason == "match_under_review":
            return "match"
    rose = _ORDER.get(moved.new_status, 0) - _ORDER.get(moved.old_status, 0)
    if rose > 0:
        return _cause_of_rise(moved)
    if rose < 0:
        return _cause_of_fall(moved)
    if moved.old_reason in _TROUBLE:
        return "source_recovered"
    if moved.old_reason in _SOURCE_REASONS:
        return "source_answered"
    return _background(moved)


def _cause_of_rise(moved: Moved) -> str:
    if moved.old_reason in _TROUBLE:
        return "source_recovered"
    if moved.fresh_evidence:
        return "new_offer"
    return _background(moved)


def _cause_of_fall(moved: Moved) -> str:
    lost_link = moved.old_status == "online" and moved.same_offer
    return _cause_other_than_offers(moved) or ("link_gone" if lost_link else "withdrawn")


def _background(moved: Moved) -> str:
    other = _cause_other_than_offers(moved)
    return other or ("match" if moved.old_reason == "match_under_review" else "offer_changed")


def _cause_other_than_offers(moved: Moved) -> str:
    """Return what made the area due if no offering of it moved; empty if one did."""
    if "offers" in moved.due:
        return ""
    return next((cause for cause in ("region", "reference", "rules", "match") if cause in moved.due), "")
