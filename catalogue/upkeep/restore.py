"""A backup written back into a database: SQLite or PostgreSQL, whichever it was made of.

The backup is unpacked into a folder for temporary files (``TMPDIR``), its hash and its tables are compared
with what it says of itself, its schema is brought to that of this version, and then its rows are written in
one transaction. A backup is a file like any other: what it claims is checked before it is believed.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from catalogue.errors import StoreError
from catalogue.reports.database import damage
from catalogue.store import Store, open_store
from catalogue.upkeep.backup import DATABASE, MANIFEST, Manifest
from catalogue.upkeep.content import TableContent, whole_content
from catalogue.upkeep.transfer import SILENT, Listener, transfer

__all__ = ["Backup", "Restored", "opened_backup", "read_manifest", "restore_backup"]

MOST_MANIFEST_BYTES = 1_000_000
_BLOCK = 1 << 20
#: What a file raises that is no archive, or one that was cut or changed.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: the backup's own words, and what was written."""

    manifest: Manifest
    tables: list[TableContent]


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that is unpacked, checked and of this version's schema."""

    manifest: Manifest
    store: Store

    def restore(self, target: Store, *, replace: bool = False, listen: Listener = SILENT) -> Restored:
        """Write its rows into a database, whose schema is made if it has none. Raise StoreError."""
        if target.current_revision() is None:
            target.upgrade()
        return Restored(self.manifest, transfer(self.store, target, replace=replace, listen=listen))


def read_manifest(path: Path) -> Manifest:
    """Return what a backup says about itself. Raise StoreError if it is none, OSError if unreadable."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _manifest(archive, path)
    except _UNREADABLE:
        raise StoreError("backup_unreadable", path=str(path)) from None


def restore_backup(
    path: Path, target: Store, *, replace: bool = False, listen: Listener = SILENT
) -> Restored:
    """Write what a backup holds into a database, whose schema is made if it has none.

    Raise StoreError, and change no row, if it is no backup or a damaged one, if a newer version of the
    program made it, or if the target has rows and they are not to be replaced.
    """
    with opened_backup(path) as backup:
        return backup.restore(target, replace=replace, listen=listen)


@contextmanager
def opened_backup(path: Path) -> Iterator[Backup]:
    """Give a backup that has proved to be whole, before there need be anywhere to restore it.

    Raise StoreError if it is no backup or a damaged one, or if a newer version of the program made it.
    """
    with tempfile.TemporaryDirectory(prefix="lueckenlos-") as folder:
        unpacked = Path(folder) / DATABASE
        try:
            with zipfile.ZipFile(path) as archive:
                manifest = _manifest(archive, path)
                _unpack(archive, manifest, unpacked, path)
        except _UNREADABLE:
            raise StoreError("backup_unreadable", path=str(path)) from None
        _require_plain(unpacked, path)
        store = open_store(f"sqlite:///{unpacked}")
        try:
            _prepare(store, manifest, path)
            yield Backup(manifest, store)
        finally:
            store.close()


def _manifest(archive: zipfile.ZipFile, path: Path) -> Manifest:
    if sorted(archive.namelist()) != sorted((DATABASE, MANIFEST)):
        raise StoreError("backup_unreadable", path=str(path))
    with archive.open(MANIFEST) as stream:
        content = stream.read(MOST_MANIFEST_BYTES)
    try:
        return Manifest.model_validate_json(content)
    except ValidationError:
        raise StoreError("backup_unreadable", path=str(path)) from None


def _unpack(archive: zipfile.ZipFile, manifest: Manifest, unpacked: Path, path: Path) -> None:
    """Write the database of a backup, never more of it than was announced and there is room for."""
    free = shutil.disk_usage(unpacked.parent).free
    if manifest.database_bytes > free:
        raise StoreError(
            "backup_no_room", folder=str(unpacked.parent), needed=manifest.database_bytes, free=free
        )
    digest, length = sha256(), 0
    with archive.open(DATABASE) as packed, unpacked.open("xb") as stream:
        while length <= manifest.database_bytes and (block := packed.read(_BLOCK)):
            length += len(block)
            digest.update(block)
            stream.write(block)
    if (length, digest.hexdigest()) != (manifest.database_bytes, manifest.database_sha256):
        raise StoreError("backup_unreadable", path=str(path))


def _require_plain(unpacked: Path, path: Path) -> None:
    """Refuse a database that would do something when it is read or changed: ours has tables and indexes."""
    try:
        with closing(sqlite3.connect(unpacked)) as connection:
            connection.execute("PRAGMA trusted_schema=OFF")
            active = connection.execute(
                "SELECT 1 FROM sqlite_master WHERE type NOT IN ('table', 'index') "
                "OR sql LIKE 'CREATE VIRTUAL%' LIMIT 1"
            ).fetchone()
    except sqlite3.DatabaseError:
        active = (1,)
    if active:
        raise StoreError("backup_unreadable", path=str(path))


def _prepare(backup: Store, manifest: Manifest, path: Path) -> None:
    """Look whether the backup is whole, and bring it to this version's schema."""
    with backup.read() as connection:
        if damage(connection):
            raise StoreError("backup_unreadable", path=str(path))
    before = backup.current_revision()
    if before is None or before != manifest.revision:
        raise StoreError("backup_unreadable", path=str(path))
    backup.upgrade()
    if backup.current_revision() == before:
        with backup.read() as connection:
            if tuple(whole_content(connection)) != manifest.tables:
                raise StoreError("backup_unreadable", path=str(path))
