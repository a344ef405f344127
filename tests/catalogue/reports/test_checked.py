"""The figure ``checked``: what counts, what does not, what is not known, and why it moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, insert, update

from catalogue.history import open_edition
from catalogue.links_answers import answers_at
from catalogue.links_book import Seen, known_links, write_seen
from catalogue.reports.coverage import CoverageRow, coverage
from catalogue.reports.filters import EVERYTHING, Filters
from catalogue.reports.gaps import gaps
from catalogue.reports.movement import Explained, explained
from catalogue.store import Store
from catalogue.tables import cell, cell_change, link_run, run
from tests.linkworld.nights import link_cells, moment

URLS = [f"https://stadt.example/dienst/{number}" for number in range(4)]


class Book:
    """A database whose four cells are online at four links, and nights that see something of them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.area_id = link_cells(store, [f"{url}#start" for url in URLS])[0]

    def night(self, number: int, *results: str, fresh_days: int = 14) -> None:
        """Write what was seen: a result and kind for each link, empty if it was not asked for."""
        at = moment(number)
        seen = [
            Seen(url, *one.split("/"), at)
            for url, one in zip(URLS, results, strict=False)
            if one  # type: ignore[arg-type]
        ]
        with self.store.write() as connection:
            added = connection.execute(
                insert(run).values(
                    started_at=at.isoformat(),
                    finished_at=at.isoformat(),
                    state="ok",
                    region="",
                    version="x",
                    host="x",
                    pid=1,
                )
            )
            figures = dict.fromkeys(("due", "ok", "moved", "dead", "unclear", "newly_broken", "recovered"), 0)
            key = added.inserted_primary_key[0] if added.inserted_primary_key else 0
            values = figures | {"run_id": key, "fresh_days": fresh_days, "rules": "x", "own_network": False}
            connection.execute(insert(link_run).values(**values, checked=len(seen)))
            write_seen(connection, seen, known_links(connection, URLS))

    def coverage(self, number: int) -> CoverageRow:
        """Return the coverage of the region as it was soon after a night's check."""
        with self.store.read() as connection:
            return coverage(connection, as_of(number))[-1]

    def moved(self, since: int, until: int) -> Explained:
        """Return the movement of the figure of the region between two nights."""
        with self.store.read() as connection:
            found = explained(connection, EVERYTHING, later(since), later(until))
        return next(row for row in reversed(found) if row.figure == "checked_count")


def later(number: int) -> datetime:
    return moment(number) + timedelta(hours=6)


def as_of(number: int) -> Filters:
    return Filters(as_of=later(number))


@pytest.fixture
def book(reference_store: Store) -> Iterator[Book]:
    book = Book(reference_store)
    with reference_store.write() as connection:
        open_edition(connection, _first_run(connection), moment(0))
        connection.execute(update(cell).values(since=moment(0).isoformat()))
    return book


def _first_run(connection: Connection) -> int:
    return int(connection.scalar(cell.select().with_only_columns(cell.c.run_id).limit(1)) or 0)


OK, MOVED, DEAD, UNCLEAR = "ok/answered", "moved/moved", "dead/not_found", "unclear/busy"


def test_while_no_link_was_ever_checked_the_figure_is_not_measured(book: Book) -> None:
    row = book.coverage(1)
    assert (row.any_count, row.checked_count, row.checked_share) == (4, None, None)
    assert (row.checked_upper, row.checked_broken) == (None, None)


def test_a_cell_counts_if_its_link_answered_and_what_was_not_checked_is_between_the_bounds(
    book: Book,
) -> None:
    book.night(1, OK, MOVED, UNCLEAR)
    row = book.coverage(1)
    assert (row.checked_count, row.checked_share, row.checked_upper, row.checked_broken) == (2, 0.5, 1.0, 0)


def test_a_link_counts_until_it_is_broken_and_then_no_more(book: Book) -> None:
    book.night(1, OK, OK, OK, OK)
    for number in (2, 3, 4):
        book.night(number, DEAD, OK, UNCLEAR, OK)
    assert [book.coverage(number).checked_count for number in (1, 3, 4)] == [4, 4, 3]
    row = book.coverage(4)
    assert (row.any_count, row.checked_broken, row.checked_upper) == (4, 1, 0.75)


def test_an_answer_counts_for_so_many_days(book: Book) -> None:
    book.night(1, OK, OK, fresh_days=5)
    book.night(4, UNCLEAR, OK, fresh_days=5)
    assert [book.coverage(number).checked_count for number in (4, 5, 7, 10)] == [2, 2, 1, 0]


def test_the_figure_of_now_is_the_one_as_of_now(book: Book) -> None:
    for number in (1, 2, 3):
        book.night(number, DEAD, OK, UNCLEAR)
    with book.store.read() as connection:
        now = answers_at(connection)
        then = answers_at(connection, later(3))
    assert now is not None
    assert then is not None
    assert now.broken == then.broken == {URLS[0]: moment(1).isoformat()}
    assert then.fresh == {URLS[1]}


def test_causes_of_links_add_up_to_the_movement(book: Book) -> None:
    book.night(1, OK, OK, DEAD, fresh_days=6)
    for number in (2, 3):
        book.night(number, DEAD, OK, DEAD, fresh_days=6)
    book.night(4, DEAD, UNCLEAR, OK, OK, fresh_days=6)
    book.night(10, DEAD, UNCLEAR, OK, OK, fresh_days=6)
    row = book.moved(3, 4)
    assert (row.before, row.after) == (2, 3)
    assert {one.cause: (one.gained, one.lost) for one in row.contributions} == {
        "link_died": (0, 1),
        "link_recovered": (1, 0),
        "link_answered": (1, 0),
    }
    row = book.moved(4, 10)
    assert {one.cause: one.change for one in row.contributions} == {"link_lapsed": -1}
    assert row.after == (row.before or 0) - 1


def test_what_moves_a_cell_moves_the_figure_for_the_same_cause(book: Book) -> None:
    book.night(1, OK, OK, OK, OK)
    with book.store.write() as connection:
        at = moment(2).isoformat()
        added = connection.execute(
            insert(run).values(
                started_at=at, finished_at=at, state="ok", region="x", version="x", host="x", pid=1
            )
        )
        number = int(added.inserted_primary_key[0]) if added.inserted_primary_key else 0
        open_edition(connection, number, moment(2))
        mine = (cell.c.area_id == book.area_id, cell.c.ozg_id == "10000")
        connection.exec_driver_sql(
            f"INSERT INTO cell_past SELECT cell.*, {number} FROM cell WHERE ozg_id = '10000'"
        )
        connection.execute(update(cell).where(*mine).values(status="described", online_url="", run_id=number))
        texts = dict.fromkeys(("old_reason", "new_reason"), "")
        connection.execute(
            insert(cell_change).values(
                **texts,
                run_id=number,
                at=at,
                area_id=book.area_id,
                ozg_id="10000",
                old_status="online",
                new_status="described",
                field="status",
                cause="withdrawn",
            )
        )
    row = book.moved(1, 3)
    assert (row.before, row.after) == (4, 3)
    assert [(one.cause, one.change) for one in row.contributions] == [("withdrawn", -1)]


def test_a_broken_link_stands_beside_the_gaps_and_makes_none(book: Book) -> None:
    for number in (1, 2, 3):
        book.night(number, DEAD, OK)
    with book.store.read() as connection:
        found = gaps(connection)
    assert found.rows == []
    assert [(one.ozg_id, one.url, one.since) for one in found.dead_links] == [
        ("10000", f"{URLS[0]}#start", moment(1).isoformat())
    ]
