"""Settings of every source that is crawled: how politely, how far, and what number of pages is believable."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from connectors.contract import SourceSettings
from connectors.crawl.job import Limits

__all__ = ["CrawlSettings"]

Count = Annotated[int, Field(ge=0)]
#: Below this gap (seconds) only own servers may be crawled.
SHORTEST_DELAY = 1.0


class CrawlSettings(SourceSettings):
    """What the region file may say about any source whose web pages are read."""

    #: How far and how fast changes which pages are read, not what a page says; where it changes what was
    #: concluded, the delivery is another one anyway.
    access: ClassVar[frozenset[str]] = SourceSettings.access | {
        "delay",
        "depth",
        "max_bytes",
        "max_pages",
        "provider",
    }
    local_files: ClassVar[tuple[str, ...]] = ("rules", *SourceSettings.local_files)

    expected: tuple[Count, Count] | None = Field(
        default=None,
        description="Least and greatest number that can be all; with more or less the source is incomplete.",
    )
    rules: str = Field(
        default="", description="Path of a .toml file with further rules for reading pages, if any."
    )
    delay: float = Field(
        default=2.0, ge=0, le=300, description="Least number of seconds between two requests to a host."
    )
    provider: str = Field(
        default="",
        max_length=100,
        description="Name of the computing centre whose hosts share one pace; may be empty.",
    )
    max_pages: int = Field(default=1_500, ge=1, le=100_000, description="Most pages read per host and run.")
    max_bytes: int = Field(
        default=3_000_000, ge=1, le=64_000_000, description="A larger page is not read (bytes)."
    )
    depth: int = Field(default=5, ge=1, le=50, description="Most links from the first page to any other.")

    @property
    def extra_rules(self) -> Path | None:
        """Return the file with further rules for pages, if any."""
        return Path(self.rules) if self.rules else None

    def limits(self) -> Limits:
        """Return how politely and how far to crawl."""
        return Limits(
            delay=self.delay,
            provider=self.provider,
            max_pages=self.max_pages,
            max_bytes=self.max_bytes,
            depth=self.depth,
        )

    @model_validator(mode="after")
    def _check_pace(self) -> Self:
        if self.expected and self.expected[0] > self.expected[1]:
            raise PydanticCustomError("setting_expected", "expected = [least, greatest]")
        if self.delay < SHORTEST_DELAY and not self.allow_private:
            raise PydanticCustomError(
                "setting_delay",
                "give at least {least} s; less only for own servers (allow_private = true)",
                {"least": SHORTEST_DELAY},
            )
        return self
