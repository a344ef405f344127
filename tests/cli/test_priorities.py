"""The commands about urgency and solutions: gaps with priorities, solutions, quickwins."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalogue.messages import LANGUAGES, keys
from catalogue.priority import PARTS
from catalogue.reports.quickwins import QuickWin
from catalogue.reports.solutions import SolutionRow
from catalogue.store import open_store
from cli.output import field_names
from cli.session import Session
from tests.cli.conftest import Answer, Cli
from tests.databases import Databases
from tests.work_region import sync_work


@pytest.fixture(scope="module")
def work_database(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database whose services are online in different ways; for reading only."""
    folder = tmp_path_factory.mktemp("work")
    with databases.sqlite(folder, reference=True) as url:
        store = open_store(url)
        sync_work(store, folder / "files")
        store.close()
        yield url


@pytest.fixture(autouse=True)
def _look_at_it(work_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command line look at that database on the morning after its sync."""
    monkeypatch.setenv("LUECKENLOS_DB", work_database)
    monkeypatch.setattr(Session, "now", lambda _: datetime(2026, 11, 2, 6, 0, tzinfo=UTC))


def rows_of(answer: Answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.out.removeprefix("\ufeff")), delimiter=";"))


@pytest.mark.parametrize(
    ("question", "row"),
    [(["solutions", "10110"], SolutionRow), (["quickwins"], QuickWin)],
    ids=["solutions", "quickwins"],
)
def test_csv_and_json_have_the_same_fields_and_rows(cli: Cli, question: list[str], row: type) -> None:
    as_csv, as_json = rows_of(cli(*question, "--format", "csv")), cli(*question, "--format", "json").json
    assert len(as_csv) == len(as_json["rows"]) == as_json["meta"]["counts"]["rows"] > 0
    assert list(as_csv[0]) == list(as_json["rows"][0]) == list(field_names(row))


def test_solutions_are_shown_the_nearest_first_with_product_and_counts(cli: Cli) -> None:
    shown = cli("solutions", "Abfallentsorgung", "--area", "Marl").out.splitlines()
    areas = [line.split()[0] for line in shown if "kreisangehörige" in line or "kreisfreie" in line]
    assert areas == ["Gladbeck", "Dorsten", "Datteln", "Bottrop"]
    assert "FORMCYCLE (Formularserver)" in "\n".join(shown)
    assert any(line.startswith("4 Gebiete haben sie online, 4 zuständige Gebiete nicht;") for line in shown)
    assert "Nicht online: Marl, Castrop-Rauxel, Herten, Recklinghausen." in shown


def test_csv_of_solutions_says_beside_it_how_many_lack_the_service(cli: Cli) -> None:
    answer = cli("solutions", "10110", "--format", "csv")
    assert "4 zuständige Gebiete nicht" in answer.err
    assert "zuständige" not in answer.out


def test_a_ready_service_is_shown_and_told_to_programs(cli: Cli) -> None:
    assert "Fertige Dienste" in cli("solutions", "10124", "--area", "Bottrop").out
    ready = cli("solutions", "10124", "--format", "json").json["meta"]["ready"]
    assert [(one["level"], one["title"]) for one in ready] == [("efa", "Elektronische Wohnsitzanmeldung")]


def test_a_service_nobody_has_is_said_so(cli: Cli) -> None:
    shown = cli("solutions", "10350").out
    assert "Kein Gebiet der Region bietet diese Leistung selbst oder durch seinen Kreis online an." in shown


def test_own_products_are_recognised(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "products.toml"
    rule = 'name = "Eigenbau"\nkind = "form_server"\nhosts = ["bottrop.example"]\norigin = "wir"\n'
    file.write_text(f'rules = "own/1"\n[[product]]\n{rule}', encoding="utf-8")
    answer = cli("solutions", "10110", "--products", file, "--format", "json").json
    assert {row["area"]: row["product"] for row in answer["rows"]}["Bottrop"] == "Eigenbau"
    assert answer["meta"]["products"] == "own/1"


def test_quick_wins_are_shown_with_who_has_and_who_lacks_them(cli: Cli) -> None:
    shown = cli("quickwins").out
    assert "Dorsten, Gladbeck" in shown
    assert (
        "1 Leistung, die ein gemeinsames Portal schon für andere anbietet; damit ließen sich 6 Lücken"
        in shown
    )
    assert "Kein gemeinsames Portal schließt" in cli("quickwins", "--area", "Dorsten").out


def test_gaps_tell_their_priority_and_its_parts(cli: Cli) -> None:
    (row,) = cli("gaps", "--area", "Marl", "--service", "10160", "--format", "json").json["rows"]
    assert [part["code"] for part in row["priority_parts"]] == list(PARTS)
    assert row["priority"] == round(sum(part["points"] for part in row["priority_parts"]), 1) == 25.8
    assert list(row)[-2:] == ["priority", "priority_parts"]


def test_the_most_urgent_gaps_are_shown_with_their_reasons(cli: Cli) -> None:
    shown = cli("gaps", "--by-priority", "--limit", "3").out.splitlines()
    assert "Wohnsitzmeldungen" in shown[1]
    assert "auf: Fokusleistung, OZG-Booster 2022, SDG (Anhang II)" in shown[1]
    assert "nicht messbar: zu wenige vergleichbare Gebiete" in shown[1]
    points = [row["priority"] for row in cli("gaps", "--by-priority", "--format", "json").json["rows"]]
    assert points == sorted(points, reverse=True)


def test_the_order_of_the_gap_list_stays_unless_it_is_asked_for(cli: Cli) -> None:
    rows = cli("gaps", "--area", "Marl", "--format", "json").json["rows"]
    assert [row["theme"] for row in rows] == sorted(row["theme"] for row in rows)


def test_an_own_list_counts_and_what_the_catalogue_lacks_is_said(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "ratsbeschluss.csv"
    file.write_text("ozg_id;origin\r\n10160;Beschluss 3/2026\r\n19999;\r\n", encoding="utf-8")
    question = ["gaps", "--area", "Marl", "--service", "10160", "--format", "json"]
    answer = cli(*question, "--list", file)
    assert answer.json["rows"][0]["priority"] == cli(*question).json["rows"][0]["priority"] + 40
    assert "Liste ratsbeschluss: 1 Eintrag kennt der Katalog nicht, zum Beispiel 19999." in answer.err
    lists = {one["name"]: one for one in answer.json["meta"]["priority"]["lists"]}
    assert (lists["ratsbeschluss"]["services"], lists["ratsbeschluss"]["unknown"]) == (1, 1)


@pytest.mark.parametrize("command", [["gaps"], ["quickwins"]], ids=lambda command: command[0])
def test_a_list_with_slips_is_refused_with_their_lines(cli: Cli, tmp_path: Path, command: list[str]) -> None:
    file = tmp_path / "rat.csv"
    file.write_text("ozg_id\nabc\n10110\n7\n", encoding="utf-8")
    answer = cli(*command, "--list", file)
    assert (answer.code, answer.out) == (2, "")
    assert "2 Fehler" in answer.err
    assert "Zeile 2:" in answer.err
    assert "Zeile 4:" in answer.err


@pytest.mark.parametrize("option", ["--priority-rules", "--list", "--products"])
def test_a_file_that_is_not_there_is_named(cli: Cli, tmp_path: Path, option: str) -> None:
    answer = cli("quickwins", option, tmp_path / "none.file")
    assert (answer.code, answer.out) == (2, "")
    assert "none.file" in answer.err


def test_the_same_question_in_english(cli: Cli) -> None:
    assert "have it online, 4 competent areas do not" in cli("--lang", "en", "solutions", "10110").out


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_word(language: str) -> None:
    words = keys(language)
    kinds = ("form_server", "portal", "efa", "land", "bund")
    unmeasured = ("few_peers", "population_unknown", "age_unknown")
    assert {f"product_kind.{kind}" for kind in kinds} <= words
    assert {f"priority_unmeasured.{code}" for code in unmeasured} <= words
    assert {
        f"{section}.{part}" for section in ("priority_part", "priority_detail") for part in PARTS
    } <= words
