"""``lueckenlos review upgrade``: what a newer matcher would decide otherwise, before it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer
from sqlalchemy import Connection, select

from catalogue.errors import NotFound
from catalogue.matching.outcome import VERSION
from catalogue.matching.review import Change
from catalogue.matching.upgrade import Outdated, outdated_sources, upgrade
from catalogue.reports.coverage import CoverageRow
from catalogue.store import Store
from catalogue.tables import source
from cli.blocks import Block, Heading, Line
from cli.help import Command
from cli.meta import describe_call
from cli.options import FormatOption, OutOption
from cli.output import Output, Result, field_names
from cli.review_view import TABLE_ROWS, DecidedRow, decided_rows, move_columns, record_columns
from cli.session import session_of
from cli.texts import Texts
from cli.view import Column, area_words, grid, status_words
from sync.deciding import Effect, carry_out

__all__ = ["CoverageChange", "StatusChange", "add_to"]


@dataclass(frozen=True, slots=True)
class CoverageChange:
    """The coverage of one area before and after; docs/data-dictionary.md explains every field."""

    ars: str
    area: str
    level: str
    cells: int
    online_before: int
    online_after: int
    gaps_before: int
    gaps_after: int
    unknown_before: int
    unknown_after: int


@dataclass(frozen=True, slots=True)
class StatusChange:
    """How many cells would go from one status to another."""

    old_status: str
    new_status: str
    count: int


def add_to(group: typer.Typer) -> None:
    """Add the command."""
    group.command("upgrade", cls=Command)(_upgrade)


def _upgrade(
    context: typer.Context,
    apply: Annotated[bool, typer.Option("--apply")] = False,
    every: Annotated[bool, typer.Option("--all")] = False,
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, default_limit=TABLE_ROWS)
    with session.open_store() as store:
        with store.read() as connection:
            outdated = outdated_sources(connection)
            sources = _every_source(connection) if every else [one.source_id for one in outdated]
        effect = _carry_out(store, sources, apply=apply and bool(sources))
    rows = decided_rows(effect.result)
    areas = coverage_changes(*effect.coverage)
    statuses = _statuses(effect)
    meta: dict[str, object] = {
        **describe_call(session, "review upgrade"),
        "applied": apply and bool(sources),
        "matcher": VERSION,
        "outdated": [
            {"source": one.source, "matcher": one.version, "records": one.records} for one in outdated
        ],
        "run": effect.run or None,
        "cells_moved": len(effect.moves),
        "cells_changed": effect.changed,
        "statuses": statuses,
        "coverage": areas,
        "moves": effect.moves,
    }
    text = session.text
    ending = [_ending(effect, apply=apply, every=every, text=text)] if sources else []

    def blocks(shown: Sequence[DecidedRow]) -> list[Block]:
        found = _standing(outdated, every=every, text=text)
        found += _blocks(effect, shown, areas, statuses, text)
        return [*found, *(Line(line) for line in ending)]

    output.write(Result(field_names(DecidedRow), rows, blocks, meta), text)
    if output.format == "csv":
        for line in ending:
            session.say(line)


def _every_source(connection: Connection) -> list[int]:
    return list(connection.scalars(select(source.c.id).where(source.c.active).order_by(source.c.id)))


def _carry_out(store: Store, sources: Sequence[int], *, apply: bool) -> Effect[list[Change]]:
    def work(connection: Connection, at: str) -> list[Change]:
        return upgrade(connection, sources, at)

    return carry_out(store, work, keep=apply, measure=True)


def coverage_changes(before: Sequence[CoverageRow], after: Sequence[CoverageRow]) -> list[CoverageChange]:
    """Return what moves in the coverage of each area, the last one all of them together."""
    later = {(row.ars, row.level): row for row in after}
    found = []
    for row in before:
        then = later.get((row.ars, row.level))
        if then is None:
            raise NotFound("region_empty")
        found.append(
            CoverageChange(
                row.ars,
                row.area,
                row.level,
                then.cells,
                row.any_count,
                then.any_count,
                row.gaps,
                then.gaps,
                row.unknown,
                then.unknown,
            )
        )
    return found


def _statuses(effect: Effect[list[Change]]) -> list[StatusChange]:
    counts: dict[tuple[str, str], int] = {}
    for move in effect.moves:
        counts[move.old_status, move.new_status] = counts.get((move.old_status, move.new_status), 0) + 1
    return [StatusChange(*pair, count) for pair, count in sorted(counts.items())]


def _standing(outdated: Sequence[Outdated], *, every: bool, text: Texts) -> list[Block]:
    if not outdated and not every:
        return [Line(text("review.no_upgrade", matcher=VERSION))]
    return [
        Line(
            text(
                "review.outdated",
                source=one.source,
                old=one.version,
                new=VERSION,
                records=text.number(one.records),
            )
        )
        for one in outdated
    ]


def _blocks(
    effect: Effect[list[Change]],
    rows: Sequence[DecidedRow],
    areas: Sequence[CoverageChange],
    statuses: Sequence[StatusChange],
    text: Texts,
) -> list[Block]:
    blocks: list[Block] = []
    if rows:
        blocks += [Heading(text("review.records")), grid(record_columns(), rows, text)]
    if effect.moves:
        blocks += [Heading(text("review.cells")), grid(_STATUS_COLUMNS, statuses, text)]
        blocks.append(grid(move_columns(), effect.moves[:TABLE_ROWS], text))
        if len(effect.moves) > TABLE_ROWS:
            blocks.append(Line(text("review.more_cells", count=text.number(len(effect.moves) - TABLE_ROWS))))
    if areas and (rows or effect.moves):
        blocks += [Heading(text("review.coverage")), grid(_COVERAGE_COLUMNS, areas, text)]
    return blocks


def _ending(effect: Effect[list[Change]], *, apply: bool, every: bool, text: Texts) -> str:
    counts = {"records": text.number(len(effect.result)), "cells": text.number(len(effect.moves))}
    if apply:
        return text("review.upgraded", **counts)
    return text("review.upgrade_shown", options=" --all" if every else "", **counts)


def _pair(before: int, after: int, text: Texts) -> str:
    return text.number(before) if before == after else f"{text.number(before)} → {text.number(after)}"


_STATUS_COLUMNS: tuple[Column[StatusChange], ...] = (
    Column("review_before", lambda text, row: status_words(text, row.old_status) or "–"),
    Column("review_after", lambda text, row: status_words(text, row.new_status) or "–"),
    Column("count", right=True),
)
_COVERAGE_COLUMNS: tuple[Column[CoverageChange], ...] = (
    Column("area", lambda text, row: area_words(row.area, row.level, text)),
    Column("cells", right=True),
    Column("online", lambda text, row: _pair(row.online_before, row.online_after, text), right=True),
    Column("gaps", lambda text, row: _pair(row.gaps_before, row.gaps_after, text), right=True),
    Column("unknown", lambda text, row: _pair(row.unknown_before, row.unknown_after, text), right=True),
)
