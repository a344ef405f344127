"""What may be asked: the parameters of each address, checked before anything is read.

A parameter that nobody knows is refused: a filter with a slip in its name would otherwise be left out, and
the answer would be about something else.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from catalogue.reports.filters import Filters
from cli.asof import read_as_of
from cli.options import filters_of, read_moment
from cli.problems import UsageProblem
from cli.serve.cursors import LONGEST

__all__ = [
    "MOST_ROWS",
    "Asked",
    "CellQuery",
    "ChangeQuery",
    "CoverageQuery",
    "ListQuery",
    "ServiceQuery",
]

#: Rows of one page at most, and where nothing is said.
MOST_ROWS = 1_000
USUAL_ROWS = 100
#: Of one filter.
MOST_VALUES = 50

#: Text without control characters: no database and no log has a use for them.
Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Words = Annotated[list[Word], Field(max_length=MOST_VALUES)]


class Asked(BaseModel):
    """What every address of the interface understands."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lang: Literal["de", "en"] | None = Field(
        default=None,
        description="Language of texts in `meta` and of errors; otherwise Accept-Language decides.",
    )


class ListQuery(Asked):
    """A list in pages."""

    format: Literal["json", "csv"] | None = Field(
        default=None, description="How the rows are written; otherwise Accept decides, JSON if in doubt."
    )
    limit: int = Field(default=USUAL_ROWS, ge=1, le=MOST_ROWS, description="Rows of this page at most.")
    cursor: str = Field(
        default="",
        max_length=LONGEST,
        pattern=r"^[A-Za-z0-9_-]*$",
        description="Where the page begins: `meta.next` of the page before.",
    )


class AreaQuery(ListQuery):
    """A list about areas."""

    area: Words = Field(
        default=[], description="Regional key, municipality key or name of an area of the region."
    )
    level: Annotated[str, Field(max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")] = Field(
        default="", description="Only areas of this level, or which of several areas of one name is meant."
    )

    def filters(self) -> Filters:
        """Return the filters of the question."""
        return filters_of(area=self.area, level=self.level)


class PastQuery(AreaQuery):
    """A list that can be shown as it was at a moment of the past."""

    as_of: Annotated[str, Field(max_length=40)] = Field(
        default="",
        description="As at the end of this day, or at this moment, as 2026-11-20 or 2026-11-20T14:30Z.",
    )


class ServiceQuery(ListQuery):
    """A list about services."""

    theme: Words = Field(default=[], description="A theme, or the words its name begins with.")
    service: Words = Field(default=[], description="OZG id, LeiKa key, or a part of the title.")

    def filters(self) -> Filters:
        """Return the filters of the question."""
        return filters_of(theme=self.theme, service=self.service)


class CoverageQuery(PastQuery):
    """Coverage of areas."""

    theme: Words = Field(default=[], description="A theme, or the words its name begins with.")
    service: Words = Field(default=[], description="OZG id, LeiKa key, or a part of the title.")
    scope: Literal["competent", "all"] = Field(
        default="competent", description="Whose cells are the denominator: those of competent areas, or all."
    )

    def filters(self) -> Filters:
        """Return the filters of the question."""
        return filters_of(
            area=self.area,
            level=self.level,
            theme=self.theme,
            service=self.service,
            as_of=read_as_of(self.as_of),
        )


class CellQuery(PastQuery):
    """Cells or gaps."""

    theme: Words = Field(default=[], description="A theme, or the words its name begins with.")
    service: Words = Field(default=[], description="OZG id, LeiKa key, or a part of the title.")
    status: Words = Field(default=[], description="Only cells of this status.")

    def filters(self) -> Filters:
        """Return the filters of the question."""
        return filters_of(
            area=self.area,
            level=self.level,
            theme=self.theme,
            service=self.service,
            status=self.status,
            as_of=read_as_of(self.as_of),
        )


class ChangeQuery(AreaQuery):
    """Changes of cells in a period."""

    theme: Words = Field(default=[], description="A theme, or the words its name begins with.")
    service: Words = Field(default=[], description="OZG id, LeiKa key, or a part of the title.")
    status: Words = Field(default=[], description="Only changes from or to this status.")
    since: Annotated[str, Field(max_length=40)] = Field(
        default="", description="From this day or moment on, as 2026-11-20 or 2026-11-20T14:30Z."
    )
    until: Annotated[str, Field(max_length=40)] = Field(
        default="", description="Up to the end of this day, or up to this moment."
    )

    def filters(self) -> Filters:
        """Return the filters of the question."""
        return filters_of(
            area=self.area, level=self.level, theme=self.theme, service=self.service, status=self.status
        )

    def period(self) -> tuple[datetime | None, datetime | None]:
        """Return the beginning and the end, None where there is none. Raise UsageProblem."""
        since = read_moment("since", self.since) if self.since else None
        until = read_moment("until", self.until, end_of_day=True) if self.until else None
        if since is not None and until is not None and until <= since:
            raise UsageProblem("period_asked", since=self.since, until=self.until)
        return since, until
