"""Files that are replaced at once and completely, or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from connectors.errors import RetryLater

__all__ = ["Replacement", "describe", "storage_failed"]

_DIGEST_SIZE = 16
_BLOCK = 1_048_576


class Replacement:
    """A new version of a file, written beside it and put in its place by ``commit``.

    Leaving the context without a commit removes what was written. The digest is the BLAKE2b-128 hash of
    the bytes. Raises RetryLater where the disk does not take them: nothing is wrong with the source.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._hash = hashlib.blake2b(digest_size=_DIGEST_SIZE)
        self._committed = False
        self.size = 0

    def __enter__(self) -> Self:
        try:
            handle, name = tempfile.mkstemp(dir=self._target.parent, prefix=".", suffix=".part")
        except OSError as error:
            raise storage_failed(self._target.parent, error) from error
        self._path = Path(name)
        self._file = os.fdopen(handle, "wb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._committed:
            # Closing flushes, and may fail for the same reason as the write before.
            with suppress(OSError):
                self._file.close()
            self._path.unlink(missing_ok=True)

    @property
    def digest(self) -> str:
        """Return the hash (hex) of what was written so far."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        """Append bytes."""
        try:
            self._file.write(data)
        except OSError as error:
            raise storage_failed(self._target.parent, error) from error
        self._hash.update(data)
        self.size += len(data)

    def commit(self) -> None:
        """Put the new version in place, safe against a power cut."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._path.replace(self._target)
        except OSError as error:
            raise storage_failed(self._target.parent, error) from error
        self._committed = True


def describe(path: Path) -> tuple[int, str]:
    """Return size and digest of a file as it is; nothing if there is none."""
    digest = hashlib.blake2b(digest_size=_DIGEST_SIZE)
    size = 0
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                size += len(block)
    except FileNotFoundError:
        return 0, ""
    except OSError as error:
        raise storage_failed(path.parent, error) from error
    return size, digest.hexdigest()


def storage_failed(folder: Path, error: OSError) -> RetryLater:
    """Return the error for a disk that does not take or give what it should."""
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    return RetryLater("storage_failed", folder=str(folder), reason=reason)
