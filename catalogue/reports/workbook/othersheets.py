"""Columns of the sheets about remarks, sources and the coverage of areas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from catalogue.reports.coverage import CoverageRow
from catalogue.reports.workbook.cellsheets import title_of
from catalogue.reports.workbook.material import RemarkLine
from catalogue.reports.workbook.sheet import Column, Value
from catalogue.reports.workbook.sourcelines import SourceLine
from catalogue.reports.workbook.styles import WARNING
from catalogue.reports.workbook.words import day_of, moment_of
from catalogue.texts import Texts

__all__ = ["overview_columns", "remark_columns", "source_columns"]


def remark_columns(
    text: Texts, colours: Mapping[str, tuple[str, str]], *, several: bool, published: bool
) -> Sequence[Column[RemarkLine]]:
    """Return what is said about a cell with a remark; to be read here and changed in the gap list.

    If ``published``, nobody learns who said it: the name of an account may be that of a person.
    """
    actor: Column[RemarkLine] = Column("actor", 16, lambda _, one: one.remark.actor, "wrapped", printed=True)
    area: list[Column[RemarkLine]] = [
        Column("area", 22, lambda _, one: one.cell.area, "wrapped", printed=True)
    ]
    overdue = text("workbook.overdue")
    return [
        *(area if several else []),
        Column("ozg_id", 8, lambda _, one: one.cell.ozg_id, "id", printed=True),
        Column("title", 40, lambda text, one: title_of(text, one.cell), "wrapped", printed=True),
        Column(
            "status",
            13,
            lambda text, one: text.word("status", one.cell.status),
            printed=True,
            colours=colours,
        ),
        Column("remark", 20, lambda text, one: text.word("remark", one.remark.kind), printed=True),
        Column(
            "overdue",
            12,
            lambda _, one: overdue if one.overdue else "",
            printed=True,
            colours={overdue: WARNING},
        ),
        Column("planned_for", 12, lambda _, one: day_of(one.remark.planned_for), "day", printed=True),
        Column("unit", 26, lambda _, one: one.remark.unit, "wrapped", printed=True),
        Column("comment", 50, lambda _, one: one.remark.comment, "wrapped", printed=True),
        Column("said_at", 17, lambda _, one: moment_of(one.remark.at), "moment", printed=True),
        *(() if published else (actor,)),
    ]


def source_columns(*, published: bool) -> Sequence[Column[SourceLine]]:
    """Return what is said about a source: its state, its age, and what its silence is worth.

    If ``published``, what it reported is left out: messages may name hosts and paths.
    """
    message: Column[SourceLine] = Column("message", 60, _message)
    return [
        Column("source", 26, lambda _, one: one.row.source, "wrapped", printed=True),
        Column("name", 34, lambda _, one: one.row.name, "wrapped", printed=True),
        Column("kind", 15, lambda _, one: one.row.kind, printed=True),
        Column("standing", 20, _standing, "wrapped", printed=True),
        Column("read_at", 17, lambda _, one: moment_of(one.row.read_at), "moment", printed=True),
        Column("age_days", 9, _age, "decimal", printed=True),
        Column("worth", 60, _worth, "wrapped", printed=True),
        Column("objects", 10, lambda _, one: one.row.objects, "integer", printed=True),
        Column("open_issues", 12, lambda _, one: one.row.open_issues, "integer", printed=True),
        *(() if published else (message,)),
    ]


def _standing(text: Texts, one: SourceLine) -> Value:
    return text.word("standing", one.row.standing or "inactive")


def _worth(text: Texts, one: SourceLine) -> Value:
    said = text(f"workbook_worth.{one.worth}")
    themes = ", ".join(one.row.themes)
    return text("workbook.only_themes", worth=said, themes=themes) if themes else said


def _age(_: Texts, one: SourceLine) -> Value:
    hours = one.row.age_hours
    return None if hours is None else round(hours / 24, 2)


def _message(text: Texts, one: SourceLine) -> Value:
    return text.error(one.row.message, one.row.params) if one.row.message else None


def overview_columns() -> Sequence[Column[CoverageRow]]:
    """Return the coverage of an area by the four definitions, each with its denominator."""
    return [
        Column("area", 28, _area, "wrapped", printed=True),
        Column("level", 14, _level, printed=True),
        Column("cells", 12, lambda _, row: row.cells, "integer", printed=True),
        Column("any_count", 10, lambda _, row: row.any_count, "integer", printed=True),
        Column("any_share", 10, lambda _, row: row.any_share, "share", printed=True),
        Column("any_upper", 11, lambda _, row: row.any_upper, "share", printed=True),
        Column("own_count", 10, lambda _, row: row.own_count, "integer", printed=True),
        Column("own_share", 10, lambda _, row: row.own_share, "share", printed=True),
        Column("own_upper", 11, lambda _, row: row.own_upper, "share", printed=True),
        Column("leaves", 11, lambda _, row: row.leaves, "integer", printed=True),
        Column("leaves_online", 11, lambda _, row: row.leaves_online, "integer", printed=True),
        Column("leaves_share", 10, lambda _, row: row.leaves_share, "share", printed=True),
        Column("leaves_upper", 11, lambda _, row: row.leaves_upper, "share", printed=True),
        Column("checked_count", 14, _measured("checked_count"), "integer", printed=True),
        Column("checked_share", 14, _measured("checked_share"), "share", printed=True),
        Column("gaps", 10, lambda _, row: row.gaps, "integer", printed=True),
        Column("unknown", 11, lambda _, row: row.unknown, "integer", printed=True),
        Column("unresolved", 13, lambda _, row: row.unresolved, "integer"),
        Column("voluntary_gaps", 13, lambda _, row: row.voluntary_gaps, "integer"),
        *(
            Column(name, 13, _count(name), "integer")
            for name in ("planned_gaps", "overdue_gaps", "not_offered_gaps", "covered_by_gaps")
        ),
        Column("stale_count", 13, lambda _, row: row.stale, "integer"),
        Column("ars", 15, lambda _, row: row.ars, "id"),
    ]


def _area(text: Texts, row: CoverageRow) -> Value:
    return row.area or text.word("level", row.level)


def _count(name: str) -> Callable[[Texts, CoverageRow], Value]:
    def show(_: Texts, row: CoverageRow) -> Value:
        count: int = getattr(row, name)
        return count

    return show


def _level(text: Texts, row: CoverageRow) -> Value:
    return text.word("level", row.level) if row.area else None


def _measured(name: str) -> Callable[[Texts, CoverageRow], Value]:
    def show(text: Texts, row: CoverageRow) -> Value:
        value: int | float | None = getattr(row, name)
        return text("workbook.not_measured") if value is None else value

    return show
