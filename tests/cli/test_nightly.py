"""``nightly``: a night on the command line, its steps as processes, and what its exit code says."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import cli.nightsteps
from catalogue.store import open_store
from cli import exits
from cli.children import Ended
from cli.nightsteps import arguments_of
from cli.session import Session
from cli.texts import LANGUAGES, Texts
from sync.lock import only_one
from sync.region import read_region
from sync.schedulesettings import ScheduleSettings
from tests.cli.conftest import Cli
from tests.sample_region import copy_region

SETTINGS = """
[schedule]
nightly = "30 2 * * *"
retries = 0
report = "seite"
export = "mappen"
publish = "daten"
publish_settings = "daten.toml"
publish_ckan = "https://daten.example"
publish_ckan_token_env = "TOKEN"
links_settings = "links.toml"

[[schedule.job]]
name = "mittags"
cron = "0 12 * * 1-5"
steps = ["report", "sync"]
sources = ["portal"]
"""


class Commands:
    """Stands in for the processes of a night."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.databases: set[str] = set()
        self.ends: dict[str, Ended] = {}

    def __call__(self, arguments: list[str], environment: dict[str, str], *_: object) -> Ended:
        self.calls.append(arguments)
        self.databases.add(environment["LUECKENLOS_DB"])
        return self.ends.get(arguments[0], Ended(0, ""))


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> Commands:
    found = Commands()
    monkeypatch.setattr(cli.nightsteps, "run_child", found)
    return found


@pytest.fixture
def region(tmp_path: Path) -> Path:
    path = copy_region(tmp_path / "files")
    path.write_text(path.read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    return path


def test_a_night_tells_each_step_and_is_kept(
    cli: Cli, database: str, region: Path, commands: Commands
) -> None:
    done = cli("nightly", "--region", region, "--due", "2026-11-20T02:30", "--format", "json")
    assert done.code == exits.OK, done.err
    assert [(row["step"], row["state"]) for row in done.json["rows"]] == [
        *(("sync", "ok"), ("links", "ok"), ("report", "ok"), ("export", "ok"), ("publish", "ok")),
    ]
    meta = done.json["meta"]
    assert (meta["job"], meta["due_at"], meta["state"], meta["exit_code"]) == (
        *("nightly", "2026-11-20T02:30", "ok", 0),
    )
    assert meta["sources"] == {"portal": "ok", "umfrage": "ok"}
    assert meta["run"] == cli("runs", "--format", "json").json["rows"][0]["run"]
    assert commands.databases == {database}
    again = cli("nightly", "--region", region, "--due", "2026-11-20T02:30", "--format", "json")
    assert (again.code, again.json["meta"]["already"], again.json["rows"]) == (exits.OK, True, [])
    assert len(commands.calls) == 4


def test_a_night_without_any_source_failed_whatever_was_written_and_everybody_says_so(
    cli: Cli, database: str, region: Path, commands: Commands
) -> None:
    for one in region.parent.glob("*.csv"):
        one.unlink()
    done = cli("nightly", "--region", region, "--format", "json")
    states = {row["step"]: row["state"] for row in done.json["rows"]}
    assert (states["sync"], states["report"], states["publish"]) == ("failed", "ok", "skipped")
    assert (done.code, done.json["meta"]["state"]) == (exits.NONE, "failed")
    health = {row["check"]: row for row in cli("health", "--format", "json").json["rows"]}
    assert (health["night"]["state"], health["night"]["params"]["state"]) == ("critical", "failed")
    assert health["night"]["next_command"].endswith(" runs show last")
    assert cli("runs", "show", "last").out.startswith("FEHLGESCHLAGEN")


def test_each_step_is_a_command_of_this_program(region: Path) -> None:
    folder = region.parent
    settings = read_region(region).schedule
    assert arguments_of("links", settings) == ["links", "check", "--settings", str(folder / "links.toml")]
    assert arguments_of("report", settings) == ["report", "--out", str(folder / "seite")]
    assert arguments_of("export", settings) == ["export", "--all", "--out", str(folder / "mappen")]
    assert arguments_of("publish", settings) == [
        *("publish", "--out", str(folder / "daten"), "--metadata", str(folder / "daten.toml")),
        *("--ckan", "https://daten.example", "--ckan-token-env", "TOKEN"),
    ]
    assert arguments_of("report", ScheduleSettings(report="x", report_workbooks=True))[-1] == "--workbooks"
    assert arguments_of("links", ScheduleSettings()) == ["links", "check"]


@pytest.mark.parametrize(
    ("ended", "state", "code"),
    [
        (Ended(3, "einige offen"), "partial", exits.SOME),
        (Ended(1, "Fehler: voll"), "failed", exits.SOME),
        (Ended(-9, ""), "failed", exits.SOME),
        (Ended(-15, "", timed_out=True), "failed", exits.SOME),
    ],
)
def test_what_a_command_says_at_its_end_is_the_state_of_its_step(
    cli: Cli, database: str, region: Path, commands: Commands, ended: Ended, state: str, code: int
) -> None:
    commands.ends["report"] = ended
    done = cli("nightly", "--region", region, "--job", "mittags", "--format", "json")
    assert done.code == code
    rows = {row["step"]: row for row in done.json["rows"]}
    assert list(rows) == ["sync", "report"]
    assert (rows["sync"]["state"], rows["report"]["state"]) == ("ok", state)
    assert ended.said in rows["report"]["message_text"]
    assert list(done.json["meta"]["sources"]) == ["portal"]


def test_a_defect_in_a_step_names_the_command_to_repeat(
    cli: Cli, database: str, region: Path, commands: Commands
) -> None:
    commands.ends["report"] = Ended(exits.DEFECT, "denselben Befehl wiederholen")
    said = cli("nightly", "--region", region, "--job", "mittags", "--format", "json").json["rows"][1]
    assert f"report --out {region.parent / 'seite'} --verbose“" in said["message_text"]


def test_a_folder_that_cannot_be_used_names_the_setting_and_not_only_the_option(
    cli: Cli, database: str, region: Path, commands: Commands
) -> None:
    commands.ends["report"] = Ended(exits.USAGE, "Fehler: mit --out einen anderen nennen.")
    said = cli("nightly", "--region", region, "--job", "mittags", "--format", "json").json["rows"][1]
    assert "Einstellung report im Abschnitt [schedule]" in said["message_text"]
    assert str(region.parent / "seite") in said["message_text"]


def test_a_plan_is_shown_without_doing_anything(cli: Cli, region: Path, commands: Commands) -> None:
    done = cli("nightly", "--region", region, "--dry-run", "--format", "json")
    assert done.code == exits.OK
    assert [row["step"] for row in done.json["rows"]] == ["sync", "links", "report", "export", "publish"]
    assert done.json["rows"][0]["sources"] == ["portal", "umfrage"]
    assert done.json["rows"][2]["target"] == str(region.parent / "seite")
    shown = cli("nightly", "--region", region, "--dry-run")
    assert "Es wurde nichts getan." in shown.out
    assert commands.calls == []


def test_a_plan_names_each_folder_that_cannot_be_used_and_touches_none(
    cli: Cli, region: Path, commands: Commands
) -> None:
    (region.parent / "seite").mkdir()
    (region.parent / "seite" / "diplom.txt").write_text("wichtig", encoding="utf-8")
    (region.parent / "mappen").write_text("x", encoding="utf-8")
    before = sorted(region.parent.rglob("*"))
    done = cli("nightly", "--region", region, "--dry-run", "--format", "json")
    assert (done.code, done.json["meta"]["exit_code"]) == (exits.USAGE, exits.USAGE)
    assert {row["step"]: row["message"] for row in done.json["rows"] if row["message"]} == {
        "report": "night_target_foreign",
        "export": "night_target_is_file",
    }
    first, second = done.err.splitlines()
    assert first.startswith(f"Seite: Der Ordner {region.parent / 'seite'} enthält etwas")
    assert second.startswith(f"Arbeitsmappen: {region.parent / 'mappen'} ist kein Ordner. Nächster Schritt: ")
    assert "2 Ordner sind nicht zu gebrauchen" in cli("nightly", "--region", region, "--dry-run").out
    job = cli("nightly", "--region", region, "--dry-run", "--job", "mittags", "--lang", "en")
    assert (job.code, job.err.startswith("Page: The folder ")) == (exits.USAGE, True)
    assert sorted(region.parent.rglob("*")) == before
    assert commands.calls == []


def test_once_a_day_is_a_day_of_the_region(
    cli: Cli, database: str, region: Path, commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both half past twos of the night the clock is put back are one day, and the next day is another."""
    moments = ["2026-10-24T23:30", "2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T23:30"]
    days = []
    for moment in moments:
        now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        monkeypatch.setattr(Session, "now", lambda self, now=now: now)
        done = cli("nightly", "--region", region, "--once", "--job", "mittags", "--format", "json")
        days.append((done.json["meta"]["due_at"], done.json["meta"]["already"]))
    assert days == [
        *(("2026-10-25", False), ("2026-10-25", True), ("2026-10-25", True), ("2026-10-26", False)),
    ]


def test_who_is_told_that_it_is_done_already_is_told_how_it_went(
    cli: Cli, database: str, region: Path, commands: Commands
) -> None:
    commands.ends["report"] = Ended(1, "Fehler: voll")
    due = ("--due", "2026-11-20T12:00", "--job", "mittags")
    assert cli("nightly", "--region", region, *due).code == exits.SOME
    again = cli("nightly", "--region", region, *due)
    assert again.code == exits.SOME
    assert "schon erledigt: zum Teil gelungen" in again.out


def test_a_second_night_at_the_same_time_is_refused(
    cli: Cli, database: str, region: Path, commands: Commands
) -> None:
    store = open_store(database)
    try:
        with only_one(store, "night"):
            done = cli("nightly", "--region", region)
    finally:
        store.close()
    assert done.code == exits.LOCKED == 75
    assert commands.calls == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--job", "abends"), "Bekannt sind: nightly, mittags"),
        (("--due", "morgen"), "ist kein Zeitpunkt"),
        (("--due", "2026-11-20T02:30+01:00"), "ist kein Zeitpunkt"),
        (("--due", "2026-11-20T02:30", "--once"), "schließen sich aus"),
    ],
)
def test_wrong_options_are_refused(
    cli: Cli, region: Path, commands: Commands, options: tuple[str, ...], said: str
) -> None:
    done = cli("nightly", "--region", region, *options)
    assert (done.code, said in done.err) == (exits.USAGE, True)
    assert commands.calls == []


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_command_that_a_failed_sync_names_shows_the_reason(
    cli: Cli, database: str, region: Path, commands: Commands, language: str
) -> None:
    (region.parent / "portal.csv").unlink()
    night = ("nightly", "--region", region, "--job", "mittags", "--format", "json", "--lang", language)
    said = cli(*night).json["rows"][0]["message_text"]
    command = re.search("[„“]lueckenlos (.*?)[“”]", said)
    assert command is not None
    shown = cli(*command.group(1).split(), "--lang", language).out
    assert "portal.csv" in shown


def test_a_step_whose_time_was_up_names_a_command_that_shows_what_takes_so_long() -> None:
    for language in LANGUAGES:
        assert "lueckenlos runs show" in Texts(language).error("night_time_limit", {"hours": 8})
