"""What to crawl, how far and how fast, and what has to be true before it counts as everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.crawl.pages import Start, Strategy

__all__ = ["HTML_TYPES", "MARKUP_TYPES", "Expectation", "Job", "Limits"]

#: Media types of web pages.
HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
#: The same and feeds.
MARKUP_TYPES = HTML_TYPES | {
    "application/atom+xml",
    "application/rss+xml",
    "application/xml",
    "text/xml",
}


@dataclass(frozen=True)
class Limits:
    """How politely and how far a host is crawled.

    ``delay`` is the gap in seconds between two requests to a host, ``provider`` the name of a computing
    centre whose hosts share one gap; ``max_pages`` counts pages per host, ``max_bytes`` the size of one,
    ``depth`` the links from a start. After ``most_failures`` in a row a host is left alone, and all of them
    after ``longest`` seconds: a host that takes its time with every page must not hold up a night.
    """

    delay: float = 2.0
    provider: str = ""
    max_pages: int = 1_500
    max_bytes: int = 3_000_000
    depth: int = 5
    most_failures: int = 5
    longest: float = 8 * 3_600.0


@dataclass(frozen=True)
class Expectation:
    """What has to be true before a group's pages count as everything.

    ``lists_are_complete`` says that the starts, and the lists they lead to, name every service. ``bands``
    holds the least and the greatest number of details per group; without one, the number must be within
    ``tolerance`` of what it was when last complete, and a first run is only a part.
    ``allowed_gone`` is the share of details that may answer that they no longer exist.
    """

    lists_are_complete: bool = False
    bands: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    tolerance: float = 0.3
    allowed_gone: float = 0.05


@dataclass(frozen=True)
class Job:
    """One crawl. ``name`` is what messages call it.

    ``sitemaps`` are addresses of sitemaps; with ``look_for_sitemaps`` also those that robots.txt names on the
    hosts of the starts, or the usual place if it names none. With ``whole_groups`` all pages of a group
    are in the same part. ``notes`` are texts that ``acquire`` has for ``read``.
    """

    name: str
    strategy: Strategy
    starts: tuple[Start, ...]
    sitemaps: tuple[Start, ...] = ()
    look_for_sitemaps: bool = False
    limits: Limits = field(default_factory=Limits)
    expectation: Expectation = field(default_factory=Expectation)
    media_types: frozenset[str] = HTML_TYPES
    whole_groups: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)
