"""Pages: together they are the whole list, each row once, also while a sync changes what they show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from catalogue.store import open_store
from cli.serve.cursors import CursorInvalid, read_cursor, write_cursor
from tests.cli.serve.asking import Browser, browsing
from tests.sample_region import sync_region

Row = dict[str, Any]
#: Lists, the length of their pages here, and what tells their rows apart.
LISTS: dict[str, tuple[int, Callable[[Row], tuple[object, ...]]]] = {
    "areas": (3, lambda row: (row["ars"], row["level"])),
    "services": (150, lambda row: (row["ozg_id"],)),
    "cells": (300, lambda row: (row["ars"], row["level"], row["ozg_id"])),
    "gaps": (40, lambda row: (row["ars"], row["level"], row["ozg_id"])),
    "coverage": (2, lambda row: (row["ars"], row["level"])),
    "changes": (700, lambda row: (row["run"], row["ars"], row["level"], row["ozg_id"])),
    "sources": (1, lambda row: (row["source"],)),
    "runs": (1, lambda row: (-row["run"],)),
}
CELL = LISTS["cells"][1]


def walk(browser: Browser, target: str, limit: int) -> Iterator[list[Row]]:
    """Yield page after page, following the cursors."""
    cursor = ""
    while True:
        answer = browser.get(f"{target}limit={limit}&cursor={cursor}")
        assert answer.status == 200, answer.body
        assert answer.meta["counts"] == {"rows": len(answer.rows)}
        yield answer.rows
        if answer.meta["next"] is None:
            assert "link" not in answer.headers
            return
        assert len(answer.rows) == limit
        cursor = answer.meta["next"]
        assert f"cursor={cursor}" in answer.headers["link"]


@pytest.mark.parametrize("name", LISTS)
def test_pages_together_are_the_list(browser: Browser, name: str) -> None:
    limit, key = LISTS[name]
    pages = list(walk(browser, f"/api/v1/{name}?", limit))
    rows = [row for page in pages for row in page]
    assert len(pages) > 1 or name == "runs"
    assert len({key(row) for row in rows}) == len(rows)
    assert [row for page in walk(browser, f"/api/v1/{name}?", 1_000) for row in page] == rows
    total = browser.get(f"/api/v1/{name}?limit=1").meta.get("total")
    assert total == len(rows) or name in {"coverage", "changes"}


@pytest.mark.parametrize("limit", [1, 7, 556, 557, 558, 1_000])
def test_pages_of_any_length_go_on_where_the_last_one_ended(browser: Browser, limit: int) -> None:
    first, second = (page for page, _ in zip(walk(browser, "/api/v1/cells?", limit), range(2), strict=False))
    both = [CELL(row) for row in (*first, *second)]
    assert both == sorted(set(both))
    assert len(both) == 2 * limit


def test_the_last_page_may_be_full(browser: Browser) -> None:
    pages = list(walk(browser, "/api/v1/cells?area=Bottrop&", 557))
    assert [len(page) for page in pages] == [557]


def test_a_sync_between_two_pages_shows_no_row_twice_and_loses_none(
    own_database: str, tmp_path: Path
) -> None:
    with browsing(own_database) as browser:
        before = {CELL(row): row for page in walk(browser, "/api/v1/cells?", 1_000) for row in page}
        pages = walk(browser, "/api/v1/cells?", 200)
        seen = [row for _ in range(3) for row in next(pages)]
        night_two(own_database, tmp_path)
        seen += [row for page in pages for row in page]
        after = {CELL(row): row for page in walk(browser, "/api/v1/cells?", 1_000) for row in page}
    assert before != after
    keys = [CELL(row) for row in seen]
    assert keys == sorted(set(keys))
    assert set(keys) == before.keys() == after.keys()
    assert all(row in (before[CELL(row)], after[CELL(row)]) for row in seen)


def night_two(database: str, folder: Path) -> None:
    """Let Bottrop and Gladbeck lose what they offered, and sync."""
    listed = folder / "files" / "portal.csv"
    head, *rows = listed.read_text(encoding="utf-8").splitlines()
    kept = [row.replace("online", "beschrieben") for row in rows]
    listed.write_text("\n".join([head, *kept]) + "\n", encoding="utf-8")
    store = open_store(database)
    report = sync_region(store, folder / "files" / "region.toml", 2)
    store.close()
    assert report.cells_changed > 0


def test_gaps_that_close_meanwhile_do_not_disturb_the_others(own_database: str, tmp_path: Path) -> None:
    with browsing(own_database) as browser:
        whole = {CELL(row) for page in walk(browser, "/api/v1/gaps?", 1_000) for row in page}
        pages = walk(browser, "/api/v1/gaps?", 30)
        seen = [CELL(row) for row in next(pages)]
        night_two(own_database, tmp_path)
        seen += [CELL(row) for page in pages for row in page]
        after = {CELL(row) for page in walk(browser, "/api/v1/gaps?", 1_000) for row in page}
    assert seen == sorted(set(seen))
    assert whole & after <= set(seen) <= whole | after


@pytest.mark.parametrize("name", LISTS)
def test_the_cursor_of_one_list_is_none_of_another(browser: Browser, name: str) -> None:
    foreign = write_cursor("other", ("055120000000", "gemeinde", "10000"))
    answer = browser.get(f"/api/v1/{name}?cursor={foreign}")
    assert (answer.status, answer.json["code"]) == (400, "cursor_invalid")


@settings(max_examples=60)
@given(key=st.lists(st.text(max_size=20), max_size=4).map(tuple))
def test_a_cursor_holds_its_key(key: tuple[str, ...]) -> None:
    assert read_cursor("list", write_cursor("list", key), len(key)) == key


@settings(max_examples=200)
@given(written=st.text(st.characters(codec="ascii"), min_size=1, max_size=60))
def test_any_other_text_is_refused(written: str) -> None:
    with pytest.raises(CursorInvalid):
        read_cursor("list", written, 1)


@settings(max_examples=20)
@given(
    name=st.sampled_from(sorted(LISTS)),
    key=st.lists(st.text(max_size=30), min_size=1, max_size=3),
)
def test_a_forged_cursor_never_fails(browser: Browser, name: str, key: list[str]) -> None:
    answer = browser.get(f"/api/v1/{name}?limit=1&cursor={quote(write_cursor(name, key))}")
    assert answer.status in {200, 400}
    assert browser.troubles == []
