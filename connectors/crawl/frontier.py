"""The queue of a crawl: each page once, lists before details, one page of a host at a time, within caps."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from threading import Condition
from typing import Final, NamedTuple

from connectors.crawl.pages import LIST, SITEMAP, Target
from connectors.crawl.patterns import host_of

__all__ = ["Frontier", "Item"]

#: Different pages that are heard of in one crawl; more than this many come from a trap.
MOST_PAGES: Final = 200_000
#: Pages that a sample may open on its way to the first details, beyond twice as many as it wants.
WAY_OF_SAMPLE: Final = 10


class Item(NamedTuple):
    """A page to be opened. ``depth`` counts links from a start, ``hops`` redirects between hosts."""

    url: str
    target: Target
    depth: int = 0
    hops: int = 0
    is_start: bool = False
    is_required: bool = True


@dataclass
class _Host:
    lists: deque[Item] = field(default_factory=deque)
    others: deque[Item] = field(default_factory=deque)
    is_busy: bool = False
    is_given_up: bool = False
    opened: int = 0


class Frontier:
    """What is to be opened next; shared by the threads of one crawl.

    ``capped``, ``given_up`` and ``too_deep`` count, by host and group, the pages that are left out;
    ``is_full`` tells that there were more pages than are remembered. With a ``sample`` details come before
    lists and after so many of them it is over; ``is_sampled`` tells that pages were left out for it.
    """

    def __init__(self, max_pages: int, depth: int, sample: int = 0) -> None:
        self._max_pages = max_pages
        self._sample = sample
        self._opened: Counter[bool] = Counter()  # lists and others
        self._depth = depth
        self._hosts: dict[str, _Host] = {}
        self._identities: set[str] = set()
        self._changed = Condition()
        self._is_stopped = False
        self.is_full = False
        self.is_sampled = False
        self.capped: Counter[tuple[str, str]] = Counter()
        self.given_up: Counter[tuple[str, str]] = Counter()
        self.too_deep: Counter[tuple[str, str]] = Counter()

    def add(self, item: Item) -> None:
        """Queue a page, unless one of the same identity was queued before or it lies too deep."""
        host = host_of(item.url)
        key = (host, item.target.group)
        with self._changed:
            if item.target.identity in self._identities:
                return
            if len(self._identities) >= MOST_PAGES:
                self.is_full = True
                return
            self._identities.add(item.target.identity)
            if item.depth > self._depth:
                self.too_deep[key] += 1
            else:
                self._queue(host, item)

    def add_again(self, item: Item) -> None:
        """Queue a page under another address, which a redirect named."""
        with self._changed:
            self._queue(host_of(item.url), item)

    def claim(self, identity: str) -> bool:
        """Tell whether nobody had this identity before; from now on somebody has."""
        with self._changed:
            is_new = identity not in self._identities
            self._identities.add(identity)
            return is_new

    def take(self) -> Item | None:
        """Return the next page of a host that nobody is busy with, None when there is nothing left to do.

        Waits while others are busy, as these may find more. Whoever takes a page calls ``done``.
        """
        with self._changed:
            while not self._is_stopped:
                is_busy = False
                for name, host in self._hosts.items():
                    is_busy = is_busy or host.is_busy
                    if not host.is_busy and (host.lists or host.others):
                        item = self._next(name, host)
                        if item is not None:
                            return item
                if not is_busy:
                    break
                self._changed.wait()
            self._changed.notify_all()
            return None

    def done(self, item: Item) -> None:
        """Note that somebody is through with a page and all it led to."""
        with self._changed:
            self._hosts[host_of(item.url)].is_busy = False
            self._changed.notify_all()

    def give_up(self, host: str) -> None:
        """Leave out all pages of a host that are queued and will be."""
        with self._changed:
            state = self._hosts.setdefault(host, _Host())
            state.is_given_up = True
            for item in (*state.lists, *state.others):
                self.given_up[host, item.target.group] += 1
            state.lists.clear()
            state.others.clear()

    def stop(self) -> None:
        """Let everybody who waits or comes go home."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def _queue(self, name: str, item: Item) -> None:
        host = self._hosts.setdefault(name, _Host())
        if host.is_given_up:
            self.given_up[name, item.target.group] += 1
            return
        (host.lists if item.target.kind in {LIST, SITEMAP} else host.others).append(item)
        self._changed.notify()

    def _next(self, name: str, host: _Host) -> Item | None:
        if self._is_sample_taken():
            self.is_sampled = self._is_stopped = True
            return None
        queue = (host.others or host.lists) if self._sample else (host.lists or host.others)
        if host.opened >= self._max_pages:
            for item in (*host.lists, *host.others):
                self.capped[name, item.target.group] += 1
            host.lists.clear()
            host.others.clear()
            return None
        host.opened += 1
        host.is_busy = True
        item = queue.popleft()
        self._opened[item.target.kind in {LIST, SITEMAP}] += 1
        return item

    def _is_sample_taken(self) -> bool:
        if not self._sample:
            return False
        return self._opened[False] >= self._sample or (
            self._opened.total() >= 2 * self._sample + WAY_OF_SAMPLE
        )
