"""What an operator may say about the link check."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from connectors.hosts import HostPattern
from connectors.policy import FetchPolicy

__all__ = ["LinkSettings"]

#: Below this gap (seconds) only own servers may be asked.
SHORTEST_DELAY = 1.0
_PRINTABLE = r"^[\x20-\x7e]{0,200}$"


class LinkSettings(BaseModel):
    """The settings of the link check; docs/linkpruefung.md explains each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contact: Annotated[str, Field(pattern=_PRINTABLE)] = Field(
        default="", description="Mail address or page named in the user agent, for those who run the servers."
    )
    delay: float = Field(default=2.0, ge=0, le=300, description="Seconds between two requests to a host.")
    hosts_at_once: int = Field(default=8, ge=1, le=64, description="Hosts that are asked at the same time.")
    minutes: int = Field(default=360, ge=1, le=1_440, description="Longest time of one night's check.")
    most_links: int = Field(default=50_000, ge=1, le=1_000_000, description="Most links of one night.")
    fresh_days: int = Field(
        default=14, ge=1, le=365, description="Days for which an answer counts in the figure “checked”."
    )
    deadline: float = Field(default=20.0, gt=0, le=120, description="Longest time of one request in seconds.")
    max_bytes: int = Field(default=262_144, ge=1_024, le=4_194_304, description="Bytes read of a page.")
    obey_robots: bool = Field(
        default=True, description="Whether links that robots.txt forbids are left alone, as not checkable."
    )
    skip_hosts: tuple[HostPattern, ...] = Field(
        default=(), description="Hosts that are never asked, for example “*.land.example”."
    )
    start_paths: tuple[str, ...] = Field(
        default=(),
        description="Further parts of addresses that start a form: only their first response is looked at.",
    )
    allow_private: bool = Field(default=False, description="Whether hosts in private networks may be asked.")
    ca_bundle: str = Field(
        default="", description="File of certificate authorities instead of the public ones."
    )

    @field_validator("start_paths")
    @classmethod
    def _check_paths(cls, parts: tuple[str, ...]) -> tuple[str, ...]:
        if any(len(part) < 3 for part in parts):
            raise PydanticCustomError("links_start_path", "give at least three characters of an address")
        return tuple(part.lower() for part in parts)

    def policy(self) -> FetchPolicy:
        """Return what the HTTP client may do: no second attempts, as there is another night."""
        known = FetchPolicy()
        contact = f"; contact {self.contact}" if self.contact else ""
        agent = known.user_agent.replace("reads which public services are offered", "checks links" + contact)
        return FetchPolicy(
            allow_private=self.allow_private,
            deadline=self.deadline,
            connect_timeout=min(known.connect_timeout, self.deadline),
            max_bytes=1_048_576,
            attempts=1,
            user_agent=agent,
            ca_bundle=self.ca_bundle or None,
        )

    @property
    def gap(self) -> float:
        """Return the seconds between two requests to a host; none only for own servers."""
        return self.delay if self.allow_private else max(self.delay, SHORTEST_DELAY)
