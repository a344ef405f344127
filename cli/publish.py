"""``lueckenlos publish``: the catalogue and the coverage as open data, in a folder and in a CKAN."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalogue.reports.filters import Filters
from catalogue.reports.opendata.columns import Question
from catalogue.reports.opendata.files import PublishedFile
from catalogue.reports.opendata.metadata import Metadata
from catalogue.reports.opendata.tables import TABLES
from cli import exits
from cli.asof import AsOfOption, read_as_of
from cli.blocks import Block, Heading, Line
from cli.failures import failure_of
from cli.help import Command
from cli.meta import describe_question
from cli.options import FormatOption
from cli.output import Output, Result, field_names
from cli.problems import UsageProblem
from cli.publish_ckan import CkanRow, Portal, update_portal
from cli.publish_ckan_api import CkanApi, open_api
from cli.publish_folder import PublicationFolder
from cli.publish_settings import OPTIONS, read_metadata
from cli.session import Session, session_of
from cli.texts import Texts
from cli.view import Column, grid
from cli.writing import writing_to
from connectors.credentials import read_secret
from connectors.errors import ConnectorError, RejectDelivery, RetryLater

if TYPE_CHECKING:
    from catalogue.reports.opendata.release import Release

__all__ = ["add_to"]

_Path = Path | None


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("publish", cls=Command)(_publish)


@dataclass(frozen=True)
class _Ckan:
    """What the options say about a portal."""

    place: str
    token_variable: str
    token_file: str
    remove: bool


def _publish(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out")],
    metadata: Annotated[_Path, typer.Option("--metadata")] = None,
    as_of: AsOfOption = "",
    base_url: Annotated[str, typer.Option("--base-url")] = "",
    publisher: Annotated[str, typer.Option("--publisher")] = "",
    licence: Annotated[str, typer.Option("--licence")] = "",
    attribution: Annotated[str, typer.Option("--attribution")] = "",
    ckan: Annotated[str, typer.Option("--ckan")] = "",
    ckan_token_env: Annotated[str, typer.Option("--ckan-token-env")] = "",
    ckan_token_file: Annotated[str, typer.Option("--ckan-token-file")] = "",
    ckan_remove: Annotated[bool, typer.Option("--ckan-remove")] = False,
    output_format: FormatOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, None)
    options = dict(zip(OPTIONS, (base_url, publisher, licence, attribution), strict=True))
    said = {key: value.strip() for key, value in options.items() if value.strip()}
    settings = read_metadata(metadata, said, session.text)
    filters = Filters(as_of=read_as_of(as_of))
    folder = PublicationFolder(out)
    folder.require_ours()
    api = _api(_Ckan(ckan, ckan_token_env, ckan_token_file, ckan_remove), settings, filters)
    release, meta = _write(session, settings, filters, folder)
    rows: list[CkanRow] = []
    stopped = None
    if api is not None and settings.ckan is not None:
        with api:
            portal = Portal(api, settings, settings.ckan, folder.path, remove=ckan_remove)
            stopped = _update(session, portal, release, rows)
    meta |= {"folder": str(out), "ckan": rows}
    output.write(
        Result(
            field_names(PublishedFile), release.files, lambda files: _blocks(files, rows, session.text), meta
        ),
        session.text,
    )
    if stopped is not None:
        for line in failure_of(stopped, session.text).lines:
            session.say(line)
        session.say(session.text("publish.ckan_stopped"))
        raise typer.Exit(exits.FAILED)


def _api(given: _Ckan, settings: Metadata, filters: Filters) -> CkanApi | None:
    """Return the way to the portal, if one is named. Raise UsageProblem or AbortRun before any work."""
    if not given.place:
        return None
    if filters.as_of is not None:
        raise UsageProblem("publish_ckan_as_of")
    if settings.ckan is None:
        raise UsageProblem("publish_ckan_section")
    if not given.token_variable and not given.token_file:
        raise UsageProblem("publish_ckan_token")
    setting = "--ckan-token-env" if given.token_variable else "--ckan-token-file"
    token = read_secret(setting, variable=given.token_variable, file=given.token_file)
    return open_api(given.place.strip(), token, settings.ckan)


def _write(
    session: Session, settings: Metadata, filters: Filters, folder: PublicationFolder
) -> tuple[Release, dict[str, object]]:
    """Write the folder, and return what was written and what is true of it."""
    try:
        # Parquet's writer is large and only needed here.
        from catalogue.reports.opendata.release import write_release
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "pyarrow":
            raise
        raise UsageProblem("publish_no_parquet") from None
    text = session.text

    def listen(table: str, done: int, total: int) -> None:
        name = text.word("open_table", table)
        session.say(text("publish.table", table=name, done=text.number(done + 1), total=text.number(total)))

    with writing_to(folder.shown), folder.drafting() as draft:
        with session.reading() as connection:
            release = write_release(Question(connection, filters), settings, draft, listen)
            meta = describe_question(connection, session, "publish")
        same = folder.holds(draft)
        folder.replace_by(draft, release.about.moment)
    session.say(
        text(
            "publish.same" if same else "publish.written",
            files=text.number(len(release.files) + 1),
            bytes=text.number(sum(one.bytes for one in release.files)),
            folder=str(folder.shown),
            moment=text.moment(release.about.moment.isoformat()),
        )
    )
    _say_what_is_left_out(session, filters, release)
    return release, meta | {"published_as_of": release.about.moment.isoformat()}


def _say_what_is_left_out(session: Session, filters: Filters, release: Release) -> None:
    if filters.as_of is not None:
        written = {table.name for table in release.tables}
        missing = [table.name for table in TABLES if table.name not in written and not table.remembered]
        names = ", ".join(session.text.word("open_table", name) for name in missing)
        session.say(session.text("publish.left_out", tables=names))


def _update(session: Session, portal: Portal, release: Release, rows: list[CkanRow]) -> ConnectorError | None:
    """Bring the portal up to date, collecting what was done; return what stopped it."""
    try:
        rows.extend(update_portal(portal, release))  # what was done before a failure is in it
    except (RetryLater, RejectDelivery) as error:
        return error
    finally:
        counts = Counter(row.action for row in rows)
        numbers = {action: session.text.number(counts[action]) for action in ACTIONS}
        session.say(session.text("publish.ckan", **numbers))
    return None


ACTIONS = ("created", "updated", "unchanged", "kept", "removed")


def _blocks(files: Sequence[PublishedFile], rows: Sequence[CkanRow], text: Texts) -> list[Block]:
    blocks: list[Block] = [grid(_FILES, files, text)]
    if rows:
        blocks += [Line(""), Heading("CKAN"), grid(_ROWS, rows, text)]
    return blocks


_FILES: tuple[Column[PublishedFile], ...] = (
    Column("published_file", lambda _text, row: row.file),
    Column(
        "published_rows", lambda text, row: "–" if row.rows is None else text.number(row.rows), right=True
    ),
    Column("published_bytes", lambda text, row: text.number(row.bytes), right=True),
    Column("published_sha256", lambda _text, row: row.sha256[:16]),
)
_ROWS: tuple[Column[CkanRow], ...] = (
    Column("ckan_dataset", lambda _text, row: row.dataset),
    Column("ckan_item", lambda _text, row: row.item or "–"),
    Column("ckan_action", lambda text, row: text.word("ckan_action", row.action)),
)
