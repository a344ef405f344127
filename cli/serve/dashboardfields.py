"""What the answers of the dashboard's routes look like: its fields and types, for our description."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

__all__ = ["PageArsDto", "PageDvDataDto"]


class SortObject(BaseModel):
    """Whether a page is in some order."""

    sorted: bool
    unsorted: bool
    empty: bool


class PageableObject(BaseModel):
    """Which page this is."""

    paged: bool
    unpaged: bool
    pageNumber: int  # noqa: N815 - these names are the dashboard's
    pageSize: int  # noqa: N815
    offset: int
    sort: SortObject


class DvDataDto(BaseModel):
    """One online service in one area."""

    leika_key: str
    leika_name: str
    ars: str
    ars_name: str | None
    ars_federal_state: str | None
    bundesland: str | None
    leika_bezeichnung: str | None
    ozgid: int | None
    ozg_bezeichnung: str | None
    url: str
    online_status: Literal["ok", "nicht ok"]
    aktiv: Literal["ja", "nein"] | None
    art_flaechendeckung: Literal[
        "bundesweit flächendeckend",
        "in mind. einer Kommune verfügbar",
        "landesweit flächendeckend",
        "kreisweit flächendeckend",
        "nicht in Auswertung berücksichtigt",
    ]


class ArsDto(BaseModel):
    """One area."""

    ars: str
    arsName: str  # noqa: N815


class _Page(BaseModel):
    totalPages: int  # noqa: N815
    totalElements: int  # noqa: N815
    pageable: PageableObject
    numberOfElements: int  # noqa: N815
    size: int
    number: int
    sort: SortObject
    first: bool
    last: bool
    empty: bool
    definition: str


class PageDvDataDto(_Page):
    """A page of online services; `definition` says whose figures these are."""

    content: list[DvDataDto]


class PageArsDto(_Page):
    """A page of areas; `definition` says whose figures these are."""

    content: list[ArsDto]
