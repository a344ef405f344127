"""All links of one host in one night: its rules for robots first, then link by link, and one stray path."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from connectors.crawl.robots import Robots, fetch_robots
from connectors.fetch import Fetcher, Validators
from connectors.linkcheck.asking import HEAD, Asker, Asking, Failed
from connectors.linkcheck.judging import is_front_page
from connectors.linkcheck.observation import Link, Observation, Reply

__all__ = ["Visitor"]

#: What HEAD may say so that a GET would say nothing else, or only cost the host more.
FINAL_STATUSES: Final = frozenset({401, 407, 429})
FINAL_FAILURES: Final = frozenset({"name_unknown", "name_unclear", "refused", "certificate", "private"})
#: Silence of a host after which its other links are left alone this night.
MOST_SILENCES: Final = 3
_FAILURES_OF_ROBOTS: Final = {
    "host_unresolved": "name_unclear",
    "timed_out": "timed_out",
    "too_slow": "timed_out",
    "address_private": "private",
    "address_forbidden": "private",
}
#: Failures of robots.txt that are those of the host: its links are asked all the same, once.
_OF_HOST: Final = frozenset({"host_unknown", "unreachable", "certificate_invalid", "connection_broken"})


def _stray_name() -> str:
    return f"lp{secrets.token_hex(8)}"


@dataclass
class Visitor:
    """Visits hosts; one visitor may be used by several threads, each with a host of its own.

    ``learn_delay`` is told the gap in seconds that a host asks for.
    """

    asker: Asker
    fetcher: Fetcher
    learn_delay: Callable[[str, float], None]
    obey_robots: bool = True
    max_bytes: int = 262_144
    stray_name: Callable[[], str] = _stray_name

    def visit_host(self, links: Sequence[Link]) -> Iterator[Observation]:
        """Yield what is seen of the links of one scheme, host and port, in their order.

        Raise RetryLater("cancelled") if nobody waits for it any more.
        """
        robots = fetch_robots(self.fetcher, links[0].url)
        self.learn_delay(urlsplit(links[0].url).hostname or "", robots.delay)
        stray: list[Reply | None] = []  # asked for at most once
        silences = 0
        for link in links:
            forbidden = self._forbidden(link, robots)
            if forbidden:
                yield Observation(link, failure=forbidden)
                continue
            if silences == MOST_SILENCES:
                yield Observation(link, failure="timed_out")
                continue
            seen = self._look(link)
            silences = silences + 1 if seen.failure == "timed_out" else 0
            if _needs_stray(seen):
                if not stray:
                    stray.append(self._stray(link.url, robots))
                seen = Observation(link, seen.reply, stray=stray[0])
            yield seen

    def _forbidden(self, link: Link, robots: Robots) -> str:
        if not self.obey_robots or robots.problem in _OF_HOST:
            return ""
        if not robots.is_known:
            return _FAILURES_OF_ROBOTS.get(robots.problem, "robots_unknown")
        return "" if robots.allows(link.url) else "robots"

    def _look(self, link: Link) -> Observation:
        """Ask by HEAD, and by GET where that says too little; of a form only its first response."""
        page = Asking("GET", self.max_bytes, validators=link.validators)
        if link.start:
            first = self.asker.ask(link.url, Asking("HEAD", follow=False))
            if isinstance(first, Failed) or first.status < 400 or first.status in FINAL_STATUSES:
                return _seen(link, first)
            return _seen(link, self.asker.ask(link.url, Asking("GET", follow=False)))
        if link.validators != Validators():
            return _seen(link, self.asker.ask(link.url, page))
        head = self.asker.ask(link.url, HEAD)
        if isinstance(head, Failed):
            return _seen(link, head if head.why in FINAL_FAILURES else self.asker.ask(link.url, page))
        if head.status in FINAL_STATUSES or (head.status == 200 and _is_document(head)):
            return _seen(link, head)
        return _seen(link, self.asker.ask(link.url, page))

    def _stray(self, url: str, robots: Robots) -> Reply | None:
        """Ask for a path beside a link that cannot exist; None if that is not allowed or nobody answers."""
        parts = urlsplit(url)
        folder = parts.path.rpartition("/")[0] or ""
        beside = urlunsplit((parts.scheme, parts.netloc, f"{folder}/{self.stray_name()}", "", ""))
        if self.obey_robots and not robots.allows(beside):
            return None
        reply = self.asker.ask(beside, Asking("GET", self.max_bytes))
        return None if isinstance(reply, Failed) else reply


def _seen(link: Link, got: Reply | Failed) -> Observation:
    return Observation(link, failure=got.why) if isinstance(got, Failed) else Observation(link, got)


def _is_document(reply: Reply) -> bool:
    return bool(reply.content_type) and reply.content_type not in {"text/html", "application/xhtml+xml"}


def _needs_stray(seen: Observation) -> bool:
    """Tell whether a link seems to answer, so that it has to be shown that it does not answer to anything."""
    reply = seen.reply
    if reply is None or seen.link.start or reply.status != 200 or is_front_page(seen.link.url):
        return False
    return reply.sight is not None or bool(reply.hops)
