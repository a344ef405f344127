"""Commands as processes of their own: what they say, how they end, and that they never outlive a night."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

import cli.children
import cli.ending
from cli.children import environment_of, run_child
from cli.session import Session
from sync.logcontext import log_context, said_by_context
from tests.cli.test_process import environment, region_at, silent_server
from tests.waiting import has_ended, until

TALKS = "import sys; print('laut'); print('Fehler: leise', file=sys.stderr); sys.exit(3)"
HANGS = "import sys, time; print('da', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print(child.pid, flush=True); time.sleep(600)"
)


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let children be any Python that a test wants: their only argument is the code."""
    monkeypatch.setattr(cli.children, "PROGRAM", (sys.executable, "-c"))
    monkeypatch.setattr(cli.children, "GRACE_SECONDS", 0.5)


def test_a_child_is_this_program_with_this_database(database: str) -> None:
    said: list[str] = []
    session = Session("en", database=database)
    ended = run_child(["gaps", "--area", "Herne"], environment_of(session), 60, said.append)
    assert (ended.exit_code, ended.timed_out) == (2, False)
    assert ended.said.startswith("Error:")
    assert said[-1] == ended.said


def test_addresses_of_databases_are_handed_on_by_the_environment_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = "postgresql://a:geheim@server/db"
    assert environment_of(Session(database=address))["LUECKENLOS_DB"] == address
    assert not any("geheim" in word for word in cli.children.PROGRAM)


@pytest.mark.usefixtures("program")
def test_both_outputs_are_passed_on_and_the_last_line_is_kept() -> None:
    said: list[str] = []
    ended = run_child([TALKS], {"PYTHONUNBUFFERED": "1"}, 60, said.append)
    assert (ended.exit_code, ended.said) == (3, "Fehler: leise")
    assert sorted(said) == ["Fehler: leise", "laut"]


@pytest.mark.usefixtures("program")
def test_what_a_child_says_belongs_to_the_step_it_was_started_for() -> None:
    said: list[tuple[str, object]] = []
    with log_context(job="nightly", step="links"):
        run_child(["print('laut')"], {}, 60, lambda line: said.append((line, said_by_context().get("step"))))
    assert said == [("laut", "links")]


@pytest.mark.usefixtures("program")
def test_of_a_child_that_logs_the_message_is_kept() -> None:
    line = '{"timestamp": "x", "level": "error", "event": "message", "message": "Fehler: voll"}'
    assert run_child([f"print({line!r})"], {}, 60, lambda _: None).said == "Fehler: voll"


@pytest.mark.usefixtures("program")
def test_a_child_that_takes_too_long_is_ended() -> None:
    ended = run_child([HANGS], {}, 0.5, lambda _: None)
    assert ended.timed_out
    assert ended.exit_code != 0


@pytest.mark.usefixtures("program")
@pytest.mark.skipif(sys.platform == "win32", reason="groups of processes are POSIX's")
def test_a_child_that_does_not_listen_is_ended_with_all_it_has_started() -> None:
    pids: list[int] = []
    run_child([STUBBORN], {}, 5, lambda line: pids.append(int(line)))
    _, alive = psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=10)
    assert pids
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.usefixtures("program")
def test_whoever_is_ended_ends_the_child() -> None:
    """A signal raises in the thread that waits; here the wait itself does."""
    begun = threading.Event()
    processes: list[cli.children.subprocess.Popen[str]] = []
    original = cli.children.subprocess.Popen

    class Interrupted(original):  # type: ignore[misc, valid-type]
        def wait(self, timeout: float | None = None) -> int:
            processes.append(self)
            if timeout == 60:
                assert begun.wait(30)
                raise SystemExit(143)
            return int(super().wait(timeout))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli.children.subprocess, "Popen", Interrupted)
        with pytest.raises(SystemExit):
            run_child([HANGS], {}, 60, lambda _: begun.set())
    assert processes[0].poll() is not None


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX's")
@pytest.mark.usefixtures("program")
def test_whoever_is_ended_while_a_child_begins_ends_it_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    processes: list[cli.children.subprocess.Popen[str]] = []
    original = cli.children.subprocess.Popen

    class Asked(original):  # type: ignore[misc, valid-type]
        def __init__(self, *arguments: object, **named: object) -> None:
            super().__init__(*arguments, **named)
            processes.append(self)
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(cli.children.subprocess, "Popen", Asked)
    monkeypatch.setattr(cli.ending, "_asked", cli.ending._Asked())
    monkeypatch.setattr(cli.ending, "_end_in_time", lambda _code: None)
    usual = {
        number: signal.signal(number, cli.ending._end_soon) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        with pytest.raises(SystemExit):
            run_child([HANGS], {}, 60, lambda _: None)
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
        cli.ending._noticed.clear()
    assert processes[0].poll() is not None


@pytest.mark.usefixtures("program")
def test_a_line_without_end_does_not_fill_the_memory() -> None:
    code = "import sys; sys.stdout.write('x' * 1_000_000)"
    longest = 0

    def measure(line: str) -> None:
        nonlocal longest
        longest = max(longest, len(line))

    ended = run_child([code], {}, 60, measure)
    assert (ended.exit_code, longest) == (0, cli.children.LONGEST_LINE)
    assert len(ended.said) == cli.children.LONGEST_SAID


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX's")
def test_a_child_ends_in_time_whose_starter_is_killed(database: str, tmp_path: Path) -> None:
    """A check of links that goes on by itself would keep the next night from checking any."""
    starter = (
        "import sys; from cli.children import environment_of, run_child; from cli.session import Session;"
        "run_child(sys.argv[1:], environment_of(Session()), None, print)"
    )
    with silent_server() as (url, asked):
        arguments = ["sync", "--region", str(region_at(tmp_path / "silent", url))]
        killed = subprocess.Popen([sys.executable, "-c", starter, *arguments], env=environment(database))
        assert asked.wait(60)
        children = psutil.Process(killed.pid).children(recursive=True)
        killed.kill()
        killed.wait()
        assert children != []
        until(lambda: all(map(has_ended, children)))


def test_modules_of_the_present_folder_are_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(99)", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run_child(["--version"], environment_of(Session()), 60, lambda _: None).exit_code == 0
