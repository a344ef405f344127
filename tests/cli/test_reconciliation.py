"""The commands that compare sources: entry, conflicts, signals, and coverage without inflated cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalogue.conflicts import KINDS
from catalogue.entries import ATTRIBUTES, RULES
from catalogue.messages import LANGUAGES, keys
from catalogue.reports.conflicts import ConflictRow
from catalogue.signals_rules import SIGNALS
from catalogue.store import open_store
from cli.conflicts import next_step
from cli.output import field_names
from cli.session import Session
from cli.texts import Texts
from tests.cli.conftest import Answer, Cli
from tests.databases import Databases
from tests.reconciled_region import sync_reconciled

SPERRMUELL = "99001009004000"


@pytest.fixture(scope="module")
def reconciled_database(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database whose sources contradict each other; for reading only."""
    folder = tmp_path_factory.mktemp("reconciled")
    with databases.sqlite(folder, reference=True) as url:
        store = open_store(url)
        sync_reconciled(store, folder / "files")
        store.close()
        yield url


@pytest.fixture(autouse=True)
def _look_at_it(reconciled_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command line look at that database on the morning after its sync."""
    monkeypatch.setenv("LUECKENLOS_DB", reconciled_database)
    monkeypatch.setattr(Session, "now", lambda _: datetime(2026, 11, 2, 6, 0, tzinfo=UTC))


def rows_of(answer: Answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.out.removeprefix("\ufeff")), delimiter=";"))


QUESTIONS = (["entry", "Bottrop", SPERRMUELL], ["conflicts"], ["signals"])


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question[0])
def test_csv_and_json_have_the_same_fields_and_rows(cli: Cli, question: list[str]) -> None:
    as_csv, as_json = rows_of(cli(*question, "--format", "csv")), cli(*question, "--format", "json").json
    assert len(as_csv) == len(as_json["rows"]) == as_json["meta"]["counts"]["rows"] > 0
    assert list(as_csv[0]) == list(as_json["rows"][0])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question[0])
def test_tables_are_in_the_language_and_show_no_codes(cli: Cli, question: list[str], language: str) -> None:
    answer = (
        cli(*question, "--lang", language, "--limit", "0")
        if question[0] != "entry"
        else cli(*question, "--lang", language)
    )
    assert (answer.code, answer.err) == (0, "")
    for code in (
        "column.",
        "view.",
        "hidden_supply",
        "other_body",
        "home_page",
        "specificity",
        "conflict_step",
    ):
        assert code not in answer.out


def test_an_entry_is_shown_with_the_rule_of_each_part_and_with_all_sources(cli: Cli) -> None:
    shown = cli("entry", "Bottrop", SPERRMUELL).out
    for part in (
        "Bottrop: 99001009004000 Sperrmüll Entsorgung",
        "höheres Vertrauen",
        "Entsorgungsbetrieb",
        "Umweltamt",
        "laut verzeichnis",
        "laut webseite",
        "01.10.2026",
    ):
        assert part in shown


def test_an_entry_that_nobody_shows_says_so(cli: Cli) -> None:
    answer = cli("entry", "Gladbeck", "10003")
    assert (answer.code, answer.out) == (
        0,
        "Keine Quelle zeigt ein Angebot, dessen Zuordnung entschieden ist.\n",
    )


def test_conflicts_are_shown_with_both_evidences_and_anext_step(cli: Cli) -> None:
    shown = cli("conflicts", "--kind", "online_form").out
    for part in (
        "online oder nur Formular: Bottrop, 99001009004000 Sperrmüll Entsorgung",
        "portal: online · https://service.bottrop.example/sperrmuell · Entsorgungsbetrieb · 02.11.2026",
        "verzeichnis: Formular · https://bottrop.example/s.pdf · Umweltamt · 01.11.2026",
        "In verzeichnis den Online-Dienst eintragen, den portal zeigt",
        "1 Widerspruch: online oder nur Formular 1.",
    ):
        assert part in shown


def test_the_step_for_a_service_of_the_kreis_names_the_kreis(cli: Cli) -> None:
    shown = cli(
        "conflicts", "--area", "Gladbeck", "--kind", "Leistung einer anderen Ebene", "--format", "json"
    )
    (row,) = shown.json["rows"]
    assert "Kreis Recklinghausen" in row["next_step"]


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        (
            {"competent": "no", "competent_area": "Kreis Recklinghausen", "competent_level": "kreis"},
            "Kreis Reck",
        ),
        ({"competent": "no", "competent_level": "bund"}, "Bund"),
        ({"competent": "no", "competent_level": "sonstige"}, "andere Stelle"),
        ({"competent": "yes", "competent_area": "Bottrop", "operator": "land"}, "Land"),
    ],
)
def test_the_step_names_whoever_has_to_offer_or_operates_it(fields: dict[str, str], body: str) -> None:
    empty = dict.fromkeys(field_names(ConflictRow), "")
    row = ConflictRow(**(empty | {"kind": "other_body", "source": "portal"} | fields))
    assert f"von: {body}" in next_step(row, Texts("de"))


def test_conflicts_are_counted_by_kind_and_area(cli: Cli) -> None:
    answer = cli("conflicts", "--format", "json").json
    meta = answer["meta"]
    assert sum(meta["kinds"].values()) == meta["counts"]["rows"] == len(answer["rows"])
    assert sum(one["conflicts"] for one in meta["by_area"]) == len(answer["rows"])
    assert [one["area"] for one in meta["by_area"]] == ["Bottrop", "Gladbeck"]
    assert meta["unclaimed"] == []


def test_conflicts_of_a_source_in_steps_of_the_chosen_language(cli: Cli) -> None:
    answer = cli("conflicts", "--source", "umfrage", "--format", "json", "--lang", "en").json
    assert {row["kind"] for row in answer["rows"]} == {"online_absent", "other_body"}
    assert all("umfrage" in (row["source"], row["other_source"]) for row in answer["rows"])
    assert answer["meta"]["only_sources"] == ["umfrage"]
    assert any(row["next_step"].startswith("Create the service") for row in answer["rows"])


def test_what_is_not_claimed_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "now", lambda _: datetime(2026, 12, 24, tzinfo=UTC))
    shown = cli("conflicts")
    assert "Keine Widersprüche." in shown.out
    assert "verzeichnis (veraltet): 3 Widersprüche nicht behauptet" in shown.out
    assert "verzeichnis (veraltet)" in cli("conflicts", "--format", "csv").err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["conflicts", "--kind", "strange"], "online_form"),
        (["conflicts", "--source", "strange"], "webseite"),
        (["signals", "--kind", "strange"], "home_page"),
        (["signals", "--signal-rules", "/nowhere/x.toml"], "/nowhere/x.toml"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(cli: Cli, arguments: list[str], said: str) -> None:
    answer = cli(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_signals_are_listed_and_counted(cli: Cli) -> None:
    shown = cli("signals").out
    assert "Link auf eine Startseite" in shown
    assert "6 Zellen mit Signalen" in shown
    assert "kein ausschließendes Signal hat: 6." in shown
    answer = cli("signals", "--kind", "home_page", "--format", "json").json
    assert [row["ozg_id"] for row in answer["rows"]] == ["10016"]
    assert answer["meta"]["by_area"][0]["signals"] == {"home_page": 1}


def test_own_rules_change_what_is_a_signal_everywhere(cli: Cli, tmp_path: Path) -> None:
    rules = tmp_path / "signals.toml"
    rules.write_text('rules = "own/1"\nshared_services = 6\nexcluding = ["home_page"]\n', encoding="utf-8")
    with_rules = ("--signal-rules", rules, "--format", "json")
    assert {row["signal"] for row in cli("signals", *with_rules).json["rows"]} == {
        "home_page",
        "generic_text",
    }
    told = cli("cells", "--service", "10003", "--area", "Bottrop", *with_rules).json["rows"]
    assert [row["signals"] for row in told] == [[]]
    meta = cli("coverage", "--without-inflated", *with_rules).json["meta"]["without_inflated"]
    assert (meta["rules"], meta["excluding"], meta["shared_services"]) == ("own/1", ["home_page"], 6)


def test_signals_are_shown_where_cells_are_shown(cli: Cli) -> None:
    assert "Link auf eine Startseite" in cli("cells", "--service", "10016", "--area", "Bottrop").out
    shown = cli("explain", "Bottrop", "10016")
    assert "Hinter dieser Zelle steht kein Online-Angebot ohne solche Signale." in shown.out
    meta = cli("explain", "Bottrop", "10016", "--format", "json").json["meta"]
    assert meta["cell"]["signals"] == ["home_page", "generic_text"]
    assert [row["signal"] for row in meta["signals"]] == ["home_page", "generic_text"]
    assert meta["cell"]["status"] == "online"
    assert "Signale" not in cli("explain", "Bottrop", "10110").out


def test_gaps_have_the_field_as_well(cli: Cli) -> None:
    assert {str(row["signals"]) for row in cli("gaps", "--format", "json").json["rows"]} == {"[]"}


def test_coverage_without_inflated_cells_names_the_rule_and_the_denominator(cli: Cli) -> None:
    plain = cli("coverage", "--area", "Bottrop", "--format", "json").json
    answer = cli("coverage", "--area", "Bottrop", "--without-inflated", "--format", "json").json
    row, before = answer["rows"][0], plain["rows"][0]
    assert row["inflated"] == before["any_count"] - row["any_count"] > 0
    assert (row["cells"], before["inflated"]) == (before["cells"], None)
    assert "without_inflated" not in plain["meta"]
    said = cli("coverage", "--area", "Bottrop", "--without-inflated").out
    assert f"Ohne aufgeblähte Zellen: {row['inflated']} von {row['online']} Zellen" in said
    assert "signals/1" in said
    assert "Ohne aufgeblähte Zellen" in cli("coverage", "--without-inflated", "--format", "csv").err


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_rule_and_signal_has_its_words(language: str) -> None:
    wanted = {
        *(f"{section}.{kind}" for section in ("conflict", "conflict_step") for kind in KINDS),
        *(f"column.conflict_{kind}" for kind in KINDS),
        *(f"signal.{code}" for code in SIGNALS),
        *(f"attribute.{name}" for name in ATTRIBUTES),
        *(f"entry_rule.{name}" for name in RULES),
        "status.silent",
    }
    assert wanted - keys(language) == set()
