"""Sending one notice, whatever it is about: as a mail or to a webhook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from catalogue.store import Store
from catalogue.texts import Texts
from connectors.addresses import Resolver, resolve
from sync.notify.attachment import attachment_of
from sync.notify.book import Entry
from sync.notify.content import Content
from sync.notify.mail import Envelope, mail_of
from sync.notify.smtp import hash_of, send_mail
from sync.notify.webhook import body_of, send_webhook
from sync.notifysettings import NotifySettings
from sync.region import Region

__all__ = ["Post", "Sent"]


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one notice: ``state`` is sent, waiting (it is tried again) or failed (it is not).

    ``code`` and ``params`` say why it was not sent. A recipient for whom nothing could be composed has an
    empty subject.
    """

    recipient: str
    level: str
    subject: str
    title: str
    state: str
    code: str = ""
    params: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass
class Post:
    """Sends one notice; ``resolver`` finds the addresses of webhooks."""

    region: Region
    now: datetime
    resolver: Resolver = resolve

    def send(
        self, settings: NotifySettings, entry: Entry, content: Content, store: Store | None = None
    ) -> Content:
        """Send a notice and return its content with those who have it now.

        Raise RetryLater or AbortRun if nobody got it, OSError if its workbook could not be made.
        """
        key = f"{settings.id}:{entry.level}:{entry.subject}"
        envelope = Envelope(key, self.region.name, entry.level, entry.created_at)
        text = Texts(content.language)
        attached, note = None, ""
        if content.workbook is not None and store is not None:
            place = self.region.schedule.export
            attached, note = attachment_of(store, settings, content.workbook, text, self.now, place)
        if settings.kind == "webhook":
            body = body_of(settings, envelope, content, note)
            send_webhook(settings, envelope, body, self.now, resolver=self.resolver)
            return content
        left = [address for address in settings.to if hash_of(address) not in content.given]
        if not left:
            return content
        refused = send_mail(settings, mail_of(settings, envelope, content, attached, note), left)
        given = {*content.given, *(hash_of(address) for address in left if address not in refused)}
        return replace(content, given=tuple(sorted(given)))
