"""The settings of a portal: which product it is, whose pages are where, and how far to go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from catalogue.keys import KeyFormatError, parse_area_key
from connectors.contract import SILENCE_ABSENCE
from connectors.crawl.settings import CrawlSettings
from connectors.errors import AbortRun
from connectors.portals.loading import LoadedProfile, load_profile
from connectors.portals.tenants import Tenant, Tenants, parse_tenant
from connectors.urls import is_fetchable

__all__ = ["PortalSettings"]


class PortalSettings(CrawlSettings):
    """What the region file says about a portal, or about several of the same product."""

    local_files: ClassVar[tuple[str, ...]] = ("profile", *CrawlSettings.local_files)
    access: ClassVar[frozenset[str]] = CrawlSettings.access | {
        "delay",
        "depth",
        "max_bytes",
        "max_pages",
        "provider",
    }

    profile: str = Field(
        min_length=1,
        description="Name of a profile that comes with the program, or path of a .toml file with one.",
    )
    location: str = Field(
        default="",
        description=(
            "Address of the portal of the one area named by areas; with tenants, that of the page that "
            "forwards to all of them."
        ),
    )
    tenants: dict[str, str] = Field(
        default={},
        description="Address of each municipality's portal (host, path or parameter) -> its area key.",
    )
    allowed_gone: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="Share of dead or broken entries at which a tenant still counts as complete.",
    )

    @property
    def speaks(self) -> bool:
        """Tell whether its silence means absence; the profile decides if the region file does not."""
        return (self.silence or self.load().profile.silence) == SILENCE_ABSENCE

    def load(self) -> LoadedProfile:
        """Return the profile. Raise AbortRun if it cannot be used any more."""
        return load_profile(self.profile)

    def everybody(self) -> Tenants:
        """Return the tenants."""
        return Tenants(tuple(_tenant(address, area) for address, area in self._addresses().items()))

    @property
    def roof(self) -> str:
        """Return the address of the page that forwards to all tenants; empty if none is named."""
        return self.location if self.tenants else ""

    def _addresses(self) -> Mapping[str, str]:
        return self.tenants or {self.location: self.areas[0]}

    @model_validator(mode="before")
    @classmethod
    def _name_areas(cls, given: object) -> object:
        """Let the areas of the tenants be those the source is about, unless others are named."""
        if not isinstance(given, dict) or given.get("areas") or not isinstance(given.get("tenants"), dict):
            return given
        named = [area for area in given["tenants"].values() if isinstance(area, str)]
        return {**given, "areas": tuple(dict.fromkeys(named))}

    @field_validator("profile")
    @classmethod
    def _check_profile(cls, profile: str) -> str:
        try:
            load_profile(profile)
        except AbortRun as error:
            raise PydanticCustomError(error.code, error.code, dict(error.params)) from None
        return profile

    @field_validator("location")
    @classmethod
    def _check_location(cls, location: str) -> str:
        if location and not is_fetchable(location):
            raise PydanticCustomError("setting_portal_location", "give an address with http:// or https://")
        return location

    @field_validator("tenants")
    @classmethod
    def _check_tenants(cls, tenants: dict[str, str]) -> dict[str, str]:
        found: dict[object, str] = {}
        for address, area in tenants.items():
            try:
                parse_area_key(area)
            except KeyFormatError:
                raise PydanticCustomError("area_key_format", "no area key", {"given": area}) from None
            tenant = _tenant(address, area)
            place = (tenant.host, tenant.prefix, tenant.parameters)
            if area in found.values() or place in found:
                raise PydanticCustomError(
                    "setting_portal_tenant_twice", "{given} occurs twice", {"given": f"{address} = {area}"}
                )
            found[place] = area
        return tenants

    @model_validator(mode="after")
    def _check_whose(self) -> Self:
        if self.tenants:
            if self.location and self.load().profile.roof is None:
                raise PydanticCustomError(
                    "setting_portal_roof",
                    "this profile knows no page that forwards to tenants; leave out location",
                )
            return self
        if not self.location or len(self.areas) != 1:
            raise PydanticCustomError(
                "setting_portal_area", "name location and exactly one area, or the tenants with their areas"
            )
        _tenant(self.location, self.areas[0])
        return self


def _tenant(address: str, area: str) -> Tenant:
    try:
        return parse_tenant(address, area)
    except ValueError:
        raise PydanticCustomError(
            "setting_portal_address", "'{given}' is no address of a portal", {"given": address}
        ) from None
