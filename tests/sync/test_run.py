"""A run from the region file to the cells: sources are independent, and the exit code tells the truth."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from catalogue.records import Completeness
from connectors.errors import AbortRun, RejectDelivery, RetryLater
from sync.logcontext import said_by_context
from sync.report import EXIT_NONE, EXIT_OK, EXIT_SOME, RunReport
from sync.run import Options, Silent, UnknownSource, sync
from tests.sync.fakes import EVERYTHING, Script, offer
from tests.sync.miniature import BOTTROP, GLADBECK, KREIS
from tests.sync.scenario import DELIVERED, SQLITE, CellView, Scenario
from tests.sync.xzufi import message, online, responsibility, service, write_message

WASTE, DOGS, HUNT, PARKING = "99001009004000", "99102013104000", "99057001001000", "99108001001000"


def states(report: RunReport) -> dict[str, tuple[str, str]]:
    return {outcome.source: (outcome.state, outcome.message) for outcome in report.sources}


def misbehave(script: Script, how: str) -> None:
    """Let a source go wrong."""

    def act() -> object:
        raise {
            "retry": RetryLater("http_status", status=503, url="https://a.example/"),
            "reject": RejectDelivery("xzufi_truncated", file="a.xml"),
            "abort": AbortRun("list_is_no_file", path="a"),
            "defect": ZeroDivisionError("a defect"),
            "disk": OSError(errno.ENOSPC, "No space left on device"),
        }[how]

    if how == "unfinished":
        script.end = None
    elif how == "empty":
        script.records = []
    else:
        script.acquiring = act


#: How a source can go wrong -> what is told of it.
MISBEHAVIOUR = {
    "retry": ("failed", "http_status"),
    "reject": ("failed", "xzufi_truncated"),
    "abort": ("failed", "list_is_no_file"),
    "defect": ("failed", "defect"),
    "disk": ("failed", "disk_full"),
    "unfinished": ("held", "delivery_unfinished"),
    "empty": ("held", "delivery_empty"),
}


#: Every way on SQLite, one of each consequence on PostgreSQL as well.
MISBEHAVING = pytest.mark.parametrize(
    ("scenario", "how"),
    [*(("sqlite", how) for how in MISBEHAVIOUR), ("postgresql", "retry"), ("postgresql", "unfinished")],
    indirect=["scenario"],
)


def test_what_sources_show_becomes_cells(scenario: Scenario) -> None:
    scenario.add_list(
        "portal",
        f"{BOTTROP};{WASTE};online;https://bottrop.example/abfall",
        f"{GLADBECK};{DOGS};formular;https://gladbeck.example/hunde.pdf",
        f"{KREIS};{HUNT};beschrieben;",
        settings='complete = true\nsilence = "absence"',
    )

    report = scenario.sync()

    assert report.exit_code == EXIT_OK
    assert scenario.cell(BOTTROP, "10110") == CellView(
        "online", "", "gemeinde", "https://bottrop.example/abfall"
    )
    assert scenario.cell(GLADBECK, "10120").status == "form"
    assert scenario.cell(KREIS, "10130").status == "described"
    assert scenario.cell(BOTTROP, "10140").status == "missing"
    assert scenario.cell(BOTTROP, "10150").status == "not_competent"
    assert scenario.cell(BOTTROP, "10160") == CellView("unknown", "competence_unresolved", "", "")


def test_a_xzufi_feed_and_a_list_are_read_in_one_run(scenario: Scenario) -> None:
    write_message(
        scenario.folder / "stadt.xml",
        message(
            service("S1", DOGS),
            online("OD1", "https://bottrop.example/hunde"),
            responsibility("Z1", "S1", BOTTROP, GLADBECK),
        ),
    )
    scenario.sources["stadt"] = 'type = "xzufi"\nlocation = "stadt.xml"'
    scenario.add_list("portal", f"{GLADBECK};{WASTE};online;https://gladbeck.example/abfall")

    report = scenario.sync()

    counts = {outcome.source: (outcome.summary.read, outcome.counts.new) for outcome in report.sources}
    assert counts == {"stadt": (3, 3), "portal": (1, 1)}
    assert scenario.cell(GLADBECK, "10120").url == "https://bottrop.example/hunde"
    assert scenario.cell(GLADBECK, "10110").status == "online"


@MISBEHAVING
def test_one_source_that_goes_wrong_stops_no_other(scenario: Scenario, how: str) -> None:
    scenario.add_fake("first", offer(BOTTROP, WASTE))
    misbehave(scenario.add_fake("sick", offer(BOTTROP, PARKING)), how)
    scenario.add_fake("last", offer(GLADBECK, DOGS))

    report = scenario.sync()

    assert states(report) == {"first": ("ok", ""), "sick": MISBEHAVIOUR[how], "last": ("ok", "")}
    assert (report.state, report.exit_code) == ("partial", EXIT_SOME)
    assert scenario.cell(BOTTROP, "10110").status == "online"
    assert scenario.cell(GLADBECK, "10120").status == "online"
    assert scenario.cell(BOTTROP, "10140") == CellView("unknown", "source_failed", "", "")


@MISBEHAVING
def test_the_last_good_state_of_a_source_that_goes_wrong_stays(scenario: Scenario, how: str) -> None:
    script = scenario.add_fake(
        "stadt", offer(BOTTROP, WASTE), offer(GLADBECK, DOGS, "described"), settings="silence = 'absence'"
    )
    scenario.sync()
    known, statuses = scenario.dump(*DELIVERED), {key: cell.status for key, cell in scenario.cells().items()}
    script.records = [offer(BOTTROP, PARKING)]
    misbehave(script, how)

    report = scenario.sync()

    assert (report.state, report.exit_code) == ("failed", EXIT_NONE)
    assert scenario.dump(*DELIVERED) == known
    now = {key: cell.status for key, cell in scenario.cells().items()}
    # What was shown stays; of what was not, the source says nothing any more.
    assert now == {key: "unknown" if status == "missing" else status for key, status in statuses.items()}
    source = scenario.source("stadt")
    assert source.state == MISBEHAVIOUR[how][0]
    assert (source.applied_at, source.attempted_at) == (
        "2025-03-02T02:00:00+00:00",
        "2025-03-03T02:00:00+00:00",
    )


def test_a_source_that_recovers_is_as_if_nothing_had_been(scenario: Scenario) -> None:
    script = scenario.add_fake("stadt", offer(BOTTROP, WASTE), settings="silence = 'absence'")
    scenario.sync()
    before = scenario.cells()
    misbehave(script, "retry")
    scenario.sync()
    script.acquiring = None

    report = scenario.sync()

    assert states(report) == {"stadt": ("unchanged", "")}
    assert scenario.cells() == before
    assert {cause for _, _, cause in scenario.last_changes().values()} == {"source_recovered"}


def test_what_became_of_each_source_is_on_record(scenario: Scenario) -> None:
    scenario.add_list(
        "portal",
        f"{BOTTROP};{WASTE};online;https://bottrop.example/abfall",
        f";{DOGS};online;https://nowhere.example/",
        f"{BOTTROP};{PARKING};vielleicht;",
    )
    misbehave(scenario.add_fake("stadt"), "retry")

    report = scenario.sync()

    (run,) = scenario.rows("run")
    assert (run.id, run.state, run.region, run.cells_changed) == (report.run_id, "partial", "Probe", 18)
    assert (run.started_at, run.finished_at) == (report.started_at, report.finished_at)
    portal, stadt = scenario.rows("source_run")
    assert (portal.state, portal.read, portal.new, portal.rejected, portal.scope) == (
        "ok",
        3,
        1,
        2,
        "part",  # two rows could not be read
    )
    assert (stadt.state, stadt.message) == ("failed", "http_status")
    assert stadt.params == '{"status": 503, "url": "https://a.example/"}'
    issues = [issue._mapping for issue in scenario.rows("issue")]
    assert sum(issue["count"] for issue in issues if issue["severity"] == "skipped") == portal.rejected == 2


def test_areas_and_services_that_nobody_knows_are_remarked_with_samples(scenario: Scenario) -> None:
    scenario.add_fake(
        "portal",
        offer("05999999", WASTE),
        offer("05999999", DOGS),
        offer("Atlantis", DOGS),
        offer(BOTTROP, "99999999999999"),
        settings="minimum = 0",
    )

    summary = scenario.sync_one("portal").summary

    assert summary.issues["notice", "area_unknown"] == (3, [("", "05999999"), ("", "Atlantis")])
    assert summary.issues["notice", "service_unmatched"] == (
        1,
        [("99999999999999", "99999999999999")],
    )


def test_services_under_review_and_repeated_objects_are_remarked(scenario: Scenario) -> None:
    twice = offer(BOTTROP, WASTE)
    review = twice._replace(
        ref="r", service=twice.service._replace(ref="r", title="Hundewiese Sperrmüll", keys=())
    )
    script = scenario.add_fake("portal", twice, twice, offer(BOTTROP, DOGS), review)
    script.records.append(offer(BOTTROP, DOGS, "described"))

    issues = scenario.sync_one("portal").summary.issues

    assert issues["notice", "object_repeated"] == (1, [])
    assert issues["notice", "object_contradictory"] == (1, [])
    assert issues["notice", "service_under_review"] == (1, [("r", "Hundewiese Sperrmüll")])


@SQLITE
def test_sources_are_told_in_the_order_of_the_region_file(scenario: Scenario) -> None:
    told: list[str] = []

    class Noting(Silent):
        def source_started(self, source: str) -> None:
            told.append(f"{source} begins")

        def source_done(self, outcome: object) -> None:
            told.append(f"{getattr(outcome, 'source', '')} done")

        def cells_started(self) -> None:
            told.append("cells")

    for name in ("c", "a", "b"):
        scenario.add_fake(name, offer(BOTTROP, WASTE))
    scenario.progress = Noting()

    scenario.sync()

    assert told == [
        *("c begins", "a begins", "b begins"),
        *("c done", "a done", "b done"),
        "cells",
    ]


@SQLITE
def test_only_the_sources_asked_for_are_read(scenario: Scenario) -> None:
    wanted = scenario.add_fake("wanted", offer(BOTTROP, WASTE))
    other = scenario.add_fake("other", offer(GLADBECK, WASTE))

    report = scenario.sync(only=("wanted",))

    assert states(report) == {"wanted": ("ok", "")}
    assert (wanted.read, other.read) == (1, 0)
    assert scenario.source("other").state == "never"
    assert scenario.cell(GLADBECK, "10110") == CellView("unknown", "never_asked", "", "")


@SQLITE
@pytest.mark.parametrize("asked", ["only", "accept"])
def test_a_source_nobody_configured_is_refused_before_anything_is_touched(
    scenario: Scenario, asked: str
) -> None:
    scenario.add_fake("portal", offer(BOTTROP, WASTE))
    before = scenario.dump()

    with pytest.raises(UnknownSource) as caught:
        scenario.sync(only=("portl",)) if asked == "only" else scenario.sync(accept=("portl",))

    assert (caught.value.source, caught.value.known) == ("portl", ["portal"])
    assert scenario.dump() == before


@SQLITE
def test_a_region_without_sources_knows_that_nobody_was_asked(scenario: Scenario) -> None:
    report = scenario.sync()

    assert (report.state, report.exit_code) == ("ok", EXIT_NONE)
    assert {cell.reason for cell in scenario.cells().values() if cell.status == "unknown"} == {
        "never_asked",
        "competence_unresolved",
    }


@SQLITE
@pytest.mark.parametrize(
    ("good", "bad", "code"), [(2, 0, EXIT_OK), (1, 1, EXIT_SOME), (0, 2, EXIT_NONE), (0, 0, EXIT_NONE)]
)
def test_exit_codes_count_sources(scenario: Scenario, good: int, bad: int, code: int) -> None:
    for number in range(good):
        scenario.add_fake(f"good{number}", offer(BOTTROP, WASTE))
    for number in range(bad):
        misbehave(scenario.add_fake(f"bad{number}"), "retry")

    assert scenario.sync().exit_code == code


@SQLITE
@pytest.mark.parametrize("how", MISBEHAVIOUR)
def test_nothing_is_left_in_the_work_folder(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(work))
    scenario.add_fake("good", offer(BOTTROP, WASTE))
    misbehave(scenario.add_fake("sick"), how)

    scenario.sync()

    assert list(work.iterdir()) == []


@SQLITE
def test_without_options_a_run_reads_everything_now(scenario: Scenario) -> None:
    scenario.add_fake("portal", offer(BOTTROP, WASTE))

    report = sync(scenario.store, scenario.region(), Options(), Silent())

    assert report.state == "ok"
    assert report.started_at.endswith("+00:00")
    assert report.sources[0].seconds >= 0


LONG = "x" * 5_000
#: Texts that no honest source delivers, one for each place where a delivery has one.
MONSTERS: dict[str, Callable[[Scenario], None]] = {
    "observed_at": lambda scenario: _add(scenario, observed_at=LONG),
    "operator": lambda scenario: _add(scenario, operator="shared", unit=LONG, note=LONG),
    "url": lambda scenario: _add(scenario, url=LONG),
    "created_at": lambda scenario: _end(scenario, created_at=LONG),
}


def _add(scenario: Scenario, **said: str) -> None:
    scenario.add_fake("monster", offer(BOTTROP, PARKING, **said))


def _end(scenario: Scenario, created_at: str) -> None:
    scenario.add_fake("monster", offer(BOTTROP, PARKING), end=EVERYTHING._replace(created_at=created_at))


@pytest.mark.parametrize("place", MONSTERS)
def test_endless_texts_are_taken_like_any_other(scenario: Scenario, place: str) -> None:
    MONSTERS[place](scenario)

    assert states(scenario.sync()) == {"monster": ("ok", "")}


def test_a_delivery_that_the_database_refuses_stops_no_other_source(scenario: Scenario) -> None:
    scenario.add_fake("monster", offer(BOTTROP, PARKING, operator="o" * 5_000))
    script = scenario.add_fake("monster2")
    script.records = [offer(BOTTROP, PARKING)._replace(ref=None)]  # type: ignore[arg-type]
    scenario.add_fake("good", offer(GLADBECK, DOGS))

    report = scenario.sync()

    assert states(report)["good"] == ("ok", "")
    assert states(report)["monster2"] == ("failed", "defect")


def test_increments_change_only_what_they_name(scenario: Scenario) -> None:
    script = scenario.add_fake("stadt", offer(BOTTROP, WASTE), offer(BOTTROP, DOGS))
    scenario.sync()
    script.records, script.end = [offer(BOTTROP, PARKING)], Completeness("increment")

    outcome = scenario.sync_one("stadt")

    assert (outcome.state, outcome.counts.new, outcome.counts.vanished) == ("ok", 1, 0)
    assert scenario.source("stadt").complete
    assert {scenario.cell(BOTTROP, ozg_id).status for ozg_id in ("10110", "10120", "10140")} == {"online"}


@SQLITE
def test_what_is_logged_about_a_source_says_so_in_every_thread(scenario: Scenario) -> None:
    contexts: dict[str, dict[str, object]] = {}
    for name, area in (("first", BOTTROP), ("second", GLADBECK)):
        script = scenario.add_fake(name, offer(area, WASTE))
        script.acquiring = lambda name=name: contexts.setdefault(name, dict(said_by_context()))  # type: ignore[misc]

    report = scenario.sync()

    assert contexts == {name: {"run": report.run_id, "source": name} for name in ("first", "second")}
    assert dict(said_by_context()) == {}
