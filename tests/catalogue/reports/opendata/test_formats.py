from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from catalogue.reports.opendata import release
from catalogue.reports.opendata.columns import Column, Row, Table, Value
from catalogue.reports.opendata.csvw import csvw_of
from catalogue.reports.opendata.release import write_table

TABLE = Table(
    "statuses",
    (
        Column("ars", required=False),
        Column("population", "integer", required=False),
        Column("share", "number", required=False),
        Column("gap", "boolean", required=False),
        Column("abolished_on", "date", required=False),
        Column("since", "moment", required=False),
        Column("sources", "list", required=False),
    ),
    ("ars",),
    lambda _question: iter(()),
)
MOMENT = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
ROW: Row = ("051120000000", 83577140, 0.25, True, date(2026, 1, 31), MOMENT, ("a", "b"))
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)
NAMES = st.text("abc-1", min_size=1, max_size=5)
ROWS = st.lists(
    st.tuples(
        st.none() | TEXTS,
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.none() | st.booleans(),
        st.none() | st.dates(),
        st.none() | st.datetimes(min_value=datetime(1990, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        st.none() | st.lists(NAMES, min_size=1, max_size=3).map(tuple),
    ),
    max_size=20,
)


def written(folder: Path, rows: list[Row]) -> dict[str, Path]:
    assert write_table(TABLE, iter(rows), folder) == len(rows)
    return {ending: folder / f"statuses.{ending}" for ending in ("csv", "json", "parquet")}


def read_csv(path: Path) -> list[Row]:
    """Read a file back by what the description beside it says about its columns."""
    described = csvw_of(TABLE, "https://example.org/licence")["tableSchema"]["columns"]
    with path.open(encoding="utf-8", newline="") as stream:
        lines = csv.reader(stream, strict=True)
        assert next(lines) == [column["name"] for column in described]
        return [
            tuple(_value(column, field) for column, field in zip(described, line, strict=True))
            for line in lines
        ]


def _value(column: dict[str, Any], field: str) -> Value:
    if not field:
        return None
    if "separator" in column:
        return tuple(field.split(column["separator"]))
    kind = column["datatype"]
    name = kind if isinstance(kind, str) else kind["base"]
    readers: dict[str, Any] = {
        "string": str,
        "integer": int,
        "double": float,
        "boolean": {"true": True, "false": False}.__getitem__,
        "date": date.fromisoformat,
        "dateTime": datetime.fromisoformat,
    }
    value: Value = readers[name](field)
    return value


def plain(rows: list[Row]) -> list[Row]:
    """Return rows with moments to the second, as all formats have them."""
    return [
        tuple(value.replace(microsecond=0) if isinstance(value, datetime) else value for value in row)
        for row in rows
    ]


def harmless(row: Row) -> Row:
    return tuple(f"'{value}" if isinstance(value, str) and value[0] in "=+-@" else value for value in row)


@given(rows=ROWS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_all_formats_say_the_same(rows: list[Row], tmp_path: Path) -> None:
    paths = written(tmp_path, rows)
    wanted = plain(rows)
    table = parquet.read_table(paths["parquet"])
    assert [
        tuple(tuple(value) if isinstance(value, list) else value for value in row.values())
        for row in table.to_pylist()
    ] == wanted
    objects = json.loads(paths["json"].read_text(encoding="utf-8"))
    assert [(one["ars"], one["population"], one["share"], one["gap"]) for one in objects] == [
        row[:4] for row in wanted
    ]
    # A list whose first name begins like a formula is marked as a whole.
    assert [row[:6] for row in read_csv(paths["csv"])] == [harmless(row)[:6] for row in wanted]


def test_csv_is_as_the_standard_has_it(tmp_path: Path) -> None:
    content = written(tmp_path, [ROW, (None, *ROW[1:6], None)])["csv"].read_bytes()
    assert content == (
        b"ars,population,share,gap,abolished_on,since,sources\r\n"
        b"051120000000,83577140,0.25,true,2026-01-31,2026-11-02T01:30:00Z,a|b\r\n"
        b",83577140,0.25,true,2026-01-31,2026-11-02T01:30:00Z,\r\n"
    )


@pytest.mark.parametrize("text", ["=1+1", "+49", "-1", "@SUM(A1)"])
def test_only_in_csv_a_formula_is_made_harmless(tmp_path: Path, text: str) -> None:
    paths = written(tmp_path, [(text, *ROW[1:])])
    assert read_csv(paths["csv"])[0][0] == f"'{text}"
    assert json.loads(paths["json"].read_text(encoding="utf-8"))[0]["ars"] == text
    assert parquet.read_table(paths["parquet"])["ars"].to_pylist() == [text]


def test_a_field_with_commas_and_quotes_stays_one_field(tmp_path: Path) -> None:
    path = written(tmp_path, [('Kreis "A", Stadt', *ROW[1:])])["csv"]
    assert b'"Kreis ""A"", Stadt"' in path.read_bytes()
    assert next(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))["ars"] == 'Kreis "A", Stadt'


def test_json_has_one_object_on_each_line(tmp_path: Path) -> None:
    lines = written(tmp_path, [ROW, ROW])["json"].read_text(encoding="utf-8").splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("[", "]", 4)
    assert json.loads(lines[1].removesuffix(","))["since"] == "2026-11-02T01:30:00Z"


def test_a_table_without_rows_is_a_proper_file_in_every_format(tmp_path: Path) -> None:
    paths = written(tmp_path, [])
    assert read_csv(paths["csv"]) == []
    assert json.loads(paths["json"].read_text(encoding="utf-8")) == []
    assert parquet.read_table(paths["parquet"]).num_rows == 0


def test_parquet_has_types_explanations_and_groups_of_bounded_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogue.reports.opendata.parquet.ROWS_OF_A_GROUP", 10)
    monkeypatch.setattr(release, "BATCH_ROWS", 4)
    file = parquet.ParquetFile(written(tmp_path, [ROW] * 25)["parquet"])
    types = [str(field.type) for field in file.schema_arrow]
    assert types == [
        "string",
        "int64",
        "double",
        "bool",
        "date32[day]",
        "timestamp[ms, tz=UTC]",
        "list<element: string>",
    ]
    assert b"Regionalschl" in file.schema_arrow.field("ars").metadata[b"description"]
    sizes = [file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups)]
    assert sum(sizes) == 25
    assert max(sizes) <= 10
    assert "RLE_DICTIONARY" in file.metadata.row_group(0).column(0).encodings
