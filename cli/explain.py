"""``lueckenlos explain``: everything behind one cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import typer

from catalogue.reports.annotations import HistoryRow
from catalogue.reports.changes import ChangeRow
from catalogue.reports.explain import Explanation, LeikaRow, VoiceRow, explain
from catalogue.reports.filters import Filters
from catalogue.reports.signals import SignalRow, signals
from catalogue.reports.trail import OfferingRow
from cli.annotations_view import ACT_COLUMNS
from cli.blocks import Block, Facts, Heading, Line
from cli.help import Command
from cli.meta import describe_question
from cli.options import FormatOption, LevelOption, OutOption, read_level
from cli.output import Output, Result, field_names, plain
from cli.recordview import page_facts
from cli.remarks import remark_in_full
from cli.session import session_of
from cli.signals import SIGNAL_COLUMNS, SignalRulesOption, codes_of, rules_of
from cli.texts import Texts, printable
from cli.view import Column, area_words, grid, status_words

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain", cls=Command)(_explain)


def _explain(
    context: typer.Context,
    area: Annotated[str, typer.Argument()],
    service: Annotated[str, typer.Argument()],
    level: LevelOption = "",
    output_format: FormatOption = "",
    out: OutOption = None,
    signal_rules: SignalRulesOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    text = session.text
    rules = rules_of(signal_rules)
    with session.reading() as connection:
        found = explain(connection, area, service, session.now(), level=read_level(level))
        cell = found.cell
        one = Filters(areas=(cell.ars,), level=cell.level, services=(cell.ozg_id,))
        signs = signals(connection, rules, one)
        meta = describe_question(connection, session, "explain")
    meta |= {
        "cell": plain(replace(cell, signals=codes_of(signs))),
        "verdict": plain(found.verdict),
        "competence": plain(found.competence),
        "leika": [plain(row) for row in found.leika],
        "voices": [plain(row) for row in found.voices],
        "history": [plain(row) for row in found.history],
        "remarks": [plain(row) for row in found.remarks],
        "signals": [plain(row) for row in signs],
    }
    output.write(
        Result(
            field_names(OfferingRow), found.offerings, lambda rows: _blocks(found, rows, signs, text), meta
        ),
        text,
    )


def _blocks(
    found: Explanation, offerings: Sequence[OfferingRow], signs: Sequence[SignalRow], text: Texts
) -> list[Block]:
    cell = found.cell
    return [
        Heading(f"{area_words(cell.area, cell.level, text)}: {cell.ozg_id} {cell.title}"),
        Facts(_cell_facts(found, text)),
        *_outdated(found, text),
        Heading(text("explain.competence")),
        Facts(_competence_facts(found, text)),
        Heading(text("explain.offerings", count=text.number(len(offerings)))),
        *_offering_blocks(offerings, text),
        *_signal_blocks(signs, text),
        Heading(text("explain.voices")),
        grid(_VOICE_COLUMNS, found.voices, text) if found.voices else Line(text("explain.no_voices")),
        Heading(text("explain.leika", online=cell.leaves_online, leaves=cell.leaves)),
        grid(_LEIKA_COLUMNS, found.leika, text),
        Heading(text("explain.history")),
        grid(_HISTORY_COLUMNS, found.history, text),
        *_remark_blocks(found.remarks, text),
    ]


def _remark_blocks(acts: Sequence[HistoryRow], text: Texts) -> list[Block]:
    """Return who said what about the cell; nothing where nobody did."""
    if not acts:
        return []
    return [Heading(text("annotation.acts")), grid(ACT_COLUMNS, acts, text)]


def _signal_blocks(signs: Sequence[SignalRow], text: Texts) -> list[Block]:
    """Return why an offer may be less than it says; nothing where there is no sign of that."""
    if not signs:
        return []
    told = [Line(text("explain.inflated"))] if any(row.inflated for row in signs) else []
    return [Heading(text("explain.signals")), grid(SIGNAL_COLUMNS, signs, text), *told]


def _cell_facts(found: Explanation, text: Texts) -> list[tuple[str, str]]:
    cell = found.cell
    facts = [
        (text("column.status"), status_words(text, cell.status, cell.reason)),
        (text("column.since"), text.moment(cell.since)),
        (text("column.satisfied_level"), text.word("level", cell.satisfied_level)),
        (text("column.operator"), text.word("operator", cell.operator)),
        (text("column.online_url"), cell.online_url),
        (text("column.sources"), ", ".join(cell.sources)),
        (text("column.waiting"), ", ".join(found.verdict.waiting)),
        (text("column.unread"), ", ".join(found.verdict.unread)),
        (text("column.annotation_remark"), remark_in_full(cell, text)),
    ]
    return [(name, value) for name, value in facts if value]


def _outdated(found: Explanation, text: Texts) -> list[Block]:
    if found.verdict.agrees:
        return []
    words = status_words(text, found.verdict.status, found.verdict.reason)
    return [Line(text("explain.outdated", status=words))]


def _competence_facts(found: Explanation, text: Texts) -> list[tuple[str, str]]:
    known = found.competence
    area = " ".join((printable(known.competent_area), known.competent_ars)).strip()
    facts = [
        (text("column.competent"), text.word("competent", known.verdict)),
        (text("column.competent_tier"), text.word("tier", known.tier) if known.tier else ""),
        (text("column.competent_area"), area or text.word("level", known.competent_level)),
        (text("column.competence_rule"), text.word("rule", known.rule)),
        (text("column.confidence"), text.word("confidence", known.confidence)),
        (text("column.basis"), printable(known.basis)),
        (text("column.reason"), text.word("competence", known.reason) if known.reason else ""),
        (
            text("column.secondary_tier"),
            text.word("tier", known.secondary_tier) if known.secondary_tier else "",
        ),
        (text("column.voluntary"), text.truth(known.voluntary)),
    ]
    return [(name, value) for name, value in facts if value]


def _offering_blocks(offerings: Sequence[OfferingRow], text: Texts) -> list[Block]:
    """Return the offerings one below the other: a table of all their fields would be too wide."""
    blocks: list[Block] = []
    for row in offerings:
        blocks += [Line(""), Line(f"  {_offering_title(row, text)}"), Facts(_offering_facts(row, text))]
    return blocks or [Line(text("explain.no_offerings"))]


def _offering_title(row: OfferingRow, text: Texts) -> str:
    status = text.word("status", row.status)
    return text("explain.offering", title=printable(row.title), status=status, source=row.source)


def _offering_facts(row: OfferingRow, text: Texts) -> list[tuple[str, str]]:
    facts = [
        (text("column.counts"), text.truth(row.counts)),
        (text("column.area"), area_words(row.area, row.level, text)),
        (text("column.url"), row.url),
        (text("column.unit"), row.unit),
        (text("column.operator"), text.word("operator", row.operator)),
        (text("column.observed_at"), row.observed_at),
        (text("column.note"), row.note),
        *page_facts(row, text),
        (text("column.decision"), _decision(text, row)),
        (text("column.ref"), row.ref),
        (text("column.life"), _life(text, row)),
        (text("column.delivery"), _delivery(text, row)),
        (text("column.fingerprint"), row.fingerprint),
    ]
    return [(name, value) for name, value in facts if value]


def _decision(text: Texts, row: OfferingRow) -> str:
    """Return what the offering was taken for, how and by whom."""
    how = f"{text.word('method', row.method)} ({text.number(row.score)}, {printable(row.actor)})"
    return f"{row.leika_key or '–'} {text.word('state', row.state)}: {how}"


def _life(text: Texts, row: OfferingRow) -> str:
    run = row.withdrawn_run or row.vanished_run
    return text(f"life.{row.life}", run=run, first=text.moment(row.first_at))


def _delivery(text: Texts, row: OfferingRow) -> str:
    return text(
        "explain.delivery", run=row.changed_run, read=text.moment(row.read_at), digest=row.delivery[:12]
    )


_VOICE_COLUMNS: tuple[Column[VoiceRow], ...] = (
    Column("source"),
    Column("name"),
    Column("standing", section="standing"),
    Column("speaks"),
    Column("concerns_theme"),
    Column("read_at", lambda text, row: text.moment(row.read_at)),
)
_LEIKA_COLUMNS: tuple[Column[LeikaRow], ...] = (
    Column("leika_key"),
    Column("name"),
    Column("types"),
    Column("leaf"),
    Column("online"),
)
_HISTORY_COLUMNS: tuple[Column[ChangeRow], ...] = (
    Column("at", lambda text, row: text.moment(row.at)),
    Column("run", right=True),
    Column("old_status", lambda text, row: status_words(text, row.old_status, row.old_reason) or "–"),
    Column("new_status", lambda text, row: status_words(text, row.new_status, row.new_reason) or "–"),
    Column("cause", section="cause"),
    Column("source"),
)
