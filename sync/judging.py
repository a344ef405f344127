"""Judge one source's delivery, and apply it if it is believed, inside its transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, exists, select, update

from catalogue import tables
from catalogue.objects import Delivered, withdraw_vanished
from catalogue.offerings import mark_areas_due, resolve_references
from catalogue.stake import stake_of
from connectors.contract import SourceSettings
from sync.apply import apply_delivery, last_applied, shows_nowhere
from sync.guard import Standing, object_to
from sync.prepare import Prepared
from sync.record import record_outcome
from sync.register import settings_digest
from sync.release import Held, last_held, noted, unlike
from sync.report import SourceOutcome

__all__ = ["Judge", "is_recorded"]

#: So often a source is read with failures before these count as how it is.
TORN_READINGS: Final = 3
#: What a person may release, and the message that tells afterwards what would have held the delivery.
RELEASED: Final = {
    "delivery_older": "released_older",
    "delivery_begun_again": "released_begun_again",
    "delivery_empty": "released_empty",
    "delivery_below_minimum": "released_below_minimum",
    "delivery_shrunk": "released_shrunk",
    "delivery_elsewhere": "released_elsewhere",
    "delivery_deletes": "released_deletes",
}


@dataclass(frozen=True)
class Judge:
    """Decides what becomes of deliveries in one run; ``accept`` names sources that a person released.

    ``source_ended`` tells when a source that began at ``source_began`` ends, its waiting left out.
    """

    run_id: int
    started: datetime
    accept: frozenset[str]
    source_began: datetime
    source_ended: Callable[[], datetime]

    def judge(self, connection: Connection, prepared: Prepared, now: datetime) -> SourceOutcome:
        """Decide what becomes of a delivery, apply it or not, and write the source's part of the run."""
        settings = prepared.settings
        row = connection.execute(select(tables.source).where(tables.source.c.key == settings.id)).one()
        outcome = SourceOutcome(settings.id, "ok", summary=prepared.summary)
        delivered = Delivered(row.id, self.run_id, prepared.summary.scope)
        _, last_complete = last_applied(connection, row.id, "everything")
        standing: dict[str, str | int | bool | None] = {"attempted_at": now.isoformat()}
        if prepared.error is not None:
            outcome.state = "failed"
            outcome.message, outcome.params = prepared.error.code, dict(prepared.error.params)
        elif prepared.stage is None:
            outcome.state = "unchanged"
            scope, outcome.counts.unchanged = last_applied(connection, row.id)
            outcome.stands = scope == "increment" and _shows_something(connection, row.id)
            standing |= {"state": "ok", "applied_at": now.isoformat(), "torn": _torn(row.torn, again=True)}
            if scope == "everything":
                outcome.counts.withdrawn = _give_up_vanished(connection, delivered)
                standing["complete"] = not shows_nowhere(connection, row.id)
        elif self._held(
            outcome,
            settings,
            _known(connection, delivered, last_complete, row.delivered_at or "", bool(row.applied_digest)),
            last_held(connection, row.id) if settings.id in self.accept else None,
        ):
            outcome.state = "held"
        else:
            apply_delivery(connection, delivered, outcome, self.started)
            outcome.stands = delivered.scope == "increment" and _shows_something(connection, row.id)
            if prepared.summary.reach == "caught_up":
                # The log was looked at a second time, and did not bring back what its replay had lacked.
                outcome.counts.withdrawn += _give_up_vanished(connection, delivered)
            standing |= _new_standing(row.complete, row.objects, prepared, now)
            is_torn = prepared.summary.reach == "torn" and bool(row.torn or not row.applied_at)
            standing["torn"] = _torn(row.torn, again=is_torn, first=is_torn)
            if standing["complete"] and shows_nowhere(connection, row.id):
                standing["complete"] = False
        if not outcome.good:
            standing["state"] = outcome.state
        connection.execute(update(tables.source).values(standing).where(tables.source.c.id == row.id))
        record_outcome(
            connection, self.run_id, row.id, outcome, prepared.digest, self.source_began, self.source_ended()
        )
        return outcome

    def _held(
        self, outcome: SourceOutcome, settings: SourceSettings, standing: Standing, held: Held | None
    ) -> bool:
        """Tell whether a delivery is held, and note the reason, also if a person released it all the same.

        ``held`` is what that person was told about; if it was nothing, the release holds for whatever comes.
        """
        objections = object_to(outcome.summary, settings, standing)
        holding = [objection for objection in objections if objection.holds]
        released = settings.id in self.accept
        why = next((one for one in holding if not released or one.code not in RELEASED), None)
        if why is None and holding and held is not None:
            why = unlike(held, holding, outcome.summary, settings, standing)
        if why is not None:
            outcome.message, outcome.params = why.code, dict(why.params)
            outcome.noted = noted(holding, outcome.summary, standing)
        elif holding:
            outcome.message, outcome.params = RELEASED[holding[0].code], dict(holding[0].params)
            outcome.accepted_by_hand = True
        elif objections:
            outcome.message, outcome.params = objections[0].code, dict(objections[0].params)
        return why is not None


def is_recorded(connection: Connection, run_id: int, source: str) -> bool:
    """Tell whether a source's part of a run is written."""
    part, of_source = tables.source_run.c, tables.source.c
    written = exists().where(part.run_id == run_id, part.source_id == of_source.id, of_source.key == source)
    return bool(connection.scalar(select(written)))


def _known(
    connection: Connection, delivered: Delivered, objects: int, delivered_at: str, applied: bool
) -> Standing:
    """Return what the guard has to know of a source."""
    if delivered.scope == "part":
        _, last_part = last_applied(connection, delivered.source_id, "part")
        return Standing(objects, delivered_at, applied, part=last_part)
    if not applied or not delivered.scope:
        return Standing(objects, delivered_at, applied)
    return Standing(objects, delivered_at, applied, *stake_of(connection, delivered))


def _new_standing(
    was_complete: bool, objects: int, prepared: Prepared, now: datetime
) -> dict[str, str | int | bool | None]:
    summary = prepared.summary
    complete = summary.scope == "everything"
    if summary.scope == "increment":
        complete = summary.reach == "caught_up" if summary.reach else was_complete
    return {
        "state": "ok",
        "applied_at": now.isoformat(),
        "applied_digest": prepared.digest,
        "settings_digest": settings_digest(prepared.settings),
        "delivered_at": summary.created_at or None,
        "complete": complete,
        "objects": objects if summary.scope == "increment" else summary.objects,
    }


def _shows_something(connection: Connection, source_id: int) -> bool:
    """Tell whether anything a source once delivered still stands."""
    for table in (tables.offering, tables.service_record):
        standing = exists().where(table.c.source_id == source_id, table.c.withdrawn_run.is_(None))
        if connection.scalar(select(standing)):
            return True
    return False


def _torn(readings: int, *, again: bool, first: bool = False) -> int:
    """Return how many first readings in a row failed in part; 0 as soon as one did not, or it is the rule."""
    count = readings + 1 if again and (readings or first) else 0
    return count if count < TORN_READINGS else 0


def _give_up_vanished(connection: Connection, delivered: Delivered) -> int:
    """Withdraw what the source lacks for the second time; return how many objects."""
    count = withdraw_vanished(connection, delivered.source_id, delivered.run_id)
    if count:
        resolve_references(connection, delivered)
        mark_areas_due(connection, delivered)
    return count
