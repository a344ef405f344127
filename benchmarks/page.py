"""Write the site of 396 municipalities × 557 services from the database that sync_xzufi.py left behind.

    python benchmarks/page.py [--rounds 1] [--processes 2]

The database has a million offerings, about ten for each cell that has any, many of them waiting for a
decision; real regions have fewer. Baselines over the same pages: writing their bytes again (what the disk
costs), and a bare Jinja template that prints the text of each page in escaped pieces of 40 characters in one
process and does nothing else (what templates cost). Prints JSON: seconds on the clock and of all processors,
ratios, the largest page, and the peak memory of the building process and of the largest of the others in MB.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment

from catalogue.reports.page.frame import Options
from catalogue.reports.page.site import SiteReport, build_site
from catalogue.store import open_store

WORK = Path(__file__).parent / "work"
DATABASE = WORK / "sync.sqlite"
SITE = WORK / "site"
PIECE = 40  # characters
BARE = "{% for piece in pieces %}{{ piece }}{% endfor %}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    if not DATABASE.exists():
        raise SystemExit("run sync_xzufi.py first: its database is measured")
    rounds = [build(given.processes) for _ in range(given.rounds)]
    report = rounds[0][2]
    wall = statistics.median(wall for wall, _, _ in rounds)
    processor = statistics.median(seconds for _, seconds, _ in rounds)
    copy, bare = copy_again(), render_bare()
    result = {
        "areas": report.areas,
        "services": report.services,
        "pages": report.pages,
        "megabytes": round(report.bytes / 1e6, 1),
        "processes": given.processes,
        "load_average": round(os.getloadavg()[0], 1),
        "wall_seconds, below 60": round(wall, 1),
        "processor_seconds": round(processor, 1),
        "copy_seconds": round(copy, 1),
        "bare_jinja_processor_seconds": round(bare, 1),
        "processor / bare_jinja": round(processor / bare, 2),
        "largest_page_bytes, at most 400000": report.largest,
        "largest_page": report.largest_page,
        "peak_mb_of_builder": peak(resource.RUSAGE_SELF),
        "peak_mb_of_largest_other": peak(resource.RUSAGE_CHILDREN),
    }
    print(json.dumps(result, indent=1))
    shutil.rmtree(SITE)


def build(processes: int) -> tuple[float, float, SiteReport]:
    """Write the site once; return the seconds on the clock and of all processors."""
    store = open_store(f"sqlite:///{DATABASE}")
    begin, used = time.perf_counter(), processor_seconds()
    report = build_site(store, SITE, Options(processes=processes), datetime.now(UTC), nobody)
    seconds = time.perf_counter() - begin, processor_seconds() - used
    store.close()
    return *seconds, report


def nobody(_done: int, _total: int) -> None:
    """Listen to nothing."""


def processor_seconds() -> float:
    """Return the processor time of this process and of those that ended."""
    uses = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in uses)


def peak(who: int) -> int:
    """Return peak memory in MB."""
    return resource.getrusage(who).ru_maxrss // 1024


def copy_again() -> float:
    """Write the bytes of all pages into another folder; return seconds on the clock."""
    target = WORK / "site-copy"
    begin = time.perf_counter()
    shutil.copytree(SITE, target)
    seconds = time.perf_counter() - begin
    shutil.rmtree(target)
    return seconds


def render_bare() -> float:
    """Print the text of all pages with a template that does nothing else; return processor seconds."""
    template = Environment(autoescape=True).from_string(BARE)
    seconds = 0.0
    for path in SITE.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
        begin = time.process_time()
        template.render(pieces=pieces)
        seconds += time.process_time() - begin
    return seconds


if __name__ == "__main__":
    main()
