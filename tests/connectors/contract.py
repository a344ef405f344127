"""What every connector must do, whatever its source does: one suite for all kinds.

A kind of source takes part with a few lines::

    class TestMyKind(ConnectorContract):
        specimens = (Specimen("my_kind", MyConnector, {...}, make_payload, "/feed.xml"),)

The suite serves the specimen's payload with every one of ``tests.misbehaviours``. Whatever happens, the
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
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from catalogue.records import Completeness, Issue, Memory, Offering, Record
from connectors.contract import fetch, preview
from connectors.errors import RejectDelivery, RetryLater
from connectors.fetch import Fetcher, FetchPolicy
from tests.connectors.observing import (
    MEBIBYTE,
    assert_explained,
    assert_not_everything,
    check,
    grows_at_most,
    run,
    scopes,
    texts,
)
from tests.connectors.specimens import PERSONAL, Specimen
from tests.faultserver import FaultServer
from tests.misbehaviours import AT_ANY_STEP, BROKEN, FOREIGN, HUGE, REFUSING, SILENT, SLOW

__all__ = ["ConnectorContract"]

MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
PHONE = re.compile(r"\+49[\d /-]{6,}|\b0\d{2,5}[ /-]\d[\d /-]{3,}")


class ConnectorContract:
    """The suite; subclasses name their specimens."""

    specimens: ClassVar[tuple[Specimen, ...]] = ()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run every check for every specimen."""
        if "specimen" in metafunc.fixturenames:
            chosen = self.specimens
            if metafunc.definition.get_closest_marker("stepwise"):
                chosen = tuple(specimen for specimen in chosen if specimen.steps)
                pairs = [(specimen, step) for specimen in chosen for step in specimen.steps]
                ids = [f"{specimen.name}-{step}" for specimen, step in pairs]
                metafunc.parametrize(("specimen", "step"), pairs, ids=ids)
                return
            if metafunc.definition.get_closest_marker("at_once"):
                chosen = tuple(specimen for specimen in chosen if not specimen.steps)
            metafunc.parametrize("specimen", chosen, ids=lambda specimen: specimen.name)

    @pytest.fixture
    def place(
        self, server: FaultServer, specimen: Specimen, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[..., str]:
        """Give a function that serves the specimen, with a fault if one is named, and says where."""

        def serve(fault: str = "", count: int = 500) -> str:
            for path, content in specimen.make(count).items():
                server.add(path, content)
            server.spared.update(specimen.spared)
            for name, value in specimen.environment.items():
                monkeypatch.setenv(name, value)
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
        delivery = connector.acquire(tmp_path, specimen.assignment)
        said: list[Record] = []
        for part in delivery.parts:
            *records, last = connector.read(part)
            assert isinstance(last, Completeness)
            assert last.scope == specimen.scope
            assert not any(isinstance(record, Completeness) for record in records)
            # The last part may hold nothing but what is to be remembered of all of them.
            if part is not delivery.parts[-1] or not said:
                assert [record for record in records if not isinstance(record, Issue | Memory)]
            said += records

    def test_reading_needs_no_network_and_can_be_repeated_in_any_process(
        self, specimen: Specimen, patient: Fetcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in specimen.environment.items():
            monkeypatch.setenv(name, value)
        with FaultServer() as server:
            for path, content in specimen.make(50).items():
                server.add(path, content)
            connector = specimen.build(server.url(specimen.entry), patient)
            delivery = connector.acquire(tmp_path, specimen.assignment)
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
            delivery = specimen.build(place(count=count), patient).acquire(folder, specimen.assignment)
            digests.append(delivery.digest)
            for part in delivery.parts:
                assert part.path.stat().st_size == part.size
        assert digests[0] == digests[1] != digests[2]

    def test_an_empty_source_has_no_offerings_and_breaks_nothing(
        self, specimen: Specimen, place: Callable[..., str], patient: Fetcher, tmp_path: Path
    ) -> None:
        """That it was ever fuller is for the guard to see, which holds what is suddenly empty."""
        error, records = run(specimen.build(place(count=0), patient), tmp_path, specimen.assignment)
        if error is not None:
            assert_explained(error)
        assert not [record for record in records if isinstance(record, Offering) and record.url]

    def test_a_preview_is_no_longer_than_asked_for(
        self, specimen: Specimen, place: Callable[..., str], patient: Fetcher, tmp_path: Path
    ) -> None:
        connector = specimen.build(place(), patient)
        for count in (1, 3, 20):
            folder = tmp_path / str(count)
            folder.mkdir()
            records = preview(connector, folder, count, specimen.assignment)
            assert len(records) == count
            assert not any(isinstance(record, Completeness) for record in records)

    def test_nothing_personal_becomes_a_record(
        self, specimen: Specimen, place: Callable[..., str], patient: Fetcher, tmp_path: Path
    ) -> None:
        records = list(fetch(specimen.build(place(), patient), tmp_path, specimen.assignment))
        for text in texts(records):
            assert not any(secret in text for secret in PERSONAL)
            assert not MAIL.search(text)
            assert not PHONE.search(text)

    def test_a_check_says_that_the_source_is_there(
        self, specimen: Specimen, place: Callable[..., str], patient: Fetcher
    ) -> None:
        found = specimen.build(place(), patient).check()
        assert found.ok
        assert_explained(found)

    def test_memory_does_not_grow_with_the_delivery(
        self, specimen: Specimen, place: Callable[..., str], tmp_path: Path
    ) -> None:
        with Fetcher(FetchPolicy(allow_private=True)) as unlimited:
            connector = specimen.build(place(count=specimen.large), unlimited)
            parts = connector.acquire(tmp_path, specimen.assignment).parts
        with grows_at_most(32 * MEBIBYTE):
            for part in parts:
                for _ in connector.read(part):
                    pass

    @pytest.mark.at_once
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
            connector.acquire(tmp_path, specimen.assignment)
        assert_explained(caught.value)
        assert [path for path in tmp_path.rglob("*") if path.name.endswith(".part")] == []

    @pytest.mark.at_once
    @pytest.mark.parametrize("fault", SILENT)
    def test_a_delivery_that_was_cut_off_silently_is_never_everything(
        self,
        specimen: Specimen,
        place: Callable[..., str],
        patient: Fetcher,
        tmp_path: Path,
        fault: str,
    ) -> None:
        error, records = run(specimen.build(place(fault), patient), tmp_path, specimen.assignment)
        if not specimen.has_end:
            # Nothing in such a file shows the cut; that a delivery shrank is for the guard to see.
            return
        assert isinstance(error, RejectDelivery)
        assert not scopes(records)
        assert_explained(error)

    @pytest.mark.at_once
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
        error, records = run(connector, tmp_path, specimen.assignment)
        assert time.monotonic() - start < 2.0
        assert isinstance(error, RetryLater)
        assert not scopes(records)
        assert_explained(error)

    @pytest.mark.parametrize("fault", ["slow-head=0.1", "hang"])
    def test_a_check_of_a_slow_source_ends_in_time(
        self, specimen: Specimen, place: Callable[..., str], hasty: Fetcher, fault: str
    ) -> None:
        connector = specimen.build(place(fault), hasty)
        start = time.monotonic()
        assert_explained(check(connector))
        assert time.monotonic() - start < 2.0

    @pytest.mark.at_once
    @pytest.mark.parametrize("fault", [*HUGE, *REFUSING])
    def test_what_is_too_much_or_refused_ends_in_a_named_error(
        self,
        specimen: Specimen,
        place: Callable[..., str],
        patient: Fetcher,
        tmp_path: Path,
        fault: str,
    ) -> None:
        with grows_at_most(64 * MEBIBYTE):
            error, records = run(specimen.build(place(fault), patient), tmp_path, specimen.assignment)
        assert error is not None
        assert not scopes(records)
        assert_explained(error)

    @pytest.mark.at_once
    @pytest.mark.parametrize("fault", FOREIGN)
    def test_a_foreign_answer_is_rejected(
        self,
        specimen: Specimen,
        place: Callable[..., str],
        patient: Fetcher,
        tmp_path: Path,
        fault: str,
    ) -> None:
        error, records = run(specimen.build(place(fault), patient), tmp_path, specimen.assignment)
        assert isinstance(error, RejectDelivery)
        assert not scopes(records)
        assert_explained(error)

    @pytest.mark.parametrize(
        "fault",
        [*FOREIGN, "status=404", "status=503", "busy=86400", "redirect-loop", "endless", "gzip-bomb=64"],
    )
    def test_a_check_never_fails_without_a_name(
        self, specimen: Specimen, place: Callable[..., str], patient: Fetcher, fault: str
    ) -> None:
        assert_explained(check(specimen.build(place(fault), patient)))

    @pytest.mark.stepwise
    @pytest.mark.parametrize("fault", AT_ANY_STEP)
    def test_whatever_happens_at_a_step_a_part_is_never_called_everything(
        self,
        specimen: Specimen,
        step: str,
        place: Callable[..., str],
        server: FaultServer,
        patient: Fetcher,
        tmp_path: Path,
        fault: str,
    ) -> None:
        connector = specimen.build(place(count=30), patient)
        server.misbehave(step, fault)
        with grows_at_most(64 * MEBIBYTE):
            error, records = run(connector, tmp_path, specimen.assignment)
        assert server.hits[step]
        assert_not_everything(error, records, specimen)

    @pytest.mark.stepwise
    @pytest.mark.parametrize("fault", ["slow-body=0.1", "slow-head=0.1", "stall=50", "hang"])
    def test_a_step_that_takes_too_long_is_given_up_in_time(
        self,
        specimen: Specimen,
        step: str,
        place: Callable[..., str],
        server: FaultServer,
        hasty: Fetcher,
        tmp_path: Path,
        fault: str,
    ) -> None:
        connector = specimen.build(place(count=3), hasty)
        server.misbehave(step, fault)
        start = time.monotonic()
        error, records = run(connector, tmp_path, specimen.assignment)
        # Every step may use its deadline up once, and no more often than a circuit breaker lets it.
        assert time.monotonic() - start < 2.0 + 0.5 * server.hits[step]
        assert_not_everything(error, records, specimen)

    @pytest.mark.stepwise
    @pytest.mark.parametrize("fault", ["status=503", "busy=1", "reset=50"])
    def test_a_step_that_recovers_after_a_burst_costs_nothing(
        self,
        specimen: Specimen,
        step: str,
        place: Callable[..., str],
        server: FaultServer,
        patient: Fetcher,
        tmp_path: Path,
        fault: str,
    ) -> None:
        connector = specimen.build(place(count=30), patient)
        server.misbehave(step, fault, times=1)
        error, records = run(connector, tmp_path, specimen.assignment)
        assert error is None
        assert scopes(records) == {specimen.scope}

    def test_no_secret_shows_anywhere(
        self,
        specimen: Specimen,
        place: Callable[..., str],
        server: FaultServer,
        patient: Fetcher,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level("DEBUG")
        connector = specimen.build(place(count=3), patient)
        seen = [repr(connector), repr(check(connector))]
        for number, step in enumerate(("", *specimen.steps)):
            folder = tmp_path / str(number)
            folder.mkdir()
            if step:
                server.misbehave(step, "status=403")
            error, records = run(connector, folder, specimen.assignment)
            seen += [repr(error), repr(records)]
        shown = "\n".join([*seen, caplog.text])
        assert not any(secret in shown for secret in specimen.secrets)

    def test_a_cancelled_source_ends_at_once_and_leaves_nothing_half_done(
        self, specimen: Specimen, place: Callable[..., str], patient: Fetcher, tmp_path: Path
    ) -> None:
        """Nobody asks a source that is read in one request; all others look between two of them."""
        connector = specimen.build(place(), patient)
        stop = threading.Event()
        told = replace(specimen.assignment, stop=stop, progress=lambda done, total: stop.set())
        error, records = run(connector, tmp_path, told)
        if specimen.steps:
            assert isinstance(error, RetryLater)
            assert error.code == "cancelled"
            assert not scopes(records)
        else:
            assert error is None
