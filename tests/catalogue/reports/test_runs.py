from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select

from catalogue.errors import NotFound
from catalogue.reports.database import damage, table_rows
from catalogue.reports.region import RegionRow, region_now
from catalogue.reports.runs import run_detail, runs
from catalogue.reports.sources import SourceRow, sources
from catalogue.store import Store, open_store
from catalogue.tables import issue, source_run
from sync.run import refresh
from tests.sample_region import night, sync_region


def test_a_run_counts_its_sources(region: Connection) -> None:
    (row,) = runs(region)
    assert (row.run, row.state, row.region) == (1, "ok", "Probenregion")
    assert (row.sources_ok, row.sources_unchanged, row.sources_failed, row.sources_held) == (2, 0, 0, 0)
    assert row.cells_changed > 2000


def test_a_run_shows_what_its_sources_did(region: Connection) -> None:
    detail = run_detail(region, 1)
    portal, survey = detail.sources
    assert (portal.source, portal.state, portal.scope, portal.read, portal.new) == (
        "portal",
        "ok",
        "everything",
        5,
        5,
    )
    assert (survey.source, survey.scope, survey.params) == ("umfrage", "part", {})
    assert len(portal.digest) == 32


def test_irregularities_come_with_count_and_samples(region: Connection) -> None:
    (issue,) = run_detail(region, 1).issues
    assert (issue.source, issue.severity, issue.kind, issue.count) == (
        "portal",
        "notice",
        "service_under_review",
        1,
    )
    assert issue.samples == (("hunde und mehr", "Hunde und mehr"),)


def test_a_run_without_sources_is_the_setup_or_a_computation_and_no_sync(
    reference_store: Store, files: Path
) -> None:
    refresh(reference_store)
    sync_region(reference_store, files)
    refresh(reference_store)
    with reference_store.read() as connection:
        assert [row.kind for row in runs(connection)] == ["recompute", "sync", "setup"]


def test_a_source_stands_on_the_last_delivery_that_was_applied(reference_store: Store, files: Path) -> None:
    for number in (1, 2):
        sync_region(reference_store, files, number)
    (files.parent / "portal.csv").unlink()
    sync_region(reference_store, files, 3)
    with reference_store.read() as connection:
        stands_on = [run_detail(connection, number).sources[0].stands_on for number in (1, 2, 3)]
        states = [run_detail(connection, number).sources[0].state for number in (1, 2, 3)]
    assert (states, stands_on) == (["ok", "unchanged", "failed"], [1, 1, 1])


def test_a_source_that_was_never_applied_stands_on_nothing(reference_store: Store, files: Path) -> None:
    (files.parent / "portal.csv").unlink()
    sync_region(reference_store, files)
    with reference_store.read() as connection:
        assert run_detail(connection, 1).sources[0].stands_on is None


def test_a_run_that_never_was_names_the_newest(region: Connection) -> None:
    with pytest.raises(NotFound) as caught:
        run_detail(region, 7)
    assert caught.value.params == {"given": 7, "newest": 1}


def test_without_any_run_there_is_no_newest(reference_store: Store) -> None:
    with reference_store.read() as connection:
        assert runs(connection) == []
        with pytest.raises(NotFound) as caught:
            run_detail(connection, 1)
    assert caught.value.params["newest"] == 0


def standing(store: Store, number: int, key: str = "portal") -> SourceRow:
    with store.read() as connection:
        return next(row for row in sources(connection, night(number)) if row.source == key)


def test_a_source_that_was_read_needs_nothing(region: Connection) -> None:
    portal, survey = sources(region, night(1) + timedelta(hours=5))
    assert (portal.standing, portal.next_command, portal.age_hours, portal.areas) == ("ok", "", 5.0, 3)
    assert (survey.standing, survey.complete, survey.areas) == ("part", False, 4)


def test_a_source_that_is_too_old_is_stale(region: Connection) -> None:
    portal = sources(region, night(5))[0]
    assert (portal.state, portal.standing) == ("ok", "stale")


def test_a_held_delivery_names_the_command_that_releases_it(reference_store: Store, files: Path) -> None:
    table = files.parent / "portal.csv"
    sync_region(reference_store, files, 1)
    table.write_text(table.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert sync_region(reference_store, files, 2).exit_code == 3
    held = standing(reference_store, 2)
    assert (held.state, held.standing, held.message) == ("held", "held", "delivery_empty")
    assert held.next_command == "lueckenlos sync --source portal --accept portal"
    with reference_store.read() as connection:
        newest, _ = runs(connection)
        assert (newest.run, newest.sources_held, newest.state) == (2, 1, "partial")
        assert run_detail(connection, 2).sources[0].params["before"] == 5
        assert [row.run for row in runs(connection, 1)] == [2]
    sync_region(reference_store, files, 3, accept=frozenset({"portal"}))
    assert standing(reference_store, 3).state == "ok"
    with reference_store.read() as connection:
        assert run_detail(connection, 3).sources[0].accepted_by_hand


def test_the_proposed_command_begins_as_the_caller_says(reference_store: Store, files: Path) -> None:
    (files.parent / "portal.csv").unlink()
    sync_region(reference_store, files)
    with reference_store.read() as connection:
        portal, _ = sources(connection, night(1), "./lueckenlos --db x sync --region y")
    assert portal.next_command == "./lueckenlos --db x sync --region y --source portal"


def test_a_failed_source_names_the_command_that_tries_again(reference_store: Store, files: Path) -> None:
    (files.parent / "portal.csv").unlink()
    assert sync_region(reference_store, files).exit_code == 3
    failed = standing(reference_store, 1)
    assert (failed.state, failed.standing, failed.read_at, failed.age_hours) == ("failed", "unread", "", None)
    assert failed.next_command == "lueckenlos sync --source portal"


def test_a_source_that_left_the_region_file_comes_last_and_is_quiet(
    reference_store: Store, files: Path
) -> None:
    sync_region(reference_store, files, 1)
    text = files.read_text(encoding="utf-8")
    files.write_text(text.replace('id = "portal"', 'id = "portal-neu"'), encoding="utf-8")
    sync_region(reference_store, files, 2)
    with reference_store.read() as connection:
        rows = sources(connection, night(2))
    assert [(row.source, row.active) for row in rows] == [
        ("umfrage", True),
        ("portal-neu", True),
        ("portal", False),
    ]
    assert (rows[-1].standing, rows[-1].next_command) == ("", "")


def test_the_themes_a_source_speaks_for_are_listed(reference_store: Store, files: Path) -> None:
    text = files.read_text(encoding="utf-8")
    files.write_text(text.replace('silence = "absence"', 'silence = "absence"\nsilence_themes = ["Umwelt"]'))
    sync_region(reference_store, files)
    assert standing(reference_store, 1).themes == ("Umwelt",)


def test_irregularities_without_sample_are_counted(region_store: Store) -> None:
    with region_store.write(keep=False) as connection:
        part = connection.scalar(select(func.min(source_run.c.id)))
        bare = {
            "source_run_id": part,
            "severity": "notice",
            "kind": "object_repeated",
            "record": "",
            "detail": "",
        }
        connection.execute(insert(issue).values(bare | {"count": 7}))
        found = run_detail(connection, 1).issues
    assert [(one.count, one.samples) for one in found if one.kind == "object_repeated"] == [(7, ())]


def test_the_region_is_the_one_of_the_newest_run(region: Connection) -> None:
    found = region_now(region)
    assert (found.name, found.areas, found.run) == ("Probenregion", 4, 1)
    assert found.as_of.startswith("2026-11-02")


def test_before_the_first_run_there_is_no_region(reference_store: Store) -> None:
    with reference_store.read() as connection:
        assert region_now(connection) == RegionRow("", 0, None, "", "")


def test_a_sound_database_has_nothing_to_complain_about(region: Connection) -> None:
    assert damage(region) == []
    assert {row.table: row.rows for row in table_rows(region)}["source"] == 2


def test_a_reference_to_nothing_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    store = open_store(f"sqlite:///{path}")
    store.upgrade()
    with closing(sqlite3.connect(path)) as careless:
        careless.execute("INSERT INTO source_area (source_id, area_id, named) VALUES (1, 2, 0)")
        careless.commit()
    with store.read() as connection:
        assert len(damage(connection)) == 2
    store.close()
