"""Nights of the demo region through the fault proxy, and what is known after each."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from catalogue import tables
from catalogue.reports.cells import cells
from catalogue.store import Store
from cli.demo.facts import Facts
from cli.demo.regionfile import write_region
from cli.demo.server import DemoServer
from cli.demo.web.hosts import Hosts
from connectors.assignment import Assignment
from connectors.contract import SourceSettings
from connectors.policy import FetchPolicy
from sync.region import read_region
from sync.report import RunReport
from sync.run import Options, Silent, sync
from tests.faults.proxy import FaultProxy

__all__ = ["Behind", "Cell", "Theatre", "cell_rows", "delivered_rows"]

Cell = dict[str, object]
#: A stalled server is given up after this time, so that nights do not last till morning (seconds).
PATIENCE = 0.6
#: What tells when something happened, and numbers that only this database gives.
_OWN = frozenset({"id", "since", "first_run", "changed_run", "vanished_run", "withdrawn_run", "decided_at"})
_SOURCE = re.compile(r"(?:^# [^\n]*\n)*^\[\[source\]\]\nid = \"([^\"]+)\"", re.MULTILINE)


class _HostsBehind(Hosts):
    """Hosts that are asked through the proxy, and name each other by its addresses."""

    proxy: FaultProxy

    def address(self, name: str) -> str:
        return self.proxy.front(name, super().address(name))


class Behind(DemoServer):
    """The demo's servers behind the proxy."""

    def __init__(self, folder: Path, proxy: FaultProxy) -> None:
        super().__init__(folder)
        self.proxy = proxy
        self.hosts.__class__ = _HostsBehind
        self.hosts.proxy = proxy  # type: ignore[attr-defined]

    @property
    def url(self) -> str:
        return self.proxy.front("lieferungen", super().url) + "/"


class Theatre:
    """The demo's servers behind a proxy, asked night by night; ``only`` are the sources of the region.

    Nothing waits between attempts: what counts is how often is tried, not when.
    """

    def __init__(
        self, facts: Facts, server: Behind, folder: Path, only: frozenset[str] = frozenset()
    ) -> None:
        self.facts = facts
        self.server = server
        self.proxy = server.proxy
        self.folder = folder
        self.only = only
        self.nights = 0

    def night(self, store: Store, *, scene: int = 1, rate: float = 0.0) -> RunReport:
        """Read what sources have in a night of the demo while this share of the requests is spoilt."""
        self.nights += 1
        self.server.night = scene
        path = self.folder / "demo.toml"
        write_region(path, self.facts, self.server.url, scene, self.server.hosts.address)
        if self.only:
            path.write_text(_with(path.read_text(encoding="utf-8"), self.only), encoding="utf-8")
        self.proxy.begin(self.nights, rate)
        with _impatient(self.proxy) if rate else _unhurried():
            return sync(store, read_region(path), Options(executor="inline"), Silent())

    @staticmethod
    def troubled(report: RunReport) -> set[str]:
        """Return the sources that could not be read, or were read in part."""
        return {
            outcome.source
            for outcome in report.sources
            if not outcome.good or outcome.summary.scope not in {"everything", "increment", ""}
        }


def _with(region: str, only: frozenset[str]) -> str:
    """Return a region file with some of its sources."""
    starts = [(match.start(), match[1]) for match in _SOURCE.finditer(region)]
    ends = [start for start, _ in starts[1:]] + [len(region)]
    kept = [region[start:end] for (start, name), end in zip(starts, ends, strict=True) if name in only]
    assert len(kept) == len(only)
    return region[: starts[0][0]] + "".join(kept)


@contextmanager
def _unhurried() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Assignment, "pause", _go_on)
        yield


@contextmanager
def _impatient(proxy: FaultProxy) -> Iterator[None]:
    usual = SourceSettings.policy

    def policy(settings: SourceSettings) -> FetchPolicy:
        return replace(usual(settings), deadline=PATIENCE, download_deadline=2 * PATIENCE)

    with _unhurried(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(SourceSettings, "policy", policy)
        patch.setattr(socket, "getaddrinfo", proxy.look_up(socket.getaddrinfo))
        yield


def _go_on(assignment: Assignment, _seconds: float) -> None:
    assignment.check()


def cell_rows(store: Store) -> dict[tuple[str, str], Cell]:
    """Return all that is said about each cell, by area and service."""
    with store.read() as connection:
        rows = cells(connection)
    return {(row.ars, row.ozg_id): {k: v for k, v in asdict(row).items() if k not in _OWN} for row in rows}


def delivered_rows(store: Store) -> dict[str, set[tuple[object, ...]]]:
    """Return what sources have delivered and is still there, without the numbers of this database."""
    found = {}
    with store.read() as connection:
        numbers = dict(connection.execute(select(tables.source.c.id, tables.source.c.key)).all())
        for name in ("service_record", "unit", "online_service", "specialisation", "offering"):
            table = tables.metadata.tables[name]
            columns = [
                column for column in table.c if column.name not in _OWN and not _is_number(column.name)
            ]
            query = select(table.c.source_id, *columns)
            if "withdrawn_run" in table.c:
                query = query.where(table.c.withdrawn_run.is_(None), table.c.vanished_run.is_(None))
            found[name] = {(numbers[row[0]], *row[1:]) for row in connection.execute(query)}
    return found


def _is_number(column: str) -> bool:
    return column.endswith("_id") and column != "ozg_id"
