"""Columns of the gap list: what is missing, how urgent it is, who solved it, and what the officer says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from catalogue.priority_words import parts_words
from catalogue.reports.annotation_sheet import OfficerCells, officer_cells
from catalogue.reports.cells import CellRow
from catalogue.reports.workbook.cellsheets import title_of
from catalogue.reports.workbook.officer import hidden_columns, officer_columns
from catalogue.reports.workbook.sheet import Column, Value, WebLink
from catalogue.reports.workbook.words import day_of, joined, words_of
from catalogue.reports.worklist import Existing, WorkRow
from catalogue.solutions import Ready, Solution
from catalogue.texts import Texts

__all__ = ["gap_columns"]

SOLUTIONS_SHOWN = 3


def gap_columns(
    text: Texts, colours: Mapping[str, tuple[str, str]], *, several: bool
) -> Sequence[Column[WorkRow]]:
    """Return the columns of the gap list; what is printed comes first, what nobody needs to see last."""
    return [
        *_facts(colours, several=several),
        *officer_columns(text, _officer_cells),
        *_details(),
        *hidden_columns(text, _officer_cells),
    ]


def _officer_cells(text: Texts, row: WorkRow) -> OfficerCells:
    cell = row.cell
    return officer_cells((cell.ars, cell.level, cell.ozg_id), row.remark, text.language)


def _of_cell(show: Callable[[Texts, CellRow], Value]) -> Callable[[Texts, WorkRow], Value]:
    return lambda text, row: show(text, row.cell)


def _facts(colours: Mapping[str, tuple[str, str]], *, several: bool) -> list[Column[WorkRow]]:
    area: list[Column[WorkRow]] = [
        Column("area", 22, lambda _, row: row.cell.area, "wrapped", printed=True),
    ]
    return [
        *(area if several else []),
        Column("ozg_id", 8, lambda _, row: row.cell.ozg_id, "id", printed=True),
        Column("title", 40, _of_cell(title_of), "wrapped", printed=True),
        Column("theme", 24, lambda _, row: row.cell.theme, "wrapped", printed=True),
        Column(
            "status",
            13,
            lambda text, row: text.word("status", row.cell.status),
            printed=True,
            colours=colours,
        ),
        Column("since", 11, lambda _, row: day_of(row.cell.since), "day", printed=True),
        Column("priority", 9, lambda _, row: row.priority.points, "decimal", printed=True),
    ]


def _details() -> list[Column[WorkRow]]:
    return [
        Column("leaves_missing", 10, lambda _, row: len(row.leaves_missing), "integer"),
        Column("leaves_named", 50, _leaves),
        Column("existing", 44, lambda text, row: _existing(text, row.existing[:1]), "link"),
        Column("existing_more", 30, lambda text, row: _existing_more(text, row.existing[1:])),
        Column("priority_parts", 50, _parts),
        Column("peers", 13, lambda _, row: row.peers, "integer"),
        Column("peers_online", 11, lambda _, row: row.peers_online, "integer"),
        Column("peers_unknown", 11, lambda _, row: row.peers_unknown, "integer"),
        *(_solution(number) for number in range(1, SOLUTIONS_SHOWN + 1)),
        Column("ready", 40, lambda text, row: _ready(text, row.ready[:1]), "link"),
        Column("ready_more", 30, lambda text, row: _ready_more(text, row.ready[1:])),
        Column("quick_win", 11, lambda text, row: text.truth(row.quick_win)),
        Column("competence_rule", 34, lambda text, row: _word(text, "rule", row.cell.competence_rule)),
        Column("confidence", 11, lambda text, row: _word(text, "confidence", row.cell.confidence)),
        Column("conflicts", 34, lambda text, row: words_of("conflict", row.conflicts, text)),
        Column("signals", 34, lambda text, row: words_of("signal", row.signals, text)),
        Column("stale", 10, lambda text, row: text.truth(row.cell.stale)),
        Column("sources", 26, lambda _, row: ", ".join(row.cell.sources)),
    ]


def _word(text: Texts, section: str, code: str) -> str:
    return text.word(section, code) if code else ""


def _leaves(text: Texts, row: WorkRow) -> Value:
    return joined([f"{one.leika_key} {one.name}" for one in row.leaves_missing], text)


def _existing(text: Texts, shown: Sequence[Existing]) -> Value:
    for one in shown:
        label = _existing_label(text, one)
        return WebLink(label, one.url) if one.url else label
    return None


def _existing_label(text: Texts, one: Existing) -> str:
    return text(
        "workbook.existing",
        kind=text.word("workbook_existing", one.kind),
        label=one.label or one.url or "–",
        source=one.source,
    )


def _existing_more(text: Texts, others: Sequence[Existing]) -> Value:
    return joined([f"{_existing_label(text, one)} {one.url}".rstrip() for one in others], text)


def _parts(text: Texts, row: WorkRow) -> Value:
    return joined([parts_words(text, [one]) for one in row.priority.parts], text)


def _solution(number: int) -> Column[WorkRow]:
    def show(text: Texts, row: WorkRow) -> Value:
        if len(row.solutions) < number:
            return None
        return _solved(text, row.solutions[number - 1])

    return Column(f"solution_{number}", 36, show, "link")


def _solved(text: Texts, one: Solution) -> Value:
    since = day_of(one.since)
    said = [one.area]
    if one.product:
        said.append(one.product)
    if since:
        said.append(text("workbook.since", day=text.day(one.since)))
    if not one.same_group:
        said.append(text("workbook.other_group"))
    label = ", ".join(said)
    return WebLink(label, one.url) if one.url else label


def _ready(text: Texts, shown: Sequence[Ready]) -> Value:
    for one in shown:
        label = _ready_label(text, one)
        return WebLink(label, one.url) if one.url else label
    return None


def _ready_label(text: Texts, one: Ready) -> str:
    return f"{text.word('operator', one.level)}: {one.title or one.url}"


def _ready_more(text: Texts, others: Sequence[Ready]) -> Value:
    return joined([f"{_ready_label(text, one)} {one.url}".rstrip() for one in others], text)
