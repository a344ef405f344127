"""Promises 1 to 5 and 7: what happens between a server and us never reaches the catalogue half done."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from connectors.contract import SourceSettings
from connectors.policy import FetchPolicy
from tests.faults.region import DOGS, FEED, assert_sound, feed, known, serve
from tests.faultserver import FaultServer
from tests.misbehaviours import BROKEN, SILENT
from tests.sync.miniature import BOTTROP
from tests.sync.scenario import SQLITE, Scenario

ATTEMPTS = 4
CUT = tuple(fault for fault in BROKEN if fault.partition("=")[0] in {"reset", "short", "chunk-cut"})


@pytest.fixture
def region(scenario: Scenario, server: FaultServer) -> Scenario:
    """A region whose feed was read once, properly."""
    server.add(FEED, feed(), "application/xml")
    serve(scenario, server)
    assert scenario.sync().exit_code == 0
    assert scenario.cell(BOTTROP, "10120").status == "online"
    return scenario


def deadline(monkeypatch: pytest.MonkeyPatch, **limits: float | int) -> None:
    """Let sources be given up sooner than usual."""
    usual = SourceSettings.policy

    def policy(settings: SourceSettings) -> FetchPolicy:
        return replace(usual(settings), **limits)  # type: ignore[arg-type]

    monkeypatch.setattr(SourceSettings, "policy", policy)


@SQLITE
@pytest.mark.parametrize("fault", CUT)
def test_promise_1_a_transfer_that_breaks_leaves_the_catalogue_as_it_was(
    region: Scenario, server: FaultServer, pauses: list[float], fault: str
) -> None:
    before = known(region)
    server.add(FEED, feed(7), "application/xml")
    serve(region, server, fault)

    outcome = region.sync_one("stadt")

    assert (outcome.state, outcome.message) == ("failed", "connection_broken")
    assert server.hits[server.path(FEED, fault=fault)] == ATTEMPTS
    first, second, third = pauses
    assert 0.5 <= first <= 1 <= second <= 2 <= third <= 4
    assert known(region) == before
    assert_sound(region)


@SQLITE
def test_promise_1_a_later_attempt_of_the_same_run_is_enough(
    region: Scenario, server: FaultServer, pauses: list[float]
) -> None:
    server.add(FEED, feed(7), "application/xml")
    serve(region, server, f"flaky-reset={ATTEMPTS - 1}")

    outcome = region.sync_one("stadt")

    assert (outcome.state, outcome.counts.new) == ("ok", 2)
    assert server.hits[server.path(FEED, fault=f"flaky-reset={ATTEMPTS - 1}")] == ATTEMPTS


@SQLITE
@pytest.mark.parametrize("fault", ["slow-body=0.05", "slow-head=0.05", "stall=50", "hang"])
def test_promise_2_a_slow_source_is_given_up_in_time_and_holds_up_no_other(
    region: Scenario,
    server: FaultServer,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
    figures: dict[str, str],
    fault: str,
) -> None:
    seconds = 1.0
    deadline(monkeypatch, deadline=seconds, download_deadline=seconds, attempts=1)
    serve(region, server, fault)
    region.write_list("kreis", f"055620000000;99057001001000;online;https://kreis.example/{fault[:4]}")
    begun = time.monotonic()

    report = region.sync()

    states = {outcome.source: outcome.state for outcome in report.sources}
    assert states == {"kreis": "ok", "stadt": "failed"}
    slow = next(outcome for outcome in report.sources if outcome.source == "stadt")
    assert slow.message in {"too_slow", "timed_out", "rate_too_low"}
    figures[f"promise 2, {fault}"] = f"given up after {slow.seconds:.1f} s of {seconds:.0f} s"
    assert time.monotonic() - begun < seconds + 1 + 4, "four seconds for a busy machine"
    assert_sound(region)


@SQLITE
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_promise_3_three_failures_of_a_server_are_overcome(
    region: Scenario, server: FaultServer, pauses: list[float], status: int
) -> None:
    fault = f"flaky=3,{status}"
    server.add(FEED, feed(7), "application/xml")
    serve(region, server, fault)

    assert region.sync_one("stadt").state == "ok"
    assert server.hits[server.path(FEED, fault=fault)] <= ATTEMPTS


def test_promise_4_a_server_that_fails_for_ever_fails_its_source_and_no_other(
    region: Scenario, server: FaultServer, pauses: list[float]
) -> None:
    before = region.source("stadt").applied_at
    serve(region, server, "status=503")
    region.write_list("kreis", "055620000000;99057001001000;online;https://kreis.example/neu")

    report = region.sync()

    assert report.exit_code == 3
    assert {outcome.source: outcome.state for outcome in report.sources} == {"kreis": "ok", "stadt": "failed"}
    assert server.hits[server.path(FEED, fault="status=503")] == ATTEMPTS
    assert region.source("stadt").applied_at == before
    assert region.cell(BOTTROP, "10120").status == "online"
    assert region.gaps() == set()
    assert_sound(region)


@SQLITE
@pytest.mark.parametrize(
    ("fault", "state", "waited"),
    [
        ("busy-once=2", "ok", [2.0]),
        ("busy-once=Tue, 06 Jan 2026 02:31:00 GMT", "ok", [60.0]),
        ("busy=86400", "failed", []),
        ("busy-once=soon", "ok", None),
    ],
)
def test_promise_5_a_busy_server_is_given_its_time_within_reason(
    region: Scenario,
    server: FaultServer,
    pauses: list[float],
    fault: str,
    state: str,
    waited: list[float] | None,
) -> None:
    serve(region, server, fault)
    server.add(FEED, feed(7), "application/xml")

    outcome = region.sync_one("stadt")

    assert outcome.state == state
    assert (outcome.message == "postponed") is (state == "failed")
    assert waited is None or pauses == waited
    assert max(pauses, default=0) <= 120


@SQLITE
@pytest.mark.parametrize("fault", SILENT)
def test_promise_7_a_delivery_that_ends_early_without_a_sign_is_rejected(
    region: Scenario, server: FaultServer, fault: str
) -> None:
    before = known(region)
    server.add(FEED, feed(7), "application/xml")
    serve(region, server, fault)

    outcome = region.sync_one("stadt")

    assert (outcome.state, outcome.message) == ("failed", "xml_truncated")
    assert int(outcome.params["position"]) == len(feed(7)) * int(fault.partition("=")[2]) // 100
    assert known(region) == before
    assert region.gaps() == set()
    assert_sound(region)


def test_the_reference_of_this_file_is_what_it_is_taken_for(region: Scenario) -> None:
    assert DOGS in feed().decode()
    assert len(region.rows("offering")) == 8
