from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalogue.reference import Release
from catalogue.reports.cells import CellRow
from catalogue.reports.changes import ChangeRow, Movement
from catalogue.reports.coverage import CoverageRow
from catalogue.reports.database import TableRow
from catalogue.reports.explain import CompetenceRow, LeikaRow, VerdictRow, VoiceRow
from catalogue.reports.runs import IssueRow, RunRow, SourceRunRow
from catalogue.reports.sources import SourceRow
from catalogue.reports.trail import OfferingRow
from cli.output import field_names
from cli.syncing import OutcomeRow
from tests.cli.conftest import Cli

DOCUMENT = Path("docs/data-dictionary.md").read_text(encoding="utf-8")
SECTIONS = {
    "## cells": field_names(CellRow),
    "## coverage": field_names(CoverageRow),
    "## explain": field_names(OfferingRow),
    "### explain: verdict": field_names(VerdictRow),
    "### explain: competence": field_names(CompetenceRow),
    "### explain: leika": field_names(LeikaRow),
    "### explain: voices": field_names(VoiceRow),
    "## changes": field_names(ChangeRow),
    "### changes: movements": field_names(Movement),
    "## runs": field_names(RunRow),
    "### runs: sources": field_names(SourceRunRow),
    "### runs: issues": field_names(IssueRow),
    "## sources list": field_names(SourceRow),
    "## sync": field_names(OutcomeRow),
    "## reference list": Release._fields,
    "## db check": field_names(TableRow),
}
#: JSON's name for what Python writes.
TYPES = {"str": "string", "int": "number", "float": "number", "bool": "boolean", "Params": "object"}


def documented(heading: str) -> list[tuple[str, str]]:
    """Return names and types of the first table of a section."""
    section = DOCUMENT.partition(f"\n{heading}\n")[2]
    section = re.split(r"\n##", section)[0]
    return re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE)


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_field_is_documented_in_its_order(heading: str) -> None:
    assert [name for name, _ in documented(heading)] == list(SECTIONS[heading])


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("## cells", CellRow),
        ("## coverage", CoverageRow),
        ("## explain", OfferingRow),
        ("## changes", ChangeRow),
        ("## runs", RunRow),
        ("### runs: sources", SourceRunRow),
        ("## sources list", SourceRow),
        ("## sync", OutcomeRow),
    ],
)
def test_every_type_is_the_one_of_the_program(heading: str, row: type) -> None:
    for name, written in documented(heading):
        kind, _, empty = str(row.__annotations__[name]).partition(" | ")
        expected = TYPES.get(kind, "array")
        assert written == (f"{expected} or null" if empty else expected), name


@pytest.mark.parametrize(
    "question",
    [
        ["gaps"],
        ["cells", "--area", "Gladbeck"],
        ["coverage"],
        ["explain", "Bottrop", "10110"],
        ["changes", "--since", "2026-11-01"],
        ["runs"],
        ["runs", "1"],
        ["sources", "list"],
        ["reference", "list"],
        ["db", "check"],
    ],
    ids=" ".join,
)
def test_every_field_of_meta_is_documented(cli: Cli, region: str, question: list[str]) -> None:
    meta = cli(*question, "--format", "json").json["meta"]
    for name in meta:
        assert f"`{name}`" in DOCUMENT, name
