"""What is kept of a page from night to night: its validators, its hash, its links and what was made of it.

Never its body. Memory is believed only if it was written under the same rules: an outcome of others would
be another one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from catalogue.records import Memory
from connectors.crawl.pages import Page
from connectors.fetch import Validators

__all__ = ["Memories", "remember", "remember_count"]

PAGE: Final = "page:"
#: Fields of a page that its address and the crawl of the day say, and its body.
NOT_KEPT: Final = frozenset({"body", "url", "kind", "identity", "group", "outcome"})
COUNT: Final = "count:"
TEXTS: Final = (
    "final_url",
    "content_type",
    "etag",
    "last_modified",
    "digest",
    "outcome",
    "rules",
)


def remember(page: Page, outcome: str, rules: str) -> Memory:
    """Return what to keep of a page. ``rules`` is the digest of the strategy that made the outcome."""
    kept = {name: value for name, value in vars(page).items() if name not in NOT_KEPT}
    kept |= {"outcome": outcome, "rules": rules}
    return Memory(PAGE + page.url, json.dumps(kept, ensure_ascii=False, separators=(",", ":")))


def remember_count(group: str, count: int) -> Memory:
    """Return what to keep of the number of details of a group."""
    return Memory(COUNT + group, str(count))


class Memories:
    """What is known from the last applied run, as far as it was written under the rules of today."""

    def __init__(self, memory: Mapping[str, str], rules: str) -> None:
        self._memory = memory
        self._rules = rules

    def recall(self, page: Page) -> Page | None:
        """Return what a page was when it was last read, with its outcome; None if nobody knows."""
        text = self._memory.get(PAGE + page.url)
        kept = _read(text) if text else None
        if kept is None or kept["rules"] != self._rules:
            return None
        links = kept["links"]
        if not isinstance(links, list) or not all(isinstance(link, str) for link in links):
            return None
        charset = kept.get("charset")
        return replace(
            page,
            final_url=str(kept["final_url"]),
            content_type=str(kept["content_type"]),
            charset=charset if isinstance(charset, str) else None,
            etag=str(kept["etag"]),
            last_modified=str(kept["last_modified"]),
            digest=str(kept["digest"]),
            noindex=kept.get("noindex") is True,
            nofollow=kept.get("nofollow") is True,
            confirmed=kept.get("confirmed") is True,
            links=tuple(links),
            outcome=str(kept["outcome"]),
        )

    def count(self, group: str) -> int | None:
        """Return how many details a group had when it was last complete; None if nobody knows."""
        text = self._memory.get(COUNT + group, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def validators_of(page: Page) -> Validators:
    """Return what to ask a server with whether a remembered page changed.

    Nothing as long as it is not confirmed: what was spoilt on its way would else be believed until the page
    changes, as its server rightly says that it did not.
    """
    if not page.confirmed:
        return Validators()
    return Validators(etag=page.etag, last_modified=page.last_modified)


def _read(text: str) -> dict[str, object] | None:
    try:
        kept = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(kept, dict) or "links" not in kept:
        return None
    return kept if all(isinstance(kept.get(name), str) for name in TEXTS) else None
