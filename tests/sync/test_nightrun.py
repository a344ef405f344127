"""A night: every step on its own, failed sources again, and the truth about all of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import select

import sync.nightsync
from catalogue import tables
from catalogue.errors import StoreError
from catalogue.objects import Counts
from catalogue.records import Issue, Severity
from catalogue.staging import StageSummary
from catalogue.store import Store
from cli import exits
from sync.lock import LockHeld, only_one
from sync.night import NightReport, StepOutcome
from sync.nightrun import EXIT_LOCKED, AlreadyDone, Order, Tools, exit_code_of, perform
from sync.nightsync import merged
from sync.region import Region, read_region
from sync.report import RunReport, SourceOutcome
from sync.run import Options, Silent
from sync.schedule.jobs import Job, job_named
from tests.sample_region import copy_region, night

SETTINGS = """
[schedule]
report = "seite"
publish = "daten"
retries = 2
retry_pause_minutes = 10
time_limit_hours = 1
"""
DUE = "2026-11-02T02:30"


@dataclass
class Night:
    """A night in which commands, notices and time do what a test wants."""

    store: Store
    region: Region
    ends: dict[str, StepOutcome | BaseException] = field(default_factory=dict)
    notice: StepOutcome = field(default_factory=lambda: StepOutcome("notify", "ok"))
    waited: Callable[[], object] | None = None
    calls: list[str] = field(default_factory=list)
    noticed: list[NightReport] = field(default_factory=list)
    seconds: float = 0.0

    def step_began(self, step: str) -> None:
        self.calls.append(step)

    def step_ended(self, outcome: StepOutcome) -> None:
        self.calls.append(f"{outcome.step} {outcome.state}")

    def again(self, sources: list[str], seconds: float) -> None:
        self.calls.append(f"again {','.join(sources)} {seconds:g}")

    def run(self, *steps: str, due: str = DUE) -> NightReport:
        job = job_named(self.region, "nightly")
        assert job is not None
        wanted = Job(job.name, job.cron, steps or job.steps)  # type: ignore[arg-type]
        tools = Tools(
            progress=lambda _: nullcontext(Silent()),
            listener=self,
            command=self._command,
            notify=self._notify,
            now=lambda: night(1),
            ticks=lambda: self.seconds,
            wait=self._wait,
        )
        return perform(self.store, self.region, Order(wanted, due), tools)

    def _command(self, step: str, seconds: float) -> StepOutcome:
        end = self.ends.get(step, StepOutcome(step, "ok"))
        if isinstance(end, BaseException):
            raise end
        return end

    def _notify(self, report: NightReport) -> StepOutcome:
        self.noticed.append(report)
        return self.notice

    def _wait(self, seconds: float) -> None:
        self.seconds += seconds
        if self.waited:
            self.waited()

    def row(self) -> tuple[str, int | None, int | None, list[str]]:
        columns = tables.night.c
        query = select(columns.state, columns.exit_code, columns.run_id, columns.steps)
        with self.store.read() as connection:
            row = connection.execute(query).one()
        steps = [f"{one['step']} {one['state']} {one['code']}".strip() for one in json.loads(row.steps)]
        return row.state, row.exit_code, row.run_id, steps


@pytest.fixture
def files(tmp_path: Path) -> Path:
    region = copy_region(tmp_path / "files")
    region.write_text(region.read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    return region


@pytest.fixture
def one(reference_store: Store, files: Path) -> Night:
    return Night(reference_store, read_region(files))


def test_a_good_night_does_all_steps_in_their_order_and_is_kept(one: Night) -> None:
    report = one.run("sync", "links", "report", "publish", "notify")
    assert [(step.step, step.state) for step in report.steps] == [
        *(("sync", "ok"), ("links", "ok"), ("report", "ok"), ("publish", "ok"), ("notify", "ok")),
    ]
    assert report.sync is not None
    steps = ["sync ok", "links ok", "report ok", "publish ok", "notify ok"]
    assert one.row() == ("ok", 0, report.sync.run_id, steps)
    assert exit_code_of(report) == exits.OK
    assert [step.step for step in one.noticed[0].steps] == ["sync", "links", "report", "publish"]


def test_without_settings_a_night_is_a_sync_and_a_check_of_links(files: Path, tmp_path: Path) -> None:
    plain = job_named(read_region(copy_region(tmp_path / "plain")), "nightly")
    assert plain is not None
    assert plain.steps == ("sync", "links")


def only_sqlite(test: Callable[..., None]) -> Callable[..., None]:
    return pytest.mark.parametrize("reference_store", ["sqlite"], indirect=True)(test)


@only_sqlite
@pytest.mark.parametrize("end", [StepOutcome("links", "failed", "night_command_failed"), ValueError("x")])
def test_a_step_that_fails_is_told_and_stops_no_other(one: Night, end: StepOutcome | BaseException) -> None:
    one.ends["links"] = end
    report = one.run("links", "report")
    assert [step.state for step in report.steps] == ["failed", "ok"]
    assert report.steps[0].code in {"night_command_failed", "night_defect"}
    assert exit_code_of(report) == exits.SOME
    assert one.row()[:2] == ("partial", exits.SOME)


@only_sqlite
def test_nothing_is_published_when_no_source_could_be_read(
    one: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.nightsync, "sync", Syncs(*[run_of(a="failed")] * 3))
    report = one.run("sync", "report", "publish", "notify")
    assert [(step.step, step.state, step.code) for step in report.steps] == [
        ("sync", "failed", "night_failed_sources"),
        ("report", "ok", ""),
        ("publish", "skipped", "night_nothing_new"),
        ("notify", "ok", ""),
    ]
    assert (report.state, exit_code_of(report)) == ("failed", exits.NONE)
    assert (one.noticed[0].state, exit_code_of(one.noticed[0])) == ("failed", exits.NONE)
    assert one.row()[:2] == ("failed", exits.NONE)


@only_sqlite
def test_a_night_in_which_everything_fails_says_none(one: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync.nightsync, "sync", Syncs(*[run_of(a="failed")] * 3))
    report = one.run("sync", "publish")
    assert (report.state, exit_code_of(report)) == ("failed", exits.NONE)
    assert one.row()[:2] == ("failed", exits.NONE)


@only_sqlite
def test_a_region_without_sources_is_no_success(one: Night, files: Path) -> None:
    text = files.read_text(encoding="utf-8")
    empty = text.partition("[[source]]")[0] + SETTINGS
    files.write_text(empty, encoding="utf-8")
    one.region = read_region(files)
    report = one.run("sync", "report", "export")
    assert (report.state, report.steps[0].code) == ("failed", "night_no_sources")
    assert one.row()[:2] == ("failed", exits.NONE)


@only_sqlite
def test_a_night_in_which_everything_is_empty_is_no_success(
    one: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = run_of(a="ok", b="unchanged")
    for source in empty.sources:
        source.counts = Counts()
    monkeypatch.setattr(sync.nightsync, "sync", Syncs(empty))
    report = one.run("sync", "report", "publish")
    assert [(step.state, step.code) for step in report.steps] == [
        *(("failed", "night_empty"), ("ok", ""), ("skipped", "night_nothing_new")),
    ]
    assert (report.state, exit_code_of(report)) == ("failed", exits.NONE)


@only_sqlite
def test_a_night_that_brought_nothing_but_unusable_records_is_no_success(
    one: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    useless = run_of(a="ok")
    for source in useless.sources:
        source.counts, source.summary = Counts(), StageSummary(scope="everything")
        source.summary.take_issue(Issue(Severity.SKIPPED, "row_status", "1", "vorhanden"))
    monkeypatch.setattr(sync.nightsync, "sync", Syncs(useless))
    assert one.run("sync").steps[0].code == "night_empty"


@only_sqlite
def test_a_source_that_failed_is_read_again_and_its_success_counts(one: Night, files: Path) -> None:
    lost = files.parent / "portal.csv"
    content = lost.read_bytes()
    lost.unlink()
    one.waited = lambda: lost.write_bytes(content)
    report = one.run("sync")
    assert report.state == "ok"
    assert report.sync is not None
    assert [source.state for source in report.sync.sources] == ["ok"] * len(one.region.sources)
    assert [call for call in one.calls if call.startswith("again")] == ["again portal 600"]
    assert one.row()[2] == report.sync.run_id


@only_sqlite
def test_pauses_grow_and_end_with_the_retries(one: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync.nightsync, "sync", Syncs(*[run_of(portal="failed", umfrage="ok")] * 3))
    report = one.run("sync")
    assert [call for call in one.calls if call.startswith("again")] == [
        "again portal 600",
        "again portal 1200",
    ]
    assert (report.steps[0].state, report.steps[0].params["sources"]) == ("partial", "portal")


@only_sqlite
def test_no_retry_begins_that_would_exceed_the_time_of_the_night(
    one: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs = Syncs(*[run_of(portal="failed")] * 2)
    monkeypatch.setattr(sync.nightsync, "sync", syncs)
    short = one.region.schedule.model_copy(update={"time_limit_hours": 0.25})
    one.region = replace(one.region, schedule=short)
    one.run("sync")
    assert [options.time_limit for options in syncs.asked] == [900, 300]
    assert [call for call in one.calls if call.startswith("again")] == ["again portal 600"]


@only_sqlite
def test_steps_that_time_leaves_no_room_for_fail_and_notices_are_sent_all_the_same(one: Night) -> None:
    one.seconds = 0.0
    one.ends["links"] = StepOutcome("links", "ok")
    original = one._command

    def slow(step: str, seconds: float) -> StepOutcome:
        one.seconds += 4_000
        return original(step, seconds)

    one._command = slow  # type: ignore[method-assign]
    report = one.run("links", "report", "notify")
    assert [(step.step, step.code) for step in report.steps] == [
        *(("links", ""), ("report", "night_time_limit"), ("notify", "")),
    ]
    assert exit_code_of(report) == exits.SOME


class Syncs:
    """Stands in for the sync: each call has the next end."""

    def __init__(self, *ends: RunReport | Exception) -> None:
        self.ends = list(ends)
        self.asked: list[Options] = []

    def __call__(self, store: Store, region: Region, options: Options, progress: object) -> RunReport:
        self.asked.append(options)
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end


def run_of(**states: str) -> RunReport:
    sources = [SourceOutcome(name, state, Counts(unchanged=1)) for name, state in states.items()]
    return RunReport(0, "a", "b", False, sources, 1, 2)


@only_sqlite
def test_what_is_held_waits_for_a_person_and_is_not_read_again(
    one: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs = Syncs(run_of(a="held", b="failed"), run_of(b="ok"))
    monkeypatch.setattr(sync.nightsync, "sync", syncs)
    report = one.run("sync")
    assert [sorted(options.only) for options in syncs.asked] == [[], ["b"]]
    assert report.sync is not None
    assert [(one.source, one.state) for one in report.sync.sources] == [("a", "held"), ("b", "ok")]
    assert (report.sync.cells_new, report.sync.cells_changed) == (2, 4)
    assert report.steps[0].params == {"good": 1, "all": 2, "sources": "a"}


@only_sqlite
def test_a_sync_that_another_one_keeps_out_waits_for_it(one: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    held = LockHeld("rechner", 7, "2026-11-02T01:00:00+00:00")
    syncs = Syncs(held, run_of(a="ok"))
    monkeypatch.setattr(sync.nightsync, "sync", syncs)
    assert one.run("sync").state == "ok"


@only_sqlite
def test_a_night_that_never_got_the_lock_says_so(one: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    held = LockHeld("rechner", 7, "2026-11-02T01:00:00+00:00")
    monkeypatch.setattr(sync.nightsync, "sync", Syncs(held, held, held))
    report = one.run("sync", "report")
    assert (report.steps[0].code, report.steps[0].params["pid"]) == ("night_locked", 7)
    assert exit_code_of(report) == EXIT_LOCKED == exits.LOCKED
    assert report.sync is None


@only_sqlite
def test_a_database_that_fails_during_the_sync_is_tried_again(
    one: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = StoreError("database_unreachable", database="x", why="y")
    monkeypatch.setattr(sync.nightsync, "sync", Syncs(away, away, away))
    report = one.run("sync")
    assert (report.steps[0].state, report.steps[0].code) == ("failed", "database_unreachable")


def test_a_moment_is_done_once(one: Night) -> None:
    one.run("links")
    with pytest.raises(AlreadyDone) as caught:
        one.run("links")
    assert (caught.value.before.state, caught.value.before.exit_code) == ("ok", 0)
    assert one.calls.count("links") == 1


def test_what_was_broken_off_is_done_again_for_the_same_moment(one: Night) -> None:
    one.ends["links"] = SystemExit(143)
    with pytest.raises(SystemExit):
        one.run("links", "report")
    assert one.row()[:2] == ("aborted", 143)
    one.ends.clear()
    assert one.run("links", "report").state == "ok"
    assert one.row()[:2] == ("ok", 0)


def test_only_one_night_runs_at_a_time(one: Night) -> None:
    with only_one(one.store, "night"), pytest.raises(LockHeld):
        one.run("links")
    assert one.calls == []


@only_sqlite
def test_notices_that_cannot_be_sent_are_no_success(one: Night) -> None:
    one.notice = StepOutcome("notify", "failed", "notify_unsent", {"count": 1, "all": 1, "recipients": "x"})
    report = one.run("links", "notify")
    assert (report.state, exit_code_of(report)) == ("partial", exits.SOME)


def test_two_runs_of_a_night_count_as_one_with_the_number_of_the_first() -> None:
    first, later = run_of(a="failed", b="ok"), run_of(a="ok")
    first.run_id, later.run_id = 3, 4
    both = merged(first, later)
    assert (both.run_id, both.state) == (3, "ok")
