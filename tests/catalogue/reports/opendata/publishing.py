"""What a publisher says, for tests of what is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from catalogue.reports.filters import EVERYTHING, Filters
from catalogue.reports.opendata.columns import Question
from catalogue.reports.opendata.metadata import Metadata
from catalogue.reports.opendata.release import Release, write_release
from catalogue.store import Store

__all__ = ["BASE", "metadata", "publish"]

BASE = "https://daten.example.org/ozg/"


def metadata(**sections: Any) -> Metadata:
    """Return metadata with the least that has to be said; sections replace it."""
    least: dict[str, Any] = {
        "publication": {"base_url": BASE},
        "publisher": {"name": "Kreis Muster"},
        "terms": {"licence": "dl-de/zero-2-0"},
    }
    return Metadata.model_validate(least | sections)


def publish(
    store: Store, folder: Path, settings: Metadata | None = None, filters: Filters = EVERYTHING
) -> Release:
    """Write a release into a new folder."""
    folder.mkdir()
    with store.read() as connection:
        return write_release(
            Question(connection, filters), settings or metadata(), folder, lambda *_said: None
        )
