from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from catalogue.lint.disk import file_errors


def test_a_full_disk_is_told_as_such_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "stage.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE t (content BLOB)")
    connection.execute("PRAGMA max_page_count = 4")
    with pytest.raises(OSError, match=r"stage\.sqlite") as full, file_errors(path):
        connection.execute("INSERT INTO t VALUES (zeroblob(1000000))")
    assert full.value.errno == errno.ENOSPC
    connection.close()


def test_a_wrong_statement_stays_a_defect(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "stage.sqlite")
    with pytest.raises(sqlite3.OperationalError), file_errors(tmp_path):
        connection.execute("SELECT nothing")
    connection.close()
