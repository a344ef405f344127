"""What the dashboard said, as it is written to a file: one JSON object per line.

The lines hold neither dates of the asking nor its order of pages, so that the same answers always make the
same file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from catalogue.records import Issue
from connectors.errors import RejectDelivery

__all__ = ["AskedLine", "EndLine", "IssueLine", "Line", "RowLine", "read_lines"]

LONGEST_LINE: Final = 1 << 20  # bytes


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RowLine(_Frozen):
    """One row of the dashboard: a LeiKa service of an area. What it does not say is empty."""

    kind: Literal["row"] = "row"
    area: str
    key: str
    title: str = ""
    official: str = ""
    ozg_id: str = ""
    url: str = ""
    status: str = ""  # online_status: ok, nicht ok
    active: str = ""  # aktiv: ja, nein
    coverage: str = ""  # art_flaechendeckung


class AskedLine(_Frozen):
    """An area whose rows were read to their end, and how many of them are its own."""

    kind: Literal["asked"] = "asked"
    area: str
    rows: int


class IssueLine(_Frozen):
    """Something irregular."""

    kind: Literal["issue"] = "issue"
    issue: Issue


class EndLine(_Frozen):
    """The last line: how much of what was to be asked was answered."""

    kind: Literal["end"] = "end"
    scope: Literal["everything", "part"]


Line: TypeAlias = RowLine | AskedLine | IssueLine | EndLine
_LINES: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="kind")])


def read_lines(path: Path, file: str) -> Iterator[Line]:
    """Yield the lines of a file, its end the last. Raise RejectDelivery if it was damaged."""
    last: Line | None = None
    number = 0
    try:
        with path.open("rb") as stream:
            for raw in iter(lambda: stream.readline(LONGEST_LINE), b""):
                number += 1
                last = _LINES.validate_json(raw)
                yield last
    except ValidationError:
        raise RejectDelivery("dashboard_file_damaged", file=file, line=number) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RejectDelivery("file_unreadable", file=file, reason=reason) from error
    if not isinstance(last, EndLine):
        raise RejectDelivery("dashboard_file_damaged", file=file, line=number)
