"""Move, back up and restore a database with many offerings, beside a bare COPY of the same rows.

    python benchmarks/postgres.py [--records 1000000]

The server is the one at LUECKENLOS_TEST_POSTGRES, else one that is started here as for the tests, which does
not wait for its disk. The bare COPY writes the offerings into an empty table with the same indexes and
references and does not look at what it wrote; all others also write every other table, read both sides and
compare hashes. Prints JSON: seconds on the clock, ratios, peak memory of this process in MB.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import insert, text

sys.path.insert(0, str(Path(__file__).parents[1]))

from catalogue.bulk import insert_rows
from catalogue.reference import load_packaged
from catalogue.store import Store, open_store
from catalogue.tables import metadata, offering, run, source
from catalogue.upkeep.backup import write_backup
from catalogue.upkeep.content import rows_of
from catalogue.upkeep.restore import restore_backup
from catalogue.upkeep.transfer import transfer
from tests.databases import Databases

RUN = {"started_at": "2026-11-01", "state": "ok", "region": "", "version": "1", "host": "h", "pid": 1}
SOURCE = {
    "key": "land",
    "kind": "xzufi",
    "name": "",
    "trust": 50,
    "speaks": True,
    "active": True,
    "settings_digest": "",
    "state": "ok",
    "complete": True,
    "stale_after_hours": 36,
    "objects": 0,
    "voice": "",
    "matched_release": 1,
}
COLUMNS = tuple(offering.c.keys())
#: References, as the server writes them; taken off for the bare copy, as for the others.
REFERENCES = "ALTER TABLE offering {} CONSTRAINT fk_offering_source_id_source {}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="lueckenlos-bench-"))
    folder.chmod(0o755)  # the account that runs PostgreSQL for root must be able to pass
    databases = Databases(folder)
    try:
        print(json.dumps({"records": given.records, **measure(databases, folder, given.records)}, indent=1))
    finally:
        databases.close()


def measure(databases: Databases, folder: Path, records: int) -> dict[str, float]:
    """Return seconds and ratios."""
    local = open_store(f"sqlite:///{folder / 'local.sqlite'}")
    local.upgrade()
    load_packaged(local)
    fill(local, records)
    found: dict[str, float] = {}
    with databases.postgresql(reference=False) as url, databases.postgresql(reference=False) as other:
        server, bare = open_store(url), open_store(other)
        found["bare_copy"] = timed(lambda: bare_copy(local, bare))
        found["move_to_server"] = timed(lambda: transfer(local, server))
        found["backup_of_file"] = timed(lambda: write_backup(local, folder / "file.zip", "1"))
        found["backup_of_server"] = timed(lambda: write_backup(server, folder / "server.zip", "1"))
        found["restore_to_server"] = timed(lambda: restore_backup(folder / "file.zip", server, replace=True))
        for store in (server, bare):
            store.close()
    local.close()
    found["move_per_bare_copy"] = round(found["move_to_server"] / found["bare_copy"], 2)
    found["database_mb"] = round((folder / "local.sqlite").stat().st_size / 1e6, 1)
    found["backup_mb"] = round((folder / "file.zip").stat().st_size / 1e6, 1)
    found["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    return found


def fill(store: Store, records: int) -> None:
    """Add a source with so many offerings."""
    with store.write() as connection:
        connection.execute(insert(run).values(id=1, **RUN))
        connection.execute(insert(source).values(id=1, **SOURCE))
        insert_rows(connection, offering, COLUMNS, offerings(records))


def offerings(records: int) -> Iterator[tuple[str | int | None, ...]]:
    """Yield rows like those of a Land: keys in no order, most of them with all their references."""
    for number in range(records):
        ref = f"L100042.{number * 2_654_435_761 % 2**32:010d}"
        area = number % 400 + 1
        rest = (area, None, None, None, number * 40_503, 1, 1, None, None)
        yield (1, ref, 0, "relation", f"S{number % 5_000}", f"OE{area}", f"0551200{area:05d}", "01", *rest)


def bare_copy(source_store: Store, target: Store) -> None:
    """Copy the offerings and nothing else, in one transaction, and put the reference back."""
    with source_store.read() as reading, target.write() as writing:
        writing.execute(insert(run).values(id=1, **RUN))
        writing.execute(insert(source).values(id=1, **SOURCE))
        writing.execute(text(REFERENCES.format("DROP", "")))
        insert_rows(writing, metadata.tables["offering"], COLUMNS, rows_of(reading, offering))
        writing.execute(text(REFERENCES.format("ADD", "FOREIGN KEY (source_id) REFERENCES source(id)")))


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that something takes."""
    begin = time.perf_counter()
    work()
    return round(time.perf_counter() - begin, 2)


if __name__ == "__main__":
    main()
