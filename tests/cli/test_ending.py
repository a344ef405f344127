"""Asked to end, a sync ends: in time, with its exit code, and with nothing half done or left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from catalogue.lockholders import holders
from catalogue.store import Store
from catalogue.tables import cell, offering, run, source_run
from tests.cli.test_process import environment, region_at, silent_server
from tests.sample_region import copy_region, sync_region
from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX's")
#: The promise; a run that computes something takes no longer.
IN_TIME = 10.0  # seconds
SQLITE = pytest.mark.parametrize("reference_store", ["sqlite"], indirect=True)


def lives(pid: int) -> bool:
    """Tell whether a process runs; one that ended and that nobody asked about does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False


class Running:
    """A sync in a process of its own that stays at some moment."""

    def __init__(self, store: Store, region: Path, moment: str, folder: Path) -> None:
        self.marks, self.work = folder / "marks", folder / "work"
        for made in (self.marks, self.work):
            made.mkdir()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.ending_child", moment, "sync", "--region", str(region)],
            env=environment(
                store.engine.url.render_as_string(hide_password=False),
                TMPDIR=str(self.work),
                LUECKENLOS_TEST_FOLDER=str(self.marks),
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def await_line(self) -> None:
        """Wait until it says that it has come to its moment."""
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def parsing(self) -> list[int]:
        """Return the numbers of the processes that parse."""
        return [int(mark.name) for mark in self.marks.iterdir()]

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Ask it to end; return its exit code and what it said. It has to be in time."""
        begun = time.monotonic()
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        assert time.monotonic() - begun < IN_TIME
        return self.process.returncode, out + err


def require_nothing_left(store: Store, running: Running) -> None:
    """Look for what a run that was ended must not leave."""
    assert list(running.work.glob("lueckenlos-*")) == []
    assert not any(map(lives, running.parsing()))
    with store.read() as connection:
        assert holders(connection) == ()
        rows = connection.execute(select(run.c.state, run.c.finished_at)).all()
    assert [(state, bool(finished)) for state, finished in rows] == [("aborted", True)]


def come_to(moment: str, running: Running) -> None:
    if moment == "parsing":
        until(lambda: bool(running.parsing()))
    else:
        running.await_line()


@pytest.mark.parametrize(
    ("reference_store", "moment"),
    [
        ("sqlite", "parsing"),
        ("sqlite", "applying"),
        ("postgresql", "applying"),
        pytest.param("sqlite", "computing", marks=pytest.mark.faults),
        pytest.param("postgresql", "parsing", marks=pytest.mark.faults),
        pytest.param("postgresql", "computing", marks=pytest.mark.faults),
    ],
    indirect=["reference_store"],
)
def test_a_signal_ends_a_sync_in_time_at_any_moment(
    reference_store: Store, tmp_path: Path, moment: str
) -> None:
    region = copy_region(tmp_path / "region")
    running = Running(reference_store, region, moment, tmp_path)
    come_to(moment, running)

    code, said = running.end(signal.SIGTERM)

    assert code == 143, said
    assert "Traceback" not in said
    require_nothing_left(reference_store, running)
    with reference_store.read() as connection:
        applied = connection.execute(select(source_run.c.state)).scalars().all()
        assert len(applied) == (2 if moment == "computing" else 0)
        rows = [connection.scalar(select(func.count()).select_from(table)) for table in (offering, cell)]
    assert (bool(rows[0]), rows[1]) == (moment == "computing", 0)
    assert sync_region(reference_store, region, 2).state == "ok"


@pytest.mark.parametrize(
    "reference_store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.faults)], indirect=True
)
def test_a_signal_ends_a_sync_that_waits_for_a_server(reference_store: Store, tmp_path: Path) -> None:
    with silent_server() as (url, asked):
        running = Running(reference_store, region_at(tmp_path / "region", url), "none", tmp_path)
        assert asked.wait(60)

        code, said = running.end(signal.SIGTERM)

    assert code == 143, said
    assert "Traceback" not in said
    require_nothing_left(reference_store, running)


@SQLITE
def test_ctrl_c_ends_a_statement_that_never_ends(reference_store: Store, tmp_path: Path) -> None:
    running = Running(reference_store, copy_region(tmp_path / "region"), "applying", tmp_path)
    running.await_line()

    code, said = running.end(signal.SIGINT)

    assert (code, "Abgebrochen" in said, "Traceback" in said) == (130, True, False)
    require_nothing_left(reference_store, running)


@SQLITE
def test_processes_that_parse_do_not_survive_a_run_that_is_killed(
    reference_store: Store, tmp_path: Path
) -> None:
    running = Running(reference_store, copy_region(tmp_path / "region"), "parsing", tmp_path)
    until(lambda: bool(running.parsing()))
    parsing = running.parsing()
    assert all(map(lives, parsing))

    running.process.kill()
    running.process.communicate()

    until(lambda: not any(map(lives, parsing)))
