"""A region file that cannot be read: the night it cost is kept, and everybody who looks is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from catalogue import tables
from catalogue.store import open_store
from cli import exits
from sync.lock import only_one
from tests.cli.conftest import Cli
from tests.cli.test_schedule import SETTINGS
from tests.sample_region import copy_region

NIGHT = '\n[schedule]\nnightly = "30 2 * * *"\nnightly_steps = ["sync"]\n'


@pytest.fixture
def region(tmp_path: Path) -> Path:
    path = copy_region(tmp_path / "files")
    path.write_text(path.read_text(encoding="utf-8") + NIGHT, encoding="utf-8")
    return path


def spoil(region: Path) -> str:
    """Make a mistake in a region file and return where it is."""
    text = region.read_text(encoding="utf-8")
    region.write_text(text.replace("nightly_steps", "nightly_stepz"), encoding="utf-8")
    line = text.splitlines().index('nightly_steps = ["sync"]') + 1
    return f"{region}:{line}: nightly_stepz: "


def mend(region: Path) -> None:
    region.write_text(region.read_text(encoding="utf-8").replace("stepz", "steps"), encoding="utf-8")


def nights(url: str) -> list[tuple[str, str, str, int]]:
    store = open_store(url)
    try:
        with store.read() as connection:
            rows = connection.execute(select(tables.night).order_by(tables.night.c.due_at)).all()
    finally:
        store.close()
    return [(row.job, row.due_at, row.state, row.tries) for row in rows]


def test_health_and_the_report_of_the_morning_tell_of_a_night_the_region_file_cost(
    cli: Cli, database: str, region: Path
) -> None:
    assert cli("nightly", "--region", region, "--due", "2026-11-19T02:30").code == exits.OK
    place = spoil(region)
    done = cli("nightly", "--region", region, "--due", "2026-11-20T02:30")
    assert done.code == exits.USAGE
    assert done.err.startswith(place)
    assert nights(database)[1:] == [("nightly", "2026-11-20T02:30", "failed", 0)]
    (row,) = (one for one in cli("health", "--format", "json").json["rows"] if one["check"] == "night")
    assert (row["state"], row["params"]["state"]) == ("critical", "failed")
    shown = cli("runs", "show", "last").out
    assert shown.startswith("ACHTUNG: ")
    assert "Regionsdatei fehlgeschlagen" in shown.splitlines()[0]
    assert place in " ".join(shown.split())
    night = cli("runs", "show", "--format", "json").json["meta"]["night"]
    assert [(one["step"], one["code"]) for one in night["steps"]] == [("region_file", "night_not_begun")]


def test_a_night_the_region_file_cost_is_listed_once_it_is_mended(
    cli: Cli, database: str, region: Path
) -> None:
    spoil(region)
    cli("nightly", "--region", region, "--due", "2026-11-20T02:30")
    mend(region)
    (row,) = cli("schedule", "--region", region, "--list", "--format", "json").json["rows"]
    assert (row["last_due"], row["last_state"], row["last_exit_code"]) == ("2026-11-20T02:30", "failed", 2)


@pytest.mark.parametrize("moment", [("--once",), ("--due", "2026-11-20T02:30")])
def test_such_a_night_is_done_as_soon_as_the_file_is_mended(
    cli: Cli, database: str, region: Path, moment: tuple[str, ...]
) -> None:
    spoil(region)
    for _ in range(2):
        assert cli("nightly", "--region", region, *moment).code == exits.USAGE
    mend(region)
    done = cli("nightly", "--region", region, *moment, "--format", "json")
    assert (done.code, done.json["meta"]["already"]) == (exits.OK, False)
    assert [row[2:] for row in nights(database)] == [("ok", 1)]


def test_a_night_that_was_done_stays_as_it_was(cli: Cli, database: str, region: Path) -> None:
    assert cli("nightly", "--region", region, "--once").code == exits.OK
    before = nights(database)
    spoil(region)
    assert cli("nightly", "--region", region, "--once").code == exits.USAGE
    assert nights(database) == before


def test_a_night_that_runs_is_left_alone(cli: Cli, database: str, region: Path) -> None:
    spoil(region)
    store = open_store(database)
    try:
        with only_one(store, "night"):
            assert cli("nightly", "--region", region).code == exits.USAGE
    finally:
        store.close()
    assert nights(database) == []


def test_a_job_of_its_own_keeps_its_name(cli: Cli, database: str, tmp_path: Path) -> None:
    region = copy_region(tmp_path / "files")
    region.write_text(region.read_text(encoding="utf-8") + SETTINGS + "\nx = 1\n", encoding="utf-8")
    cli("nightly", "--region", region, "--job", "mittags", "--due", "2026-11-20T12:00")
    assert nights(database) == [("mittags", "2026-11-20T12:00", "failed", 0)]


@pytest.mark.parametrize("options", [("--dry-run",), ("--due", "morgen"), ("--job", "kein Name")])
def test_what_was_no_night_is_not_kept(
    cli: Cli, database: str, region: Path, options: tuple[str, ...]
) -> None:
    place = spoil(region)
    done = cli("nightly", "--region", region, *options)
    assert (done.code, done.err.startswith(place)) == (exits.USAGE, True)
    assert nights(database) == []


def test_without_a_database_the_mistakes_are_told_all_the_same(
    cli: Cli, region: Path, tmp_path: Path
) -> None:
    place = spoil(region)
    done = cli("--db", f"sqlite:///{tmp_path / 'weg.sqlite'}", "nightly", "--region", region)
    assert (done.code, done.err.startswith(place)) == (exits.USAGE, True)
