"""Reading the region file: what it may say, and how it says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors import delimited
from connectors.contract import kinds
from connectors.listing_settings import ListSettings
from sync.region import LARGEST_FILE, AreaEntry, RegionError, RegionFileError, read_region

ENCODINGS = ", ".join(sorted(delimited.ENCODINGS))
REGION = """\
[region]
name = "Probe"
areas = ["05512000"]
"""
SOURCE = """
[[source]]
id = "portal"
type = "list"
location = "portal.csv"
columns = { area = "Gebiet", key = "LeiKa" }
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "region.toml"


def errors_of(path: Path, text: str | bytes) -> list[RegionError]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RegionFileError) as caught:
        read_region(path)
    assert caught.value.path == path
    return caught.value.errors


def test_a_region_has_a_name_areas_and_sources_in_the_order_of_the_file(path: Path) -> None:
    path.write_text(
        """\
        [region]
        name = "Emscher-Lippe"
        areas = [
            "055120000000",
            { name = "Gladbeck", level = "gemeinde" },
            { children_of = "055620000000" },
        ]
        """
        + SOURCE
        + SOURCE.replace("portal", "umfrage"),
        encoding="utf-8",
    )

    region = read_region(path)

    assert region.name == "Emscher-Lippe"
    assert region.areas == (
        AreaEntry(key="055120000000"),
        AreaEntry(name="Gladbeck", level="gemeinde"),
        AreaEntry(children_of="055620000000"),
    )
    assert [source.id for source in region.sources] == ["portal", "umfrage"]


def test_a_region_without_sources_is_a_region(path: Path) -> None:
    path.write_text(REGION, encoding="utf-8")

    assert read_region(path).sources == ()


def test_a_byte_order_mark_is_no_error(path: Path) -> None:
    path.write_text(REGION, encoding="utf-8-sig")

    assert read_region(path).name == "Probe"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("portal.csv", "{folder}/portal.csv"),
        ("../portal.csv", "{parent}/portal.csv"),
        ("/srv/portal.csv", "/srv/portal.csv"),
        ("https://portal.example/list.csv", "https://portal.example/list.csv"),
        ("~no-such-account/portal.csv", "~no-such-account/portal.csv"),
    ],
)
def test_paths_are_relative_to_the_region_file(path: Path, written: str, meant: str) -> None:
    path.write_text(REGION + SOURCE.replace("portal.csv", written), encoding="utf-8")

    settings = read_region(path).sources[0]

    assert isinstance(settings, ListSettings)
    folder = path.parent.resolve()
    assert settings.location == meant.format(folder=folder, parent=folder.parent)


FILES_THAT_CANNOT_BE_READ = {
    "region_encoding": b'[region]\nname = "M\xfcnster"\n',
    "region_too_large": b"#" * (LARGEST_FILE + 1),
}


@pytest.mark.parametrize("code", FILES_THAT_CANNOT_BE_READ)
def test_a_file_that_is_no_text_or_too_much_of_it_is_refused_as_a_whole(path: Path, code: str) -> None:
    assert errors_of(path, FILES_THAT_CANNOT_BE_READ[code]) == [RegionError(0, "", code, {})]


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(RegionFileError) as caught:
        read_region(path)

    assert caught.value.path == path
    assert caught.value.errors == [RegionError(0, "", "region_absent", {})]


@pytest.mark.parametrize("name", [".", "with\0nul"])
def test_a_path_that_is_no_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(RegionFileError) as caught:
        read_region(tmp_path / name)

    (error,) = caught.value.errors
    assert error.code == "region_unreadable"
    assert error.params["why"]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ('[region]\nname = "Probe', 2, "Unterminated string"),
        ('[region]\nname = "A"\nname = "B"', 3, "Cannot overwrite a value"),
        ("[region]\nareas = [05512000]", 2, "Unclosed array"),
        (f"number = {'9' * 5_000}", 0, "A number is too long"),
        ("list = " + "[" * 5_000, 0, "Too many brackets inside each other"),
    ],
)
def test_what_is_no_toml_is_reported_with_its_line(path: Path, text: str, line: int, why: str) -> None:
    (error,) = errors_of(path, text)

    assert (error.line, error.key, error.code) == (line, "", "region_syntax")
    assert error.params == {"why": why}


#: code -> what stands in the file instead of the table [region], line and key of the error, parameters
REGION_ERRORS: dict[str, tuple[str, int, str, dict[str, str | int]]] = {
    "region_table_missing": ("", 0, "region", {}),
    "region_key_missing": ('[region]\nname = "Probe"', 1, "areas", {}),
    "region_unknown_key": (REGION + "colour = 1", 4, "colour", {"known": "name, areas"}),
    "region_unknown_key_near": (REGION + "nmae = 1", 4, "nmae", {"near": "name"}),
    "region_value_empty": ('[region]\nname = ""\nareas = ["05"]', 2, "name", {}),
    "region_value_text": ('[region]\nname = 5\nareas = ["05"]', 2, "name", {}),
    "region_value_list": ('[region]\nname = "A"\nareas = "05512"', 3, "areas", {}),
    "region_control_character": ('[region]\nname = "A\\u0000"\nareas = ["05"]', 2, "name", {}),
}


@pytest.mark.parametrize("code", REGION_ERRORS)
def test_an_error_of_the_region_has_line_and_key(path: Path, code: str) -> None:
    text, line, key, params = REGION_ERRORS[code]

    assert errors_of(path, text + SOURCE) == [RegionError(line, key, code, params)]


@pytest.mark.parametrize(
    ("entry", "key", "code"),
    [
        ("5512000", "areas.0.key", "region_value_text"),
        ('["05512000"]', "areas.0.key", "region_value_text"),
        ("{ key = 5512000 }", "areas.0.key", "region_value_text"),
        ('""', "areas.0", "region_area_entry"),
        ('{ level = "kreis" }', "areas.0", "region_area_entry"),
        ('{ name = "Gladbeck", key = "05562014" }', "areas.0", "region_area_entry"),
        ('{ key = "05512", level = "kreis" }', "areas.0", "region_area_entry"),
        ('{ name = "Gladbeck", level = "stadt" }', "areas.0.level", "region_value_choice"),
        ('{ name = "Gladbeck", land = "NW" }', "areas.0.land", "region_value_pattern"),
        ('{ name = "Gladbeck", levle = "gemeinde" }', "areas.0.levle", "region_unknown_key_near"),
    ],
)
def test_an_area_is_a_key_or_a_name_with_level_or_all_children(
    path: Path, entry: str, key: str, code: str
) -> None:
    (error,) = errors_of(path, f'[region]\nname = "Probe"\nareas = [\n{entry},\n]\n')

    # The entry stands one line below, but TOML readers do not tell; the array's line does.
    assert (error.line, error.key, error.code) == (3, key, code)


def test_no_areas_are_an_error_of_their_own(path: Path) -> None:
    assert errors_of(path, '[region]\nname = "Probe"\nareas = []') == [
        RegionError(3, "areas", "region_value_empty", {})
    ]


KINDS = ", ".join(sorted({*kinds(), "fake"}))
#: code -> what stands in the table of the source instead of what, key of the error, parameters
SOURCE_ERRORS: dict[str, tuple[str, str, str, dict[str, str | int]]] = {
    "region_source_type": ('"list"', '"lsit"', "type", {"given": "lsit", "known": KINDS}),
    "region_unknown_key_near": ("location", "locaton", "locaton", {"near": "location"}),
    "region_value_pattern": (
        '"portal"',
        '"Mein Portal"',
        "id",
        {"pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"},
    ),
    "region_value_empty": ('"portal.csv"', '""', "location", {}),
    "region_value_text": ('"portal.csv"', "5", "location", {}),
    "region_value_table": ('{ area = "Gebiet", key = "LeiKa" }', '"Gebiet"', "columns", {}),
    "setting_location": ('"portal.csv"', '"ftp://portal.example/"', "location", {}),
    "region_control_character": ("portal.csv", "\\u001b[31m", "location", {}),
}


@pytest.mark.parametrize("code", SOURCE_ERRORS)
def test_an_error_of_a_source_has_line_and_key(path: Path, code: str) -> None:
    before, after, key, params = SOURCE_ERRORS[code]
    text = REGION + SOURCE.replace(before, after)
    line = next(number for number, line in enumerate(text.splitlines(), 1) if number > 4 and after in line)

    found = [error for error in errors_of(path, text) if error.code == code]

    assert found == [RegionError(line, key, code, params)]


@pytest.mark.parametrize(
    ("setting", "code", "params"),
    [
        ("trust = 101", "region_value_most", {"limit": "100"}),
        ("trust = -1", "region_value_least", {"limit": "0"}),
        ('trust = "high"', "region_value_number", {}),
        ("trust = 1.5", "region_value_number", {}),
        ("allowed_growth = 1", "region_value_greater", {"limit": "1.0"}),
        ("allowed_shrink = 1.1", "region_value_most", {"limit": "1.0"}),
        ('allowed_shrink = "viel"', "region_value_number", {}),
        ("allowed_shrink = [1]", "region_value_number", {}),
        ("stale_after_hours = 0", "region_value_least", {"limit": "1"}),
        ("stale_after_hours = 99999999999", "region_value_most", {"limit": "87600"}),
        ('complete = "vielleicht"', "region_value_bool", {}),
        ("complete = [1]", "region_value_bool", {}),
        ('silence = "loud"', "region_value_choice", {"choices": "'absence', 'nothing'"}),
        ('areas = "05512"', "region_value_list", {}),
        ('encoding = "ebcdic"', "setting_encoding", {"known": ENCODINGS}),
    ],
)
def test_a_value_that_cannot_be_is_explained(
    path: Path, setting: str, code: str, params: dict[str, str | int]
) -> None:
    text = f"{REGION}{SOURCE}{setting}\n"
    key = setting.partition(" ")[0]

    assert errors_of(path, text) == [RegionError(len(text.splitlines()), key, code, params)]


def test_a_key_inside_a_table_of_the_source_has_the_tables_line(path: Path) -> None:
    text = REGION + SOURCE + '[source.status_values]\n"geht" = "ja"\n'

    (error,) = errors_of(path, text)

    assert (error.line, error.key, error.code) == (11, "status_values.geht", "region_value_choice")


def test_a_wrong_field_of_a_mapping_is_named(path: Path) -> None:
    (error,) = errors_of(path, REGION + SOURCE.replace("{ area", "{ gebiet = 'x', area"))

    assert (error.line, error.key, error.code) == (9, "columns.gebiet", "region_value_choice")


def test_settings_that_contradict_each_other_have_the_line_of_their_source(path: Path) -> None:
    (error,) = errors_of(path, REGION + SOURCE.replace('area = "Gebiet", ', ""))

    assert error == RegionError(5, "", "setting_no_area", {})


def test_an_error_without_message_of_its_own_is_told_in_its_own_words(path: Path) -> None:
    source = '[[source]]\nid = "a"\ntype = "fake"\ncolour = "red"\n'

    assert errors_of(path, REGION + source) == [
        RegionError(7, "colour", "region_value", {"why": "sources have no colour"})
    ]


def test_two_sources_cannot_have_one_id(path: Path) -> None:
    assert errors_of(path, REGION + SOURCE + SOURCE) == [
        RegionError(12, "id", "region_source_twice", {"id": "portal"})
    ]


@pytest.mark.parametrize(
    ("table", "line"),
    [('source = "portal"\n' + REGION, 1), ("source = [5]\n" + REGION, 1), (REGION + "[source]\nid = 'a'", 4)],
)
def test_sources_stand_in_double_brackets(path: Path, table: str, line: int) -> None:
    assert errors_of(path, table) == [RegionError(line, "source", "region_source_brackets", {})]


@pytest.mark.parametrize("given", ["", "type = 5", "type = ['list']"])
def test_a_source_without_usable_type_says_so(path: Path, given: str) -> None:
    (error,) = errors_of(path, REGION + SOURCE.replace('type = "list"', given))

    assert (error.key, error.code, error.params["given"]) == ("type", "region_source_type", "–")
    assert error.line in {5, 7}


def test_a_table_of_unknown_name_is_named_with_the_nearest_one(path: Path) -> None:
    assert errors_of(path, REGION + "[[sources]]\nid = 'a'\n") == [
        RegionError(4, "sources", "region_unknown_key_near", {"near": "source"})
    ]


def test_long_and_broken_names_are_shown_short_and_on_one_line(path: Path) -> None:
    (error,) = errors_of(path, REGION + f'"a\\n{"b" * 1_000}" = 1\n')

    assert error.key == f"a {'b' * 57}…"


def test_all_errors_are_reported_at_once_in_the_order_of_the_file(path: Path) -> None:
    text = REGION.replace('"Probe"', '""') + SOURCE.replace('"list"', '"lst"') + "\n[sorce]\n"

    assert [(error.line, error.code) for error in errors_of(path, text)] == [
        (2, "region_value_empty"),
        (7, "region_source_type"),
        (11, "region_unknown_key_near"),
    ]


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_value_is_found_again_for_later_errors(path: Path, quote: str) -> None:
    path.write_text(REGION.replace('"05512000"', f"{quote} 05512000{quote}"), encoding="utf-8")
    region = read_region(path)

    assert region.named().line_of("05512000") == 3
    assert region.named().line_of("05512001") == 0


def test_lines_are_those_that_editors_count(path: Path) -> None:
    # Form feed and U+2028 end a line for Python, but for no editor and no TOML reader.
    text = '# \u2028 \u0085\n[region]\r\nname = "a\u2028b"\nareas = 5\n'

    assert errors_of(path, text) == [RegionError(4, "areas", "region_value_list", {})]
