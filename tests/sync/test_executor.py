"""The contract of executors: the same for work in the calling thread, in threads and in processes."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from connectors.errors import RejectDelivery
from sync.executor import ExecutorKind, open_executor
from tests.sync import workers
from tests.waiting import until

KINDS: tuple[ExecutorKind, ...] = ("inline", "threads", "processes")


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> ExecutorKind:
    kind: ExecutorKind = request.param
    return kind


@pytest.fixture(scope="module")
def executor(kind: ExecutorKind) -> Iterator[Executor]:
    with open_executor(kind, 1) as opened:
        yield opened


def test_work_gets_its_arguments_and_returns_its_result(executor: Executor) -> None:
    assert executor.submit(workers.add, 1, second=2).result() == 3


def test_results_come_in_the_order_of_the_work(executor: Executor) -> None:
    futures = [executor.submit(workers.add, number, second=0) for number in range(20)]

    assert [future.result() for future in futures] == list(range(20))


def test_an_error_is_raised_where_the_result_is_asked_for(executor: Executor) -> None:
    future = executor.submit(workers.fail)

    with pytest.raises(ZeroDivisionError, match="expected"):
        future.result()


def test_errors_of_connectors_arrive_with_code_and_parameters(executor: Executor) -> None:
    with pytest.raises(RejectDelivery) as caught:
        executor.submit(workers.reject).result()

    assert (caught.value.code, caught.value.params) == ("no_records", {"file": "a.xml"})


def test_work_goes_on_after_an_error(executor: Executor) -> None:
    executor.submit(workers.fail).exception()

    assert executor.submit(workers.add, 1, second=1).result() == 2


def test_work_runs_where_the_kind_says(kind: ExecutorKind, executor: Executor) -> None:
    thread = executor.submit(threading.get_ident).result()
    process = executor.submit(workers.where_am_i).result()

    assert (process == os.getpid()) is (kind != "processes")
    assert (thread == threading.get_ident()) is (kind == "inline")


def test_a_finished_item_cannot_be_cancelled_and_says_so(executor: Executor) -> None:
    future = executor.submit(workers.add, 1, second=1)
    future.result()

    assert not future.cancel()
    assert future.done()


def test_a_dead_process_is_an_error_of_its_work_and_not_of_the_caller() -> None:
    with open_executor("processes", 1) as executor:
        future = executor.submit(workers.die)

        with pytest.raises(BrokenProcessPool):
            future.result()


def test_the_number_of_workers_defaults_to_that_of_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: None)  # nor can it be told everywhere

    with open_executor("threads") as executor:
        assert executor.submit(workers.add, 1, second=1).result() == 2


@pytest.mark.skipif(not hasattr(os, "nice"), reason="Windows has no nice values")
def test_processes_give_way_to_those_who_ask_the_catalogue() -> None:
    with open_executor("processes", 1) as opened:
        assert opened.submit(os.nice, 0).result() > os.nice(0)


def test_processes_that_never_end_are_ended_when_an_error_leaves_the_context(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    def leave_in_mid_work() -> None:
        with open_executor("processes", 1) as opened:
            futures.append(opened.submit(workers.hang, mark))
            until(lambda: mark.exists() and bool(mark.read_text()))
            raise ZeroDivisionError

    futures: list[Future[None]] = []
    with pytest.raises(ZeroDivisionError):
        leave_in_mid_work()

    assert isinstance(futures[0].exception(), BrokenProcessPool)
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)
