"""The folder that ``report`` writes, as pages: files and nothing else, none of them hidden."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

__all__ = ["Site"]

#: Not left to the system's own table, which differs from machine to machine.
_TYPES = {
    ".css": "text/css",
    ".csv": "text/csv",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".parquet": "application/vnd.apache.parquet",
    ".svg": "image/svg+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Site(StaticFiles):
    """Gives the files of a folder, but nothing that begins with a dot or that a link leads out of it to."""

    def __init__(self, folder: Path) -> None:
        for suffix, kind in _TYPES.items():
            mimetypes.add_type(kind, suffix)
        super().__init__(directory=folder, html=True, follow_symlink=False)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or what says that there is none."""
        parts = path.replace("\\", "/").split("/")
        if any(part.startswith(".") and part != "." for part in parts) or "\0" in path:
            raise HTTPException(404)
        try:
            response = await super().get_response(path, scope)
        except (OSError, ValueError):  # a name that no file can have
            raise HTTPException(404) from None
        # The folder is replaced as a whole by the next report.
        response.headers["Cache-Control"] = "no-cache"
        return response
