from __future__ import annotations

import csv
import io
import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, strategies

from cli.blocks import Block, Facts, Grid, Heading, Line, fitting_widths, print_blocks
from cli.output import FORMULA_STARTS, Output, Result, field_names, plain
from cli.problems import UsageProblem
from cli.texts import Texts, printable
from tests.cli.conftest import Cli

TEXT = Texts("de")


@dataclass(frozen=True)
class Inner:
    value: str


@dataclass(frozen=True)
class Row:
    text: str
    number: int = 1
    share: float | None = None
    truth: bool = False
    many: tuple[str, ...] = ()
    inner: tuple[Inner, ...] = ()


def result(*rows: Row) -> Result[Row]:
    def blocks(shown: object) -> list[Block]:
        return [Grid(("text",), [[row.text] for row in rows])]

    return Result(field_names(Row), rows, blocks, {"command": "test"})


def written(tmp_path: Path, name: str, *rows: Row) -> str:
    path = tmp_path / name
    Output.choose("", path).write(result(*rows), TEXT)
    return path.read_bytes().decode("utf-8")


def cells(tmp_path: Path, *rows: Row) -> list[list[str]]:
    text = written(tmp_path, "x.csv", *rows)
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def test_csv_is_what_spreadsheets_in_german_offices_read(tmp_path: Path) -> None:
    row = Row('Müll; und "mehr"', 12, 0.25, True, ("a", "b"), (Inner("x"),))
    assert cells(tmp_path, row, Row("")) == [
        ["text", "number", "share", "truth", "many", "inner"],
        ['Müll; und "mehr"', "12", "0,25", "true", "a|b", '[{"value": "x"}]'],
        ["", "1", "", "false", "", ""],
    ]
    assert "\r\n" in written(tmp_path, "x.csv", row)


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_text_that_begins_like_a_formula_is_harmless(tmp_path: Path, start: str) -> None:
    (_, row) = cells(tmp_path, Row(f"{start}HYPERLINK(1)", many=(f"{start}x", "y")))
    assert row[0] == f"'{start}HYPERLINK(1)"
    assert row[4] == f"'{start}x|y"


def test_numbers_below_zero_stay_numbers(tmp_path: Path) -> None:
    assert cells(tmp_path, Row("", -3))[1][1] == "-3"


@given(strategies.text())
def test_no_text_breaks_a_row_or_begins_a_formula(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    found = cells(tmp_path_factory.mktemp("any"), Row(text, many=(text,)))
    assert len(found) == 2
    assert len(found[1]) == 6
    assert not found[1][0].startswith(FORMULA_STARTS)
    assert "\x00" not in found[1][0]


def test_json_has_meta_and_one_line_for_each_row(tmp_path: Path) -> None:
    text = written(tmp_path, "x.json", Row("ä", many=("a",), inner=(Inner("x"),)), Row("b"))
    document = json.loads(text)
    assert document["meta"] == {"command": "test", "counts": {"rows": 2, "shown": 2}}
    assert document["rows"][0] == plain(Row("ä", many=("a",), inner=(Inner("x"),))) | {
        "many": ["a"],
        "inner": [{"value": "x"}],
    }
    assert '{"text": "ä"' in text
    assert sum(line.startswith('{"text"') for line in text.splitlines()) == 2


@given(strategies.text(alphabet=strategies.characters(codec=None)))
def test_json_keeps_every_text_that_can_be_kept(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    document = json.loads(written(tmp_path_factory.mktemp("any"), "x.json", Row(text)))
    expected = text.encode("utf-8", "replace").decode()
    assert document["rows"][0]["text"] == expected


def test_no_rows_are_a_valid_answer(tmp_path: Path) -> None:
    assert json.loads(written(tmp_path, "x.json"))["rows"] == []
    assert cells(tmp_path) == [list(field_names(Row))]
    assert written(tmp_path, "x.txt") == ""


def test_the_suffix_decides_where_no_format_is_given(tmp_path: Path) -> None:
    assert Output.choose("", tmp_path / "x.CSV").format == "csv"
    assert Output.choose("json", tmp_path / "x.csv").format == "json"
    assert Output.choose("", tmp_path / "x.txt").format == "table"
    assert Output.choose("", tmp_path / "x").format == "table"
    assert Output.choose("", None).format == "table"


@pytest.mark.parametrize("name", ["x.xlsx", "x.pdf", "x.dat"])
def test_a_suffix_of_another_format_is_refused_and_not_filled_with_text(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageProblem):
        Output.choose("", tmp_path / name)


def test_only_tables_on_the_screen_are_shortened_without_being_asked(tmp_path: Path) -> None:
    assert Output.choose("", None, default_limit=5).limit == 5
    assert Output.choose("csv", None, default_limit=5).limit == 0
    assert Output.choose("", tmp_path / "x.txt", default_limit=5).limit == 0
    assert Output.choose("csv", None, "7", default_limit=5).limit == 7


@pytest.mark.parametrize("given", ["-1", "x", "1.5", "", "٣", "9" * 10])
def test_a_limit_is_a_whole_number(given: str) -> None:
    if not given:
        assert Output.choose("", None, given).limit == 0
        return
    with pytest.raises(UsageProblem):
        Output.choose("", None, given)


def test_a_file_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text("old", encoding="utf-8")

    class Broken:
        @property
        def text(self) -> str:
            assert path.read_text(encoding="utf-8") == "old"
            raise RuntimeError

    broken = Result(("text",), [Broken()], lambda _: [])
    with pytest.raises(RuntimeError):
        Output("csv", path).write(broken, TEXT)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="permissions of this kind are POSIX's")
def test_a_file_has_the_usual_permissions(tmp_path: Path) -> None:
    written(tmp_path, "x.csv", Row("a"))
    (tmp_path / "usual").touch()
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("x.csv", "usual")}
    assert len(modes) == 1


def test_a_file_that_cannot_be_written_is_named(cli: Cli, region: str, tmp_path: Path) -> None:
    for path in (tmp_path / "fehlt" / "x.csv", tmp_path):
        answer = cli("runs", "--out", path, "--format", "csv")
        assert answer.code == 1
        assert str(path) in answer.err
        assert ".tmp" not in answer.err
    assert list(tmp_path.iterdir()) == []


def test_a_file_gets_all_rows_of_the_table(cli: Cli, region: str, tmp_path: Path) -> None:
    answer = cli("gaps", "--out", tmp_path / "gaps.txt")
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    assert len((tmp_path / "gaps.txt").read_text(encoding="utf-8").splitlines()) > 300


BLOCKS: list[Block] = [
    Heading("Titel"),
    Line("Zeile"),
    Grid(("Name", "Zahl"), [["Müller", "1"], ["北京", "1.234"], ["e\u0301", "5"]], frozenset({1})),
    Facts([("kurz", "eins"), ("viel länger", "zwei")]),
    Grid(("leer",), []),
]


def shown(blocks: list[Block], *, terminal: bool) -> str:
    stream = io.BytesIO()
    print_blocks(blocks, stream, on_terminal=terminal)
    return stream.getvalue().decode("utf-8")


def test_plain_tables_are_aligned_and_nothing_is_cut_off() -> None:
    assert shown(BLOCKS, terminal=False) == (
        "\nTitel\nZeile\n"
        "Name     Zahl\nMüller      1\n北京    1.234\ne\u0301           5\n"
        "  kurz         eins\n  viel länger  zwei\n"
    )


def test_a_terminal_gets_tables_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    wide: list[Block] = [Grid(("a", "b"), [["x" * 30, "https://example.org/" + "y" * 30]]), *BLOCKS]
    text = shown(wide, terminal=True)
    assert "Titel" in text
    assert "viel länger" in text
    bare = [line for line in text.splitlines() if "\x1b" not in line]
    assert bare
    assert max(map(len, bare)) <= 40


def test_where_not_even_words_fit_each_row_is_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "24")
    text = shown(
        [Grid(("Gebiet", "Titel", "Stand"), [["Gelsenkirchen", "Abfallentsorgung", "2026"]])], terminal=True
    )
    lines = [line.split() for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines() if line.strip()]
    assert lines[0] == ["Gebiet", "Gelsenkirchen"]
    assert lines[-1] == ["Stand", "2026"]


@given(
    strategies.integers(1, 6).flatmap(
        lambda columns: strategies.lists(
            strategies.lists(strategies.text(max_size=40), min_size=columns, max_size=columns), min_size=1
        )
    ),
    strategies.integers(1, 200),
)
def test_columns_never_take_more_than_there_is(rows: list[list[str]], available: int) -> None:
    widths = fitting_widths(rows, available, 12)
    if widths is not None:
        assert sum(widths) <= available
        assert len(widths) == len(rows[0])


def test_the_column_with_the_longest_text_gets_the_rest() -> None:
    rows = [["a", "one two three four five six", "b"]]
    assert fitting_widths(rows, 100, 24) == [1, 27, 1]
    assert fitting_widths(rows, 12, 24) == [1, 10, 1]
    assert fitting_widths(rows, 6, 24) is None
    assert fitting_widths(rows, 6, 4) == [1, 4, 1]


HOSTILE = "a\x1b[31mrot\x07\u202eum\u200bgedreht\r\nneu\x9b2J\u2028x[bold]y[/bold]"


@pytest.mark.parametrize("terminal", [True, False])
def test_text_from_outside_cannot_steer_the_terminal(terminal: bool) -> None:
    blocks: list[Block] = [
        Heading(HOSTILE),
        Line(HOSTILE),
        Grid((HOSTILE,), [[HOSTILE]]),
        Facts([(HOSTILE, HOSTILE)]),
    ]
    text = shown(blocks, terminal=terminal)
    for harmful in ("\x1b[31m", "\x07", "\u202e", "\u200b", "\r", "\x9b", "\u2028"):
        assert harmful not in text
    assert "[bold]y[/bold]" in text.replace("\n", "")


@given(strategies.text())
def test_printable_text_is_one_line_of_visible_characters(text: str) -> None:
    once = printable(text)
    assert len(once.splitlines()) <= 1
    assert printable(once) == once
    assert "\x1b" not in once


def test_rows_have_to_be_dataclasses() -> None:
    with pytest.raises(TypeError):
        field_names(str)
