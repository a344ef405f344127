"""The table ``[schedule]`` of a region file: what is done by itself, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from sync.region_errors import Lines, RegionError
from sync.schedule.clock import UnknownZone, read_zone
from sync.schedule.cron import CronError, read_cron

__all__ = ["NIGHTLY", "STEPS", "JobSettings", "ScheduleSettings", "StepName", "unknown_sources"]

StepName = Literal["sync", "links", "report", "export", "publish", "notify"]
#: All steps in the order in which they are done, whatever the order in which they are named.
STEPS: Final[tuple[StepName, ...]] = ("sync", "links", "report", "export", "publish", "notify")
#: The job that does everything; ``[schedule] nightly`` says when.
NIGHTLY: Final = "nightly"
#: Settings that are paths, meant from the region file on.
_PATHS: Final = (
    "links_settings",
    "report",
    "export",
    "publish",
    "publish_settings",
    "publish_ckan_token_file",
)


def _check_cron(written: str) -> str:
    try:
        return read_cron(written).expression
    except CronError as error:
        params = {"number": error.number, "part": error.part}
        raise PydanticCustomError(error.code, "no cron expression", params) from None


class JobSettings(BaseModel):
    """A table ``[[schedule.job]]``: something to be done at hours of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: str = Field(pattern="^[a-z][a-z0-9_-]{0,39}$", description="Short name, as reports show it.")
    cron: str = Field(description="When: minute, hour, day, month, weekday.")
    steps: tuple[StepName, ...] = Field(min_length=1, description="What is done, in the order of the night.")
    sources: tuple[str, ...] = Field(default=(), description="Sources that are read; all if empty.")

    check_cron = field_validator("cron")(_check_cron)

    @model_validator(mode="after")
    def _check_sources(self) -> Self:
        if self.sources and "sync" not in self.steps:
            raise PydanticCustomError("schedule_sources", "sources without sync")
        return self


class ScheduleSettings(BaseModel):
    """The table ``[schedule]``."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    #: What tables inside of this one may have.
    inside: ClassVar[Sequence[str]] = tuple(JobSettings.model_fields)

    nightly: str = Field(default="", description="When the whole night is done; empty: not by itself.")
    nightly_steps: tuple[StepName, ...] = Field(
        default=(), description="What the night does; everything there are settings for if empty."
    )
    job: tuple[JobSettings, ...] = Field(default=(), description="What is done at other hours.")
    timezone: str = Field(default="Europe/Berlin", description="Zone of all hours.")
    grace_hours: float = Field(default=6.0, gt=0, le=48, description="How late a job may still be started.")
    jitter_minutes: int = Field(default=0, ge=0, le=180, description="Start up to so many minutes later.")
    retries: int = Field(default=2, ge=0, le=10, description="How often failed sources are read again.")
    retry_pause_minutes: float = Field(
        default=15.0,
        ge=0,
        le=240,
        description="Pause before the first retry; each later one is twice as long.",
    )
    time_limit_hours: float = Field(default=8.0, gt=0, le=24, description="After this a night ends.")
    links_settings: str = Field(default="", description="File of settings for checking links.")
    report: str = Field(default="", description="Folder for the page about the region.")
    report_workbooks: bool = Field(default=False, description="Put the workbooks into the page's folder.")
    export: str = Field(default="", description="Folder for the workbooks.")
    publish: str = Field(default="", description="Folder for the open data.")
    publish_settings: str = Field(default="", description="File with publisher and terms of the open data.")
    publish_ckan: str = Field(default="", description="Address of a CKAN that is brought up to date.")
    publish_ckan_token_env: str = Field(default="", description="Environment variable with its token.")
    publish_ckan_token_file: str = Field(default="", description="File with its token.")

    @field_validator("nightly")
    @classmethod
    def _check_nightly(cls, written: str) -> str:
        return _check_cron(written) if written else ""

    @field_validator("timezone")
    @classmethod
    def _check_zone(cls, name: str) -> str:
        try:
            read_zone(name)
        except UnknownZone:
            raise PydanticCustomError("schedule_timezone", "no such time zone") from None
        return name

    @model_validator(mode="after")
    def _check_jobs(self) -> Self:
        names = [NIGHTLY, *(one.name for one in self.job)]
        for name in names:
            if names.count(name) > 1:
                raise PydanticCustomError("schedule_job_twice", "name used twice", {"name": name})
        for step in ("report", "export", "publish"):
            if not getattr(self, step) and any(step in steps for steps in self._all_steps()):
                raise PydanticCustomError("schedule_folder", "no folder", {"step": step})
        if self.jitter_minutes >= self.grace_hours * 60:
            raise PydanticCustomError("schedule_jitter", "longer than the grace")
        return self

    def _all_steps(self) -> Iterator[tuple[StepName, ...]]:
        yield self.nightly_steps
        yield from (one.steps for one in self.job)

    def beside(self, folder: Path) -> Self:
        """Return the settings with paths that are meant from this folder on made absolute."""
        given = {name: getattr(self, name) for name in _PATHS if getattr(self, name)}
        located = {name: str((folder / _expanded(path)).absolute()) for name, path in given.items()}
        return self.model_copy(update=located)


def _expanded(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # nobody has such a home folder
        return Path(path)


def unknown_sources(settings: ScheduleSettings, known: Sequence[str], lines: Lines) -> Iterator[RegionError]:
    """Yield an error for each source that a job names and the region file lacks."""
    for number, job in enumerate(settings.job):
        for source in job.sources:
            if source not in known:
                line = lines.of(f"schedule.job.{number}.sources")
                shown: dict[str, str | int] = {"given": source, "known": ", ".join(known) or "–"}
                yield RegionError(line, f"job.{number}.sources", "source_unknown", shown)
