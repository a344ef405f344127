"""Fetching and staging one source: every failure is part of the result, and nothing is half done."""

from __future__ import annotations

import errno
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import catalogue.staging
import sync.prepare
from catalogue.records import Record, Status
from catalogue.staging import StageSummary
from connectors.assignment import Assignment
from connectors.contract import Part
from connectors.errors import AbortRun, RejectDelivery, RetryLater
from connectors.xzufi import XzufiSettings
from sync.executor import ExecutorKind
from sync.prepare import Prepared, prepare
from tests.sync import workers
from tests.sync.fakes import EVERYTHING, FakeConnector, FakeSettings, Script, offer
from tests.sync.xzufi import MESSAGE, write_message
from tests.waiting import until

SETTINGS = FakeSettings(id="portal", type="fake")
RECORDS: list[Record] = [offer("055120000000", f"9910201310{number}000") for number in range(6)]


@pytest.fixture
def script() -> Script:
    return FakeConnector.scripts.setdefault("portal", Script(list(RECORDS)))


def run(folder: Path, applied: str = "", executor: ExecutorKind | None = "inline") -> Prepared:
    return prepare(SETTINGS, folder / "portal", applied, executor)


def staged_refs(prepared: Prepared) -> list[str]:
    assert prepared.stage is not None
    with closing(sqlite3.connect(prepared.stage)) as connection:
        return [ref for (ref,) in connection.execute("SELECT ref FROM stage_offering ORDER BY ref")]


def raising(error: Exception) -> Callable[[], object]:
    def act() -> object:
        raise error

    return act


def test_a_delivery_is_staged_with_its_hash_and_summary(tmp_path: Path, script: Script) -> None:
    prepared = run(tmp_path)

    assert prepared.error is None
    assert len(prepared.digest) == 32
    assert (prepared.summary.read, prepared.summary.objects) == (6, 6)
    assert prepared.summary.scope == "everything"
    assert len(staged_refs(prepared)) == 6


def test_the_applied_delivery_is_recognised_by_its_hash_and_not_parsed(
    tmp_path: Path, script: Script
) -> None:
    digest = run(tmp_path).digest
    script.read = 0

    prepared = run(tmp_path, applied=digest)

    assert (prepared.stage, prepared.error, prepared.digest) == (None, None, digest)
    assert script.read == 0


@pytest.mark.parametrize("executor", ["inline", "threads"])
def test_parts_are_merged_in_reading_order_whoever_was_first(
    tmp_path: Path, script: Script, executor: ExecutorKind
) -> None:
    first = offer("055120000000", "99102013104000", "described")
    last = first._replace(status=Status.ONLINE)
    script.records, script.parts = [first, *RECORDS, last], 8

    prepared = run(tmp_path, executor=executor)

    assert prepared.stage is not None
    assert script.read == 8
    with closing(sqlite3.connect(prepared.stage)) as connection:
        query = "SELECT status FROM stage_statement WHERE ref = ?"
        assert connection.execute(query, (first.ref,)).fetchall() == [("online",)]
    assert sorted(path.name for path in prepared.stage.parent.glob("stage-*")) == ["stage-00000.sqlite"]


def test_a_delivery_is_as_complete_as_its_least_complete_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Script
) -> None:
    script.parts = 3
    ends = {"0": EVERYTHING, "1": EVERYTHING._replace(scope="part"), "2": EVERYTHING}
    monkeypatch.setattr(
        FakeConnector, "read", lambda _, part: iter([RECORDS[int(part.name)], ends[part.name]])
    )

    assert run(tmp_path).summary.scope == "part"


@pytest.mark.parametrize("kind", [RetryLater, RejectDelivery, AbortRun])
@pytest.mark.parametrize("step", ["acquiring", "reading"])
def test_errors_of_connectors_are_results(
    tmp_path: Path, script: Script, step: str, kind: type[RetryLater]
) -> None:
    setattr(script, step, raising(kind("http_status", status=503)))

    prepared = run(tmp_path)

    assert type(prepared.error) is kind
    assert (prepared.error.code, prepared.error.params) == ("http_status", {"status": 503})
    assert prepared.stage is None
    assert prepared.summary == StageSummary()


@pytest.mark.parametrize(
    ("error", "code", "why"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full", "No space left on device"),
        (OSError(errno.EDQUOT, "Quota exceeded"), "disk_full", "Quota exceeded"),
        (OSError(errno.EIO, "Input/output error"), "io_failed", "Input/output error"),
        (OSError(), "io_failed", "OSError"),
        (ZeroDivisionError("the password is 123"), "defect", "ZeroDivisionError"),
        (MemoryError(), "defect", "MemoryError"),
    ],
)
@pytest.mark.parametrize("step", ["acquiring", "reading"])
def test_anything_else_that_goes_wrong_is_a_result_to_be_tried_again(
    tmp_path: Path, script: Script, step: str, error: Exception, code: str, why: str
) -> None:
    setattr(script, step, raising(error))

    prepared = run(tmp_path)

    assert isinstance(prepared.error, RetryLater)
    assert (prepared.error.code, prepared.error.params) == (code, {"why": why})


def test_a_work_folder_that_cannot_be_made_is_a_result(tmp_path: Path, script: Script) -> None:
    (tmp_path / "portal").write_text("a file where the folder should be", encoding="utf-8")

    prepared = run(tmp_path)

    assert prepared.error is not None
    assert prepared.error.code == "io_failed"


def test_a_disk_that_is_full_while_staging_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Script
) -> None:
    usual = catalogue.staging._open

    def with_little_room(path: Path) -> sqlite3.Connection:
        connection = usual(path)
        connection.execute("PRAGMA max_page_count = 20")
        return connection

    monkeypatch.setattr(catalogue.staging, "_open", with_little_room)
    script.records = [offer("055120000000", f"{number:014}") for number in range(5_000)]

    prepared = run(tmp_path)

    assert prepared.error is not None
    assert prepared.error.code == "disk_full"
    assert not list((tmp_path / "portal").glob("stage-*"))


def test_a_delivery_without_files_is_rejected(tmp_path: Path, script: Script) -> None:
    script.parts = 0

    prepared = run(tmp_path)

    assert isinstance(prepared.error, RejectDelivery)
    assert prepared.error.code == "delivery_without_files"


def test_one_part_that_fails_fails_the_delivery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Script
) -> None:
    script.parts = 3
    usual = FakeConnector.read

    def read(connector: FakeConnector, part: Part) -> object:
        if part.name == "1":
            raise RejectDelivery("xzufi_truncated", file="1")
        return usual(connector, part)

    monkeypatch.setattr(FakeConnector, "read", read)

    prepared = run(tmp_path)

    assert prepared.error is not None
    assert prepared.error.code == "xzufi_truncated"
    assert prepared.stage is None


def xzufi_settings(folder: Path, *names: str) -> XzufiSettings:
    for number, name in enumerate(names):
        write_message(folder / name, MESSAGE.replace("99102013104000", f"9910201310400{number}"))
    return XzufiSettings(id="stadt", type="xzufi", location=str(folder))


def test_files_are_parsed_in_processes_with_the_same_result(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    settings = xzufi_settings(tmp_path / "in", "a.xml", "b.xml")

    inline = prepare(settings, tmp_path / "1", "", "inline")
    processes = prepare(settings, tmp_path / "2", "", "processes")

    assert inline.error is processes.error is None
    assert inline.summary == processes.summary
    assert staged_refs(inline) == staged_refs(processes)


def test_heavy_deliveries_go_to_processes_by_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    settings = xzufi_settings(tmp_path / "in", "a.xml")
    chosen: list[str] = []

    def note(kind: ExecutorKind) -> object:
        chosen.append(kind)
        raise RetryLater("enough")

    monkeypatch.setattr(sync.prepare, "open_executor", note)
    prepare(settings, tmp_path / "1", "", None)
    monkeypatch.setattr(sync.prepare, "SMALL_DELIVERY", 100)
    prepare(settings, tmp_path / "2", "", None)

    assert chosen == ["inline", "processes"]


def test_a_worker_that_dies_is_an_error_of_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.prepare, "stage_part", workers.stage_part_or_die)
    (tmp_path / "in").mkdir()
    settings = xzufi_settings(tmp_path / "in", "a.xml", "sick.xml")

    prepared = prepare(settings, tmp_path / "work", "", "processes")

    assert isinstance(prepared.error, RetryLater)
    assert prepared.error.code == "worker_died"


def test_work_in_processes_is_given_up_as_soon_as_nobody_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.prepare, "stage_part", workers.stage_part_and_hang)
    (tmp_path / "in").mkdir()
    settings = xzufi_settings(tmp_path / "in", "a.xml")
    stop, results = threading.Event(), []

    def work() -> None:
        results.append(prepare(settings, tmp_path / "work", "", "processes", Assignment(stop=stop)))

    thread = threading.Thread(target=work)
    thread.start()
    until((tmp_path / "work" / "hanging").exists)
    stop.set()
    thread.join(60)

    assert [prepared.error and prepared.error.code for prepared in results] == ["cancelled"]


def test_the_files_of_a_delivery_are_named_also_where_it_is_refused(tmp_path: Path, script: Script) -> None:
    script.parts = 2
    assert [part.name for part in run(tmp_path).parts] == ["0", "1"]
    assert run(tmp_path, run(tmp_path).digest).parts == ()
    script.reading = raising(RejectDelivery("xzufi_truncated", file="a.xml"))
    refused = run(tmp_path)

    assert refused.error is not None
    assert [part.name for part in refused.parts] == ["0", "1"]
