"""Commands of this program as processes of their own: what they do to themselves stays there."""

from __future__ import annotations

import contextlib
import contextvars
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO, Final

from catalogue.store import default_url
from cli.ending import undisturbed
from cli.logs import for_children, message_of
from cli.session import Session

__all__ = ["Ended", "environment_of", "run_child"]

_CODE: Final = (
    "import sys; from cli.ending import end_with_input; end_with_input();"
    "from cli.main import main; sys.exit(main())"
)
#: How this program is started by itself; -P keeps modules of the present folder out.
PROGRAM: Final = (sys.executable, "-P", "-c", _CODE)
#: Seconds a child has to end in an orderly way when asked to.
GRACE_SECONDS: Final = 4.0
LONGEST_LINE: Final = 4_000
LONGEST_SAID: Final = 300


@dataclass(frozen=True)
class Ended:
    """How a command ended; ``said`` is its last line, which tells why if it failed."""

    exit_code: int
    said: str
    timed_out: bool = False


@dataclass
class _Reader:
    """Passes on what a child says and keeps the last line."""

    say: Callable[[str], None]
    last: str = ""

    def read(self, stream: IO[str]) -> None:
        with contextlib.suppress(ValueError, OSError):  # closed while somebody else still writes into it
            while line := stream.readline(LONGEST_LINE):
                if line.strip():
                    self.last = message_of(line.strip())
                    self.say(line.rstrip())


def environment_of(session: Session) -> dict[str, str]:
    """Return the environment in which a child works with the same database, language and log.

    The database's address is handed on here and not as an argument: it may hold a password.
    """
    return {
        **os.environ,
        **for_children(),
        "LUECKENLOS_DB": session.database or default_url(),
        "LUECKENLOS_LANG": session.language,
        "PYTHONIOENCODING": "utf-8",
        "PYTHONUNBUFFERED": "1",  # or what is said last may come first
    }


def run_child(
    arguments: Sequence[str], environment: dict[str, str], seconds: float | None, say: Callable[[str], None]
) -> Ended:
    """Run a command of this program and pass on what it says; after so many seconds it is ended.

    Whatever ends this process ends the child as well, even if it is killed. Raise OSError if it cannot begin.
    """
    reader = _Reader(say)
    with contextlib.ExitStack() as closing:
        with undisturbed():  # a child that nobody knows of would go on by itself
            process = _begin(arguments, environment)
            closing.enter_context(contextlib.closing(_pipe(process.stdin)))
            stream = closing.enter_context(contextlib.closing(_pipe(process.stdout)))
            # What it says belongs to the job and the step for which it was started.
            read = partial(contextvars.copy_context().run, reader.read, stream)
            thread = threading.Thread(target=read, name="child", daemon=True)
            thread.start()
            closing.callback(thread.join, GRACE_SECONDS)
            closing.callback(_end, process)
        timed_out = False
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            timed_out = True
    return Ended(process.returncode, reader.last[:LONGEST_SAID], timed_out)


def _begin(arguments: Sequence[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - this program itself, with arguments of our own
        [*PROGRAM, *arguments],
        env=environment,
        stdin=subprocess.PIPE,  # by its end the child knows that we are dead
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # Ctrl-C is handed on once, by us
    )


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:  # pragma: no cover - a pipe was asked for
        raise TypeError("no pipe")
    return stream


def _end(process: subprocess.Popen[str]) -> None:
    """End a child that still runs: as it is asked to first, then at once with all it has started."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
