"""Delimited text is decoded right or rejected with the line that is wrong."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.delimited import DELIMITERS, MAX_LINE, MAX_ROW, DelimitedFile, open_delimited
from connectors.errors import ConnectorError, RejectDelivery
from connectors.tabular import TableOptions, Value

COLUMNS = {"area": "Gebiet", "title": "Name"}


def open_text(tmp_path: Path, content: bytes, **options: object) -> DelimitedFile:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    return open_delimited(path, "list.csv", TableOptions(**options), COLUMNS)  # type: ignore[arg-type]


def read(tmp_path: Path, content: bytes, **options: object) -> list[Sequence[Value]]:
    return list(open_text(tmp_path, content, **options).rows())


def refusal(tmp_path: Path, content: bytes, **options: object) -> RejectDelivery:
    with pytest.raises(RejectDelivery) as caught:
        read(tmp_path, content, **options)
    return caught.value


TEXT = "Gebiet;Name\nBottrop;Straße für Anwohner\n"
ROWS = [["Gebiet", "Name"], ["Bottrop", "Straße für Anwohner"]]


class TestEncoding:
    @pytest.mark.parametrize(
        "content",
        [
            TEXT.encode("utf-8"),
            TEXT.encode("utf-8-sig"),
            TEXT.encode("utf-16"),
            codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
            TEXT.encode("cp1252"),
        ],
        ids=["utf-8", "utf-8 with mark", "utf-16", "utf-16 big-endian", "cp1252"],
    )
    def test_is_found_out(self, tmp_path: Path, content: bytes) -> None:
        assert read(tmp_path, content) == ROWS

    @pytest.mark.parametrize(
        "encoding", ["utf-8", "UTF8", "utf-16-le", "cp1252", "latin-1", "cp850", "mac-roman"]
    )
    def test_can_be_declared(self, tmp_path: Path, encoding: str) -> None:
        assert read(tmp_path, TEXT.encode(encoding), encoding=encoding) == ROWS

    def test_declared_utf8_may_have_a_mark(self, tmp_path: Path) -> None:
        assert read(tmp_path, TEXT.encode("utf-8-sig"), encoding="utf-8") == ROWS

    def test_one_stray_byte_does_not_turn_utf8_into_something_else(self, tmp_path: Path) -> None:
        content = TEXT.encode() + b"Herne;Caf\xe9\n"
        error = refusal(tmp_path, content)
        assert (error.code, error.params["line"]) == ("list_undecodable", 3)

    def test_two_letters_that_look_like_utf8_do_not_make_cp1252_utf8(self, tmp_path: Path) -> None:
        content = "Gebiet;Name\nÄmter;Ãœbung für Häuser\n".encode("cp1252")
        assert read(tmp_path, content)[1] == ["Ämter", "Ãœbung für Häuser"]

    @pytest.mark.parametrize(
        ("content", "encoding", "line"),
        [
            (TEXT.encode("cp1252"), "utf-8", 2),
            (b"a;b\n1;2\n3;\xc3", "utf-8", 3),
            (b"a;b\r1;2\r3;\xff", "utf-8", 3),
            (b"\xff\xfea", "utf-16", 1),
            (b"a;b\n", "utf-16", 1),
            (b"a;b\n1;\x81", "cp1252", 2),
            (b"a;b\n" * 50_000 + b"\xff", "utf-8", 50_001),
        ],
    )
    def test_bytes_that_do_not_fit_reject_the_delivery(
        self, tmp_path: Path, content: bytes, encoding: str, line: int
    ) -> None:
        error = refusal(tmp_path, content, encoding=encoding, delimiter=";")
        assert error.code == "list_undecodable"
        assert error.params == {"file": "list.csv", "line": line, "encoding": encoding}

    def test_utf8_declared_as_one_byte_encoding_is_rejected(self, tmp_path: Path) -> None:
        error = refusal(tmp_path, ("Gebiet;Name\n" + "äöü;ß\n").encode(), encoding="latin-1")
        assert error.code == "list_encoding_contradicted"

    def test_nul_is_no_text(self, tmp_path: Path) -> None:
        error = refusal(tmp_path, b"a;b\n1;\x002\n", delimiter=";")
        assert (error.code, error.params["line"]) == ("list_binary", 2)


class TestDelimiter:
    @pytest.mark.parametrize("delimiter", DELIMITERS.values())
    def test_is_the_one_that_shows_the_columns(self, tmp_path: Path, delimiter: str) -> None:
        content = f'"Gebiet"{delimiter}Name{delimiter}a,b;c|d\n'
        assert open_text(tmp_path, content.encode()).delimiter == delimiter

    def test_is_looked_for_in_the_header_row(self, tmp_path: Path) -> None:
        content = b"Stand: Mai, Juni, Juli\n\nGebiet;Name\n"
        assert open_text(tmp_path, content, header_row=3).delimiter == ";"

    def test_of_a_single_column_is_none(self, tmp_path: Path) -> None:
        assert read(tmp_path, b"Name\nHund, Katze; Maus\n") == [["Name"], ["Hund, Katze; Maus"]]

    def test_can_be_declared(self, tmp_path: Path) -> None:
        assert read(tmp_path, b"a\tb;c\n", delimiter="tab") == [["a", "b;c"]]

    def test_line_for_excel_is_no_row(self, tmp_path: Path) -> None:
        assert read(tmp_path, b"sep=;\r\nGebiet;Name\r\n") == [["Gebiet", "Name"]]


class TestRows:
    def test_may_hold_line_breaks_in_quotes(self, tmp_path: Path) -> None:
        content = b'Gebiet;Name\r\nHerne;"a\r\n""b"";c"\r\n'
        assert read(tmp_path, content)[1] == ["Herne", 'a\r\n"b";c']

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_end_as_any_system_ends_them(self, tmp_path: Path, end: str) -> None:
        content = end.join(["Gebiet;Name", "Herne;a", "Marl;b", ""])
        rows = read(tmp_path, content.encode())
        assert rows == [["Gebiet", "Name"], ["Herne", "a"], ["Marl", "b"]]

    @pytest.mark.parametrize(
        "broken", ['Herne;"a\nMarl;b\n', 'Herne;"a" b\n', 'Herne;"' + "x" * 200_000 + '"\n']
    )
    def test_with_broken_quotes_reject_the_delivery(self, tmp_path: Path, broken: str) -> None:
        error = refusal(tmp_path, f"Gebiet;Name\n{broken}".encode())
        assert (error.code, error.params["line"]) == ("list_quotes_broken", 2)

    def test_with_broken_quotes_in_the_header_reject_the_delivery(self, tmp_path: Path) -> None:
        assert refusal(tmp_path, b'"Gebiet;Name\n').code == "list_quotes_broken"

    def test_without_end_reject_the_delivery(self, tmp_path: Path) -> None:
        error = refusal(tmp_path, b"Gebiet;Name\n" + b"x" * (MAX_LINE + 1))
        assert (error.code, error.params["line"]) == ("list_row_endless", 2)

    def test_of_endless_lines_reject_the_delivery(self, tmp_path: Path) -> None:
        line = b'"' + b";" * 1000 + b'\n";' + b"x" * 100_000 + b";"
        error = refusal(tmp_path, b"Gebiet;Name\n" + line * (MAX_ROW // 100_000 + 1), delimiter=";")
        assert (error.code, error.params["line"]) == ("list_row_endless", 2)


CELLS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=20)


@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=8),
    delimiter=st.sampled_from([",", ";", "|", "tab"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_csv_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str, encoding: str
) -> None:
    path = tmp_path_factory.mktemp("csv") / "list.csv"
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=DELIMITERS[delimiter], quoting=csv.QUOTE_ALL)
        writer.writerows([["Gebiet", "Name"], *rows])
    found = open_delimited(path, "list.csv", TableOptions(), COLUMNS)
    assert list(found.rows()) == [["Gebiet", "Name"], *rows]


@given(content=st.binary(max_size=300), encoding=st.sampled_from(["auto", "utf-8", "utf-16"]))
def test_arbitrary_bytes_end_in_rows_or_in_our_errors(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, encoding: str
) -> None:
    try:
        read(tmp_path_factory.mktemp("bytes"), content, encoding=encoding)
    except ConnectorError:
        return
