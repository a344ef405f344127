"""Errors of the catalogue: few, and each says what to do.

::

    CatalogueError          code of the message catalogue (section ``error``) and parameters
    ├── StoreError          the database cannot be used: absent, outdated, locked, read-only
    ├── NotFound            no such area, service, source or run
    ├── RemarkUnfit         what somebody says about a cell cannot be kept as it is
    └── ImportRejected      a file for import has errors; nothing was changed
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CatalogueError", "ImportRejected", "LineError", "NotFound", "RemarkUnfit", "StoreError"]


class CatalogueError(Exception):
    """Base of the catalogue's errors; ``code`` and ``params`` make the message."""

    def __init__(self, code: str, **params: str | int | float) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: dict[str, str | int | float] = params

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code} ({details})" if details else self.code


class StoreError(CatalogueError):
    """The database cannot be used."""


class NotFound(CatalogueError):
    """What was asked for does not exist."""


class RemarkUnfit(CatalogueError):
    """What somebody says about a cell cannot be kept; ``field`` names the field at fault."""

    def __init__(self, code: str, *, field: str, **params: str | int | float) -> None:
        super().__init__(code, **params)
        self.field = field


@dataclass(frozen=True)
class LineError:
    """One error of an imported file: line number (1 is the header), code and parameters."""

    line: int
    code: str
    params: dict[str, str | int | float]


class ImportRejected(CatalogueError):
    """A file for import has errors; nothing was changed. ``errors`` names each line."""

    def __init__(self, code: str, errors: list[LineError], **params: str | int | float) -> None:
        super().__init__(code, **params)
        self.errors = errors
