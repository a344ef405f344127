"""What may be published of texts and addresses from sources: nothing personal, nothing that misleads.

Connectors drop the names, numbers and mail addresses of staff. This is the second net: what still looks
like a mail address does not leave the house, and neither do links that are none of the web.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from catalogue.texts import printable

__all__ = ["REMOVED", "address", "words"]

#: Stands where a mail address stood.
REMOVED = "[…]"
_MAIL = re.compile(r"(?:mailto:)?[^\s@<>()\[\],;:\"]{1,64}@[\w.-]{1,255}\.[^\W\d_]{2,24}", re.IGNORECASE)
_LONGEST_ADDRESS = 8_000


@lru_cache(maxsize=10_000)  # most titles of a long list occur again and again
def words(written: str | None) -> str | None:
    """Return a text as one line without hidden characters and mail addresses; None if nothing is left."""
    if not written:
        return None
    shown = printable(written)
    if "@" in shown:
        shown = _MAIL.sub(REMOVED, shown)
    return " ".join(shown.split()) or None


def address(written: str | None) -> str | None:
    """Return a web address that may be published: http or https, without user and password; else None."""
    if not written or len(written) > _LONGEST_ADDRESS or not written.isprintable() or " " in written:
        return None
    try:
        parts = urlsplit(written)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return None
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return None
    shown = parts._replace(netloc=host).geturl()
    return None if _MAIL.search(shown) else shown
