"""Publish the cells of 396 municipalities × 557 services, against bare writing of the same rows.

    python benchmarks/opendata.py [--rounds 3]

The baseline writes rows that are in memory already, with the csv module, json.dumps and pyarrow, each in one
go; the product reads them from its database and writes all three formats while it reads. Each measurement is
a process of its own, so that its memory is known: the highest resident size above that before the rows were
asked for. Memory is also measured for twice as many areas, as it should not grow with them; SQLite's page
cache, which the product lets grow to 64 MiB, is cut for that. Prints JSON: processor seconds, as others may
use the machine.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import parquet
from sqlalchemy import func, insert, select, text
from sync_xzufi import WORK, fresh_store

from catalogue.reports.filters import EVERYTHING, Filters
from catalogue.reports.opendata.columns import Question, Row
from catalogue.reports.opendata.release import write_table
from catalogue.reports.opendata.tables import TABLES
from catalogue.store import Store, open_store
from catalogue.tables import area, cell, region_area, run

DATABASE = WORK / "opendata.sqlite"
CELLS = next(table for table in TABLES if table.name == "cells")
AREAS = 396
DRAW = "((a.id * 7919 + CAST(o.ozg_id AS INTEGER) * 104729) % 9973) % 100"
LINK = f"CASE WHEN {DRAW} < 29 THEN 'https://stadt' || a.id || '.example/dienst/' || o.ozg_id ELSE '' END"
FILL = f"""
INSERT INTO cell (area_id, ozg_id, status, reason, satisfied_level, operator, online_url, competent,
 competent_tier, competent_area_id, competence_rule, confidence, voluntary, gap, own, stale, leaves_online,
 leaves, sources, evidence_ref, since, run_id)
SELECT a.id, o.ozg_id,
 CASE WHEN {DRAW} < 29 THEN 'online' WHEN {DRAW} < 40 THEN 'described' ELSE 'missing' END,
 '', 'gemeinde', 'own', {LINK}, 'yes', 'gemeinde', a.id, 'einschaetzung', 'hoch', 0, {DRAW} >= 29, 1, 0, 1, 3,
 'land stadt' || a.id, 'L1:' || a.id, '2026-01-01T00:00:00+00:00', 1
FROM region_area r JOIN area a ON a.id = r.area_id CROSS JOIN ozg_service o ORDER BY a.id, o.ozg_id
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", choices=("product", "double", "product-writing", "bare"))
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one)))
        return
    if not DATABASE.exists():
        prepare()
    found = {name: rounds(name, given.rounds) for name in ("bare", "product-writing", "product", "double")}
    bare, product = found["bare"], found["product"]
    writing = found["product-writing"]
    result = {
        "rows": product["rows"],
        "bare_seconds": bare["seconds"],
        "product_writing_seconds": writing["seconds"],
        "writing_ratio": round(writing["seconds"] / bare["seconds"], 2),
        "product_seconds": product["seconds"],
        "product_ratio": round(product["seconds"] / bare["seconds"], 2),
        "product_mebibytes": product["mebibytes"],
        "twice_the_areas_mebibytes": found["double"]["mebibytes"],
        "bare_mebibytes": bare["mebibytes"],
    }
    print(json.dumps(result, indent=1))


def rounds(name: str, count: int) -> dict[str, float]:
    """Return the medians of several processes."""
    command = [sys.executable, __file__, "--one", name]
    told = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(count)]
    return {key: round(statistics.median(one[key] for one in told), 2) for key in told[0]}


def measure(name: str) -> dict[str, float]:
    """Write the table once; what is in memory before does not count."""
    store = open_store(f"sqlite:///{DATABASE}")
    with store.read() as connection, tempfile.TemporaryDirectory(dir=WORK) as folder:
        connection.exec_driver_sql("PRAGMA cache_size=-2000")
        question = Question(connection, EVERYTHING if name == "double" else _of_one_land())
        place = Path(folder)
        warm_up(question, place)
        rows = CELLS.rows(question)
        if name in {"bare", "product-writing"}:
            rows = iter(list(rows))
        before, start = peak(), time.process_time()
        count = bare(rows, place) if name == "bare" else write_table(CELLS, rows, place)
        seconds = time.process_time() - start
        return {"rows": count, "seconds": seconds, "mebibytes": peak() - before}


def _of_one_land() -> Filters:
    """Return the filter for the first of the region's areas."""
    store = open_store(f"sqlite:///{DATABASE}")
    with store.read() as connection:
        query = select(area.c.ars).join(region_area, region_area.c.area_id == area.c.id)
        return Filters(areas=tuple(connection.scalars(query.order_by(region_area.c.position).limit(AREAS))))


def warm_up(question: Question, folder: Path) -> None:
    """Load what is loaded once, whatever is written: libraries, messages, names of services."""
    write_table(CELLS, islice(CELLS.rows(question), 5_000), folder)


def bare(rows: Iterator[Row], folder: Path) -> int:
    """Write rows as the libraries alone would, each format in one go."""
    held = list(rows)
    names = CELLS.fields
    with (folder / "bare.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        writer.writerows(held)
    objects = [dict(zip(names, row, strict=True)) for row in held]
    (folder / "bare.json").write_text(json.dumps(objects, ensure_ascii=False, default=str), encoding="utf-8")
    columns = [pa.array(values) for values in zip(*held, strict=True)]
    parquet.write_table(pa.table(columns, names=list(names)), folder / "bare.parquet", compression="zstd")
    return len(held)


def peak() -> float:
    """Return the highest resident size so far (mebibytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def prepare() -> None:
    """Make the database: twice as many municipalities as are measured, a cell for each service."""
    store: Store = fresh_store(DATABASE)
    with store.write() as connection:
        query = select(area.c.id).where(area.c.level == "gemeinde", area.c.ars >= "05")
        ids = list(connection.scalars(query.order_by(area.c.ars)))[: 2 * AREAS]
        rows = [{"area_id": one, "position": place} for place, one in enumerate(ids)]
        connection.execute(insert(region_area), rows)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        values = {"state": "ok", "region": "Land", "version": "", "host": "", "pid": 0}
        connection.execute(insert(run).values(id=1, started_at=now, finished_at=now, **values))
        connection.execute(text(FILL))
        count = connection.scalar(select(func.count()).select_from(cell))
    print(f"{count} cells", file=sys.stderr)
    store.close()


if __name__ == "__main__":
    main()
