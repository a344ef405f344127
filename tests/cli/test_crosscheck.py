"""``crosscheck`` as people and programs read it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogue.messages import LANGUAGES, keys
from catalogue.reports.crosscheck import KINDS, CrosscheckRow
from catalogue.reports.crosscheck_opinion import ASKED, NOT_ASKED, PARTLY
from cli.main import run
from cli.output import field_names
from tests.cli.conftest import Cli
from tests.connectors.dashboard_server import as_csv, row
from tests.databases import Databases
from tests.sample_region import copy_region

DASHBOARD = """

[[source]]
id = "dashboard"
type = "dashboard"
location = "dashboard.csv"
"""
#: Bottrop's waste is online under another link, Gladbeck's is too, and the Kreis is not in the file.
ROWS = as_csv(
    [
        row("99001009004000", "055120000000", "https://anders.example/"),
        row("99001009004000", "055620014014", "https://gladbeck.example/"),
        row("99102013104000", "055620014014", "https://gladbeck.example/hund", online_status="nicht ok"),
    ]
)


@pytest.fixture(scope="module")
def compared(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database with the sample region and a dashboard's file beside it; for reading only."""
    folder = tmp_path_factory.mktemp("compared")
    region = copy_region(folder / "files")
    region.write_text(region.read_text(encoding="utf-8") + DASHBOARD, encoding="utf-8")
    (folder / "files" / "dashboard.csv").write_bytes(ROWS)
    with databases.sqlite(folder, reference=True) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LUECKENLOS_DB", url)
        assert run(["sync", "--region", str(region)]) == 0
        yield url


@pytest.fixture
def crosscheck(cli: Cli, compared: str, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Call the command for the region with the dashboard."""
    monkeypatch.setenv("LUECKENLOS_DB", compared)

    return lambda *arguments: cli("crosscheck", *arguments)


def test_both_sides_are_shown_with_their_reasons(crosscheck: Cli) -> None:
    answer = crosscheck("--limit", "0")
    assert (answer.code, answer.err) == (0, "")
    for part in (
        "anderer Link",
        "dort online, bei uns nicht",
        "Formular (portal)",
        "https://gladbeck.example/",
        "in mind. einer Kommune verfügbar",
        "Ein Widerspruch ändert keine Zelle",
    ):
        assert part in answer.out


def test_the_summary_names_both_denominators_and_who_was_not_asked(crosscheck: Cli) -> None:
    shown = crosscheck("--area", "Gladbeck", "--area", "055620000000", "--level", "").out
    assert "Je Gebiet (in Klammern" in shown
    assert "557 (" in shown
    assert "1 Gebiet (Kreis Recklinghausen)" in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_are_in_the_language_and_show_no_codes(crosscheck: Cli, language: str) -> None:
    shown = crosscheck("--lang", language).out
    for code in ("column.", "crosscheck.", "they_online", "different_link", "not_asked", "dashboard_status"):
        assert code not in shown


def test_json_has_rows_and_the_summary(crosscheck: Cli) -> None:
    found = crosscheck("--format", "json").json
    assert {one["kind"] for one in found["rows"]} >= {"different_link", "they_online"}
    assert found["meta"]["command"] == "crosscheck"
    assert sum(found["meta"]["kinds"].values()) == len(found["rows"])
    heard = {(one["area"], one["heard"]) for one in found["meta"]["summary"]}
    assert heard >= {("Bottrop", "asked"), ("Kreis Recklinghausen", "not_asked")}


def test_csv_has_the_rows_and_says_the_rest_beside(crosscheck: Cli) -> None:
    answer = crosscheck("--format", "csv", "--only", "different_link")
    (found,) = csv.DictReader(io.StringIO(answer.out.removeprefix("\ufeff")), delimiter=";")
    assert list(found) == list(field_names(CrosscheckRow))
    assert (found["area"], found["second_url"]) == ("Bottrop", "https://anders.example/")
    assert "nicht gefragt" in answer.err


def test_a_kind_may_be_named_by_its_word(crosscheck: Cli) -> None:
    by_word, by_code = (crosscheck("--only", kind, "--format", "json").json["rows"]
                        for kind in ("anderer Link", "different_link"))  # fmt: skip
    assert by_word == by_code != []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--only", "streit"), "they_online"),
        (("--source", "portal"), "dashboard"),
        (("--area", "Atlantis"), "Atlantis"),
    ],
)
def test_what_does_not_exist_is_refused(crosscheck: Cli, arguments: tuple[str, str], said: str) -> None:
    answer = crosscheck(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_without_a_second_opinion_the_next_step_is_told(cli: Cli, region: str) -> None:
    answer = cli("crosscheck")
    assert (answer.code, answer.out) == (2, "")
    assert 'type = "dashboard"' in answer.err


def test_a_region_file_with_an_unusable_dashboard_is_refused(cli: Cli, database: str, tmp_path: Path) -> None:
    region = copy_region(tmp_path / "files")
    text = region.read_text(encoding="utf-8") + DASHBOARD + 'silence = "absence"\n'
    region.write_text(text, encoding="utf-8")
    answer = cli("sync", "--region", region)
    assert answer.code == 2
    assert "silence weglassen" in answer.err


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_a_word(language: str) -> None:
    wanted = {f"crosscheck.{kind}" for kind in KINDS} | {f"heard.{one}" for one in (ASKED, PARTLY, NOT_ASKED)}
    assert wanted <= keys(language)
