"""``lueckenlos quickwins``: gaps that a shared portal already closes for another area of the region."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from catalogue.annotations import local_day
from catalogue.reports.quickwins import QuickWin, quickwins
from catalogue.verdict import GAP_STATUSES
from cli.blocks import Block, Line
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
    filters_of,
)
from cli.output import Output, Result, field_names
from cli.priorities import (
    ListOption,
    PriorityRulesOption,
    ProductsOption,
    describe_rules,
    priority_rules_of,
    products_of,
    unknown_entries,
)
from cli.session import session_of
from cli.texts import Texts, printable
from cli.view import Column, grid

__all__ = ["add_to", "quickwins_blocks"]

TABLE_ROWS = 50


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("quickwins", cls=Command)(_quickwins)


def _quickwins(
    context: typer.Context,
    area: AreaOption = None,
    level: LevelOption = "",
    theme: ThemeOption = None,
    service: ServiceOption = None,
    output_format: FormatOption = "",
    out: OutOption = None,
    limit: LimitOption = "",
    priority_rules: PriorityRulesOption = None,
    lists: ListOption = None,
    products: ProductsOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS)
    filters = filters_of(area=area, level=level, theme=theme, service=service)
    rules, known = priority_rules_of(priority_rules, lists), products_of(products)
    with session.reading() as connection:
        today = local_day(session.now())
        found = quickwins(connection, filters, rules=rules, products=known, today=today)
        meta = describe_question(connection, session, "quickwins", filters)
        meta["priority"] = describe_rules(connection, rules)
        unknown = unknown_entries(connection, rules, session.text)
    meta |= {
        "statuses": list(GAP_STATUSES),
        "products": known.name,
        "services": len(found),
        "gaps": sum(one.lacking for one in found),
    }
    text = session.text
    result = Result(
        field_names(QuickWin), found, lambda rows: quickwins_blocks(found, rows, rules.name, text), meta
    )
    output.write(result, text)
    for line in unknown:
        session.say(line)


def quickwins_blocks(
    found: Sequence[QuickWin], rows: Sequence[QuickWin], rules: str, text: Texts
) -> list[Block]:
    """Return the quick wins as people see them; ``rows`` are those to be shown."""
    if not found:
        return [Line(text("view.no_quickwins"))]
    gaps = text.number(sum(one.lacking for one in found))
    return [
        grid(_COLUMNS, rows, text),
        Line(text("view.quickwins", count=text.number(len(found)), gaps=gaps)),
        Line(text("view.priority_rules", rules=rules)),
    ]


def _having(text: Texts, row: QuickWin) -> str:
    del text
    return ", ".join(
        printable(f"{one.area} ({one.product})" if one.product else one.area) for one in row.have
    )


def _lacking(text: Texts, row: QuickWin) -> str:
    return ", ".join(f"{printable(one.area)} {text.number(one.points)}" for one in row.lack)


_COLUMNS: tuple[Column[QuickWin], ...] = (
    Column("ozg_id"),
    Column("title"),
    Column("points", right=True),
    Column("having", _having),
    Column("lacking", _lacking),
)
