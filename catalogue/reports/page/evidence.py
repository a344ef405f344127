"""The evidence of cells: one page for each area and theme, cut into several where it would be too large."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from markupsafe import Markup, escape
from sqlalchemy import Connection, select

from catalogue.annotations import Remark
from catalogue.history import stored_moment
from catalogue.reports.cells import CellRow
from catalogue.reports.filters import RegionArea
from catalogue.reports.page.foreign import foreign
from catalogue.reports.page.frame import Frame, Theme
from catalogue.reports.page.pieces import ROOM, cut, size_of
from catalogue.reports.page.places import evidence_page, numbered, root_of, slugs
from catalogue.reports.page.setting import Setting, away
from catalogue.reports.trail import OfferingRow, Trail
from catalogue.tables import cell_change, source
from catalogue.voices import Voice

__all__ = [
    "MOST_OFFERINGS",
    "AreaEvidence",
    "Happened",
    "SourcePlace",
    "evidence_pages",
    "histories",
    "source_places",
]

#: Of one cell so many offerings and so many changes are shown; the rest is counted.
MOST_OFFERINGS: Final = 8
MOST_CHANGES: Final = 8
#: Digits of a hash that are enough to compare two.
DIGITS = 12
LONGEST_TITLE = 160  # characters
LONGEST_UNIT = 120
LONGEST_RECORD = 80


class Happened(NamedTuple):
    """One change of a cell."""

    at: str
    old_status: str
    new_status: str
    new_reason: str
    cause: str


class SourcePlace(NamedTuple):
    """A source's name, its place on the page of sources, and whether cells may rest on it."""

    name: str
    place: str
    active: bool = True
    advisory: bool = False


class Heard(NamedTuple):
    """One source that is heard in an area."""

    name: str
    place: str
    standing: str
    speaks: bool


@dataclass(frozen=True)
class AreaEvidence:
    """Everything the pages of one area's cells need; ``trails`` is None for a moment of the past."""

    area: RegionArea
    cells: Sequence[CellRow]
    trails: Mapping[str, Trail] | None
    history: Mapping[str, Sequence[Happened]]
    remarks: Mapping[str, Remark]
    voices: Sequence[Voice]


def histories(
    connection: Connection, area_ids: Iterable[int], until: datetime | None
) -> dict[int, dict[str, list[Happened]]]:
    """Return the changes of the cells of areas by OZG id, the oldest first, until a moment."""
    columns = [cell_change.c[name] for name in ("area_id", "ozg_id", *Happened._fields)]
    query = select(*columns).where(cell_change.c.area_id.in_(list(area_ids)))
    if until is not None:
        query = query.where(cell_change.c.at <= stored_moment(until))
    found: dict[int, dict[str, list[Happened]]] = defaultdict(dict)
    for area_id, ozg_id, *facts in connection.execute(query.order_by(cell_change.c.id)):
        found[area_id].setdefault(ozg_id, []).append(Happened(*facts))
    return found


def source_places(connection: Connection) -> dict[str, SourcePlace]:
    """Return each source's place on the page of sources, by its key."""
    columns = (source.c.key, source.c.name, source.c.active, source.c.advisory)
    known = connection.execute(select(*columns).order_by(source.c.id)).all()
    places = slugs(row.key for row in known)
    return {row.key: SourcePlace(row.name, f"q-{places[row.key]}", *row[2:]) for row in known}


def evidence_pages(
    setting: Setting, frame: Frame, sources: Mapping[str, SourcePlace], said: AreaEvidence
) -> Iterator[tuple[str, str]]:
    """Yield the pages of an area's cells with their names."""
    by_theme: dict[str, list[CellRow]] = defaultdict(list)
    for cell in said.cells:
        by_theme[cell.theme].append(cell)
    view = _View(setting, sources)
    for theme in frame.themes:
        cells = by_theme.get(theme.name)
        if cells:
            yield from _theme_pages(view, theme, cells, said)


def _theme_pages(
    view: _View, theme: Theme, cells: Sequence[CellRow], said: AreaEvidence
) -> Iterator[tuple[str, str]]:
    first = evidence_page(said.area.ars, said.area.level, theme.slug)
    pieces = [view.cell(cell, said) for cell in cells]
    # The contents stand on each page and take their room.
    pages = cut(pieces, ROOM - sum(size_of(cell.title) + 150 for cell in cells))
    placed = [(number, piece) for number, page in enumerate(pages, start=1) for piece in page]
    contents = [
        {"ozg_id": cell.ozg_id, "title": cell.title, "status": cell.status, "page": number}
        for cell, (number, _) in zip(cells, placed, strict=True)
    ]
    for number, page in enumerate(pages, start=1):
        name = numbered(first, number)
        yield (
            name,
            view.setting.page(
                "evidence.html",
                name,
                section="areas",
                area=said.area,
                theme=theme,
                cells=page,
                contents=contents,
                page=number,
                pages=len(pages),
                first_page=first,
                voices=[view.voice(voice) for voice in said.voices],
            ),
        )


class _View:
    """Shows cells, offerings and voices in words; what many have in common is put into words once."""

    def __init__(self, setting: Setting, sources: Mapping[str, SourcePlace]) -> None:
        self.setting = setting
        self.text = setting.text
        self.sources = sources
        self._root = root_of(evidence_page("", "", ""))
        template = setting.environment.get_template("_cell.html", globals={"root": self._root})
        self._cell: Callable[..., Markup] = template.module.cell  # type: ignore[attr-defined]
        self._said: dict[tuple[str, ...], Markup] = {}

    def cell(self, cell: CellRow, said: AreaEvidence) -> Markup:
        """Return the evidence of one cell."""
        history = said.history.get(cell.ozg_id, ())
        trail = None if said.trails is None else said.trails.get(cell.ozg_id, _NO_TRAIL)
        who = cell.competent_area or cell.competent_tier
        return self._cell(
            cell,
            self._once(self._standing, cell.since, cell.reason),
            self._once(self._found, cell.status, cell.satisfied_level, cell.operator),
            self._once(self._leaves, str(cell.leaves_online), str(cell.leaves)),
            self._once(self._competence, cell.competent, who, cell.competence_rule, cell.confidence),
            None if trail is None else [self.offering(row) for row in trail.rows],
            0 if trail is None else trail.total - len(trail.rows),
            [self._once(self._happened, *one) for one in reversed(history[-MOST_CHANGES:])],
            max(0, len(history) - MOST_CHANGES),
            said.remarks.get(cell.ozg_id),
        )

    def voice(self, voice: Voice) -> Heard:
        """Return one source that is heard."""
        known = self.sources.get(voice.key, SourcePlace(voice.key, ""))
        return Heard(known.name, known.place, voice.state.value, voice.speaks)

    def offering(self, row: OfferingRow) -> Markup:
        """Return one offering.

        It is set here and not by the template: there may be a million of them.
        """
        link = f" {away(row.url, self.text('page.link'))}" if row.url else ""
        unit = f" · {foreign(row.unit, LONGEST_UNIT)}" if row.unit else ""
        idle = "" if row.counts else f" · {self._once(self._why_idle, row.source, row.life, row.state)}"
        by = "" if row.by_person else row.actor
        record = foreign(row.record, LONGEST_RECORD)
        return Markup(  # noqa: S704 - all parts are escaped
            f"<li{'' if row.counts else _IDLE}><b>{foreign(row.title, LONGEST_TITLE)}</b>"
            f" {self.setting.badge(row.status)}{link}<br>"
            f"{self._once(self._origin, row.area, row.level, row.source)} {record}{unit}<br>"
            f"{self._once(self._decision, row.method, row.leika_key, row.state, by, row.decided_at[:10])} · "
            f"{self._once(self._reading, row.read_at, row.delivery)} {row.fingerprint}{idle}</li>\n"
        )

    def _once(self, words: Callable[..., str], *facts: str) -> Markup:
        """Return what has been put into words before, or put it into words and escape it."""
        key = (words.__name__, *facts)
        known = self._said.get(key)
        if known is None:
            known = self._said[key] = escape(words(*facts))
        return known

    def _origin(self, area: str, level: str, source_key: str) -> str:
        place = self.sources[source_key].place
        return Markup('{}: {} · <a href="{}quellen.html#{}">{}</a>, {}').format(
            self.text.word("level", level), area, self._root, place, source_key, self.text("page.record")
        )

    def _decision(self, method: str, leika_key: str, state: str, actor: str, decided_at: str) -> str:
        """Return how, by whom and when it was decided; a person's name is nobody's business here."""
        word = self.text.word
        who = actor or self.text("page.by_person")
        key = f" {leika_key}" if leika_key else ""
        day = self.text.day(decided_at)
        return f"{word('method', method)}{key}, {word('state', state)} ({who}, {day})"

    def _reading(self, read_at: str, delivery: str) -> str:
        moment = self.text.moment(read_at)
        return self.text("page.read_line", moment=moment, delivery=delivery[:DIGITS] or "–")

    def _why_idle(self, source_key: str, life: str, state: str) -> str:
        if life == "withdrawn":
            return self.text("page.idle_withdrawn")
        if state in {"review", "rejected"}:
            return self.text("page.idle_state")
        known = self.sources[source_key]
        if known.advisory:
            return self.text("page.idle_advisory")
        if not known.active:
            return self.text("page.idle_inactive")
        return self.text("page.idle_elsewhere")

    def _standing(self, since: str, reason: str) -> str:
        """Return since when a cell says what it says, and why if it is unknown."""
        shown = self.text("page.since", day=self.text.day(since))
        return f"{shown} ({self.text.word('reason', reason)})." if reason else f"{shown}."

    def _found(self, status: str, level: str, operator: str) -> str:
        if status == "unknown" or not level:
            return ""
        word = self.text.word
        return self.text("page.found_on", level=word("level", level), operator=word("operator", operator))

    def _leaves(self, online: str, leaves: str) -> str:
        return "" if leaves == "0" else self.text("page.leaves", online=online, leaves=leaves)

    def _competence(self, competent: str, who: str, rule: str, confidence: str) -> str:
        """Return who is competent, by which rule, and how sure that is."""
        text = self.text
        shown = text(f"page.competence_{competent}")
        if competent == "no":
            shown = f"{shown} {text.word('tier', who)}"
        rests = text("page.by_rule", rule=text.word("page_rule", rule))
        if confidence:
            rests = f"{rests}, {text('column.confidence')} {text.word('confidence', confidence)}"
        return f"{shown} ({rests})."

    def _happened(self, at: str, old: str, new: str, reason: str, cause: str) -> str:
        """Return a change in words."""
        word = self.text.word
        shown = word("status", new) if new else self.text("word.no_cell")
        if reason:
            shown = f"{shown} ({word('reason', reason)})"
        if old not in {"", new}:
            shown = f"{word('status', old)} → {shown}"
        return f"{self.text.day(at)}: {shown} – {word('cause', cause)}"


_NO_TRAIL = Trail([], 0)
_IDLE = ' class="idle"'
