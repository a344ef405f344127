"""A small region with two lists, synced as the command line does it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalogue.store import Store
from sync.region import read_region
from sync.report import RunReport
from sync.run import Options, Silent, sync

__all__ = ["FIRST_NIGHT", "SAMPLES", "copy_region", "night", "sync_region"]

SAMPLES = Path(__file__).parent / "samples" / "region"
FIRST_NIGHT = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)


def night(number: int) -> datetime:
    """Return the moment of a nightly run; the first one has number 1."""
    return FIRST_NIGHT + timedelta(days=number - 1)


def copy_region(folder: Path) -> Path:
    """Copy the sample region into a folder and return its region file."""
    shutil.copytree(SAMPLES, folder, dirs_exist_ok=True)
    return folder / "region.toml"


def sync_region(
    store: Store, region: Path, number: int = 1, accept: frozenset[str] = frozenset()
) -> RunReport:
    """Run the sync of a night."""
    options = Options(accept=accept, now=lambda: night(number), executor="inline")
    return sync(store, read_region(region), options, Silent())
