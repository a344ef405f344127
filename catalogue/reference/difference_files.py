"""A difference as files for import, and applied: both tables at once, or nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from catalogue.errors import ImportRejected
from catalogue.reference.apply import ImportResult, apply_file
from catalogue.reference.csvfile import read_csv
from catalogue.reference.difference import LEIKA, OZG, Difference, Listed, compare
from catalogue.reference.releases import ReleaseNote
from catalogue.reference.specs import spec_of
from catalogue.store import Store

__all__ = ["apply_difference", "files_of"]

_OZG_COLUMNS = ("ozg_id", "title", "theme")
_LEIKA_COLUMNS = ("leika_key", "name", "types", "ozg_id")


def files_of(difference: Difference) -> dict[str, bytes]:
    """Return the CSV files that ``reference import`` takes, by table, in the order of import.

    They hold every service that the newer list names, with what the catalogue knows where the list says
    nothing. A table without any row is left out.
    """
    files = {
        OZG: _csv(_OZG_COLUMNS, difference.ozg),
        LEIKA: _csv(_LEIKA_COLUMNS, difference.leika),
    }
    return {table: content for table, content in files.items() if content}


def apply_difference(
    store: Store, listed: Iterable[Listed], shown: Difference, note: ReleaseNote, *, whole: bool
) -> tuple[ImportResult, ...]:
    """Bring the catalogue to what a newer list says, in one transaction, as an import does.

    Raise ImportRejected, with nothing written, if the catalogue is no longer the one that the difference
    that was ``shown`` was made with.
    """
    with store.write() as connection:
        difference = compare(connection, listed, whole=whole)
        if difference != shown:
            raise ImportRejected("difference_outdated", [])
        return tuple(
            apply_file(connection, spec_of(table), read_csv(content), note, replace=False)
            for table, content in files_of(difference).items()
        )


def _csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    if not rows:
        return b""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
