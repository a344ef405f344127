"""Options that many commands share, and how their values are read."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from catalogue.reports.filters import Filters
from cli.problems import UsageProblem

__all__ = [
    "AreaOption",
    "FormatOption",
    "LevelOption",
    "LimitOption",
    "OutOption",
    "ServiceOption",
    "StatusOption",
    "ThemeOption",
    "filters_of",
    "read_moment",
]

Texts: TypeAlias = list[str] | None

AreaOption = Annotated[Texts, typer.Option("--area")]
LevelOption = Annotated[str, typer.Option("--level")]
ThemeOption = Annotated[Texts, typer.Option("--theme")]
StatusOption = Annotated[Texts, typer.Option("--status")]
ServiceOption = Annotated[Texts, typer.Option("--service")]
FormatOption = Annotated[str, typer.Option("--format")]
OutOption = Annotated[Path | None, typer.Option("--out")]
LimitOption = Annotated[str, typer.Option("--limit")]


def filters_of(
    *,
    area: Texts = None,
    level: str = "",
    theme: Texts = None,
    status: Texts = None,
    service: Texts = None,
) -> Filters:
    """Return the filters that options name."""
    return Filters(
        areas=tuple(area or ()),
        level=level.strip().lower(),
        themes=tuple(theme or ()),
        statuses=tuple(status or ()),
        services=tuple(service or ()),
    )


def read_moment(option: str, written: str, *, end_of_day: bool = False) -> datetime:
    """Return the moment an option names: a day of this machine's calendar, or a full time stamp.

    Raise UsageProblem if it is neither.
    """
    try:
        if len(written) > len("2026-11-20"):
            return datetime.fromisoformat(written).astimezone()
        day = date.fromisoformat(written) + timedelta(days=end_of_day)
        return datetime(day.year, day.month, day.day).astimezone()
    except (ValueError, OverflowError, OSError):
        raise UsageProblem("date", option=option, given=written) from None
