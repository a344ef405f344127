"""A test notice: whether the settings of a recipient are right, without anything being told or written."""

from __future__ import annotations

from datetime import datetime

from catalogue.texts import Texts
from connectors.errors import ConnectorError, RetryLater
from sync.notify.book import Entry
from sync.notify.content import Content
from sync.notify.post import Post
from sync.notify.smtp import hash_of
from sync.notifysettings import NotifySettings
from sync.region import Region

__all__ = ["send_test"]


def send_test(region: Region, settings: NotifySettings, now: datetime) -> ConnectorError | None:
    """Send a test to a recipient; return why it could not be sent, or not to everybody."""
    text = Texts(settings.language)
    content = Content(
        language=settings.language,
        title=text("notice.title", region=region.name, said=text("notice.test_title")),
        lead=text("notice.test_lead", id=settings.id),
    ).bounded()
    at = now.isoformat(timespec="seconds")
    entry = Entry(0, settings.id, "test", f"test:{at}", "", "", None, at, 0, "waiting", "")
    try:
        after = Post(region, now).send(settings, entry, content)
    except ConnectorError as error:
        return error
    left = [number for number, one in enumerate(settings.to, 1) if hash_of(one) not in after.given]
    if settings.kind == "email" and left:
        return RetryLater("notify_some_refused", count=len(left), places=", ".join(map(str, left)))
    return None
