"""Where work runs: inline, in threads or in processes, behind one interface.

Work items are idempotent functions of picklable arguments that return counts, never rows. Retries are
decided elsewhere; a dead worker process shows as an error of its item.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from typing import Literal, ParamSpec, TypeVar

from catalogue.tether import end_with

__all__ = ["ExecutorKind", "open_executor"]

ExecutorKind = Literal["inline", "threads", "processes"]
#: How far processes give way to whoever asks the catalogue meanwhile (nice value).
GIVES_WAY = 10
P = ParamSpec("P")
T = TypeVar("T")


class _Inline(Executor):
    """Runs each item at once in the calling thread; for tests and small deliveries."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # the future carries it, as every executor does
            future.set_exception(error)
        return future


def _begin(tether: Connection) -> None:
    """Prepare a process for work: it gives way to others, and ends with whoever started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started it, who then ends this one
    if hasattr(os, "nice"):
        os.nice(GIVES_WAY)
    end_with(tether)


@contextmanager
def open_executor(kind: ExecutorKind, workers: int | None = None) -> Iterator[Executor]:
    """Give an executor; ``workers`` defaults to the number of processors.

    Processes are ended at once if an error leaves the context, whatever they are doing.
    """
    count = workers or os.cpu_count() or 1
    if kind == "inline":
        yield _Inline()
    elif kind == "threads":
        with ThreadPoolExecutor(count) as executor:
            yield executor
    else:
        # Forking a process that has threads or open database connections is not safe.
        context = multiprocessing.get_context("spawn")
        tether, ours = context.Pipe(duplex=False)
        with (
            closing(tether),
            closing(ours),
            ProcessPoolExecutor(count, context, _begin, (tether,)) as executor,
        ):
            try:
                yield executor
            except BaseException:
                ours.close()
                raise
