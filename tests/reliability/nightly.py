"""Kill ``nightly``, a real process that starts others, do the night again, and look what is left of it."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import time
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from sqlalchemy import select

from catalogue import tables
from catalogue.store import Store
from cli import exits
from tests.reliability.content import content_of, differences, faults_of
from tests.reliability.killing import LEASE_SECONDS, Nursery, Undisturbed, look
from tests.reliability.nights import moment_of
from tests.reliability.program import Call, Order, Who, notes_of
from tests.waiting import has_ended, until

__all__ = ["Blow", "Killed", "Nightly"]

#: What a night does besides reading sources and checking links, and where that goes.
WRITING = {"report": "seite", "export": "mappen", "publish": "daten"}
SCHEDULE = """\
[schedule]
nightly = "30 2 * * *"
nightly_steps = [{steps}]
retry_pause_minutes = 0
links_settings = "links.toml"
report = "out/seite"
export = "out/mappen"
publish = "out/daten"
publish_settings = "daten.toml"

"""
LINKS = """\
delay = 0.0
deadline = 10.0
allow_private = true
hosts_at_once = 4
"""
PUBLICATION = """\
[publication]
base_url = "https://daten.example.org/ozg/"
tables = ["services", "gaps"]

[publisher]
name = "Kreis Muster"

[terms]
licence = "dl-de/by-2-0"
attribution = "Kreis Muster"
"""
#: So much older are the things left behind when the next night comes.
A_DAY = 86_400.0


@dataclass(frozen=True)
class Blow:
    """When and how a night is killed: before an operation of a command, or ``seconds`` after its start."""

    night: int
    who: Who
    command: str = ""
    at: int = 0
    seconds: float = 0.0
    writing: str = "report"  # what the night writes

    def __str__(self) -> str:
        moment = f"{self.command} {self.at}" if self.command else f"{1000 * self.seconds:.0f} ms"
        return f"night {self.night} with {self.writing}, {moment}, {self.who}"


@dataclass
class Killed:
    """What came of killing: what was at work each time, and what is wrong afterwards."""

    at_work: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


@dataclass
class Measured:
    """An undisturbed night with all its steps: operations by command, and how long it took."""

    operations: dict[str, int]
    seconds: float


class Nightly:
    """Nights of the region of an ``Undisturbed``, each a process that starts others."""

    def __init__(self, undisturbed: Undisturbed, program: Nursery) -> None:
        self.undisturbed = undisturbed
        self.program = program
        self.folder = undisturbed.nights.folder
        self.out = self.folder / "out"
        self.before = self.folder / "before"  # what an earlier night has written, if there was one
        self.temporary = self.folder / "tmp"
        plain = undisturbed.nights.region.read_text(encoding="utf-8")
        for name, writing in {"all": tuple(WRITING), **{one: (one,) for one in WRITING}}.items():
            steps = ", ".join(f'"{step}"' for step in ("sync", "links", *writing))
            self._region(name).write_text(SCHEDULE.format(steps=steps) + plain, encoding="utf-8")
        (self.folder / "links.toml").write_text(LINKS, encoding="utf-8")
        (self.folder / "daten.toml").write_text(PUBLICATION, encoding="utf-8")
        self._measured: dict[int, Measured] = {}
        self.seconds = 0.0  # how long the last undisturbed night took of those that write one thing

    def _region(self, writing: str) -> Path:
        return self.folder / f"nightly-{writing}.toml"

    def measured(self, night: int) -> Measured:
        """Return what an undisturbed night with all its steps is like."""
        if night not in self._measured:
            self._clear()
            with self.undisturbed.copy(night) as url:
                self.undisturbed.night(night)
                begun = time.monotonic()
                self._do(url, night, "all")
                took = time.monotonic() - begun
            operations = {command: int(count) for command, count in notes_of(self.folder, "operations")}
            self._measured[night] = Measured(operations, took)
            shutil.rmtree(self.before, ignore_errors=True)
            self.out.rename(self.before)
        return self._measured[night]

    def random_blows(self, times: int, rng: random.Random) -> Iterator[Blow]:
        """Yield random moments, by turns of the clock and of the work done; a fourth in the first night."""
        kinds = list(WRITING)
        for number in range(times):
            night = 1 if number % 4 == 3 else 2
            writing = kinds[number % len(kinds)]
            who: Who = "all" if rng.random() < 0.5 else "alone"
            known = self.measured(night)
            command = rng.choice(["nightly", "links", writing, writing])
            at = rng.randint(1, known.operations[command])
            seconds = rng.uniform(0, self.seconds or known.seconds)
            if number % 2:
                yield Blow(night, who, command, at, writing=writing)
            else:
                yield Blow(night, who, seconds=seconds, writing=writing)

    def strike(self, blows: Iterable[Blow], *, whole_next_night: int) -> Killed:
        """Kill nights, each on a fresh copy, and do them again.

        The next night follows: each so-and-so-many-th time a whole one, else for the catalogue only; 0: none.
        """
        found = Killed()
        for number, blow in enumerate(blows):
            self._clear()
            if self.before.exists():
                shutil.copytree(self.before, self.out, dirs_exist_ok=True)
            with self.undisturbed.copy(blow.night) as url:
                self.undisturbed.night(blow.night)
                wrong = list(self._strike(url, blow, found))
                if whole_next_night:
                    wrong += self._following(url, blow, whole=number % whole_next_night == 0)
            found.wrong += [f"{blow}: {one}" for one in wrong]
        return found

    def _strike(self, url: str, blow: Blow, found: Killed) -> Iterator[str]:
        order = Order(blow.night, str(self.folder), blow.command, blow.at, blow.who)
        night = self._start(url, order, blow.writing)
        if not blow.command:
            time.sleep(blow.seconds)  # the moment is what is tried out
            with suppress(psutil.NoSuchProcess):
                _kill(psutil.Process(night), blow.who)
        at_work = blow.command if self.program.end() == -signal.SIGKILL else "ended before"
        found.at_work[at_work or self._at_work()] += 1
        until(lambda: not self._belonging())  # nobody goes on alone
        yield from self._half_written("killed")
        self._do(url, blow.night, blow.writing)
        yield from self._wrong(url, blow.night, blow.night)
        yield from self._half_written("done again")
        if not any((self.out / WRITING[blow.writing]).glob("*.*")):
            yield "nothing is written"

    def _following(self, url: str, blow: Blow, *, whole: bool) -> Iterator[str]:
        night = blow.night + 1
        _age(self.out.parent)
        if not whole:
            self.undisturbed.do(self.undisturbed.job(url, night))
            yield from self._wrong(url, night, blow.night)
            return
        self._do(url, night, blow.writing)
        yield from self._wrong(url, night, night)
        yield from self._half_written("following night")
        left = [path.name for path in self.out.iterdir() if path.name not in WRITING.values()]
        left += [path.name for folder in self.out.iterdir() for path in folder.glob(".*.neu")]
        left += [path.name for path in self.temporary.iterdir()]
        yield from (f"left behind: {name}" for name in left)

    def _wrong(self, url: str, night: int, booked: int) -> Iterator[str]:
        """Yield what is wrong in the database after a night; the last in the book is the ``booked`` one."""
        yield from look(url, faults_of)
        yield from differences(look(url, content_of), self.undisturbed.night(night).content)
        nights, holders = look(url, _book)
        if not nights or nights[-1][:3] != (f"{moment_of(booked):%Y-%m-%d}", "ok", exits.OK):
            yield f"the book says {nights}"
        yield from (f"a lock is held: {one}" for one in holders)
        yield from (f"process {one.pid} is still there" for one in self._belonging())

    def _half_written(self, when: str) -> Iterator[str]:
        """Yield what a reader of the folders finds that is not whole."""
        for page in (self.out / "seite").rglob("*.html"):
            if not page.read_text(encoding="utf-8").rstrip().endswith("</html>"):
                yield f"{when}: half a page, {page.name}"
        for book in (self.out / "mappen").glob("*.xlsx"):
            if not zipfile.is_zipfile(book) or zipfile.ZipFile(book).testzip():
                yield f"{when}: half a workbook, {book.name}"
        manifest = self.out / "daten" / "manifest.json"
        if manifest.parent.exists():
            for file in json.loads(manifest.read_bytes())["files"]:
                content = (manifest.parent / file["file"]).read_bytes()
                if hashlib.sha256(content).hexdigest() != file["sha256"]:
                    yield f"{when}: half a publication, {file['file']}"

    def _do(self, url: str, night: int, writing: str) -> None:
        """Do a night that nobody disturbs; a server takes a moment to see that a dead process has let go."""
        first = begun = time.monotonic()
        while (code := self._end(url, night, writing)) == exits.LOCKED:
            begun = time.monotonic()
            assert begun - first < LEASE_SECONDS
        self.seconds = time.monotonic() - begun if writing in WRITING else self.seconds
        assert code == exits.OK, (self.folder / "said").read_text(encoding="utf-8")

    def _end(self, url: str, night: int, writing: str) -> int:
        self._start(url, Order(night, str(self.folder)), writing)
        return self.program.end()

    def _start(self, url: str, order: Order, writing: str) -> int:
        self.undisturbed.nights.write(order.night)
        for name in ("operations", "processes", "said"):
            (self.folder / name).unlink(missing_ok=True)
        environment = {**order.environment, "LUECKENLOS_DB": url, "TMPDIR": str(self.temporary)}
        arguments = ["nightly", "--once", "--region", str(self._region(writing))]
        return self.program.start(Call(url, arguments, environment, str(self.folder / "said")))

    def _at_work(self) -> str:
        """Return the command that was begun last."""
        begun = notes_of(self.folder, "processes")
        return begun[-1][-1] if begun else "beginning"

    def _belonging(self) -> list[psutil.Process]:
        """Return the processes of the last night that are still there."""
        found = []
        for pid, created, _ in notes_of(self.folder, "processes"):
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(int(pid))
                if process.create_time() == float(created) and not has_ended(process):
                    found.append(process)
        return found

    def _clear(self) -> None:
        for folder in (self.out, self.temporary):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()


def _kill(night: psutil.Process, who: Who) -> None:
    others = night.children(recursive=True) if who == "all" else []
    night.kill()
    for one in others:
        with suppress(psutil.NoSuchProcess):
            one.kill()


def _book(store: Store) -> tuple[list[tuple[str, str, int | None, int]], list[str]]:
    """Return the nights (day, state, exit code, tries) in their order, and who holds locks."""
    night = tables.night
    columns = (night.c.due_at, night.c.state, night.c.exit_code, night.c.tries)
    with store.read() as connection:
        nights = [tuple(row) for row in connection.execute(select(*columns).order_by(night.c.due_at))]
        holders = list(connection.scalars(select(tables.lock_holder.c.what)))
    return nights, holders


def _age(folder: Path) -> None:
    """Let everything in a folder be a day older: so long nobody comes who would do away with it."""
    for path in (*folder.rglob("*"), folder):
        with suppress(FileNotFoundError):
            then = path.lstat().st_mtime - A_DAY
            os.utime(path, (then, then), follow_symlinks=False)
