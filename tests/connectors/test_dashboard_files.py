"""Files downloaded from the dashboard: CSV, XLSX and JSON, and when they are all of it."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from catalogue.records import Completeness, Evidence, Record
from connectors.assignment import AssignedArea, Assignment
from connectors.contract import fetch
from connectors.dashboard_rows import cells_of, read_row
from connectors.errors import AbortRun, RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from tests.connectors.dashboard_asking import (
    BOTTROP,
    DOGS,
    GLADBECK,
    KREIS,
    WASTE,
    asked,
    connector,
    issues,
    offerings,
)
from tests.connectors.dashboard_server import as_csv, row

FILE_ROWS = [row(WASTE, GLADBECK), row(DOGS, KREIS), row(WASTE, BOTTROP)]


def from_file(fetcher: Fetcher, path: Path, **settings: object) -> list[Record]:
    folder = path.parent / "work"
    folder.mkdir(exist_ok=True)
    areas = Assignment(areas=(AssignedArea(GLADBECK, "gemeinde", "Gladbeck"),))
    return list(fetch(connector(fetcher, location=str(path), **settings), folder, areas))


@pytest.mark.parametrize("form", ["csv", "json", "rows", "xlsx"])
def test_a_downloaded_file_says_what_concerns_the_areas(fetcher: Fetcher, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"dashboard.{form}"
    if form == "csv":
        path.write_bytes(as_csv(FILE_ROWS, ";"))
    elif form == "json":
        path.write_text(
            json.dumps({"content": FILE_ROWS, "last": True, "totalElements": 3}), encoding="utf-8"
        )
    elif form == "rows":
        path.write_text(json.dumps(FILE_ROWS), encoding="utf-8")
    else:
        workbook = openpyxl.Workbook()
        assert workbook.active is not None
        workbook.active.append(list(FILE_ROWS[0]))
        for one_row in FILE_ROWS:
            workbook.active.append(list(one_row.values()))
        workbook.save(tmp_path / "dashboard.tmp.xlsx")
        (tmp_path / "dashboard.tmp.xlsx").rename(path)
    records = from_file(fetcher, path)
    assert [(found.area, found.service.keys[0]) for found in offerings(records)] == [
        (GLADBECK, WASTE),
        (KREIS, DOGS),
    ]
    assert {found.evidence[-1] for found in offerings(records)} == {Evidence("dashboard_ozg", "10110")}
    assert asked(records) == {GLADBECK: "1"}
    assert records[-1] == Completeness("everything")


def test_an_area_that_a_file_does_not_show_was_asked_for_only_if_the_settings_name_it(
    fetcher: Fetcher, tmp_path: Path
) -> None:
    path = tmp_path / "dashboard.csv"
    path.write_bytes(as_csv([row(DOGS, KREIS)]))
    assert asked(from_file(fetcher, path)) == {}
    assert asked(from_file(fetcher, path, areas=(GLADBECK,))) == {GLADBECK: "0"}


def test_other_headers_can_be_named(fetcher: Fetcher, tmp_path: Path) -> None:
    path = tmp_path / "dashboard.csv"
    path.write_bytes(as_csv(FILE_ROWS, ";").replace(b"leika_key;", b"LeiKa-Key;", 1))
    assert offerings(from_file(fetcher, path, columns={"leika_key": "LeiKa-Key"}))
    with pytest.raises(AbortRun, match="list_column_missing"):
        from_file(fetcher, path)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (as_csv(FILE_ROWS)[:-30], "dashboard_cut_off"),
        (json.dumps({"content": FILE_ROWS, "last": False}).encode(), "dashboard_one_page"),
        (json.dumps({"content": FILE_ROWS, "totalElements": 9}).encode(), "dashboard_one_page"),
        (json.dumps({"content": FILE_ROWS, "number": 2}).encode(), "dashboard_one_page"),
    ],
)
def test_a_file_that_is_not_all_of_it_is_a_part(
    fetcher: Fetcher, tmp_path: Path, content: bytes, kind: str
) -> None:
    path = tmp_path / "dashboard"
    path.write_bytes(content)
    records = from_file(fetcher, path)
    assert kind in issues(records)
    assert asked(records) == {}
    assert records[-1] == Completeness("part")


def test_a_file_that_is_not_there_may_come_back(fetcher: Fetcher, tmp_path: Path) -> None:
    with pytest.raises(RetryLater, match="dashboard_not_found"):
        from_file(fetcher, tmp_path / "fehlt.csv")
    with pytest.raises(AbortRun, match="dashboard_no_file"):
        connector(fetcher, location=str(tmp_path)).check()


def test_a_check_of_a_file_says_that_it_is_there(fetcher: Fetcher, tmp_path: Path) -> None:
    path = tmp_path / "dashboard.csv"
    path.write_bytes(as_csv(FILE_ROWS))
    assert connector(fetcher, location=str(path)).check().code == "dashboard_file"


def test_a_file_larger_than_allowed_is_refused(fetcher: Fetcher, tmp_path: Path) -> None:
    path = tmp_path / "dashboard.csv"
    path.write_bytes(as_csv(FILE_ROWS))
    with pytest.raises(RejectDelivery, match="list_too_large"):
        from_file(fetcher, path, max_bytes=100)


def test_a_key_that_a_workbook_rounded_is_left_out() -> None:
    assert cells_of({"leika_key": 9.9001009e13, "ars": GLADBECK, "ozgid": None})["leika_key"] != WASTE
    found, noticed = read_row(cells_of({"leika_key": "9,9001E+13", "ars": GLADBECK}), "#1")
    assert found is None
    assert noticed
