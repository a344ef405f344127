"""Remarks said, shown, and taken back on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.cli.annotations.sheets import said
from tests.cli.conftest import Cli

HEALTH, NAME = "10160", "055620014014:gemeinde:10160"


def say(cli: Cli, *options: str) -> Any:
    return cli("annotations", "set", "Gladbeck", HEALTH, *options, "--format", "json")


def test_what_is_not_named_stays(cli: Cli) -> None:
    assert say(cli, "--planned", "31.12.2027", "--unit", "FB 3").json["meta"]["cells"] == 1
    say(cli, "--comment", "läuft")
    assert said(cli) == {NAME: ("planned", "2027-12-31", "FB 3", "läuft")}
    say(cli, "--not-offered", "kein Bedarf")
    assert said(cli) == {NAME: ("not_offered", "2027-12-31", "FB 3", "kein Bedarf")}


@pytest.mark.parametrize(
    ("before", "options", "after"),
    [
        (["--planned", "2027-12-31"], ["--planned", ""], None),
        (["--planned", "2027-12-31", "--unit", "FB"], ["--planned", " "], ("comment", "", "FB", "")),
        (["--covered-by", "Kreis"], ["--comment", ""], None),
        (["--covered-by", "Kreis", "--unit", "FB"], ["--unit", ""], ("covered_by", "", "", "Kreis")),
        (["--not-offered", "x"], ["--covered-by", "Kreis"], ("covered_by", "", "", "Kreis")),
    ],
)
def test_an_empty_text_takes_a_field_back(
    cli: Cli, before: list[str], options: list[str], after: tuple[str, ...] | None
) -> None:
    say(cli, *before)
    assert say(cli, *options).code == 0
    assert said(cli).get(NAME) == after


def test_clear_takes_all_of_it_back_and_history_tells_all(cli: Cli) -> None:
    say(cli, "--planned", "2027-12-31", "--by", "Fachbereich 3")
    answer = cli("annotations", "clear", "Gladbeck", HEALTH, "--format", "json")
    assert [(row["field"], row["after"]) for row in answer.json["rows"]] == [
        ("remark", ""),
        ("planned_for", ""),
    ]
    assert said(cli) == {}
    rows = cli("annotations", "history", "Gladbeck", HEALTH, "--format", "json").json["rows"]
    assert [(row["number"], row["by"], row["via"], row["after"]) for row in rows] == [
        (1, "Fachbereich 3", "set", "planned"),
        (1, "Fachbereich 3", "set", "2027-12-31"),
        (2, "OZG-Koordination", "clear", ""),
        (2, "OZG-Koordination", "clear", ""),
    ]
    again = cli("annotations", "clear", "Gladbeck", HEALTH)
    assert (again.code, "nichts vermerkt" in again.err) == (2, True)


def test_a_rehearsal_keeps_nothing(cli: Cli) -> None:
    answer = say(cli, "--comment", "x", "--dry-run")
    assert (answer.json["meta"]["applied"], answer.json["meta"]["cells"]) == (False, 1)
    assert said(cli) == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "nichts zu vermerken"),
        (["--comment", "a", "--covered-by", "b"], "schließen einander aus"),
        (["--planned", "bald"], "bald"),
        (["--not-offered", " "], "braucht einen Grund"),
        (["--comment", "anna@stadt.example"], "Mailadresse"),
        (["--unit", "x" * 201], "mehr als 200 Zeichen"),
        (["--comment", "x", "--by", "x" * 101], "--by"),
    ],
)
def test_what_cannot_be_kept_is_refused(cli: Cli, options: list[str], message: str) -> None:
    answer = say(cli, *options)
    assert answer.code == 2
    assert message in answer.err
    assert said(cli) == {}


def test_places_and_services_are_named_as_everywhere(cli: Cli) -> None:
    assert cli("annotations", "set", "Nirgendwo", HEALTH, "--comment", "x").code == 2
    assert cli("annotations", "set", "Gladbeck", "Zauberei", "--comment", "x").code == 2
    assert cli("annotations", "list", "--kind", "irgendwie").code == 2


def test_days_that_have_passed_are_listed_and_named_under_the_gaps(cli: Cli) -> None:
    gap = cli("gaps", "--area", "Gladbeck", "--format", "json").json["rows"][0]["ozg_id"]
    cli("annotations", "set", "Gladbeck", gap, "--planned", "2020-01-31")
    cli("annotations", "set", "Gladbeck", HEALTH, "--comment", "x")
    shown = cli("annotations", "list", "--overdue").out
    assert "geplant bis 31.01.2020 (verstrichen)" in shown
    assert HEALTH not in shown
    listed = cli("gaps", "--area", "Gladbeck", "--limit", "1")
    assert "geplant bis 31.01.2020" in listed.out
    assert "1 geplanter Termin ist verstrichen" in listed.out
    meta = cli("gaps", "--area", "Gladbeck", "--format", "json").json["meta"]
    assert meta["remarks"] == {"planned": 1, "overdue": 1, "not_offered": 0, "covered_by": 0}
    assert "verstrichen" in cli("coverage", "--area", "Gladbeck").out


def test_explain_and_entry_show_the_remark_in_full(cli: Cli) -> None:
    say(cli, "--not-offered", "Aufgabe des Kreises", "--unit", "FB 3")
    explained = cli("explain", "Gladbeck", HEALTH)
    assert "nicht angeboten, weil: Aufgabe des Kreises; zuständig: FB 3" in explained.out
    assert "OZG-Koordination" in explained.out
    acts = cli("explain", "Gladbeck", HEALTH, "--format", "json").json["meta"]["remarks"]
    assert [act["field"] for act in acts] == ["remark", "unit", "comment"]


def test_without_remarks_nothing_is_said_of_them(cli: Cli) -> None:
    assert "Vermerk" not in cli("gaps", "--area", "Gladbeck", "--limit", "1").out
    assert "0 Vermerke" in cli("annotations", "list").out
    assert "noch niemand" in cli("annotations", "history", "Gladbeck", HEALTH).out


def test_an_export_has_words_and_days_where_officers_fill_in(cli: Cli, tmp_path: Path) -> None:
    say(cli, "--covered-by", "=Kreis", "--planned", "2027-12-31")
    path = tmp_path / "a.xlsx"
    assert cli("annotations", "export", "--remarks", "--out", path).code == 0
    sheet = openpyxl.load_workbook(path).worksheets[0]
    header = [cell.value for cell in sheet[1]]
    row = dict(zip(header, sheet[2], strict=True))
    assert (row["Vermerk"].value, row["Kommentar"].value) == ("abgedeckt durch", "=Kreis")
    assert (row["Kommentar"].data_type, row["geplant bis"].is_date) == ("s", True)
    assert sheet.column_dimensions[row["Kennung (nicht ändern)"].column_letter].hidden
    assert {rule.type for rule in sheet.data_validations.dataValidation} >= {"list", "date"}
    assert cli("annotations", "export", "--out", tmp_path / "a.pdf").code == 2
