"""``sources check``: which sources are there, side by side, with the exit code of the whole."""

from __future__ import annotations

import csv
import io
import shlex
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.check import check_sources
from sync.region import read_region
from tests.cli.conftest import Cli
from tests.cli.sourcefiles import LIST, add_source, region_file, site
from tests.connectors.site_pages import list_page
from tests.faultserver import Call, FaultServer


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "liste.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def test_all_are_there_is_code_0_and_the_next_step_is_a_preview(
    cli: Cli, database: str, tmp_path: Path, listed: Path, server: FaultServer
) -> None:
    server.add("/leistungen", list_page(["dienstleistung/1"]), "text/html")
    region = region_file(tmp_path, add_source("liste", listed), site(server.url("/leistungen")))
    answer = cli("sources", "check", "--region", region)
    assert answer.code == 0
    assert "2 von 2 Quellen erreichbar." in answer.out
    assert "ist da" in answer.out
    assert f"lueckenlos sources preview stadt --region {region}" in answer.out
    assert answer.err.splitlines() == ["liste: erreichbar", "stadt: erreichbar"]


def test_one_that_is_not_there_is_code_3_with_its_reason(
    cli: Cli, database: str, tmp_path: Path, listed: Path, server: FaultServer
) -> None:
    address = server.url("/weg.csv", fault="status=404")
    gone = add_source("weg", address, allow_private="true")
    region = region_file(tmp_path, add_source("liste", listed), gone)
    found = cli("sources", "check", "--region", region, "--format", "json")
    assert found.code == 3
    rows = {row["source"]: row for row in found.json["rows"]}
    assert (rows["weg"]["state"], rows["weg"]["message"]) == ("failed", "http_status")
    assert "404" in rows["weg"]["message_text"]
    again = f"lueckenlos sources check weg --region {region}"
    assert rows["weg"]["next_command"] == again
    assert f"weg: Wenn das behoben ist: {again}" in cli("sources", "check", "--region", region).out
    assert (rows["liste"]["state"], rows["liste"]["areas"]) == ("ok", 3)
    assert found.json["meta"]["exit_code"] == 3


def test_none_there_is_code_4(cli: Cli, database: str, tmp_path: Path) -> None:
    region = region_file(tmp_path, add_source("liste", tmp_path / "fehlt.csv"))
    answer = cli("sources", "check", "--region", region)
    assert answer.code == 4
    assert "gibt es nicht" in answer.out
    assert "0 von 1 Quelle erreichbar." in answer.out


def test_a_server_that_forbids_it_is_not_there(
    cli: Cli, database: str, tmp_path: Path, server: FaultServer
) -> None:
    server.add("/robots.txt", b"User-agent: *\nDisallow: /\n", "text/plain")
    server.add("/leistungen", list_page(["dienstleistung/1"]), "text/html")
    region = region_file(tmp_path, site(server.url("/leistungen")))
    answer = cli("sources", "check", "--region", region)
    assert (answer.code, "robots.txt" in answer.out) == (4, True)
    assert server.hits["/leistungen"] == 0


def test_only_those_that_are_named_are_asked(
    cli: Cli, database: str, tmp_path: Path, listed: Path, server: FaultServer
) -> None:
    region = region_file(tmp_path, add_source("liste", listed), site(server.url("/leistungen")))
    answer = cli("sources", "check", "liste", "liste", "--region", region, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(answer.out.removeprefix("\ufeff")), delimiter=";"))
    assert [(row["source"], row["state"]) for row in rows] == [("liste", "ok")]
    assert server.requests == []


def test_without_a_database_everything_but_the_areas_is_checked(
    cli: Cli, tmp_path: Path, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUECKENLOS_DB", f"sqlite:///{tmp_path / 'keine.sqlite'}")
    region = region_file(tmp_path, add_source("liste", listed))
    answer = cli("sources", "check", "--region", region, "--format", "json")
    assert answer.code == 0
    assert answer.json["rows"][0]["areas"] is None
    assert "db init" in answer.err
    assert not (tmp_path / "keine.sqlite").exists()


def test_an_area_that_nobody_knows_is_an_error_of_the_region_file(
    cli: Cli, database: str, tmp_path: Path, listed: Path
) -> None:
    region = region_file(tmp_path, add_source("liste", listed, areas='["055129999999"]'))
    answer = cli("sources", "check", "--region", region)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"{region}:")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("lsite", "Gemeint ist wohl: liste."),
        ("Liste", "Gemeint ist wohl: liste."),
        ("xy", "Bekannt sind: liste."),
    ],
)
def test_a_source_that_is_not_there_is_told_what_was_meant(
    cli: Cli, database: str, tmp_path: Path, listed: Path, given: str, said: str
) -> None:
    region = region_file(tmp_path, add_source("liste", listed))
    for command in (["check", given], ["preview", given]):
        answer = cli("sources", *command, "--region", region)
        assert (answer.code, answer.out) == (2, "")
        assert said in answer.err


def test_a_region_without_sources_says_so(cli: Cli, database: str, tmp_path: Path) -> None:
    answer = cli("sources", "check", "--region", region_file(tmp_path))
    assert (answer.code, "keine Quelle" in answer.out) == (0, True)


def test_sources_are_asked_side_by_side(tmp_path: Path, server: FaultServer) -> None:
    meeting = threading.Barrier(3, timeout=20)

    def answer(call: Call) -> None:
        meeting.wait()  # broken, and no answer at all, if they come one after the other
        call.answer(LIST.encode())

    sources = []
    for number in range(3):
        address = server.add(f"/{number}.csv", answer, "text/csv")
        sources.append(add_source(f"liste{number}", address, allow_private="true"))
    outcomes = check_sources(read_region(region_file(tmp_path, *sources)).sources, lambda _: None)
    assert [(outcome.source, outcome.ok) for outcome in outcomes] == [
        ("liste0", True),
        ("liste1", True),
        ("liste2", True),
    ]


def test_a_server_that_never_answers_is_given_up_in_time(
    tmp_path: Path, listed: Path, server: FaultServer
) -> None:
    address = server.url("/liste.csv", fault="hang")
    silent = add_source("stumm", address, allow_private="true")
    region = read_region(region_file(tmp_path, silent, add_source("liste", listed)))
    told: list[str] = []
    first, second = check_sources(region.sources, lambda one: told.append(one.source), longest=0.5)
    assert (first.ok, first.section, first.code) == (False, "error", "check_too_long")
    assert second.ok
    assert told == ["stumm", "liste"]


def test_proposed_commands_quote_what_a_shell_would_split(
    cli: Cli, database: str, tmp_path: Path, listed: Path
) -> None:
    region = region_file(tmp_path / "mit Leerzeichen", add_source("liste", listed))
    command = cli("sources", "check", "--region", region, "--format", "json").json["rows"][0]["next_command"]
    assert shlex.split(command)[1:] == ["sources", "preview", "liste", "--region", str(region)]
    assert cli(*shlex.split(command)[1:]).code == 0


@pytest.mark.parametrize("language", ["de", "en"])
def test_tables_show_no_codes_of_messages(
    cli: Cli, database: str, tmp_path: Path, listed: Path, language: str
) -> None:
    region = region_file(tmp_path, add_source("liste", listed), add_source("weg", tmp_path / "fehlt.csv"))
    answer = cli("sources", "check", "--region", region, "--lang", language)
    for code in ("check.", "sources.", "column.", "error.", "list_found"):
        assert code not in answer.out + answer.err
