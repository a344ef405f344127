"""A process that does nights and may die of it: ``python -m tests.reliability.child``.

It reads jobs from its input, one JSON object per line, and does each in a process of its own, which it forks
from itself, so that not every job has to start Python. Of each it says the number of the process, then how
that ended. What a job has come to stands in the file ``trace``, line by line: a phase and how many statements
and commits there had been before.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import event

from catalogue.errors import StoreError
from catalogue.matching.keyed import Decider
from catalogue.matching.reference import stored_reference
from catalogue.store import Store, open_store
from cli import exits
from connectors import retries
from connectors.contract import find_kind
from connectors.linkcheck.settings import LinkSettings
from sync import links, prepare, run
from sync.executor import ExecutorKind
from sync.links import LinkOptions, check_links
from sync.lock import LockHeld
from sync.region import Region, read_region
from sync.report import SourceOutcome
from sync.run import Options, Silent, sync
from tests.reliability.failing import Failing
from tests.reliability.nights import moment_of
from tests.reliability.workers import POISON, stage_part_or_die_of_it

__all__ = ["Job", "load_once"]


@dataclass(frozen=True)
class Job:
    """A night's work (from 1) on a database: sync a region file, and check links that a local port answers.

    It dies ``linger`` seconds after the statement or commit ``die_at`` began (from 1; 0: of none), before
    that one if they are none. Its input or output ``fail_at`` fails (from 1), or with ``fails_on`` all from
    that one on; how many there were stands in the trace as ``calls``.
    """

    url: str
    region: str
    night: int
    trace: str
    syncs: bool = True
    only: tuple[str, ...] = ()  # sources; none: all
    links_port: int = 0  # 0: links are not checked
    die_at: int = 0
    linger: float = 0.0
    fail_at: int = 0
    fails_on: bool = False
    executor: ExecutorKind = "inline"
    poison: str = ""  # a file that kills the process that reads it
    stays: bool = False  # it is done in the process that reads the jobs, which says then how large it is


@dataclass
class _Trace:
    """Keeps on file how far a job has come, so that it is known of a dead one, too."""

    file: int
    job: Job
    step: int = 0
    phase: str = ""
    applied: int = 0

    def enter(self, phase: str) -> None:
        self.phase = phase
        os.write(self.file, f"{phase} {self.step}\n".encode())

    def count(self, *_: object) -> None:
        """Count a statement or a commit that is about to be, but not those that renew a lock."""
        if threading.current_thread() is not threading.main_thread():
            return
        self.step += 1
        if self.step == self.job.die_at:
            if self.job.linger:
                threading.Timer(self.job.linger, _die).start()
            else:
                _die()
        if self.phase == "reading":
            self.enter(f"applying-{self.applied + 1}")

    def committed(self, *_: object) -> None:
        self.count()
        if self.phase == "cells" and threading.current_thread() is threading.main_thread():
            self.enter("finishing")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class _Watching(Silent):
    """Notes the phases of a sync."""

    def __init__(self, trace: _Trace) -> None:
        self.trace = trace

    def source_started(self, source: str) -> None:
        if self.trace.phase == "beginning":
            self.trace.enter("reading")

    def source_done(self, outcome: SourceOutcome) -> None:
        self.trace.applied += 1
        self.trace.enter("reading")

    def cells_started(self) -> None:
        self.trace.enter("cells")


def _do(job: Job) -> int:
    """Do a job, and return the exit code of the run."""
    with closing(open_store(job.url)) as store, _traced(job, store) as trace:
        return _do_all(job, store, trace)


@contextmanager
def _traced(job: Job, store: Store) -> Iterator[_Trace]:
    file = os.open(job.trace, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    trace = _Trace(file, job)
    event.listen(store.engine, "before_cursor_execute", trace.count)
    event.listen(store.engine, "commit", trace.committed)
    yield trace
    os.close(file)


def _do_all(job: Job, store: Store, trace: _Trace) -> int:
    moment = moment_of(job.night)
    code = 0
    if job.syncs:
        region = read_region(Path(job.region))
        trace.enter("beginning")
        code = _sync(job, store, region, trace, moment)
    if job.links_port:
        trace.enter("links")
        _check_links(store, moment + timedelta(hours=1))
    trace.enter("done")
    return code


def _sync(job: Job, store: Store, region: Region, trace: _Trace, moment: datetime) -> int:
    options = Options(frozenset(job.only), executor=job.executor, now=lambda: moment)
    watching = _Watching(trace)
    if job.poison:
        os.environ[POISON] = job.poison
        prepare.stage_part = stage_part_or_die_of_it
    if not job.fail_at:
        try:
            return sync(store, region, options, watching).exit_code
        except LockHeld:
            return exits.LOCKED
    logging.disable()  # errors are what is wanted
    vars(run)["RETURN_SECONDS"] = 0.0  # nobody waits for a database that stays away
    failing = Failing(job.fail_at, lasting=job.fails_on)
    failing.install(store.engine)
    try:
        return sync(store, region, options, watching).exit_code
    except StoreError:
        return exits.DATABASE
    except OSError:
        return exits.FAILED
    finally:
        os.write(trace.file, f"calls {failing.calls}\n".encode())


def _check_links(store: Store, moment: datetime) -> None:
    """Check links in small batches; whatever their host is called, it is this machine."""
    links.BATCH = 10
    settings = LinkSettings(delay=0.0, deadline=10.0, allow_private=True, hosts_at_once=4)
    check_links(store, settings, LinkOptions(now=lambda: moment, resolver=lambda _host, _port: ["127.0.0.1"]))


def load_once(url: str) -> None:
    """Load once what every job needs: kinds of sources, and what titles are compared with."""
    for kind in ("xzufi", "list"):
        find_kind(kind)
    retries._FIRST_WAIT = 0.01  # the server is our own
    with closing(open_store(url)) as store, store.read() as connection:
        Decider.of(stored_reference(connection))


def _say(**said: Any) -> None:
    print(json.dumps(said), flush=True)


def main() -> None:
    """Do jobs until there are no more."""
    prepared = False
    for line in sys.stdin:
        job = Job(**json.loads(line))
        if not prepared:
            load_once(job.url)
            prepared = True
        process = 0 if job.stays else os.fork()
        if job.stays:
            _say(process=os.getpid())
            code, this = _survive(job), psutil.Process()
            _say(code=code, memory=this.memory_info().rss, files=this.num_fds())
        elif not process:
            os._exit(_survive(job))
        else:
            _say(process=process)
            _say(code=os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))


def _survive(job: Job) -> int:
    """Do a job; return its exit code, whatever comes."""
    try:
        return _do(job)
    except BaseException:
        traceback.print_exc()
        return exits.DEFECT
    finally:
        sys.stderr.flush()


if __name__ == "__main__":
    main()
