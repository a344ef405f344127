"""``lueckenlos notify``: what was sent to whom, what would be sent, and whether it would arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from catalogue.reports.notices import NoticeRow, notices
from catalogue.store import Store
from cli import exits
from cli.blocks import Block, Heading, Line
from cli.calling import PROGRAM, REGION_FILE, database_words
from cli.help import Command, Group
from cli.meta import describe_call
from cli.options import FormatOption, LimitOption, OutOption
from cli.output import Output, Result, field_names
from cli.problems import UsageProblem
from cli.regionfile import region_of
from cli.session import Session, session_of
from cli.texts import Texts
from cli.view import Column, grid
from sync.notify import book
from sync.notify.attachment import attachment_of
from sync.notify.book import Entry
from sync.notify.content import Content, Draft
from sync.notify.lastnight import last_night
from sync.notify.mail import plain_text
from sync.notify.sending import Sent, commands_of, compose
from sync.notify.testing import send_test
from sync.notifysettings import NotifySettings
from sync.region import Region

__all__ = ["PreviewRow", "TestRow", "add_to", "mail_commands"]

TABLE_ROWS = 30
RegionOption = Annotated[Path, typer.Option("--region", envvar="LUECKENLOS_REGION")]


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A notice that would be sent; docs/data-dictionary.md explains every field."""

    recipient: str
    level: str
    subject: str
    title: str
    text: str
    workbook: str
    waiting: bool
    tries: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class TestRow:
    """What became of a test; docs/data-dictionary.md explains every field."""

    recipient: str
    kind: str
    state: str
    code: str
    message: str


def mail_commands(session: Session, region: Region) -> dict[str, str]:
    """Return how notices name commands: so that they work from anywhere on this machine."""
    return commands_of(region, PROGRAM + database_words(session.database))


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(cls=Group)
    group.command("list", cls=Command)(_list)
    group.command("preview", cls=Command)(_preview)
    group.command("test", cls=Command)(_test)
    app.add_typer(group, name="notify", cls=Group)


def _list(
    context: typer.Context,
    output_format: FormatOption = "",
    out: OutOption = None,
    limit: LimitOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS)
    with session.reading() as connection:
        rows = notices(connection)
    text = session.text
    meta = describe_call(session, "notify list")
    output.write(Result(field_names(NoticeRow), rows, lambda shown: _list_blocks(shown, text), meta), text)


def _list_blocks(rows: Sequence[NoticeRow], text: Texts) -> list[Block]:
    if not rows:
        return [Line(text("notice.list_empty"))]
    return [grid(_COLUMNS, rows, text)]


def _why(text: Texts, row: NoticeRow) -> str:
    """Return why a notice was not sent yet."""
    return text.error(row.code, row.params) if row.code and row.state != "sent" else ""


def _preview(
    context: typer.Context,
    recipient: Annotated[str, typer.Argument(metavar="ID")] = "",
    region: RegionOption = Path(REGION_FILE),
    everything: Annotated[bool, typer.Option("--all")] = False,
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    known = _only(region_of(session, region), recipient)
    with session.open_store() as store:
        with store.read() as connection:
            night = last_night(connection)
            waiting = _waiting(connection, known)
        drafts: list[Draft] = []
        failed: list[Sent] = []
        if night is not None and known.notify:
            drafts, failed = compose(
                store, known, night, session.now(), mail_commands(session, known), as_if_new=everything
            )
        text = session.text
        there = {(one.recipient, one.level, one.subject) for one in waiting}
        desk = _Desk(store, known, session.now(), text)
        rows = [desk.waiting_row(one) for one in waiting]
        rows += [desk.draft_row(draft) for draft in drafts if draft[:3] not in there]
        rows += [_failed_row(one, text) for one in failed]
    meta = describe_call(session, "notify preview") | {"region": known.name}
    blocks = lambda shown: _preview_blocks(shown, known, text)  # noqa: E731 - as short as it gets
    output.write(Result(field_names(PreviewRow), rows, blocks, meta), text)


def _only(region: Region, recipient: str) -> Region:
    """Return the region with one recipient only, if one is named. Raise UsageProblem if it is unknown."""
    if not recipient:
        return region
    return replace(region, notify=(_settings_of(region, recipient),))


def _settings_of(region: Region, recipient: str) -> NotifySettings:
    for settings in region.notify:
        if settings.id == recipient:
            return settings
    known = ", ".join(settings.id for settings in region.notify) or "–"
    raise UsageProblem("notify_unknown", given=recipient[:60], known=known)


def _waiting(connection: Connection, region: Region) -> list[Entry]:
    """Return what is in the book for recipients of the region and not sent yet."""
    known = {settings.id for settings in region.notify}
    return [entry for entry in book.waiting(connection) if entry.recipient in known]


@dataclass(frozen=True)
class _Desk:
    """Makes rows of notices as they would be sent, with their workbook or what is said instead of it."""

    store: Store
    region: Region
    now: datetime
    text: Texts

    def draft_row(self, draft: Draft) -> PreviewRow:
        written, workbook = self._written(draft.recipient, draft.content.bounded())
        title = draft.content.bounded().title
        about = (draft.recipient, draft.level, draft.subject)
        return PreviewRow(*about, title, written, workbook, waiting=False, tries=0, code="", message="")

    def waiting_row(self, entry: Entry) -> PreviewRow:
        about = (entry.recipient, entry.level, entry.subject)
        try:
            content = entry.content()
        except ValueError as error:  # somebody changed the row by hand
            why = self.text.error("defect", {"why": str(error)})
            return PreviewRow(*about, "", "", "", True, entry.tries, "defect", why)
        written, workbook = self._written(entry.recipient, content)
        why = self.text.error(entry.code, content.why) if entry.code else ""
        return PreviewRow(*about, content.title, written, workbook, True, entry.tries, entry.code, why)

    def _written(self, recipient: str, content: Content) -> tuple[str, str]:
        """Return the whole text, and whose workbook goes with it."""
        text = Texts(content.language)
        if content.workbook is None:
            return plain_text(content, "", text), ""
        settings, place = _settings_of(self.region, recipient), self.region.schedule.export
        try:
            made, note = attachment_of(self.store, settings, content.workbook, text, self.now, place)
        except OSError as error:
            why = error.strerror or type(error).__name__
            made, note = None, text.error("notify_workbook", {"why": why})
        return plain_text(content, note, text), content.workbook.area if made else ""


def _failed_row(one: Sent, text: Texts) -> PreviewRow:
    message = text.error(one.code, one.params)
    return PreviewRow(one.recipient, one.level, one.subject, "", "", "", False, 0, one.code, message)


def _preview_blocks(rows: Sequence[PreviewRow], region: Region, text: Texts) -> list[Block]:
    if not region.notify:
        return [Line(text("notice.list_none_configured"))]
    if not rows:
        return [Line(text("notice.none"))]
    blocks: list[Block] = []
    for row in rows:
        level = text.word("notice_level", row.level) if row.level else "–"
        blocks.append(Heading(text("notice.to", id=row.recipient, level=level)))
        if row.waiting:
            code = "waits_why" if row.message else "waits"
            blocks.append(Line(text(f"notice.{code}", tries=text.number(row.tries), why=row.message)))
        elif row.message:
            blocks.append(Line(row.message))
            continue
        blocks += [Line(row.title), Line("")]
        blocks += [Line(line) for line in row.text.rstrip("\n").split("\n")]
        if row.workbook:
            blocks.append(Line(text("notice.attached", area=row.workbook)))
    return blocks


def _test(
    context: typer.Context,
    recipient: Annotated[str, typer.Argument(metavar="ID")],
    region: RegionOption = Path(REGION_FILE),
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    known = region_of(session, region)
    settings = _settings_of(known, recipient)
    error = send_test(known, settings, session.now())
    text = session.text
    row = TestRow(
        settings.id,
        settings.kind,
        "failed" if error else "sent",
        error.code if error else "",
        text.error(error.code, error.params) if error else text("notice.test_sent", id=settings.id),
    )
    meta = describe_call(session, "notify test") | {"region": known.name}
    output.write(Result(field_names(TestRow), [row], _test_blocks, meta), text)
    if error:
        raise typer.Exit(exits.FAILED)


def _test_blocks(rows: Sequence[TestRow]) -> list[Block]:
    return [Line(row.message) for row in rows]


_COLUMNS: tuple[Column[NoticeRow], ...] = (
    Column("notice", right=True),
    Column("recipient"),
    Column("told", lambda text, row: text.word("notice_level", row.level)),
    Column("title"),
    Column("state", lambda text, row: text.word("notice_state", row.state)),
    Column("tries", right=True),
    Column("created_at", lambda text, row: text.moment(row.created_at)),
    Column("sent_at", lambda text, row: text.moment(row.sent_at)),
    Column("reason", _why, optional=True),
)
