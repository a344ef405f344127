"""The lines of notices: troubles, movements and standings in the words of one language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from catalogue.reports.coverage import CoverageRow
from catalogue.reports.filters import RegionArea
from catalogue.reports.morning import Morning
from catalogue.reports.morning_words import sections
from catalogue.reports.movement import Explained
from catalogue.reports.sources import SourceRow
from catalogue.texts import Texts
from sync.notify.content import Block, Known
from sync.notify.troubles import RUN, News, Trouble

__all__ = [
    "change_title",
    "digest_title",
    "error_title",
    "morning_blocks",
    "moved_blocks",
    "moved_rows",
    "source_lines",
    "standing_lines",
    "trouble_blocks",
]

#: Figures whose movement is worth a notice, by their names in CoverageRow.
FIGURES: Final = ("any_count", "gaps", "unknown", "own_count", "checked_count", "cells")
#: Of these the title tells.
_IN_TITLE: Final = ("any_count", "gaps", "unknown")
#: Causes of what a source that fails and is read again moves there and back.
_INTERRUPTION: Final = frozenset({"source_failed", "source_recovered"})
#: So many areas are told one by one.
MOST_AREAS: Final = 30
#: Sections of the morning's report, by the level of a notice and the role of whoever reads it. What is wrong
#: and what moved is told by the notice itself.
_SECTIONS: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("error", "operator"): ("night", "links"),
    ("change", "operator"): ("held", "night", "sources", "links"),
    ("change", "coordinator"): ("held", "sources", "unknown", "links"),
}


def error_title(news: News, text: Texts) -> str:
    """Return what a notice of troubles is about."""
    if news.new:
        return text("notice.trouble_new", what=_named([one.name for one in news.new], text))
    if news.lasting:
        return text("notice.trouble_lasts", what=_named([one.name for one, _ in news.lasting], text))
    return text("notice.trouble_over", what=_named([known.name for _, known in news.over], text))


def _named(names: Sequence[str], text: Texts) -> str:
    shown = ", ".join(text.find(f"step.{name}") or name for name in names[:3])
    return (
        shown if len(names) <= 3 else text("notice.and_more", what=shown, count=text.number(len(names) - 3))
    )


def trouble_blocks(news: News, is_officer: bool, text: Texts) -> tuple[Block, ...]:
    """Return all troubles there are and those that are over. Officers are told no causes and no commands."""
    new = [line for one in news.new for line in _trouble(one, None, is_officer, text)]
    lasting = [line for one, known in news.lasting for line in _trouble(one, known, is_officer, text)]
    over = [
        text("notice.over", what=_what(key, known.name, text), since=_day(known.since, text))
        for key, known in news.over
    ]
    return (
        Block(text("notice.block_new"), tuple(new)),
        Block(text("notice.block_lasting"), tuple(lasting)),
        Block(text("notice.block_over"), tuple(over)),
    )


def _what(key: str, name: str, text: Texts) -> str:
    kind = key.partition(":")[0]
    if kind == "source":
        return text("notice.the_source", source=name)
    return text("notice.the_run" if key == RUN else "notice.the_step", step=text.word("step", name))


def _trouble(one: Trouble, known: Known | None, is_officer: bool, text: Texts) -> Iterator[str]:
    is_source = one.key.startswith("source:")
    state = text.word("standing" if is_source else "state", one.state)
    what = _what(one.key, one.name, text)
    since = text("notice.since", since=_day(known.since, text)) if known else ""
    read = text("notice.read_at", at=text.moment(one.read_at)) if is_source else ""
    yield " ".join(part for part in (text("notice.trouble", what=what, state=state), since, read) if part)
    if is_officer:
        return
    if one.code:
        yield text("notice.why", why=text.error(one.code, one.params))
    if one.command:
        yield text("notice.command", command=one.command)


def _day(day: str, text: Texts) -> str:
    if text.language != "de":
        return day
    return ".".join(reversed(day.split("-")))


def morning_blocks(found: Morning, level: str, role: str, text: Texts) -> tuple[Block, ...]:
    """Return the sections of the morning's report that belong to a level and a role."""
    wanted = _SECTIONS.get((level, role), ())
    return tuple(Block(one.title, one.lines) for one in sections(found, text) if one.name in wanted)


def moved_rows(rows: Sequence[Explained], areas: Sequence[RegionArea]) -> list[Explained]:
    """Return what moved, of some areas or of all and their region."""
    wanted = {(one.ars, one.level) for one in areas}
    return [
        row
        for row in rows
        if row.figure in FIGURES
        and (row.contributions or row.before != row.after)
        and not _came_back(row)
        and (not wanted or (row.ars, row.level) in wanted)
    ]


def _came_back(row: Explained) -> bool:
    """Tell whether a source only took away for a while what it says again: a night healed by a retry."""
    causes = {one.cause for one in row.contributions}
    return row.before == row.after and "source_recovered" in causes and causes <= _INTERRUPTION


def moved_blocks(rows: Sequence[Explained], only_areas: bool, text: Texts) -> tuple[Block, ...]:
    """Return what moved, the region first, then its areas; those that moved most come first."""
    total = [_figure(row, text) for row in rows if not row.ars]
    of_area: dict[tuple[str, str], list[Explained]] = {}
    for row in rows:
        if row.ars:
            of_area.setdefault((row.ars, row.level), []).append(row)
    groups = list(of_area.values())
    if not only_areas:
        groups.sort(key=lambda group: -max(abs((row.after or 0) - (row.before or 0)) for row in group))
    said = []
    for group in groups[:MOST_AREAS]:
        figures = "; ".join(_figure(row, text) for row in _in_order(group) if row.figure != "cells")
        said.append(f"{group[0].area}: {figures}" if figures else group[0].area)
    if len(groups) > MOST_AREAS:
        said.append(text("notice.more_areas", count=text.number(len(groups) - MOST_AREAS)))
    return (
        Block(text("notice.moved_region"), tuple(total)),
        Block(text("notice.moved_areas"), tuple(said)),
    )


def _in_order(group: Sequence[Explained]) -> list[Explained]:
    return sorted(group, key=lambda row: FIGURES.index(row.figure))


def _figure(row: Explained, text: Texts) -> str:
    before, after = row.before or 0, row.after or 0
    causes = ", ".join(
        text("morning.cause", cause=text.word("cause", one.cause), change=text.signed(one.change))
        for one in row.contributions
    )
    told = {
        "figure": text.word("figure", row.figure),
        "before": text.number(before),
        "after": text.number(after),
        "change": text.signed(after - before),
    }
    return text("morning.figure_causes", **told, causes=causes) if causes else text("morning.figure", **told)


def change_title(rows: Sequence[Explained], areas: Sequence[RegionArea], text: Texts) -> str:
    """Return what a notice of movement is about: the figures of the region or of the one area."""
    shown = {
        row.figure: (row.after or 0) - (row.before or 0)
        for row in _in_order([row for row in rows if not row.ars or len(areas) == 1])
        if row.figure in _IN_TITLE and row.after != row.before
    }
    if shown.get("unknown", 0) > 0 > shown.get("gaps", 0):
        # A gap that nobody can see any more is not closed, and must not look like it.
        del shown["gaps"]
    figures = [f"{text.word('figure', name)} {text.signed(change)}" for name, change in shown.items()]
    place = f"{areas[0].label}: " if len(areas) == 1 else ""
    if figures:
        return text("notice.changed", what=place + ", ".join(figures))
    moved = len({(row.ars, row.level) for row in rows if row.ars})
    return text("notice.changed_areas", count=text.number(moved))


def digest_title(week: str, area: RegionArea | None, row: CoverageRow, text: Texts) -> str:
    """Return what the week's notice is about."""
    year, _, number = week.partition("-W")
    told = {
        "week": f"{int(number)}/{year}",
        "online": text.number(row.any_count),
        "gaps": text.number(row.gaps),
    }
    if area is None:
        return text("notice.digest_region", **told)
    return text("notice.digest_area", area=area.label, **told)


def standing_lines(row: CoverageRow, text: Texts) -> tuple[str, ...]:
    """Return how an area or the region stands, each figure with what it is a part of."""
    said = [
        text(
            "notice.online",
            count=text.number(row.any_count),
            cells=text.number(row.cells),
            share=text.percent(row.any_share),
        ),
        text("notice.own", count=text.number(row.own_count)),
        text("notice.gaps", count=text.number(row.gaps)),
        text("notice.unknown", count=text.number(row.unknown)),
    ]
    if row.checked_count is not None:
        said.append(
            text(
                "notice.checked",
                count=text.number(row.checked_count),
                broken=text.number(row.checked_broken or 0),
            )
        )
    return tuple(said)


def source_lines(rows: Sequence[SourceRow], text: Texts) -> tuple[str, ...]:
    """Return the sources behind the figures: how each stands, and when it was read."""
    return tuple(
        text(
            "notice.source",
            source=row.name or row.source,
            state=text.word("standing", row.standing),
            at=text.moment(row.read_at),
        )
        for row in rows
    )
