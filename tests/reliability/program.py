"""The whole program in nights of the tests' own: ``python -m tests.reliability.program``.

It reads calls from its input, one JSON object per line, and forks a process for each. The processes that this
one starts are forked as well, so that not each has to start Python. They differ from the real ones in their
clock, which stands still in the night, in that every host is this machine, and in small batches of links.

Where the environment says so, one of them kills the night before an operation of its own: a statement, a
commit, a file that is opened for writing, a folder that is made, something that is moved or removed. Two
files tell of it: ``operations`` how many each one had that came to its end, ``processes`` which there were.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import psutil
from sqlalchemy import Engine, event

import cli.children
import cli.links
from cli.app import build
from cli.ending import end_with_input
from cli.main import main
from cli.session import Session
from sync import links
from tests.reliability.child import load_once
from tests.reliability.forked import Helper, become
from tests.reliability.nights import moment_of

__all__ = ["ORDER", "Call", "Order", "Who", "notes_of"]

#: The environment variable with the order, which the children inherit.
ORDER = "LUECKENLOS_TEST_ORDER"
#: Who is killed: the process of ``nightly`` alone, or all that belong to it.
Who = Literal["alone", "all"]
#: What commands load when they are called.
COMMANDS = (
    "catalogue.reports.opendata.release",
    "catalogue.reports.page.site",
    "catalogue.reports.workbook.writing",
)
#: What is counted besides statements, commits and files, as Python's audit events call it.
_MOVING = frozenset({"os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"})


@dataclass(frozen=True)
class Order:
    """Which night it is, and when it is killed: in a ``command``, before its operation ``at``."""

    night: int
    folder: str  # of the two files
    command: str = ""  # of none
    at: int = 0
    who: Who = "all"

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment that gives the order."""
        return {ORDER: json.dumps(asdict(self))}


@dataclass(frozen=True)
class Call:
    """A call of the program, the database it is about, and the file to which it says something."""

    url: str
    arguments: list[str]
    environment: dict[str, str]
    said: str


class _Counting:
    """Counts what this process does, and kills when it is time."""

    def __init__(self, order: Order, command: str) -> None:
        self.order = order
        self.command = command
        self.count = 0

    def watch(self) -> None:
        sys.addaudithook(self._hear)
        event.listen(Engine, "before_cursor_execute", self._step)
        event.listen(Engine, "commit", self._step)

    def _hear(self, name: str, arguments: tuple[Any, ...]) -> None:
        writes = name == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (writes and arguments[0] != os.devnull) or name in _MOVING:
            self._step()

    def _step(self, *_: object) -> None:
        self.count += 1
        if (self.command, self.count) == (self.order.command, self.order.at):
            self._kill()

    def _kill(self) -> None:
        """Kill the night; a command of it that is not to die with it goes on."""
        this, nightly = psutil.Process(), notes_of(Path(self.order.folder), "processes")[0][0]
        night = psutil.Process(int(nightly))
        others = night.children(recursive=True) if self.order.who == "all" else []
        night.kill()
        for one in others:
            if one != this:
                one.kill()
        if this in others:
            os.kill(os.getpid(), signal.SIGKILL)


def _begin(order: Order, command: str) -> None:
    """Let this process be in a night of the tests'."""
    moment = moment_of(order.night)
    vars(cli.links)["LinkOptions"] = partial(links.LinkOptions, resolver=lambda _host, _port: ["127.0.0.1"])
    links.BATCH = 10
    # Links are checked an hour after sources are read.
    now = moment + timedelta(hours=1) if command == "links" else moment
    setattr(Session, "now", lambda _session: now)  # noqa: B010 - a method, which mypy lets nobody replace


def notes_of(folder: Path, file: str) -> list[list[str]]:
    """Return the words that were noted in one of the files, by line."""
    path = folder / file
    return [line.split() for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def _note(order: Order, file: str, *said: object) -> None:
    with (Path(order.folder) / file).open("a", encoding="utf-8") as notes:
        notes.write(" ".join(map(str, said)) + "\n")


def _do(arguments: list[str]) -> int:
    """Be the program with these arguments; return its exit code."""
    sys.argv = ["lueckenlos", *arguments]
    order, command = Order(**json.loads(os.environ[ORDER])), arguments[0]
    this = psutil.Process()
    _note(order, "processes", this.pid, this.create_time(), command)
    _begin(order, command)
    if command != "nightly":  # which ends with whoever started it, as PROGRAM says for others
        end_with_input()
    counting = _Counting(order, command)
    counting.watch()
    code = main()
    _note(order, "operations", command, counting.count)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    return code


def _serve() -> None:
    """Fork a process for each call that is read, and say which it is and how it ends."""
    prepared = False
    for line in sys.stdin:
        call = Call(**json.loads(line))
        if not prepared:
            load_once(call.url)
            for name in COMMANDS:
                import_module(name)
            build()
            prepared = True
        process = os.fork()
        if not process:
            _be(call)
        print(json.dumps({"process": process}), flush=True)
        print(json.dumps({"code": os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])}), flush=True)


def _be(call: Call) -> None:
    says = os.open(call.said, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    become(os.open(os.devnull, os.O_RDONLY), says)
    os.environ |= call.environment
    helper = Helper(_do)
    vars(cli.children)["subprocess"] = helper.module
    vars(cli.children)["PROGRAM"] = ()
    os._exit(_do(call.arguments))


if __name__ == "__main__":
    _serve()
