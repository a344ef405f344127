"""The settings of a municipality's own website: where it begins, what is a service, how far to go."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urljoin

from pydantic import Field, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError

from connectors.crawl.job import Expectation
from connectors.crawl.pages import Start
from connectors.crawl.patterns import expand_list, host_of
from connectors.crawl.settings import CrawlSettings
from connectors.urls import is_fetchable

__all__ = ["SiteSettings"]

Text = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]


class SiteSettings(CrawlSettings):
    """What the region file says about a website."""

    default_silence: ClassVar[Literal["absence", "nothing"]] = "nothing"

    start: tuple[Text, ...] = Field(default=(), description="Addresses of pages at which the crawl begins.")
    lists: tuple[Text, ...] = Field(
        default=(),
        description=(
            "Pages that name every service between them; {A..Z} stands for the letters, {1..9} for numbers."
        ),
    )
    hosts: tuple[Text, ...] = Field(
        default=(), description="Further hosts that belong to the website, besides those of start and lists."
    )
    paging: tuple[Text, ...] = Field(
        default=(), description="Patterns of further pages of a list, * for anything; common forms are known."
    )
    include: tuple[Text, ...] = Field(
        default=(), description="Patterns of pages about services; what the rules recognise if empty."
    )
    exclude: tuple[Text, ...] = Field(default=(), description="Patterns of pages that are never opened.")
    sitemap: Text = Field(default="auto", description="auto, off, or the address of a sitemap.")
    sitemap_is_complete: bool = Field(default=False, description="The sitemap names every service.")
    own_tenants: tuple[Text, ...] = Field(
        default=(),
        description="What a shared portal calls this municipality in its addresses; others are left out.",
    )
    allowed_gone: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="Share of dead links at which the lists still count as complete.",
    )

    def starts(self) -> tuple[Start, ...]:
        """Return where the crawl begins: the entrances, and every page that the lists stand for."""
        base = self.start[0] if self.start else ""
        lists = [urljoin(base, url) for pattern in self.lists for url in expand_list(pattern)]
        return tuple(Start(url) for url in dict.fromkeys((*self.start, *lists)))

    def all_hosts(self) -> frozenset[str]:
        """Return the hosts that may be opened."""
        return frozenset(
            [*(host.lower() for host in self.hosts), *(host_of(url) for url, *_ in self.starts())]
        )

    def sitemaps(self) -> tuple[Start, ...]:
        """Return the sitemap that is named, if one is."""
        return () if self.sitemap in {"auto", "off"} else (Start(self.sitemap),)

    def expectation(self) -> Expectation:
        """Return what has to be true before the website counts as read completely."""
        return Expectation(
            lists_are_complete=bool(self.lists) or self.sitemap_is_complete,
            bands={"": self.expected} if self.expected is not None else {},
            allowed_gone=self.allowed_gone,
        )

    @field_validator("start", "lists", mode="before")
    @classmethod
    def _accept_one(cls, given: object) -> object:
        return (given,) if isinstance(given, str) else given

    @field_validator("start")
    @classmethod
    def _check_start(cls, start: tuple[str, ...]) -> tuple[str, ...]:
        for url in start:
            _check_address(url)
        return start

    @field_validator("lists")
    @classmethod
    def _check_lists(cls, lists: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in lists:
            try:
                expand_list(pattern)
            except ValueError as error:
                raise PydanticCustomError(
                    "setting_list_pattern",
                    "{value} stands for nothing or for too much",
                    {"value": str(error)},
                ) from None
        return lists

    @field_validator("hosts")
    @classmethod
    def _check_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if "/" in host or not is_fetchable(f"https://{host}/"):
                raise PydanticCustomError(
                    "setting_host",
                    "{value} is no name of a host, such as www.stadt.example",
                    {"value": host[:200]},
                )
        return hosts

    @field_validator("sitemap")
    @classmethod
    def _check_sitemap(cls, sitemap: str) -> str:
        if sitemap not in {"auto", "off"}:
            _check_address(sitemap)
        return sitemap

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if not self.start and not self.lists:
            raise PydanticCustomError("setting_no_start", "name at least one page in start or lists")
        for start in self.starts():
            _check_address(start.url)
        if len(self.areas) != 1:
            raise PydanticCustomError(
                "setting_one_area", "a website speaks for one area: name it, and no other, in areas"
            )
        return self


def _check_address(url: str) -> None:
    if not is_fetchable(url):
        raise PydanticCustomError(
            "setting_address", "{value} is no address with http:// or https://", {"value": url[:200]}
        )
