"""The pause before a night reads failed sources again: what the book says meanwhile, and if it ends there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from catalogue import tables
from catalogue.store import Store, open_store
from sync.night import StepOutcome
from sync.region import read_region
from sync.schedule import book
from tests.databases import Databases
from tests.sample_region import copy_region, night
from tests.sync.test_nightrun import DUE, SETTINGS, Night


@pytest.fixture
def files(tmp_path: Path) -> Path:
    region = copy_region(tmp_path / "files")
    region.write_text(region.read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    return region


@pytest.fixture
def known(databases: Databases, tmp_path: Path) -> Iterator[Store]:
    with databases.sqlite(tmp_path, reference=True) as url:
        store = open_store(url)
        yield store
        store.close()


@pytest.fixture
def one(known: Store, files: Path) -> Night:
    return Night(known, read_region(files))


def test_in_the_pause_before_a_retry_the_book_says_when_it_goes_on(one: Night, files: Path) -> None:
    (files.parent / "portal.csv").unlink()
    seen: list[tuple[str, int | None, list[str]]] = []
    params: list[dict[str, object]] = []

    def look() -> None:
        state, _, run, steps = one.row()
        seen.append((state, run, steps))
        with one.store.read() as connection:
            (step,) = json.loads(connection.scalar(select(tables.night.c.steps)) or "")
        params.append(step["params"])

    one.waited = look
    report = one.run("sync")
    assert report.sync is not None
    assert seen == [("running", report.sync.run_id, ["sync waiting night_again"])] * 2
    moments = [(night(1) + timedelta(minutes=minutes)).isoformat() for minutes in (10, 20)]
    assert params == [{"count": 1, "sources": "portal", "due": moment} for moment in moments]
    assert one.row()[3] == ["sync partial night_failed_sources"]


def test_a_night_broken_off_in_the_pause_keeps_its_sync_and_waits_for_nothing(
    one: Night, files: Path
) -> None:
    (files.parent / "portal.csv").unlink()

    def end() -> None:
        raise SystemExit(143)

    one.waited = end
    with pytest.raises(SystemExit):
        one.run("sync")
    state, code, run, steps = one.row()
    assert (state, code, steps) == ("aborted", 143, [])
    assert run is not None


def test_a_night_killed_in_the_pause_waits_for_nothing_when_that_is_noticed(one: Night) -> None:
    steps = [StepOutcome("links", "ok"), StepOutcome("sync", "waiting", "night_again")]
    with one.store.write() as connection:
        book.claim(connection, "nightly", DUE, night(1))
        book.note_steps(connection, "nightly", DUE, steps, 0)
        book.close_dead(connection, night(1))
    assert one.row() == ("aborted", None, None, ["links ok"])
