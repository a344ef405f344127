"""Sync a large XZuFi delivery into PostgreSQL and compare the first night with COPY and merge of its rows.

    python benchmarks/sync_postgres.py [--records 1000000] [--files 2]

The server is chosen as in postgres.py. Baseline: the bare parse of the same files, and the rows that the sync
wrote, copied into a temporary table and merged into an empty table of the same kind, with its indexes.
Prints JSON: seconds on the clock and ratios.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from bare_parse import bare_parse
from sqlalchemy import insert, select, text
from sync_xzufi import WORK, make_deliveries, night, swap

sys.path.insert(0, str(Path(__file__).parents[1]))

from catalogue.bulk import copy_rows
from catalogue.reference import load_packaged
from catalogue.store import Store, open_store
from catalogue.tables import offering, source
from catalogue.upkeep.content import rows_of
from tests.databases import Databases

MERGE = "INSERT INTO offering SELECT * FROM fresh ON CONFLICT (source_id, ref, n) DO NOTHING"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=2)
    given = parser.parse_args()
    first, _ = make_deliveries(given.records, given.files)
    folder = Path(tempfile.mkdtemp(prefix="lueckenlos-bench-"))
    folder.chmod(0o755)  # the account that runs PostgreSQL for root must be able to pass
    databases = Databases(folder)
    try:
        print(json.dumps({"records": given.records, **measure(databases, first)}, indent=1))
    finally:
        databases.close()


def measure(databases: Databases, first: Path) -> dict[str, float]:
    """Return seconds and ratios."""
    found: dict[str, float] = {}
    begin = time.perf_counter()
    for path in sorted(first.glob("*.xml")):
        bare_parse(path)
    found["bare_parse"] = time.perf_counter() - begin
    with databases.postgresql(reference=False) as url, databases.postgresql(reference=False) as other:
        server, bare = open_store(url), open_store(other)
        load_packaged(server)
        current = WORK / "delivery-of-server"
        swap(current, first)
        found["first_sync"], found["first_cells"] = night(server, current)
        found["copy_and_merge"] = copy_and_merge(server, bare)
        current.unlink()
        for store in (server, bare):
            store.close()
    found["first_sync / (parse + copy and merge)"] = found["first_sync"] / (
        found["bare_parse"] + found["copy_and_merge"]
    )
    found["first_sync / copy and merge"] = found["first_sync"] / found["copy_and_merge"]
    return {name: round(value, 2) for name, value in found.items()}


def copy_and_merge(server: Store, bare: Store) -> float:
    """Copy the rows that the sync wrote into a temporary table and merge them; return seconds."""
    with server.read() as connection:
        rows = list(rows_of(connection, offering))
        sources = [dict(row) for row in connection.execute(select(source)).mappings()]
    with bare.write() as connection:
        connection.execute(insert(source), sources)
        begin = time.perf_counter()
        connection.execute(text("CREATE TEMPORARY TABLE fresh (LIKE offering)"))
        copy_rows(connection, "fresh", offering.c.keys(), rows)
        connection.execute(text(MERGE))
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
