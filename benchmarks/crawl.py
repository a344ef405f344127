"""What crawling websites costs, compared with fetching the same pages by a bare ``requests.Session``.

    python benchmarks/crawl.py [--sites 13] [--pages 300] [--rounds 3]

Thirteen websites on the loopback interface are served by one separate process, each on a port of its own: a
list by letters, and pages of 20 to 60 kB with navigation, sections, links and staff. Measured are

* baseline: one session per site, one site after the other, every page fetched and nothing done with it;
* acquire: the connector's crawl of all sites, eight at a time as a run does it, without any gap;
* read: parsing what was fetched, in this process;
* second night: the same when nothing changed, with the requests and bytes that the server counted.

Rounds alternate; medians are printed, as JSON. Gaps between requests are off, so this says nothing about the
time of a real night, which is nearly all politeness. Times are on the clock, with processor seconds beside
them for machines that are not idle.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import socket
import socketserver
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import requests

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from catalogue.records import Memory, Offering  # noqa: E402
from connectors.assignment import Assignment  # noqa: E402
from connectors.contract import Delivery  # noqa: E402
from connectors.fetch import Fetcher, FetchPolicy  # noqa: E402
from connectors.site import SiteConnector  # noqa: E402
from connectors.site_settings import SiteSettings  # noqa: E402

SITES_AT_ONCE = 8
LETTERS = "ABCDEFGHIJ"
WORDS = [
    "Antrag",
    "Ausweis",
    "Bescheid",
    "Frist",
    "Gebühr",
    "Gemeinde",
    "Gewerbe",
    "Hund",
    "Kopie",
    "Meldung",
]


def text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(words)) + "."


def detail(chance: random.Random, number: int) -> bytes:
    """Return a page of 20 to 60 kB about one service."""
    menu = "".join(f'<li><a href="/rathaus/bereich-{n}">{text(chance, 2)}</a></li>' for n in range(90))
    online = '<p><a href="https://portal.example/antrag">Online beantragen</a></p>' if number % 3 == 0 else ""
    body = "".join(f"<p>{text(chance, 60)}</p>" for _ in range(chance.randint(20, 100)))
    return (
        '<!DOCTYPE html><html lang="de"><head><meta charset="utf-8">'
        f"<title>Leistung {number} | Stadt</title></head><body><header><nav><ul>{menu}</ul></nav></header>"
        f"<main><h1>Hund Nummer {number} anmelden</h1>{body}"
        f"<h2>Gebühren</h2><p>{number} Euro</p><h2>Onlinedienst</h2>{online}<h2>Zuständige Stelle</h2>"
        f"<p>Bürgerbüro</p><h2>Ansprechpartnerin</h2><p>Frau Erika Mustermann</p></main>"
        f"<footer><ul>{menu}</ul></footer></body></html>"
    ).encode()


def website(seed: int, pages: int) -> dict[str, bytes]:
    """Return the pages of one site by path: ten lists, and as many details as asked for."""
    chance = random.Random(seed)
    found = {f"/dienstleistung/{number}": detail(chance, number) for number in range(pages)}
    for index, letter in enumerate(LETTERS):
        links = "".join(
            f'<li><a href="{path}">{path}</a></li>' for path in list(found)[index :: len(LETTERS)]
        )
        found[f"/az?buchstabe={letter}"] = (
            f"<!DOCTYPE html><html><body><ul>{links}</ul></body></html>".encode()
        )
    return found


class Handler(socketserver.StreamRequestHandler):
    """Answers requests for the pages of its server, conditional ones too, and counts."""

    def handle(self) -> None:
        """Serve one connection until the client goes away."""
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while request := self.rfile.readline():
            path = request.split(b" ")[1].decode()
            tag = b""
            while (line := self.rfile.readline()) not in {b"\r\n", b""}:
                if line[:14].lower() == b"if-none-match:":
                    tag = line[14:].strip()
            self.server.answer(self.connection, path, tag)


class Website(socketserver.ThreadingTCPServer):
    """One site."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, pages: dict[str, bytes], counts: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.counts = counts
        self.pages = {
            path: (b'"' + blake2b(body, digest_size=8).hexdigest().encode() + b'"', body)
            for path, body in pages.items()
        }

    def answer(self, connection: socket.socket, path: str, tag: bytes) -> None:
        """Send a page, or say that it did not change."""
        known = self.pages.get(path)
        if known is None:
            sent = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        elif tag == known[0]:
            sent = b"HTTP/1.1 304 Not Modified\r\nETag: %b\r\n\r\n" % tag
        else:
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nETag: %b\r\n" % known[0]
            sent = head + b"Content-Length: %d\r\n\r\n" % len(known[1]) + known[1]
        connection.sendall(sent)
        self.counts[0] += 1
        self.counts[1] += len(sent)


def serve(sites: int, pages: int, pipe: Connection) -> None:
    """Serve all sites; send the ports, and whenever asked what was counted since, until told to end."""
    counts = [0, 0]
    servers = [Website(website(number, pages), counts) for number in range(sites)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    pipe.send([server.server_address[1] for server in servers])
    while pipe.recv() == "count":
        pipe.send(tuple(counts))
        counts[:] = [0, 0]


class Took(NamedTuple):
    """Seconds on the clock, and of the processor in this process."""

    clock: float
    processor: float


def peak_mb() -> float:
    """Return the peak memory of this process in MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def now() -> Took:
    return Took(time.perf_counter(), time.process_time())


def since(begun: Took) -> Took:
    return Took(time.perf_counter() - begun.clock, time.process_time() - begun.processor)


def baseline(ports: list[int], pages: int) -> Took:
    begun = now()
    for port in ports:
        with requests.Session() as session:
            paths = [f"/az?buchstabe={letter}" for letter in LETTERS]
            paths += [f"/dienstleistung/{number}" for number in range(pages)]
            for path in paths:
                assert session.get(f"http://127.0.0.1:{port}{path}").content
    return since(begun)


def settings(port: int) -> SiteSettings:
    return SiteSettings(
        id=f"site-{port}", type="site", areas=("055620032032",), allow_private=True, delay=0,
        lists=(f"http://127.0.0.1:{port}/az?buchstabe={{{','.join(LETTERS)}}}",),
        include=("/dienstleistung/",), expected=(1, 100_000), sitemap="off", max_pages=100_000,
    )  # fmt: skip


def acquire(
    ports: list[int], folder: Path, memories: dict[int, dict[str, str]]
) -> tuple[Took, list[Delivery]]:
    """Crawl all sites, eight at a time."""

    def crawl(port: int) -> Delivery:
        own = folder / str(port)
        own.mkdir(parents=True)
        with Fetcher(FetchPolicy(allow_private=True)) as fetcher:
            assignment = Assignment(memory=memories.get(port, {}))
            return SiteConnector(settings(port), fetcher).acquire(own, assignment)

    begun = now()
    with ThreadPoolExecutor(SITES_AT_ONCE) as threads:
        deliveries = list(threads.map(crawl, ports))
    return since(begun), deliveries


def read(ports: list[int], deliveries: list[Delivery]) -> tuple[Took, int, dict[int, dict[str, str]]]:
    """Parse all sites; return the time, the number of services and what to remember."""
    memories: dict[int, dict[str, str]] = {}
    services = 0
    begun = now()
    with Fetcher(FetchPolicy()) as fetcher:
        for port, delivery in zip(ports, deliveries, strict=True):
            connector = SiteConnector(settings(port), fetcher)
            kept = memories.setdefault(port, {})
            for part in delivery.parts:
                for record in connector.read(part):
                    services += isinstance(record, Offering)
                    if isinstance(record, Memory):
                        kept[record.key] = record.value
    return since(begun), services, memories


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sites", type=int, default=13)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=serve, args=(given.sites, given.pages, theirs), daemon=True)
    process.start()
    ports = ours.recv()

    def counted() -> tuple[int, int]:
        ours.send("count")
        return ours.recv()

    crawled_mb = peak_mb()
    seconds: dict[str, list[Took]] = {name: [] for name in ("baseline", "acquire", "read", "second_night")}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(given.rounds):
            seconds["baseline"].append(baseline(ports, given.pages))
            counted()
            took, deliveries = acquire(ports, Path(folder) / f"{number}a", {})
            seconds["acquire"].append(took)
            crawled_mb = peak_mb() if not number else crawled_mb
            first = counted()
            took, services, memories = read(ports, deliveries)
            seconds["read"].append(took)
            took, again = acquire(ports, Path(folder) / f"{number}b", memories)
            seconds["second_night"].append(took)
            second = counted()
            assert [one.digest for one in again] == [one.digest for one in deliveries]
            assert services == given.sites * given.pages
    ours.send("end")
    process.join(5)
    clock = {name: statistics.median(took.clock for took in taken) for name, taken in seconds.items()}
    busy = {name: statistics.median(took.processor for took in taken) for name, taken in seconds.items()}
    report = {
        "sites": given.sites,
        "details_per_site": given.pages,
        "rounds": given.rounds,
        "seconds": {name: round(took, 3) for name, took in clock.items()},
        "ranges": {
            name: [round(min(taken).clock, 3), round(max(taken).clock, 3)] for name, taken in seconds.items()
        },
        "processor_seconds": {name: round(took, 3) for name, took in busy.items()},
        "acquire_to_baseline": round(clock["acquire"] / clock["baseline"], 3),
        "acquire_to_baseline_processor": round(busy["acquire"] / busy["baseline"], 3),
        "read_milliseconds_per_page": round(1_000 * busy["read"] / (given.sites * given.pages), 3),
        "first_night": {"requests": first[0], "bytes": first[1]},
        "second_night": {"requests": second[0], "bytes": second[1]},
        # All sites at once in this process, the baseline's sessions and the second night's memory included.
        "peak_mb": {"after_the_first_crawl": crawled_mb, "at_the_end": peak_mb()},
        "second_night_share_of_bytes": round(second[1] / first[1], 5),
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
