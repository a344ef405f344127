"""Where a link stands after what was seen of it: strikes, and what clears them. Pure functions.

One failure says little, so a link is broken only after several nights. A strike counts once a night; whatever
answers clears all of them. What could not be checked adds nothing and clears nothing. Where nobody answers at
all, one night more is needed, as servers stay down over long weekends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final
from urllib.parse import urlsplit

__all__ = [
    "STATES",
    "STRIKES",
    "Standing",
    "advance",
    "digest_of",
    "night_of",
    "request_url",
    "stored",
    "strikes_needed",
]

STATES: Final = ("ok", "moved", "suspect", "broken", "unclear")
#: Strikes after which a link is broken.
STRIKES: Final = 3
#: Kinds of strikes in which nobody answered, and how many of them are needed.
_NOBODY: Final = frozenset({"name_unknown", "refused"})
_STRIKES_OF_NOBODY: Final = 4
LONGEST_URL: Final = 8_000
#: What most links look like, and what is asked for as it stands; reports look at very many.
_PLAIN: Final = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?:/[!\"$-~]*)?")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a link stands; moments are text in ISO 8601, empty ones never were."""

    state: str = "unclear"
    kind: str = ""
    since: str = ""
    strikes: int = 0
    struck_night: str = ""
    failing_since: str = ""
    last_ok: str = ""


def advance(known: Standing | None, result: str, kind: str, at: datetime) -> Standing:
    """Return where a link stands after a check with this result (ok, moved, dead, unclear) and kind."""
    before = known or Standing()
    moment = stored(at)
    if result in {"ok", "moved"}:
        after = replace(
            before, state=result, kind=kind, strikes=0, struck_night="", failing_since="", last_ok=moment
        )
    elif result == "dead":
        after = _struck(before, kind, night_of(at), moment)
    elif before.strikes:
        return before
    else:
        after = replace(before, state="unclear", kind=kind)
    changed = known is None or after.state != before.state
    return replace(after, since=moment if changed else before.since)


def _struck(before: Standing, kind: str, night: str, moment: str) -> Standing:
    strikes = before.strikes + (night != before.struck_night)
    broken = before.state == "broken" or strikes >= strikes_needed(kind)
    return replace(
        before,
        state="broken" if broken else "suspect",
        kind=kind,
        strikes=strikes,
        struck_night=night,
        failing_since=before.failing_since or moment,
    )


def stored(moment: datetime) -> str:
    """Return a moment as the tables hold it; text of this form sorts like the moments."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def strikes_needed(kind: str) -> int:
    """Return how many strikes make a link broken if the last one is of this kind."""
    return _STRIKES_OF_NOBODY if kind in _NOBODY else STRIKES


def night_of(moment: datetime) -> str:
    """Return the day on which the night of a moment began, from noon to noon of this machine's calendar."""
    return (moment.astimezone() - timedelta(hours=12)).date().isoformat()


def request_url(written: str) -> str:
    """Return the address that is asked for where this one is linked: no fragment; empty if it is none."""
    if len(written) <= LONGEST_URL and _PLAIN.fullmatch(written):
        return written
    url = written.strip().partition("#")[0]
    if not url or len(url) > LONGEST_URL or not url.isprintable():
        return ""
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() not in {"http", "https"} or not parts.hostname or parts.port == 0:
            return ""
    except ValueError:
        return ""
    # Whoever puts a password into a link has not asked us to use it.
    return "" if "@" in parts.netloc else parts._replace(netloc=parts.netloc.lower()).geturl()


def digest_of(url: str) -> str:
    """Return what an address is found by."""
    return blake2b(url.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
