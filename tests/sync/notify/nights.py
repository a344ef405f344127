"""Nights of a small region with recipients: what a test lets happen, and what the mail server took of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select

from catalogue.tables import night as night_table
from catalogue.tables import notice
from connectors.errors import RetryLater
from sync.night import NightReport, StepOutcome
from sync.notify import Sent, send_notices
from sync.region import Region, read_region
from sync.report import RunReport
from tests.sync.fakes import Script, offer
from tests.sync.miniature import BOTTROP, GLADBECK
from tests.sync.notify.mailserver import MailServer, settings_for
from tests.sync.scenario import Scenario

__all__ = ["BIN", "DOG", "Nights", "broken", "toml"]

#: Services of the small reference: waste disposal, and the tax on dogs.
BIN = "99001009004000"
DOG = "99102013104000"
SPEAKS = 'silence = "absence"\nstale_after_hours = 8760'


def broken() -> object:
    """Do what a source does that cannot be reached."""
    raise RetryLater("http_status", status=503, url="https://a.example/")


class Nights:
    """Two cities with a source each, which are read every night; then notices are sent."""

    def __init__(self, scenario: Scenario, server: MailServer) -> None:
        self.scenario = scenario
        self.server = server
        self.tables: list[dict[str, object]] = []
        self.report: RunReport | None = None
        self.keeps_nights = True
        self.clock: Callable[[], float] = lambda: 0.0
        self.sources: dict[str, Script] = {}
        for name, area in (("bottrop", BOTTROP), ("gladbeck", GLADBECK)):
            said = f'{SPEAKS}\nareas = ["{area}"]'
            self.sources[name] = scenario.add_fake(name, offer(area, BIN), settings=said)

    def recipient(self, **more: object) -> None:
        """Add a recipient."""
        self.tables.append(settings_for(self.server.port, **more))  # type: ignore[arg-type]

    def region(self) -> Region:
        """Write and read the region file with its recipients."""
        path = self.scenario.folder / "region.toml"
        tables = "".join(f"\n[[notify]]\n{toml(one)}" for one in self.tables)
        path.write_text(self.scenario.region_text() + tables, encoding="utf-8")
        return read_region(path)

    def now(self) -> datetime:
        """Return the moment at which the last sync began."""
        return self.scenario.moment.astimezone(UTC)

    def night(
        self, *steps: StepOutcome, report: RunReport | None = None, without_sync: bool = False
    ) -> tuple[Sent, ...]:
        """Let a night pass, with a sync unless told otherwise, and return what became of its notices."""
        if without_sync:
            self.scenario.moment += timedelta(days=1)
        else:
            self.report = report = report or self.scenario.sync()
        return self.tell(*steps, report=report)

    def tell(self, *steps: StepOutcome, report: RunReport | None) -> tuple[Sent, ...]:
        """Send the notices of a night that was as told."""
        at = self.now().isoformat()
        done = list(steps)
        if report is not None:
            done.insert(0, StepOutcome("sync", report.state))  # type: ignore[arg-type]
        night = NightReport("nightly", at, at, at, report, tuple(done))
        sent = send_notices(self.scenario.store, self.region(), night, self.now(), clock=self.clock)
        if self.keeps_nights:
            self._keep(night)
        return sent

    def _keep(self, night: NightReport) -> None:
        """Write the end of a night, as whoever lets nights happen does after the last step."""
        with self.scenario.store.write() as connection:
            connection.execute(
                insert(night_table).values(
                    job=night.job,
                    due_at=night.due_at,
                    started_at=night.started_at,
                    finished_at=night.finished_at,
                    state=night.state,
                    tries=1,
                    run_id=night.sync.run_id if night.sync else None,
                    steps="[]",
                )
            )

    def pass_by(self, count: int) -> list[tuple[Sent, ...]]:
        """Let nights pass in which everything is as in the last one, without reading it anew."""
        found = []
        for _ in range(count):
            self.scenario.moment += timedelta(days=1)
            found.append(self.tell(report=self.report))
        return found

    def book(self) -> list[tuple[str, str, int, str]]:
        """Return level, state, tries and code of each notice in the book."""
        query = select(notice.c.level, notice.c.state, notice.c.tries, notice.c.code).order_by(notice.c.id)
        with self.scenario.store.read() as connection:
            return [(row.level, row.state, row.tries, row.code) for row in connection.execute(query)]

    @property
    def titles(self) -> list[str]:
        """Return the subjects of all mails taken so far."""
        return [str(taken.message["Subject"]) for taken in self.server.taken]

    def states(self, sent: Sequence[Sent]) -> list[tuple[str, str, str]]:
        """Return level, state and code of notices."""
        return [(one.level, one.state, one.code) for one in sent]


def toml(table: dict[str, object]) -> str:
    """Return a table of settings as a region file has it, without its heading."""
    return "".join(f"{name} = {_value(value)}\n" for name, value in table.items())


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
