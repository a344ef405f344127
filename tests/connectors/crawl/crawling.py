"""A small strategy and what is needed to run a crawl in a test."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalogue.records import Completeness, Issue, Memory, Record
from connectors.assignment import Assignment
from connectors.contract import Delivery
from connectors.crawl.engine import crawl
from connectors.crawl.job import Expectation, Job, Limits
from connectors.crawl.links import find_links
from connectors.crawl.memory import remember
from connectors.crawl.pages import DETAIL, LIST, Page, Start, Target
from connectors.crawl.patterns import default_identity, host_of
from connectors.crawl.politeness import Gates, Pace
from connectors.crawl.spool import open_spool
from connectors.fetch import Fetcher

__all__ = ["Crawled", "PathStrategy", "crawl_once", "html"]


def html(*addresses: str, head: str = "") -> bytes:
    """Return a page that leads to addresses."""
    links = "".join(f'<a href="{address}">{address}</a>' for address in addresses)
    return f"<!DOCTYPE html><html><head>{head}</head><body>{links}</body></html>".encode()


@dataclass
class PathStrategy:
    """Lists lie below /liste, details below /d; the group of an address stays that of its start."""

    hosts: frozenset[str]
    digest: str = "rules"
    looked_at: list[str] = field(default_factory=list)

    def judge(self, url: str, found_on: str, group: str) -> Target | None:
        """Judge by host and path."""
        path = url.partition("://")[2].partition("/")[2]
        if host_of(url) not in self.hosts:
            return None
        kind = LIST if path.startswith("liste") else DETAIL if path.startswith("d") else "other"
        return Target(kind, default_identity(url), group) if kind != "other" or not found_on else None

    def links(self, page: Page) -> Iterable[str]:
        """Return all links of lists."""
        self.looked_at.append(page.url)
        return find_links(page.body or b"", page.final_url, page.charset) if page.kind == LIST else ()


@dataclass
class Crawled:
    """What a crawl delivered."""

    delivery: Delivery
    pages: list[Page]
    records: list[Record]

    @property
    def scope(self) -> str:
        """Return how complete it says it is."""
        return next(record.scope for record in self.records if isinstance(record, Completeness))

    @property
    def reach(self) -> str:
        """Return what it says of failures."""
        return next(record.reach for record in self.records if isinstance(record, Completeness))

    @property
    def issues(self) -> dict[str, str]:
        """Return the details of its issues by kind; of several of a kind, the last one."""
        return {record.kind: record.detail for record in self.records if isinstance(record, Issue)}

    @property
    def memory(self) -> dict[str, str]:
        """Return what it wants to be remembered."""
        return {record.key: record.value for record in self.records if isinstance(record, Memory)}

    @property
    def details(self) -> list[str]:
        """Return the paths of the details that were read."""
        urls = (page.url.partition("://")[2].partition("/")[2] for page in self.pages if page.kind == DETAIL)
        return sorted(urls)


def crawl_once(
    fetcher: Fetcher,
    folder: Path,
    starts: Iterable[Start | str],
    memory: Mapping[str, str] | None = None,
    **settings: object,
) -> Crawled:
    """Crawl without any gap and read the parts; the outcome of a page is its body's length.

    ``settings`` are those of Job, Limits and Expectation, ``hosts`` and ``digest`` of the strategy, and a
    ``clock``.
    """
    begun = [start if isinstance(start, Start) else Start(start) for start in starts]
    clock: Callable[[], float] = settings.pop("clock", time.monotonic)  # type: ignore[assignment]
    hosts = settings.pop("hosts", frozenset(host_of(start.url) for start in begun))
    strategy = PathStrategy(hosts, str(settings.pop("digest", "rules")))  # type: ignore[arg-type]
    limits = Limits(**{"delay": 0.0, **_taken(settings, Limits)})  # type: ignore[arg-type]
    hoped = {"lists_are_complete": True, **_taken(settings, Expectation)}
    expectation = Expectation(**hoped)  # type: ignore[arg-type]
    job = Job("probe", strategy, tuple(begun), limits=limits, expectation=expectation, **settings)  # type: ignore[arg-type]
    folder.mkdir(parents=True, exist_ok=True)
    assignment = Assignment(memory=memory or {})
    pace = Pace(assignment, limits.delay, limits.provider, Gates(), clock, random.Random(1))
    delivery = crawl(job, fetcher, folder, assignment, pace)
    pages: list[Page] = []
    records: list[Record] = []
    for part in delivery.parts:
        spool = open_spool(part)
        for page in spool.pages():
            pages.append(page)
            outcome = page.outcome if page.outcome is not None else str(len(page.body or b""))
            records.append(remember(page, outcome, strategy.digest))
        records.extend(spool.conclusion())
    return Crawled(delivery, pages, records)


def _taken(settings: dict[str, object], kind: type) -> dict[str, object]:
    return {name: settings.pop(name) for name in list(settings) if name in kind.__dataclass_fields__}
