"""The guard: whether to believe a delivery before it replaces what is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from catalogue.staging import StageSummary
from connectors.contract import SourceSettings

__all__ = ["Objection", "Standing", "object_to"]


@dataclass(frozen=True)
class Standing:
    """What is known of a source's last good delivery; ``applied`` tells whether there ever was one."""

    objects: int
    delivered_at: str
    applied: bool = False


@dataclass(frozen=True)
class Objection:
    """Why a delivery is held, or only warned about: a message code and its parameters."""

    code: str
    params: dict[str, str | int | float]
    holds: bool = True


def object_to(summary: StageSummary, settings: SourceSettings, standing: Standing) -> list[Objection]:
    """Return the objections to a staged delivery; one that ``holds`` keeps the last good state.

    Only complete deliveries can be too small. A stream that did not say how complete it was was cut.
    """
    objections = []
    if not summary.scope:
        objections.append(Objection("delivery_unfinished", {}))
    if _is_older(summary.created_at, standing.delivered_at):
        dates: dict[str, str | int | float] = {
            "delivered": summary.created_at,
            "known": standing.delivered_at,
        }
        objections.append(Objection("delivery_older", dates))
    if summary.reach == "begun" and standing.applied:
        # What the log no longer mentions could never be told from what is still to come.
        objections.append(Objection("delivery_begun_again", {"until": summary.until}))
    if summary.scope == "everything":
        objections.extend(_size(summary.objects, settings, standing.objects))
    return objections


def _size(count: int, settings: SourceSettings, before: int) -> list[Objection]:
    if count == 0 and max(settings.minimum, before) > 0:
        return [Objection("delivery_empty", {"before": before})]
    if count < settings.minimum:
        return [Objection("delivery_below_minimum", {"count": count, "minimum": settings.minimum})]
    params: dict[str, str | int | float] = {"count": count, "before": before}
    if before and count < before * (1 - settings.allowed_shrink):
        percent = round(100 * (1 - count / before))
        return [Objection("delivery_shrunk", {**params, "percent": percent})]
    if before and count > before * settings.allowed_growth:
        return [Objection("delivery_grown", params, holds=False)]
    return []


def _is_older(delivered: str, known: str) -> bool:
    """Compare the source's own dates; what cannot be read as a date objects to nothing."""
    try:
        return _moment(delivered) < _moment(known)
    except ValueError:
        return False


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
