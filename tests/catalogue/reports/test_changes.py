from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, strategies
from sqlalchemy import Connection

from catalogue.causes import CAUSES
from catalogue.reports.cells import cells
from catalogue.reports.changes import ChangeRow, changes, movements
from catalogue.reports.coverage import coverage
from catalogue.reports.filters import Filters
from catalogue.store import Store
from catalogue.verdict import STATUSES
from tests.sample_region import night, sync_region


def online(connection: Connection) -> int:
    return len(cells(connection, Filters(statuses=("online",))))


def test_the_first_night_brings_every_cell(region: Connection) -> None:
    found = changes(region)
    assert len(found) == len(cells(region))
    assert {row.old_status for row in found} == {""}
    assert {row.run for row in found} == {1}


def test_filters_limit_changes(region: Connection) -> None:
    by_area = changes(region, Filters(areas=("Gladbeck",), themes=("Bauen",), statuses=("form",)))
    assert [(row.area, row.ozg_id, row.new_status) for row in by_area] == [("Gladbeck", "10110", "form")]
    assert len(changes(region, Filters(services=("10110",)))) == 4


def test_a_period_begins_with_its_first_moment_and_ends_before_its_last(region: Connection) -> None:
    moment = night(1)
    assert changes(region, since=moment)
    assert not changes(region, since=moment + timedelta(seconds=1))
    assert not changes(region, until=moment)
    assert changes(region, until=moment + timedelta(seconds=1))


def test_moments_of_other_time_zones_are_understood(region: Connection) -> None:
    east = night(1).astimezone(timezone(timedelta(hours=9)))
    assert len(changes(region, since=east, until=east + timedelta(seconds=1))) == len(changes(region))


def test_the_causes_of_each_night_add_up_to_the_difference(reference_store: Store, files: Path) -> None:
    portal = files.parent / "portal.csv"
    lines = portal.read_text(encoding="utf-8").splitlines()
    nights = [
        lines,
        [lines[0], *lines[2:]],
        [lines[0], *lines[2:]],
        [*lines, "055620032032;99041006017000;Elterngeld;online;https://re.example/elterngeld;"],
    ]
    for number, content in enumerate(nights, start=1):
        portal.write_text("\n".join(content) + "\n", encoding="utf-8")
        sync_region(reference_store, files, number)
        with reference_store.read() as connection:
            found = changes(connection)
            before = changes(connection, until=night(number))
            tonight = movements(changes(connection, since=night(number)))
            now = online(connection)
        assert sum(move.online for move in movements(found)) == now
        assert sum(move.online for move in tonight) == now - sum(m.online for m in movements(before))
        assert {row.cause for row in found} <= set(CAUSES)


def row_of(cause: str, old: str, new: str, competent: str, old_competent: str) -> ChangeRow:
    at = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    known = (competent, old_competent)
    return ChangeRow(at, 1, "", "", "", "", "", "", old, new, "", "", "status", cause, "", *known)


@given(
    strategies.lists(
        strategies.tuples(
            strategies.sampled_from(CAUSES),
            strategies.sampled_from(["", *STATUSES]),
            strategies.sampled_from(["", *STATUSES]),
            strategies.sampled_from(["", "yes", "no", "unresolved"]),
            strategies.sampled_from(["", "yes", "no", "unresolved"]),
        )
    )
)
def test_movements_sum_to_all_changes_and_to_the_net_of_online(
    moved: list[tuple[str, str, str, str, str]],
) -> None:
    found = movements(row_of(*one) for one in moved)
    assert sum(move.count for move in found) == len(moved)
    before, after = Counter(old for _, old, *_ in moved), Counter(new for _, _, new, *_ in moved)
    assert sum(move.online for move in found) == after["online"] - before["online"]
    before = Counter(old for _, old, _, _, competent in moved if competent == "yes")
    after = Counter(new for _, _, new, competent, _ in moved if competent == "yes")
    assert sum(move.competent_online for move in found) == after["online"] - before["online"]
    assert sum(move.competent_count for move in found) == sum("yes" in one[3:] for one in moved)
    assert [move.count for move in found] == sorted((move.count for move in found), reverse=True)


def test_an_area_that_left_the_region_stays_in_its_history(reference_store: Store, files: Path) -> None:
    sync_region(reference_store, files, 1)
    text = files.read_text(encoding="utf-8")
    smaller = text.replace('  { name = "Gladbeck", level = "gemeinde" },\n', "").replace('"05562014", ', "")
    assert smaller != text
    files.write_text(smaller, encoding="utf-8")
    sync_region(reference_store, files, 2)
    with reference_store.read() as connection:
        gone = [row for row in changes(connection, since=night(2)) if row.area == "Gladbeck"]
        assert {(row.new_status, row.cause) for row in gone} == {("", "region")}
        assert sum(move.online for move in movements(changes(connection))) == online(connection)


def test_the_sums_are_those_by_which_coverage_moved(reference_store: Store, files: Path) -> None:
    portal = files.parent / "portal.csv"
    lines = portal.read_text(encoding="utf-8").splitlines()
    more = [*lines, "055620032032;99041006017000;Elterngeld;online;https://re.example/elterngeld;"]
    before = {"competent": 0, "all": 0}
    for number, content in enumerate([lines, more, more[:1] + more[2:], more[:1] + more[2:]], start=1):
        portal.write_text("\n".join(content) + "\n", encoding="utf-8")
        sync_region(reference_store, files, number, accept=frozenset({"portal"}))
        with reference_store.read() as connection:
            tonight = movements(changes(connection, since=night(number)))
            now = {scope: coverage(connection, scope=scope)[-1].any_count for scope in before}
        assert sum(move.online for move in tonight) == now["all"] - before["all"]
        assert sum(move.competent_online for move in tonight) == now["competent"] - before["competent"]
        before = now
    assert before["all"] > before["competent"] > 0


def test_a_kreis_is_told_apart_from_the_city_of_its_name(region: Connection) -> None:
    named = {(row.level, row.area) for row in changes(region) if "Recklinghausen" in row.area}
    assert named == {("gemeinde", "Recklinghausen"), ("kreis", "Kreis Recklinghausen")}


@pytest.mark.parametrize("name", ["title", "theme", "source"])
def test_what_is_not_known_is_empty_and_never_null(region: Connection, name: str) -> None:
    assert all(isinstance(getattr(row, name), str) for row in changes(region))
