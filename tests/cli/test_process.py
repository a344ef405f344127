"""The program as the system sees it: real processes, pipes and signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.sample_region import copy_region

PROGRAM = [sys.executable, "-c", "import sys; from cli.main import main; sys.exit(main())"]


def environment(database: str, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
    return {
        **kept,
        "LUECKENLOS_DB": database,
        "PYTHONPATH": str(Path.cwd()),
        "PYTHONWARNINGS": "default",
        **more,
    }


def call(database: str, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        env=environment(database, **more),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_a_question_is_answered(synced_database: str) -> None:
    done = call(synced_database, "gaps", "--area", "Bottrop")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Lücken, davon" in done.stdout


@pytest.mark.parametrize("locale", ["C", "POSIX", "de_DE.ISO-8859-1"])
def test_umlauts_survive_every_locale(synced_database: str, locale: str) -> None:
    done = call(synced_database, "gaps", "--area", "Bottrop", LC_ALL=locale)
    assert "Lücken, davon" in done.stdout
    failed = call(synced_database, "gaps", "--area", "Herne", LC_ALL=locale)
    assert (failed.returncode, "gehört" in failed.stderr) == (2, True)


def test_the_encoding_of_the_terminal_cannot_break_a_message(synced_database: str) -> None:
    done = call(synced_database, "gaps", "--area", "北京", PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    shown = call(synced_database, "--help", PYTHONIOENCODING="ascii")
    assert (shown.returncode, shown.stderr) == (0, "")


def test_a_reader_that_stops_is_no_error(synced_database: str) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "cells", "--format", "csv"],
        env=environment(synced_database),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.read(100)
    process.stdout.close()
    assert process.wait(timeout=60) == 141
    assert process.stderr.read() == b""
    process.stderr.close()


@contextmanager
def silent_server() -> Iterator[tuple[str, threading.Event]]:
    """A server that accepts requests and never answers; the event tells that one came."""
    asked, leave = threading.Event(), threading.Event()

    class Silent(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.set()
            leave.wait(60)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/liste.csv", asked
    finally:
        leave.set()
        server.shutdown()
        server.server_close()
        thread.join()


def syncing(database: str, region: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROGRAM, "sync", "--region", str(region)],
        env=environment(database),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def region_at(folder: Path, url: str) -> Path:
    region = copy_region(folder)
    text = region.read_text(encoding="utf-8")
    region.write_text(
        text.replace('location = "portal.csv"', f'location = "{url}"\nallow_private = true'), encoding="utf-8"
    )
    return region


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX's")
def test_two_processes_cannot_sync_at_once_and_a_signal_ends_the_first(database: str, tmp_path: Path) -> None:
    with silent_server() as (url, asked):
        region = region_at(tmp_path / "silent", url)
        first = syncing(database, region)
        try:
            assert asked.wait(30)
            second = call(database, "sync", "--region", region)
            assert second.returncode == 75
            assert f"Prozess {first.pid}" in second.stderr
            assert call(database, "runs").returncode == 0
        finally:
            first.send_signal(signal.SIGTERM)
            out, err = first.communicate(timeout=60)
    assert first.returncode == 143
    assert "Traceback" not in out + err
    after = call(database, "sync", "--region", copy_region(tmp_path / "good"))
    assert after.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX's")
def test_ctrl_c_ends_a_sync_quietly(database: str, tmp_path: Path) -> None:
    with silent_server() as (url, asked):
        process = syncing(database, region_at(tmp_path / "silent", url))
        assert asked.wait(30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in out + err


BAD_REGIONS = {
    "number": "region = 5",
    "list": "[region]\nname = 'x'\nareas = 5\n",
    "string": "[region]\nname = 'x'\nareas = '055120000000'\n",
    "sources": "source = [1, 2]\n[region]\nname = 'x'\nareas = ['055120000000']\n",
    "nested": "[region]\nname = 'x'\nareas = [[['055120000000']]]\n",
    "syntax": "[region\n",
    "type": "[region]\nname='x'\nareas=['055120000000']\n[[source]]\nid='a'\ntype=[1]\n",
    "binary": "\x00\x01",
    "empty": "",
    "date": "[region]\nname = 2026-01-01\nareas = [2026-01-01]\n",
}


@pytest.mark.parametrize("content", BAD_REGIONS.values(), ids=BAD_REGIONS)
def test_no_region_file_leads_to_a_traceback(database: str, tmp_path: Path, content: str) -> None:
    region = tmp_path / "region.toml"
    region.write_text(content, encoding="utf-8")
    done = call(database, "sync", "--region", region)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert all(line.startswith(str(region)) for line in done.stderr.splitlines())
