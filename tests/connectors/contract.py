"""What every connector must do, whatever its source does: one suite for all kinds.

A kind of source takes part with a few lines::

    class TestMyKind(ConnectorContract):
        specimens = (Specimen("my_kind", MyConnector, {...}, make_payload, "/feed.xml"),)

The suite serves the specimen's payload with every misbehaviour of ``tests.faults``. Whatever happens, the
connector ends in time and in bounded memory, with one of the named errors that the message catalogue
knows, and never calls a part everything.
"""

from __future__ import annotations

import pickle
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import psutil
import pytest

from catalogue import messages
from catalogue.records import Completeness, Issue, Record
from connectors.contract import Check, Connector, fetch, preview
from connectors.errors import ConnectorError, RejectDelivery, RetryLater
from connectors.fetch import Fetcher, FetchPolicy
from tests.connectors.specimens import PERSONAL, Specimen
from tests.faults import BROKEN, FOREIGN, HUGE, REFUSING, SILENT, SLOW
from tests.faultserver import FaultServer

__all__ = ["ConnectorContract"]

MEBIBYTE = 1_048_576
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
PHONE = re.compile(r"\+49[\d /-]{6,}|\b0\d{2,5}[ /-]\d[\d /-]{3,}")


class ConnectorContract:
    """The suite; subclasses name their specimens."""

    specimens: ClassVar[tuple[Specimen, ...]] = ()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run every check for every specimen."""
        if "specimen" in metafunc.fixturenames:
            metafunc.parametrize("specimen", self.specimens, ids=lambda specimen: specimen.name)

    @pytest.fixture
    def place(self, server: FaultServer, specimen: Specimen) -> Callable[..., str]:
        """Give a function that serves the specimen, with a fault if one is named, and says where."""

        def serve(fault: str = "", count: int = 500) -> str:
            for path, content in specimen.make(count).items():
                server.add(path, content)
            server.spared.update(specimen.spared)
            return server.url(specimen.entry, fault=fault)

        return serve

    @pytest.fixture
    def patient(self) -> Iterator[Fetcher]:
        """Give a client with time enough for anything but the worst."""
        policy = FetchPolicy(
            allow_private=True,
            deadline=10.0,
            download_deadline=20.0,
            attempts=2,
            max_bytes=MEBIBYTE,
            max_download=4 * MEBIBYTE,
        )
        with Fetcher(policy, sleep=lambda seconds: None, rng=random.Random(1)) as fetcher:
            yield fetcher

    @pytest.fixture
    def hasty(self) -> Iterator[Fetcher]:
        """Give a client that gives up at once."""
        policy = FetchPolicy(
            allow_private=True, deadline=0.3, download_deadline=0.5, rate_window=0.3, attempts=1
        )
        with Fetcher(policy, sleep=lambda seconds: None) as fetcher:
            yield fetcher

    def test_a_good_delivery_is_read_to_its_end(
        self, specimen: Specimen, place: Callable[..., str], patient: Fetcher, tmp_path: Path
    ) -> None:
        connector = specimen.build(place(), patient)
        delivery = connector.acquire(tmp_path)
        for part in delivery.parts:
            *records, last = connector.read(part)
            assert isinstance(last, Completeness)
            assert last.scope == specimen.scope
            assert [record for record in records if not isinstance(record, Issue | Completeness)]
            assert not any(isinstance(record, Completeness) for record in records)

    def test_reading_needs_no_network_and_can_be_repeated_in_any_process(
        self, specimen: Specimen, patient: Fetcher, tmp_path: Path
    ) -> None:
        with FaultServer() as server:
            for path, content in specimen.make(50).items():
                server.add(path, content)
            connector = specimen.build(server.url(specimen.entry), patient)
            delivery = connector.acquire(tmp_path)
        elsewhere = pickle.loads(pickle.dumps(connector))
        for part in delivery.parts:
            records = list(connector.read(part))
            assert list(connector.read(part)) == records
            assert list(elsewhere.read(part)) == records

    def test_the_same_delivery_has_the_same_digest_and_another_has_not(
        self, specimen: Specimen, place: Callable[..., str], patient: Fetcher, tmp_path: Path
    ) -> None:
        digests = []
        for number, count in enumerate((50, 50, 51)):
            folder = tmp_path / str(number)
            folder.mkdir()
            delivery = specimen.build(place(count=count), patient).acquire(folder)
            digests.append(delivery.digest)
            for part in delivery.parts:
                assert part.path.stat().st_size == part.size
        assert digests[0] == digests[1] != digests[2]

    def test_a_preview_is_no_longer_than_asked_for(
        self, specimen: Specimen, place: Callable[..., str], patient: Fetcher, tmp_path: Path
    ) -> None:
        connector = specimen.build(place(), patient)
        for count in (1, 3, 20):
            folder = tmp_path / str(count)
            folder.mkdir()
            records = preview(connector, folder, count)
            assert len(records) == count
            assert not any(isinstance(record, Completeness) for record in records)

    def test_nothing_personal_becomes_a_record(
        self, specimen: Specimen, place: Callable[..., str], patient: Fetcher, tmp_path: Path
    ) -> None:
        records = list(fetch(specimen.build(place(), patient), tmp_path))
        for text in _texts(records):
            assert not any(secret in text for secret in PERSONAL)
            assert not MAIL.search(text)
            assert not PHONE.search(text)

    def test_a_check_says_that_the_source_is_there(
        self, specimen: Specimen, place: Callable[..., str], patient: Fetcher
    ) -> None:
        check = specimen.build(place(), patient).check()
        assert check.ok
        _assert_explained(check)

    def test_memory_does_not_grow_with_the_delivery(
        self, specimen: Specimen, place: Callable[..., str], tmp_path: Path
    ) -> None:
        with Fetcher(FetchPolicy(allow_private=True)) as unlimited:
            connector = specimen.build(place(count=specimen.large), unlimited)
            parts = connector.acquire(tmp_path).parts
        with _grows_at_most(32 * MEBIBYTE):
            for part in parts:
                for _ in connector.read(part):
                    pass

    @pytest.mark.parametrize("fault", BROKEN)
    def test_a_broken_transfer_can_be_retried_later(
        self,
        specimen: Specimen,
        place: Callable[..., str],
        patient: Fetcher,
        tmp_path: Path,
        fault: str,
    ) -> None:
        connector = specimen.build(place(fault), patient)
        with pytest.raises(RetryLater) as caught:
            connector.acquire(tmp_path)
        _assert_explained(caught.value)
        assert [path for path in tmp_path.rglob("*") if path.name.endswith(".part")] == []

    @pytest.mark.parametrize("fault", SILENT)
    def test_a_delivery_that_was_cut_off_silently_is_never_everything(
        self,
        specimen: Specimen,
        place: Callable[..., str],
        patient: Fetcher,
        tmp_path: Path,
        fault: str,
    ) -> None:
        error, records = _run(specimen.build(place(fault), patient), tmp_path)
        if not specimen.has_end:
            # Nothing in such a file shows the cut; that a delivery shrank is for the guard to see.
            return
        assert isinstance(error, RejectDelivery)
        assert not _scopes(records)
        _assert_explained(error)

    @pytest.mark.parametrize("fault", SLOW)
    def test_a_slow_source_is_given_up_in_time(
        self,
        specimen: Specimen,
        place: Callable[..., str],
        hasty: Fetcher,
        tmp_path: Path,
        fault: str,
    ) -> None:
        connector = specimen.build(place(fault), hasty)
        start = time.monotonic()
        error, records = _run(connector, tmp_path)
        assert time.monotonic() - start < 2.0
        assert isinstance(error, RetryLater)
        assert not _scopes(records)
        _assert_explained(error)

    @pytest.mark.parametrize("fault", ["slow-head=0.1", "hang"])
    def test_a_check_of_a_slow_source_ends_in_time(
        self, specimen: Specimen, place: Callable[..., str], hasty: Fetcher, fault: str
    ) -> None:
        connector = specimen.build(place(fault), hasty)
        start = time.monotonic()
        _assert_explained(_check(connector))
        assert time.monotonic() - start < 2.0

    @pytest.mark.parametrize("fault", [*HUGE, *REFUSING])
    def test_what_is_too_much_or_refused_ends_in_a_named_error(
        self,
        specimen: Specimen,
        place: Callable[..., str],
        patient: Fetcher,
        tmp_path: Path,
        fault: str,
    ) -> None:
        with _grows_at_most(64 * MEBIBYTE):
            error, records = _run(specimen.build(place(fault), patient), tmp_path)
        assert error is not None
        assert not _scopes(records)
        _assert_explained(error)

    @pytest.mark.parametrize("fault", FOREIGN)
    def test_a_foreign_answer_is_rejected(
        self,
        specimen: Specimen,
        place: Callable[..., str],
        patient: Fetcher,
        tmp_path: Path,
        fault: str,
    ) -> None:
        error, records = _run(specimen.build(place(fault), patient), tmp_path)
        assert isinstance(error, RejectDelivery)
        assert not _scopes(records)
        _assert_explained(error)

    @pytest.mark.parametrize(
        "fault",
        [*FOREIGN, "status=404", "status=503", "busy=86400", "redirect-loop", "endless", "gzip-bomb=64"],
    )
    def test_a_check_never_fails_without_a_name(
        self, specimen: Specimen, place: Callable[..., str], patient: Fetcher, fault: str
    ) -> None:
        _assert_explained(_check(specimen.build(place(fault), patient)))


def _run(connector: Connector, folder: Path) -> tuple[ConnectorError | None, list[Record]]:
    """Acquire and read; return the error that ended it, if any, and the records until then."""
    records: list[Record] = []
    try:
        for record in fetch(connector, folder):
            records.append(record)
    except ConnectorError as error:
        return error, records
    return None, records


def _check(connector: Connector) -> Check | ConnectorError:
    try:
        return connector.check()
    except ConnectorError as error:
        return error


def _scopes(records: list[Record]) -> set[str]:
    return {record.scope for record in records if isinstance(record, Completeness)}


def _texts(value: object) -> Iterator[str]:
    """Yield all texts inside records, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _texts(item)


def _assert_explained(outcome: Check | ConnectorError) -> None:
    """Make sure that officers get one clear line in both languages."""
    section = "check" if isinstance(outcome, Check) else "error"
    for language in messages.LANGUAGES:
        line = messages.text(language, f"{section}.{outcome.code}", **outcome.params)
        assert line
        assert line.isprintable()


@contextmanager
def _grows_at_most(size: int) -> Iterator[None]:
    """Watch the memory of the whole process, the C libraries included."""
    process = psutil.Process()
    before = process.memory_info().rss
    peaks = [before]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            peaks.append(process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
    assert max(peaks) - before < size
