"""The folder of a site: written beside the old one and swapped in when it is complete.

Only a folder that is empty or that this program wrote is ever replaced. If anything fails, the old site
stays whole; a reader sees either the old or the new one.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from catalogue.errors import NotFound

__all__ = ["MARKER", "new_folder", "write_page"]

#: Marks a folder as a site of this program; the name begins with a dot, so that servers do not show it.
MARKER: Final = ".lueckenlos-seite"
_EXPLANATION = "Dieser Ordner wurde von Lückenlos geschrieben und wird beim nächsten Mal ersetzt.\n"


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of ``target`` at the end, unless an error ends it earlier.

    Raise NotFound if the target holds something else, OSError if it cannot be written.
    """
    target = target.absolute()
    _require_replaceable(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", suffix=".neu", dir=target.parent))
    try:
        draft.chmod(0o755)  # a web server of another account must be able to read it
        (draft / MARKER).write_text(_EXPLANATION, encoding="utf-8")
        yield draft
        _require_replaceable(target)
        _swap(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _require_replaceable(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise NotFound("page_folder_is_file", folder=str(target))
    if target.is_dir() and not (target / MARKER).is_file() and any(target.iterdir()):
        raise NotFound("page_folder_not_ours", folder=str(target))


def _swap(draft: Path, target: Path) -> None:
    """Move the old site aside, the new one in, and only then delete the old one."""
    if not target.exists():
        draft.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", suffix=".alt", dir=target.parent))
    old = aside / "alt"
    try:
        target.rename(old)
        try:
            draft.rename(target)
        except BaseException:
            old.rename(target)
            raise
    finally:
        # Should neither have found its place, the old site must not go with the folder it waits in.
        if target.exists():
            shutil.rmtree(aside, ignore_errors=True)


def write_page(folder: Path, name: str, content: str) -> int:
    """Write one page as UTF-8 and return its size in bytes."""
    path = folder / name
    data = content.encode("utf-8", "replace")
    try:
        path.write_bytes(data)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return len(data)
