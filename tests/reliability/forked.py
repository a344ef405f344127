"""Children of a process that need not start Python anew: they are forked from a helper that has all of it.

The helper is forked from a process before that has threads or a database open. It stands in for the system's
way to start a program: pipes, exit codes and signals are those of real processes.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import IO

__all__ = ["Helper", "become"]

#: What a process does with its arguments; it returns the exit code.
Do = Callable[[list[str]], int]


class Helper:
    """Forks a process for each call."""

    def __init__(self, do: Do) -> None:
        self._ours, theirs = socket.socketpair()
        if not os.fork():
            self._ours.close()
            _serve(theirs, do)
        theirs.close()

    @property
    def module(self) -> SimpleNamespace:
        """Return what stands in for the module ``subprocess``."""
        names = ("DEVNULL", "PIPE", "STDOUT", "TimeoutExpired")
        return SimpleNamespace(Popen=self._open, **{name: getattr(subprocess, name) for name in names})

    def _open(self, arguments: Sequence[str], *, env: dict[str, str], stdin: int, **_: object) -> _Forked:
        return _Forked(self._ours, arguments, env, tethered=stdin == subprocess.PIPE)


class _Forked:
    """A process that was forked, as ``subprocess.Popen`` shows it; all it says comes on one pipe."""

    def __init__(
        self, helper: socket.socket, arguments: Sequence[str], env: dict[str, str], *, tethered: bool
    ) -> None:
        self._helper = helper
        self.returncode: int | None = None
        heard, says = os.pipe()
        reads, tether = os.pipe() if tethered else (os.open(os.devnull, os.O_RDONLY), -1)
        request = json.dumps([list(arguments), env]).encode()
        socket.send_fds(helper, [len(request).to_bytes(4)], [reads, says])
        helper.sendall(request)
        os.close(reads)
        os.close(says)
        self.stdout: IO[str] = os.fdopen(heard, encoding="utf-8", errors="replace")
        self.stdin: IO[str] | None = os.fdopen(tether, "w") if tethered else None
        self.pid = _number(helper)

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._helper], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("forked", timeout or 0.0)
            self.returncode = _number(self._helper)
        return self.returncode

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._helper], [], [], 0)[0]:
            self.returncode = _number(self._helper)
        return self.returncode

    def terminate(self) -> None:
        os.kill(self.pid, 15)

    def kill(self) -> None:
        os.kill(self.pid, 9)


def _number(connection: socket.socket) -> int:
    said = connection.recv(8, socket.MSG_WAITALL)
    if len(said) < 8:
        raise EOFError
    return int.from_bytes(said, signed=True)


def _serve(connection: socket.socket, do: Do) -> None:
    """Fork one process after the other, until nobody is there who wants any."""
    while True:
        size, passed, _, _ = socket.recv_fds(connection, 4, 2)
        if not size:
            os._exit(0)
        reads, says = passed
        request = connection.recv(int.from_bytes(size), socket.MSG_WAITALL)
        process = os.fork()
        if not process:
            connection.close()
            _become(reads, says)
            arguments, environment = json.loads(request)
            os.environ.clear()
            os.environ.update(environment)
            os._exit(do(arguments))
        os.close(reads)
        os.close(says)
        try:
            connection.sendall(process.to_bytes(8, signed=True))
            code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
            connection.sendall(code.to_bytes(8, signed=True))
        except OSError:  # whoever wanted it is dead
            os._exit(0)


def _become(reads: int, says: int) -> None:
    """Let these be the input and the outputs of this process, which begins a session of its own."""
    os.setsid()
    become(reads, says)
    os.close(reads)
    os.close(says)


def become(reads: int, says: int) -> None:
    """Let these be the input and the outputs of this process."""
    for number, stream in enumerate((reads, says, says)):
        os.dup2(stream, number)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", 1, encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", closefd=False)
