"""How the process begins and ends."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator

import pytest

from cli import ending
from cli import main as entry
from cli.texts import Texts


class Ended(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Keep the process alive; the list gets the codes it would have ended with."""
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        raise Ended

    monkeypatch.setattr("os._exit", end)
    return codes


@pytest.fixture(autouse=True)
def untouched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give signals and logging back as they were."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    level, logs = logging.root.level, list(logging.root.handlers)
    monkeypatch.setenv("TZ", "UTC")  # whoever has chosen a zone keeps it
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
    listening = signal.set_wakeup_fd(-1)
    if listening != -1:
        os.close(listening)  # which ends the thread that hears of signals
    ending._noticed.clear()
    ending._asked.code = None
    logging.captureWarnings(False)
    logging.root.handlers[:] = logs
    logging.root.setLevel(level)


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, list[int]]]:
    """Let no time pass; the list gets the timers that were started."""
    started: list[tuple[float, list[int]]] = []

    class Timer:
        daemon = False

        def __init__(self, seconds: float, _call: object, arguments: list[int]) -> None:
            self.plan = (seconds, arguments)

        def start(self) -> None:
            assert self.daemon
            started.append(self.plan)

    monkeypatch.setattr(threading, "Timer", Timer)
    return started


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["lueckenlos", *arguments])
    return entry.main()


def test_the_exit_code_is_the_command_s(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "--version") == 0
    assert call(monkeypatch, "gapz") == 2
    assert capsys.readouterr().out.startswith("lueckenlos ")


def test_an_interrupted_command_ends_at_once(
    monkeypatch: pytest.MonkeyPatch, ends: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(entry, "run", lambda _: 130)
    with pytest.raises(Ended):
        call(monkeypatch, "sync")
    assert ends == [130]


@pytest.mark.parametrize(
    ("number", "raised", "code"), [(signal.SIGINT, KeyboardInterrupt, 130), (signal.SIGTERM, SystemExit, 143)]
)
def test_a_signal_ends_the_command_in_order_and_after_a_while_in_any_case(
    number: int,
    raised: type[BaseException],
    code: int,
    timers: list[tuple[float, list[int]]],
    ends: list[int],
) -> None:
    with pytest.raises(raised):
        ending._end_soon(number, None)
    assert timers == [(ending.GRACE_SECONDS, [code])]
    assert ending.GRACE_SECONDS < 10
    # A second signal of either kind does not wait.
    for again in (signal.SIGINT, signal.SIGTERM):
        handler = signal.getsignal(again)
        assert callable(handler)
        with pytest.raises(Ended):
            handler(again, None)
    assert ends == [code, code]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_error_while_everything_is_closed_does_not_hide_that_the_end_was_asked_for(
    number: int,
    code: int,
    timers: list[tuple[float, list[int]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def work() -> None:
        try:
            ending._end_soon(number, None)
        finally:
            raise RuntimeError("cannot join thread before it is started")

    monkeypatch.setattr(entry, "build", work)
    assert entry.run(["sync"]) == code
    assert timers
    assert "Fehler" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("language", "said"), [("de", "Beendet auf Verlangen"), ("en", "Ended as asked for")]
)
def test_a_command_that_the_system_ends_says_so_once(
    language: str,
    said: str,
    timers: list[tuple[float, list[int]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(entry, "build", lambda: ending._end_soon(signal.SIGTERM, None))
    assert entry.run(["sync", "--lang", language]) == 143
    assert timers
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(said)
    assert "SIGTERM" in line


def test_a_command_that_does_not_end_in_time_says_why_it_is_ended(
    monkeypatch: pytest.MonkeyPatch, ends: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(entry, "run", lambda _: 0)
    assert call(monkeypatch, "sync", "--lang", "en") == 0
    with pytest.raises(Ended):
        ending._end_late(143)
    assert ends == [143]
    assert "SIGTERM" in capsys.readouterr().err


def test_words_that_nobody_takes_do_not_hold_up_the_end(ends: list[int]) -> None:
    never = threading.Event()
    ending.listen(lambda _: bool(never.wait()))
    with pytest.raises(Ended):
        ending._end_late(143)
    assert ends == [143]
    never.set()


@pytest.mark.parametrize(
    ("number", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_steps_that_belong_together_are_finished_before_the_end(
    number: int, raised: type[BaseException], timers: list[tuple[float, list[int]]]
) -> None:
    done: list[str] = []

    def work() -> None:
        with ending.undisturbed():
            with ending.undisturbed():
                ending._end_soon(number, None)
                done.append("inner")
            done.append("outer")

    with pytest.raises(raised):
        work()
    assert (done, len(timers)) == (["inner", "outer"], 1)


def test_a_thread_beside_the_main_one_is_not_ended_in_its_place(
    timers: list[tuple[float, list[int]]],
) -> None:
    with pytest.raises(SystemExit):
        ending._end_soon(signal.SIGTERM, None)
    done: list[bool] = []

    def work() -> None:
        with ending.undisturbed():
            pass
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert (done, len(timers)) == ([True], 1)


def test_an_output_that_is_closed_already_does_not_stop_the_end(
    monkeypatch: pytest.MonkeyPatch, ends: list[int]
) -> None:
    class Closed:
        def flush(self) -> None:
            raise ValueError

    monkeypatch.setattr(sys, "stdout", Closed())
    with pytest.raises(Ended):
        ending.end_now(130)
    assert ends == [130]


def test_logs_and_warnings_are_for_verbose_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def noisy(_: object) -> int:
        logging.getLogger("sync").error("an error of the log")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(True)
            warnings.warn("a warning", stacklevel=1)
            logging.captureWarnings(False)
        return 0

    monkeypatch.setattr(entry, "run", noisy)
    assert call(monkeypatch, "sync") == 0
    assert capsys.readouterr().err == ""
    assert call(monkeypatch, "sync", "--verbose") == 0
    told = capsys.readouterr().err
    assert "an error of the log" in told
    assert "a warning" in told


@pytest.mark.parametrize(
    ("raised", "code"), [(SystemExit(143), 143), (SystemExit("words"), 70), (SystemExit(), 70)]
)
def test_an_exit_from_inside_keeps_its_code(
    monkeypatch: pytest.MonkeyPatch, raised: SystemExit, code: int
) -> None:
    def leave() -> None:
        raise raised

    monkeypatch.setattr(entry, "build", leave)
    assert entry.run(["gaps"]) == code


def test_a_broken_pipe_outside_of_commands_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten: list[bool] = []

    def broken() -> None:
        raise BrokenPipeError

    monkeypatch.setattr(entry, "build", broken)
    monkeypatch.setattr(entry, "_forget_output", lambda: forgotten.append(True))
    assert entry.run(["gaps"]) == 141
    assert forgotten == [True]


def test_a_broken_pipe_inside_a_command_is_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise BrokenPipeError

    forgotten: list[bool] = []
    monkeypatch.setattr("cli.session.Session.reading", broken)
    monkeypatch.setattr(entry, "_forget_output", lambda: forgotten.append(True))
    assert entry.run(["runs"]) == 141
    assert forgotten == [True]
    assert capsys.readouterr().err == ""


def test_output_that_nobody_reads_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs: list[tuple[int, int]] = []
    monkeypatch.setattr("os.open", lambda *_: 99)
    monkeypatch.setattr("os.dup2", lambda *pair: pairs.append(pair))

    class Output:
        def fileno(self) -> int:
            return 1

    monkeypatch.setattr(sys, "stdout", Output())
    entry._forget_output()
    assert pairs == [(99, 1)]


@pytest.mark.parametrize(
    ("language", "number", "share", "moment"),
    [("de", "1.234.567", "12,3 %", "02.11.2026"), ("en", "1,234,567", "12.3 %", "2026-11-02")],
)
def test_figures_are_written_as_the_language_does(
    language: str, number: str, share: str, moment: str
) -> None:
    text = Texts(language)
    assert text.number(1_234_567) == number
    assert text.percent(0.1234) == share
    assert text.moment("2026-11-02T12:00:00+00:00").startswith(moment)
    assert text.moment("yesterday\x07") == "yesterday"
    assert text.moment("") == text.percent(None) == "–"
