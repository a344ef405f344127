"""Whatever stands in a region file: it is read, or refused with errors that have a known code."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue import messages
from catalogue.levels import LEVELS
from catalogue.messages import LANGUAGES
from catalogue.store import Store, open_store
from sync.region import AreaEntry, Region, RegionError, RegionFileError, read_region
from sync.register import plan
from tests.sync.conftest import Miniatures
from tests.sync.fakes import FakeSettings

VALID = """\
[region]
name = "Probe"
areas = [
    "055120000000",
    { name = "Gladbeck", level = "gemeinde" },
    { children_of = "055620000000" },
]

[[source]]
id = "portal"
type = "list"
location = "portal.csv"
trust = 70
silence_themes = ["Bauen & Wohnen"]
columns = { area = "Gebiet", key = "LeiKa" }

[source.status_values]
"geht" = "online"

[[source]]
id = "stadt"
type = "xzufi"
location = "https://stadt.example/index.txt"
areas = ["05512000"]
allowed_shrink = 0.25
"""
LINES = VALID.splitlines(keepends=True)
#: Values of every type TOML has, harmless and not.
VALUES = [
    "1", "-1", "1.5", "nan", "inf", "1e400", "9" * 400, "true", '""', '"x"', '"\\u0000"', "'~x'", "[]",
    "[[]]", '["05512000", 5]', "{}", '{ a = "x" }', "2025-01-01", "07:00:00", '"""\n"""', "[" * 90 + "]" * 90,
]  # fmt: skip
KEYS = st.sampled_from(
    sorted(
        {line.partition("=")[0].strip() for line in LINES if "=" in line} | {"minimum", "land", "encoding"}
    )
)


def read(text: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "region.toml"
        path.write_bytes(text)
        errors = errors_of(path)
    for error in errors:
        for language in LANGUAGES:
            assert messages.text(language, f"error.{error.code}", **error.params)
        assert 0 <= error.line <= text.count(b"\n") + 1
        assert "\n" not in error.key


def errors_of(path: Path) -> list[RegionError]:
    """Return the errors of a file; none if it is a region."""
    try:
        region = read_region(path)
    except RegionFileError as refused:
        return refused.errors
    assert region.name
    assert region.areas
    return []


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    read(text.encode("utf-8", "surrogatepass"))


@given(st.binary())
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    read(content)


@given(st.integers(0, len(VALID)), st.integers(0, 40), st.text(max_size=20))
def test_a_valid_file_with_a_piece_replaced_is_read_or_refused(start: int, length: int, piece: str) -> None:
    read((VALID[:start] + piece + VALID[start + length :]).encode("utf-8", "surrogatepass"))


@given(st.permutations(range(len(LINES))), st.integers(0, len(LINES)))
def test_a_valid_file_with_its_lines_in_disorder_is_read_or_refused(order: list[int], count: int) -> None:
    read("".join(LINES[number] for number in order[:count]).encode())


@settings(max_examples=300)
@given(st.integers(0, len(LINES)), KEYS, st.sampled_from(VALUES))
def test_a_valid_file_with_any_value_for_any_key_is_read_or_refused(line: int, key: str, value: str) -> None:
    read("".join([*LINES[:line], f"{key} = {value}\n", *LINES[line:]]).encode())


@settings(max_examples=300)
@given(st.sampled_from([n for n, line in enumerate(LINES) if " = " in line]), st.sampled_from(VALUES))
def test_a_valid_file_with_one_value_exchanged_is_read_or_refused(number: int, value: str) -> None:
    key = LINES[number].partition(" = ")[0]
    read("".join([*LINES[:number], f"{key} = {value}\n", *LINES[number + 1 :]]).encode())


@pytest.fixture(scope="module")
def store(miniatures: Miniatures, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Give the small reference; nothing is written to it."""
    opened = open_store(miniatures.sqlite(tmp_path_factory.mktemp("hostile")))
    yield opened
    opened.close()


SAID = st.text(min_size=1).filter(str.strip) | st.from_regex(r"0?5[0-9]{3,12}", fullmatch=True)
ENTRIES = st.one_of(
    st.builds(AreaEntry, key=SAID),
    st.builds(AreaEntry, children_of=SAID),
    st.builds(AreaEntry, name=SAID),
    st.builds(AreaEntry, name=SAID, level=st.sampled_from(LEVELS), land=st.sampled_from(["05", "99"])),
)


@given(st.lists(ENTRIES, min_size=1, max_size=3), st.lists(SAID, max_size=1), st.lists(SAID, max_size=1))
def test_whatever_areas_and_themes_are_called_they_are_found_or_refused(
    store: Store, entries: list[AreaEntry], areas: list[str], themes: list[str]
) -> None:
    source = FakeSettings(id="portal", type="fake", areas=tuple(areas), silence_themes=tuple(themes))
    region = Region(Path("region.toml"), "Probe", tuple(entries), (source,), f"areas = {areas}\n")
    with store.read() as connection:
        try:
            found: list[object] = [*plan(connection, region).areas]
        except RegionFileError as refused:
            found = [*refused.errors]
    assert found
