"""A night that cannot take place because its database cannot be used: those who want to know are told."""

from __future__ import annotations

import logging
from typing import Final

from catalogue.errors import StoreError
from cli.calling import environment
from cli.notify import mail_commands
from cli.session import Session
from sync.lock import LockLost
from sync.night import NightReport
from sync.nightrun import Order
from sync.notify import tell_of_database
from sync.region import Region

__all__ = ["ALREADY_TOLD", "sound_alarm"]

#: Set by a schedule for a night whose moment it has told of before: it begins such a night again and again.
ALREADY_TOLD: Final = "LUECKENLOS_DATABASE_TOLD"


def sound_alarm(session: Session, region: Region, order: Order, error: StoreError) -> None:
    """Tell the recipients of errors that the database cannot be used, and say who was told.

    Nobody is told for a job without the step that tells, nor of a night that another process took over.
    Raises nothing, whatever becomes of the notices.
    """
    if "notify" not in order.job.steps or isinstance(error, LockLost) or environment(ALREADY_TOLD):
        return
    now, text = session.now(), session.text
    at = now.isoformat(timespec="seconds")
    night = NightReport(order.job.name, order.due_at, at, at, None, ())
    for one in tell_of_database(region, night, now, error, mail_commands(session, region)):
        if one.state == "sent":
            session.say(text("night.told", recipient=one.recipient))
        else:
            why = text.error(one.code, one.params)
            session.say(text("night.untold", recipient=one.recipient, why=why), logging.ERROR)
