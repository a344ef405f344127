"""A source's delivery as it would arrive now: acquired and staged as in a run, and thrown away afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from catalogue.store import Store
from connectors.contract import SourceSettings
from sync.assign import Report, assign
from sync.prepare import Prepared, prepare
from sync.region import Region
from sync.register import plan

__all__ = ["fresh_delivery"]


@contextmanager
def fresh_delivery(
    store: Store, region: Region, settings: SourceSettings, report: Report
) -> Iterator[Prepared]:
    """Acquire and stage one source of a region; what fails about the source is part of the result.

    The stage exists until the ``with`` block ends. Nothing is written to the database. Raise
    RegionFileError or StoreError.
    """
    stop = Event()
    with store.read() as connection:
        assignment = assign(connection, plan(connection, region), [settings], stop, report)[settings.id]
    with tempfile.TemporaryDirectory(prefix="lueckenlos-", ignore_cleanup_errors=True) as folder:
        # The long work is done in a thread, so that Ctrl-C is heard at once and stops it.
        threads = ThreadPoolExecutor(1)
        try:
            # Without the hash of what the catalogue has, even an unchanged delivery is read.
            work = threads.submit(prepare, settings, Path(folder) / settings.id, "", None, assignment)
            prepared = work.result()
        except BaseException:
            stop.set()
            raise
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
        yield prepared
