"""Lists of the dashboard in pages, as JSON or as a table, read to their end.

The answers for a single area are not described beyond "JSON or a file", so what came is told by its first
bytes. JSON pages say where the list ends; where nothing does, a page with fewer rows than asked for is the
last one, and a page that is the same as the one before means that the interface knows no pages there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from catalogue.records import Issue, Severity
from connectors.assignment import Assignment
from connectors.dashboard_rows import cells_of
from connectors.dashboard_settings import DashboardSettings
from connectors.errors import AbortRun, RejectDelivery
from connectors.fetch import Fetcher
from connectors.fileformat import open_table
from connectors.pvog_desk import Pace
from connectors.pvog_settings import fill
from connectors.replacement import storage_failed
from connectors.tabular import TableOptions
from connectors.urls import redact

__all__ = ["Desk", "Walk", "is_cut_off", "is_json", "read_json", "read_table"]

MOST_BYTES: Final = 16 << 20
TABLE_TYPES: Final = frozenset({"csv", "xlsx"})
ZIP: Final = b"PK"


class Page(NamedTuple):
    """Some rows, and what the answer says about the list; None where it says nothing."""

    rows: list[object]
    number: int | None = None
    last: bool | None = None
    total: int | None = None
    cut: bool = False  # its text ends within a line


class _SpringPage(BaseModel):
    """The envelope of a JSON answer; ``content`` may be missing where there is nothing."""

    model_config = ConfigDict(frozen=True, strict=True)

    content: list[object] | None = None
    number: int | None = None
    last: bool | None = None
    empty: bool | None = None
    total: int | None = Field(default=None, alias="totalElements")


class Desk:
    """Sends the requests of one source in one run, evenly; tables stay in a folder meanwhile."""

    def __init__(
        self, settings: DashboardSettings, fetcher: Fetcher, assignment: Assignment, folder: Path
    ) -> None:
        self.settings = settings
        self._fetcher = fetcher
        self._assignment = assignment
        self._scratch = folder / "page.tmp"
        self._pace = Pace(settings.per_second, assignment.pause)

    def ask(self, path: str, values: Mapping[str, str]) -> tuple[Page, str, str]:
        """Return a page, a hash of it, and its address. Raise ConnectorError."""
        self._assignment.check()
        self._pace.wait()
        body, url = self._get(path, values)
        page = read_json(body, url) if is_json(body) else self._table(body, url)
        return page, hashlib.blake2b(body, digest_size=16).hexdigest(), url

    def ask_json(self, path: str) -> Page:
        """Return a page that has to be JSON. Raise ConnectorError."""
        body, url = self._get(path, {})
        return read_json(body, url)

    def _get(self, path: str, values: Mapping[str, str]) -> tuple[bytes, str]:
        url = self.settings.location + fill(path, values)
        shown = redact(url)
        body = self._fetcher.get(url, headers={"Accept": self._accepted()}).body
        if len(body) > MOST_BYTES:
            raise RejectDelivery("dashboard_too_large", url=shown, limit=MOST_BYTES)
        return body, shown

    def _accepted(self) -> str:
        if self.settings.filetype in TABLE_TYPES:
            return "text/csv, application/octet-stream, application/json;q=0.5"
        return "application/json"

    def _table(self, body: bytes, url: str) -> Page:
        try:
            self._scratch.write_bytes(body)
            rows: list[object] = list(read_table(self._scratch, url, self.settings))
            return Page(rows, cut=is_cut_off(self._scratch))
        except AbortRun as error:
            # Not what is configured is wrong but what came: anybody may answer with a page of text.
            raise RejectDelivery("dashboard_shape", url=url, why=error.code) from error
        except OSError as error:
            raise storage_failed(self._scratch.parent, error) from error
        finally:
            self._scratch.unlink(missing_ok=True)


@dataclass
class Walk:
    """The way through the pages of one list; afterwards it knows what is wrong with it."""

    desk: Desk
    path: str
    values: Mapping[str, str]
    record: str  # what is asked for, for messages
    came: int = 0

    def __post_init__(self) -> None:
        self.total: int | None = None
        self._totals: set[int | None] = set()
        self._faults: list[Issue] = []

    def pages(self) -> Iterator[list[object]]:
        """Yield the rows page by page. Raise ConnectorError."""
        settings = self.desk.settings
        before = ""
        for number in range(settings.max_pages):
            given = {**self.values, "page": str(number), "size": str(settings.page_size)}
            page, digest, url = self.desk.ask(self.path, given)
            if digest == before and page.last is None:
                return
            self._check(page, number, url)
            before, self.total = digest, page.total
            self._totals.add(page.total)
            self.came += len(page.rows)
            yield page.rows
            if self._is_last(page) or "{page}" not in self.path:
                return
        self._doubt("dashboard_capped", str(settings.max_pages))

    def _check(self, page: Page, number: int, url: str) -> None:
        """Refuse pages that do not follow each other: the same again and again is no list."""
        if page.number not in (None, number) or (number and not page.rows and page.last is False):
            raise RejectDelivery("dashboard_pages_confused", url=url)
        if page.cut:
            self._doubt("dashboard_cut_off", "")

    def _is_last(self, page: Page) -> bool:
        if page.last is not None:
            return page.last
        if page.total is not None:
            return self.came >= page.total
        return len(page.rows) != self.desk.settings.page_size

    def faults(self) -> list[Issue]:
        """Return why this was not all of the list; nothing if it was."""
        if len(self._totals) > 1:
            # A row that went away moves all others forward: one of them may have been stepped over.
            self._doubt("dashboard_moved", "")
        elif self.total is not None and self.came != self.total:
            self._doubt("dashboard_incomplete", f"{self.came} / {self.total}")
        return self._faults

    def _doubt(self, kind: str, detail: str) -> None:
        self._faults.append(Issue(Severity.NOTICE, kind, self.record, detail))


def is_json(head: bytes) -> bool:
    """Tell whether an answer or a file is JSON, by its first letter."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}


def read_json(body: bytes, place: str) -> Page:
    """Return the page that a JSON text is: an envelope, or the rows alone. Raise RejectDelivery."""
    try:
        answer: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RejectDelivery("dashboard_not_json", url=place) from error
    if isinstance(answer, list):
        return Page(answer)
    try:
        page = _SpringPage.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "-"
        raise RejectDelivery("dashboard_shape", url=place, why=f"{where}: {first['type']}") from None
    if page.content is None and not page.empty and page.total != 0:
        raise RejectDelivery("dashboard_shape", url=place, why="content: missing")
    return Page(page.content or [], page.number, page.last, page.total)


def read_table(path: Path, name: str, settings: DashboardSettings) -> Iterator[dict[str, object]]:
    """Yield the rows of a CSV or XLSX like those of answers. Raise RejectDelivery or AbortRun."""
    for row in open_table(path, name, TableOptions(), settings.headers()).rows():
        # A row with too few or too many cells may have its values in the wrong columns.
        yield cells_of(row.values) if row.shape == "fits" else {}


def is_cut_off(path: Path) -> bool:
    """Tell whether a text ends within a line, as one does whose transfer ended too early."""
    with path.open("rb") as stream:
        head = stream.read(len(ZIP))
        stream.seek(-min(2, path.stat().st_size), 2)
        tail = stream.read().strip(b"\0")
    return head != ZIP and not tail.endswith((b"\n", b"\r"))
