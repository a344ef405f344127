"""What cannot be taken is told with its place, all at once, and nothing is taken."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from tests.cli.annotations.sheets import (
    Exported,
    Table,
    bring,
    column,
    fill,
    said,
)
from tests.cli.conftest import Cli


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"remark": "vielleicht"}, "kein Vermerk"),
        ({"remark": "geplant"}, "braucht einen Termin"),
        ({"remark": "nicht angeboten"}, "braucht einen Grund"),
        ({"remark": "abgedeckt durch"}, "sagt, wodurch"),
        ({"planned_for": "bald"}, "kein Tag"),
        ({"planned_for": "31.02.2027"}, "kein Tag"),
        ({"planned_for": "01.01.1066"}, "zwischen 2000 und 2199"),
        ({"unit": "x" * 201}, "mehr als 200 Zeichen"),
        ({"comment": "x" * 2001}, "mehr als 2000 Zeichen"),
        ({"comment": "anna@stadt.example"}, "Mailadresse"),
        ({"comment": "x", "id": ""}, "Kennung der Zeile fehlt"),
        ({"comment": "x", "id": "irgendwas"}, "keine Kennung"),
        ({"comment": "x", "id": "055620014014:gemeinde:19999"}, "gibt es nicht"),
        ({"comment": "x", "id": "091620000000:gemeinde:10110"}, "gibt es nicht"),
    ],
)
def test_errors_are_told_with_line_and_nothing_is_taken(
    cli: Cli, exports: dict[str, Table], tmp_path: Path, values: dict[str, str], message: str
) -> None:
    table = copy.deepcopy(exports[".csv"])
    fill(table, 1, comment="gut")
    fill(table, 3, **values)
    answer = bring(cli, tmp_path / "a.csv", table)
    assert answer.code == 2
    assert "es wurde nichts geändert" in answer.err
    assert "Zeile 4: " in answer.err
    assert message in answer.err
    assert said(cli) == {}


def test_errors_name_the_cell_of_a_workbook(cli: Cli, xlsx: Table, tmp_path: Path) -> None:
    fill(xlsx, 3, planned_for="bald")
    answer = bring(cli, tmp_path / "a.xlsx", xlsx)
    letter = chr(ord("A") + column(xlsx, "planned_for"))
    assert f"Zeile 4: Lücken!{letter}4: „bald“ ist kein Tag" in answer.err


def test_all_errors_are_told_at_once(cli: Cli, exports: dict[str, Table], tmp_path: Path) -> None:
    table = copy.deepcopy(exports[".csv"])
    fill(table, 1, planned_for="bald")
    answer = bring(cli, tmp_path / "a.csv", [table[0], *[table[1]] * 120])
    assert answer.err.count("kein Tag") == 100
    assert "120 Zellen" in answer.err
    assert "20 weitere" in answer.err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a;b\n1;2\n", "Kein Blatt"),
        ("id;stamp\nx;0\n", "Kein Blatt"),
        ("id;comment;Kommentar\nx;y;z\n", "mehrmals"),
        ("id;comment\n055620014014:gemeinde:10110;x;zu viel\n", "mehr Felder"),
        ("", "leer"),
        ("<html><body>Anmeldung</body></html>", "Webseite"),
    ],
)
def test_files_that_are_no_such_sheet_are_refused(
    cli: Cli, tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    answer = cli("annotations", "import", path)
    assert answer.code == 2
    assert message in answer.err


def test_hostile_texts_are_kept_harmless(cli: Cli, sheet: Exported) -> None:
    path, table = sheet
    hostile = "\u202eegaws\u200b<script>alert(1)</script>"
    fill(table, 1, comment=hostile)
    assert bring(cli, path, table).code == 0
    assert [one[3] for one in said(cli).values()] == ["egaws<script>alert(1)</script>"]
    fill(table, 2, comment='=HYPERLINK("https://boese.example")')
    bring(cli, path, table)
    lines = cli("annotations", "list", "--format", "csv").out.splitlines()
    assert any("'=HYPERLINK" in line for line in lines)
