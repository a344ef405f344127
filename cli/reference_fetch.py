"""``lueckenlos reference fetch``: what the FIM portal knows that the catalogue does not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from catalogue.errors import CatalogueError
from catalogue.records import Completeness, Issue
from catalogue.reference.difference import Bundle, Difference, DifferenceRow, Listed, compare
from catalogue.reference.difference_files import apply_difference, files_of
from catalogue.reference.releases import ReleaseNote
from catalogue.store import Store
from cli import exits
from cli.blocks import Block, Facts, Heading, Line
from cli.help import Command, Group
from cli.imported import compute_cells, counts_line
from cli.meta import describe_call
from cli.options import FormatOption, LimitOption, read_day
from cli.output import Output, Result, field_names, write_file
from cli.session import Session, session_of
from cli.texts import Texts
from cli.view import Column, grid, issue_line
from connectors.assignment import Assignment
from connectors.errors import AbortRun, RejectDelivery, RetryLater
from connectors.fetch import Fetcher, FetchPolicy
from connectors.fim import FimService, FimSettings, read_services
from connectors.urls import redact

__all__ = ["add_fetch"]

TABLE_ROWS = 100
SAMPLES = 3
#: What a release says about its licence where neither the portal nor the operator names one.
NO_LICENCE = "von der Schnittstelle nicht angegeben"
ORIGIN = "FIM-Portal, Leistungssteckbriefe ({url}); was dort nicht steht, aus dem bisherigen Stand"


@dataclass
class _Fetched:
    """What was read from the portal."""

    services: list[Listed] = field(default_factory=list)
    issues: dict[str, list[Issue]] = field(default_factory=dict)
    scope: str = ""

    @property
    def whole(self) -> bool:
        """Tell whether this is everything, so that what is missing from it has vanished."""
        return self.scope == "everything"


def add_fetch(group: typer.Typer) -> None:
    """Add the commands below ``reference``."""
    below = typer.Typer(cls=Group)
    below.command("fim", cls=Command)(_fim)
    group.add_typer(below, name="fetch", cls=Group)


def _fim(
    context: typer.Context,
    since: Annotated[str, typer.Option("--since")] = "",
    url: Annotated[str, typer.Option("--url")] = "",
    out: Annotated[Path | None, typer.Option("--out")] = None,
    apply: Annotated[bool, typer.Option("--apply")] = False,
    licence: Annotated[str, typer.Option("--licence")] = "",
    allow_private: Annotated[bool, typer.Option("--allow-private")] = False,
    output_format: FormatOption = "",
    limit: LimitOption = "",
) -> None:
    session = session_of(context)
    text = session.text
    output = Output.choose(output_format, None, limit, default_limit=TABLE_ROWS)
    settings = _settings(url)
    day = read_day("--since", since) if since else ""
    with session.open_store() as store:
        fetched = _fetch(session, settings, day, allow_private=allow_private)
        with store.read() as connection:
            difference = compare(connection, fetched.services, whole=fetched.whole)
        meta = _meta(session, settings, day, fetched, difference)
        view = Result(
            field_names(DifferenceRow),
            difference.rows,
            lambda rows: _blocks(fetched, difference, rows, text),
            meta,
        )
        output.write(view, text)
        if out is not None:
            _write_files(session, difference, out)
        if apply:
            note = ReleaseNote(
                ORIGIN.format(url=redact(settings.location)),
                licence.strip() or NO_LICENCE,
                session.now().date().isoformat(),
            )
            _apply(session, store, fetched, difference, note)
        elif difference.rows and out is None:
            session.say(text("fim.not_applied"))
    if fetched.scope == "part":
        raise typer.Exit(exits.SOME)


def _settings(url: str) -> FimSettings:
    try:
        return FimSettings(location=url) if url else FimSettings()
    except ValidationError:
        raise AbortRun("setting_fim_location") from None


def _fetch(session: Session, settings: FimSettings, since: str, *, allow_private: bool) -> _Fetched:
    """Read the portal's list, or end with the exit code of a source that failed."""
    text = session.text
    moment = f"{since}T00:00:00" if since else ""
    fetched = _Fetched()
    with Fetcher(FetchPolicy(allow_private=allow_private)) as fetcher, _progress(session) as report:
        try:
            for item in read_services(fetcher, settings, moment, Assignment(progress=report)):
                _take(item, fetched)
        except (RetryLater, RejectDelivery) as error:
            session.say(f"{text('failure.prefix')} {text.error(error.code, error.params)}")
            session.say(text("fim.private" if error.code == "address_private" else "fim.nothing_changed"))
            raise typer.Exit(exits.NONE) from None
    return fetched


def _take(item: FimService | Issue | Completeness, fetched: _Fetched) -> None:
    if isinstance(item, FimService):
        bundles = tuple(Bundle(one.id, one.title, one.theme or one.label) for one in item.ozg)
        fetched.services.append(Listed(item.key, item.name, item.types, bundles, item.related))
    elif isinstance(item, Issue):
        fetched.issues.setdefault(item.kind, []).append(item)
    else:
        fetched.scope = item.scope


@contextmanager
def _progress(session: Session) -> Iterator[Callable[[int, int], None]]:
    """Give a listener that shows how far the reading is, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(session.text("fim.reading"), total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total or None)


def _apply(
    session: Session, store: Store, fetched: _Fetched, difference: Difference, note: ReleaseNote
) -> None:
    try:
        done = apply_difference(store, fetched.services, difference, note, whole=fetched.whole)
    except CatalogueError:
        session.say(session.text("fim.nothing_changed"))
        raise
    for result in done:
        session.say(counts_line(result, session.text))
    compute_cells(session, store)


def _write_files(session: Session, difference: Difference, out: Path) -> None:
    """Write the table of LeiKa services under the given name, that of OZG services beside it."""
    files = files_of(difference)
    if not files:
        session.say(session.text("fim.nothing_to_write"))
    for table, content in files.items():
        path = out if table == "leika_service" else out.with_name(f"{out.stem}.{table}{out.suffix}")
        write_file(path, content)
        session.say(session.text("fim.written", path=path, table=session.text.word("reference_table", table)))


def _meta(
    session: Session, settings: FimSettings, since: str, fetched: _Fetched, difference: Difference
) -> dict[str, object]:
    return {
        **describe_call(session, "reference fetch fim"),
        "url": redact(settings.location),
        "since": since,
        "scope": fetched.scope,
        "read": len(fetched.services),
        "kinds": difference.counts,
        "effects": difference.effects._asdict(),
        "issues": {kind: len(found) for kind, found in sorted(fetched.issues.items())},
    }


def _blocks(
    fetched: _Fetched, difference: Difference, rows: Sequence[DifferenceRow], text: Texts
) -> list[Block]:
    counted = [(text.word("difference", kind), text.number(n)) for kind, n in difference.counts.items()]
    effects = {name: text.number(value) for name, value in difference.effects._asdict().items()}
    blocks: list[Block] = [
        Line(text(f"fim.read_{fetched.scope}", count=text.number(len(fetched.services)))),
        *(
            Line(issue_line(kind, len(found), [(one.record, one.detail) for one in found[:SAMPLES]], text))
            for kind, found in sorted(fetched.issues.items())
        ),
    ]
    if not difference.rows:
        return [*blocks, Line(text("fim.no_difference"))]
    return [*blocks, Heading(text("fim.differences")), Facts(counted), Line(text("fim.effects", **effects)),
            grid(_COLUMNS, rows, text)]  # fmt: skip


_COLUMNS: tuple[Column[DifferenceRow], ...] = (
    Column("difference", lambda text, row: text.word("difference", row.kind)),
    Column("key"),
    Column("title", lambda _text, row: row.name),
    Column("before"),
    Column("after"),
    Column("related", optional=True),
    Column("cells", right=True),
)
