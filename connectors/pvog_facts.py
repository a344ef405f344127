"""What was learnt from PVOG, as it is written to a file night by night: one JSON object per line.

The lines hold answers, not verdicts: what they mean for an area is decided when they are read. They hold
neither dates of the asking nor its order, so that the same answers always make the same file.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from catalogue.records import Issue
from connectors.errors import RejectDelivery

__all__ = [
    "AreaLine",
    "EndLine",
    "Facts",
    "IssueLine",
    "Line",
    "ServiceLine",
    "ShownLink",
    "read_line",
    "recall",
]


#: Under this and the area's key is remembered how many descriptions it had.
FOUND: Final = "found"


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ShownLink(_Frozen):
    """An online service shown for a description in an area.

    ``id`` may be empty. ``places`` are the keys, of the area and those above it, that PVOG says the online
    service is for; empty if it does not say.
    """

    id: str
    title: str
    urls: tuple[str, ...]
    places: tuple[str, ...] = ()


class Facts(_Frozen):
    """What the details of a description say about it in one area.

    ``stamp`` is made of the record's own dates and units as the list showed them when the details were
    fetched; ``links`` are the online services, for where the list shows none at all.
    """

    stamp: str
    has_text: bool = False
    valid_from: str = ""
    valid_to: str = ""
    page: str = ""
    units: tuple[tuple[str, str], ...] = ()
    links: tuple[ShownLink, ...] = ()


class ServiceLine(_Frozen):
    """A description as found for one asked area.

    ``places`` are the keys, of the area and those above it, for which the text is valid.
    """

    kind: Literal["service"] = "service"
    area: str
    id: str
    name: str
    keys: tuple[str, ...]
    places: tuple[str, ...]
    links: tuple[ShownLink, ...] = ()
    updated: str = ""
    facts: Facts | None = None


class AreaLine(_Frozen):
    """The end of an area: how many descriptions it has, and the keys it was asked for in vain."""

    kind: Literal["area"] = "area"
    area: str
    found: int
    absent: tuple[str, ...] = ()


class IssueLine(_Frozen):
    """Something irregular."""

    kind: Literal["issue"] = "issue"
    issue: Issue


class EndLine(_Frozen):
    """The last line: how much of what was to be asked was answered."""

    kind: Literal["end"] = "end"
    scope: Literal["everything", "part"]
    torn: bool = False


Line = Annotated[ServiceLine | AreaLine | IssueLine | EndLine, Field(discriminator="kind")]
_LINES: TypeAdapter[ServiceLine | AreaLine | IssueLine | EndLine] = TypeAdapter(Line)


def read_line(line: bytes, file: str, number: int) -> ServiceLine | AreaLine | IssueLine | EndLine:
    """Return one line of a file. Raise RejectDelivery if it was damaged since it was written."""
    try:
        return _LINES.validate_json(line)
    except ValidationError:
        raise RejectDelivery("pvog_file_damaged", file=file, line=number) from None


def recall(text: str | None) -> Facts | None:
    """Return remembered facts; None if there are none, or of another release."""
    if text is None:
        return None
    try:
        return Facts.model_validate_json(text)
    except ValidationError:
        return None
