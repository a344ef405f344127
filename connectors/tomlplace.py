"""Where in a TOML file something is, and how its words are repeated in an error."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["line_of", "shown", "syntax_line"]

LONGEST_SHOWN = 160  # characters
_PLACE = re.compile(r"at line (\d+)")


def syntax_line(error: Exception) -> int:
    """Return the line that an error of the TOML parser names; 0 if it names none."""
    place = _PLACE.search(str(error))
    return int(place[1]) if place else 0


def line_of(place: Sequence[int | str], text: str) -> int:
    """Return the line of a place like ("detail", 1, "path"); 0 if the file does not show it."""
    if not place:
        return 0
    table, *inner = place
    number = next((part for part in inner if isinstance(part, int)), 0)
    key = next((part for part in inner if isinstance(part, str)), "")
    head = re.compile(rf"\s*\[\[?\s*{re.escape(str(table))}\s*\]|\s*{re.escape(str(table))}\s*=")
    count, found = -1, 0
    for position, line in enumerate(text.split("\n"), start=1):
        if head.match(line):
            count += 1
            found = position if count == number else found
        elif count == number and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return position
    return found


def shown(text: str) -> str:
    """Return somebody's words as one line of at most ``LONGEST_SHOWN`` printable characters."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= LONGEST_SHOWN else f"{plain[: LONGEST_SHOWN - 1]}…"
