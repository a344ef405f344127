"""The folder of a site: written beside the old one and swapped in when it is complete.

Only a folder that is empty or that this program wrote is ever replaced. If anything fails, the old site
stays whole; a reader sees either the old or the new one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from catalogue.drafts import NEW, OLD, draft_folder
from catalogue.errors import NotFound

__all__ = ["MARKER", "new_folder", "require_replaceable", "write_page"]

#: Marks a folder as a site of this program; the name begins with a dot, so that servers do not show it.
MARKER: Final = ".lueckenlos-seite"
_EXPLANATION = "Dieser Ordner wurde von Lückenlos geschrieben und wird beim nächsten Mal ersetzt.\n"


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of ``target`` at the end, unless an error ends it earlier.

    Raise NotFound if the target holds something else, OSError if it cannot be written.
    """
    target = target.absolute()
    require_replaceable(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with draft_folder(target) as folder:
        draft = folder / NEW
        draft.mkdir()
        draft.chmod(0o755)  # a web server of another account must be able to read it
        (draft / MARKER).write_text(_EXPLANATION, encoding="utf-8")
        yield draft
        require_replaceable(target)
        _swap(draft, folder / OLD, target)


def require_replaceable(target: Path) -> None:
    """Raise NotFound if there is something that is no site of this program, and would be lost."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise NotFound("page_folder_is_file", folder=str(target))
    if target.is_dir() and not (target / MARKER).is_file() and any(target.iterdir()):
        raise NotFound("page_folder_not_ours", folder=str(target))


def _swap(draft: Path, aside: Path, target: Path) -> None:
    """Move the old site aside and the new one in."""
    try:
        target.rename(aside)
    except FileNotFoundError:
        draft.rename(target)
        return
    try:
        draft.rename(target)
    except BaseException:
        aside.rename(target)
        raise


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
