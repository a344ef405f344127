"""What monitoring reads: figures for Prometheus, and whether the server lives and can answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert, select, update
from sqlalchemy.engine import make_url

from catalogue import tables
from catalogue.errors import StoreError
from catalogue.reports.coverage import coverage
from catalogue.store import Store, open_store
from cli.serve.app import build
from cli.serve.database import Library
from cli.serve.desk import Desk
from tests.cli.conftest import copy_database
from tests.cli.serve.asking import Browser, Reply, browsing
from tests.sample_region import FIRST_NIGHT

Labels = frozenset[tuple[str, str]]
Figures = dict[str, dict[Labels, float]]
DOCUMENT = Path("docs/ueberwachung.md").read_text(encoding="utf-8")
MORNING = FIRST_NIGHT + timedelta(hours=5)


def figures(reply: Reply) -> Figures:
    """Return the figures by name and labels, as Prometheus reads them."""
    found: Figures = {}
    for family in text_string_to_metric_families(reply.body.decode()):
        assert (family.type, bool(family.documentation)) == ("gauge", True), family.name
        for sample in family.samples:
            key = frozenset(sample.labels.items())
            assert key not in found.setdefault(sample.name, {}), sample
            found[sample.name][key] = sample.value
    return found


def labels(**pairs: str) -> Labels:
    return frozenset(pairs.items())


@pytest.fixture(scope="module")
def scraped(synced_database: str) -> Figures:
    """The figures of the sample region on the morning after its first night."""
    library = Library(make_url(synced_database))
    browser = Browser(build(Desk(library, now=lambda: MORNING)))
    try:
        return figures(browser.get("/metrics"))
    finally:
        browser.close()
        library.close()


@pytest.fixture
def own(synced_database: str, tmp_path: Path) -> Iterator[Store]:
    """A database of its own with the first night."""
    store = open_store(copy_database(synced_database, tmp_path))
    yield store
    store.close()


def address(store: Store) -> str:
    return store.engine.url.render_as_string(hide_password=False)


def test_the_figures_of_sources_are_those_of_the_catalogue(scraped: Figures) -> None:
    key = labels(source="portal")
    assert scraped["lueckenlos_source_last_success_timestamp_seconds"][key] == FIRST_NIGHT.timestamp()
    assert scraped["lueckenlos_source_age_seconds"][key] == 5 * 3600
    assert scraped["lueckenlos_source_stale_after_seconds"][key] == 72 * 3600
    assert scraped["lueckenlos_source_objects"][key] == 5
    assert scraped["lueckenlos_source_standing"][labels(source="portal", standing="ok")] == 1
    assert scraped["lueckenlos_deliveries_held"][labels()] == 0


def test_the_figures_of_runs_are_those_of_the_catalogue(scraped: Figures) -> None:
    kind = labels(kind="sync")
    assert scraped["lueckenlos_run_last_success_timestamp_seconds"][kind] == FIRST_NIGHT.timestamp()
    assert scraped["lueckenlos_run_last_state"][labels(kind="sync", state="ok")] == 1
    assert scraped["lueckenlos_run_last_state"][labels(kind="sync", state="failed")] == 0
    assert scraped["lueckenlos_run_running"][kind] == 0
    # Links were never checked: no figure is something else than zero.
    assert labels(kind="links") not in scraped["lueckenlos_run_last_success_timestamp_seconds"]


def test_the_cells_add_up_to_those_of_coverage(scraped: Figures, synced_database: str) -> None:
    store = open_store(synced_database)
    with store.read() as connection:
        total = coverage(connection)[-1]
    store.close()
    cells = {dict(key)["status"]: value for key, value in scraped["lueckenlos_cells"].items()}
    assert sum(cells.values()) == total.cells
    assert (cells["online"], cells["unknown"]) == (total.any_count, total.unknown)
    assert sum(scraped["lueckenlos_cells_unknown"].values()) == total.unknown
    assert scraped["lueckenlos_cells_gaps"][labels()] == total.gaps


def test_every_figure_is_documented_and_every_documented_one_exists(
    scraped: Figures, browser: Browser
) -> None:
    told = set(re.findall(r"^\| `(lueckenlos_\w+)`", DOCUMENT, re.MULTILINE))
    families = text_string_to_metric_families(browser.get("/metrics").body.decode())
    assert {family.name for family in families} == told
    assert scraped.keys() <= told


def test_holders_nights_and_notices_are_told_without_names_of_machines(own: Store) -> None:
    begun = FIRST_NIGHT.isoformat()
    with own.write() as connection:
        connection.execute(
            insert(tables.lock_holder).values(
                what="sync", token="t", host="geheimer-rechner", pid=7, started_at=begun, beat_at=begun
            )
        )
        connection.execute(
            insert(tables.night).values(
                job="nacht",
                due_at="2026-11-02T02:30:00",
                started_at=begun,
                state="partial",
                tries=1,
                steps="[]",
            )
        )
        connection.execute(
            insert(tables.appointment).values(job="nacht", due_at="2026-11-03T02:30:00", noted_at=begun)
        )
    with browsing(address(own)) as browser:
        answer = browser.get("/metrics")
    found = figures(answer)
    assert found["lueckenlos_lock_started_timestamp_seconds"][labels(what="sync")] == FIRST_NIGHT.timestamp()
    assert found["lueckenlos_night_last_state"][labels(job="nacht", state="partial")] == 1
    # 02:30 in Berlin is 01:30 in UTC in November.
    following = datetime.fromisoformat("2026-11-03T01:30:00+00:00").timestamp()
    assert found["lueckenlos_night_next_timestamp_seconds"][labels(job="nacht")] == following
    assert found["lueckenlos_notices"] == {labels(state="waiting"): 0, labels(state="failed"): 0}
    assert b"geheimer-rechner" not in answer.body


def test_where_cron_took_the_place_of_a_schedule_no_next_night_is_told(own: Store) -> None:
    begun = FIRST_NIGHT.isoformat()
    with own.write() as connection:
        row = {"job": "nacht", "due_at": "2026-11-02", "started_at": begun, "state": "ok", "tries": 1}
        connection.execute(insert(tables.night).values(**row, steps="[]"))
        old = {"job": "nacht", "due_at": "2026-11-02T02:00", "noted_at": begun}
        connection.execute(insert(tables.appointment).values(old))
    with browsing(address(own)) as browser:
        found = figures(browser.get("/metrics"))
    assert found["lueckenlos_night_last_state"][labels(job="nacht", state="ok")] == 1
    assert not found.get("lueckenlos_night_next_timestamp_seconds")


def test_figures_are_kept_for_some_seconds(own: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with browsing(address(own)) as browser:
        before = figures(browser.get("/metrics"))
        with own.write() as connection:
            connection.execute(update(tables.source).values(state="held"))
        assert figures(browser.get("/metrics")) == before
        monkeypatch.setattr("cli.serve.metrics.KEPT_SECONDS", -1.0)
        assert figures(browser.get("/metrics"))["lueckenlos_deliveries_held"][labels()] == 2


def test_those_who_come_at_once_share_one_question(own: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    with browsing(address(own)) as browser:
        monkeypatch.setattr("cli.serve.metrics.measure", lambda *_: asked.append(1))
        assert {one.status for one in browser.together(*["/metrics"] * 5)} == {200}
    assert asked == [1]


def test_a_database_that_cannot_be_asked_is_a_figure(
    synced_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreError("database_unreachable", database="secret")

    monkeypatch.setattr("cli.serve.metrics.measure", fail)
    with browsing(synced_database) as browser:
        answer = browser.get("/metrics")
        found = figures(answer)
        assert (answer.status, found["lueckenlos_database_up"][labels()]) == (200, 0)
        assert "lueckenlos_cells" not in found
        assert len(browser.troubles) == 1
        assert b"secret" not in answer.body


def test_prometheus_may_ask_for_its_newer_format(browser: Browser) -> None:
    answer = browser.get("/metrics", accept="application/openmetrics-text; version=1.0.0")
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.body.rstrip().endswith(b"# EOF")
    assert browser.get("/metrics").headers["content-type"].startswith("text/plain")


def test_a_server_lives_even_where_its_database_is_gone(own: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with browsing(address(own)) as browser:
        for path in ("/healthz", "/readyz"):
            answer = browser.get(path)
            assert (answer.status, answer.json, answer.headers["cache-control"]) == (
                200,
                {"status": "ok"},
                "no-store",
            )
        with own.write() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
        answer = browser.get("/readyz")
        assert (answer.status, answer.json) == (503, {"status": "database_outdated"})
        assert browser.get("/healthz").status == 200


def test_what_monitoring_asks_needs_no_page(own: Store, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("x", encoding="utf-8")
    with browsing(address(own), site=tmp_path / "site") as browser:
        for path in ("/metrics", "/healthz", "/readyz"):
            assert browser.get(path).status == 200
            assert browser.send("HEAD", path).body == b""
            assert browser.send("POST", path).status == 405


def test_every_standing_has_one_figure(own: Store) -> None:
    with own.write() as connection:
        connection.execute(update(tables.source).values(state="failed"))
        keys = list(connection.scalars(select(tables.source.c.key)))
    with browsing(address(own)) as browser:
        found = figures(browser.get("/metrics"))["lueckenlos_source_standing"]
    assert found == {labels(source=key, standing="failed"): 1 for key in keys}
