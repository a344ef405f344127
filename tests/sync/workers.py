"""Work for executors: functions that other processes can import."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from catalogue.staging import StageSummary
from connectors.contract import Part
from connectors.errors import RejectDelivery
from sync.prepare import stage_part

__all__ = [
    "add",
    "die",
    "fail",
    "hang",
    "reject",
    "stage_part_and_hang",
    "stage_part_or_die",
    "where_am_i",
]


def add(first: int, *, second: int) -> int:
    """Return a sum."""
    return first + second


def fail() -> None:
    """Raise an error that nobody expects."""
    raise ZeroDivisionError("expected")


def reject() -> None:
    """Raise an error of connectors."""
    raise RejectDelivery("no_records", file="a.xml")


def die() -> None:
    """End the process as the system does when memory is short."""
    os._exit(9)


def hang(mark: Path) -> None:
    """Write down the number of the process, and never end."""
    mark.write_text(str(os.getpid()), encoding="utf-8")
    threading.Event().wait()


def stage_part_and_hang(_kind: str, _settings: str, _part: Part, stage: Path) -> StageSummary:
    """Say in a file beside the stage that work has begun, and never end."""
    hang(stage.with_name("hanging"))
    raise AssertionError


def where_am_i() -> int:
    """Return the number of the process."""
    return os.getpid()


def stage_part_or_die(kind: str, settings_json: str, part: Part, stage: Path) -> StageSummary:
    """Stage a part, but die over files named sick.xml."""
    if part.name == "sick.xml":
        die()
    return stage_part(kind, settings_json, part, stage)
