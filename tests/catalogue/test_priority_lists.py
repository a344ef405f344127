from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.errors import ImportRejected
from catalogue.priority_lists import MOST_ROWS, Entry, PriorityList, read_lists, resolve
from catalogue.store import Store


def write(folder: Path, content: str | bytes, name: str = "rat.csv") -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_a_file_of_ids_is_a_list_of_its_name(tmp_path: Path) -> None:
    found = read_lists(write(tmp_path, "ozg_id\n10110\n10160\n", "beschluss 2026.csv"))
    assert found == {"beschluss_2026": (Entry("10110", ""), Entry("10160", ""))}


def test_a_file_from_a_german_spreadsheet_is_read(tmp_path: Path) -> None:
    text = "\ufeffOZG_ID;list;weight;origin;confidence\r\n10110;rat;0,5;Beschluss 3/2026;hoch\r\n;;;;\r\n"
    assert read_lists(write(tmp_path, text)) == {
        "rat": (Entry("10110", "", 0.5, "Beschluss 3/2026", "hoch"),)
    }


@pytest.mark.parametrize(
    ("content", "line", "code"),
    [
        ("ozg_id\n10110\nabc\n", 3, "ozg_id_format"),
        ("ozg_id\n10110.0\n", 2, "ozg_id_number"),
        ("leika_key\n9,91E+13\n", 2, "import_row_length"),
        ("ozg_id,weight\n10110,1.5\n", 2, "import_form"),
        ("ozg_id,weight\n10110,nan\n", 2, "import_form"),
        ("ozg_id,list\n10110,zwei worte\n", 2, "import_form"),
        ("ozg_id,leika_key,list\n,,rat\n", 2, "import_value_missing"),
        ("ozg_id,confidence\n10110,sicher\n", 2, "import_choice"),
        ("ozg_id\n10110,2\n", 2, "import_row_length"),
        ("titel\nHund\n", 1, "import_unknown_column"),
        ("list\nrat\n", 1, "import_missing_column"),
        ("ozg_id,ozg_id\n10110,10110\n", 1, "import_duplicate_column"),
        ("ozg_id\n" + "10110\n" * (MOST_ROWS + 1), MOST_ROWS + 2, "list_too_long"),
        ("", 1, "import_empty"),
        (b"ozg_id,origin\n10110,M\xfcll\n", 2, "import_not_utf8"),
    ],
)
def test_every_slip_is_refused_with_its_line(
    tmp_path: Path, content: str | bytes, line: int, code: str
) -> None:
    with pytest.raises(ImportRejected) as caught:
        read_lists(write(tmp_path, content))
    assert (line, code) in {(error.line, error.code) for error in caught.value.errors}


def test_all_slips_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ImportRejected) as caught:
        read_lists(write(tmp_path, "ozg_id\na\n10110\nb\n"))
    assert [error.line for error in caught.value.errors] == [2, 4]


def test_a_key_puts_its_bundle_on_the_list(reference_store: Store) -> None:
    lists = [PriorityList("rat", 0.5, entries=(Entry("", "99001009004000"), Entry("10160", "")))]
    with reference_store.read() as connection:
        found = resolve(connection, lists)
    assert found.of_service == {"10110": (("rat", 0.5),), "10160": (("rat", 0.5),)}


def test_of_several_entries_of_one_list_the_highest_weight_counts(reference_store: Store) -> None:
    entries = (Entry("10110", "", 0.2), Entry("10110", "", 0.7), Entry("", "99001009004000", 0.1))
    with reference_store.read() as connection:
        found = resolve(connection, [PriorityList("rat", 0.5, entries=entries), PriorityList("leer")])
    assert found.of_service == {"10110": (("rat", 0.7),)}


def test_entries_the_catalogue_lacks_are_named_and_not_lost(reference_store: Store) -> None:
    entries = (Entry("19999", ""), Entry("", "99999999999999"))
    with reference_store.read() as connection:
        found = resolve(connection, [PriorityList("rat", entries=entries)])
    assert found.unknown == (("rat", "19999"), ("rat", "99999999999999"))


def test_a_mark_of_the_catalogue_is_a_list(reference_store: Store) -> None:
    with reference_store.read() as connection:
        found = resolve(connection, [PriorityList("sdg", 0.6, flag="sdg2")])
    assert found.of_service["10124"] == (("sdg", 0.6),)
    assert "10110" not in found.of_service
