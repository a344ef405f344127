"""The page of the last night."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from catalogue import tables
from catalogue.reports.filters import Filters
from catalogue.reports.morning import morning
from catalogue.reports.morning_words import headline
from catalogue.reports.page.frame import Options, read_frame
from catalogue.reports.page.morning import morning_page
from catalogue.reports.page.work import setting_of
from catalogue.store import Store, open_store
from catalogue.texts import Texts
from tests.catalogue.reports.page.reading import NOW, Site, text_of
from tests.databases import Databases
from tests.sample_region import FIRST_NIGHT, copy_region, sync_region


@pytest.fixture
def bad_night(databases: Databases, tmp_path: Path) -> Iterator[Store]:
    """The sample region after a second night: a delivery is held, and a step of the night failed."""
    with databases.sqlite(tmp_path, reference=True) as url:
        store = open_store(url)
        region = copy_region(tmp_path / "geheimer-ordner")
        sync_region(store, region)
        lines = (region.parent / "portal.csv").read_text(encoding="utf-8").splitlines(keepends=True)
        (region.parent / "portal.csv").write_text("".join(lines[:2]), encoding="utf-8")
        (region.parent / "umfrage.csv").unlink()
        number = sync_region(store, region, 2).run_id
        begun = (FIRST_NIGHT + timedelta(days=1)).isoformat()
        step = {
            "step": "publish",
            "state": "failed",
            "code": "io_failed",
            "params": {"why": "geheimer-rechner"},
            "seconds": 2.0,
        }
        with store.write() as connection:
            connection.execute(
                insert(tables.night).values(
                    job="nacht",
                    due_at="2026-11-03T02:30:00",
                    started_at=begun,
                    finished_at=begun,
                    state="partial",
                    tries=1,
                    run_id=number,
                    steps=json.dumps([step]),
                )
            )
        yield store
        store.close()


def page_of(store: Store, filters: Filters, language: str = "de") -> str:
    with store.read() as connection:
        frame = read_frame(connection, Options(language, filters=filters), NOW)
        name, page = morning_page(setting_of(frame), frame, connection)
    assert name == "nacht.html"
    return page


def test_the_last_night_is_told_as_the_command_tells_it(site: Site, region_store: Store) -> None:
    root = site.page("nacht.html")
    with region_store.read() as connection:
        said = headline(morning(connection), Texts("de"))
    (lead,) = root.xpath("//p[@class='lead']")
    assert text_of(lead) == said
    rows = [text_of(one) for one in root.xpath("//tbody/tr/th")]
    assert rows == ["Musterportal", "Umfrage"]


def test_it_is_in_the_navigation_of_every_page(site: Site) -> None:
    for name in ("index.html", "gebiete/gemeinde-055620014014.html"):
        assert site.page(name).xpath("//nav//a[contains(@href, 'nacht.html')]"), name


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_bad_night_is_told_without_paths_and_machines(bad_night: Store, language: str) -> None:
    page = page_of(bad_night, Filters(), language)
    assert ("FEHLGESCHLAGEN: " if language == "de" else "FAILED: ") in page
    assert "lueckenlos sync --source portal --accept portal" in page
    assert "geheimer" not in page
    assert str(bad_night.engine.url.database) not in page


def hold_night(store: Store) -> None:
    """Let this process be the one that does the night."""
    moment = NOW.isoformat()
    row = {"what": "night", "token": "t", "host": platform.node(), "pid": os.getpid()}
    with store.write() as connection:
        connection.execute(
            insert(tables.lock_holder).values({**row, "started_at": moment, "beat_at": moment})
        )


def test_in_the_pause_before_a_retry_it_says_that_the_night_goes_on(bad_night: Store) -> None:
    due = (NOW + timedelta(minutes=15)).isoformat()
    params = {"count": 1, "sources": "umfrage", "due": due}
    step = {"step": "sync", "state": "waiting", "code": "night_again", "params": params, "seconds": 2.0}
    values = {"state": "running", "finished_at": None, "steps": json.dumps([step])}
    with bad_night.write() as connection:
        connection.execute(update(tables.night).values(values))
    hold_night(bad_night)
    page = page_of(bad_night, Filters())
    assert "LÄUFT NOCH: Die Nacht mit Lauf 2 " in page
    assert f"1 Quelle wird ab {Texts('de').moment(due)} noch einmal gelesen" in page


def test_the_page_that_a_night_writes_does_not_say_that_the_night_is_running(bad_night: Store) -> None:
    with bad_night.write() as connection:
        connection.execute(update(tables.night).values(state="running", finished_at=None))
    hold_night(bad_night)
    assert "fällig 03.11.2026 02:30: Stand während der Nacht" in page_of(bad_night, Filters())


def test_of_the_past_it_tells_the_last_run_until_then(bad_night: Store) -> None:
    page = page_of(bad_night, Filters(as_of=FIRST_NIGHT + timedelta(hours=3)))
    assert "In Ordnung: Lauf 1 " in page
    assert "--accept" not in page
