"""The folder of a publication: it appears as a whole, in place of an older one, or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from catalogue.drafts import NEW, OLD, draft_folder
from catalogue.reports.opendata.files import MANIFEST
from cli.problems import UsageProblem

__all__ = ["PublicationFolder"]

#: How the list of files of a publication begins to say what it is; versions may differ.
_KIND = "lueckenlos-open-data/"
MOST_MANIFEST_BYTES = 10_000_000


class PublicationFolder:
    """A folder that holds nothing but publications of this program."""

    def __init__(self, path: Path) -> None:
        self.shown = path
        self.path = path.resolve()

    def require_ours(self) -> None:
        """Raise UsageProblem if there is something that no publication put there."""
        if not self.path.exists():
            return
        if not self.path.is_dir():
            raise UsageProblem("publish_folder_is_file", folder=str(self.shown))
        if any(self.path.iterdir()) and not self._is_publication():
            raise UsageProblem("publish_folder_not_ours", folder=str(self.shown))

    def _is_publication(self) -> bool:
        try:
            content = json.loads(self._manifest())
        except (ValueError, RecursionError):
            return False
        return isinstance(content, dict) and str(content.get("format", "")).startswith(_KIND)

    def _manifest(self) -> bytes:
        """Return the list of files as it is; nothing if there is none."""
        try:
            with (self.path / MANIFEST).open("rb") as stream:
                return stream.read(MOST_MANIFEST_BYTES)
        except (FileNotFoundError, NotADirectoryError):
            return b""

    def holds(self, draft: Path) -> bool:
        """Tell whether the folder lists the same files as a draft."""
        return self._manifest() == (draft / MANIFEST).read_bytes()

    @contextmanager
    def drafting(self) -> Iterator[Path]:
        """Give an empty folder beside this one, which is gone afterwards unless it was put in place."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with draft_folder(self.path) as folder:
            draft = folder / NEW
            draft.mkdir()
            yield draft

    def replace_by(self, draft: Path, moment: datetime) -> None:
        """Put a complete draft in place. Raise OSError if that is not possible; then the old one stays.

        All files get the time of what they say, so that a web server tells its visitors only of news.
        """
        for file in sorted(draft.iterdir()):
            os.utime(file, (moment.timestamp(), moment.timestamp()))
        draft.chmod(0o777 & ~_umask())
        self.require_ours()
        old = draft.with_name(OLD)  # which goes with the folder of the draft
        try:
            self.path.rename(old)
        except FileNotFoundError:
            draft.rename(self.path)
            return
        try:
            draft.rename(self.path)
        except OSError:
            old.rename(self.path)
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
