"""A disk that is full while something is written: the message names the folder it was for."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from cli import exits
from tests.cli.conftest import Cli
from tests.cli.test_publish import LEAST


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("place", "command"),
    [
        ("catalogue.reports.page.site.build_site", ("report",)),
        ("catalogue.reports.workbook.writing.write_workbooks", ("export", "--all")),
        (
            "catalogue.reports.opendata.release.write_release",
            ("publish", *LEAST),
        ),
    ],
)
def test_a_disk_that_is_full_is_told_with_the_folder(
    cli: Cli,
    region: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    command: tuple[str, ...],
) -> None:
    monkeypatch.setattr(place, full)
    done = cli(*command, "--out", tmp_path / "ziel")
    assert done.code == exits.FAILED, done.err
    assert done.err.splitlines()[-1].startswith(f"Fehler: {tmp_path / 'ziel'}: kein Platz mehr.")
