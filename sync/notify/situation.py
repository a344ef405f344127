"""What is known after a night, read once from the catalogue for all recipients."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from catalogue.errors import NotFound
from catalogue.history import Period
from catalogue.keys import Ars, parse_area_key
from catalogue.lookup import AreaIndex
from catalogue.reports.coverage import CoverageRow, coverage
from catalogue.reports.filters import RegionArea, areas_now
from catalogue.reports.morning import Morning, NightLine, StepLine, morning
from catalogue.reports.morning_night import night_line as line_of_row
from catalogue.reports.morning_night import runs_of_night
from catalogue.reports.movement import Explained, explained_between
from catalogue.reports.sources import SourceRow, sources
from catalogue.tables import night as night_table
from catalogue.voices import load_voices
from sync.night import NightReport
from sync.notify.troubles import RUN, Trouble, troubles_of_night, troubles_of_sources
from sync.notifysettings import NotifySettings
from sync.region import Region

__all__ = ["Situation", "night_line"]


@dataclass(frozen=True)
class Situation:
    """Everything notices are made of. ``run`` is the last sync they are about, None if there never was one.

    ``commands`` say how commands of this program are called from the shell of the server.
    """

    region: Region
    night: NightReport
    now: datetime
    run: int | None
    morning: Morning
    sources: Sequence[SourceRow]
    troubles: Sequence[Trouble]
    commands: Mapping[str, str]

    @classmethod
    def read(
        cls,
        connection: Connection,
        region: Region,
        night: NightReport,
        now: datetime,
        commands: Mapping[str, str],
    ) -> Situation:
        """Read it. What the night's own report says goes before what the book of nights holds so far."""
        run = night.sync.run_id if night.sync is not None else 0
        rows = sources(connection, now, commands["sync"])
        found = morning(connection, run or None, commands["sync"], night_line(night))
        return cls(
            region=region,
            night=night,
            now=now,
            run=found.runs[-1] if found.runs else None,
            morning=found,
            sources=rows,
            troubles=[*troubles_of_night(night), *troubles_of_sources(rows)],
            commands=commands,
        )

    @property
    def today(self) -> date:
        """Return the day in the zone of the schedule."""
        return self.now.astimezone(ZoneInfo(self.region.schedule.timezone)).date()

    @property
    def synced(self) -> bool:
        """Tell whether this night read sources."""
        return self.night.sync is not None and self.night.sync.run_id > 0

    def told_before(self, connection: Connection) -> int | None:
        """Return the run that notices of the night before told of; None if this is the first run.

        That is the last one of a night that came to its end: of one that broke off nobody heard anything.
        """
        before = self.morning.before
        if before is None or not self.morning.runs:
            return None
        ended = (
            night_table.c.finished_at.is_not(None),
            night_table.c.state != "aborted",
            night_table.c.run_id < self.morning.runs[0],
        )
        newest = select(night_table).where(*ended).order_by(night_table.c.run_id.desc()).limit(1)
        row = connection.execute(newest).first()
        return before.run if row is None else min(before.run, runs_of_night(connection, line_of_row(row))[-1])

    def still_wrong(self, told: Collection[str]) -> set[str]:
        """Return which troubles are there, and which of those told this night cannot say are over."""
        steps = {f"step:{step.step}" for step in self.night.steps if step.state != "skipped"}
        looked_at = steps | ({RUN} if self.night.sync is not None else set())
        unseen = {key for key in told if not key.startswith("source:") and key not in looked_at}
        return {one.key for one in self.troubles} | unseen

    def areas_of(self, connection: Connection, settings: NotifySettings) -> list[RegionArea]:
        """Return the areas a recipient wants to know of. Raise NotFound if one is not in the region."""
        region = areas_now(connection)
        return [_area(region, given) for given in settings.areas]

    def troubles_of(
        self, connection: Connection, settings: NotifySettings, areas: Sequence[RegionArea]
    ) -> list[Trouble]:
        """Return the troubles that concern a recipient.

        Steps of the night concern those who limit nothing; that there was no sync at all concerns everybody.
        """
        heard = _heard_in(connection, self.now, areas) if areas else None
        limited = bool(areas or settings.sources) or settings.role == "officer"
        found = []
        for one in self.troubles:
            kind, _, key = one.key.partition(":")
            if kind == "step" and limited:
                continue
            if kind == "source":
                if settings.sources and key not in settings.sources:
                    continue
                if heard is not None and key not in heard:
                    continue
            found.append(one)
        return found

    def sources_of(self, connection: Connection, areas: Sequence[RegionArea]) -> list[SourceRow]:
        """Return the active sources, or those of them that are heard in some areas."""
        heard = _heard_in(connection, self.now, areas) if areas else None
        return [row for row in self.sources if row.active and (heard is None or row.source in heard)]

    def moved_since(self, connection: Connection, run: int) -> list[Explained]:
        """Return the movement of all figures after a run. Raise NotFound if that is not known."""
        if self.run is None or run >= self.run:
            return []
        return explained_between(connection, Period(run, self.run))

    def standing_of(self, connection: Connection) -> list[CoverageRow]:
        """Return the coverage of each area, then of the region. Raise NotFound if there is none."""
        return coverage(connection)


def night_line(night: NightReport) -> NightLine:
    """Return a night as reports tell it, without the step that is being done."""
    steps = [
        StepLine(one.step, one.state, one.code, dict(one.params), one.seconds)
        for one in night.steps
        if one.step != "notify"
    ]
    run = night.sync.run_id or None if night.sync is not None else None
    return NightLine(
        night.job, night.due_at, night.started_at, night.finished_at, night.state, run, tuple(steps)
    )


def _area(region: Sequence[RegionArea], given: str) -> RegionArea:
    """Return an area of the region by its key. Of a city that is its own Kreis, the Gemeinde is meant."""
    key = parse_area_key(given)
    named = [one for one in region if (one.ars if isinstance(key, Ars) else one.ags) == str(key)]
    if not named:
        raise NotFound("notify_area", given=given)
    return next((one for one in named if one.level == "gemeinde"), named[0])


def _heard_in(connection: Connection, now: datetime, areas: Sequence[RegionArea]) -> set[str]:
    """Return the ids of the sources that say something about areas."""
    index = AreaIndex.load(connection)
    voices = load_voices(connection, now, {one.id: index.ancestors(one.id) for one in areas})
    return {voice.key for heard in voices.values() for voice in heard}
