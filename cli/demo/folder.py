"""The folder the demo writes into: only one that it made itself is ever overwritten."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from cli.problems import UsageProblem

__all__ = ["DemoFolder"]

#: Marks a folder as the demo's.
MARKER = ".lueckenlos-demo"
_EXPLANATION = "Dieser Ordner gehört der Demo von Lückenlos und wird von ihr überschrieben.\n"
_LOCK = ".lueckenlos-demo.lock"


class DemoFolder:
    """The places of everything the demo writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.deliveries = path / "lieferungen"
        self.database = path / "demo.sqlite"
        self.region = path / "demo.toml"
        self.gaps_csv = path / "luecken.csv"
        self.gaps_json = path / "luecken.json"
        self.readme = path / "LIESMICH.txt"

    @property
    def url(self) -> str:
        """Return the database's URL."""
        return f"sqlite:///{self.database.as_posix()}"

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Empty the folder of what an earlier demo left and keep other demos out. Raise UsageProblem."""
        lock = FileLock(self.path / _LOCK)
        try:
            self._claim()
            lock.acquire(blocking=False)
            self._clear()
        except Timeout:
            raise UsageProblem("demo_folder_busy", folder=str(self.path)) from None
        except (FileExistsError, NotADirectoryError):
            raise UsageProblem("demo_folder_is_file", folder=str(self.path)) from None
        except OSError as error:
            lock.release()
            why = error.strerror or type(error).__name__
            raise UsageProblem("demo_folder_unusable", folder=str(self.path), why=why) from error
        try:
            yield
        finally:
            lock.release()

    def _claim(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        marker = self.path / MARKER
        if not marker.is_file():
            if any(self.path.iterdir()):
                raise UsageProblem("demo_folder_not_ours", folder=str(self.path))
            marker.write_text(_EXPLANATION, encoding="utf-8")

    def _clear(self) -> None:
        if self.deliveries.is_dir():
            shutil.rmtree(self.deliveries)
        for path in (self.region, self.gaps_csv, self.gaps_json, self.readme):
            path.unlink(missing_ok=True)
        for suffix in ("", "-wal", "-shm", ".lock"):
            self.database.with_name(self.database.name + suffix).unlink(missing_ok=True)
