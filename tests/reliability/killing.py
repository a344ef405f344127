"""Kill a sync at a random moment, run it again, and compare with a run that nobody disturbed."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from catalogue.store import open_store
from tests.reliability.content import content_of, faults_of
from tests.reliability.nights import Nights

__all__ = ["Killings", "Undisturbed"]

ROOT = Path(__file__).parents[2]
LONGEST = 100  # seconds of one sync
SECOND_NIGHT = 3


@dataclass
class Killings:
    """What came of killing: ``killed`` of ``tried`` met a sync at work, ``differing`` ended otherwise."""

    tried: int = 0
    killed: int = 0
    applied: set[int] = field(default_factory=set)  # how many sources had been applied when it was killed
    differing: list[str] = field(default_factory=list)


class Undisturbed:
    """A catalogue after its first night, and what it says after an undisturbed second one."""

    def __init__(self, url: str, folder: Path, services: int) -> None:
        self.url = url
        self.folder = folder
        store = open_store(url)
        self.nights = Nights(folder / "region", store, services)
        store.close()
        self.nights.write(1)
        self._run(url, 1)
        self.nights.write(2)
        with self.copy() as copied:
            begun = time.monotonic()
            self._run(copied, SECOND_NIGHT)
            self.seconds = time.monotonic() - begun - self.start_up
            self.content = _content(copied)

    def kill(self, times: int, rng: random.Random) -> Killings:
        """Kill the second night's sync so many times, each on a fresh copy, and finish it."""
        found = Killings()
        for _ in range(times):
            with self.copy() as copied:
                self._kill_one(copied, rng.uniform(0, self.seconds), found)
        return found

    def _kill_one(self, url: str, delay: float, found: Killings) -> None:
        found.tried += 1
        process = self._start(url, SECOND_NIGHT)
        with process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(delay)
            if process.poll() is None:
                found.killed += 1
            process.kill()
        store = open_store(url)
        with store.read() as connection:
            done = "SELECT count(*) FROM source_run WHERE run_id = (SELECT max(id) FROM run)"
            found.applied.add(int(connection.execute(text(done)).scalar_one()))
        store.close()
        self._run(url, SECOND_NIGHT)
        content, faults = _content(url)
        found.differing += [f"after {delay:.3f} s: {fault}" for fault in faults]
        found.differing += [
            f"after {delay:.3f} s: {name}" for name in content if content[name] != self.content[0][name]
        ]

    def _start(self, url: str, day: int) -> subprocess.Popen[str]:
        """Start a sync and return when it is about to begin."""
        begun = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.child", url, str(self.nights.region), str(day)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        self.start_up = time.monotonic() - begun
        return process

    def _run(self, url: str, day: int) -> None:
        with self._start(url, day) as process:
            assert process.wait(LONGEST) == 0

    @contextmanager
    def copy(self) -> Iterator[str]:
        """Give a copy of the catalogue as it was after the first night."""
        parsed = make_url(self.url)
        if parsed.get_backend_name() == "sqlite":
            path = self.folder / f"{uuid.uuid4().hex}.sqlite"
            shutil.copyfile(str(parsed.database), path)
            yield f"sqlite:///{path}"
            for rest in self.folder.glob(f"{path.name}*"):
                rest.unlink()
            return
        name = f"lueckenlos_test_kill_{uuid.uuid4().hex}"
        administrator = create_engine(parsed.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with administrator.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{parsed.database}"'))
        try:
            yield parsed.set(database=name).render_as_string(hide_password=False)
        finally:
            with administrator.connect() as connection:
                connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
            administrator.dispose()


def _content(url: str) -> tuple[dict[str, list[tuple[object, ...]]], list[str]]:
    store = open_store(url)
    try:
        return content_of(store), faults_of(store)
    finally:
        store.close()
