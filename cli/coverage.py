"""``lueckenlos coverage``: how much is online, by four definitions side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from catalogue.reports.coverage import DEFINITIONS, REASONS, CoverageRow, coverage
from catalogue.reports.gaps import Unresolved
from catalogue.signals_rules import SignalRules
from cli.asof import AsOfOption, as_of_notes, read_as_of, write_noted
from cli.blocks import Block, Facts, Line
from cli.help import Command
from cli.meta import describe_question
from cli.options import (
    AreaOption,
    FormatOption,
    LevelOption,
    OutOption,
    ServiceOption,
    ThemeOption,
    filters_of,
)
from cli.output import Output, Result, field_names
from cli.session import session_of
from cli.signals import SignalRulesOption, rules_of, signal_words
from cli.texts import Texts
from cli.view import Column, area_words, grid, reasons_line, unresolved_line

__all__ = ["add_to", "coverage_blocks"]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("coverage", cls=Command)(_coverage)


def _coverage(
    context: typer.Context,
    area: AreaOption = None,
    level: LevelOption = "",
    theme: ThemeOption = None,
    service: ServiceOption = None,
    scope: Annotated[str, typer.Option("--scope")] = "competent",
    output_format: FormatOption = "",
    out: OutOption = None,
    without_inflated: Annotated[bool, typer.Option("--without-inflated")] = False,
    signal_rules: SignalRulesOption = None,
    as_of: AsOfOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    filters = filters_of(area=area, level=level, theme=theme, service=service, as_of=read_as_of(as_of))
    text = session.text
    rules = rules_of(signal_rules) if without_inflated else None
    with session.reading() as connection:
        rows = coverage(connection, filters, scope, rules)
        meta = describe_question(connection, session, "coverage", filters)
        past = as_of_notes(connection, filters, text)
    meta |= {
        "scope": scope,
        "denominator": text(f"denominator.{scope}"),
        "definitions": {name: text(f"definition.{name}") for name in DEFINITIONS},
    }
    without = _without_words(rules, rows[-1], text) if rules else ""
    if rules:
        meta["without_inflated"] = {
            "rules": rules.rules,
            "excluding": list(rules.excluding),
            "shared_services": rules.shared_services,
            "meaning": without,
        }
    result = Result(field_names(CoverageRow), rows, lambda shown: coverage_blocks(shown, scope, text), meta)
    write_noted(session, output, result, [without] if without else past)


def coverage_blocks(rows: Sequence[CoverageRow], scope: str, text: Texts) -> list[Block]:
    """Return coverage as people see it: figures, the unknown beside them, and what they mean."""
    total = rows[-1]
    unknown = {reason: getattr(total, f"unknown_{reason}") for reason in REASONS}
    reasons = reasons_line({reason: count for reason, count in unknown.items() if count}, text)
    blocks: list[Block] = [
        grid(_COLUMNS, rows, text),
        Line(text(f"denominator.{scope}")),
        Line(text("view.unknown", count=text.number(total.unknown), reasons=reasons or "–")),
    ]
    if total.unresolved:
        counts = Unresolved(total.unresolved, total.unresolved_online, total.unresolved_nothing)
        blocks.append(Line(unresolved_line(scope, counts, text)))
    blocks.append(Facts([(text(f"column.{name}"), text(f"definition.{name}")) for name in DEFINITIONS]))
    return blocks


def _without_words(rules: SignalRules, total: CoverageRow, text: Texts) -> str:
    """Return what was left out of a report, by which rule, and of what its shares are."""
    return text(
        "view.without_inflated",
        count=text.number(total.inflated or 0),
        online=text.number(total.online),
        signals=signal_words(rules.excluding, text),
        rules=rules.rules,
    )


def _span(count: int | None, low: float | None, high: float | None, text: Texts) -> str:
    """Return a share as a count with its lower bound and, where things are unknown, its upper one."""
    if count is None or low is None:
        return "–"
    if high is None or high == low:
        return f"{text.number(count)} = {text.percent(low)}"
    return text("view.span", count=text.number(count), low=text.percent(low), high=text.percent(high))


def _any(text: Texts, row: CoverageRow) -> str:
    return _span(row.any_count, row.any_share, row.any_upper, text)


def _own(text: Texts, row: CoverageRow) -> str:
    return _span(row.own_count, row.own_share, row.own_upper, text)


def _leaves(text: Texts, row: CoverageRow) -> str:
    return _span(row.leaves_online, row.leaves_share, row.leaves_upper, text)


def _checked(text: Texts, row: CoverageRow) -> str:
    if row.checked_count is None:
        return text("view.not_measured")
    return _span(row.checked_count, row.checked_share, None, text)


_COLUMNS: tuple[Column[CoverageRow], ...] = (
    Column("area", lambda text, row: area_words(row.area, row.level, text)),
    Column("cells", right=True),
    Column("any", _any, right=True),
    Column("own", _own, right=True),
    Column("share", _leaves, right=True),
    Column("checked", _checked, right=True),
    Column("inflated", right=True, optional=True),
    Column("gaps", right=True),
    Column("unknown", right=True),
    Column("planned_gaps", right=True, optional=True),
    Column("overdue_gaps", right=True, optional=True),
    Column("not_offered_gaps", right=True, optional=True),
    Column("covered_by_gaps", right=True, optional=True),
)
