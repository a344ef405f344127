"""What is probably a slip about a reference file, although every line of it is right."""

from __future__ import annotations

import difflib
from pathlib import Path

from sqlalchemy import Connection, select

from catalogue.errors import LineError
from catalogue.reference import releases, table_of
from catalogue.reference.csvfile import CsvFile, read_csv
from catalogue.tables import ozg_service

__all__ = ["doubts_about"]

#: The table whose rows belong to themes, and the column that names them.
_THEMED = "ozg_service"
_THEME = "theme"


def doubts_about(connection: Connection, table: str | None, path: Path, as_of: str) -> list[LineError]:
    """Return what somebody should confirm before a file is imported, by line; 0 is the whole file.

    ``table`` None means that the header tells, ``as_of`` is an ISO date. Raise ImportRejected if the file
    cannot be read, NotFound if there is no such table.
    """
    earlier = releases(connection, table)
    file = read_csv(path)
    name = table or table_of(file.header)
    doubts = []
    newest = max((release.as_of for release in earlier if release.table == name), default="")
    if as_of < newest:
        doubts.append(LineError(0, "import_older", {"as_of": as_of, "newest": newest}))
    if name == _THEMED and _THEME in file.header:
        doubts += _new_themes(connection, file)
    return doubts


def _new_themes(connection: Connection, file: CsvFile) -> list[LineError]:
    """Return the first line of each theme that no service has so far; nothing while there are no services."""
    known = sorted(connection.scalars(select(ozg_service.c.theme).distinct()))
    if not known:
        return []
    place = file.header.index(_THEME)
    first: dict[str, int] = {}
    for line, cells in file.rows:
        theme = cells[place].strip() if len(cells) > place else ""
        if theme and theme not in known:
            first.setdefault(theme, line)
    return [_new_theme(theme, line, known) for theme, line in first.items()]


def _new_theme(theme: str, line: int, known: list[str]) -> LineError:
    near = difflib.get_close_matches(theme, known, n=1)
    if near:
        return LineError(line, "import_theme_near", {"theme": theme, "near": near[0]})
    return LineError(line, "import_theme_new", {"theme": theme})
