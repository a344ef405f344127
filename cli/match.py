"""``lueckenlos match``: what titles of a list mean, without a region and without touching the catalogue."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from catalogue.errors import ImportRejected, LineError
from cli.blocks import Block, Line
from cli.help import Command
from cli.meta import describe_call
from cli.options import FormatOption, LimitOption, OutOption
from cli.output import Output, Result, field_names
from cli.session import Session, session_of
from cli.texts import Texts, printable
from cli.view import Column, grid
from connectors.delimited import open_delimited
from connectors.tabular import Row, RowSource, Table, TableOptions

if TYPE_CHECKING:
    # Its libraries take half a second to load, which no other command has to pay.
    from catalogue.matching.matcher import Matcher, Reason

__all__ = ["CandidateRow", "MatchRow", "add_to"]

#: Columns of the file and the headers they may have.
HEADERS = {
    "title": ("title", "titel", "bezeichnung"),
    "unit": ("unit", "einheit", "organisationseinheit"),
    "snippet": ("snippet", "auszug", "text"),
    "section": ("section", "rubrik"),
    "url": ("url", "link"),
    "keys": ("keys", "leika_key", "leika-schlüssel"),
}
TABLE_ROWS = 100
LONGEST_FIELD = 20_000  # characters
MOST_BYTES = 256 << 20
MOST_ROWS = 1_000_000
MOST_ERRORS = 100
#: The progress is shown anew after so many titles.
STEP = 200


@dataclass(frozen=True)
class CandidateRow:
    """One service that a title may mean."""

    ozg_id: str
    lo_key: str
    name: str
    score: float


@dataclass(frozen=True)
class MatchRow:
    """What one title means; the JSON array lacks the title, as its order is the input's."""

    title: str
    decision: str
    ozg_ids: tuple[str, ...]
    lo_keys: tuple[str, ...]
    lov_keys: tuple[str, ...]
    score: float
    candidates: tuple[CandidateRow, ...]
    reasons: tuple[str, ...]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("match", cls=Command)(_match)


def _match(
    context: typer.Context,
    input_file: Annotated[Path, typer.Option("--input")],
    output_format: FormatOption = "",
    out: OutOption = None,
    limit: LimitOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS)
    inputs = read_titles(input_file)
    matcher = _load(session)
    text = session.text
    rows = [_row(one, matcher, text) for one in _watched(inputs, text)]
    if output.format == "json":
        output.write_array(field_names(MatchRow)[1:], rows)
        return
    meta = describe_call(session, "match")
    output.write(Result(field_names(MatchRow), rows, lambda shown: _blocks(shown, rows, text), meta), text)


def _load(session: Session) -> Matcher:
    """Return the matcher of the database that is named, else of the tables that come with the program."""
    from catalogue.matching.matcher import Matcher
    from catalogue.matching.reference import packaged_reference, stored_reference

    if not session.database:
        return Matcher.load(packaged_reference())
    with session.open_store() as store, store.read() as connection:
        return Matcher.load(stored_reference(connection))


@dataclass(frozen=True)
class TitleRow:
    """One row of the input."""

    title: str
    unit: str = ""
    snippet: str = ""
    section: str = ""
    url: str = ""
    keys: str = ""


def read_titles(path: Path) -> list[TitleRow]:
    """Return the rows of a CSV file; delimiter and encoding are found out.

    Raise ImportRejected with the errors by line, OSError or RejectDelivery if the file cannot be read.
    """
    if not path.exists():
        raise ImportRejected("match_file_absent", [], file=str(path))
    if path.stat().st_size > MOST_BYTES:
        raise ImportRejected("match_too_large", [], file=path.name, megabytes=MOST_BYTES >> 20)
    if path.stat().st_size == 0:
        raise ImportRejected("match_empty", [], file=path.name)
    source = open_delimited(path, path.name, TableOptions(), {name: name for name in HEADERS})
    table = Table(path.name, source, _columns(path.name, source), 1)
    found: list[TitleRow] = []
    errors: list[LineError] = []
    for row in table.rows():
        try:
            found.append(_title_row(row))
        except _Wrong as wrong:
            errors.append(LineError(row.number, wrong.code, wrong.params))
        if len(errors) >= MOST_ERRORS or len(found) > MOST_ROWS:
            break
    if len(found) > MOST_ROWS:
        raise ImportRejected("match_too_many", [], file=path.name, rows=MOST_ROWS)
    if errors:
        raise ImportRejected("match_rows", errors, file=path.name, count=len(errors))
    return found


class _Wrong(Exception):
    """A row that cannot be read."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params: dict[str, str | int | float] = dict(params)


def _columns(name: str, source: RowSource) -> Mapping[str, str]:
    """Return the header of each column that the file has. Raise ImportRejected if there is no title."""
    header = [str(cell or "").strip() for cell in next(iter(source.rows()), ())]
    plain = {cell.lstrip("\ufeff").casefold(): cell for cell in reversed(header) if cell}
    columns = {
        field: plain[wanted]
        for field, headers in HEADERS.items()
        for wanted in reversed(headers)
        if wanted in plain
    }
    if "title" not in columns:
        shown = printable(", ".join(header))[:200] or "–"
        raise ImportRejected("match_without_title", [], file=name, columns=shown)
    return columns


def _title_row(row: Row) -> TitleRow:
    if row.shape == "long":
        raise _Wrong("match_row_long")
    values = {field: str(value or "").strip() for field, value in row.values.items()}
    if not values["title"]:
        raise _Wrong("match_title_missing")
    for field, value in values.items():
        if len(value) > LONGEST_FIELD:
            raise _Wrong("match_field_long", column=field, most=LONGEST_FIELD)
    return TitleRow(**values)


def _watched(rows: Sequence[TitleRow], text: Texts) -> Iterator[TitleRow]:
    """Yield the rows, with a bar on standard error if that is a terminal."""
    if not sys.stderr.isatty():
        yield from rows
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(text("match.working"), total=len(rows))
        for number, row in enumerate(rows):
            if number % STEP == 0:
                bar.update(task, completed=number)
            yield row


def _row(given: TitleRow, matcher: Matcher, text: Texts) -> MatchRow:
    from catalogue.matching.outcome import Page

    page = Page(given.title, given.unit, given.snippet, given.section, given.url)
    found = matcher.match(page, given.keys.replace("|", " ").split())
    return MatchRow(
        given.title,
        found.decision,
        found.ozg_ids,
        found.lo_keys,
        found.lov_keys,
        found.score,
        tuple(CandidateRow(*one) for one in found.candidates),
        tuple(_sentence(reason, text) for reason in found.reasons),
    )


def _sentence(reason: Reason, text: Texts) -> str:
    code, params = reason
    shown = {name: printable(str(value)) for name, value in params.items()}
    if "kind" in shown:
        shown["kind"] = text.word("match_kind", shown["kind"])
    return text(f"match_reason.{code}", **shown)


def _blocks(shown: Sequence[MatchRow], rows: Iterable[MatchRow], text: Texts) -> list[Block]:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.decision] = counts.get(row.decision, 0) + 1
    words = (f"{text.word('decision', code)}: {text.number(count)}" for code, count in sorted(counts.items()))
    return [grid(_COLUMNS, shown, text), Line("; ".join(words))]


def _meant(_text: Texts, row: MatchRow) -> str:
    return ", ".join(f"{one.ozg_id} {printable(one.name)}" for one in row.candidates[: len(row.ozg_ids) or 1])


_COLUMNS: tuple[Column[MatchRow], ...] = (
    Column("title", lambda _text, row: printable(row.title)[:60]),
    Column("decision", section="decision"),
    Column("score", lambda text, row: text.percent(row.score), right=True),
    Column("meant", _meant),
    Column("reasons", lambda _text, row: " ".join(row.reasons[:2])),
)
