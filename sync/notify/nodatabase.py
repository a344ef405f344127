"""Telling that the database cannot be used: without a book, so nothing is remembered of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from catalogue.errors import StoreError
from catalogue.texts import Texts
from connectors.errors import ConnectorError, RetryLater
from sync.logcontext import log_event
from sync.night import NightReport
from sync.notify.book import Entry
from sync.notify.content import Content
from sync.notify.post import Post, Sent
from sync.notifysettings import NotifySettings
from sync.region import Region

__all__ = ["tell_of_database", "told_of_database"]

log = logging.getLogger(__name__)

#: What such notices are about. Once the database is back, the same night may be told of under another
#: subject; the same one would make both the same mail.
_SUBJECT: Final = "database:"


def tell_of_database(
    region: Region, night: NightReport, now: datetime, error: StoreError, commands: Mapping[str, str]
) -> tuple[Sent, ...]:
    """Tell those who want to know of errors that the database cannot be used; return what became of it.

    Never raises for a notice that cannot be sent.
    """
    found = [
        _tell(region, settings, night, now, error, commands)
        for settings in region.notify
        if "error" in settings.levels
    ]
    for one in found:
        level = logging.INFO if one.state == "sent" else logging.ERROR
        log_event(
            "notice", level=level, recipient=one.recipient, told=one.level, state=one.state, code=one.code
        )
    return tuple(found)


def told_of_database(sent: Sequence[Sent]) -> bool:
    """Return whether notices are such that tell that the database cannot be used."""
    return any(one.subject.startswith(_SUBJECT) for one in sent)


def _tell(
    region: Region,
    settings: NotifySettings,
    night: NightReport,
    now: datetime,
    error: StoreError,
    commands: Mapping[str, str],
) -> Sent:
    content = _content(region, settings, now, error, commands)
    subject = f"{_SUBJECT}{night.job}:{night.due_at}"
    at = now.isoformat(timespec="seconds")
    entry = Entry(0, settings.id, "error", subject, "", "", None, at, 0, "waiting", "")
    failure: ConnectorError
    try:
        Post(region, now).send(settings, entry, content)
    except ConnectorError as trouble:
        failure = trouble
    except Exception as trouble:  # what goes wrong with one recipient must not keep others uninformed
        log.exception("notify %s", settings.id)
        failure = RetryLater("defect", why=type(trouble).__name__)
    else:
        return Sent(settings.id, "error", subject, content.title, "sent")
    return Sent(settings.id, "error", subject, content.title, "failed", failure.code, failure.params)


def _content(
    region: Region,
    settings: NotifySettings,
    now: datetime,
    error: StoreError,
    commands: Mapping[str, str],
) -> Content:
    """Return what a recipient is told. Officers are told neither causes nor addresses nor commands."""
    text = Texts(settings.language)
    text.commands = dict(commands)
    if settings.role == "officer":
        said = text("notice.no_night")
        lead = text("notice.no_night_lead", at=text.moment(now.isoformat()))
    else:
        said = text("notice.no_database")
        lead = text("notice.database", why=text.error(error.code, error.params))
    title = text("notice.title_failed", region=region.name, said=said)
    return Content(language=settings.language, title=title, lead=lead).bounded()
