"""``runs show``: the morning's report on the command line, and the forms of ``runs``."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.store import open_store
from cli import exits
from tests.cli.conftest import Cli
from tests.sample_region import sync_region


@pytest.fixture
def held(database: str, files: Path) -> Path:
    """The sample region after a second night whose delivery is held."""
    store = open_store(database)
    sync_region(store, files)
    lines = (files.parent / "portal.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (files.parent / "portal.csv").write_text("".join(lines[:2]), encoding="utf-8")
    sync_region(store, files, 2)
    store.close()
    return files


def test_the_last_sync_is_shown(cli: Cli, region: str) -> None:
    for arguments in ([], ["last"], ["LAST"], ["1"]):
        answer = cli("runs", "show", *arguments)
        assert (answer.code, answer.err) == (exits.OK, "")
        assert answer.out.startswith("In Ordnung: Lauf 1 ")
        assert "Musterportal" not in answer.out  # sources are named by their ids
        assert "portal" in answer.out


def test_a_bad_night_is_told_first_with_commands_that_work_as_they_stand(cli: Cli, held: Path) -> None:
    answer = cli("runs", "show")
    assert answer.out.startswith("ACHTUNG: In Lauf 2 ")
    command = f"lueckenlos sync --region {held} --source portal --accept portal"
    assert command in answer.out
    told = cli("runs", "show", "--format", "json").json
    assert told["meta"]["standing"] == "partial"
    assert told["meta"]["good"] is False
    assert [one["next_command"] for one in told["meta"]["held"]] == [command]
    assert {row["source"]: row["state"] for row in told["rows"]} == {"portal": "held", "umfrage": "unchanged"}
    arguments = command.split()[1:]
    assert cli(*arguments).code == exits.OK
    assert cli("runs", "show", "--format", "json").json["meta"]["held"] == []


def test_it_is_written_as_csv_and_in_english(cli: Cli, region: str) -> None:
    assert cli("runs", "show", "--format", "csv").out.startswith("\ufeffsource;name;state;")
    assert cli("runs", "show", "--lang", "en").out.startswith("Fine: Run 1 ")


@pytest.mark.parametrize("given", ["x", "-1", "1.5", "", "9" * 40])
def test_what_is_no_run_is_refused(cli: Cli, region: str, given: str) -> None:
    answer = cli("runs", "show", "--", given)
    assert (answer.code, answer.out) == (exits.USAGE, "")
    assert "Traceback" not in answer.err


def test_a_run_that_is_not_there_is_named(cli: Cli, region: str) -> None:
    answer = cli("runs", "show", "99")
    assert (answer.code, answer.out) == (exits.USAGE, "")
    assert "99" in answer.err


def test_before_the_first_sync_it_says_so(cli: Cli, database: str) -> None:
    assert cli("runs", "show").out.startswith("NOCH NIE")


def test_the_short_forms_of_the_list_still_work(cli: Cli, region: str) -> None:
    assert cli("runs").out == cli("runs", "list").out
    assert cli("runs", "1").out == cli("runs", "list", "1").out
    assert cli("runs", "--limit", "1").code == exits.OK
    assert cli("runs", "--format", "json").json["rows"][0]["run"] == 1
    assert cli("runs", "seven").code == exits.USAGE
    assert cli("runs", "--help").out.startswith("Aufruf: lueckenlos runs")
