"""What a page itself asks of robots: not to be kept (noindex), not to have its links followed (nofollow).

Read from the header X-Robots-Tag and from ``<meta name="robots">``. Both may name one robot; only ours and
those for all count.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["ROBOT", "Directives", "read_directives"]

#: The name that robots.txt and pages may address us by.
ROBOT: Final = "Lueckenlos"
#: Bytes of a page in which its head has to end.
LONGEST_HEAD: Final = 65_536
META: Final = re.compile(rb"<meta\b[^<>]{1,2000}>", re.IGNORECASE)
COMMENT: Final = re.compile(rb"<!--.*?-->", re.DOTALL)
NAME: Final = re.compile(rb"""\bname\s*=\s*["']?\s*(robots|lueckenlos)\b""", re.IGNORECASE)
CONTENT: Final = re.compile(rb"""\bcontent\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
#: Rules of the header that have a value behind a colon and are no names of robots.
WITH_VALUE: Final = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})


class Directives(NamedTuple):
    """What must not be done with a page."""

    noindex: bool = False
    nofollow: bool = False


def read_directives(header: str, body: bytes) -> Directives:
    """Return what the value of X-Robots-Tag and the head of a page ask for."""
    words = set(_of_header(header))
    head = body[:LONGEST_HEAD]
    end = head.find(b"<body")
    head = head[:end] if end >= 0 else head
    if b"obots" in head or ROBOT.lower().encode() in head.lower():
        words |= _of_head(head)
    return Directives(
        noindex=bool(words & {"noindex", "none"}),
        nofollow=bool(words & {"nofollow", "none"}),
    )


def _of_head(head: bytes) -> set[str]:
    words: set[str] = set()
    for tag in META.findall(COMMENT.sub(b"", head)):
        content = CONTENT.search(tag)
        if content and NAME.search(tag):
            words |= _words((content[1] or content[2] or content[3] or b"").decode("latin-1"))
    return words


def _of_header(header: str) -> set[str]:
    """Return the words that are meant for all robots or for ours.

    A name counts until the next one: ``otherbot: noindex, nofollow, lueckenlos: noindex``.
    """
    words: set[str] = set()
    robot = ""
    for part in header.split(","):
        name, colon, rest = part.partition(":")
        if colon and name.strip().lower() not in WITH_VALUE:
            robot, part = name.strip().lower(), rest
        if robot in {"", ROBOT.lower()}:
            words |= _words(part)
    return words


def _words(text: str) -> set[str]:
    return {word.strip().lower() for word in text.split(",")}
