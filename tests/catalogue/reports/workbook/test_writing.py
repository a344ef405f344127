"""Workbooks for each area and the region: which files, written in one go, and nothing left behind."""

from __future__ import annotations

import gc
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from catalogue.reports.filters import RegionArea, areas_now
from catalogue.reports.workbook.writing import (
    file_name,
    is_area_file,
    region_file_name,
    write_workbook,
    write_workbooks,
)
from catalogue.texts import Texts
from tests.catalogue.reports.workbook.reading import NOW, question, read, rows, written

SMALL = ("Umwelt",)
GAPS = "Lücken"
on_sqlite = pytest.mark.parametrize("region_store", ["sqlite"], indirect=True)


def place(name: str, level: str = "gemeinde", ars: str = "055620014014") -> RegionArea:
    return RegionArea(1, ars, "", name, level, "", name)


class Files:
    """Files in memory, by name."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}

    @contextmanager
    def opened(self, name: str) -> Iterator[BinaryIO]:
        stream = io.BytesIO()
        yield stream
        self.content[name] = stream.getvalue()


def test_each_area_has_its_workbook_and_the_region_one(region: Connection) -> None:
    files = Files()
    asked = question(themes=SMALL)
    done = list(write_workbooks(region, asked, Texts("de"), files.opened, whole=True))
    assert [one.file for one in done] == [
        "bottrop-gemeinde-055120000000.xlsx",
        "gladbeck-gemeinde-055620014014.xlsx",
        "recklinghausen-gemeinde-055620032032.xlsx",
        "recklinghausen-kreis-055620000000.xlsx",
        "region-probenregion.xlsx",
    ]
    assert [one.done for one in done] == [1, 2, 3, 4, 5]
    assert {one.total for one in done} == {5}
    assert set(files.content) == {one.file for one in done}
    # What is counted while writing is what the files hold.
    *areas, whole = done
    assert sum(one.rows["gaps"] for one in areas) == whole.rows["gaps"] == len(rows_of(files, whole.file))
    assert whole.rows["gaps"] > 0


def rows_of(files: Files, name: str) -> list[dict[str, object]]:
    return rows(read(files.content[name])[GAPS])


@on_sqlite
def test_a_workbook_of_many_is_the_same_as_one_alone(region: Connection) -> None:
    files = Files()
    list(write_workbooks(region, question(themes=SMALL), Texts("de"), files.opened, whole=False))
    alone = read(written(region, question(areas=("Gladbeck",), themes=SMALL)))
    assert rows_of(files, "gladbeck-gemeinde-055620014014.xlsx") == rows(alone[GAPS])


@on_sqlite
def test_without_the_whole_there_is_no_workbook_of_the_region(region: Connection) -> None:
    files = Files()
    asked = question(areas=("Gladbeck",), themes=SMALL)
    list(write_workbooks(region, asked, Texts("de"), files.opened, whole=False))
    assert list(files.content) == ["gladbeck-gemeinde-055620014014.xlsx"]


class Full(io.BytesIO):
    """A stream on a full disk."""

    def write(self, data: object, /) -> int:
        raise OSError(28, "No space left on device")


class Buffered(io.BytesIO):
    """A stream on a full disk that takes everything until its buffer is emptied."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        raise OSError(28, "No space left on device")

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


@on_sqlite
@pytest.mark.parametrize("stream", [Full, Buffered])
def test_a_full_disk_is_told_as_such_and_leaves_no_temporary_files(
    region: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: type[io.BytesIO]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    asked = question(areas=("Gladbeck",), themes=SMALL)
    with pytest.raises(OSError, match="No space left"):
        write_workbook(region, asked, Texts("de"), stream())
    gc.collect()  # an archive that is still written to now would be an error
    assert list(tmp_path.iterdir()) == []


@on_sqlite
def test_whoever_stops_in_the_middle_leaves_nothing_behind(
    region: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    files = Files()
    writing = write_workbooks(region, question(themes=SMALL), Texts("de"), files.opened, whole=True)
    assert next(iter(writing)).done == 1
    assert list(tmp_path.iterdir()) != []
    writing.close()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Gladbeck", "gladbeck-gemeinde-055620014014.xlsx"),
        ("Mülheim an der Ruhr", "muelheim-an-der-ruhr-gemeinde-055620014014.xlsx"),
        ("Bad Groß-Łódź", "bad-gross-odz-gemeinde-055620014014.xlsx"),
        ("../../etc/passwd", "etc-passwd-gemeinde-055620014014.xlsx"),
        ("CON", "con-gemeinde-055620014014.xlsx"),
        ("", "gebiet-gemeinde-055620014014.xlsx"),
        ("\u202e\x00", "gebiet-gemeinde-055620014014.xlsx"),
    ],
)
def test_a_file_is_named_after_its_area(name: str, file: str) -> None:
    assert file_name(place(name)) == file


@given(st.text(st.characters(), max_size=200))
def test_any_name_gives_a_safe_file_name(name: str) -> None:
    for file in (file_name(place(name)), region_file_name(name)):
        assert file.isascii()
        assert len(file) < 120
        assert Path(file).name == file
        assert not file.startswith((".", "-"))
    assert is_area_file(file_name(place(name)))
    assert not is_area_file(region_file_name(name)) or "-gemeinde-" in name


def test_a_city_that_is_a_kreis_as_well_has_two_files() -> None:
    assert file_name(place("Bottrop")) != file_name(place("Bottrop", "kreis"))


def test_files_of_others_are_none_of_ours() -> None:
    for name in ("notizen.xlsx", "gladbeck-gemeinde.xlsx", "gladbeck-stadt-055620014014.xlsx", "x.csv"):
        assert not is_area_file(name)


@on_sqlite
def test_the_areas_are_those_of_the_region(region: Connection) -> None:
    files = Files()
    list(write_workbooks(region, question(NOW, themes=SMALL), Texts("en"), files.opened, whole=False))
    assert list(files.content) == [file_name(one) for one in areas_now(region)]
