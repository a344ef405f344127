from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalogue.messages import text
from catalogue.reports.opendata.columns import Table
from catalogue.reports.opendata.files import column_text
from catalogue.reports.opendata.tables import TABLES

MANUAL = Path("docs/offene-daten.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_manual_explains_every_column_as_the_files_do(table: Table) -> None:
    heading = f"\n### `{table.name}`: {text('de', f'open_table.{table.name}')}\n"
    section = MANUAL.partition(heading)[2].partition("\n###")[0]
    assert text("de", f"open_about.{table.name}") in section
    rows = re.findall(r"^\| `(\w+)` \| (\w+)(, kann leer sein)? \| (.*) \|$", section, re.MULTILINE)
    assert rows == [
        (
            column.name,
            column.type,
            "" if column.required else ", kann leer sein",
            column_text(table, column.name)["de"],
        )
        for column in table.columns
    ]


def test_the_manual_explains_no_table_that_does_not_exist() -> None:
    assert re.findall(r"^### `(\w+)`", MANUAL, re.MULTILINE) == [table.name for table in TABLES]
