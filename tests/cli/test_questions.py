"""The commands that ask: gaps, coverage, cells, explain, changes, runs, sources."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from catalogue.reports.coverage import coverage
from catalogue.reports.gaps import GapList
from catalogue.store import open_store
from cli.blocks import Grid, Line
from cli.coverage import coverage_blocks
from cli.gaps import gaps_blocks
from cli.texts import Texts
from tests.cli.conftest import Answer, Cli

QUESTIONS = {
    "gaps": ["gaps"],
    "coverage": ["coverage"],
    "cells": ["cells"],
    "explain": ["explain", "Bottrop", "10110"],
    "changes": ["changes", "--since", "2026-11-01"],
    "runs": ["runs"],
    "run": ["runs", "1"],
    "sources": ["sources", "list"],
    "reference": ["reference", "list"],
    "database": ["db", "check"],
}


def table(answer: Answer) -> list[dict[str, str]]:
    assert answer.out.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(answer.out.removeprefix("\ufeff")), delimiter=";"))


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_csv_and_json_have_the_same_fields_and_rows(cli: Cli, region: str, question: list[str]) -> None:
    as_csv, as_json = table(cli(*question, "--format", "csv")), cli(*question, "--format", "json").json
    assert as_csv
    assert len(as_csv) == len(as_json["rows"]) == as_json["meta"]["counts"]["rows"]
    assert list(as_csv[0]) == list(as_json["rows"][0])


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_field_names_do_not_depend_on_the_language(cli: Cli, region: str, question: list[str]) -> None:
    german, english = (cli(*question, "--format", "json", "--lang", lang).json for lang in ("de", "en"))
    assert list(german["meta"]) == list(english["meta"])
    assert [list(row) for row in german["rows"]] == [list(row) for row in english["rows"]]


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
@pytest.mark.parametrize("language", ["de", "en"])
def test_tables_are_in_the_language_and_show_no_codes_of_messages(
    cli: Cli, region: str, question: list[str], language: str
) -> None:
    answer = cli(*question, "--lang", language)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.strip()
    for code in ("column.", "view.", "explain.", "match_under_review", "never_asked", "not_competent"):
        assert code not in answer.out


def test_gaps_are_told_with_what_is_unknown(cli: Cli, region: str) -> None:
    shown = cli("gaps", "--area", "Gladbeck", "--theme", "Bauen").out
    assert "Abfallentsorgung" in shown
    assert "Formular" in shown
    assert "Lücken, davon" in shown
    assert "Nicht zu beurteilen" in shown


def test_gaps_of_a_status_and_of_a_service(cli: Cli, region: str) -> None:
    rows = cli("gaps", "--status", "form", "--service", "10110", "--format", "json").json["rows"]
    assert [(row["area"], row["status"]) for row in rows] == [("Gladbeck", "form")]


def test_options_can_be_repeated(cli: Cli, region: str) -> None:
    answer = cli("cells", "--area", "Gladbeck", "--area", "Bottrop", "--service", "10110", "--format", "json")
    assert [row["area"] for row in answer.json["rows"]] == ["Bottrop", "Gladbeck"]


def test_meta_says_what_was_asked_of_which_region(cli: Cli, region: str) -> None:
    meta = cli("gaps", "--area", "Gladbeck", "--level", "gemeinde", "--format", "json").json["meta"]
    assert (meta["command"], meta["region"], meta["areas"], meta["run"]) == ("gaps", "Probenregion", 4, 1)
    assert meta["filters"] == {"areas": ["Gladbeck"], "level": "gemeinde"}
    assert meta["as_of"] == "2026-11-02T01:30:00+00:00"


def test_long_tables_say_how_much_is_left_out(cli: Cli, region: str) -> None:
    count = cli("gaps", "--format", "json").json["meta"]["counts"]["rows"]
    assert f"… und {count - 100} weitere Zeilen; --limit 0 zeigt alle." in cli("gaps").out
    assert f"… und {count - 3} weitere" in cli("gaps", "--limit", "3").out
    assert "weitere Zeilen" not in cli("gaps", "--limit", "0").out
    counted = cli("gaps", "--limit", "3", "--format", "json").json
    assert counted["meta"]["counts"] == {"rows": count, "shown": 3}
    assert len(counted["rows"]) == 3


def test_coverage_shows_lower_bounds_with_the_unknown_beside_them(cli: Cli, region: str) -> None:
    shown = cli("coverage").out
    assert "Region gesamt" in shown
    assert "nicht gemessen" in shown
    assert "1 = 1,4 % bis 100,0 %" in shown
    assert "Untergrenze" in shown
    assert "Zuständigkeit ungeklärt" in shown


def test_coverage_of_all_services_and_of_a_selection(cli: Cli, region: str) -> None:
    answer = cli("coverage", "--scope", "all", "--area", "Bottrop", "--format", "json").json
    assert answer["meta"]["scope"] == "all"
    assert "alle Leistungen" in answer["meta"]["denominator"]
    assert [row["level"] for row in answer["rows"]] == ["gemeinde", "selection"]
    assert "Auswahl gesamt" in cli("coverage", "--scope", "all", "--area", "Bottrop").out
    assert set(answer["meta"]["definitions"]) == {"any", "own", "share", "checked"}


def test_coverage_of_unknown_scope_is_refused(cli: Cli, region: str) -> None:
    answer = cli("coverage", "--scope", "some")
    assert (answer.code, "competent, all" in answer.err) == (2, True)


def test_cells_tell_who_is_competent(cli: Cli, region: str) -> None:
    shown = cli("cells", "--area", "Gladbeck", "--limit", "0").out
    assert "Kreis Recklinghausen" in shown
    assert "ungeklärt" in shown
    assert "selbst" in shown
    assert "Land" in shown


def test_explain_tells_the_whole_trail(cli: Cli, region: str) -> None:
    shown = cli("explain", "Bottrop", "Abfallentsorgung").out
    for part in (
        "Bottrop: 10110 Abfallentsorgung",
        "„Sperrmüll Entsorgung“: online, laut portal",
        "99001009004000 angenommen: Schlüssel",
        "Lauf 1",
        "Musterportal",
        "Einschätzung des Projekts",
        "https://service.bottrop.example/sperrmuell",
    ):
        assert part in shown


def test_explain_tells_what_the_kreis_has_to_do(cli: Cli, region: str) -> None:
    shown = cli("explain", "Gladbeck", "10000").out
    assert "Kreis Recklinghausen 055620000000" in shown


def test_explain_says_where_nothing_was_found(cli: Cli, region: str) -> None:
    assert "Keine Quelle zeigt ein Angebot." in cli("explain", "Bottrop", "10003").out


def test_explain_says_when_the_cell_is_outdated(cli: Cli, region: str) -> None:
    # The sample was read on 2 November; since then the source has become stale.
    found = cli("explain", "Bottrop", "10003", "--format", "json").json["meta"]
    assert found["verdict"]["agrees"] is False
    assert found["verdict"]["reason"] == "source_stale"
    assert "unbekannt (Quelle veraltet)" in cli("explain", "Bottrop", "10003").out


def test_explain_chooses_by_level(cli: Cli, region: str) -> None:
    answer = cli("explain", "Recklinghausen", "10110", "--level", "Kreis", "--format", "json").json
    assert answer["meta"]["cell"]["level"] == "kreis"


def test_changes_are_summed_by_cause(cli: Cli, region: str) -> None:
    answer = cli("changes", "--since", "2026-11-01", "--until", "2026-11-02", "--format", "json").json
    moved = answer["meta"]["movements"]
    assert sum(move["count"] for move in moved) == answer["meta"]["counts"]["rows"]
    assert answer["meta"]["online"] == sum(move["online"] for move in moved) > 0
    shown = cli("changes", "--since", "2026-11-01").out
    assert "Nach Ursachen" in shown
    assert "online im Saldo +" in shown
    assert "Gezählt sind alle Zellen" in shown


def test_changes_say_which_cells_they_count_so_that_coverage_can_be_compared(cli: Cli, region: str) -> None:
    meta = cli("changes", "--since", "2026-11-01", "--format", "json").json["meta"]
    online = {
        scope: cli("coverage", "--scope", scope, "--format", "json").json["rows"][-1]["any_count"]
        for scope in ("all", "competent")
    }
    # The region has had one night, so that what it moved is all there is.
    assert (meta["online"], meta["competent_online"]) == (online["all"], online["competent"])
    assert meta["competent_online"] < meta["online"]
    assert "alle Zellen" in meta["counted"]


def test_a_kreis_and_its_city_have_different_names_in_every_list(cli: Cli, region: str) -> None:
    for question in (["cells"], ["coverage"], ["changes", "--since", "2026-11-01"]):
        rows = table(cli(*question, "--format", "csv"))
        named = {(row["level"], row["area"]) for row in rows if "Recklinghausen" in row["area"]}
        assert named == {("kreis", "Kreis Recklinghausen"), ("gemeinde", "Recklinghausen")}


def test_a_day_counts_to_its_end(cli: Cli, region: str) -> None:
    def count(*options: str) -> int:
        found = cli("changes", *options, "--format", "json").json["meta"]["counts"]["rows"]
        assert isinstance(found, int)
        return found

    assert count("--since", "2026-11-02", "--until", "2026-11-02") > 0
    assert count("--since", "2026-11-04") == 0
    assert count("--since", "2026-10-01", "--until", "2026-10-31") == 0
    assert count("--since", "2026-11-02T01:30:00+00:00", "--until", "2026-11-02T01:30:01+00:00") > 0


def test_a_run_is_shown_with_its_sources_and_irregularities(cli: Cli, region: str) -> None:
    answer = cli("runs", "1", "--format", "json").json
    assert answer["meta"]["run"]["state"] == "ok"
    assert [row["source"] for row in answer["rows"]] == ["portal", "umfrage"]
    assert answer["meta"]["issues"][0]["kind"] == "service_under_review"
    assert "1 × „Hunde und mehr“" in cli("runs", "1").out


def test_sources_are_shown_with_their_standing(cli: Cli, region: str) -> None:
    shown = cli("sources", "list").out
    assert "Musterportal" in shown
    assert "veraltet" in shown


def test_without_any_run_the_next_step_is_named(cli: Cli, database: str) -> None:
    assert "lueckenlos sync" in cli("runs").out
    assert "lueckenlos sync" in cli("sources", "list").out
    answer = cli("gaps")
    assert (answer.code, "lueckenlos sync" in answer.err) == (2, True)


def test_gaps_on_worn_sources_are_counted_and_nothing_is_said_where_all_is_known() -> None:
    text = Texts("de")
    lines = [block.text for block in gaps_blocks(GapList([], 0, 3, {}), [], text) if isinstance(block, Line)]
    assert lines == [
        "0 Lücken, davon 0 bei freiwilligen Leistungen.",
        "3 davon beruhen auf einer Quelle, die zuletzt nicht gelesen werden konnte.",
    ]


def test_links_that_were_checked_are_shown_as_a_share(cli: Cli, region: str) -> None:
    store = open_store(region)
    with store.read() as connection:
        *_, total = coverage(connection)
    store.close()
    checked = replace(total, checked_count=1, checked_share=0.25, any_share=None, cells=0)
    grid = next(block for block in coverage_blocks([checked], "all", Texts("de")) if isinstance(block, Grid))
    assert "1 = 25,0 %" in grid.rows[0]
    assert "–" in grid.rows[0]


def test_a_run_without_irregularities_says_nothing_of_them(cli: Cli, database: str, files: Path) -> None:
    (files.parent / "portal.csv").unlink()
    cli("sync", "--region", files)
    shown = cli("runs", "1").out
    assert "Auffälligkeiten" not in shown
    assert "portal: " in shown


def test_the_gap_list_as_csv_says_beside_it_what_nobody_can_judge(cli: Cli, region: str) -> None:
    answer = cli("gaps", "--format", "csv")
    assert "Nicht zu beurteilen" in answer.err
    assert "Nicht zu beurteilen" not in answer.out
