"""What a release by hand holds for: the delivery somebody was told about, not whatever came since.

Between the night that held a delivery and the release a source lives on, so the same bytes are not asked for.
A delivery counts as the held one if its objections are of the same kinds and if, measured against the held
one, nothing would be held: neither its records nor the known offers it leaves have lost more than the source
may lose, and it is not older.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from catalogue import tables
from catalogue.staging import StageSummary
from connectors.contract import SourceSettings
from sync.guard import Objection, Standing, has_lost, is_older, is_shrunken
from sync.report import Params

__all__ = ["Held", "last_held", "noted", "unlike"]


@dataclass(frozen=True)
class Held:
    """The delivery held last: the codes of its objections, what was noted of it, and how much was read."""

    kinds: frozenset[str]
    params: Params
    read: int

    def number(self, name: str) -> int | None:
        """Return a figure that was noted; None if it was not."""
        value = self.params.get(name)
        return value if isinstance(value, int) else None


def last_held(connection: Connection, source_id: int) -> Held | None:
    """Return the newest held delivery of a source since its last good one; None if there is none."""
    part = tables.source_run.c
    good = (
        select(func.coalesce(func.max(part.id), 0))
        .where(part.source_id == source_id, part.state.in_(("ok", "unchanged")))
        .scalar_subquery()
    )
    newest = (
        select(part.message, part.params, part.read)
        .where(part.source_id == source_id, part.state == "held", part.id > good)
        .order_by(part.id.desc())
        .limit(1)
    )
    found = connection.execute(newest).first()
    if found is None:
        return None
    params: Params = json.loads(found.params)
    return Held(frozenset(str(params.get("kinds", found.message)).split()), params, found.read)


def noted(objections: Sequence[Objection], summary: StageSummary, standing: Standing) -> Params:
    """Return what is written down of a held delivery, so that a later one can be measured by it."""
    params: Params = {"kinds": " ".join(objection.code for objection in objections)}
    if standing.offers:
        params |= {"offers": standing.offers, "kept": standing.kept}
    if summary.scope == "everything":
        params["count"] = summary.objects
    if summary.created_at:
        params["delivered"] = summary.created_at
    return params


def unlike(
    held: Held,
    objections: Sequence[Objection],
    summary: StageSummary,
    settings: SourceSettings,
    standing: Standing,
) -> Objection | None:
    """Return why a delivery is not the one that was held; None if it counts as that one."""
    told: Params = {"source": settings.id}
    kinds = {objection.code for objection in objections}
    if not kinds <= held.kinds:
        return Objection("unlike_kind", told | {"read": summary.read, "held_read": held.read})
    before = str(held.params.get("delivered", ""))
    if "delivery_older" in kinds and is_older(summary.created_at, before):
        told |= {"delivered": summary.created_at, "held_delivered": before}
        return Objection("unlike_older", told)
    count = held.number("count")
    if summary.scope == "everything" and count and is_shrunken(summary.objects, count, settings):
        return Objection("unlike_smaller", told | {"count": summary.objects, "held_count": count})
    kept = held.number("kept")
    if standing.offers and kept and has_lost(standing.kept, kept, settings):
        told |= {"offers": standing.offers, "kept": standing.kept, "held_kept": kept}
        return Objection("unlike_fewer", told)
    return None
