"""Ctrl-C while a source is being asked: an end in time, and quiet."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_process import PROGRAM, environment, region_at, silent_server


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX's")
@pytest.mark.parametrize("command", [["check"], ["preview", "portal"]], ids=["check", "preview"])
def test_ctrl_c_ends_it_quietly(database: str, tmp_path: Path, command: list[str]) -> None:
    with silent_server() as (url, asked):
        region = region_at(tmp_path / "silent", url)
        process = subprocess.Popen(
            [*PROGRAM, "sources", *command, "--region", str(region)],
            env=environment(database),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        assert asked.wait(30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert "Abgebrochen" in err
