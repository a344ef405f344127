"""A backup: one compressed file with a SQLite database and a list of what is in it.

A backup is the same whichever database it was made of, and can be restored into either. It is made from one
snapshot, while others read and write. On SQLite the database's own way of copying a file in use is taken,
from PostgreSQL the rows are read. The copy is opened, checked and counted before it gets its name.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import connect
from typing import BinaryIO, Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from catalogue.drafts import draft_folder
from catalogue.errors import StoreError
from catalogue.reports.database import damage
from catalogue.store import Store, open_store
from catalogue.upkeep.content import TableContent, whole_content
from catalogue.upkeep.transfer import SILENT, Listener, transfer

__all__ = ["DATABASE", "FORMAT", "MANIFEST", "Manifest", "Saved", "write_backup"]

FORMAT: Literal["lueckenlos-backup/1"] = "lueckenlos-backup/1"
DATABASE = "catalogue.sqlite"
MANIFEST = "manifest.json"
_BLOCK = 1 << 20


class Manifest(BaseModel):
    """What a backup says about itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["lueckenlos-backup/1"] = FORMAT
    made_at: datetime
    program: str = Field(max_length=40)
    revision: str = Field(max_length=32)  # of the schema
    engine: Literal["sqlite", "postgresql"]  # what it was made of
    database_bytes: int = Field(ge=0)
    database_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    tables: tuple[TableContent, ...] = Field(max_length=1_000)


class Saved(BaseModel):
    """A backup that was written: its file and what it says."""

    path: Path
    bytes: int
    manifest: Manifest


def write_backup(store: Store, path: Path, program: str, listen: Listener = SILENT) -> Saved:
    """Write a backup; the file appears, or replaces an older one, when it is complete and checked.

    Only the account that writes it may read it. Raise StoreError if the database is damaged, if the copy is
    another than it should be, or if the file is the database; raise OSError if it cannot be written.
    """
    store.require_current()
    _require_other_file(store, path)
    with _drafting(path) as folder:
        copied = folder / DATABASE
        tables = _copy_file(store, copied) if store.is_sqlite else _copy_rows(store, copied, listen)
        manifest = Manifest(
            made_at=datetime.now(UTC),
            program=program,
            revision=store.current_revision() or "",
            engine="sqlite" if store.is_sqlite else "postgresql",
            database_bytes=copied.stat().st_size,
            database_sha256=_hash_of(copied),
            tables=tuple(tables),
        )
        draft = folder / "backup"
        _pack(draft, copied, manifest)
        os.replace(draft, path)  # noqa: PTH105 - Path.replace names the draft in its errors
        return Saved(path=path, bytes=path.stat().st_size, manifest=manifest)


def _require_other_file(store: Store, path: Path) -> None:
    database = Path(store.engine.url.database or "") if store.is_sqlite else None
    if database is not None and path.resolve() == database.resolve():
        raise StoreError("backup_onto_database", path=str(path))


@contextmanager
def _drafting(path: Path) -> Iterator[Path]:
    """Give a folder beside the backup for what is not complete; errors name the file asked for."""
    try:
        with draft_folder(path.absolute()) as folder:
            yield folder
    except OSError as error:
        raise OSError(error.errno, error.strerror or type(error).__name__, str(path)) from None


def _copy_file(store: Store, copied: Path) -> list[TableContent]:
    """Copy a SQLite database as it is in one moment, and compare what the copy holds."""
    with store.read() as connection:
        expected = whole_content(connection)  # the snapshot begins here
        driver = cast(SqliteConnection, connection.connection.driver_connection)
        target = connect(copied)
        try:
            driver.backup(target)
        finally:
            target.close()
    return _checked(copied, expected)


def _copy_rows(store: Store, copied: Path, listen: Listener) -> list[TableContent]:
    """Write the rows of a server's database into a SQLite file."""
    target = open_store(f"sqlite:///{copied}")
    try:
        target.upgrade()
        expected = transfer(store, target, listen=listen)
    finally:
        target.close()
    return _checked(copied, expected)


def _checked(copied: Path, expected: list[TableContent]) -> list[TableContent]:
    """Open the copy and look whether it is sound and holds what it should. Raise StoreError if not."""
    copy = open_store(f"sqlite:///{copied}")
    try:
        with copy.read() as connection:
            if damage(connection):
                raise StoreError("backup_damaged")
            found = whole_content(connection)
    finally:
        copy.close()
    for one, other in zip(expected, found, strict=True):
        if one != other:
            raise StoreError("copy_differs", database=copied.name, table=one.table)
    return found


def _pack(draft: Path, copied: Path, manifest: Manifest) -> None:
    """Write the compressed file, and read it again before anybody relies on it."""
    with draft.open("xb") as stream:
        draft.chmod(0o600)
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
            archive.write(copied, DATABASE)
        stream.flush()
        os.fsync(stream.fileno())
    with zipfile.ZipFile(draft) as archive, archive.open(DATABASE) as packed:
        if _hash_of_stream(cast(BinaryIO, packed)) != manifest.database_sha256:
            raise StoreError("backup_damaged")


def _hash_of(path: Path) -> str:
    with path.open("rb") as stream:
        return _hash_of_stream(stream)


def _hash_of_stream(stream: BinaryIO) -> str:
    digest = sha256()
    while block := stream.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()
