"""``[schedule]`` in the region file: what it may say, what it means, and how it says what is wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sync.region import Region, RegionFileError, read_region
from sync.schedule.jobs import job_named, timetable_of
from tests.sync.schedule.world import BERLIN

REGION = """\
[region]
name = "Probe"
areas = ["05512000"]
[[source]]
id = "portal"
type = "list"
location = "portal.csv"
columns = { area = "Gebiet", key = "LeiKa" }
"""
NOTIFY = """
[[notify]]
id = "leitung"
kind = "webhook"
url = "https://melden.example/"
levels = ["error"]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "region.toml"


def region_of(path: Path, schedule: str, more: str = "") -> Region:
    path.write_text(f"{REGION}[schedule]\n{schedule}{more}", encoding="utf-8")
    return read_region(path)


def errors_of(path: Path, schedule: str) -> list[tuple[int, str, str]]:
    """Return line (counted from the first of the schedule), key and code of each error."""
    with pytest.raises(RegionFileError) as caught:
        region_of(path, schedule)
    before = REGION.count("\n") + 1
    return [(one.line - before, one.key, one.code) for one in caught.value.errors]


def test_a_night_does_everything_there_are_settings_for(path: Path) -> None:
    full = 'nightly = "30 2 * * *"\nexport = "x"\nreport = "y"\npublish = "z"\n'
    (job,) = timetable_of(region_of(path, full, NOTIFY), "host").jobs
    assert (job.name, job.steps) == ("nightly", ("sync", "links", "report", "export", "publish", "notify"))
    (job,) = timetable_of(region_of(path, 'nightly = "30 2 * * *"\n'), "host").jobs
    assert job.steps == ("sync", "links")


def test_a_night_can_be_told_what_it_does_and_keeps_the_order(path: Path) -> None:
    chosen = 'nightly = "30 2 * * *"\nnightly_steps = ["report", "sync"]\nreport = "y"\nexport = "x"\n'
    (job,) = timetable_of(region_of(path, chosen), "host").jobs
    assert job.steps == ("sync", "report")


def test_jobs_have_hours_steps_and_sources_of_their_own(path: Path) -> None:
    more = (
        '[[schedule.job]]\nname = "mittags"\ncron = "0 12 * * 1-5"\nsteps = ["sync"]\nsources = ["portal"]\n'
    )
    region = region_of(path, "grace_hours = 2\njitter_minutes = 5\n", more)
    timetable = timetable_of(region, "host")
    (job,) = timetable.jobs
    assert (job.name, job.steps, job.sources) == ("mittags", ("sync",), frozenset({"portal"}))
    assert (timetable.zone, timetable.grace, timetable.jitter) == (
        *(BERLIN, timedelta(hours=2), timedelta(minutes=5)),
    )
    found = job_named(region, "mittags")
    assert found is not None
    assert (found.name, found.cron.expression, found.sources) == ("mittags", "0 12 * * 1-5", job.sources)
    assert job_named(region, "abends") is None


def test_a_night_can_be_asked_for_without_any_schedule(path: Path) -> None:
    path.write_text(REGION, encoding="utf-8")
    job = job_named(read_region(path), "nightly")
    assert job is not None
    assert job.steps == ("sync", "links")


def test_paths_are_meant_from_the_region_file_on(path: Path) -> None:
    region = region_of(
        path, 'report = "seite"\nexport = "/srv/mappen"\nlinks_settings = "~niemand/links.toml"\n'
    )
    assert region.schedule.report == str(path.parent / "seite")
    assert region.schedule.export == "/srv/mappen"
    assert region.schedule.links_settings.startswith(str(path.parent))


@pytest.mark.parametrize(
    ("schedule", "error"),
    [
        ('nightly = "30 2 * *"', (1, "nightly", "schedule_cron_fields")),
        ('nightly = "30 25 * * *"', (1, "nightly", "schedule_cron_field")),
        ('nightly = "30 2 30 2 *"', (1, "nightly", "schedule_cron_never")),
        ("nightly = 230", (1, "nightly", "region_value_text")),
        ('timezone = "Mars/Phobos"', (1, "timezone", "schedule_timezone")),
        ("grace_hours = 0", (1, "grace_hours", "region_value_greater")),
        ("grace_hours = 49", (1, "grace_hours", "region_value_most")),
        ("retries = -1", (1, "retries", "region_value_least")),
        ('nightli = "30 2 * * *"', (1, "nightli", "region_unknown_key_near")),
        ('nightly_steps = ["sync", "tanzen"]', (1, "nightly_steps.1", "region_value_choice")),
        ('nightly_steps = ["report"]', (0, "", "schedule_folder")),
        ("grace_hours = 1\njitter_minutes = 60", (0, "", "schedule_jitter")),
        ('job = "mittags"', (1, "job", "region_value_list")),
    ],
)
def test_what_is_wrong_is_told_with_line_and_key(
    path: Path, schedule: str, error: tuple[int, str, str]
) -> None:
    assert errors_of(path, f"{schedule}\n") == [error]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ('name = "Mittags"', (2, "job.0.name", "region_value_pattern")),
        ('cron = "0 12 * *"', (3, "job.0.cron", "schedule_cron_fields")),
        ("steps = []", (4, "job.0.steps", "region_value_empty")),
        ('steps = ["report"]', (1, "job.0", "schedule_sources")),
        ('steps = ["sync", "export"]', (0, "", "schedule_folder")),
        ('sources = ["portal", "fremd"]', (5, "job.0.sources", "source_unknown")),
        ('name = "nightly"', (0, "", "schedule_job_twice")),
        ("steps = [1]", (4, "job.0.steps.0", "region_value_choice")),
    ],
)
def test_what_is_wrong_with_a_job_is_told_with_line_and_key(
    path: Path, changed: str, error: tuple[int, str, str]
) -> None:
    job = [
        "[[schedule.job]]",
        'name = "mittags"',
        'cron = "0 12 * * 1-5"',
        'steps = ["sync"]',
        'sources = ["portal"]',
    ]
    lines = [changed if line.split(" ")[0] == changed.split(" ")[0] else line for line in job]
    assert errors_of(path, "\n".join(lines) + "\n") == [error]
