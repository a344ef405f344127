"""The settings of a PVOG source: where its interface is, what is asked of it, and how politely.

Each endpoint has a version of its own in its path, and old versions are switched off four times a year.
So every path with its parameters is a template that the region file can replace.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final, Literal, Self
from urllib.parse import quote

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from catalogue.keys import KeyFormatError, LeikaKey
from connectors.contract import SourceSettings
from connectors.credentials import VARIABLE_NAME
from connectors.urls import is_fetchable

__all__ = ["PvogSettings", "fill"]

Operator = Literal["own", "kreis", "land", "bund", "efa", "shared"]

#: What a template may hold, and what it must.
PLACEHOLDERS: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = MappingProxyType(
    {
        "services_path": (
            frozenset({"keys", "ars", "date", "page", "size"}),
            frozenset({"keys", "ars", "page"}),
        ),
        "detail_path": (frozenset({"id", "ars", "date"}), frozenset({"id"})),
        "online_path": (frozenset({"ars", "keys", "date", "size", "token"}), frozenset({"ars", "token"})),
        "units_path": (frozenset({"id", "ars", "date"}), frozenset({"id", "ars"})),
        "locations_path": (frozenset(), frozenset()),
    }
)


class PvogSettings(SourceSettings):
    """What the region file says about a PVOG source."""

    # That PVOG has no text for a service does not mean that nobody offers the service.
    default_silence: ClassVar[Literal["absence", "nothing"]] = "nothing"
    local_files: ClassVar[tuple[str, ...]] = ("client_id_file", *SourceSettings.local_files)
    # What is remembered of details stays true when lists are asked for in another way.
    access: ClassVar[frozenset[str]] = SourceSettings.access | {
        "client_id_env",
        "client_id_file",
        "client_id_header",
        "keys_per_request",
        "locations_path",
        "max_pages",
        "online_path",
        "page_size",
        "parallel",
        "per_second",
        "services_path",
    }

    location: str = Field(
        default="https://pvog.fitko.net/suchdienst/api",
        description="Base address of the search service, without the endpoints' paths.",
    )
    services_path: str = Field(
        default=(
            "/v3/servicedescriptions/leikaid?leikaIds={keys}&ars={ars}&validDate={date}"
            "&page={page}&size={size}"
        ),
        description="Path and parameters that list the descriptions for keys in an area.",
    )
    online_path: str = Field(
        default="/v1beta2/onlineservices?ars={ars}&nextPageToken={token}",
        description=(
            "Path and parameters that list the online services of an area; with {keys} in it they are "
            "asked for by key."
        ),
    )
    detail_path: str = Field(
        default="/v6/servicedescriptions/{id}/detail?ars={ars}&validDate={date}&applyDynamicParams=true",
        description="Path and parameters of one description with everything about it.",
    )
    units_path: str = Field(
        default="/v2/organisationunits/titles?ars={ars}&lbId={id}",
        description="Path and parameters of the units responsible for a description in an area.",
    )
    locations_path: str = Field(
        default="/v2/locations?q=Berlin",
        description="Path and parameters of the cheap request by which a check sees that PVOG answers.",
    )
    client_id_header: str = Field(
        default="pvog-sud-api-client-id",
        pattern=r"^[A-Za-z0-9-]{1,80}$",
        description="Header that carries the id of the client, where one is needed.",
    )
    client_id_env: str = Field(
        default="",
        pattern=rf"{VARIABLE_NAME}|^$",
        description="Environment variable that holds the id of the client; none is sent if empty.",
    )
    client_id_file: str = Field(
        default="", description="File that holds the id of the client, instead of an environment variable."
    )
    services: bool = Field(default=True, description="Whether descriptions are asked for by key.")
    online_services: bool = Field(default=True, description="Whether lists of online services are asked for.")
    details: bool = Field(
        default=True,
        description="Whether details of new and changed descriptions are fetched: texts, validity, units.",
    )
    keys: tuple[str, ...] = Field(
        default=(),
        description="LeiKa keys to ask for; all that municipalities may have to offer if empty.",
    )
    keys_per_request: int = Field(
        default=1, ge=1, le=50, description="How many keys one request asks for; only 1 is confirmed."
    )
    page_size: int = Field(default=50, ge=5, le=500, description="Descriptions per page.")
    max_pages: int = Field(
        default=200, ge=1, le=10_000, description="A list with more pages is cut off and counts as a part."
    )
    parallel: int = Field(default=3, ge=1, le=16, description="Requests under way at the same time.")
    per_second: float = Field(
        default=5.0, gt=0, le=1_000, description="Requests begun per second, all areas together."
    )
    asked_means_absent: bool = Field(
        default=True,
        description="Asked and not found proves absence in the area, if the area was read without error.",
    )
    operators: dict[str, Operator] = Field(
        default={},
        description="Host -> its operator (own, kreis, land, bund, efa, shared), before the packaged rules.",
    )

    @property
    def asks_everything(self) -> bool:
        """Tell whether descriptions as well as online services are asked for."""
        return self.services and self.online_services

    @property
    def asks_online_by_key(self) -> bool:
        """Tell whether online services are asked for by key instead of once for an area."""
        return "keys" in _fields(self.online_path)

    @property
    def lists_areas(self) -> bool:
        """Tell whether all online services of an area are asked for, whatever their keys."""
        return self.online_services and not self.asks_online_by_key

    @field_validator("location")
    @classmethod
    def _check_location(cls, location: str) -> str:
        if not is_fetchable(location) or "?" in location or "#" in location:
            raise PydanticCustomError("setting_pvog_location", "give an address that begins with https://")
        return location.rstrip("/")

    @field_validator(*PLACEHOLDERS)
    @classmethod
    def _check_template(cls, template: str, info: object) -> str:
        name = str(getattr(info, "field_name", ""))
        allowed, needed = PLACEHOLDERS[name]
        try:
            found = _fields(template)
        except ValueError:
            found = frozenset({"?"})
        if not template.startswith("/") or not needed <= found <= allowed:
            context = {
                "name": name,
                "needed": " ".join(f"{{{field}}}" for field in sorted(needed)) or "–",
                "allowed": " ".join(f"{{{field}}}" for field in sorted(allowed)) or "–",
            }
            raise PydanticCustomError(
                "setting_pvog_path", "{name} begins with / and holds {needed}; allowed: {allowed}", context
            )
        return template

    @field_validator("keys")
    @classmethod
    def _check_keys(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(dict.fromkeys(str(LeikaKey.parse(key)) for key in keys))
        except KeyFormatError as error:
            context = {"name": "keys", "value": error.shown}
            raise PydanticCustomError("setting_constant", "{value} is no {name}", context) from None

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if not (self.services or self.online_services):
            raise PydanticCustomError("setting_pvog_nothing", "ask for services, online_services or both")
        if not (self.services or self.details):
            # Lists of online services do not say for which keys they are; only a description does.
            raise PydanticCustomError("setting_pvog_details", "services = false needs details = true")
        if self.speaks and (self.keys or not self.asks_everything):
            raise PydanticCustomError("setting_pvog_silence", "who does not ask for all cannot hear silence")
        if self.client_id_env and self.client_id_file:
            raise PydanticCustomError("setting_pvog_client", "give client_id_env or client_id_file")
        return self


def _fields(template: str) -> frozenset[str]:
    """Return the placeholders of a template. Raise ValueError if it is none."""
    found = set()
    for _, name, form, conversion in string.Formatter().parse(template):
        if form or conversion:
            raise ValueError(template)
        if name is not None:
            found.add(name)
    return frozenset(found)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return path and parameters with these values; a parameter whose value is empty is left out."""
    quoted = {name: quote(value, safe="") for name, value in values.items()}
    path, mark, query = template.partition("?")
    pairs = []
    for pair in query.split("&") if mark else ():
        name, equals, value = pair.partition("=")
        filled = value.format_map(quoted)
        if filled or "{" not in value:
            pairs.append(f"{name}{equals}{filled}")
    return path.format_map(quoted) + (f"?{'&'.join(pairs)}" if pairs else "")
