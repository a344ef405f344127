from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue.errors import ImportRejected
from catalogue.reference import (
    TABLES,
    ImportResult,
    columns_of,
    import_reference,
    releases,
    table_of,
)
from catalogue.reference.csvfile import ErrorList, read_csv
from catalogue.store import Store
from tests.catalogue.importing import (
    AREAS,
    OZG,
    bring,
    on_sqlite,
    refusal,
    rows,
)

DOCS = Path(__file__).parents[2] / "docs"


# --- files -----------------------------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize(
    "content",
    [
        OZG,
        "\ufeff" + OZG,
        OZG.replace(",", ";"),
        OZG.replace("\n", "\r\n"),
        OZG.replace("\n", "\n\n"),
        OZG + ",,,\n",
        OZG.replace("ozg_id,title", " OZG_ID , Title "),
        OZG.replace("10110", " 10110 "),
    ],
)
def test_a_file_is_read_as_spreadsheets_write_it(store: Store, content: str) -> None:
    assert bring(store, content) == ImportResult("ozg_service", 2, 0, 0, 0, 0)


def test_a_file_is_read_from_a_path_and_from_lines(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "ozg.csv"
    path.write_text(OZG, encoding="utf-8")

    def bring_from(source: Path | Iterable[str]) -> ImportResult:
        return import_reference(
            store, None, source, origin="Amt", licence="CC0", as_of="2026-01-01", replace=False
        )

    assert bring_from(path).new == 2
    assert bring_from(OZG.splitlines()).unchanged == 2
    with pytest.raises(ImportRejected, match="import_file"):
        bring_from(tmp_path / "none.csv")


def test_quoted_cells_may_hold_delimiters_and_lines(store: Store) -> None:
    bring(store, 'ozg_id,title,theme\n10110,"Müll, Abfall",Umwelt\n')
    assert rows(store, "ozg_service", "title") == [("Müll, Abfall",)]


def test_text_is_kept_in_composed_form(store: Store) -> None:
    bring(store, "ozg_id,title,theme\n10110,Mu\u0308ll,Umwelt\n")
    assert rows(store, "ozg_service", "title") == [("Müll",)]


@pytest.mark.parametrize("table", TABLES)
def test_the_header_tells_the_table(table: str) -> None:
    columns = columns_of(table)
    assert table_of(name for name, _ in columns) == table
    assert table_of(name.upper() for name, required in columns if required) == table


@pytest.mark.parametrize("header", [[], ["a", "b"], ["ozg_id"], ["ars", "name"]])
def test_a_header_that_fits_no_table_is_refused(header: list[str]) -> None:
    with pytest.raises(ImportRejected, match="import_table_unclear"):
        table_of(header)


def test_a_table_named_by_hand_wins_over_the_header(small_store: Store) -> None:
    refused = refusal(small_store, OZG, "leika_service")
    assert refused.code == "import_rejected"
    assert (1, "import_missing_column") in refused.lines


def test_columns_of_the_files_are_documented() -> None:
    page = (DOCS / "referenztabellen.md").read_text(encoding="utf-8")
    for table in TABLES:
        row = next(line for line in page.splitlines() if line.startswith(f"| `{table}` |"))
        listed = row.rpartition("|")[0].rpartition("|")[2]
        wanted = [f"`{name}`" if required else f"(`{name}`)" for name, required in columns_of(table)]
        assert listed.strip() == ", ".join(wanted)


# --- refusals --------------------------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize(
    ("content", "line", "code"),
    [
        ("", 1, "import_empty"),
        ("\n\n", 1, "import_empty"),
        ('ozg_id,title,theme\n10110,"Müll,Umwelt\n', 2, "import_csv"),
    ],
)
def test_what_is_no_csv_is_refused_in_one_line(store: Store, content: str, line: int, code: str) -> None:
    refused = refusal(store, content)
    assert (refused.code, refused.lines) == ("import_unreadable", [(line, code)])


def test_a_file_in_another_encoding_is_refused_with_its_line(store: Store) -> None:
    data = "ozg_id,title,theme\n10110,Abfall,Umwelt\n10124,Müll,Umwelt\n".encode("cp1252")
    with pytest.raises(ImportRejected) as caught:
        import_reference(store, None, data, origin="a", licence="b", as_of="2026-01-01", replace=False)
    assert [(error.line, error.code) for error in caught.value.errors] == [(3, "import_not_utf8")]


def test_a_file_that_is_too_large_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalogue.reference.csvfile.MAX_BYTES", 10)
    assert refusal(store, OZG).lines == [(1, "import_too_large")]


@on_sqlite
@pytest.mark.parametrize(
    ("content", "line", "code"),
    [
        ("ozg_id,title,theme,farbe\n", 1, "import_unknown_column"),
        ("ozg_id,title,theme,title\n", 1, "import_duplicate_column"),
        ("ozg_id,title,theme\n10110,Abfall\n", 2, "import_row_length"),
        ("ozg_id,title,theme\n10110,Abfall,Umwelt,mehr\n", 2, "import_row_length"),
        ("ozg_id,title,theme\n10110,a,b\n\n10110,c,d\n", 4, "import_duplicate_key"),
        ("ozg_id,title,theme\n20110,Abfall,Umwelt\n", 2, "ozg_id_format"),
        ("ozg_id,title,theme\n10110.0,Abfall,Umwelt\n", 2, "ozg_id_number"),
        ("ozg_id,title,theme\n10110,,Umwelt\n", 2, "import_value_missing"),
        ("ozg_id,title,theme\n10110,a\x00b,Umwelt\n", 2, "import_control_character"),
        (f"ozg_id,title,theme\n10110,{'x' * 2001},Umwelt\n", 2, "import_too_long"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_imported(
    store: Store, content: str, line: int, code: str
) -> None:
    refused = refusal(store, content, "ozg_service")
    assert (refused.code, refused.lines) == ("import_rejected", [(line, code)])


@on_sqlite
@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("99001002000000,a,2/3,19999,0,0", "import_unknown_ozg"),
        ("9.91E+13,a,2/3,10110,0,0", "leika_key_number"),
        ("9900100200000,a,2/3,10110,0,0", "leika_key_format"),
        ("99001002000000,a,Bund,10110,0,0", "import_form"),
        (f"99001002000000,a,{'|'.join(str(n) for n in range(30))},10110,0,0", "import_too_long"),
        ("99001002000000,a,2/3,10110,vielleicht,0", "import_choice"),
    ],
)
def test_a_wrong_leika_service_is_refused(small_store: Store, row: str, code: str) -> None:
    refused = refusal(small_store, f"leika_key,name,types,ozg_id,sdg1,sdg2\n{row}\n")
    assert refused.lines == [(2, code)]


@on_sqlite
@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("gemeinde,055620999999,x,055629000000", "import_unknown_parent"),
        ("kreis,055620000000,x,055620000000", "import_unknown_parent"),
        ("gemeinde,0500000000000,x,050000000000", "ars_format"),
        ("gemeinde,05562014,x,050000000000", "ars_is_ags"),
        ("stadt,055620999999,x,050000000000", "import_choice"),
        ("kreis,055620999999,x,050000000000", "import_level_mismatch"),
        ("bund,050000000000,x,", "import_level_mismatch"),
        ("gemeinde,000000000000,x,050000000000", "import_level_mismatch"),
        ("gemeinde,055620999999,x,", "import_value_missing"),
    ],
)
def test_a_wrong_area_is_refused(small_store: Store, row: str, code: str) -> None:
    assert refusal(small_store, f"level,ars,name,parent_ars\n{row}\n").lines == [(2, code)]


@on_sqlite
@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("ags", "05999999", "import_ags_mismatch"),
        ("population", "viele", "import_form"),
        ("population", "9999999999", "import_form"),
        ("plz", "4596", "import_form"),
        ("kreisfrei", "halb", "import_choice"),
        ("municipal_status", "Große Stadt", "import_form"),
    ],
)
def test_a_wrong_fact_about_an_area_is_refused(
    small_store: Store, column: str, value: str, code: str
) -> None:
    content = f"level,ars,name,parent_ars,{column}\nkreis,055630000000,Neu,050000000000,{value}\n"
    assert refusal(small_store, content).lines == [(2, code)]


def test_a_parent_that_the_file_abolishes_is_no_parent(small_store: Store) -> None:
    lines = AREAS.splitlines(keepends=True)
    without_kreis = "".join(line for line in lines if ",Recklinghausen," not in line)
    assert refusal(small_store, without_kreis, replace=True).lines == [(4, "import_unknown_parent")]


@on_sqlite
@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("land,ozg_id,primary_tier,confidence\n05,10110,stadt,hoch\n", "import_choice"),
        ("land,ozg_id,primary_tier,confidence\n05,10110,kreis,sehr\n", "import_choice"),
        ("land,ozg_id,primary_tier,confidence\n17,10110,kreis,hoch\n", "import_form"),
        ("type,meaning,regulation,execution,municipal\n2c,x,,,\n", "import_form"),
        ("ars,name,own,confidence\n05562,x,1,hoch\n055620000000,y,1,hoch\n", "import_duplicate_key"),
    ],
)
def test_wrong_words_and_keys_of_the_other_tables_are_refused(
    small_store: Store, content: str, code: str
) -> None:
    assert [found for _, found in refusal(small_store, content).lines] == [code]


def test_an_ozg_service_in_use_cannot_be_replaced_away(small_store: Store) -> None:
    refused = refusal(small_store, "ozg_id,title,theme\n10124,Wohnsitz,Wohnen\n", replace=True)
    assert refused.lines == [(1, "import_in_use")]


def test_an_ozg_service_that_nothing_refers_to_can_be_replaced_away(small_store: Store) -> None:
    result = bring(small_store, "ozg_id,title,theme\n10110,Abfallentsorgung,Umwelt\n", replace=True)
    assert (result.unchanged, result.removed) == (1, 1)


def test_all_errors_of_a_file_are_named_in_the_order_of_lines(small_store: Store) -> None:
    content = "level,ars,name,parent_ars\nland,06,,\nort,1,x,y\nkreis,055620000000,Neu,050000000000\n"
    refused = refusal(small_store, content)
    assert refused.lines == [
        (2, "import_value_missing"),
        (3, "import_choice"),
        (3, "ars_format"),
        (3, "ars_format"),
    ]
    assert refused.error.params["count"] == 4


def test_of_very_many_errors_the_first_are_kept_and_all_are_counted(store: Store) -> None:
    content = "ozg_id,title,theme\n" + "x,y,z\n" * 1_000
    refused = refusal(store, content)
    assert len(refused.lines) == ErrorList.KEPT
    assert refused.error.params["count"] == 1_000


@on_sqlite
@pytest.mark.parametrize("as_of", ["", "gestern", "2026-13-01", "20260101", "2026-1-1"])
def test_the_date_of_the_facts_must_be_a_date(store: Store, as_of: str) -> None:
    with pytest.raises(ImportRejected, match="import_as_of"):
        bring(store, OZG, as_of=as_of)


def test_the_origin_must_be_named(store: Store) -> None:
    with pytest.raises(ImportRejected, match="import_origin"):
        bring(store, OZG, origin="  ")


def test_an_unknown_table_is_refused(store: Store) -> None:
    with pytest.raises(ImportRejected, match="import_table_name"):
        bring(store, OZG, "services")
    with store.read() as connection, pytest.raises(ImportRejected, match="import_table_name"):
        releases(connection, "services")


@pytest.mark.parametrize("reference_store", ["sqlite"], indirect=True)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.text(max_size=300), st.binary(max_size=300)), table=st.sampled_from(TABLES))
def test_no_file_does_anything_but_get_imported_or_refused(
    reference_store: Store, content: str | bytes, table: str
) -> None:
    header = ",".join(name for name, _ in columns_of(table)).encode() + b"\n"
    data = header + (content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
    outcome = outcome_of(reference_store, data)
    assert outcome.errors if isinstance(outcome, ImportRejected) else outcome.table == table


def outcome_of(store: Store, data: bytes) -> ImportResult | ImportRejected:
    try:
        return import_reference(store, None, data, origin="a", licence="b", as_of="2026-01-01", replace=False)
    except ImportRejected as rejected:
        return rejected


@given(
    st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=2, max_size=4), min_size=1)
)
def test_what_a_csv_writer_wrote_is_read_back(table: list[list[str]]) -> None:
    cells = [["a", "b"], *([cell.replace("\r", "") for cell in row] for row in table)]
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(cells)
    found = read_csv(buffer.getvalue().encode())
    wanted = [row for row in cells[1:] if any(cell.strip() for cell in row)]
    assert [row for _, row in found.rows] == wanted
