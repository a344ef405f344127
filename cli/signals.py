"""``lueckenlos signals``: online offers that may be less than they say, counted and listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from catalogue.reports.signals import SignalRow, signals
from catalogue.signals_rules import SIGNALS, SignalRules, packaged_rules, read_rules
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
from cli.output import Output, Result, field_names, plain
from cli.session import session_of
from cli.texts import Texts
from cli.view import Column, area_words, grid

__all__ = ["SIGNAL_COLUMNS", "SignalRulesOption", "add_to", "codes_of", "rules_of", "signal_words"]

TABLE_ROWS = 100
SignalRulesOption: TypeAlias = Annotated[Path | None, typer.Option("--signal-rules")]


def rules_of(path: Path | None) -> SignalRules:
    """Return the rules of a file, or those of this version. Raise NotFound if the file is no good."""
    return packaged_rules() if path is None else read_rules(path)


def codes_of(rows: Iterable[SignalRow]) -> tuple[str, ...]:
    """Return the signals of rows in their order, each once."""
    known = {row.signal for row in rows}
    return tuple(code for code in SIGNALS if code in known)


def signal_words(codes: Sequence[str] | None, text: Texts) -> str:
    """Return signals in words; of cells whose signals were not read there is nothing to say."""
    return ", ".join(text.word("signal", code) for code in codes or ())


@dataclass(frozen=True, slots=True)
class SignalCount:
    """How many cells of an area have signals; docs/data-dictionary.md explains every field."""

    ars: str
    area: str
    level: str
    cells: int
    inflated: int
    signals: dict[str, int]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("signals", cls=Command)(_signals)


def _signals(
    context: typer.Context,
    area: AreaOption = None,
    level: LevelOption = "",
    theme: ThemeOption = None,
    service: ServiceOption = None,
    kind: Annotated[list[str] | None, typer.Option("--kind")] = None,
    output_format: FormatOption = "",
    out: OutOption = None,
    limit: LimitOption = "",
    signal_rules: SignalRulesOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS)
    filters = filters_of(area=area, level=level, theme=theme, service=service)
    rules = rules_of(signal_rules)
    kinds = [code_of("signal", one, SIGNALS) for one in kind or ()]
    with session.reading() as connection:
        found = signals(connection, rules, filters, kinds)
        meta = describe_question(connection, session, "signals", filters)
    counted = _counts(found)
    meta |= {
        "rules": rules.rules,
        "excluding": list(rules.excluding),
        "shared_services": rules.shared_services,
        "kinds": kinds,
        "by_area": [plain(one) for one in counted],
    }
    text = session.text
    output.write(
        Result(field_names(SignalRow), found, lambda rows: _blocks(rows, counted, rules, text), meta), text
    )


def _counts(rows: Sequence[SignalRow]) -> list[SignalCount]:
    """Count cells by area, in the order of the rows; a cell with several signals is in several figures."""
    places = dict.fromkeys((row.ars, row.area, row.level) for row in rows)
    counted = []
    for place in places:
        of_area = [row for row in rows if (row.ars, row.area, row.level) == place]
        by_signal = Counter(signal for _, signal in {(row.ozg_id, row.signal) for row in of_area})
        counted.append(
            SignalCount(
                *place,
                cells=len({row.ozg_id for row in of_area}),
                inflated=len({row.ozg_id for row in of_area if row.inflated}),
                signals={code: by_signal[code] for code in SIGNALS if by_signal[code]},
            )
        )
    return counted


def _blocks(
    rows: Sequence[SignalRow], counted: Sequence[SignalCount], rules: SignalRules, text: Texts
) -> list[Block]:
    if not counted:
        return [Line(text("view.no_signals", rules=rules.rules))]
    total = sum((Counter(one.signals) for one in counted), Counter[str]())
    words = ", ".join(f"{text.word('signal', code)} {text.number(total[code])}" for code in total)
    return [
        grid(_ROW_COLUMNS, rows, text),
        Heading(text("view.signals_by_area")),
        grid(_COUNT_COLUMNS, counted, text),
        Line(text("view.signals", cells=text.number(sum(one.cells for one in counted)), signals=words)),
        Line(
            text(
                "view.signals_inflated",
                count=text.number(sum(one.inflated for one in counted)),
                excluding=signal_words(rules.excluding, text),
                rules=rules.rules,
            )
        ),
    ]


#: What is shown of a signal beside the cell it belongs to.
SIGNAL_COLUMNS: tuple[Column[SignalRow], ...] = (
    Column("signal", section="signal"),
    Column("signal_detail", lambda text, row: row.detail),  # noqa: ARG005 - a column's signature
    Column("excluding"),
    Column("source"),
    Column("url"),
)
_ROW_COLUMNS: tuple[Column[SignalRow], ...] = (
    Column("area", lambda text, row: area_words(row.area, row.level, text)),
    Column("ozg_id"),
    Column("bundle"),
    Column("status", section="status"),
    Column("inflated"),
    *SIGNAL_COLUMNS,
)
_COUNT_COLUMNS: tuple[Column[SignalCount], ...] = (
    Column("area", lambda text, row: area_words(row.area, row.level, text)),
    Column("cells", right=True),
    Column("inflated", right=True),
    Column(
        "signals",
        lambda text, row: ", ".join(
            f"{text.word('signal', code)} {text.number(count)}" for code, count in row.signals.items()
        ),
    ),
)
