"""Columns of the sheets about cells that are no gaps: what is online, what is unclear, whose others are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from catalogue.reports.cells import CellRow
from catalogue.reports.workbook.sheet import Column, Value, WebLink
from catalogue.reports.workbook.styles import STATUS_COLOURS
from catalogue.reports.workbook.words import day_of, words_of
from catalogue.texts import Texts
from catalogue.verdict import GAP_STATUSES, STATUSES

__all__ = ["area_columns", "kind_of", "online_columns", "others_columns", "status_colours", "unclear_columns"]


def kind_of(row: CellRow) -> str:
    """Return the sheet that a cell belongs to: ``gaps``, ``online``, ``others`` or ``unclear``.

    Whatever an area has not to offer for sure and nobody shows online is unclear, be it described or not.
    """
    if row.status == "online":
        return "online"
    if row.status == "not_competent":
        return "others"
    return "gaps" if row.competent == "yes" and row.status in GAP_STATUSES else "unclear"


def status_colours(text: Texts) -> Mapping[str, tuple[str, str]]:
    """Return the colours of the words for statuses."""
    return {text.word("status", status): STATUS_COLOURS[status] for status in STATUSES}


def title_of(text: Texts, row: CellRow) -> str:
    """Return the title of a service, with a word if nobody is obliged to offer it."""
    return text("view.voluntary", title=row.title) if row.voluntary else row.title


def area_columns(*, several: bool) -> list[Column[CellRow]]:
    """Return the column of the area, where a sheet has more than one."""
    if not several:
        return []
    return [Column("area", 24, lambda _, row: row.area, "wrapped", printed=True)]


def _service() -> list[Column[CellRow]]:
    return [
        Column("ozg_id", 8, lambda _, row: row.ozg_id, "id", printed=True),
        Column("title", 42, title_of, "wrapped", printed=True),
        Column("theme", 24, lambda _, row: row.theme, "wrapped", printed=True),
    ]


def _basis() -> list[Column[CellRow]]:
    return [
        Column("competence_rule", 34, lambda text, row: _word(text, "rule", row.competence_rule)),
        Column("confidence", 11, lambda text, row: _word(text, "confidence", row.confidence)),
    ]


def _word(text: Texts, section: str, code: str) -> str:
    return text.word(section, code) if code else ""


def _online(_: Texts, row: CellRow) -> Value:
    return WebLink(row.online_url, row.online_url) if row.online_url else None


def online_columns() -> Sequence[Column[CellRow]]:
    """Return what is said about a service that is online."""
    return [
        *_service(),
        Column("operator", 17, lambda text, row: _word(text, "operator", row.operator), printed=True),
        Column("own", 9, lambda text, row: text.truth(row.own), printed=True),
        Column("competent", 11, lambda text, row: _word(text, "competent", row.competent), printed=True),
        Column("leaves", 11, lambda _, row: row.leaves, "integer", printed=True),
        Column("leaves_online", 9, lambda _, row: row.leaves_online, "integer", printed=True),
        Column("share", 9, lambda _, row: row.share, "share", printed=True),
        Column("since", 11, lambda _, row: day_of(row.since), "day", printed=True),
        Column("online_url", 50, _online, "link", printed=True),
        Column("satisfied_level", 16, lambda text, row: _word(text, "level", row.satisfied_level)),
        Column("maturity", 9, lambda _, row: row.maturity, "integer"),
        Column("maturity_rules", 12, lambda _, row: row.maturity_rules),
        Column("signals", 34, lambda text, row: words_of("signal", row.signals, text)),
        *_basis(),
        Column("stale", 10, lambda text, row: text.truth(row.stale)),
        Column("sources", 26, lambda _, row: ", ".join(row.sources)),
    ]


def _reason(row: CellRow) -> str:
    return row.reason or "competence_unresolved"


def unclear_columns(colours: Mapping[str, tuple[str, str]]) -> Sequence[Column[CellRow]]:
    """Return what is said about a service of which nobody can tell whether it is missing."""
    return [
        *_service(),
        Column(
            "status", 13, lambda text, row: text.word("status", row.status), printed=True, colours=colours
        ),
        Column("reason", 28, lambda text, row: text.word("reason", _reason(row)), "wrapped", printed=True),
        Column("step", 60, lambda text, row: text(f"workbook_step.{_reason(row)}"), "wrapped", printed=True),
        Column("sources", 28, lambda _, row: ", ".join(row.sources), "wrapped", printed=True),
        Column("competent", 11, lambda text, row: _word(text, "competent", row.competent), printed=True),
        Column("since", 11, lambda _, row: day_of(row.since), "day", printed=True),
        *_basis(),
        Column("leaves", 9, lambda _, row: row.leaves, "integer"),
    ]


def others_columns() -> Sequence[Column[CellRow]]:
    """Return what is said about a service that somebody else has to offer."""
    return [
        *_service(),
        Column("competent_area", 30, lambda _, row: row.competent_area, "wrapped", printed=True),
        Column(
            "competent_tier",
            44,
            lambda text, row: _word(text, "tier", row.competent_tier),
            "wrapped",
            printed=True,
        ),
        Column("since", 11, lambda _, row: day_of(row.since), "day", printed=True),
        *(Column(one.key, one.width, one.show, one.kind, printed=True) for one in _basis()),
    ]
