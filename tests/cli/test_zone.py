"""Moments are shown in German time, on servers that keep another one as well."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from catalogue.store import open_store
from catalogue.tables import run
from tests.cli.test_process import call, environment

pytestmark = pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process is POSIX's")
HOURS = (
    "from datetime import UTC, datetime; from cli.zone import use_german_time; use_german_time();"
    "print(*(datetime(2026, month, 1, 12, tzinfo=UTC).astimezone().hour for month in (1, 7)))"
)


@pytest.mark.parametrize(("zone", "hours"), [("", "13 14\n"), ("UTC", "12 12\n"), ("Asia/Tokyo", "21 21\n")])
def test_german_time_is_used_unless_another_one_is_asked_for(tmp_path: Path, zone: str, hours: str) -> None:
    env = environment(f"sqlite:///{tmp_path}/db", TZ=zone)
    done = subprocess.run([sys.executable, "-c", HOURS], env=env, stdout=subprocess.PIPE, check=True)
    assert done.stdout.decode() == hours


def test_a_command_shows_moments_in_german_time(synced_database: str) -> None:
    store = open_store(synced_database)
    with store.read() as connection:
        started = datetime.fromisoformat(connection.scalars(select(run.c.started_at)).one())
    store.close()
    shown = started.astimezone(ZoneInfo("Europe/Berlin"))
    assert f"{shown:%d.%m.%Y %H:%M}" in call(synced_database, "runs", "show").stdout
