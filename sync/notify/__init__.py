"""Notices: what somebody should know after a night, written into the book first and sent from there."""

from __future__ import annotations

from sync.notify.nodatabase import tell_of_database, told_of_database
from sync.notify.sending import Sent, send_notices, step_of

__all__ = ["Sent", "send_notices", "step_of", "tell_of_database", "told_of_database"]
