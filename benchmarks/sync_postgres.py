"""Sync a large XZuFi delivery into PostgreSQL and compare the first night with COPY and merge of its rows.

    python benchmarks/sync_postgres.py [--records 1000000] [--files 2]

The server is chosen as in postgres.py. Measured on databases of their own, one after the other:

- apply: the staged delivery brought into the catalogue in one transaction, from the copy to the commit, with
  differences, references, matching and the list of areas due;
- sync: the whole source, from fetching to the applied transaction, parsing included;
- copy and merge: the rows of all tables that apply filled, held in memory, copied into temporary tables and
  merged by INSERT … SELECT … ON CONFLICT into the same tables, with indexes and references. They come in the
  order in which apply wrote them, which suits the indexes best.

Prints JSON: seconds on the clock, processor seconds of client and server together (Linux, server on the same
machine), ratios, and by how much apply let the peak memory of this process grow in MB.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from bare_parse import bare_parse
from postgres import SOURCE
from sqlalchemy import Connection, Table, insert, select, text
from sync_xzufi import WORK, make_deliveries, night, swap

sys.path.insert(0, str(Path(__file__).parents[1]))

from catalogue import tables
from catalogue.bulk import copy_rows
from catalogue.matching.keyed import loaded_decider
from catalogue.objects import Delivered
from catalogue.reference import load_packaged
from catalogue.staged import write_with_stage
from catalogue.store import Store, open_store
from catalogue.upkeep.content import Row, rows_of
from connectors.contract import find_kind
from sync.apply import apply_delivery
from sync.prepare import Prepared, prepare
from sync.record import start_run
from sync.report import SourceOutcome
from tests.databases import Databases

#: What apply fills.
FILLED = (
    tables.service_record,
    tables.unit,
    tables.online_service,
    tables.specialisation,
    tables.offering,
    tables.statement,
    tables.match,
)
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"


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
        print(json.dumps({"records": given.records, **measure(databases, first, folder)}, indent=1))
    finally:
        databases.close()


def measure(databases: Databases, first: Path, folder: Path) -> dict[str, float]:
    """Return seconds and ratios."""
    found: dict[str, float] = {}
    found["bare_parse"] = clocked(lambda: [bare_parse(path) for path in sorted(first.glob("*.xml"))])
    with ExitStack() as stack:
        applied, synced, bare = (stack.enter_context(databases.postgresql(reference=False)) for _ in range(3))
        stores = [open_store(url) for url in (applied, synced, bare)]
        for store in stores:
            stack.callback(store.close)
            load_packaged(store)
        prepared = stage(first, folder / "delivery", found)
        memory = peak_mb()
        timed("apply", stores[0], lambda: apply(stores[0], prepared), found)
        found["apply_grew_mb"] = peak_mb() - memory
        rows = filled_rows(stores[0], stores[2])
        timed("copy_and_merge", stores[2], lambda: copy_and_merge(stores[2], rows), found)
        rows.clear()
        loaded_decider.cache_clear()
        current = WORK / "delivery-of-server"
        swap(current, first)
        found["sync"], found["cells"] = night(stores[1], current)
        current.unlink()
    return {name: round(value, 2) for name, value in {**found, **ratios(found)}.items()}


def stage(delivery: Path, folder: Path, found: dict[str, float]) -> Prepared:
    """Stage the delivery as a sync does."""
    kind = find_kind("xzufi")
    settings = {"id": "land", "type": "xzufi", "location": str(delivery.absolute())}
    begin = time.perf_counter()
    prepared = prepare(kind.settings_model.model_validate(settings), folder, "", None, as_one=False)
    found["stage"] = time.perf_counter() - begin
    if prepared.error is not None:
        raise prepared.error
    return prepared


def apply(store: Store, prepared: Prepared) -> None:
    """Bring the staged delivery into an empty catalogue."""
    now = datetime.now(UTC)
    with store.write() as connection:
        run_id = start_run(connection, "", now)
        connection.execute(insert(tables.source).values(id=1, **SOURCE | {"matched_release": 0}))
    outcome = SourceOutcome("land", "ok", summary=prepared.summary)
    with write_with_stage(store, *prepared.stages) as connection:
        apply_delivery(connection, Delivered(1, run_id, prepared.summary.scope), outcome, now)
    print(f"{outcome.counts}", file=sys.stderr)


def filled_rows(applied: Store, bare: Store) -> dict[Table, list[Row]]:
    """Return the rows that apply wrote; what they refer to is put into the other database."""
    with applied.read() as connection:
        rows = {table: list(rows_of(connection, table)) for table in FILLED}
        others = [
            (table, [*connection.execute(select(table)).mappings()]) for table in (tables.run, tables.source)
        ]
    with bare.write() as connection:
        for table, known in others:
            connection.execute(insert(table), [dict(row) for row in known])
    return rows


def copy_and_merge(bare: Store, rows: dict[Table, list[Row]]) -> None:
    """Copy rows into temporary tables and merge them, in one transaction."""
    with bare.write() as connection:
        for table, known in rows.items():
            merge(connection, table, known)


def merge(connection: Connection, table: Table, rows: list[Row]) -> None:
    """Copy and merge the rows of one table."""
    names = [column.name for column in table.c]
    columns = ", ".join(f'"{name}"' for name in names)
    key = ", ".join(column.name for column in table.primary_key)
    connection.execute(
        text(f'CREATE TEMPORARY TABLE "fresh_{table.name}" (LIKE "{table.name}") ON COMMIT DROP')
    )
    copy_rows(connection, f"fresh_{table.name}", names, rows)
    connection.execute(
        text(
            f'INSERT INTO "{table.name}" ({columns}) SELECT {columns} FROM "fresh_{table.name}" '
            f"ON CONFLICT ({key}) DO NOTHING"
        )
    )


def ratios(found: dict[str, float]) -> dict[str, float]:
    """Return the ratios, what was promised in the name."""
    base, parse = found["copy_and_merge"], found["bare_parse"]
    return {
        "apply / copy and merge, at most 2": found["apply"] / base,
        "apply / copy and merge, processor": found["apply_cpu"] / found["copy_and_merge_cpu"],
        "sync / copy and merge": found["sync"] / base,
        "sync / (bare parse + copy and merge)": found["sync"] / (parse + base),
    }


def timed(name: str, store: Store, work: Callable[[], None], found: dict[str, float]) -> None:
    """Note the seconds on the clock, and those of the processors, client and server together."""
    before = time.process_time() + server_seconds(store)
    found[name] = clocked(work)
    found[f"{name}_cpu"] = time.process_time() + server_seconds(store) - before


def clocked(work: Callable[[], object]) -> float:
    """Return the seconds on the clock."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def server_seconds(store: Store) -> float:
    """Return the processor seconds of the processes that serve a database, if they are on this machine."""
    with store.read() as connection:
        pids = connection.execute(text(BACKENDS)).scalars().all()
    ticks = 0
    for pid in pids:
        path = Path(f"/proc/{pid}/stat")
        if path.exists():
            ticks += sum(int(value) for value in path.read_text().rpartition(")")[2].split()[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def peak_mb() -> float:
    """Return the peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
