"""The routes of the federal dashboard: its paths, parameters and fields, with our rows."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from catalogue.store import open_store
from catalogue.tables import cell, leika_service
from tests.cli.serve.asking import Browser, browsing

TEXT, NUMBER, TRUTH = str, int, bool
#: The fields of the published description, with their types; these may be null there.
ROW: dict[str, type] = {
    "leika_key": TEXT,
    "leika_name": TEXT,
    "ars": TEXT,
    "ars_name": TEXT,
    "ars_federal_state": TEXT,
    "bundesland": TEXT,
    "leika_bezeichnung": TEXT,
    "ozgid": NUMBER,
    "ozg_bezeichnung": TEXT,
    "url": TEXT,
    "online_status": TEXT,
    "aktiv": TEXT,
    "art_flaechendeckung": TEXT,
}
NULLABLE = {
    "ars_name", "ars_federal_state", "bundesland", "leika_bezeichnung", "ozgid", "ozg_bezeichnung", "aktiv",
}  # fmt: skip
WORDS = {
    "online_status": {"ok", "nicht ok"},
    "aktiv": {"ja", "nein"},
    "art_flaechendeckung": {
        "bundesweit flächendeckend",
        "in mind. einer Kommune verfügbar",
        "landesweit flächendeckend",
        "kreisweit flächendeckend",
        "nicht in Auswertung berücksichtigt",
    },
}
SORT = {"sorted": TRUTH, "unsorted": TRUTH, "empty": TRUTH}
PAGEABLE: dict[str, Any] = {
    "paged": TRUTH,
    "unpaged": TRUTH,
    "pageNumber": NUMBER,
    "pageSize": NUMBER,
    "offset": NUMBER,
    "sort": SORT,
}
PAGE: dict[str, Any] = {
    "totalPages": NUMBER,
    "totalElements": NUMBER,
    "pageable": PAGEABLE,
    "numberOfElements": NUMBER,
    "size": NUMBER,
    "content": list,
    "number": NUMBER,
    "sort": SORT,
    "first": TRUTH,
    "last": TRUTH,
    "empty": TRUTH,
}
BOTTROP, GLADBECK, KREIS, LAND = "055120000000", "055620014014", "055620000000", "050000000000"


def require(found: dict[str, Any], fields: dict[str, Any], more: frozenset[str] = frozenset()) -> None:
    """Require an object to have exactly these fields, each of its type."""
    assert set(found) == set(fields) | more
    for name, kind in fields.items():
        if isinstance(kind, dict):
            require(found[name], kind)
        elif not (found[name] is None and name in NULLABLE):
            assert type(found[name]) is kind, name


def rows_of(browser: Browser, path: str) -> list[dict[str, Any]]:
    return list(browser.get(path, accept="application/json").json["content"])


@pytest.fixture(scope="module")
def whole(browser: Browser) -> list[dict[str, Any]]:
    """All rows of the region."""
    return rows_of(browser, "/v1/data?size=2000")


def test_a_page_has_the_fields_of_the_description(browser: Browser) -> None:
    page = browser.get("/v1/data?size=2").json
    require(page, PAGE, frozenset({"definition"}))
    assert len(page["content"]) == 2
    for row in page["content"]:
        require(row, ROW)
        for name, words in WORDS.items():
            assert row[name] in words


def test_an_area_list_has_the_fields_of_the_description(browser: Browser) -> None:
    page = browser.get("/v1/ars").json
    require(page, PAGE, frozenset({"definition"}))
    for row in page["content"]:
        require(row, {"ars": TEXT, "arsName": TEXT})
    names = {row["ars"]: row["arsName"] for row in page["content"]}
    assert names[GLADBECK] == "Gladbeck"
    assert {"000000000000", "050000000000"} <= set(names)


def test_rows_are_what_the_cells_call_online(synced_database: str, whole: list[dict[str, Any]]) -> None:
    store = open_store(synced_database)
    with store.read() as connection:
        online = set(
            connection.execute(
                select(cell.c.ozg_id).where(cell.c.status == "online", cell.c.satisfied_level != "")
            ).scalars()
        )
        bundles: dict[str, str] = dict(
            connection.execute(select(leika_service.c.leika_key, leika_service.c.ozg_id)).all()
        )
        assert connection.scalar(select(func.count()).where(cell.c.status == "online"))
    store.close()
    assert whole
    for row in whole:
        assert str(row["ozgid"]) == bundles[row["leika_key"]]
    assert {str(row["ozgid"]) for row in whole} == online


def test_every_answer_says_whose_figures_these_are(browser: Browser) -> None:
    for path in ("/v1/data", "/v1/ars", f"/v1/data/{BOTTROP}?filetype=csv"):
        assert "unofficial" in browser.get(path).headers["x-lueckenlos-definition"]
    assert "nicht amtlich" in browser.get("/v1/data").json["definition"]


def test_pages_together_are_the_list(browser: Browser, whole: list[dict[str, Any]]) -> None:
    found: list[dict[str, Any]] = []
    for number in range(1_000):
        page = browser.get(f"/v1/data?size=2&page={number}").json
        found += page["content"]
        assert (page["number"], page["first"], page["empty"]) == (number, number == 0, False)
        assert page["numberOfElements"] == len(page["content"])
        assert (page["totalElements"], page["totalPages"]) == (len(whole), -(-len(whole) // 2))
        if page["last"]:
            break
    assert found == whole
    beyond = browser.get("/v1/data?size=2&page=999").json
    assert (beyond["content"], beyond["empty"], beyond["last"]) == ([], True, True)


def test_the_order_can_be_turned_round(browser: Browser, whole: list[dict[str, Any]]) -> None:
    assert rows_of(browser, "/v1/data?size=2000&order=desc") == whole[::-1]
    assert rows_of(browser, "/v1/data?size=3&order=desc&page=1") == whole[::-1][3:6]


def test_an_area_comes_with_what_is_above_and_below_it_unless_left_out(
    browser: Browser, whole: list[dict[str, Any]]
) -> None:
    assert {row["ars"] for row in whole} == {BOTTROP, KREIS}

    def areas(query: str) -> set[str]:
        return {row["ars"] for row in rows_of(browser, f"/v1/data/{query}")}

    assert areas(GLADBECK) == {KREIS}
    assert areas(f"{GLADBECK}?includeAbove=false") == set()
    assert areas(f"{LAND}?includeAbove=false") == {BOTTROP, KREIS}
    assert areas(f"{LAND}?includeAbove=false&includeBelow=false") == set()
    assert areas(f"{KREIS}?includeAbove=false&includeBelow=false") == {KREIS}


def test_an_area_nobody_asked_sources_about_is_no_empty_list(browser: Browser) -> None:
    answer = browser.get("/v1/data/091620000000", accept="application/json")
    assert (answer.status, answer.json["code"]) == (404, "area_outside_region")
    assert answer.headers["content-type"] == "application/json"


def test_the_file_is_a_table_with_keys_as_text(browser: Browser) -> None:
    rows = rows_of(browser, f"/v1/data/{BOTTROP}")
    for query in ("?filetype=csv", ""):  # without a word about it, a file is what the description promises
        answer = browser.get(f"/v1/data/{BOTTROP}{query}")
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].endswith('.csv"')
        assert answer.table[0] == list(ROW)
        assert [row[0] for row in answer.table[1:]] == [row["leika_key"] for row in rows]
    book = load_workbook(io.BytesIO(browser.get(f"/v1/data/{BOTTROP}?filetype=xlsx").body))
    header, *cells = book.worksheets[0].iter_rows(values_only=True)
    assert list(header) == list(ROW)
    assert [dict(zip(header, row, strict=True)) for row in cells] == [
        {name: value or None for name, value in row.items()} for row in rows
    ]


def test_large_pages_are_cut_and_say_so(browser: Browser) -> None:
    assert browser.get("/v1/data?size=1000000").json["size"] == 2_000


@pytest.mark.parametrize(
    "path",
    [
        "/v1/data?order=up",
        "/v1/data?page=-1",
        "/v1/data?size=0",
        "/v1/data?size=viele",
        "/v1/data?page=99999999999999999999",
        "/v1/data?includeAbove=true",
        "/v1/data/05512",
        "/v1/data/05512000000x",
        f"/v1/data/{BOTTROP}?filetype=pdf",
        f"/v1/data/{BOTTROP}?includeAbove=ja",
    ],
)
def test_what_the_description_does_not_allow_is_refused(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/json"


@pytest.fixture
def empty(database: str) -> Iterator[Browser]:
    """Asks a catalogue without a region."""
    with browsing(database) as opened:
        yield opened


def test_without_a_region_there_is_nothing_to_list(empty: Browser) -> None:
    answer = empty.get("/v1/data")
    assert (answer.status, answer.json["code"]) == (404, "region_empty")
