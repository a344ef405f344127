from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, insert, select, update

from catalogue.reports.remarks import open_remarks
from catalogue.store import Store
from catalogue.tables import issue, notice, source, source_memory, source_run
from catalogue.upkeep.check import sizes
from catalogue.upkeep.content import TableContent, whole_content
from catalogue.upkeep.prune import Pruned, compact, prune

#: After the first night of the sample region and before the second one.
BETWEEN = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
LATER = datetime(2027, 11, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(region_store: Store) -> Store:
    """The region after two nights: each reading found something odd, each source remembers something."""
    row = {"severity": "notice", "kind": "unknown_version", "record": "r", "detail": "d", "count": 1}
    with region_store.write() as connection:
        connection.execute(source_memory.delete())
        connection.execute(issue.delete())
        for number in connection.scalars(select(source_run.c.id)).all():
            connection.execute(insert(issue).values(source_run_id=number, **row))
        for number in connection.scalars(select(source.c.id)).all():
            connection.execute(insert(source_memory).values(source_id=number, key="k", value="v"))
    return region_store


def readings(store: Store) -> list[tuple[str, str, int]]:
    """Return for each reading, in order: source, state, and how many odd things are known of it."""
    query = (
        select(source.c.key, source_run.c.state, func.count(issue.c.id))
        .join(source_run, source_run.c.source_id == source.c.id)
        .outerjoin(issue, issue.c.source_run_id == source_run.c.id)
        .group_by(source_run.c.id, source.c.key, source_run.c.state)
        .order_by(source_run.c.id)
    )
    with store.read() as connection:
        return [(key, state, count) for key, state, count in connection.execute(query)]


def rest(store: Store) -> list[TableContent]:
    with store.read() as connection:
        return [one for one in whole_content(connection) if one.table not in {"issue", "source_memory"}]


def test_odd_things_of_old_readings_go_unless_a_source_stands_on_them(store: Store) -> None:
    assert readings(store) == [
        ("portal", "ok", 1),
        ("umfrage", "ok", 1),
        ("portal", "ok", 1),
        ("umfrage", "unchanged", 1),
    ]
    before = rest(store)
    with store.read() as connection:
        remarks = open_remarks(connection)
    assert prune(store, BETWEEN)[0] == Pruned("issue", 1, 3)
    assert readings(store) == [
        ("portal", "ok", 0),
        ("umfrage", "ok", 1),  # what the source stands on, as the second night brought nothing new
        ("portal", "ok", 1),
        ("umfrage", "unchanged", 1),
    ]
    with store.read() as connection:
        assert open_remarks(connection) == remarks
    assert rest(store) == before


def test_however_late_the_state_of_today_stays_explained(store: Store) -> None:
    assert prune(store, LATER)[0] == Pruned("issue", 2, 2)
    assert [count for _, _, count in readings(store)] == [0, 1, 1, 0]


def test_memory_goes_only_with_a_source_that_is_in_no_region_file(store: Store) -> None:
    assert prune(store, LATER)[1] == Pruned("source_memory", 0, 2)
    with store.write() as connection:
        connection.execute(update(source).where(source.c.key == "umfrage").values(active=False))
    assert prune(store, BETWEEN)[1] == Pruned("source_memory", 0, 2)  # it was asked later than that
    assert prune(store, LATER)[1] == Pruned("source_memory", 1, 1)


def test_of_old_notices_the_last_about_each_trouble_stays_and_what_is_unsent(store: Store) -> None:
    row = {"recipient": "amt", "level": "error", "content": "{}", "tries": 1, "code": ""}
    told = [
        ("1", "a", "sent"),
        ("2", "a", "sent"),
        ("3", "b", "waiting"),
        ("4", "b", "sent"),
        ("5", "a", "sent"),
    ]
    with store.write() as connection:
        for night, trouble, state in told:
            created = f"2026-11-0{night}T02:00:00+00:00"
            about = {"subject": night, "trouble": trouble, "state": state, "created_at": created}
            connection.execute(insert(notice).values(**row, **about))
    assert prune(store, BETWEEN, keep=False)[2] == Pruned("notice", 2, 3)
    assert prune(store, LATER)[2] == Pruned("notice", 2, 3)
    with store.read() as connection:
        assert connection.scalars(select(notice.c.subject).order_by(notice.c.id)).all() == ["3", "4", "5"]


def test_a_dry_run_counts_and_keeps(store: Store) -> None:
    assert prune(store, LATER, keep=False)[0] == Pruned("issue", 2, 2)
    assert [count for _, _, count in readings(store)] == [1, 1, 1, 1]


def test_room_is_given_back(store: Store) -> None:
    with store.write() as connection:
        number = connection.scalar(select(func.min(source_run.c.id)))
        row = {"severity": "notice", "kind": "k", "record": "r", "detail": "d" * 1000, "count": 1}
        connection.execute(insert(issue), [{"source_run_id": number, **row}] * 2_000)
    before = rest(store)
    with store.read() as connection:
        large = sizes(connection).total
    prune(store, LATER)
    compact(store)
    with store.read() as connection:
        now = sizes(connection)
    assert (large - now.total > 1_500_000, now.free) == (True, 0)
    assert rest(store) == before


def test_room_is_given_back_on_a_server(module_store: Store) -> None:
    compact(module_store)
    module_store.require_current()
