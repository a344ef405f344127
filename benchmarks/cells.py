"""Compute cells from the offerings that sync_xzufi.py left behind: all of them, and those of one city.

    python benchmarks/cells.py [--rounds 3]

The whole: 396 municipalities × 557 services, from nothing, with all their rows written. One city: what a
changed source of one city makes due. Prints JSON: wall-clock and processor seconds, medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete, func, select

from catalogue.cells import Recomputed, recompute
from catalogue.due import note_due
from catalogue.store import Store, open_store
from catalogue.tables import cell, cell_change, offering, region_area, run

DATABASE = Path(__file__).parent / "work" / "sync.sqlite"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if not DATABASE.exists():
        raise SystemExit("run sync_xzufi.py first: its database is measured")
    store = open_store(f"sqlite:///{DATABASE}")
    with store.read() as connection:
        areas = connection.scalars(select(region_area.c.area_id).order_by(region_area.c.position)).all()
        offerings = connection.scalar(select(func.count()).select_from(offering))
    whole = [measure(store, areas, anew=True) for _ in range(given.rounds)]
    city = [measure(store, areas[200:201], anew=False) for _ in range(given.rounds)]
    result = {
        "offerings": offerings,
        "cells": whole[0][2].new,
        "whole_seconds, below 5": middle(seconds for seconds, _, _ in whole),
        "whole_processor_seconds": middle(seconds for _, seconds, _ in whole),
        "one_city_seconds, below 0.3": middle(seconds for seconds, _, _ in city),
        "one_city_processor_seconds": middle(seconds for _, seconds, _ in city),
    }
    print(json.dumps(result, indent=1))


def measure(store: Store, areas: Sequence[int], *, anew: bool) -> tuple[float, float, Recomputed]:
    """Compute the cells of areas once, in a transaction that is thrown away."""
    with store.write(keep=False) as connection:
        if anew:
            connection.execute(delete(cell_change))
            connection.execute(delete(cell))
        note_due(connection, areas, "offers")
        run_id = connection.scalar(select(func.max(run.c.id))) or 0
        wall, processor = time.perf_counter(), time.process_time()
        done = recompute(connection, run_id, datetime.now(UTC))
        return time.perf_counter() - wall, time.process_time() - processor, done


def middle(values: object) -> float:
    """Return the median, rounded."""
    return round(statistics.median(values), 2)  # type: ignore[call-overload, no-any-return]


if __name__ == "__main__":
    main()
