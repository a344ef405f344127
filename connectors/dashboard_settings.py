"""The settings of the federal dashboard: where its data is, and how it is asked for.

The paths are those of the published description of the interface; a newer one is reported under another
address, and how the columns of its files are called is not published. So all of that can be replaced.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from connectors.contract import SourceSettings
from connectors.urls import is_fetchable

__all__ = ["FIELDS", "DashboardField", "DashboardSettings"]

DashboardField = Literal[
    "leika_key",
    "leika_name",
    "leika_bezeichnung",
    "ars",
    "ozgid",
    "url",
    "online_status",
    "aktiv",
    "art_flaechendeckung",
]
#: The fields that are read, each with the name it has in an answer; a file's headers may differ.
FIELDS: Final[tuple[DashboardField, ...]] = (
    "leika_key",
    "leika_name",
    "leika_bezeichnung",
    "ars",
    "ozgid",
    "url",
    "online_status",
    "aktiv",
    "art_flaechendeckung",
)
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)

#: What a path may hold, and what it must.
PLACEHOLDERS: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = MappingProxyType(
    {
        "area_path": (
            frozenset({"ars", "page", "size", "filetype", "above", "below"}),
            frozenset({"ars"}),
        ),
        "all_path": (frozenset({"page", "size"}), frozenset({"page"})),
        "check_path": (frozenset(), frozenset()),
    }
)


class DashboardSettings(SourceSettings):
    """What the region file says about the federal dashboard."""

    default_silence: ClassVar[Literal["absence", "nothing"]] = "nothing"
    #: It is what the own cells are compared with, so it must not be part of them.
    default_advisory: ClassVar[bool] = True
    access: ClassVar[frozenset[str]] = SourceSettings.access | {"per_second", "check_path"}

    location: str = Field(
        default="https://digitale-verwaltung.api.proxy.bund.dev/api",
        description="Base address of the interface, or the path of a downloaded file (CSV, XLSX or JSON).",
    )
    ask: Literal["areas", "all"] = Field(
        default="areas",
        description="areas: each area is asked for; all: the whole list, of which the areas' part is kept.",
    )
    filetype: Literal["json", "csv", "xlsx"] = Field(
        default="json", description="Form in which answers for an area are asked for."
    )
    include_above: bool = Field(
        default=True, description="Ask for what the levels above an area offer as well."
    )
    include_below: bool = Field(
        default=False, description="Ask for what the areas below an area offer as well."
    )
    area_path: str = Field(
        default=(
            "/v1/data/{ars}?filetype={filetype}&includeAbove={above}&includeBelow={below}"
            "&order=asc&page={page}&size={size}"
        ),
        description="Path and parameters of the data of an area.",
    )
    all_path: str = Field(
        default="/v1/data?order=asc&page={page}&size={size}",
        description="Path and parameters of the whole list.",
    )
    check_path: str = Field(
        default="/v1/ars?page=0&size=1",
        description="Path and parameters of the cheap request by which a check sees that it answers.",
    )
    columns: dict[DashboardField, str] = Field(
        default={}, description="Our field -> header of its column in a CSV or XLSX, where that differs."
    )
    page_size: int = Field(default=100, ge=1, le=1_000, description="Rows per page.")
    max_pages: int = Field(
        default=1_000, ge=1, le=100_000, description="A list with more pages is cut off and counts as a part."
    )
    per_second: float = Field(default=2.0, gt=0, le=1_000, description="Requests begun per second.")
    max_bytes: int = Field(
        default=1 << 30, ge=1, description="A larger file is refused; JSON may have 64 MiB at most."
    )

    @property
    def is_remote(self) -> bool:
        """Tell whether the data is asked for, instead of read from a file."""
        return SCHEME.match(self.location) is not None

    def headers(self) -> dict[str, str]:
        """Return the header of the column that holds each field."""
        return {name: self.columns.get(name, name) for name in FIELDS}

    @field_validator("location")
    @classmethod
    def _check_location(cls, location: str) -> str:
        if not SCHEME.match(location):
            return location
        if not is_fetchable(location) or "?" in location or "#" in location:
            raise PydanticCustomError("setting_dashboard_location", "give an address or a path")
        return location.rstrip("/")

    @field_validator(*PLACEHOLDERS)
    @classmethod
    def _check_path(cls, path: str, info: object) -> str:
        name = str(getattr(info, "field_name", ""))
        allowed, needed = PLACEHOLDERS[name]
        found = _placeholders(path)
        if not path.startswith("/") or not needed <= found <= allowed:
            context = {
                "name": name,
                "needed": " ".join(f"{{{one}}}" for one in sorted(needed)) or "–",
                "allowed": " ".join(f"{{{one}}}" for one in sorted(allowed)) or "–",
            }
            raise PydanticCustomError(
                "setting_dashboard_path",
                "{name} begins with / and holds {needed}; allowed: {allowed}",
                context,
            )
        return path

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.speaks:
            # It shows what is online; of the rest it says nothing, and it must not decide about cells.
            raise PydanticCustomError("setting_dashboard_silence", "the dashboard's silence proves nothing")
        return self


def _placeholders(path: str) -> frozenset[str]:
    try:
        parts = list(string.Formatter().parse(path))
    except ValueError:
        return frozenset({"?"})
    return frozenset(
        "?" if form or conversion else name for _, name, form, conversion in parts if name is not None
    )
