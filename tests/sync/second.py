"""A second process for tests: it takes part until it is told to go on, or killed.

``python -m tests.sync.second hold URL`` holds the lock of a database inside a run, ``... sync URL FILE``
syncs a region file and stops after its first source. Both say ``ready`` when they have got that far.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from catalogue.store import Store, open_store
from sync.lock import only_one
from sync.record import start_run
from sync.region import read_region
from sync.report import SourceOutcome
from sync.run import Options, Silent, sync

__all__ = ["second_process"]

ROOT = Path(__file__).parents[2]


@contextmanager
def second_process(task: str, store: Store, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Give a second process that has got as far as ``ready``; it is killed at the end."""
    url = store.engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.sync.second", task, url, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def _wait() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def _hold(store: Store) -> None:
    with only_one(store):
        with store.write() as connection:
            start_run(connection, "Probe", datetime(2025, 3, 1, 2, 0, tzinfo=UTC))
        _wait()


class _Stopping(Silent):
    def source_done(self, outcome: SourceOutcome) -> None:
        _wait()


def _main() -> None:
    task, url, *arguments = sys.argv[1:]
    store = open_store(url)
    if task == "hold":
        _hold(store)
    else:
        sync(store, read_region(Path(arguments[0])), Options(), _Stopping())


if __name__ == "__main__":
    _main()
