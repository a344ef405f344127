"""Sources and runs as the public may see them: without hosts, paths, commands and samples of records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from catalogue.reports.runs import RunRow
from catalogue.reports.sources import SourceRow
from cli.output import field_names

__all__ = ["PublicRun", "PublicSource", "public_run", "public_source"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PublicSource:
    """One source; docs/data-dictionary.md explains every field."""

    source: str
    name: str
    kind: str
    active: bool
    state: str
    standing: str
    speaks: bool
    trust: int
    complete: bool
    objects: int
    areas: int
    themes: tuple[str, ...]
    read_at: str
    stale_after_hours: int
    delivered_at: str
    attempted_at: str
    message: str
    open_issues: int


@dataclass(frozen=True, slots=True)
class PublicRun:
    """One run; docs/data-dictionary.md explains every field."""

    run: int
    started_at: str
    finished_at: str
    state: str
    region: str
    sources_ok: int
    sources_unchanged: int
    sources_failed: int
    sources_held: int
    cells_changed: int
    version: str
    kind: str


def public_source(row: SourceRow) -> PublicSource:
    """Return what may be seen of a source."""
    return _part(row, PublicSource)


def public_run(row: RunRow) -> PublicRun:
    """Return what may be seen of a run."""
    return _part(row, PublicRun)


def _part(row: object, row_type: type[T]) -> T:
    return row_type(**{name: getattr(row, name) for name in field_names(row_type)})
