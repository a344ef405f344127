"""Sync a large XZuFi delivery into SQLite and compare each night with its baseline, in one run.

    python benchmarks/sync_xzufi.py [--records 1000000] [--files 2] [--rounds 1]

Nights: the first load, the byte-identical delivery, one per cent changed. Baselines over the same files:
the bare parse (bare_parse.py), the bare sorted executemany of the same rows into the same table, and the
reading of all fingerprints. A night's time is that of the source, from fetching to the applied transaction;
computing the cells of all 396 municipalities comes after it and is given beside it (see cells.py).
Prints JSON: seconds on the clock, ratios, peak memory of the syncing process (first load and cells) in MB.
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bare_parse import bare_parse
from sqlalchemy import select

from catalogue.reference import load_packaged
from catalogue.store import Store, open_store
from catalogue.tables import area, leika_service, offering
from sync.region import read_region
from sync.run import Options, Silent, sync

HERE = Path(__file__).parent
WORK = HERE / "work"
REGION = """[region]
name = "Messung"
areas = [{{ children_of = "050000000000" }}]

[[source]]
id = "land"
type = "xzufi"
location = "{location}"
"""
COLUMNS = (
    "source_id, ref, n, kind, service_ref, provider_ref, area_raw, role, area_id, record_id, unit_id,"
    " online_id, fingerprint, first_run, changed_run"
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    first, changed = make_deliveries(given.records, given.files)
    rounds = [measure(first, changed) for _ in range(given.rounds)]
    medians = {name: round(statistics.median(r[name] for r in rounds), 2) for name in rounds[0]}
    print(
        json.dumps({"records": given.records, "files": given.files, **medians, **ratios(medians)}, indent=1)
    )


def make_deliveries(records: int, files: int) -> tuple[Path, Path]:
    """Write the delivery and the one with a per cent changed, once for all runs of the benchmark."""
    WORK.mkdir(exist_ok=True)
    store = fresh_store(WORK / "facts.sqlite")
    with store.read() as connection:
        areas = connection.scalars(
            select(area.c.ars).where(area.c.level == "gemeinde", area.c.ars.like("05%"))
        )
        (WORK / "areas.txt").write_text("\n".join(areas))
        keys = connection.scalars(select(leika_service.c.leika_key).where(leika_service.c.leaf))
        (WORK / "keys.txt").write_text("\n".join(keys))
    first, changed = WORK / f"heavy-{records}-{files}", WORK / f"heavy-{records}-{files}-changed"
    for folder, per_cent in ((first, 0), (changed, 1)):
        if not folder.exists():
            command = [sys.executable, str(HERE / "make_xzufi.py"), "responsibilities"]
            command += ["--records", str(records), "--files", str(files), "--changed", str(per_cent)]
            command += ["--areas", str(WORK / "areas.txt"), "--keys", str(WORK / "keys.txt"), str(folder)]
            subprocess.run(command, check=True)
    return first, changed


def fresh_store(path: Path) -> Store:
    """Return a new database with the reference loaded."""
    for suffix in ("", "-wal", "-shm", ".lock"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    store = open_store(f"sqlite:///{path}")
    store.upgrade()
    load_packaged(store)
    return store


def measure(first: Path, changed: Path) -> dict[str, float]:
    """Run the three nights and the baselines once."""
    seconds: dict[str, float] = {}
    store = fresh_store(WORK / "sync.sqlite")
    current = WORK / "delivery"
    seconds["bare_parse"] = timed(lambda: [bare_parse(path) for path in sorted(first.glob("*.xml"))])
    swap(current, first)
    seconds["first_sync"], seconds["first_cells"] = night(store, current)
    seconds["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds["bare_insert"] = bare_insert(store)
    seconds["identical_sync"], _ = night(store, current)
    seconds["read_fingerprints"] = timed(lambda: read_fingerprints(WORK / "sync.sqlite"))
    seconds["bare_parse_again"] = timed(lambda: [bare_parse(path) for path in sorted(changed.glob("*.xml"))])
    swap(current, changed)
    seconds["changed_sync"], seconds["changed_cells"] = night(store, current)
    store.close()
    return seconds


def swap(current: Path, delivery: Path) -> None:
    """Let the source's folder be another delivery."""
    if current.is_symlink():
        current.unlink()
    current.symlink_to(delivery)


class Clock(Silent):
    """Notes when the sources are done and the cells begin."""

    def __init__(self) -> None:
        self.begin = self.cells = time.perf_counter()

    def cells_started(self) -> None:
        """Take the time."""
        self.cells = time.perf_counter()


def night(store: Store, current: Path) -> tuple[float, float]:
    """Sync once; return the seconds of the source and of the cells. Anything but success ends all."""
    region = WORK / "region.toml"
    region.write_text(REGION.format(location=current.absolute()))
    clock = Clock()
    report = sync(store, read_region(region), Options(), clock)
    end = time.perf_counter()
    if report.exit_code:
        raise SystemExit(f"{report.sources}")
    counts = report.sources[0].counts
    print(
        f"{report.sources[0].state} {counts} cells {report.cells_new}+{report.cells_changed}", file=sys.stderr
    )
    return clock.cells - clock.begin, end - clock.cells


def bare_insert(store: Store) -> float:
    """Insert the rows that the first sync wrote, sorted, with nothing around it; return seconds."""
    with store.read() as connection:
        columns = [offering.c[name.strip()] for name in COLUMNS.split(",")]
        rows = [
            tuple(row) for row in connection.execute(select(*columns).order_by(offering.c.ref, offering.c.n))
        ]
        table, index = (
            connection.exec_driver_sql(f"SELECT sql FROM sqlite_master WHERE name = '{name}'").scalar_one()
            for name in ("offering", "ix_offering_area")
        )
    path = WORK / "bare.sqlite"
    path.unlink(missing_ok=True)
    bare = sqlite3.connect(path)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA cache_size=-65536")
    bare.execute(table.replace("FOREIGN KEY(source_id) REFERENCES source (id)", "CHECK (1)"))
    begin = time.perf_counter()
    places = ",".join("?" * len(columns))
    bare.executemany(f"INSERT INTO offering ({COLUMNS}) VALUES ({places})", rows)
    bare.execute(index)
    bare.commit()
    seconds = time.perf_counter() - begin
    bare.close()
    path.unlink()
    return seconds


def read_fingerprints(path: Path) -> None:
    """Read what change detection by dictionary would need."""
    connection = sqlite3.connect(path)
    known = dict(connection.execute("SELECT ref, fingerprint FROM offering"))
    print(f"{len(known)} fingerprints", file=sys.stderr)
    connection.close()


def timed(work: object) -> float:
    """Return the wall-clock seconds of a call."""
    begin = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - begin


def ratios(seconds: dict[str, float]) -> dict[str, float]:
    """Return the ratios that the project promises, with the promise in the name."""
    parse = seconds["bare_parse"]
    again = seconds["bare_parse_again"]
    return {
        "first_sync / (parse + insert), at most 2": round(
            seconds["first_sync"] / (parse + seconds["bare_insert"]), 2
        ),
        "identical_sync / parse, below 0.3": round(seconds["identical_sync"] / parse, 3),
        "changed_sync / (parse + fingerprints), at most 1.5": round(
            seconds["changed_sync"] / (again + seconds["read_fingerprints"]), 2
        ),
    }


if __name__ == "__main__":
    main()
