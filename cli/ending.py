"""How the program ends when it is asked to: in an orderly way, or at least in time.

A signal raises an error in the main thread, so that everything is closed that is open. That thread hears of
signals only between two steps of Python, and a statement of a database may be one step of minutes. So a
thread beside it hears of them, too: it lets such statements fail, and ends the process where that takes too
long. The database then rolls back what was not applied completely and frees the lock.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Final

from cli import exits

__all__ = ["asked_to_end", "end_now", "end_with_input", "interruptible", "listen", "undisturbed"]

#: How long a command may take to end when asked to.
GRACE_SECONDS: Final = 5.0
#: How long it may take to say why the process ends, where it does not end by itself.
WORDS_SECONDS: Final = 0.5
#: How long the main thread may take to hear of a signal before its statement is interrupted.
NOTICE_SECONDS: Final = 0.5
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_interrupters: list[Callable[[], None]] = []
_noticed = threading.Event()


class _Asked:
    """What signals have asked for; ``held_back`` counts who must not be disturbed just now."""

    code: int | None = None
    held_back = 0
    words: Callable[[int], object] | None = None


_asked = _Asked()


def listen(words: Callable[[int], object] | None = None) -> None:
    """Let signals end this process; to be called once, by the main thread.

    ``words`` says why it ends where it did not end by itself in time.
    """
    _asked.words = words
    for number in _SIGNALS:
        signal.signal(number, _end_soon)
    if sys.platform != "win32":
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        threading.Thread(target=_watch, args=(reader,), name="signals", daemon=True).start()


def end_with_input() -> None:
    """Let this process be asked to end when its input ends: a pipe from whoever started it, and died."""
    threading.Thread(target=_wait_for_end_of_input, name="tether", daemon=True).start()


def _wait_for_end_of_input() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1):
            pass
    os.kill(os.getpid(), signal.SIGTERM)


@contextlib.contextmanager
def interruptible(interrupt: Callable[[], None]) -> Iterator[None]:
    """Have a function called, by another thread, if a signal goes unheard because of what runs here."""
    _interrupters.append(interrupt)
    try:
        yield
    finally:
        _interrupters.remove(interrupt)


def asked_to_end() -> int | None:
    """Return the exit code if a signal has asked this process to end, whatever came of that; else None."""
    return _asked.code


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Let the main thread finish a few steps that belong together; the end it was asked for comes after.

    Signals disturb no other thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _asked.held_back += 1
    try:
        yield
    finally:
        _asked.held_back -= 1
    if _asked.code is not None and not _asked.held_back:
        _leave(_asked.code)


def end_now(code: int) -> None:
    """End this process whatever its threads are doing."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _end_soon(number: int, _frame: object) -> None:
    """End in an orderly way, or at least in time; asked for a second time, at once."""
    code = _asked.code = _code(number)
    _noticed.set()
    for again in _SIGNALS:
        signal.signal(again, lambda _number, _frame: end_now(code))
    _end_in_time(code)
    if not _asked.held_back:
        _leave(code)


def _leave(code: int) -> None:
    if code == exits.INTERRUPTED:
        raise KeyboardInterrupt
    sys.exit(code)


def _watch(reader: int) -> None:
    """Wait for a signal that is ours to handle, and see to it that the main thread hears of it."""
    while heard := os.read(reader, 1):
        number = heard[0]
        if number in _SIGNALS and signal.getsignal(number) is _end_soon:  # a server handles them itself
            break
    else:  # nobody listens any more
        os.close(reader)
        return
    _end_in_time(_code(number))
    while not _noticed.wait(NOTICE_SECONDS):
        for interrupt in tuple(_interrupters):
            interrupt()


def _code(number: int) -> int:
    return exits.INTERRUPTED if number == signal.SIGINT else exits.TERMINATED


def _end_in_time(code: int) -> None:
    watch = threading.Timer(GRACE_SECONDS, _end_late, [code])
    watch.daemon = True
    watch.start()


def _end_late(code: int) -> None:
    """Say why and end; whoever holds up these words as well does not hold up the end."""
    if _asked.words is not None:
        speaker = threading.Thread(target=_asked.words, args=(code,), name="words", daemon=True)
        speaker.start()
        speaker.join(WORDS_SECONDS)
    end_now(code)
