"""A file downloaded from the dashboard: CSV or XLSX row by row, JSON as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from catalogue.records import Issue, Severity
from connectors.dashboard_pages import is_cut_off, is_json, read_json, read_table
from connectors.dashboard_settings import DashboardSettings
from connectors.errors import AbortRun, RejectDelivery, RetryLater

__all__ = ["find_file", "read_file"]

#: JSON is held in memory; who has more downloads it as CSV.
MOST_JSON: Final = 64 << 20
BATCH: Final = 1_000
HEAD: Final = 64

Taking = Callable[[Sequence[object], int], object]


def find_file(location: str) -> Path:
    """Return the path of a readable file. Raise RetryLater or AbortRun if it is none."""
    try:
        path = Path(location).expanduser()
    except RuntimeError:  # nobody has the home folder that is asked for
        path = Path(location)
    try:
        if path.exists() and not path.is_file():
            raise AbortRun("dashboard_no_file", path=str(path))
        with path.open("rb"):
            return path
    except FileNotFoundError:
        raise RetryLater("dashboard_not_found", path=str(path)) from None
    except (OSError, ValueError) as error:
        raise _unreadable(path.name, error) from error


def read_file(settings: DashboardSettings, take: Taking) -> list[Issue]:
    """Hand on the rows of a file, each batch with the number of its first row.

    Return why this was not all of the list; nothing if it was. Raise any ConnectorError.
    """
    path = find_file(settings.location)
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
        if is_json(head):
            return _read_json(path, take)
        if path.stat().st_size > settings.max_bytes:
            raise RejectDelivery("list_too_large", file=path.name, limit=settings.max_bytes)
        rows = read_table(path, path.name, settings)
        first = 1
        while batch := list(islice(rows, BATCH)):
            take(batch, first)
            first += len(batch)
        return [_fault("dashboard_cut_off", path)] if is_cut_off(path) else []
    except OSError as error:
        raise _unreadable(path.name, error) from error


def _read_json(path: Path, take: Taking) -> list[Issue]:
    if path.stat().st_size > MOST_JSON:
        raise RejectDelivery("dashboard_json_too_large", file=path.name, limit=MOST_JSON)
    page = read_json(path.read_bytes(), path.name)
    take(page.rows, 1)
    if page.last is False or page.number or (page.total or 0) > len(page.rows):
        # One page of several: what is on the others is not known.
        return [_fault("dashboard_one_page", path)]
    return []


def _fault(kind: str, path: Path) -> Issue:
    return Issue(Severity.NOTICE, kind, path.name)


def _unreadable(file: str, error: Exception) -> RetryLater:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return RetryLater("list_unreadable", file=file, reason=reason)
