"""Who is told what after a night: troubles, what moved, and once a week how things stand.

Nothing is told where nothing happened. That a night was not good stands in the first sentence of every
notice, whatever else it tells.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from sqlalchemy import Connection

from catalogue.errors import NotFound
from catalogue.reports.filters import RegionArea
from catalogue.reports.morning_words import headline
from catalogue.reports.movement import Explained
from catalogue.texts import Texts
from sync.notify import book, lines
from sync.notify.book import Entry
from sync.notify.content import Attachable, Block, Content, Draft
from sync.notify.situation import Situation
from sync.notify.troubles import mark_of, news_of
from sync.notifysettings import NotifySettings

__all__ = ["Composer"]


#: What a morning says first if nothing at all was read.
_FAILED: Final = frozenset({"failed", "empty", "none"})


class Composer:
    """Makes the notices of one night from what the catalogue and the book say, all in one reading."""

    def __init__(self, connection: Connection, situation: Situation, *, as_if_new: bool = False) -> None:
        self.connection = connection
        self.situation = situation
        self._as_if_new = as_if_new
        self._moved: dict[int, list[Explained] | None] = {}

    def last_of(self, settings: NotifySettings, level: str, trouble: str = "") -> Entry | None:
        """Return the last notice of a level that a recipient got; None if none is to count."""
        return None if self._as_if_new else book.last_of(self.connection, settings.id, level, trouble)

    def is_known(self, draft: Draft) -> bool:
        """Tell whether a notice about the same thing was written."""
        return not self._as_if_new and book.is_known(self.connection, draft)

    def drafts(self, settings: NotifySettings) -> list[Draft]:
        """Return what one recipient has to be told. Raise NotFound for an area that is not in the region."""
        one = _Recipient(self, settings)
        found: list[Draft] = []
        if "error" in settings.levels:
            found += one.error()
        if "change" in settings.levels:
            found += one.change()
        if "digest" in settings.levels:
            found += one.digest()
        return found

    def moved_since(self, run: int) -> list[Explained] | None:
        """Return the movement after a run; None where the state then was not kept."""
        if run not in self._moved:
            try:
                self._moved[run] = self.situation.moved_since(self.connection, run)
            except NotFound:
                self._moved[run] = None
        return self._moved[run]


class _Recipient:
    """One table of the region file, and what it is told this night."""

    def __init__(self, composer: Composer, settings: NotifySettings) -> None:
        self.composer = composer
        self.connection = composer.connection
        self.situation = composer.situation
        self.settings = settings
        self.areas = self.situation.areas_of(self.connection, settings)
        self.text = Texts(settings.language)
        self.text.commands = dict(self.situation.commands)

    def error(self) -> list[Draft]:
        """Return the notice of troubles: new ones, such that last, such that are over."""
        situation = self.situation
        troubles = situation.troubles_of(self.connection, self.settings, self.areas)
        last = self.composer.last_of(self.settings, "error")
        before = {} if last is None else last.standing()
        still = situation.still_wrong(before)
        news = news_of(troubles, before, still, situation.today, self.settings.repeat_after)
        if news is None:
            return []
        content = Content(
            language=self.settings.language,
            title=self._title(lines.error_title(news, self.text)),
            lead=self._lead(),
            blocks=(*lines.trouble_blocks(news, self._is_officer, self.text), *self._morning_blocks("error")),
            standing=news.standing,
        )
        mark = mark_of(*(f"{key} {known.mark}" for key, known in sorted(news.standing.items())))
        night = situation.night
        return [self._draft("error", f"night:{night.job}:{night.due_at}", mark, content)]

    def change(self) -> list[Draft]:
        """Return the notice of what moved since the last one, or with this night if there was none."""
        situation = self.situation
        last = self.composer.last_of(self.settings, "change")
        before = situation.told_before(self.connection)
        since = last.run if last is not None and last.run is not None else before
        if since is None or before is None or not situation.synced:
            return []  # in the first run everything moved everywhere
        moved = self.composer.moved_since(since)
        if moved is None:
            moved = self.composer.moved_since(before)
        rows = lines.moved_rows(moved or [], self.areas)
        if not rows:
            return []
        blocks = lines.moved_blocks(rows, bool(self.areas), self.text)
        content = Content(
            language=self.settings.language,
            title=self._title(lines.change_title(rows, self.areas, self.text)),
            lead=self._lead(),
            blocks=(*blocks, *self._morning_blocks("change")),
        )
        mark = mark_of(*(line for block in content.blocks for line in block.lines))
        return [self._draft("change", f"run:{situation.run}", mark, content)]

    def digest(self) -> list[Draft]:
        """Return the week's notices that are due: one for each area, or one for the region."""
        if self.situation.run is None:
            return []
        week = _week_of(self.situation.today, self.settings.digest_weekday)
        try:
            rows = self.situation.standing_of(self.connection)
        except NotFound:
            return []  # nothing was ever computed; that is told as an error
        found = []
        for area in self.areas or (None,):
            subject = f"digest:{week}:{area.level}:{area.ars}" if area else f"digest:{week}"
            place = ("", "") if area is None else (area.ars, area.level)
            row = next((row for row in rows if area and (row.ars, row.level) == place), rows[-1])
            content = Content(
                language=self.settings.language,
                title=self._title(lines.digest_title(week, area, row, self.text)),
                lead=self._lead(),
                blocks=(
                    Block(self.text("notice.standing"), lines.standing_lines(row, self.text)),
                    self._moved_since_digest(area),
                    self._sources_block(area),
                ),
                workbook=Attachable(*place, area.label if area else self.situation.region.name),
            )
            found.append(self._draft("digest", subject, _mark_of_place(area), content))
        return [draft for draft in found if not self.composer.is_known(draft)]

    def _moved_since_digest(self, area: RegionArea | None) -> Block:
        """Return what moved since the digest before; nothing for the first one."""
        last = self.composer.last_of(self.settings, "digest", _mark_of_place(area))
        if last is None or last.run is None:
            return Block("", ())
        moved = self.composer.moved_since(last.run)
        if moved is None:
            return Block("", ())
        rows = lines.moved_rows(moved, [area] if area else [])
        said = [line for block in lines.moved_blocks(rows, bool(area), self.text) for line in block.lines]
        heading = self.text("notice.moved_since", at=self.text.day(last.created_at))
        return Block(heading, tuple(said) or (self.text("notice.moved_nothing"),))

    def _sources_block(self, area: RegionArea | None) -> Block:
        rows = self.situation.sources_of(self.connection, [area] if area else [])
        return Block(self.text("notice.sources"), lines.source_lines(rows, self.text))

    @property
    def _is_officer(self) -> bool:
        return self.settings.role == "officer"

    def _morning_blocks(self, level: str) -> tuple[Block, ...]:
        """Return what the morning's report says for this level and role."""
        if self.areas or self.settings.sources:
            return ()
        return lines.morning_blocks(self.situation.morning, level, self.settings.role, self.text)

    def _lead(self) -> str:
        """Return the first sentence: whether the night was good."""
        found = self.situation.morning
        if not self.situation.synced:
            night = self.situation.night
            code = "lead_other" if night.state == "ok" else "lead_other_bad"
            return self.text(f"notice.{code}", job=night.job, at=self.text.moment(night.due_at))
        if self._is_officer:
            at = self.text.moment(self.situation.night.started_at)
            return self.text("notice.lead_good" if found.good else "notice.lead_bad", at=at)
        return headline(found, self.text)

    def _title(self, said: str) -> str:
        found = self.situation.morning
        code = "title"
        if self.situation.synced and not found.good:
            code = "title_failed" if found.standing in _FAILED else "title_bad"
        return self.text(f"notice.{code}", region=self.situation.region.name, said=said)

    def _draft(self, level: str, subject: str, mark: str, content: Content) -> Draft:
        return Draft(self.settings.id, level, subject, mark, content, self.situation.run)


def _mark_of_place(area: RegionArea | None) -> str:
    """Return what all digests of an area have in common, or all those of the region."""
    return mark_of("digest", area.level, area.ars) if area else mark_of("digest")


def _week_of(today: date, weekday: int) -> str:
    """Return the calendar week of the last day a digest was due on, like 2026-W47."""
    due = today - timedelta(days=(today.weekday() - weekday) % 7)
    year, week, _ = due.isocalendar()
    return f"{year}-W{week:02}"
