"""The guard: whether to believe a delivery before it replaces what is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from catalogue.staging import StageSummary
from connectors.contract import SourceSettings

__all__ = ["FEWEST_LOST", "Objection", "Standing", "has_lost", "is_older", "is_shrunken", "object_to"]

#: Fewer offers than these may go without a question, whatever share they are.
FEWEST_LOST = 20


@dataclass(frozen=True)
class Standing:
    """What is known of a source's last good delivery; ``applied`` tells whether there ever was one.

    ``offers`` are those known, ``kept`` those that would be there in their place (see ``catalogue.stake``).
    ``part`` is how many objects the last delivery of a part had.
    """

    objects: int
    delivered_at: str
    applied: bool = False
    offers: int = 0
    kept: int = 0
    part: int = 0


@dataclass(frozen=True)
class Objection:
    """Why a delivery is held, or only warned about: a message code and its parameters."""

    code: str
    params: dict[str, str | int | float]
    holds: bool = True


def object_to(summary: StageSummary, settings: SourceSettings, standing: Standing) -> list[Objection]:
    """Return the objections to a staged delivery; one that ``holds`` keeps the last good state.

    Only complete deliveries can be too small: a part takes nothing away, so a short one is only told. A
    stream that did not say how complete it was was cut.
    """
    objections = []
    if not summary.scope:
        objections.append(Objection("delivery_unfinished", {}))
    if is_older(summary.created_at, standing.delivered_at):
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
    if summary.scope == "part":
        objections.extend(_short_part(summary.objects, settings, standing.part))
    if not any(objection.holds for objection in objections):
        objections.extend(_loss(summary, settings, standing))
    return objections


def _loss(summary: StageSummary, settings: SourceSettings, standing: Standing) -> list[Objection]:
    """Object to what takes away too many offers, be it with as many others in their place."""
    if not has_lost(standing.kept, standing.offers, settings):
        return []
    lost = standing.offers - standing.kept
    code = "delivery_elsewhere" if summary.scope == "everything" else "delivery_deletes"
    percent = round(100 * lost / standing.offers)
    return [Objection(code, {"lost": lost, "before": standing.offers, "percent": percent})]


def _size(count: int, settings: SourceSettings, before: int) -> list[Objection]:
    if count == 0 and max(settings.minimum, before) > 0:
        return [Objection("delivery_empty", {"before": before})]
    if count < settings.minimum:
        return [Objection("delivery_below_minimum", {"count": count, "minimum": settings.minimum})]
    params: dict[str, str | int | float] = {"count": count, "before": before}
    if before and is_shrunken(count, before, settings):
        percent = round(100 * (1 - count / before))
        return [Objection("delivery_shrunk", {**params, "percent": percent})]
    if before and count > before * settings.allowed_growth:
        return [Objection("delivery_grown", params, holds=False)]
    return []


def _short_part(count: int, settings: SourceSettings, before: int) -> list[Objection]:
    if before < FEWEST_LOST or not is_shrunken(count, before, settings):
        return []
    params: dict[str, str | int | float] = {"count": count, "before": before}
    percent = round(100 * (1 - count / before))
    return [Objection("delivery_part_shrunk", {**params, "percent": percent}, holds=False)]


def is_shrunken(count: int, before: int, settings: SourceSettings) -> bool:
    """Tell whether records have lost more than the source may lose."""
    return count < before * (1 - settings.allowed_shrink)


def has_lost(kept: int, offers: int, settings: SourceSettings) -> bool:
    """Tell whether known offers have lost more than the source may lose; a few may always go."""
    return offers - kept >= FEWEST_LOST and is_shrunken(kept, offers, settings)


def is_older(delivered: str, known: str) -> bool:
    """Compare the source's own dates; what cannot be read as a date objects to nothing."""
    try:
        return _moment(delivered) < _moment(known)
    except ValueError:
        return False


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
