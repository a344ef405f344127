"""Kill a night, do it again, and compare with nights that nobody disturbed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from catalogue.store import Store, open_store
from cli import exits
from tests.reliability.child import Job
from tests.reliability.content import (
    Content,
    content_of,
    differences,
    ended_runs,
    failed_sources,
    faults_of,
    state_of,
)
from tests.reliability.nights import Nights
from tests.reliability.program import Call
from tests.reliability.web import Web

__all__ = ["Killings", "Moment", "Nursery", "Undisturbed", "look"]

ROOT = Path(__file__).parents[2]
T = TypeVar("T")
#: How long the lock of a process that was killed may keep others out.
LEASE_SECONDS = 30


class Nursery:
    """A process that does jobs in processes of their own: those of ``child``, or calls of ``program``."""

    def __init__(self, module: str = "child") -> None:
        self._module = f"tests.reliability.{module}"

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", self._module],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def start(self, job: Job | Call) -> int:
        """Begin a job; return the number of its process."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(job)) + "\n")
        self._process.stdin.flush()
        return self._read()["process"]

    def end(self) -> int:
        """Wait for the end of the job; return its exit code, or the negative number of a signal."""
        return self._read()["code"]

    def _read(self) -> dict[str, int]:
        assert self._process.stdout is not None
        said: dict[str, int] = json.loads(self._process.stdout.readline())
        self.said = said
        return said


@dataclass(frozen=True)
class Moment:
    """When to kill a night: so many ``seconds`` after its start, or some time after a ``step`` began."""

    night: int
    step: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        place = f"step {self.step} + " if self.step else ""
        return f"night {self.night}, {place}{1000 * self.seconds:.2f} ms"


@dataclass
class Killings:
    """What came of killing: in which phases, and which moments ended otherwise than undisturbed nights."""

    phases: Counter[str] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)


@dataclass
class Night:
    """A night that nobody disturbs: its phases with their first step, and what is known afterwards."""

    phases: list[tuple[str, int]]
    content: Content

    @property
    def steps(self) -> int:
        """Return how many statements and commits there are."""
        return self.phases[-1][1]

    def step(self, phase: str, share: float = 0.0) -> int:
        """Return a step of the first phase of a name: its first, or one after some share of its steps."""
        place = [name for name, _ in self.phases].index(phase)
        first, after = self.phases[place][1], self.phases[place + 1][1]
        return first + 1 + int(share * (after - first - 1))


class Undisturbed:
    """Nights that nobody disturbs, and the catalogues from which one of them can be done again."""

    def __init__(self, url: str, folder: Path, nursery: Nursery, web: Web) -> None:
        """Prepare nights on a database of which there is only the schema."""
        self.folder = folder
        self.nursery = nursery
        self.web = web
        self.nights = Nights(folder / "region", web)
        store = open_store(url)
        self.nights.import_reference(store)
        store.close()
        self._before = {1: url}  # the catalogues that nights begin with
        self._known: dict[int, Night] = {}
        self.seconds = 0.0  # how long the last undisturbed night took

    def close(self) -> None:
        """Remove the catalogues."""
        for night in self._known:
            _drop(self._before[night + 1])

    def night(self, number: int) -> Night:
        """Return what an undisturbed night is like; it is done when somebody first asks."""
        if number not in self._known:
            if number > 1:
                self.night(number - 1)
            after = self._before[number + 1] = self._copy(self._before[number])
            self._known[number] = self._measure(after, number)
        return self._known[number]

    def kill(self, moments: Iterable[Moment], *, next_night: bool = True) -> Killings:
        """Kill nights at some moments, each on a fresh copy; do them again, and the next one."""
        found = Killings()
        for moment in moments:
            with self.copy(moment.night) as url:
                self._kill(url, moment, found, next_night=next_night)
        return found

    @contextmanager
    def copy(self, night: int) -> Iterator[str]:
        """Give a copy of the catalogue as it is before a night."""
        self.night(night)
        url = self._copy(self._before[night])
        try:
            yield url
        finally:
            _drop(url)

    def random_moments(self, times: int, rng: random.Random) -> Iterator[Moment]:
        """Yield random moments, by turns of the clock and of the work done; a fourth in the first night."""
        for number in range(times):
            night = 1 if number % 4 == 3 else 2
            known = self.night(night)
            if number % 2:
                yield Moment(night, rng.randint(1, known.steps), rng.uniform(0, 0.004))
            else:
                yield Moment(night, seconds=rng.uniform(0, self.seconds))

    def _kill(self, url: str, moment: Moment, found: Killings, *, next_night: bool) -> None:
        job = self.job(url, moment.night)
        if moment.step:
            self.nursery.start(replace(job, die_at=moment.step, linger=moment.seconds))
        else:
            process = self.nursery.start(job)
            time.sleep(moment.seconds)  # the moment is what is tried out
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        was_killed = self.nursery.end() == -signal.SIGKILL
        phases = self.phases()
        phase = phases[-1][0] if phases else "starting"
        found.phases[phase if was_killed else "ended before"] += 1
        self._finish(url, moment.night)
        found.differing += self._wrong(url, moment, phase, moment.night)
        if next_night:
            self.do(self.job(url, moment.night + 1))
            found.differing += self._wrong(url, moment, phase, moment.night + 1)

    def _finish(self, url: str, night: int) -> None:
        """Do again what a night did not come to the end of."""
        synced, checked = look(url, ended_runs)
        job = self.job(url, night)
        self.do(replace(job, syncs=synced < night, links_port=job.links_port if checked < night else 0))

    def wrong_after(self, url: str, job: Job) -> list[str]:
        """See how a sync ended that was disturbed, read again what failed, and return what is wrong then.

        Where the run came to its end, only what is known is compared, not how it came about.
        """
        links_unchecked = replace(job, links_port=0)
        if look(url, ended_runs)[0] < job.night:
            self.do(links_unchecked)
        elif only := look(url, failed_sources):
            self.do(replace(links_unchecked, only=only))
        found, wanted = look(url, content_of), self.night(job.night).content
        return look(url, faults_of) + differences(state_of(found), state_of(wanted))

    def _wrong(self, url: str, moment: Moment, phase: str, night: int) -> list[str]:
        content, faults = look(url, content_of), look(url, faults_of)
        wrong = [*faults, *differences(content, self.night(night).content)]
        return [f"{moment} ({phase}), then night {night}: {one}" for one in wrong]

    def job(self, url: str, night: int) -> Job:
        """Return the work of a night, for which its deliveries are there now."""
        self.nights.write(night)
        return Job(url, str(self.nights.region), night, str(self._trace), links_port=self.web.port)

    def do(self, job: Job) -> None:
        """Do a job that nobody disturbs.

        A server takes a moment to see that a process is gone which had the lock; so long it is tried again.
        """
        begun = time.monotonic()
        self.nursery.start(job)
        while (code := self.nursery.end()) == exits.LOCKED and time.monotonic() - begun < LEASE_SECONDS:
            self.nursery.start(job)
        assert code == exits.OK
        if job.syncs and job.links_port:
            self.seconds = time.monotonic() - begun

    def _measure(self, url: str, night: int) -> Night:
        job = self.job(url, night)
        self._trace.unlink(missing_ok=True)
        self.do(job)
        assert look(url, faults_of) == []
        return Night(self.phases(), look(url, content_of))

    @property
    def _trace(self) -> Path:
        return self.folder / "trace"

    def phases(self) -> list[tuple[str, int]]:
        """Return what the last job noted on its way."""
        lines = self._trace.read_text(encoding="utf-8").splitlines() if self._trace.exists() else []
        self._trace.unlink(missing_ok=True)
        return [(phase, int(step)) for phase, step in map(str.split, lines)]

    def _copy(self, url: str) -> str:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            path = self.folder / f"{uuid.uuid4().hex}.sqlite"
            shutil.copyfile(str(parsed.database), path)
            return f"sqlite:///{path}"
        name = f"{str(parsed.database)[:40]}_{uuid.uuid4().hex[:8]}"
        _administer(url, f'CREATE DATABASE "{name}" TEMPLATE "{parsed.database}"')
        return parsed.set(database=name).render_as_string(hide_password=False)


def _drop(url: str) -> None:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = Path(str(parsed.database))
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()
    else:
        _administer(url, f'DROP DATABASE "{parsed.database}" WITH (FORCE)')


def _administer(url: str, statement: str) -> None:
    engine = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def look(url: str, what: Callable[[Store], T]) -> T:
    """Return what is to be seen in a database."""
    store = open_store(url)
    try:
        return what(store)
    finally:
        store.close()
