"""The workbench: a stage with the functions and tables that checks are written with.

Beside the stage's own tables there are ``area`` (what is wrong with each area as it is written), ``link``
(every address with what is wrong with it), ``known`` (references that objects elsewhere answer), ``claim``
(services that somebody is responsible for), ``agency`` (whose objects these are) and ``finding``.
All of it lies in the stage's file, so that memory does not grow with the delivery.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from catalogue.lint.functions import Functions
from catalogue.lint.subject import Subject

__all__ = ["Bench", "Finding", "Row"]

#: Class, ref, title, element, what was found, and how often.
Row: TypeAlias = tuple[str, str, str, str, str, int]

_TABLES: Final = """
CREATE TABLE area (raw TEXT PRIMARY KEY, problem TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE link (class TEXT, ref TEXT, element TEXT, url TEXT, problem TEXT, shown TEXT, location TEXT);
CREATE TABLE known (kind TEXT, ref TEXT, PRIMARY KEY (kind, ref)) WITHOUT ROWID;
CREATE TABLE claim (ref TEXT PRIMARY KEY, unit INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE agency (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE finding (
  place INTEGER, class TEXT, ref TEXT, title TEXT, element TEXT, found TEXT, times INTEGER
);
"""
#: Areas as they are written, wherever they stand.
_AREAS: Final = """
INSERT INTO area SELECT raw, area_problem(raw) FROM (
  SELECT DISTINCT area_raw AS raw FROM stage_offering WHERE op = 1
  UNION SELECT area_raw FROM stage_unit WHERE op = 1
  UNION SELECT value FROM stage_specialisation, json_each(words(areas)) WHERE op = 1
)
"""
#: Every link by the record it belongs to; a direct offering may have many.
_LINKS: Final = """
INSERT INTO link SELECT class, ref, element, url, link_problem(url), link_shown(url), link_location(url)
FROM (
  SELECT 'online_service' AS class, ref, 'url' AS element, url FROM stage_online WHERE op = 1
  UNION ALL SELECT 'service', ref, 'form_url', form_url FROM stage_service WHERE op = 1
  UNION ALL SELECT 'offering', ref, 'url', url FROM stage_statement WHERE op = 1
  UNION ALL SELECT 'offering', ref, 'page', json_extract(details, '$.page') FROM stage_statement
    WHERE op = 1 AND details <> ''
  UNION ALL SELECT 'offering', ref, 'links', json_extract(value, '$[1]') FROM stage_statement,
    json_each(details, '$.links') WHERE op = 1 AND details <> '' AND json_extract(value, '$[1]') <> url
) WHERE url <> ''
"""
_CLAIMS: Final = """
INSERT INTO claim SELECT service_ref, max(kind = 'unit' OR kind = 'direct') FROM stage_offering
WHERE op = 1 AND service_ref <> '' GROUP BY service_ref
"""
_AGENCIES: Final = """
INSERT INTO agency SELECT DISTINCT substr(ref, 1, max(instr(ref, ':') - 1, 0)) FROM (
  SELECT ref FROM stage_service WHERE op = 1 UNION ALL SELECT ref FROM stage_unit WHERE op = 1
  UNION ALL SELECT ref FROM stage_online WHERE op = 1
) UNION SELECT ''
"""


class Finding(NamedTuple):
    """One thing found by a check; ``times`` is more than one only where single records are not known.

    For the remarks of readers (checks ``reader_…``) ``element`` is the kind of the issue.
    """

    check: str
    severity: str
    record_class: str
    ref: str
    title: str
    element: str
    found: str
    times: int


class Bench:
    """A stage being looked at; to be closed. ``facts`` are the parameters that statements may name."""

    def __init__(self, subject: Subject, functions: Functions, today: date, stale_days: int) -> None:
        self.subject = subject
        self.functions = functions
        self.facts: dict[str, str | int] = {
            "today": today.isoformat(),
            "tomorrow": (today + timedelta(days=1)).isoformat(),
            "old": (today - timedelta(days=stale_days)).isoformat(),
        }
        self._stage = _open(subject.stage)
        functions.register(self._stage)
        self._stage.executescript(_TABLES)
        for statement in (_AREAS, _LINKS, _CLAIMS, _AGENCIES):
            self._stage.execute(statement)

    def close(self) -> None:
        """Close the stage; its file stays."""
        self._stage.close()

    def has(self, query: str) -> bool:
        """Tell whether a query has any row."""
        return self._stage.execute(query).fetchone() is not None

    def rows(self, query: str) -> Iterator[tuple[str, ...]]:
        """Yield the rows of a query."""
        yield from self._stage.execute(query)

    def write(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Execute a statement with each row."""
        self._stage.executemany(statement, rows)

    def note(self, place: int, found: str | list[Row]) -> None:
        """Add what a query finds: class, ref, title, element and what was found; or rows made already."""
        if not isinstance(found, str):
            self.write("INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?)", [(place, *row) for row in found])
            return
        statement = (
            f"INSERT INTO finding SELECT {place:d}, class, ref, substr(title, 1, 300), element, "  # noqa: S608
            f"substr(found, 1, 200), 1 FROM ({found})"
        )
        self._stage.execute(statement, self.facts)

    def totals(self) -> dict[int, int]:
        """Return how much each check found, by its place."""
        query = "SELECT place, sum(times) FROM finding GROUP BY place"
        return dict(self._stage.execute(query))

    def size(self) -> int:
        """Return how many findings there are."""
        return int(self._stage.execute("SELECT count(*) FROM finding").fetchone()[0])

    def findings(self, place: int, most: int) -> Iterator[Row]:
        """Yield a check's findings by class and ref; at most so many, -1 for all."""
        yield from self._stage.execute(
            "SELECT class, ref, title, element, found, times FROM finding WHERE place = ? "
            "ORDER BY times > 1, class, ref, element, found LIMIT ?",
            (place, most),
        )


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA temp_store=FILE")
    connection.execute("PRAGMA cache_size=-32768")
    return connection
