from __future__ import annotations

import contextlib
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli import logs
from cli.children import environment_of
from cli.main import run
from cli.nightly import _Listener
from cli.problems import UsageProblem
from cli.session import Session
from sync.logcontext import log_context, log_event
from sync.night import StepOutcome

SECRET = "s3cr3t-und-lang-genug"


@pytest.fixture(autouse=True)
def own_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let each test set up the log of this process, and put it back as it was."""
    for name in (logs.LOG_FORMAT, logs.LOG_FILE, logs.LOG_CONTEXT):
        monkeypatch.delenv(name, raising=False)
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    root.handlers = []
    yield
    for handler in root.handlers:
        with contextlib.suppress(OSError):
            handler.close()
    root.handlers, root.level = before, level
    logs._keep({})
    logging.captureWarnings(False)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    """Give the file of a log in JSON that was set up."""
    path = tmp_path / "log.jsonl"
    assert logs.set_up(["--log-file", str(path)], ["runs"]) == ""
    return path


def test_an_event_is_a_line_of_json_with_its_fields_and_what_it_belongs_to(log_file: Path) -> None:
    with log_context(run=7, source="bottrop"):
        log_event("source_done", state="ok", read=12, seconds=0.25, code="")
    (line,) = lines(log_file)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "lueckenlos",
        "event": "source_done",
        "run": 7,
        "source": "bottrop",
        "code": "",
        "read": 12,
        "seconds": 0.25,
        "state": "ok",
    }


def test_what_libraries_say_is_a_message_with_the_same_context(log_file: Path) -> None:
    with log_context(run=7, job="nightly", step="links"):
        logging.getLogger("urllib3").warning("retry %d of %s", 3, "x")
    (line,) = lines(log_file)
    assert (line["event"], line["message"], line["logger"]) == ("message", "retry 3 of x", "urllib3")
    assert (line["run"], line["job"], line["step"]) == (7, "nightly", "links")


def test_contexts_nest_and_end(log_file: Path) -> None:
    with log_context(run=7):
        with log_context(source="a"):
            log_event("inner")
        log_event("outer")
    log_event("outside")
    assert [(line.get("run"), line.get("source")) for line in lines(log_file)] == [
        (7, "a"),
        (7, None),
        (None, None),
    ]


def test_a_thread_has_a_context_of_its_own(log_file: Path) -> None:
    def work() -> None:
        with log_context(source="b"):
            log_event("in_thread")

    with log_context(run=7):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert [(line.get("run"), line.get("source")) for line in lines(log_file)] == [(None, "b")]


def test_no_event_can_pretend_to_be_something_else(log_file: Path) -> None:
    log_event("real", timestamp="1999", logger="other", event="false")
    (line,) = lines(log_file)
    assert (line["event"], line["logger"]) == ("real", "lueckenlos")
    assert not line["timestamp"].startswith("1999")


def test_text_from_outside_stays_within_its_line(log_file: Path) -> None:
    logging.getLogger("x").warning('a\n{"event": "night_finished"}\r\n"')
    assert len(lines(log_file)) == 1


@pytest.mark.parametrize("wanted", ["json", "text"])
def test_planted_secrets_are_in_no_line(wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", SECRET)
    path = tmp_path / "log"
    logs.set_up(["--log-format", wanted, "--log-file", str(path)], ["nightly"])
    planted = ["hunter-zwei-2", "abc.def-ghi", "kekskekskeks", "ein-token-wert"]
    log = logging.getLogger("some.library")
    log.warning("GET https://user:%s@host.example/a?x=1&api_key=%s", planted[0], planted[3])
    log.warning("headers %s", {"Authorization": f"Bearer {planted[1]}", "Cookie": f"a={planted[2]}; b=c"})
    log.warning("said %s to the server", SECRET)
    log_event("probe", password=planted[0], url=f"https://x.example/?token={planted[3]}&y=1")
    try:
        raise ValueError(  # noqa: TRY301 - a traceback is what is wanted
            f"connect to postgresql://me:{planted[0]}@db/x with {SECRET}"
        )
    except ValueError:
        log.exception("could not: client_secret=%s", planted[3])
    written = path.read_text(encoding="utf-8")
    assert "ValueError" in written
    assert "host.example" in written
    for secret in (SECRET, *planted):
        assert secret not in written


def test_secrets_that_settings_name_are_hidden_once_they_are_known(log_file: Path) -> None:
    logs.hide(["ganz-anderes-wort", "kurz"])
    logging.getLogger("x").warning("ganz-anderes-wort und kurz; auch ganz%2Danderes-wort")
    assert lines(log_file)[0]["message"].startswith("… und kurz")


def test_without_being_asked_only_commands_nobody_watches_write_a_log(
    capfd: pytest.CaptureFixture[str],
) -> None:
    logs.set_up([], ["sync"])
    log_event("unseen")
    assert capfd.readouterr().err == ""
    logs.set_up([], ["nightly"])
    log_event("seen")
    assert json.loads(capfd.readouterr().err)["event"] == "seen"


def test_text_is_for_people(capfd: pytest.CaptureFixture[str]) -> None:
    logs.set_up(["--verbose"], ["sync"])
    with log_context(run=3):
        log_event("source_done", state="ok", why="zwei Worte")
    line = capfd.readouterr().err
    assert " info source_done " in line
    assert "run=3" in line
    assert "why='zwei Worte'" in line


def test_the_environment_says_the_same_as_the_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(logs.LOG_FORMAT, "json")
    monkeypatch.setenv(logs.LOG_FILE, str(tmp_path / "log"))
    logs.set_up([], ["sync"])
    log_event("x")
    assert lines(tmp_path / "log")[0]["event"] == "x"
    logs.set_up(["--log-format=text", f"--log-file={tmp_path / 'other'}"], ["sync"])
    log_event("y")
    assert " info y" in (tmp_path / "other").read_text(encoding="utf-8")


def test_a_form_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageProblem) as caught:
        logs.set_up(["--log-format", "xml"], ["sync"])
    assert caught.value.code == "log_format"


def test_a_file_that_cannot_be_opened_leaves_the_log_on_the_error_output(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert logs.set_up(["--log-file", str(tmp_path / "weg" / "log")], ["sync"]) != ""
    log_event("still_said")
    assert json.loads(capfd.readouterr().err)["event"] == "still_said"


def test_a_file_that_was_moved_away_is_begun_anew(log_file: Path) -> None:
    log_event("first")
    log_file.rename(log_file.with_suffix(".1"))
    log_event("second")
    assert [line["event"] for line in lines(log_file)] == ["second"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_ends_nothing_and_is_said_once(capfd: pytest.CaptureFixture[str]) -> None:
    assert logs.set_up(["--log-file", "/dev/full"], ["nightly"]) == ""
    for _ in range(3):
        log_event("lost")
    said = capfd.readouterr().err
    assert said.count("lueckenlos: log: No space left on device") == 1
    assert "Traceback" not in said


def test_lines_lost_on_a_full_disk_do_not_pile_up_and_later_ones_are_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log"
    path.symlink_to("/dev/full")
    logs.set_up(["--log-file", str(path)], ["nightly"])
    log_event("lost")
    path.unlink()
    log_event("kept")
    assert [line["event"] for line in lines(path)] == ["kept"]


def test_a_line_that_cannot_be_made_ends_nothing(log_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    class Unshowable:
        def __str__(self) -> str:
            raise RuntimeError

    (handler,) = (one for one in logging.getLogger().handlers if type(one).__module__ == logs.__name__)
    for text, argument in (("%d", "kein Wert"), ("%s", Unshowable())):
        handler.handle(logging.LogRecord("x", logging.WARNING, "", 1, text, (argument,), None))
    log_event("after")
    assert [line["event"] for line in lines(log_file)][-1] == "after"
    assert "Traceback" not in capfd.readouterr().err


def test_the_program_writes_its_log_and_goes_on_without_one(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from cli.main import main; raise SystemExit(main())"]
    wrong = subprocess.run(
        [*command, "--log-format", "xml", "runs"], capture_output=True, text=True, check=False
    )
    assert (wrong.returncode, "Traceback" in wrong.stderr) == (2, False)
    lost = subprocess.run(
        [*command, "--log-file", str(tmp_path / "weg" / "log"), "--version"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert lost.returncode == 0
    assert lost.stdout.startswith("lueckenlos ")
    assert "Protokoll" in lost.stderr


def test_what_is_said_to_people_is_a_line_of_json_as_well_where_the_log_is_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up(["--log-format", "json"], ["sync"])
    child = '{"timestamp": "2026-11-20T01:30:00Z", "level": "info", "event": "step_done"}'
    Session().say("Zellen berechnen … 100 %")
    Session().say(child)
    first, second = capsys.readouterr().err.splitlines()
    assert json.loads(first)["message"] == "Zellen berechnen … 100 %"
    assert second == child


@pytest.mark.parametrize("own", [[], ["--verbose"], ["--log-format", "text"]])
def test_otherwise_people_are_told_in_plain_words(own: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(own, ["sync"])
    Session().say("Zellen berechnen …")
    assert capsys.readouterr().err == "Zellen berechnen …\n"


def test_what_ends_a_command_is_an_error_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up([], ["nightly"])
    assert run(["nightly", "--region", "gibt-es-nicht.toml", "--lang", "de"]) == 2
    lines_said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["level"] for line in lines_said] == ["error"]
    assert "gibt-es-nicht.toml" in lines_said[0]["message"]


def test_what_ends_a_command_stands_in_a_log_file_too(
    log_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["nightly", "--region", "gibt-es-nicht.toml", "--lang", "de"]) == 2
    (line,) = lines(log_file)
    assert line["level"] == "error"
    assert capsys.readouterr().err == f"{line['message']}\n"


def test_a_step_that_fails_is_a_warning_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up([], ["nightly"])
    listener = _Listener(Session())
    listener.step_ended(StepOutcome("report", "ok"))
    listener.step_ended(StepOutcome("links", "failed", "night_time_limit", {"hours": "1"}))
    good, bad = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (good["level"], bad["level"]) == ("info", "warning")
    assert "time_limit_hours" in bad["message"]


def test_what_a_child_logs_gets_the_job_and_the_step_it_was_started_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up([], ["nightly"])
    child = '{"timestamp": "2026-11-20T01:30:00Z", "level": "info", "event": "step_done", "step": "links"}'
    with log_context(job="nightly", step="x"):
        Session().say(child)
    line = json.loads(capsys.readouterr().err)
    assert (line["job"], line["step"], line["event"]) == ("nightly", "links", "step_done")


def test_with_a_log_file_people_are_told_in_plain_words(
    log_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Session().say("Zellen berechnen …")
    assert capsys.readouterr().err == "Zellen berechnen …\n"
    assert not log_file.read_text(encoding="utf-8")


def test_children_write_the_same_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(["--log-file", str(tmp_path / "log"), "--log-format=json"], ["nightly"])
    handed_on = environment_of(Session())
    for name in (logs.LOG_FILE, logs.LOG_FORMAT):
        monkeypatch.setenv(name, handed_on[name])
    logs.set_up([], ["report"])  # as a child does
    log_event("of_the_child")
    assert [line["event"] for line in lines(tmp_path / "log")] == ["of_the_child"]


def test_without_options_children_are_told_nothing_of_a_log() -> None:
    logs.set_up(["--log-format", "json"], ["nightly"])
    logs.set_up([], ["nightly"])
    assert not {logs.LOG_FILE, logs.LOG_FORMAT, logs.LOG_CONTEXT} & environment_of(Session()).keys()


def test_on_a_terminal_children_write_text_as_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    logs.set_up([], ["schedule"])
    monkeypatch.setenv(logs.LOG_FORMAT, environment_of(Session())[logs.LOG_FORMAT])
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    logs.set_up([], ["nightly"])
    log_event("of_the_child")
    assert " info of_the_child" in capsys.readouterr().err


def test_in_a_file_lines_of_a_child_belong_to_the_step_it_was_started_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.set_up(["--log-file", str(tmp_path / "log")], ["nightly"])
    with log_context(job="nightly", step="links"):
        for name, value in environment_of(Session()).items():
            monkeypatch.setenv(name, value)
    logs.set_up([], ["links"])
    with log_context(run=7):
        log_event("of_the_child")
    log_event("of_another", job="mittags")
    first, second = lines(tmp_path / "log")
    assert (first["job"], first["step"], first["run"]) == ("nightly", "links", 7)
    assert second["job"] == "mittags"


@pytest.mark.parametrize("given", ["", "x", "[1]", '{"job": ["x"], "secret": "y", "step": "sync"}'])
def test_what_belongs_to_no_step_is_not_made_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv(logs.LOG_CONTEXT, given)
    logs.set_up(["--log-file", str(tmp_path / "log")], ["links"])
    log_event("alone")
    (line,) = lines(tmp_path / "log")
    assert "job" not in line
    assert "secret" not in line
