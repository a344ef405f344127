"""Proposed commands work as they stand: with the database and the region file that were named."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from cli.calling import database_words, region_words
from tests.cli.conftest import Answer, Cli

SECRET = "postgresql+psycopg://amt:geheim@db.example:5433/katalog?sslmode=require"


@pytest.fixture
def url(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The database, to be named by ``--db``: the environment does not know it."""
    monkeypatch.delenv("LUECKENLOS_DB")
    return database


def proposed(answer: Answer) -> list[list[str]]:
    """Return the arguments of the commands that an answer proposes for sources."""
    lines = re.findall(r"Nächster Schritt: (lueckenlos .*sync .*)$", answer.out, re.MULTILINE)
    return [shlex.split(line)[1:] for line in lines]


def shrink(files: Path) -> None:
    table = files.parent / "portal.csv"
    table.write_text("\n".join(table.read_text(encoding="utf-8").splitlines()[:2]) + "\n", encoding="utf-8")


def test_the_command_for_a_held_source_releases_it_as_it_stands(
    cli: Cli, url: str, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "an anderem Ort"
    there.mkdir()
    assert cli("--db", url, "sync", "--region", files).code == 0
    shrink(files)
    held = cli("--db", url, "sync", "--region", files)
    monkeypatch.chdir(there)
    listed = cli("--db", url, "sources", "list")

    assert held.code == 3
    assert proposed(held) == proposed(listed)
    (command,) = proposed(listed)
    assert cli(*command).code == 0
    assert "Nächster Schritt" not in cli("--db", url, "sources", "list").out


@pytest.mark.parametrize("form", ["csv", "json"])
def test_files_for_programs_have_the_same_command(cli: Cli, url: str, files: Path, form: str) -> None:
    (files.parent / "portal.csv").unlink()
    cli("--db", url, "sync", "--region", files)
    expected = f"lueckenlos --db {url} sync --region {files} --source portal"
    assert expected in cli("--db", url, "sources", "list", "--format", form).out


def test_what_the_environment_says_is_not_repeated(
    cli: Cli, database: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUECKENLOS_REGION", str(files))
    (files.parent / "portal.csv").unlink()
    cli("sync")
    assert proposed(cli("sources", "list")) == [["sync", "--source", "portal"]]


def test_a_region_file_that_is_gone_is_not_proposed(cli: Cli, database: str, files: Path) -> None:
    (files.parent / "portal.csv").unlink()
    cli("sync", "--region", files)
    files.unlink()
    assert proposed(cli("sources", "list")) == [["sync", "--source", "portal"]]


def test_a_question_before_the_first_sync_names_the_database(cli: Cli, url: str) -> None:
    answer = cli("--db", url, "gaps")
    assert f"„lueckenlos --db {url} init“ und „lueckenlos --db {url} sync“" in answer.err
    assert f"„lueckenlos --db {url} sync“" in cli("--db", url, "runs").out


def test_the_way_from_init_on_can_be_followed_as_it_is_told(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LUECKENLOS_DB", raising=False)
    monkeypatch.chdir(tmp_path)
    file, url = "meine region.toml", "sqlite:///x.sqlite"
    said = cli("--db", url, "init", "--region", file).err
    commands = re.findall("„(lueckenlos [^“]*)“", said)
    assert [shlex.split(one)[1:] for one in commands] == [
        ["--db", url, "db", "init"],
        ["--db", url, "sync", "--region", file],
    ]
    # The list that init writes is empty until somebody fills it in, and a sync that found nothing says so.
    assert [cli(*shlex.split(command)[1:]).code for command in commands] == [0, 4]


def test_a_missing_region_file_is_told_how_to_make_it_under_that_name(
    cli: Cli, database: str, tmp_path: Path
) -> None:
    path = tmp_path / "neu.toml"
    assert f"„lueckenlos init --region {path}“" in cli("sync", "--region", path).err


def test_a_password_is_never_part_of_a_command() -> None:
    words = database_words(SECRET)
    assert shlex.split(words) == ["--db", "postgresql+psycopg://amt@db.example:5433/katalog?sslmode=require"]
    for url in (SECRET, "postgresql://amt:ge@heim@db/k", "postgresql://amt@db/k?password=geheim"):
        assert "heim" not in database_words(url)


def test_an_address_in_the_environment_is_not_repeated_with_or_without_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for url in (SECRET, "sqlite:///x.sqlite"):
        monkeypatch.setenv("LUECKENLOS_DB", url)
        assert database_words(url) == ""


def test_what_is_no_address_is_not_proposed() -> None:
    assert database_words("kein:/Ort") == ""


def test_the_usual_region_file_is_not_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LUECKENLOS_REGION", raising=False)
    assert region_words(tmp_path / "lueckenlos.toml") == ""
    assert region_words(Path("andere.toml")) == " --region andere.toml"
    assert region_words(tmp_path / "unter" / "x y.toml") == " --region 'unter/x y.toml'"


@pytest.mark.parametrize("wrong", ["xyzzy plugh", "Zzz"])
def test_a_service_like_no_other_is_told_the_command_that_lists_all(
    cli: Cli, region: str, wrong: str
) -> None:
    said = cli("gaps", "--service", wrong)
    (command,) = re.findall("„(lueckenlos [^“]*)“", said.err)
    listed = cli(*shlex.split(command)[1:], "--format", "json").json
    assert (said.code, len(listed["rows"])) == (2, 557)


def test_an_area_like_no_other_is_told_the_command_that_lists_all(cli: Cli, region: str) -> None:
    said = cli("gaps", "--area", "Xyzzy")
    (command,) = re.findall("„(lueckenlos [^“]*)“", said.err)
    assert "Gladbeck" in cli(*shlex.split(command)[1:]).out


def test_a_misspelt_theme_is_told_the_near_one(cli: Cli, region: str) -> None:
    assert "Gemeint ist wohl: Umwelt" in cli("gaps", "--theme", "Umwelld").err
