"""One sync in a process of its own, to be killed: ``python -m tests.reliability.child URL REGION DAY``.

It says ``ready`` when it is about to begin.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from catalogue.store import open_store
from sync.region import read_region
from sync.run import Options, Silent, sync


def main() -> int:
    """Sync a region and return the exit code of the run."""
    url, region, day = sys.argv[1:]
    store = open_store(url)
    moment = datetime(2026, 11, int(day), 2, 30, tzinfo=UTC)
    options = Options(executor="inline", now=lambda: moment)
    print("ready", flush=True)
    return sync(store, read_region(Path(region)), options, Silent()).exit_code


if __name__ == "__main__":
    sys.exit(main())
