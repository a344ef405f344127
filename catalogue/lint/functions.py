"""Questions about single values that SQL cannot answer: SQLite calls these functions in the checks.

None of them raises: whatever a source delivered has an answer.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from datetime import date
from fnmatch import translate
from functools import lru_cache
from typing import Final

from sqlalchemy import Connection, select

from catalogue.keys import KeyFormatError, LeikaKey, parse_area_key
from catalogue.lint.addresses import Address, examine
from catalogue.lint.rules import LintRules
from catalogue.lookup import AreaIndex
from catalogue.matching.keyed import Decider
from catalogue.matching.reference import stored_reference
from catalogue.tables import leika_service

__all__ = ["Functions"]

SHOWN: Final = 200
REMEMBERED: Final = 65_536  # answers about links and areas, which occur again and again
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9:.]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?")
#: Lengths of municipality and regional keys that have lost the zero of the Länder 01 to 09.
_ZERO_LOST: Final = frozenset({7, 11})
#: What is left of umlauts that were read in the wrong encoding, and what stands for unreadable bytes.
_GARBLED = re.compile("Ã[\u0080-\u00bf\u0178\u0153\u017e\u201e\u2013\u0152]|Â[\u00a0-\u00bf]|â€|\ufffd")


class Functions:
    """The functions by name; what they know of areas and keys is the catalogue's."""

    def __init__(self, connection: Connection, rules: LintRules) -> None:
        self._connection = connection
        self._rules = rules
        self._areas = AreaIndex.load(connection)
        rows = connection.execute(select(leika_service.c.leika_key, leika_service.c.name))
        self._names: dict[str, str] = {row.leika_key: row.name for row in rows}
        self._decider: Decider | None = None
        self._placeholders = [re.compile(translate(pattern)) for pattern in rules.placeholders]
        self._address: Callable[[str], Address] = lru_cache(REMEMBERED)(self._examine)

    @property
    def knows_keys(self) -> bool:
        """Tell whether the catalogue has any LeiKa key."""
        return bool(self._names)

    def register(self, stage: sqlite3.Connection) -> None:
        """Make the functions known to a connection."""
        named: dict[str, tuple[int, Callable[..., str | int | None]]] = {
            "malformed_keys": (1, self.malformed_keys),
            "unknown_keys": (1, self.unknown_keys),
            "contradicted_key": (3, self.contradicted_key),
            "folded": (1, self.folded),
            "is_placeholder": (1, self.is_placeholder),
            "is_garbled": (1, self.is_garbled),
            "day": (1, self.day),
            "words": (1, lambda text: json.dumps(text.split())),
            "area_problem": (1, lru_cache(REMEMBERED)(self.area_problem)),
            "is_elsewhere": (2, lru_cache(REMEMBERED)(self.is_elsewhere)),
            "link_problem": (1, lambda url: self._address(url).problem),
            "link_shown": (1, lambda url: self._address(url).shown),
            "link_location": (1, lambda url: self._address(url).location),
        }
        for name, (arguments, function) in named.items():
            stage.create_function(name, arguments, function, deterministic=True)

    def malformed_keys(self, keys: str) -> str | None:
        """Return those of the reported keys (separated by blanks) that are no LeiKa keys."""
        wrong = [key for key in keys.split() if _parse(key) is None]
        if wrong and _parse(keys) is not None:
            return keys[:SHOWN]  # one key, written in groups
        return " ".join(wrong)[:SHOWN] or None

    def unknown_keys(self, keys: str) -> str | None:
        """Return those federal keys that the catalogue lacks; other keys belong to a Land or a city."""
        parsed = filter(None, map(_parse, keys.split()))
        unknown = [str(key) for key in parsed if key.is_federal and str(key) not in self._names]
        return " ".join(unknown)[:SHOWN] or None

    def contradicted_key(self, title: str, official_title: str, keys: str) -> str | None:
        """Return the key, with its name, whose service is certainly not what the titles say."""
        if not keys or not (title.strip() or official_title.strip()):
            return None
        if self._decider is None:
            self._decider = Decider.of(stored_reference(self._connection))
        for one in self._decider.decide(title, official_title, keys):
            key = _parse(one.reason)
            if one.method == "contradiction" and key is not None:
                named = filter(
                    None, (self._names.get(str(each)) for each in (key, key.act_key, key.object_key))
                )
                return f"{key} {next(named, '')}".strip()[:SHOWN]
        return None

    def folded(self, text: str) -> str:
        """Return a title as it is compared."""
        return " ".join(text.casefold().split())

    def is_placeholder(self, text: str) -> int:
        """Tell whether a title or name only fills its field."""
        plain = self.folded(text[:SHOWN]).strip(" .:;,_-–—()[]<>!?*\"'„“")
        filling = bool(text.strip()) and not plain
        return int(filling or any(pattern.fullmatch(plain) for pattern in self._placeholders))

    def is_garbled(self, text: str) -> int:
        """Tell whether a text was read in the wrong encoding before it was delivered."""
        return int(_GARBLED.search(text) is not None)

    def day(self, text: str) -> str | None:
        """Return the day of an ISO date or date-time; None if it is neither."""
        found = _DATE.fullmatch(text.strip()[:64])
        try:
            return date.fromisoformat(found[1]).isoformat() if found else None
        except ValueError:
            return None

    def area_problem(self, raw: str) -> str:
        """Return missing, malformed, unknown, abolished, or nothing for an area that is fine."""
        written = raw.strip()
        if not written:
            return "missing"
        if written.isdigit() and len(written) in _ZERO_LOST:
            return "malformed"  # readers put the zero back, but not every other program does
        found = self._areas.resolve(raw)
        if found is not None:
            return "abolished" if self._areas[found].abolished_on else ""
        try:
            parse_area_key(raw)
        except KeyFormatError:
            return "malformed" if any("0" <= one <= "9" for one in raw) else "unknown"
        return "unknown"

    def is_elsewhere(self, location: str, raw: str) -> int:
        """Tell whether a link names another place than where its service is offered.

        Keys that no table has, above or below the area, or the same on another level, say nothing.
        """
        named = self._areas.resolve(location) if location[:1].isdigit() else None
        area = self._areas.resolve(raw)
        if named is None or area is None or self._areas.ars(named) == self._areas.ars(area):
            return 0
        return int(named not in self._areas.closure(area) and area not in self._areas.closure(named))

    def _examine(self, url: str) -> Address:
        return examine(url, self._rules)


def _parse(raw: str) -> LeikaKey | None:
    try:
        return LeikaKey.parse(raw)
    except KeyFormatError:
        return None
