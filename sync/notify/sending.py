"""Sending the notices of a night: written into the book first, then sent from there one by one."""

from __future__ import annotations

import logging
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from catalogue.errors import CatalogueError, StoreError
from catalogue.messages import COMMANDS
from catalogue.store import Store
from connectors.errors import ConnectorError, RetryLater
from sync.logcontext import log_event
from sync.night import NightReport, StepOutcome
from sync.notify import book
from sync.notify.book import Entry
from sync.notify.compose import Composer
from sync.notify.content import Content, Draft
from sync.notify.nodatabase import tell_of_database
from sync.notify.post import Post, Sent
from sync.notify.situation import Situation
from sync.notify.smtp import hash_of
from sync.notifysettings import NotifySettings
from sync.region import Region

__all__ = ["Sent", "commands_of", "compose", "send_notices", "step_of"]

log = logging.getLogger(__name__)

#: Seconds that all notices of a night may take; what is left is sent the next night.
MOST_SECONDS: Final = 1_800.0


def commands_of(region: Region, program: str = COMMANDS["lueckenlos"]) -> dict[str, str]:
    """Return how commands about a region are called from anywhere on the server."""
    option = f" --region {shlex.quote(str(region.path.absolute()))}"
    return {"lueckenlos": program, "init": f"{program} init{option}", "sync": f"{program} sync{option}"}


def send_notices(
    store: Store,
    region: Region,
    night: NightReport,
    now: datetime,
    *,
    commands: Mapping[str, str] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Sent, ...]:
    """Tell everybody in the region file what they have to know of a night; return what became of each notice.

    Never raises for a notice that cannot be composed or sent: the night goes on, and its report says so. What
    was left by earlier nights is sent as well. If not even the book can be read, those who want to know of
    errors are told just that.
    """
    if not region.notify:
        return ()
    said = commands or commands_of(region)
    try:
        failed = _write(store, region, night, now, said)
        with store.read() as connection:
            entries = book.waiting(connection)
        sent = list(_Round(store, region, now, clock).send(entries))
    except StoreError as error:
        log_event("notify_database", level=logging.ERROR, code=error.code)
        return tell_of_database(region, night, now, error, said)
    for one in (*failed, *sent):
        level = logging.INFO if one.state == "sent" else logging.WARNING
        log_event(
            "notice", level=level, recipient=one.recipient, told=one.level, state=one.state, code=one.code
        )
    return (*failed, *sent)


def step_of(sent: Sequence[Sent], seconds: float = 0.0) -> StepOutcome:
    """Return what sending notices was as a step of a night."""
    bad = [one for one in sent if one.state != "sent"]
    if not bad:
        return StepOutcome("notify", "ok", seconds=seconds)
    state: Final = "failed" if len(bad) == len(sent) else "partial"
    params: dict[str, str | int] = {
        "count": len(bad),
        "all": len(sent),
        "recipients": ", ".join(sorted({one.recipient for one in bad})),
    }
    return StepOutcome("notify", state, "notify_unsent", params, seconds)


def compose(
    store: Store,
    region: Region,
    night: NightReport,
    now: datetime,
    commands: Mapping[str, str] | None = None,
    *,
    as_if_new: bool = False,
) -> tuple[list[Draft], list[Sent]]:
    """Return what would be told of a night, and for whom nothing could be composed. Nothing is written.

    With ``as_if_new`` nothing that was told before counts.
    """
    drafts: list[Draft] = []
    failed: list[Sent] = []
    with store.read() as connection:
        situation = Situation.read(connection, region, night, now, commands or commands_of(region))
        composer = Composer(connection, situation, as_if_new=as_if_new)
        for settings in region.notify:
            try:
                drafts += composer.drafts(settings)
            except StoreError:
                raise
            except CatalogueError as error:
                failed.append(_unmade(settings, error.code, error.params))
            except Exception as error:  # what goes wrong with one recipient must not keep others uninformed
                log.exception("notify %s", settings.id)
                failed.append(_unmade(settings, "defect", {"why": type(error).__name__}))
    return drafts, failed


def _unmade(settings: NotifySettings, code: str, params: Mapping[str, str | int | float]) -> Sent:
    return Sent(settings.id, "", "", "", "failed", code, dict(params))


def _write(
    store: Store, region: Region, night: NightReport, now: datetime, commands: Mapping[str, str]
) -> list[Sent]:
    """Write into the book what there is to tell, and give up what is for nobody any more."""
    drafts, failed = compose(store, region, night, now, commands)
    known = {settings.id for settings in region.notify}
    with store.write() as connection:
        for draft in drafts:
            book.write(connection, draft, now)
        for entry in book.waiting(connection):
            if entry.recipient not in known:
                book.close(connection, entry.number, "notify_recipient_gone")
    return failed


@dataclass
class _Round:
    """One round through the book. A recipient whose server fails is not tried again in the same round."""

    store: Store
    region: Region
    now: datetime
    clock: Callable[[], float]
    broken: dict[str, ConnectorError] = field(default_factory=dict)

    def send(self, entries: Sequence[Entry]) -> Iterator[Sent]:
        settings = {one.id: one for one in self.region.notify}
        post = Post(self.region, self.now)
        end = self.clock() + MOST_SECONDS
        for entry in entries:
            if entry.recipient not in settings:
                continue
            yield self._one(post, settings[entry.recipient], entry, late=self.clock() > end)

    def _one(self, post: Post, settings: NotifySettings, entry: Entry, *, late: bool) -> Sent:
        content: Content | None = None
        known = self.broken.get(settings.id)
        try:
            content = entry.content()
            if late:
                return self._left(entry, content, RetryLater("notify_late"))
            if known is not None:
                return self._left(entry, content, known)
            after = post.send(settings, entry, content, self.store)
        except StoreError:
            raise
        except ConnectorError as error:
            self.broken[settings.id] = error
            return self._not_sent(entry, content, error)
        except OSError as error:
            why = error.strerror or type(error).__name__
            return self._not_sent(entry, content, RetryLater("notify_workbook", why=why))
        except Exception as error:  # one notice that cannot be made must not keep the others back
            log.exception("notify %s", settings.id)
            return self._not_sent(entry, content, RetryLater("defect", why=type(error).__name__))
        return self._sent(settings, entry, after)

    def _sent(self, settings: NotifySettings, entry: Entry, after: Content) -> Sent:
        """Note that a notice was sent, or to whom it was."""
        without = [n for n, one in enumerate(settings.to, 1) if hash_of(one) not in after.given]
        if settings.kind == "email" and without:
            places = ", ".join(str(number) for number in without)
            error = RetryLater("notify_some_refused", count=len(without), places=places)
            return self._not_sent(entry, after, error)
        with self.store.write() as connection:
            book.mark_sent(connection, entry.number, self.now)
        return Sent(entry.recipient, entry.level, entry.subject, after.title, "sent")

    def _left(self, entry: Entry, content: Content, error: ConnectorError) -> Sent:
        """Leave a notice for the next night without having tried, and note why."""
        content = _with_reason(content, error)
        with self.store.write() as connection:
            book.mark_left(connection, entry.number, error.code, content)
        return Sent(
            entry.recipient, entry.level, entry.subject, content.title, "waiting", error.code, error.params
        )

    def _not_sent(self, entry: Entry, content: Content | None, error: ConnectorError) -> Sent:
        title = content.title if content is not None else ""
        if content is not None:
            content = _with_reason(content, error)
        with self.store.write() as connection:
            state = book.mark_tried(connection, entry, error.code, content)
        return Sent(entry.recipient, entry.level, entry.subject, title, state, error.code, error.params)


def _with_reason(content: Content, error: ConnectorError) -> Content:
    return replace(content, why={name: str(value) for name, value in error.params.items()})
