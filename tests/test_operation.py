"""What the operator's handbook offers to copy: units, crontab, CronJob, region file."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest

from cli import exits
from cli.app import describe_app
from cli.help import CommandInfo, describe_all
from sync.schedule.cron import read_cron
from sync.schedulesettings import ScheduleSettings

FOLDER = Path("docs/betrieb")
HANDBOOK = Path("docs/betrieb.md").read_text(encoding="utf-8")
UNITS = sorted(FOLDER.glob("*.service")) + sorted(FOLDER.glob("*.timer"))
PROGRAM = "/opt/lueckenlos/bin/lueckenlos"
COMMANDS: dict[tuple[str, ...], CommandInfo] = {one.path: one for one in describe_all(describe_app("de"))}
OF_ALL = {"--db", "--lang", "--verbose", "--version", "--log-format", "--log-file"}


def require_command(words: list[str]) -> None:
    """Fail unless these words, without the program, are a command with options that it has."""
    path = tuple(words[:2]) if tuple(words[:2]) in COMMANDS else tuple(words[:1])
    assert path in COMMANDS, words
    known = {flag for parameter in COMMANDS[path].parameters for flag in parameter.flags} | OF_ALL
    assert {word for word in words if word.startswith("--")} <= known, words


def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    parser.read_string(path.read_text(encoding="utf-8"))
    return parser


@pytest.mark.parametrize("path", [one for one in UNITS if one.suffix == ".service"], ids=lambda one: one.name)
def test_services_start_a_command_that_there_is_and_take_rights_away(path: Path) -> None:
    service = unit(path)["Service"]
    program, *words = shlex.split(service["ExecStart"])
    assert program == PROGRAM
    require_command(words)
    assert service["KillMode"] == "mixed"  # the program hands the signal on; twice means at once
    for name in ("NoNewPrivileges", "PrivateTmp", "ProtectHome"):
        assert service[name] == "true", name
    assert service["ProtectSystem"] == "strict"
    assert service["User"] == "lueckenlos"
    # Files may be read by a web server; the database is kept from others by its folder.
    assert (service["UMask"], service["StateDirectoryMode"]) == ("0022", "0750")


def test_the_timer_wakes_the_night_in_local_time_and_after_a_sleep() -> None:
    timer = unit(FOLDER / "lueckenlos-nightly.timer")["Timer"]
    assert (FOLDER / timer["Unit"]).is_file()
    assert timer["Persistent"] == "true"
    assert timer["OnCalendar"].endswith("Europe/Berlin")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for path in UNITS:
        text = path.read_text(encoding="utf-8").replace(PROGRAM, shutil.which("true") or "/bin/true")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / path.name) for path in UNITS)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "lueckenlos" in line]
    assert said == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_systemd_takes_the_hours_of_the_timer() -> None:
    calendar = unit(FOLDER / "lueckenlos-nightly.timer")["Timer"]["OnCalendar"]
    done = subprocess.run(
        ["systemd-analyze", "calendar", calendar], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_crontab_names_hours_and_commands_that_there_are() -> None:
    lines = (FOLDER / "crontab").read_text(encoding="utf-8").splitlines()
    jobs = [line for line in lines if re.match(r"[0-9*]", line)]
    assert len(jobs) == 3
    for line in jobs:
        *fields, command = line.split(None, 5)
        read_cron(" ".join(fields))
        _, program, words = command.partition(" >>")[0].partition(PROGRAM)
        assert program == PROGRAM
        require_command(shlex.split(words))


def rooted(command: str, root: Path) -> str:
    """Return a command with the folders of the handbook below another root, and without their owners."""
    command = re.sub(r"(?<![\w.])/(?=(?:etc|srv|var|opt|usr/local)/)", f"{root}/", command)
    return re.sub(r" -[og] \w+", "", command)


def set_up(root: Path) -> None:
    """Do what the handbook says of folders and of the file of secrets, below another root."""
    said = HANDBOOK.partition("## Einrichten")[2].partition("\n## ")[0]
    lines = [line for line in said.splitlines() if line.startswith("install ")]
    subprocess.run(["/bin/sh", "-ec", rooted("\n".join(lines), root)], timeout=60, check=True)


@pytest.mark.skipif(not Path("/bin/sh").exists(), reason="no shell")
def test_every_line_of_the_crontab_runs_after_the_set_up_with_its_secrets(tmp_path: Path) -> None:
    set_up(tmp_path)
    secrets = tmp_path / "etc/lueckenlos/geheimnisse.env"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o640
    secrets.write_text("PROBE='ge heim$nis'\n", encoding="utf-8")
    program = Path(rooted(PROGRAM, tmp_path))
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "$PROBE|$*"\n', encoding="utf-8")
    program.chmod(0o755)
    lines = (FOLDER / "crontab").read_text(encoding="utf-8").splitlines()
    for line in (line for line in lines if re.match(r"[0-9*]", line)):
        command = rooted(line.split(None, 5)[5], tmp_path)
        subprocess.run(["/bin/sh", "-c", command], timeout=60, check=True)
        written = Path(shlex.split(command.partition(" >>")[2])[0]).read_text(encoding="utf-8")
        assert written.startswith("ge heim$nis|")
        for word in shlex.split(written.partition("|")[2]):
            assert not word.startswith("/") or Path(word).parent.is_dir(), word


def test_folders_of_backups_in_the_handbook_are_made_by_its_set_up(tmp_path: Path) -> None:
    set_up(tmp_path)
    files = re.findall(r"lueckenlos db (?:backup|restore) (/\S+)", HANDBOOK)
    assert len(files) == 2
    assert [file for file in files if not Path(rooted(file, tmp_path)).parent.is_dir()] == []


def test_the_program_is_put_where_the_handbooks_call_it() -> None:
    assert f"ln -s {PROGRAM} /usr/local/bin/lueckenlos" in HANDBOOK
    called = Path("docs/ueberwachung.md").read_text(encoding="utf-8")
    assert set(re.findall(r'"(/\S+/lueckenlos)"', called)) == {"/usr/local/bin/lueckenlos"}


def test_the_cronjob_calls_a_command_that_there_is() -> None:
    yaml = pytest.importorskip("yaml")
    (document,) = yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text(encoding="utf-8"))
    spec = document["spec"]
    read_cron(spec["schedule"])
    assert (document["kind"], spec["timeZone"]) == ("CronJob", "Europe/Berlin")
    assert spec["concurrencyPolicy"] == "Forbid"
    (container,) = spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    program, *words = container["command"]
    assert program == "lueckenlos"
    require_command(words)
    mounts = {one["name"] for one in container["volumeMounts"]}
    assert mounts == {one["name"] for one in spec["jobTemplate"]["spec"]["template"]["spec"]["volumes"]}


def test_the_schedule_of_the_handbook_is_valid() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", HANDBOOK, re.DOTALL)
    settings = ScheduleSettings.model_validate(tomllib.loads(example)["schedule"])
    assert [one.name for one in settings.job] == ["mittags", "wochenanfang"]


def test_the_handbook_names_only_commands_that_there_are() -> None:
    blocks = re.findall(r"```\n(.*?)```", HANDBOOK, re.DOTALL)
    called = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    called += re.findall(r"`(lueckenlos [^`]+)`", HANDBOOK)
    commands = [line.removeprefix("lueckenlos ") for line in called if line.startswith("lueckenlos ")]
    assert len(commands) > 15
    for command in commands:
        require_command(shlex.split(command))


def test_the_handbook_explains_every_exit_code_of_a_night() -> None:
    table = HANDBOOK.partition("## Rückgabewerte")[2].partition("\n## ")[0]
    explained = {
        int(code) for row in re.findall(r"^\| ([0-9, ]+) \|", table, re.MULTILINE) for code in row.split(",")
    }
    codes = {getattr(exits, name) for name in exits.__all__}
    assert codes - explained == {exits.PIPE}
    assert explained <= codes


def test_links_of_the_handbook_lead_somewhere() -> None:
    targets = {target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", HANDBOOK)}
    assert [target for target in targets if not (Path("docs") / target).is_file()] == []
    assert {path.relative_to("docs").as_posix() for path in FOLDER.iterdir()} <= targets
