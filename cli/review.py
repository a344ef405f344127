"""``lueckenlos review``: what waits for somebody's decision, and everything about one record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from catalogue.matching.meanings import STATES
from catalogue.matching.upgrade import Outdated, outdated_sources
from catalogue.reports.filters import Filters
from catalogue.reports.review import ReviewRow, review_list
from catalogue.reports.review_names import find_record
from catalogue.reports.review_record import (
    ActRow,
    CandidateRow,
    ConcernedCell,
    OfferedRow,
    RecordView,
    view_record,
)
from cli import review_decide, review_export, review_import, review_upgrade
from cli.blocks import Block, Facts, Heading, Line
from cli.help import Command, Group
from cli.meta import describe_question
from cli.options import (
    AreaOption,
    FormatOption,
    LevelOption,
    LimitOption,
    OutOption,
    ThemeOption,
)
from cli.output import Output, Result, field_names
from cli.problems import UsageProblem
from cli.review_notice import upgrade_line
from cli.review_view import filters_of_review
from cli.session import session_of
from cli.texts import Texts, printable
from cli.view import Column, grid, status_words

if TYPE_CHECKING:
    from catalogue.matching.matcher import Reason

__all__ = ["add_to"]

TABLE_ROWS = 50
CELLS_SHOWN = 50

StateOption = Annotated[list[str] | None, typer.Option("--state")]
SourceOption = Annotated[list[str] | None, typer.Option("--source")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(cls=Group)
    group.command("list", cls=Command)(_list)
    group.command("show", cls=Command)(_show)
    for module in (review_decide, review_export, review_import, review_upgrade):
        module.add_to(group)
    app.add_typer(group, name="review", cls=Group)


def _list(
    context: typer.Context,
    area: AreaOption = None,
    level: LevelOption = "",
    theme: ThemeOption = None,
    source: SourceOption = None,
    state: StateOption = None,
    offset: Annotated[str, typer.Option("--offset")] = "",
    output_format: FormatOption = "",
    out: OutOption = None,
    limit: LimitOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS)
    filters = filters_of_review(area, level, theme, source, state)
    skipped = _whole_number("--offset", offset)
    with session.reading() as connection:
        found = review_list(connection, session.now(), filters)
        limits = Filters(areas=filters.areas, level=filters.level, themes=filters.themes)
        meta = describe_question(connection, session, "review list", limits)
        outdated = outdated_sources(connection)
    meta |= {"states": list(filters.states or STATES[:1]), "sources": list(filters.sources)}
    meta |= {"total": len(found), "offset": skipped, "matcher_waits": [one.source for one in outdated]}
    text = session.text
    rows = found[skipped:]

    def blocks(shown: Sequence[ReviewRow]) -> list[Block]:
        return _list_blocks(shown, len(found), outdated, text)

    output.write(Result(field_names(ReviewRow), rows, blocks, meta), text)


def _whole_number(option: str, written: str) -> int:
    if not written:
        return 0
    if not written.isascii() or not written.isdigit() or len(written) > 9:
        raise UsageProblem("number", option=option, given=written)
    return int(written)


def _list_blocks(
    rows: Sequence[ReviewRow], total: int, outdated: Sequence[Outdated], text: Texts
) -> list[Block]:
    blocks: list[Block] = [grid(_LIST_COLUMNS, rows, text)] if rows else []
    blocks.append(Line(text("review.count", count=text.number(total))))
    if rows:
        blocks.append(Line(text("review.columns")))
    if outdated:
        blocks.append(Line(upgrade_line(outdated, text)))
    return blocks


def _show(
    context: typer.Context,
    record: Annotated[str, typer.Argument()],
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    with session.reading() as connection:
        view = view_record(connection, session.now(), find_record(connection, record))
        meta = describe_question(connection, session, "review show")
    text = session.text
    meta |= {
        "record": view.record.name,
        "review": view.row,
        "texts": dict(_texts(view)),
        "reasons": [_sentence(reason, text) for reason in view.reasons],
        "offered": view.offered,
        "cells": view.cells,
        "history": view.history,
    }
    output.write(
        Result(
            field_names(CandidateRow), view.candidates, lambda shown: _show_blocks(view, shown, text), meta
        ),
        text,
    )


def _texts(view: RecordView) -> list[tuple[str, str]]:
    """Return the texts of a record by the names of their columns."""
    record = view.record
    return [
        ("title", record.title),
        ("official_title", record.official_title),
        ("reported_keys", record.reported_keys),
        ("types", " ".join(view.types)),
        ("form_url", view.form_url),
        ("valid_from", view.valid_from),
        ("valid_to", view.valid_to),
        ("modified_at", view.modified_at),
    ]


def _sentence(reason: Reason, text: Texts) -> str:
    code, params = reason
    shown = {name: printable(str(value)) for name, value in params.items()}
    if "kind" in shown:
        shown["kind"] = text.word("match_kind", shown["kind"])
    return text(f"match_reason.{code}", **shown)


def _show_blocks(view: RecordView, candidates: Sequence[CandidateRow], text: Texts) -> list[Block]:
    facts = [(text(f"review_fact.{name}"), printable(value)) for name, value in _texts(view) if value]
    state = text.word("review_state", view.meaning.state)
    facts.append((text("column.state"), state))
    if view.record.withdrawn:
        facts.append((text("column.life"), text("review.withdrawn")))
    if view.row is not None:
        facts += _impact_facts(view.row, text)
    blocks: list[Block] = [Heading(view.record.name), Facts(facts)]
    blocks.append(Heading(text("review.candidates_heading", count=text.number(len(candidates)))))
    blocks += [grid(_CANDIDATE_COLUMNS, candidates, text)] if candidates else []
    blocks += [Line(_sentence(reason, text)) for reason in view.reasons]
    if view.offered:
        blocks += [Heading(text("review.offered")), grid(_OFFERED_COLUMNS, view.offered[:CELLS_SHOWN], text)]
    if view.cells:
        blocks += [
            Heading(text("review.concerned", count=text.number(len(view.cells)))),
            grid(_CELL_COLUMNS, view.cells[:CELLS_SHOWN], text),
        ]
    if view.history:
        blocks += [Heading(text("review.history")), grid(_ACT_COLUMNS, view.history, text)]
    return blocks


def _impact_facts(row: ReviewRow, text: Texts) -> list[tuple[str, str]]:
    names = ("accept_cells", "online_cells", "reject_cells", "release_cells", "areas", "similar")
    values = [(name, getattr(row, name)) for name in names]
    return [(text(f"review_fact.{name}"), text.number(value)) for name, value in values if value is not None]


def _best(_text: Texts, row: ReviewRow) -> str:
    if row.ozg_id:
        return f"{row.leika_key or row.ozg_id} {printable(row.service)}"
    return ", ".join(row.accepted) or "–"


def _moved(text: Texts, row: ReviewRow) -> str:
    """Return what accepting, rejecting and releasing would move."""
    values = (row.accept_cells, row.reject_cells, row.release_cells)
    return " / ".join("–" if value is None else text.number(value) for value in values)


def _undone(text: Texts, row: ActRow) -> str:
    return f"{printable(row.undone_by)}, {text.moment(row.undone_at)}" if row.undone_at else ""


_LIST_COLUMNS: tuple[Column[ReviewRow], ...] = (
    Column("review_record", lambda _text, row: printable(row.record)),
    Column("title", lambda _text, row: printable(row.title or row.official_title)[:60]),
    Column("state", section="review_state"),
    Column("review_best", _best),
    Column("score", lambda text, row: "–" if row.score is None else text.percent(row.score), right=True),
    Column("review_candidates", lambda text, row: text.number(row.candidates), right=True),
    Column("review_moved", _moved, right=True),
    Column("areas", right=True),
    Column("review_similar", lambda text, row: text.number(row.similar), right=True),
    Column("review_said_by", lambda _text, row: printable(row.said_by), optional=True),
)
_CANDIDATE_COLUMNS: tuple[Column[CandidateRow], ...] = (
    Column("ozg_id"),
    Column("review_service", lambda _text, row: printable(row.service)),
    Column("leika_key", lambda _text, row: f"{row.leika_key} {printable(row.leika_name)}".strip() or "–"),
    Column("state", section="state"),
    Column("review_method", lambda text, row: text.word("method", row.method)),
    Column("score", lambda text, row: text.percent(row.score), right=True),
    Column("reason"),
    Column("review_actor", lambda _text, row: printable(row.actor)),
)
_OFFERED_COLUMNS: tuple[Column[OfferedRow], ...] = (
    Column("area"),
    Column("status", lambda text, row: text.word("status", row.status) if row.status else row.kind),
    Column("url"),
    Column("unit", optional=True),
    Column("note", optional=True),
)
_CELL_COLUMNS: tuple[Column[ConcernedCell], ...] = (
    Column("area"),
    Column("ozg_id"),
    Column("status", lambda text, row: status_words(text, row.status, row.reason)),
)
_ACT_COLUMNS: tuple[Column[ActRow], ...] = (
    Column("at", lambda text, row: text.moment(row.decided_at)),
    Column("review_actor", lambda _text, row: printable(row.actor)),
    Column("review_verdict", lambda text, row: text.word("review_state", row.verdict)),
    Column("review_services", lambda _text, row: ", ".join(row.services)),
    Column("review_reach", lambda text, row: text.word("pattern_scope", row.scope)),
    Column("reason"),
    Column("review_undone", _undone, optional=True),
)
