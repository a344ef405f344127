"""The reference tables that come with the program."""

from __future__ import annotations

import gzip
import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from catalogue.reference.apply import apply_file
from catalogue.reference.csvfile import read_csv
from catalogue.reference.releases import Release, ReleaseNote, releases
from catalogue.reference.specs import SPECS, spec_of
from catalogue.store import Store

__all__ = ["load_packaged"]

FOLDER = Path(__file__).parent.parent / "data"


@dataclass(frozen=True)
class _Packaged:
    table: str
    path: Path
    note: ReleaseNote

    def read(self) -> bytes:
        """Return the CSV file's bytes."""
        data = self.path.read_bytes()
        return gzip.decompress(data) if self.path.suffix == ".gz" else data


def load_packaged(store: Store, folder: Path = FOLDER) -> dict[str, int]:
    """Load the packaged tables and return how many rows each table has then.

    What was loaded before is not loaded again, and a table whose newest release is younger than the
    packaged one stays as it is. Rows that a newer package lacks are kept, as they may be somebody's
    own; areas that it lacks are marked as abolished.
    """
    with store.write() as connection:
        for packaged in _listed(folder):
            data = packaged.read()
            digest = hashlib.sha256(data).hexdigest()
            if _is_needed(packaged, digest, releases(connection, packaged.table)):
                spec = spec_of(packaged.table)
                whole = packaged.table == "area"
                apply_file(connection, spec, read_csv(data), packaged.note, replace=whole)
        return {
            name: connection.scalar(select(func.count()).select_from(spec.table)) or 0
            for name, spec in SPECS.items()
        }


def _listed(folder: Path) -> list[_Packaged]:
    document = tomllib.loads((folder / "releases.toml").read_text(encoding="utf-8"))
    return [
        _Packaged(
            entry["table"],
            folder / entry["file"],
            ReleaseNote(entry["origin"], entry["licence"], entry["as_of"]),
        )
        for entry in document["release"]
    ]


def _is_needed(packaged: _Packaged, digest: str, known: list[Release]) -> bool:
    if any(release.digest == digest for release in known):
        return False
    return all(release.as_of <= packaged.note.as_of for release in known)
