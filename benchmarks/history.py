"""Look at the past of a Land: a year of nights over 396 municipalities × 557 services.

    python benchmarks/history.py [--nights 365] [--moved 1000] [--rounds 3]

Writes the cells of all municipalities of NRW and then, night by night, so many of them anew as the writer of
cells does it. The baseline is ``coverage`` of the present over the same cells. Prints JSON: seconds of wall
clock, medians.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from catalogue.bulk import insert_rows, replace_rows
from catalogue.history import CELL_COLUMNS, CHANGE_COLUMNS, keep_past, open_edition, stored_moment
from catalogue.reference import load_packaged
from catalogue.reports.coverage import coverage
from catalogue.reports.filters import Filters
from catalogue.reports.movement import explained
from catalogue.reports.trend import trend
from catalogue.store import open_store
from catalogue.tables import area, cell, cell_change, cell_past, ozg_service, region_area, run

DATABASE = Path(__file__).parent / "work" / "history.sqlite"
LAST_NIGHT = datetime(2026, 11, 1, 1, 30, tzinfo=UTC)
STATUSES = ("online", "missing", "described", "unknown")
LAND = "05"

Row = tuple[str | int | bool | None, ...]


def main() -> None:
    """Build, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--moved", type=int, default=1000, help="cells that change in a night")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    DATABASE.parent.mkdir(exist_ok=True)
    for old in DATABASE.parent.glob(f"{DATABASE.name}*"):
        old.unlink()
    store = open_store(f"sqlite:///{DATABASE}")
    store.upgrade()
    load_packaged(store)
    with store.write() as connection:
        build(connection, given.nights, given.moved)
    middle = LAST_NIGHT - timedelta(days=given.nights // 2)
    with store.read() as connection:
        counts = {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for table in (cell, cell_past, cell_change)
        }
        week = LAST_NIGHT - timedelta(days=7)

        def median(work: Callable[[], object]) -> float:
            return round(statistics.median(seconds(work) for _ in range(given.rounds)), 2)

        now = median(lambda: coverage(connection))
        then = median(lambda: coverage(connection, Filters(as_of=middle)))
        line = median(lambda: trend(connection, days=365, until=LAST_NIGHT + timedelta(days=1)))
        result = {
            **counts,
            "coverage_seconds": now,
            "coverage_as_of_seconds": then,
            "coverage_as_of_ratio": round(then / now, 1),
            "trend_seconds": line,
            "trend_ratio": round(line / now, 1),
            "one_query_a_day_seconds, by extrapolation": round(then * given.nights),
            "changes_of_a_week_explained_seconds": median(lambda: explained(connection, since=week)),
            "changes_of_all_nights_explained_seconds": median(lambda: explained(connection)),
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
    store.close()
    print(json.dumps(result, indent=1))


def seconds(work: Callable[[], object]) -> float:
    """Return how long some work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def build(connection: Connection, nights: int, moved: int) -> None:
    """Write a first night and those after it, each with its edition, changes and what was before."""
    chance = random.Random(7)
    gemeinden = select(area.c.id).where(area.c.level == "gemeinde", area.c.ars.startswith(LAND))
    places = list(connection.scalars(gemeinden.where(area.c.abolished_on.is_(None))))
    services = list(connection.scalars(select(ozg_service.c.ozg_id)))
    rows = [{"area_id": place, "position": number} for number, place in enumerate(places)]
    connection.execute(insert(region_area), rows)
    first = LAST_NIGHT - timedelta(days=nights)
    at = begin(connection, 1, first)
    known = {
        (place, service): fresh(place, service, "missing", at, 1) for place in places for service in services
    }
    insert_rows(connection, cell, CELL_COLUMNS, known.values())
    insert_rows(connection, cell_change, CHANGE_COLUMNS, list(changes(known, {}, at, 1)))
    keys = list(known)
    for number in range(2, nights + 2):
        at = begin(connection, number, first + timedelta(days=number - 1))
        new = {key: fresh(*key, chance.choice(STATUSES), at, number) for key in chance.sample(keys, moved)}
        insert_rows(connection, cell_change, CHANGE_COLUMNS, list(changes(new, known, at, number)))
        keep_past(connection, [known[key] for key in new], number)
        replace_rows(connection, cell, CELL_COLUMNS, list(new.values()))
        known.update(new)


def begin(connection: Connection, number: int, moment: datetime) -> str:
    """Write a run with its edition and return its moment."""
    values = {"id": number, "started_at": stored_moment(moment), "state": "ok", "region": "Land"}
    connection.execute(insert(run).values(version="", host="", pid=0, **values))
    return open_edition(connection, number, moment)


def fresh(place: int, service: str, status: str, at: str, number: int) -> Row:
    """Return a row of the table ``cell``."""
    online = status == "online"
    facts = (place, service, status, "never_asked" if status == "unknown" else "", "gemeinde", "own", "")
    competence = ("yes", "gemeinde", place, "regel", "hoch", False)
    found = (status in {"missing", "described"}, online, False, int(online), 3, "feed", 1, "ref")
    return (*facts, *competence, *found, at, number)


def changes(
    new: dict[tuple[int, str], Row], known: dict[tuple[int, str], Row], at: str, number: int
) -> Iterator[Row]:
    """Yield what the table ``cell_change`` says about rows that replace others."""
    for key, row in new.items():
        old = known.get(key)
        before, reason = (old[2], old[3]) if old else ("", "")
        cause = "offer_changed" if old else "first_verdict"
        yield (number, at, *key, before, row[2], reason, row[3], "status", cause, 1)


if __name__ == "__main__":
    main()
