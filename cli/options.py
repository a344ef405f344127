"""Options that many commands share, and how their values are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from catalogue.levels import LEVELS
from catalogue.messages import LANGUAGES, text
from catalogue.reports.filters import Filters
from catalogue.verdict import STATUSES
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
    "code_of",
    "filters_of",
    "read_day",
    "read_level",
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
    as_of: datetime | None = None,
) -> Filters:
    """Return the filters that options name."""
    return Filters(
        areas=tuple(area or ()),
        level=read_level(level),
        themes=tuple(theme or ()),
        statuses=tuple(code_of("status", one, STATUSES) for one in status or ()),
        services=tuple(service or ()),
        as_of=as_of,
    )


def read_moment(option: str, written: str, *, end_of_day: bool = False) -> datetime:
    """Return the moment an option names: a day of this machine's calendar, or one with its time.

    Days are written as 2026-11-20 or 20.11.2026. Raise UsageProblem if it is neither.
    """
    try:
        iso = _iso(written)
        if len(iso) > len("2026-11-20"):
            return datetime.fromisoformat(iso).astimezone()
        day = date.fromisoformat(iso) + timedelta(days=end_of_day)
        return datetime(day.year, day.month, day.day).astimezone()
    except (ValueError, OverflowError, OSError):
        raise UsageProblem("date", option=option, given=written) from None


def read_day(option: str, written: str) -> str:
    """Return the day an option names as 2026-11-20. Raise UsageProblem if it names none."""
    try:
        return date.fromisoformat(_iso(written)).isoformat()
    except ValueError:
        raise UsageProblem("date", option=option, given=written) from None


_GERMAN_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?=$|[ T])")


def _iso(written: str) -> str:
    """Return a day or moment with the day turned round if it is written the German way."""
    return _GERMAN_DAY.sub(lambda day: f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}", written.strip(), count=1)


def read_level(written: str) -> str:
    """Return the code of the level an option names, whichever language it is written in."""
    return code_of("level", written, LEVELS)


def code_of(section: str, written: str, codes: Sequence[str]) -> str:
    """Return the code that is meant by a code or by its word in any language.

    What is none of them comes back as it is written, to be refused by whoever knows what is possible.
    """
    wanted = " ".join(written.split()).casefold()
    for code in codes:
        words = (text(language, f"{section}.{code}").casefold() for language in LANGUAGES)
        if wanted == code or wanted in words:
            return code
    return written.strip()
