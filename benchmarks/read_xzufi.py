"""Measure reading XZuFi against the bare parse: time, memory, two processes. Prints JSON.

    python benchmarks/read_xzufi.py [--rounds 5] [--megabytes 300] [--responsibilities 1000000]

Every measurement is a process of its own; baseline and reader take turns. Times of single processes are
CPU seconds, times of several processes are seconds on the clock. Files are made in benchmarks/work when they
are missing.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.bare_parse import bare_parse  # noqa: E402
from benchmarks.make_xzufi import (  # noqa: E402
    invented_areas,
    invented_keys,
    write_mixed,
    write_responsibilities,
)
from connectors.contract import Part  # noqa: E402
from connectors.fetch import Fetcher  # noqa: E402
from connectors.xzufi import XzufiConnector, XzufiSettings  # noqa: E402

WORK = ROOT / "benchmarks" / "work"
#: Cores that others may keep busy during a round that counts.
FOREIGN_CPU = 0.12
FRESH = multiprocessing.get_context("spawn")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--responsibilities", type=int, default=1_000_000)
    given = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    large, small, second = (
        mixed(given.megabytes, seed=1),
        mixed(given.megabytes // 10, seed=1),
        mixed(given.megabytes, seed=2),
    )
    heavy = responsibilities(given.responsibilities)
    report = {
        "machine": f"{platform.processor() or platform.machine()}, Python {platform.python_version()}",
        "mixed": compare(large, given.rounds),
        "responsibilities": compare(heavy, given.rounds),
        "peak_rss_mb": {
            "before_reading": round(fresh(peak_rss), 1),
            path_label(small): round(fresh(read_and_measure, small)["rss"], 1),
            path_label(large): round(fresh(read_and_measure, large)["rss"], 1),
            path_label(heavy): round(fresh(read_and_measure, heavy)["rss"], 1),
        },
        "two_files_two_processes": compare_processes([large, second], given.rounds),
    }
    print(json.dumps(report, indent=2))


def mixed(megabytes: int, *, seed: int) -> Path:
    path = WORK / f"mixed-{megabytes}-{seed}.xml"
    return path if path.exists() else write_mixed(path, megabytes * 1_000_000, seed=seed)


def responsibilities(records: int) -> Path:
    folder = WORK / f"responsibilities-{records}"
    if not folder.exists():
        write_responsibilities(folder, records, areas=invented_areas(396), keys=invented_keys(557))
    return next(folder.iterdir())


def path_label(path: Path) -> str:
    return f"{path.stem} ({path.stat().st_size / 1_000_000:.0f} MB)"


def read(path: Path) -> int:
    """Return the number of records in a file, its Completeness included."""
    settings = XzufiSettings(id="measured", type="xzufi", location=str(path))
    connector = XzufiConnector(settings, Fetcher())
    records = 0
    for _ in connector.read(Part(path.name, path, "", path.stat().st_size)):
        records += 1
    return records


def measure(work: Callable[[Path], int], path: Path) -> dict[str, float]:
    begin = time.process_time()
    count = work(path)
    return {"seconds": time.process_time() - begin, "count": count, "rss": peak_rss()}


def read_and_measure(path: Path) -> dict[str, float]:
    return measure(read, path)


def parse_and_measure(path: Path) -> dict[str, float]:
    return measure(bare_parse, path)


def peak_rss() -> float:
    """Return the largest amount of memory this process ever had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fresh(work: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function returns in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=FRESH) as pool:
        return pool.submit(work, *arguments).result()


def compare(path: Path, rounds: int) -> dict[str, Any]:
    bare: list[float] = []
    reader: list[float] = []
    records = 0
    for _ in range(rounds):
        bare.append(fresh(parse_and_measure, path)["seconds"])
        measured = fresh(read_and_measure, path)
        reader.append(measured["seconds"])
        records = int(measured["count"])
    megabytes = path.stat().st_size / 1_000_000
    return {
        "megabytes": round(megabytes, 1),
        "records": records,
        "bare_seconds": round(statistics.median(bare), 3),
        "reader_seconds": round(statistics.median(reader), 3),
        "reader_mb_per_second": round(megabytes / statistics.median(reader), 1),
        "ratio": round(statistics.median(b / a for a, b in zip(bare, reader, strict=True)), 3),
    }


def compare_processes(paths: list[Path], rounds: int) -> dict[str, Any]:
    """Compare one process reading file after file with as many processes as files.

    Rounds in which others used the machine say nothing about that and are tried again, but not for ever.
    """
    undisturbed: list[tuple[float, float]] = []
    disturbed: list[tuple[float, float]] = []
    for _ in range(4 * rounds):
        serial, foreign_before = on_the_clock(paths, 1)
        parallel, foreign_after = on_the_clock(paths, len(paths))
        is_disturbed = max(foreign_before, foreign_after) > FOREIGN_CPU
        (disturbed if is_disturbed else undisturbed).append((serial, parallel))
        if len(undisturbed) == rounds:
            break
    counted = undisturbed or disturbed
    return {
        "rounds": len(counted),
        "disturbed_by_others": not undisturbed,
        "one_process_seconds": round(statistics.median(serial for serial, _ in counted), 3),
        "two_processes_seconds": round(statistics.median(parallel for _, parallel in counted), 3),
        "speedup": round(statistics.median(serial / parallel for serial, parallel in counted), 3),
    }


def on_the_clock(paths: list[Path], workers: int) -> tuple[float, float]:
    """Return the seconds that reading takes, and how many cores others kept busy meanwhile."""
    start = FRESH.Barrier(workers + 1)
    with ProcessPoolExecutor(workers, FRESH, initializer=remember, initargs=(start,)) as pool:
        waiting = [pool.submit(wait_for_all) for _ in range(workers)]
        start.wait()
        for ready in waiting:
            ready.result()
        busy = busy_seconds()
        begin = time.perf_counter()
        own = sum(pool.map(read_and_time, paths))
        seconds = time.perf_counter() - begin
        return seconds, (busy_seconds() - busy - own) / seconds


def remember(start: Any) -> None:
    global START
    START = start


def wait_for_all() -> None:
    """Wait until every worker is there, with everything imported."""
    START.wait()


def read_and_time(path: Path) -> float:
    return measure(read, path)["seconds"]


def busy_seconds() -> float:
    """Return the CPU seconds that the whole machine has used since it was started."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0)


if __name__ == "__main__":
    main()
