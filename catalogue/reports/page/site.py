"""The site as a whole: which pages are written in which order, in this process or in several.

Large regions are written by several processes, each with its own connection. They have to show one state of
the catalogue: PostgreSQL lends them the snapshot of the first connection; on SQLite the build notices if
anything was committed meanwhile and begins again in one process, whose single transaction cannot change.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Final, Protocol, TypeVar, cast

from sqlalchemy import Connection, text

from catalogue.reports.filters import RegionArea
from catalogue.reports.page.changes import BRIEF, changes_page, movement_of, movement_part, trend_parts
from catalogue.reports.page.folder import new_folder
from catalogue.reports.page.frame import AreaKey, Frame, Options, Service, read_frame
from catalogue.reports.page.method import method_page
from catalogue.reports.page.morning import morning_page
from catalogue.reports.page.region import RegionParts, area_list, region_pages, service_lists
from catalogue.reports.page.sources import good_sources, source_pages, troubled_sources
from catalogue.reports.page.work import Builder, Written
from catalogue.reports.sources import sources
from catalogue.store import Store, open_store
from catalogue.tether import end_with

__all__ = ["Listener", "SiteReport", "build_site"]

ASSETS = Path(__file__).parent / "assets"
#: Regions of fewer areas are written by one process: starting others takes longer.
FEW_AREAS: Final = 40
#: Each process gets so many shares one after the other, so that none waits long for the last one.
SHARES: Final = 3


class Listener(Protocol):
    """Is told how far the work is; pages of areas and of services count the same."""

    def __call__(self, done: int, total: int) -> None:
        """Take note."""


@dataclass(frozen=True)
class SiteReport:
    """What was written: pages, their bytes, and the largest one."""

    pages: int
    bytes: int
    largest: int
    largest_page: str
    areas: int
    services: int


class _StateMoved(Exception):
    """Something was committed while several processes read."""


T = TypeVar("T")
#: Writes workbooks into a folder and returns their names in the site, by regional key and level.
Workbooks = Callable[[Connection, Path], Mapping[AreaKey, str]]


def build_site(
    store: Store,
    target: Path,
    options: Options,
    now: datetime,
    listener: Listener,
    workbooks: Workbooks | None = None,
) -> SiteReport:
    """Write the site of a region into a folder; the old site stays until the new one is complete.

    Raise NotFound for what the filters name and does not exist, and if the folder holds something else;
    OSError if it cannot be written.
    """
    with new_folder(target) as folder:
        shutil.copytree(ASSETS, folder / "assets")
        try:
            return _build(store, folder, options, now, listener, workbooks)
        except _StateMoved:
            for left in folder.iterdir():
                if left.is_dir() and left.name != "assets":
                    shutil.rmtree(left)
            return _build(store, folder, replace(options, processes=1), now, listener, workbooks)


def _build(
    store: Store,
    folder: Path,
    options: Options,
    now: datetime,
    listener: Listener,
    workbooks: Workbooks | None,
) -> SiteReport:
    with _commits(store) as commits, store.read() as connection:
        before = commits()
        frame = read_frame(connection, options, now)
        if workbooks is not None:
            books = workbooks(connection, folder)
            frame = replace(frame, options=replace(options, workbooks=books))
        builder = Builder(connection, frame, folder)
        counter = _Counter(listener, len(frame.chosen.areas) + len(frame.services))
        processes = options.processes or (os.cpu_count() or 1)
        if processes == 1 or len(frame.chosen.areas) < FEW_AREAS:
            written = builder.areas(frame.chosen.areas, counter.advance)
            written.add(builder.services(frame.services, counter.advance))
        else:
            snapshot = _lent(store, connection)
            written = _side_by_side(_Lent(_url(store), snapshot, frame, folder), processes, counter)
            if commits() != before:
                raise _StateMoved
        written.add(_frame_pages(builder, written))
    return SiteReport(
        written.pages,
        written.bytes,
        written.largest,
        written.largest_page,
        len(frame.chosen.areas),
        len(frame.services),
    )


def _frame_pages(builder: Builder, written: Written) -> Written:
    """Write the pages about the region as a whole."""
    setting, frame, connection = builder.setting, builder.frame, builder.connection
    rows = sources(connection, frame.now)
    troubled, more = troubled_sources(rows, builder.sources)
    parts = RegionParts(
        trends=trend_parts(setting, frame, connection),
        movement=movement_part(setting, movement_of(setting, frame, connection, BRIEF), brief=True),
        troubled=troubled,
        troubled_more=more,
        sources_good=good_sources(rows),
        sources_all=sum(row.active for row in rows),
    )
    done = builder.write(region_pages(setting, frame, parts))
    done.add(builder.write(area_list(setting, frame)))
    done.add(builder.write(service_lists(setting, frame, written.counts)))
    done.add(builder.write(source_pages(setting, rows, builder.sources)))
    done.add(builder.write([changes_page(setting, frame, connection), method_page(setting, connection)]))
    done.add(builder.write([morning_page(setting, frame, connection)]))
    return done


class _Counter:
    """Counts what is done and tells the listener."""

    def __init__(self, listener: Listener, total: int) -> None:
        self._listener = listener
        self._total = total
        self._done = 0

    def advance(self, by: int = 1) -> None:
        """Count more."""
        self._done += by
        self._listener(self._done, self._total)


@dataclass(frozen=True)
class _Lent:
    """What another process needs to see the same; ``snapshot`` is PostgreSQL's name of the state."""

    url: str
    snapshot: str
    frame: Frame
    folder: Path

    def __repr__(self) -> str:
        return "_Lent()"  # the address may hold a password


def _side_by_side(lent: _Lent, processes: int, counter: _Counter) -> Written:
    """Let several processes write the pages of areas and services."""
    frame = lent.frame
    shares: list[Sequence[RegionArea] | Sequence[Service]] = [
        *_shares(frame.chosen.areas, processes * SHARES),
        *_shares(frame.services, processes * SHARES),
    ]
    written = Written()
    # Forking a process that has open database connections is not safe.
    context = get_context("spawn")
    tether, ours = context.Pipe(duplex=False)
    with (
        closing(tether),
        closing(ours),
        ProcessPoolExecutor(processes, context, _begin, (lent, tether)) as pool,
    ):
        waiting = {pool.submit(_write_share, share): len(share) for share in shares}
        try:
            for done in as_completed(waiting):
                written.add(done.result())
                counter.advance(waiting[done])
        except BaseException:
            ours.close()  # whatever they are doing
            raise
    return written


def _shares(things: Sequence[T], count: int) -> Iterator[Sequence[T]]:
    size = max(1, -(-len(things) // count))
    for start in range(0, len(things), size):
        yield things[start : start + size]


_builders: list[Builder] = []


def _begin(lent: _Lent, tether: Pipe) -> None:
    """Prepare a process: one connection, and one transaction for all it will write."""
    end_with(tether)
    connection = open_store(lent.url).engine.connect()
    if lent.snapshot:
        connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{lent.snapshot}'")
    _builders.append(Builder(connection, lent.frame, lent.folder))


def _write_share(share: Sequence[RegionArea] | Sequence[Service]) -> Written:
    builder = _builders[0]
    areas = [one for one in share if isinstance(one, RegionArea)]
    services = [one for one in share if isinstance(one, Service)]
    written = builder.areas(areas, _nothing) if areas else Written()
    if services:
        written.add(builder.services(services, _nothing))
    return written


def _nothing() -> None:
    """Tell nobody: the share is counted when it is done."""


def _url(store: Store) -> str:
    return store.engine.url.render_as_string(hide_password=False)


def _lent(store: Store, connection: Connection) -> str:
    """Return the name under which others can see the state that this connection sees; empty on SQLite."""
    if store.is_sqlite:
        return ""
    return str(connection.scalar(text("SELECT pg_export_snapshot()")))


@contextmanager
def _commits(store: Store) -> Iterator[Callable[[], int]]:
    """Give a count of commits that changes with each one; on PostgreSQL, where it is not needed, nothing."""
    if not store.is_sqlite:
        yield lambda: 0
        return
    watch = store.engine.raw_connection()
    try:
        driver = cast("SqliteConnection", watch.driver_connection)
        yield lambda: int(driver.execute("PRAGMA data_version").fetchone()[0])
    finally:
        watch.close()
