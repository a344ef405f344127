"""``lueckenlos crosscheck``: where the own cells and a second opinion disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer

from catalogue.reports.crosscheck import KINDS, Crosscheck, CrosscheckRow, CrosscheckSummary, crosscheck
from catalogue.reports.crosscheck_opinion import NOT_ASKED
from cli.blocks import Block, Heading, Line
from cli.help import Command
from cli.meta import describe_question
from cli.options import (
    AreaOption,
    FormatOption,
    LevelOption,
    LimitOption,
    OutOption,
    ServiceOption,
    ThemeOption,
    code_of,
    filters_of,
)
from cli.output import Output, Result, field_names
from cli.session import session_of
from cli.texts import Texts, printable
from cli.view import Column, area_words, grid, status_words

__all__ = ["add_to"]

TABLE_ROWS = 100


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("crosscheck", cls=Command)(_crosscheck)


def _crosscheck(
    context: typer.Context,
    area: AreaOption = None,
    level: LevelOption = "",
    theme: ThemeOption = None,
    service: ServiceOption = None,
    source: Annotated[list[str] | None, typer.Option("--source")] = None,
    only: Annotated[list[str] | None, typer.Option("--only")] = None,
    output_format: FormatOption = "",
    out: OutOption = None,
    limit: LimitOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS)
    filters = filters_of(area=area, level=level, theme=theme, service=service)
    kinds = [code_of("crosscheck", one, KINDS) for one in only or ()]
    with session.reading() as connection:
        found = crosscheck(connection, session.now(), filters, source or (), kinds)
        meta = describe_question(connection, session, "crosscheck", filters)
    meta |= {
        "kinds": dict(sorted(Counter(row.kind for row in found.rows).items())),
        "only": kinds,
        "summary": found.summary,
    }
    text = session.text
    output.write(
        Result(field_names(CrosscheckRow), found.rows, lambda rows: _blocks(found, rows, text), meta), text
    )
    if output.format == "csv":
        # A table for programs has no room for it, and a short list must not look like agreement.
        for note in _notes(found, text):
            session.say(note)


def _blocks(found: Crosscheck, rows: Sequence[CrosscheckRow], text: Texts) -> list[Block]:
    return [
        grid(_COLUMNS, rows, text),
        Heading(text("crosscheck.summary")),
        grid(_SUMMARY, found.summary, text),
        *(Line(note) for note in _notes(found, text)),
    ]


def _notes(found: Crosscheck, text: Texts) -> list[str]:
    """Return what has to be said beside the list: what it counts, and what was not compared."""
    counts = Counter(row.kind for row in found.rows)
    kinds = ", ".join(
        f"{text.word('crosscheck', kind)} {text.number(counts[kind])}" for kind in KINDS if counts[kind]
    )
    notes = [text("crosscheck.found", count=text.number(len(found.rows)), kinds=kinds or "–")]
    silent = [one for one in found.summary if one.heard == NOT_ASKED]
    if silent:
        names = ", ".join(sorted({printable(one.area) for one in silent}))
        notes.append(text("crosscheck.areas_not_asked", count=text.number(len(silent)), areas=names))
    unclear = sum(one.unclear for one in found.summary)
    if unclear:
        notes.append(text("crosscheck.unclear", count=text.number(unclear)))
    notes.append(text("crosscheck.nothing_changes"))
    return notes


def _ours(text: Texts, row: CrosscheckRow) -> str:
    """Return our verdict with where it comes from."""
    status = status_words(text, row.status, row.reason)
    behind = row.evidence_source or ", ".join(row.sources)
    return f"{status} ({printable(behind)})" if behind else status


def _theirs(text: Texts, row: CrosscheckRow) -> str:
    """Return their verdict with the level it is for."""
    if not row.second_status:
        return text("crosscheck.not_listed")
    level = text.word("level", row.second_level)
    evidence = (_said(text, one) for one in row.second_said)
    said = ", ".join(part for part in (level, *evidence, row.second_note) if part)
    return f"{text.word('status', row.second_status)} ({printable(said)})"


def _said(text: Texts, evidence: str) -> str:
    flag, _, words = evidence.partition(": ")
    return f"{text.word('second_flag', flag)}: {words}"


def _of_competent(name: str, text: Texts, row: CrosscheckSummary) -> str:
    """Return a figure of all cells with that of the competent ones behind it."""
    every, competent = getattr(row, name), getattr(row, f"competent_{name}")
    return "–" if every is None else f"{text.number(every)} ({text.number(competent)})"


_COLUMNS: tuple[Column[CrosscheckRow], ...] = (
    Column("area", lambda text, row: area_words(row.area, row.level, text)),
    Column("ozg_id"),
    Column("title"),
    Column("disagreement", lambda text, row: text.word("crosscheck", row.kind)),
    Column("ours", _ours),
    Column("online_url"),
    Column("theirs", _theirs),
    Column("second_url"),
)
_SUMMARY: tuple[Column[CrosscheckSummary], ...] = (
    Column("area", lambda text, row: area_words(row.area, row.level, text)),
    Column("second_source"),
    Column("heard", lambda text, row: text.word("heard", row.heard)),
    Column("standing", section="standing"),
    Column("second_as_of", lambda text, row: text.moment(row.as_of)),
    Column("both_cells", lambda text, row: _of_competent("cells", text, row), right=True),
    Column("ours_online", lambda text, row: _of_competent("ours_online", text, row), right=True),
    Column("theirs_online", lambda text, row: _of_competent("theirs_online", text, row), right=True),
    Column("both_online", lambda text, row: _of_competent("both_online", text, row), right=True),
    Column("disagreements", lambda text, row: _of_competent("disagreements", text, row), right=True),
)
