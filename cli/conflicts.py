"""``lueckenlos conflicts``: where sources contradict each other, with what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from catalogue.conflicts import KINDS
from catalogue.reports.conflicts import ConflictList, ConflictRow, conflicts
from cli.blocks import Block, Facts, Heading, Line
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
from cli.output import Output, Result, field_names, plain
from cli.session import session_of
from cli.texts import Texts, printable
from cli.view import Column, area_words, grid

__all__ = ["ConflictCount", "add_to", "next_step"]

TABLE_ROWS = 20


@dataclass(frozen=True, slots=True)
class ConflictCount:
    """How many contradictions an area has; docs/data-dictionary.md explains every field."""

    ars: str
    area: str
    level: str
    conflicts: int
    kinds: dict[str, int]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("conflicts", cls=Command)(_conflicts)


def _conflicts(
    context: typer.Context,
    area: AreaOption = None,
    level: LevelOption = "",
    theme: ThemeOption = None,
    service: ServiceOption = None,
    source: Annotated[list[str] | None, typer.Option("--source")] = None,
    kind: Annotated[list[str] | None, typer.Option("--kind")] = None,
    output_format: FormatOption = "",
    out: OutOption = None,
    limit: LimitOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS)
    filters = filters_of(area=area, level=level, theme=theme, service=service)
    kinds = tuple(code_of("conflict", one, KINDS) for one in kind or ())
    sources = tuple(source or ())
    text = session.text
    with session.reading() as connection:
        found = conflicts(connection, session.now(), filters, kinds=kinds, sources=sources)
        meta = describe_question(connection, session, "conflicts", filters)
    rows = [replace(row, next_step=next_step(row, text)) for row in found.rows]
    counted = _counts(rows)
    by_kind = Counter(row.kind for row in rows)
    meta |= {
        "kinds": {one: by_kind[one] for one in KINDS if by_kind[one]},
        "only_kinds": list(kinds),
        "only_sources": list(sources),
        "by_area": [plain(one) for one in counted],
        "unclaimed": [plain(one) for one in found.unclaimed],
    }
    output.write(
        Result(field_names(ConflictRow), rows, lambda shown: _blocks(shown, found, counted, text), meta), text
    )
    if output.format == "csv":
        for note in _unclaimed(found, text):
            session.say(note)


def next_step(row: ConflictRow, text: Texts) -> str:
    """Return what the editorial team should do first."""
    return text(
        f"conflict_step.{row.kind}",
        source=row.source,
        other=row.other_source or "–",
        body=_body(row, text),
    )


def _body(row: ConflictRow, text: Texts) -> str:
    """Return who has to offer a service or, where that is the area itself, who operates it."""
    if row.competent != "no":
        return text.word("operator", row.operator)
    level = row.competent_level
    return printable(row.competent_area) or text.find(f"level.{level}", f"tier.{level}") or level


def _counts(rows: Sequence[ConflictRow]) -> list[ConflictCount]:
    """Count contradictions by area, in the order of the rows."""
    of_area: dict[tuple[str, str, str], Counter[str]] = {}
    for row in rows:
        of_area.setdefault((row.ars, row.area, row.level), Counter())[row.kind] += 1
    return [
        ConflictCount(*place, counts.total(), {kind: counts[kind] for kind in KINDS if counts[kind]})
        for place, counts in of_area.items()
    ]


def _blocks(
    rows: Sequence[ConflictRow], found: ConflictList, counted: Sequence[ConflictCount], text: Texts
) -> list[Block]:
    notes = [Line(note) for note in _unclaimed(found, text)]
    if not counted:
        return [Line(text("view.no_conflicts")), *notes]
    blocks: list[Block] = []
    for row in rows:
        heading = f"{row.id}  {text.word('conflict', row.kind)}: {area_words(row.area, row.level, text)}, "
        name = printable(row.name) or printable(row.bundle)
        blocks += [Line(""), Line(f"{heading}{row.leika_key or row.ozg_id} {name}"), Facts(_facts(row, text))]
    total = sum((Counter(one.kinds) for one in counted), Counter[str]())
    words = ", ".join(f"{text.word('conflict', kind)} {text.number(total[kind])}" for kind in total)
    return [
        *blocks,
        Heading(text("view.conflicts_by_area")),
        grid(_COUNT_COLUMNS, counted, text),
        Line(text("view.conflicts", count=text.number(len(found.rows)), kinds=words)),
        *notes,
    ]


def _facts(row: ConflictRow, text: Texts) -> list[tuple[str, str]]:
    one = (row.source, row.status, row.url, row.page, row.unit, row.operator, row.as_of, row.ref)
    facts = [(text("column.one_side"), _side(one, text))]
    if row.other_source:
        other = (
            row.other_source,
            row.other_status,
            row.other_url,
            row.other_page,
            row.other_unit,
            row.other_operator,
            row.other_as_of,
            row.other_ref,
        )
        facts.append((text("column.other_side"), _side(other, text)))
    if row.kind == "other_body":
        facts.append((text("column.other_body"), _body(row, text)))
    return [*facts, (text("column.next_step"), row.next_step)]


def _side(side: tuple[str, ...], text: Texts) -> str:
    """Return one evidence on one line: source, status, link, page, unit, operator, day, reference."""
    source, status, url, page, unit, operator, as_of, ref = side
    parts = [
        f"{source}: {text.word('status', status)}",
        url,
        "" if page == url else page,
        unit,
        text.word("operator", operator) if operator else "",
        text.day(as_of) if as_of else "",
        f"[{ref}]" if ref else "",
    ]
    return " · ".join(printable(part) for part in parts if part)


def _unclaimed(found: ConflictList, text: Texts) -> list[str]:
    return [
        text(
            "view.unclaimed",
            source=one.source,
            standing=text.word("standing", one.standing),
            count=text.number(one.count),
        )
        for one in found.unclaimed
    ]


_COUNT_COLUMNS: tuple[Column[ConflictCount], ...] = (
    Column("area", lambda text, row: area_words(row.area, row.level, text)),
    Column("conflicts", right=True),
    *(
        Column[ConflictCount](
            f"conflict_{kind}",
            lambda text, row, kind=kind: text.number(row.kinds.get(kind, 0)),  # type: ignore[misc]
            right=True,
            optional=True,
        )
        for kind in KINDS
    ),
)
