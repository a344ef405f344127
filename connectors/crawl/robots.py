"""What a host allows robots to open (RFC 9309), and how long they should wait between requests.

What the standard leaves open is decided in favour of the host: where robots.txt cannot be had because of an
error of the server or the network, nothing is opened, and its pages count as not checked. Crawl-delay
is no part of the standard and honoured all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin, urlsplit

from protego import Protego

from connectors.crawl.directives import ROBOT
from connectors.crawl.patterns import LONGEST_ADDRESS
from connectors.errors import ConnectorError
from connectors.fetch import Fetcher

__all__ = ["LONGEST_DELAY", "LONGEST_ROBOTS", "LONGEST_TRUST", "Robots", "fetch_robots"]

#: Bytes that are read; the standard demands 500 KiB.
LONGEST_ROBOTS: Final = 512 * 1024
#: Seconds for which an answer may be believed.
LONGEST_TRUST: Final = 24 * 3_600.0
#: The longest gap in seconds that Crawl-delay can ask for; with more, a night would not suffice.
LONGEST_DELAY: Final = 30.0
MOST_SITEMAPS: Final = 100
AGENT: Final = re.compile(r"\s*user[- ]?agent\b[\s:]*([^#]*)", re.IGNORECASE)
BUSY: Final = 429


def _allow(_url: str) -> bool:
    return True


def _deny(_url: str) -> bool:
    return False


@dataclass(frozen=True)
class Robots:
    """What one host allows.

    ``is_known`` is false where it could not be asked; then nothing is allowed. ``delay`` is the gap in
    seconds that it asks for, up to the longest one we grant, and ``asked_delay`` what it really asked for.
    """

    allows: Callable[[str], bool] = field(default=_allow, repr=False)
    is_known: bool = True
    delay: float = 0.0
    asked_delay: float = 0.0
    sitemaps: tuple[str, ...] = ()
    problem: str = ""


def fetch_robots(fetcher: Fetcher, page: str) -> Robots:
    """Ask the host of a page for its rules. Raise RetryLater if nobody waits for them any more."""
    parts = urlsplit(page)
    url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/robots.txt"
    try:
        answer = fetcher.probe(url, size=LONGEST_ROBOTS)
    except ConnectorError as error:
        if error.code == "cancelled":
            raise
        status = error.params.get("status", 0)
        if error.code == "http_status" and isinstance(status, int) and 400 <= status < 500 and status != BUSY:
            return Robots()
        return Robots(allows=_deny, is_known=False, problem=error.code)
    return read_robots(answer.body, url)


def read_robots(body: bytes, url: str) -> Robots:
    """Return the rules of a robots.txt that was found at ``url``."""
    text = body[:LONGEST_ROBOTS].decode("utf-8-sig", "replace")
    rules = Protego.parse(_without_others(text))
    asked = rules.crawl_delay(ROBOT) or 0.0
    found = [urljoin(url, address) for address in list(rules.sitemaps)[:MOST_SITEMAPS] if _is_sane(address)]
    return Robots(
        allows=lambda page: rules.can_fetch(page, ROBOT),
        delay=min(asked, LONGEST_DELAY),
        asked_delay=asked,
        sitemaps=tuple(dict.fromkeys(address for address in found if address.startswith("http"))),
    )


def _without_others(text: str) -> str:
    """Return the rules with the names of all robots that are not us made one.

    The parser keeps the rules of each robot, so that half a megabyte with thousands of names in front of
    thousands of rules would take minutes and fill the memory.
    """
    lines = []
    for line in text.splitlines():
        named = AGENT.match(line)
        lines.append(f"User-agent: {_ours(named[1])}" if named else line)
    return "\n".join(lines)


def _ours(name: str) -> str:
    plain = name.strip().strip("*").partition("/")[0].strip().lower()
    return "*" if name.strip() == "*" else ROBOT if plain == ROBOT.lower() else "another"


def _is_sane(address: str) -> bool:
    if not 0 < len(address) <= LONGEST_ADDRESS:
        return False
    try:
        urlsplit(address)
    except ValueError:
        return False
    return True
