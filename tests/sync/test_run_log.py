"""A source that is a log: read to its end once, then on from there, and believed as far as it was read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import sync.judging
import sync.prepare
import sync.run
from catalogue import tables
from catalogue.records import Completeness, Memory
from sync.guard import Standing, object_to
from tests.connectors.bereitstelldienst_server import BLOCKS, SECRET, LogServer, block
from tests.connectors.observing import MEBIBYTE, grows_at_most
from tests.faultserver import Call, FaultServer
from tests.sync.fakes import offer
from tests.sync.miniature import BOTTROP, GLADBECK
from tests.sync.scenario import DELIVERED, SQLITE, Scenario
from tests.sync.xzufi import message, online, remove, responsibility, service

DOGS, WASTE = "99102013104000", "99001009004000"
LOG = [
    service("S1", DOGS, "Hundesteuer Anmeldung"),
    online("OD1", "https://bottrop.example/hunde"),
    responsibility("Z1", "S1", BOTTROP),
    service("S2", WASTE, "Sperrmüll Entsorgung"),
    responsibility("Z2", "S2", BOTTROP),
    responsibility("Z3", "S1", GLADBECK),
]
BEGUN = Completeness("increment", since="0", until="2", reach="begun")
BEHIND = Completeness("increment", reach="behind")
CAUGHT_UP = Completeness("increment", reach="caught_up")


class Killed(BaseException):
    """Stands for the end of the process: nothing of the program catches it."""


class Messages(LogServer):
    """A log whose operations are written as the messages of this folder are."""

    def _block(self, index: int) -> bytes:
        operations = self.log[index : index + self.per_block]
        following = index + len(operations)
        xml = message(*operations) if operations else ""
        return block(xml, following=following, complete=following >= len(self.log))


@pytest.fixture
def log(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> Iterator[Messages]:
    """Give a log of two services of Bottrop and one of Gladbeck, and the source that reads it."""
    monkeypatch.setenv("LOG_SECRET", SECRET)
    with FaultServer() as server:
        log = Messages(server, list(LOG))
        configure(scenario, log)
        yield log


def configure(scenario: Scenario, log: Messages, **settings: object) -> None:
    given = {"type": "bereitstelldienst", **log.settings, **settings}
    scenario.sources["pvog"] = "\n".join(f"{name} = {json.dumps(value)}" for name, value in given.items())


def cursor(scenario: Scenario) -> str:
    return dict(scenario.rows("source_memory")[0]._mapping)["value"] if scenario.rows("source_memory") else ""


def active(scenario: Scenario) -> set[str]:
    """Return the refs of the offerings that count."""
    columns = tables.offering.columns.keys()
    rows = (dict(zip(columns, row, strict=True)) for row in scenario.rows("offering"))
    return {str(row["ref"]) for row in rows if row["withdrawn_run"] is None}


def test_a_log_is_read_to_its_end_and_then_goes_on_from_there(scenario: Scenario, log: Messages) -> None:
    first = scenario.sync_one("pvog")
    assert (first.state, first.summary.scope, first.counts.new) == ("ok", "everything", 6)
    assert (cursor(scenario), scenario.source("pvog").complete) == ("6", True)
    assert scenario.cell(BOTTROP, "10120").status == "online"

    log.log += [remove("Zustaendigkeit", "Z1"), remove("Zustaendigkeit", "Z-NIE"), service("S3", WASTE)]
    log.asked.clear()
    second = scenario.sync_one("pvog")
    assert log.indexes == [6, 8]
    assert (second.state, second.summary.scope) == ("ok", "increment")
    assert (second.counts.new, second.counts.withdrawn, second.counts.orphans) == (1, 1, 1)
    assert (cursor(scenario), scenario.source("pvog").complete) == ("9", True)
    assert scenario.cell(BOTTROP, "10120").status == "missing"


def test_deletions_of_what_the_log_no_longer_mentions_are_counted_and_not_listed(
    scenario: Scenario, log: Messages
) -> None:
    log.log[2:2] = [remove("Zustaendigkeit", "Z-1"), remove("Leistung", "S-1"), remove("Onlinedienst", "OD1")]
    log.log += [remove("Zustaendigkeit", "Z-1"), online("OD1", "https://bottrop.example/hunde")]
    first = scenario.sync_one("pvog")
    assert (first.counts.new, first.counts.orphans, first.summary.rejected) == (6, 2, 0)
    log.log += [remove("Zustaendigkeit", "Z-2")]
    assert scenario.sync_one("pvog").counts.orphans == 1


@SQLITE
def test_orphan_deletions_by_the_hundred_thousand_take_no_memory(
    scenario: Scenario, log: Messages, tmp_path: Path
) -> None:
    operations = "".join(remove("Zustaendigkeit", f"Z-{number}") for number in range(300_000))
    envelope = tmp_path / "block.json"
    envelope.write_bytes(block(message(operations), following=400_000, complete=True))
    del operations
    log.server.add(BLOCKS, lambda call: _send_file(call, envelope))
    with grows_at_most(96 * MEBIBYTE):
        outcome = scenario.sync_one("pvog", accept=("pvog",))
    assert (outcome.summary.read, outcome.counts.orphans) == (300_000, 300_000)
    assert outcome.summary.issues == {}
    assert (scenario.rows("offering"), cursor(scenario)) == ([], "400000")


def _send_file(call: Call, path: Path) -> None:
    call.send(call.head(Content_Length=path.stat().st_size))
    with path.open("rb") as file:
        while piece := file.read(65_536):
            call.send(piece)


def test_nights_in_which_nothing_came_change_nothing(scenario: Scenario, log: Messages) -> None:
    scenario.sync()
    known = scenario.dump(*DELIVERED, "cell", "source_memory")
    states = [scenario.sync_one("pvog").state for _ in range(3)]
    assert states == ["ok", "unchanged", "unchanged"]
    assert scenario.dump(*DELIVERED, "cell", "source_memory") == known
    assert scenario.source("pvog").complete


def test_a_log_read_in_stretches_speaks_only_when_all_of_it_was_read(
    scenario: Scenario, log: Messages
) -> None:
    configure(scenario, log, blocks_per_run=1)
    told = []
    for _ in range(4):
        outcome = scenario.sync_one("pvog")
        told.append((outcome.summary.scope, outcome.summary.reach, scenario.source("pvog").complete))
        if len(told) == 2:
            assert scenario.cell(BOTTROP, "10140") == ("unknown", "list_incomplete", "", "")
    assert told == [
        ("increment", "begun", False),
        ("increment", "behind", False),
        ("increment", "caught_up", True),
        ("increment", "caught_up", True),
    ]
    assert log.indexes == [0, 2, 4, 6]
    assert scenario.cell(BOTTROP, "10140").status == "missing"

    whole = scenario.dump("cell")
    configure(scenario, log, generation=2)
    scenario.sync()
    assert scenario.dump("cell") == whole


def test_a_stretch_says_that_there_is_more(scenario: Scenario, log: Messages) -> None:
    configure(scenario, log, blocks_per_run=2)
    issues = scenario.sync_one("pvog").summary.issues
    assert issues["notice", "log_goes_on"] == (1, [("", "4")])


def test_a_log_that_falls_behind_no_longer_speaks_until_it_caught_up(
    scenario: Scenario, log: Messages
) -> None:
    scenario.sync()
    assert scenario.cell(BOTTROP, "10140").status == "missing"
    configure(scenario, log, blocks_per_run=1)
    log.log += [service("S4", WASTE)] * 4
    scenario.sync()
    assert not scenario.source("pvog").complete
    assert scenario.cell(BOTTROP, "10140").status == "unknown"
    scenario.sync()
    assert scenario.source("pvog").complete
    assert scenario.cell(BOTTROP, "10140").status == "missing"


@pytest.mark.parametrize("place", ["stage", "apply"])
def test_a_run_killed_before_the_blocks_are_applied_reads_the_same_blocks_again(
    scenario: Scenario, log: Messages, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    scenario.sync()
    log.log += [remove("Zustaendigkeit", "Z1"), service("S3", WASTE), responsibility("Z4", "S3", GLADBECK)]
    log.asked.clear()

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(sync.prepare if place == "stage" else sync.judging, *_victim(place, scenario), die)
        with pytest.raises(Killed):
            scenario.sync()
    assert cursor(scenario) == "6"
    assert active(scenario) == {"A:Z1", "A:Z2", "A:Z3"}

    outcome = scenario.sync_one("pvog")
    assert log.indexes == [6, 8, 6, 8]
    assert (outcome.counts.new, outcome.counts.withdrawn, cursor(scenario)) == (2, 1, "9")
    assert active(scenario) == {"A:Z2", "A:Z3", "A:Z4"}


def _victim(place: str, scenario: Scenario) -> tuple[str]:
    if place == "stage":
        return ("merge_stages" if scenario.store.is_sqlite else "join_stages",)
    return ("apply_delivery",)


def test_a_run_killed_after_the_blocks_are_applied_reads_none_of_them_again(
    scenario: Scenario, log: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(sync.run, "recompute", die)
        with pytest.raises(Killed):
            scenario.sync()
    log.asked.clear()
    scenario.sync()
    assert log.indexes == [6]
    assert scenario.cell(BOTTROP, "10120").status == "online"


def test_the_same_blocks_read_a_second_time_change_nothing(scenario: Scenario, log: Messages) -> None:
    """As after a backup was put back: the cursor is older than the data."""
    scenario.sync()
    log.log += [remove("Zustaendigkeit", "Z1"), service("S3", WASTE), responsibility("Z4", "S3", GLADBECK)]
    scenario.sync()
    known = scenario.dump(*DELIVERED, "cell")
    with scenario.store.write() as connection:
        connection.execute(tables.source_memory.update().values(value="6"))
        connection.execute(tables.source.update().values(applied_digest="another"))
    outcome = scenario.sync_one("pvog")
    assert (outcome.counts.new, outcome.counts.changed, outcome.counts.withdrawn) == (0, 0, 0)
    assert scenario.dump(*DELIVERED, "cell") == known
    assert cursor(scenario) == "9"


def test_a_failed_night_leaves_cursor_and_data_as_they_were(scenario: Scenario, log: Messages) -> None:
    scenario.sync()
    known = scenario.dump(*DELIVERED, "source_memory")
    log.log += [remove("Zustaendigkeit", "Z1"), *[service("S3", WASTE)] * 3]
    log.answers = {8: b"<html>Wartung</html>"}
    assert scenario.sync_one("pvog").state == "failed"
    assert scenario.dump(*DELIVERED, "source_memory") == known
    log.answers = {}
    assert scenario.sync_one("pvog").counts.withdrawn == 1


def test_raising_the_generation_reads_everything_again_and_forgets_what_is_no_longer_there(
    scenario: Scenario, log: Messages
) -> None:
    scenario.sync()
    log.log[4:5] = []  # the log lost it without a word
    configure(scenario, log, generation=2, allowed_shrink=0.5)
    log.asked.clear()
    outcome = scenario.sync_one("pvog")
    assert log.indexes == [0, 2, 4]
    assert (outcome.summary.scope, outcome.counts.vanished) == ("everything", 1)
    assert active(scenario) == {"A:Z1", "A:Z2", "A:Z3"}
    assert scenario.sync_one("pvog").counts.withdrawn == 1
    assert active(scenario) == {"A:Z1", "A:Z3"}
    assert scenario.cell(BOTTROP, "10110").status == "missing"


def test_what_came_back_after_a_replay_is_not_given_up(scenario: Scenario, log: Messages) -> None:
    scenario.sync()
    gone = log.log.pop(4)
    configure(scenario, log, generation=2, allowed_shrink=0.5)
    scenario.sync()
    log.log.append(gone)
    scenario.sync()
    assert active(scenario) == {"A:Z1", "A:Z2", "A:Z3"}


def test_settings_that_only_say_how_to_get_there_forget_nothing(scenario: Scenario, log: Messages) -> None:
    scenario.sync()
    log.asked.clear()
    configure(scenario, log, blocks_per_run=7, minimum=2, client_id="anderer", scope="alles")
    scenario.sync()
    assert log.indexes == [6]


def test_a_replay_that_does_not_reach_the_end_replaces_nothing(scenario: Scenario, log: Messages) -> None:
    scenario.sync()
    known = scenario.dump(*DELIVERED, "source_memory")
    configure(scenario, log, generation=2, blocks_per_run=2)
    outcome = scenario.sync_one("pvog")
    assert (outcome.state, outcome.message, outcome.params) == (
        "held",
        "delivery_begun_again",
        {"until": "4"},
    )
    assert scenario.dump(*DELIVERED, "source_memory") == known
    configure(scenario, log, generation=2, blocks_per_run=3)
    assert scenario.sync_one("pvog").summary.scope == "everything"


def test_a_replay_in_stretches_can_be_released_by_hand_and_speaks_when_it_is_through(
    scenario: Scenario, log: Messages
) -> None:
    scenario.sync()
    configure(scenario, log, generation=2, blocks_per_run=2)
    assert scenario.sync_one("pvog", accept=("pvog",)).accepted_by_hand
    assert not scenario.source("pvog").complete
    assert scenario.sync_one("pvog").summary.reach == "caught_up"
    assert scenario.source("pvog").complete


@SQLITE
def test_a_secret_may_lie_in_a_file_beside_the_region_file(scenario: Scenario, log: Messages) -> None:
    (scenario.folder / "geheim.txt").write_text(f"{SECRET}\n", encoding="utf-8")
    configure(scenario, log, client_secret_env="", client_secret_file="./geheim.txt")
    assert scenario.sync_one("pvog").state == "ok"


@SQLITE
def test_reach_decides_over_completeness_only_for_logs(scenario: Scenario) -> None:
    script = scenario.add_fake("feed", offer(BOTTROP, DOGS))
    scenario.sync()
    for end, complete in ((Completeness("increment"), True), (BEHIND, False), (CAUGHT_UP, True)):
        script.records, script.end = [Memory("night", repr(end))], end
        scenario.sync()
        assert scenario.source("feed").complete is complete


@SQLITE
def test_a_beginning_is_held_only_where_there_is_something_to_lose(scenario: Scenario) -> None:
    script = scenario.add_fake("feed", offer(BOTTROP, DOGS), end=BEGUN)
    outcome = scenario.sync_one("feed")
    assert outcome.state == "ok"
    objections = object_to(outcome.summary, scenario.region().sources[0], Standing(0, "", applied=True))
    assert [objection.code for objection in objections] == ["delivery_begun_again"]
    assert script.read == 1
