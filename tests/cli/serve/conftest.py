"""The application over the sample region."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.cli.serve.asking import Browser, browsing
from tests.sample_region import copy_region


@pytest.fixture(scope="module")
def browser(synced_database: str) -> Iterator[Browser]:
    """Asks about the sample region after its first night."""
    with browsing(synced_database) as opened:
        yield opened


@pytest.fixture
def own_database(synced_database: str, tmp_path: Path) -> str:
    """The URL of a database of the test's own, with the sample region after its first night."""
    copy_region(tmp_path / "files")
    path = tmp_path / "own.sqlite"
    shutil.copyfile(make_url(synced_database).database or "", path)
    return f"sqlite:///{path}"
