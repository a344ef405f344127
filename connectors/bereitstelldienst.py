"""Bereitstelldienst: everything that all editorial systems of a country deliver, in one log of changes.

The first run reads the log from its beginning to its end and so gets everything there is; every later one
goes on where the last one stopped. What is in the blocks is XZuFi and is read by the reader for that.
How blocks are fetched stands in ``bereitstelldienst_blocks``, how they are unpacked in
``bereitstelldienst_envelope``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import urljoin

from pydantic import Field, ValidationInfo, field_validator

from catalogue.records import Completeness, Issue, Memory, Record, Severity
from connectors.assignment import NOTHING, Assignment
from connectors.bereitstelldienst_blocks import (
    CURSOR,
    BlockReader,
    Limits,
    Query,
    is_stretch,
    read_block_scope,
    read_stretch,
)
from connectors.bereitstelldienst_envelope import NAMES
from connectors.contract import Check, Delivery, Part, SourceSettings
from connectors.errors import RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from connectors.oauth import OAuthSettings, TokenKeeper, require_safe_address
from connectors.urls import redact
from connectors.xmlprolog import shorten
from connectors.xzufi import XzufiConnector, XzufiSettings

__all__ = ["CONNECTOR", "BereitstelldienstConnector", "BereitstelldienstSettings"]

GIBIBYTE = 1_073_741_824
#: Our names of the two parameters of a request, as they are called there.
PARAMETERS: Mapping[str, str] = {"index": "index", "area": "ars"}
Name = Literal["index", "area", "xml", "complete", "next_index", "next_url", "count"]


class BereitstelldienstSettings(OAuthSettings, SourceSettings):
    """What the region file says about a Bereitstelldienst."""

    default_silence: ClassVar[Literal["absence", "nothing"]] = "absence"
    local_files: ClassVar[tuple[str, ...]] = (
        "client_id_file",
        "client_secret_file",
        *SourceSettings.local_files,
    )
    access: ClassVar[frozenset[str]] = SourceSettings.access | {
        *OAuthSettings.model_fields,
        "allow_private",
        "allowed_growth",
        "allowed_shrink",
        "blocks_per_run",
        "bytes_per_run",
        "minimum",
    }

    location: str = Field(
        min_length=1, description="Address of the interface, version included, without index and filter."
    )
    filter: str = Field(
        default="%",
        pattern=r"^[0-9]{0,12}%?$",
        description="Beginning of the regional keys to deliver, followed by %; % alone means all.",
    )
    blocks_per_run: int = Field(
        default=5_000, ge=1, le=99_999, description="Blocks after which a run stops, to go on in the next."
    )
    bytes_per_run: int = Field(
        default=20 * GIBIBYTE,
        ge=1,
        description="Bytes of fetched and unpacked blocks after which a run stops, to go on in the next.",
    )
    generation: int = Field(
        default=1, ge=1, description="Raise it by one to read everything again from the beginning."
    )
    names: dict[Name, str] = Field(
        default={}, description="Our name of a parameter or field = what the interface calls it."
    )

    @field_validator("location")
    @classmethod
    def _check_location(cls, url: str, info: ValidationInfo) -> str:
        require_safe_address(url, allow_plain=bool(info.data.get("allow_private")))
        return url

    @property
    def absolute_token_url(self) -> str:
        """Return the address that gives out tokens."""
        return urljoin(self.location, self.token_url) if self.token_url.startswith("/") else self.token_url

    def name_of(self, known: Mapping[str, str]) -> dict[str, str]:
        """Return the names of these parameters or fields as the interface has them."""
        return {**known, **{ours: theirs for ours, theirs in self.names.items() if ours in known}}


class BereitstelldienstConnector:
    """Reads the log of a Bereitstelldienst."""

    kind: ClassVar[str] = "bereitstelldienst"
    settings_model: ClassVar[type[SourceSettings]] = BereitstelldienstSettings
    #: What the reader of XZuFi makes of a block is what is remembered to have been read.
    reader_version: ClassVar[int] = XzufiConnector.reader_version
    heavy: ClassVar[bool] = True

    def __init__(self, settings: SourceSettings, fetcher: Fetcher) -> None:
        if not isinstance(settings, BereitstelldienstSettings):
            raise TypeError(f"{type(settings).__name__} are not the settings of a Bereitstelldienst")
        self._settings = settings
        self._fetcher = fetcher
        blocks = XzufiSettings(id=settings.id, type="xzufi", location="-", delivery="increment")
        self._xzufi = XzufiConnector(blocks, fetcher)

    def check(self) -> Check:
        """Get a token and look at the beginning of the first block."""
        url = self._query().url(0)
        try:
            answer = self._token().call(lambda headers: self._fetcher.probe(url, headers=headers))
        except RejectDelivery as error:
            raise RetryLater(error.code, **error.params) from error
        start = answer.body.decode("utf-8", "replace")
        if not start.lstrip("\ufeff \t\r\n").startswith("{"):
            raise RetryLater("envelope_foreign", block=redact(url), start=shorten(start))
        return Check(ok=True, code="bereitstelldienst_reachable", params={"url": redact(url)})

    def acquire(self, folder: Path, assignment: Assignment = NOTHING, /) -> Delivery:
        """Fetch the blocks that are not known yet; the last part says how far they reach."""
        settings = self._settings
        reader = BlockReader(self._query(), self._fetcher, self._token(), settings.name_of(NAMES))
        blocks = 1 if assignment.limit else settings.blocks_per_run
        return reader.read(folder, assignment, Limits(blocks, settings.bytes_per_run))

    def read(self, part: Part) -> Iterator[Record]:
        """Yield the records of one block, or what is to be remembered of all; then the Completeness."""
        if not is_stretch(part):
            for record in self._xzufi.read(part):
                # Dates of blocks say nothing about their order; the index does.
                is_last = isinstance(record, Completeness)
                yield Completeness(read_block_scope(part)) if is_last else record
            return
        stretch = read_stretch(part)
        for index, count in stretch.hollow:
            yield Issue(Severity.NOTICE, "block_hollow", f"index={index}", str(count))
        if not stretch.ended:
            yield Issue(Severity.NOTICE, "log_goes_on", "", str(stretch.until))
        yield Memory(CURSOR, str(stretch.until))
        yield stretch.completeness

    def _query(self) -> Query:
        parameters = self._settings.name_of(PARAMETERS)
        fixed = {parameters["area"]: self._settings.filter}
        return Query(self._settings.location, fixed, parameters["index"])

    def _token(self) -> TokenKeeper:
        return TokenKeeper(self._settings, self._settings.absolute_token_url, self._fetcher)


CONNECTOR = BereitstelldienstConnector
