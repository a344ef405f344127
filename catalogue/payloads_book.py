"""Which kept file came from which delivery, and which are forgotten once they are old enough."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from catalogue.history import stored_moment
from catalogue.payloads import Content, kept_files, left_drafts
from catalogue.store import Store
from catalogue.tables import payload, run
from catalogue.upkeep.content import count_rows

__all__ = ["Forgotten", "KeptFile", "forget_payloads", "note_kept"]


class KeptFile(NamedTuple):
    """A file of a delivery that is kept, under the name the source gave it."""

    name: str
    content: Content


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten of the kept files: rows and files, what is left, and bytes that became free."""

    rows: int
    rows_left: int
    files: int
    files_left: int
    freed: int


def note_kept(connection: Connection, source_id: int, run_id: int, files: Iterable[KeptFile]) -> None:
    """Note which files were kept of a source's delivery; their age counts from the start of the run."""
    started_at = connection.scalar(select(run.c.started_at).where(run.c.id == run_id)) or ""
    kept_at = stored_moment(datetime.fromisoformat(started_at))
    rows = [
        {
            "source_id": source_id,
            "run_id": run_id,
            "name": one.name,
            "kept_at": kept_at,
            **one.content._asdict(),
        }
        for one in files
    ]
    if rows:
        connection.execute(insert(payload), rows)


def forget_payloads(store: Store, folder: Path, before: datetime, *, keep: bool = True) -> Forgotten:
    """Forget files kept before a moment, unless a later delivery had the same; nobody may keep any meanwhile.

    Files that nothing refers to go by their own age. With ``keep`` false only count. Raise OSError.
    """
    old = payload.c.kept_at < stored_moment(before)
    with store.write(keep=keep) as connection:
        all_rows = count_rows(connection, payload)
        ended = set(connection.scalars(select(payload.c.digest).where(old)))
        connection.execute(delete(payload).where(old))
        rows_left = count_rows(connection, payload)
        in_use = set(connection.scalars(select(payload.c.digest)))
    # Rows first: a file without a row is found again, a row without its file would promise something.
    files, files_left, freed = 0, 0, 0
    for path in [*kept_files(folder), *left_drafts(folder)]:
        digest, status = path.name.removesuffix(".gz"), path.stat()
        young = datetime.fromtimestamp(status.st_mtime, UTC) >= before
        if digest in in_use or (young and digest not in ended):
            files_left += 1
            continue
        files, freed = files + 1, freed + status.st_size
        if keep:
            path.unlink(missing_ok=True)
    return Forgotten(all_rows - rows_left, rows_left, files, files_left, freed)
