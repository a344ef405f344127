"""``lueckenlos solutions``: who has a service online, what is ready, and who lacks it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from catalogue.reports.filters import Filters
from catalogue.reports.solutions import LackingRow, ServiceSolutions, SolutionRow, solutions
from catalogue.solutions import Ready
from cli.blocks import Block, Heading, Line
from cli.help import Command
from cli.meta import describe_question
from cli.options import FormatOption, LimitOption, OutOption, read_level
from cli.output import Output, Result, field_names, plain
from cli.priorities import PriorityRulesOption, ProductsOption, priority_rules_of, products_of
from cli.session import session_of
from cli.texts import Texts, printable
from cli.view import Column, area_words, grid

__all__ = ["add_to", "solutions_blocks"]

TABLE_ROWS = 100
#: So many areas that lack a service are named below the table.
LACKING_SHOWN = 10


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("solutions", cls=Command)(_solutions)


def _solutions(
    context: typer.Context,
    service: Annotated[str, typer.Argument()],
    area: Annotated[str, typer.Option("--area")] = "",
    level: Annotated[str, typer.Option("--level")] = "",
    output_format: FormatOption = "",
    out: OutOption = None,
    limit: LimitOption = "",
    priority_rules: PriorityRulesOption = None,
    products: ProductsOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS)
    rules, known = priority_rules_of(priority_rules), products_of(products)
    with session.reading() as connection:
        found = solutions(connection, service, area, read_level(level), rules=rules, products=known)
        asked = Filters(areas=(found.near.ars,) if found.near else (), services=(found.ozg_id,))
        meta = describe_question(connection, session, "solutions", asked)
    meta |= {
        "ozg_id": found.ozg_id,
        "title": found.title,
        "theme": found.theme,
        "products": known.name,
        "ready": [plain(one) for one in found.ready],
        "lacking": [plain(one) for one in found.lacking],
        "covered": found.covered,
        "unknown": found.unknown,
    }
    text = session.text
    result = Result(
        field_names(SolutionRow), found.rows, lambda rows: solutions_blocks(found, rows, text), meta
    )
    output.write(result, text)
    if output.format == "csv":
        # A table for programs has no room for it, and what is ready must not be missed.
        for line in _notes(found, text):
            session.say(line)


def solutions_blocks(found: ServiceSolutions, rows: Sequence[SolutionRow], text: Texts) -> list[Block]:
    """Return the solutions as people see them; ``rows`` are those to be shown."""
    title = text("view.solutions", ozg_id=found.ozg_id, title=printable(found.title))
    blocks: list[Block] = [Heading(title)]
    blocks.append(grid(_COLUMNS, rows, text) if rows else Line(text("view.no_solutions")))
    if found.ready:
        blocks += [Heading(text("view.solutions_ready")), grid(_READY_COLUMNS, found.ready, text)]
    return [*blocks, *(Line(note) for note in _notes(found, text))]


def _notes(found: ServiceSolutions, text: Texts) -> list[str]:
    counts = {
        "having": len(found.rows),
        "lacking": len(found.lacking),
        "covered": found.covered,
        "unknown": found.unknown,
    }
    shown = {name: text.number(count) for name, count in counts.items()}
    notes = [text("view.solutions_counts", **shown)]
    if found.lacking:
        notes.append(text("view.solutions_lacking", areas=_areas(found.lacking, text)))
    return notes


def _areas(rows: Sequence[LackingRow], text: Texts) -> str:
    listed = ", ".join(area_words(row.area, row.level, text) for row in rows[:LACKING_SHOWN])
    more = len(rows) - LACKING_SHOWN
    return text("view.and_more", listed=listed, more=text.number(more)) if more > 0 else listed


def _product(text: Texts, row: SolutionRow) -> str:
    if not row.product:
        return "–"
    return f"{row.product} ({text.word('product_kind', row.product_kind)})"


_COLUMNS: tuple[Column[SolutionRow], ...] = (
    Column("area", lambda text, row: area_words(row.area, row.level, text)),
    Column("kind", section="area_kind"),
    Column("population", right=True),
    Column("same_group", optional=True),
    Column("operator", section="operator"),
    Column("product", _product, optional=True),
    Column("since", lambda text, row: text.day(row.since)),
    Column("url"),
)
_READY_COLUMNS: tuple[Column[Ready], ...] = (
    Column("ready_title", lambda _, row: printable(row.title) or "–"),
    Column("operator", lambda text, row: text.word("operator", row.level)),
    Column("url"),
)
