"""Let 200 readers ask the interface at once, without and during a running sync, and compare.

    python benchmarks/serve.py [--seconds 20] [--rounds 3] [--records 300000] [--readers 200]

A real server (``lueckenlos serve``) and a real sync (``lueckenlos sync``) work on one SQLite database of 396
municipalities × 557 services; the sync gets two deliveries in turn, which differ in one per cent, and begins
anew whenever it has ended. Every reader has a connection of its own and asks again as soon as it is answered,
so that 200 requests are always under way. Two kinds of readers are measured one after the other: those who
ask the same few questions, as a page or a portal does, and those who ask something that nobody asked
before. Prints JSON: for each kind milliseconds (median, p99) and answers a second without and during a
sync, and the ratio of both p99; the promise is at most 3. Anything but 200 or 304 ends the measurement.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sync_xzufi import REGION, WORK, fresh_store, make_deliveries, swap

DATABASE = WORK / "serve.sqlite"
PROGRAM = [sys.executable, "-c", "import sys; from cli.main import main; sys.exit(main())"]
PROMISED = 3
WARM_UP = 3.0  # seconds

Ask = Callable[[int], str]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--records", type=int, default=300_000)
    parser.add_argument("--readers", type=int, default=200)
    given = parser.parse_args()
    deliveries = make_deliveries(given.records, 2)
    prepare(deliveries[0])
    areas = (WORK / "areas.txt").read_text().split()
    kinds = {"the same few questions": popular(areas), "questions nobody asked before": unheard(areas)}
    result = {}
    with serving() as port:
        for name, ask in kinds.items():
            rounds = [compare(port, ask, deliveries, given) for _ in range(given.rounds)]
            result[name] = {key: middle(one[key] for one in rounds) for key in rounds[0]}
            result[name]["ratios"] = [round(one["p99_sync_ms"] / one["p99_idle_ms"], 2) for one in rounds]
            result[name][f"p99 ratio, at most {PROMISED}"] = middle(result[name]["ratios"])
    print(json.dumps({"readers": given.readers, "records": given.records, **result}, indent=1))


def prepare(delivery: Path) -> None:
    """Make the database and sync the first delivery into it."""
    if DATABASE.exists():
        DATABASE.unlink()
    fresh_store(DATABASE).close()
    current = WORK / "serve-delivery"
    swap(current, delivery)
    region = WORK / "serve-region.toml"
    region.write_text(REGION.format(location=current.absolute()))
    sync_once()


def sync_once() -> None:
    """Run one sync as a process of its own."""
    command = [*PROGRAM, "--db", f"sqlite:///{DATABASE}", "sync", "--region", str(WORK / "serve-region.toml")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment())
    if done.returncode:
        raise SystemExit(done.stderr)


def environment() -> dict[str, str]:
    """Return an environment without anything of the tester's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LUECKENLOS")}
    return {**kept, "PYTHONPATH": str(Path(__file__).parents[1])}


@contextmanager
def serving() -> Iterator[int]:
    """Start the server and give its port."""
    command = [*PROGRAM, "--db", f"sqlite:///{DATABASE}", "serve", "--port", "0", "--lang", "en"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment())
    try:
        assert server.stderr is not None
        for line in server.stderr:
            found = re.search(r"Ready at http://127\.0\.0\.1:(\d+)", line)
            if found:
                yield int(found[1])
                break
    finally:
        server.terminate()
        server.communicate(timeout=20)


class Syncs(threading.Thread):
    """Syncs again and again, with the two deliveries in turn."""

    def __init__(self, deliveries: tuple[Path, Path]) -> None:
        super().__init__()
        self._turn = itertools.cycle(reversed(deliveries))
        self._enough = threading.Event()
        self.done = 0

    def run(self) -> None:
        """Sync until told to stop; the last one is finished."""
        while not self._enough.is_set():
            swap(WORK / "serve-delivery", next(self._turn))
            sync_once()
            self.done += 1

    def stop(self) -> None:
        """Wait for the sync that is running."""
        self._enough.set()
        self.join()


def compare(
    port: int, ask: Ask, deliveries: tuple[Path, Path], given: argparse.Namespace
) -> dict[str, float]:
    """Measure once without and once during a sync."""
    asyncio.run(load(port, ask, WARM_UP, given.readers))
    idle = asyncio.run(load(port, ask, given.seconds, given.readers))
    syncs = Syncs(deliveries)
    syncs.start()
    try:
        busy = asyncio.run(load(port, ask, given.seconds, given.readers))
    finally:
        syncs.stop()
    figures = {"syncs": float(syncs.done)}
    for name, times in (("idle", idle), ("sync", busy)):
        figures[f"p50_{name}_ms"] = round(statistics.median(times) * 1000, 1)
        figures[f"p99_{name}_ms"] = round(statistics.quantiles(times, n=100)[98] * 1000, 1)
        figures[f"answers_a_second_{name}"] = round(len(times) / given.seconds)
    print(json.dumps(figures), file=sys.stderr)
    return figures


async def load(port: int, ask: Ask, seconds: float, readers: int) -> list[float]:
    """Return how long each answer took, for all readers together."""
    numbers = itertools.count(int(time.time() * 1000) % 1_000_000)
    end = time.perf_counter() + seconds
    found = await asyncio.gather(*(reader(port, ask, numbers, end) for _ in range(readers)))
    return [seconds for times in found for seconds in times]


async def reader(port: int, ask: Ask, numbers: Iterator[int], end: float) -> list[float]:
    """Ask until the time is over, over one connection."""
    times = []
    incoming, outgoing = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    while (begin := time.perf_counter()) < end:
        target = ask(next(numbers))
        outgoing.write(
            f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n".encode()
        )
        head = await incoming.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        assert length is not None, head
        body = await incoming.readexactly(int(length[1]))
        times.append(time.perf_counter() - begin)
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 304")):
            raise SystemExit(f"{target}: {head!r} {body[:300]!r}")
    outgoing.close()
    await outgoing.wait_closed()
    return times


def popular(areas: list[str]) -> Ask:
    """Return questions that come again and again: lists of the region and of some areas."""
    region = ["/api/v1/areas?limit=1000", "/api/v1/services?limit=1000", "/api/v1/coverage?limit=1000"]
    cities = [
        f"/{path}{ars}"
        for ars in areas[:8]
        for path in (
            "api/v1/gaps?level=gemeinde&area=",
            "api/v1/cells?level=gemeinde&area=",
            "api/v1/coverage?level=gemeinde&area=",
            "v1/data/",
        )
    ]
    questions = [*region, *cities]
    return lambda number: questions[number % len(questions)]


def unheard(areas: list[str]) -> Ask:
    """Return questions of which each is asked once: about one area each, with a page of its own size."""
    forms = (
        "/api/v1/gaps?level=gemeinde&area={ars}&limit={limit}",
        "/api/v1/cells?level=gemeinde&area={ars}&limit={limit}",
        "/api/v1/coverage?level=gemeinde&area={ars}&limit={limit}",
        "/v1/data/{ars}?size={limit}",
    )

    def ask(number: int) -> str:
        each, form = divmod(number, len(forms))
        turn, area = divmod(each, len(areas))
        return forms[form].format(ars=areas[area], limit=20 + turn % 900)

    return ask


def middle(values: object) -> float:
    """Return the median, rounded."""
    return round(statistics.median(values), 2)  # type: ignore[call-overload, no-any-return]


if __name__ == "__main__":
    main()
