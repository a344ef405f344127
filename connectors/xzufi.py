"""XZuFi: what the editorial systems of Länder and municipalities deliver about services and who offers them.

A delivery is one file or many, of the versions 2.1, 2.2 or 2.3.1, complete or what changed since the last
one. The modules ``xzufi_*`` hold its parts: getting the files, reading messages, reading objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from catalogue.records import Completeness, Issue, Record, Severity
from connectors.assignment import NOTHING, Assignment
from connectors.contract import Check, Delivery, Part, SourceSettings
from connectors.errors import RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from connectors.urls import is_fetchable, redact
from connectors.xmlprolog import shorten
from connectors.xmlsections import XmlSection, find_borders, read_opening
from connectors.xmlstream import XmlStream
from connectors.xzufi_delivery import fetch_delivery, is_index, local_files, open_delivery, read_index
from connectors.xzufi_elements import NAMESPACE
from connectors.xzufi_message import OPERATIONS, MessageReader, is_object

__all__ = ["CONNECTOR", "XzufiConnector", "XzufiSettings"]

SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
KNOWN_VERSIONS = frozenset({"2.1", "2.2", "2.3"})


class XzufiSettings(SourceSettings):
    """What the region file says about an XZuFi source."""

    default_silence: ClassVar[Literal["absence", "nothing"]] = "absence"

    location: str = Field(
        min_length=1,
        description=(
            "Where the delivery is: a file, folder, .zip or .gz on this machine, the http(s) address of one "
            "such file, or of a folder with an index.txt (ending in / or in index….txt)."
        ),
    )
    delivery: Literal["full", "increment"] = Field(
        default="full",
        description="full: a delivery is everything there is; increment: what changed since the last one.",
    )
    answers_are_complete: bool = Field(
        default=False,
        description=(
            "Whether answers to queries (messages without write operations) hold everything there is; "
            "otherwise they count as a part."
        ),
    )

    @property
    def is_remote(self) -> bool:
        """Tell whether the delivery is fetched over the network."""
        return bool(SCHEME.match(self.location))

    @model_validator(mode="after")
    def _check_location(self) -> Self:
        if self.is_remote and not is_fetchable(self.location):
            raise PydanticCustomError(
                "setting_location", "give a path, or an address that begins with http:// or https://"
            )
        return self


class XzufiConnector:
    """Reads XZuFi deliveries."""

    kind: ClassVar[str] = "xzufi"
    settings_model: ClassVar[type[SourceSettings]] = XzufiSettings
    reader_version: ClassVar[int] = 1
    heavy: ClassVar[bool] = True

    def __init__(self, settings: SourceSettings, fetcher: Fetcher) -> None:
        if not isinstance(settings, XzufiSettings):
            raise TypeError(f"{type(settings).__name__} are not the settings of an XZuFi source")
        self._settings = settings
        self._fetcher = fetcher

    def check(self) -> Check:
        """Look whether the delivery is there, and of how many files it is."""
        location = self._settings.location
        try:
            if not self._settings.is_remote:
                files = len(local_files(_local_path(location)))
                return Check(ok=True, code="xzufi_found", params={"path": location, "files": files})
            url = redact(location)
            if is_index(location):
                files = len(set(read_index(location, self._fetcher)))
                return Check(ok=True, code="xzufi_index_found", params={"url": url, "files": files})
            self._fetcher.get(location)
        except RejectDelivery as error:
            # More than a small answer is an answer all the same.
            if error.code != "too_large":
                raise RetryLater(error.code, **error.params) from error
        return Check(ok=True, code="xzufi_reachable", params={"url": url})

    def acquire(self, folder: Path, _assignment: Assignment = NOTHING, /) -> Delivery:
        """Put the delivery's XML files into ``folder``, or point at them where they are."""
        location = self._settings.location
        if self._settings.is_remote:
            return fetch_delivery(location, folder, self._fetcher)
        return open_delivery(_local_path(location), folder)

    def divide(self, part: Part, count: int) -> tuple[Part, ...]:
        """Return sections of a file, cut behind write or delete operations; or the file if it has none."""
        try:
            opening = read_opening(part.path)
            if opening is None or is_object(opening.root.rpartition(":")[2]):
                return (part,)
            borders = find_borders(part.path, count, OPERATIONS)
        except OSError:  # reading it will say so
            return (part,)
        return tuple(
            replace(part, start=start, end=end)
            for start, end in zip((0, *borders), (*borders, None), strict=True)
        )

    def read(self, part: Part) -> Iterator[Record]:
        """Yield the records of one file in its order, then how much of the source it was."""
        try:
            with part.path.open("rb") as file:
                source = XmlSection(file, part.start, part.end)
                stream = XmlStream(source, part.name, is_section=part.is_section)
                version = _version(stream.root, part.name)
                if version not in KNOWN_VERSIONS and not part.start:
                    yield Issue(Severity.NOTICE, "unknown_version", "", version)
                message = MessageReader(stream.root)
                for container, count in stream.batches(message.is_whole):
                    yield from message.read(container, count)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise RejectDelivery("file_unreadable", file=part.name, reason=reason) from error
        if source.position != (part.size if part.end is None else part.end):
            raise RejectDelivery("xzufi_file_changed", file=part.name)
        claim = self._claim(message, part.name)
        if part.is_section:
            yield claim
        else:
            yield from self.conclude([claim])

    def _claim(self, message: MessageReader, file: str) -> Completeness:
        """Return what a file or section says of itself, before anybody knows about the others."""
        is_full = self._settings.delivery == "full"
        if is_full and not message.used:
            raise RejectDelivery("no_records", file=file)
        if not is_full or message.has_deletions:
            scope = "increment"
        elif message.has_writes or self._settings.answers_are_complete:
            scope = "everything"
        else:
            scope = "part"
        return Completeness(scope, created_at=message.created_at, places=message.passed)

    def conclude(self, claims: Sequence[Completeness]) -> Iterator[Issue | Completeness]:
        """Yield how much of the source a file is: any deletion makes it an increment."""
        scopes = {claim.scope for claim in claims}
        created_at = next((claim.created_at for claim in claims if claim.created_at), "")
        if "increment" in scopes:
            if self._settings.delivery == "full":
                yield Issue(Severity.NOTICE, "full_delivery_with_deletions", "")
            yield Completeness("increment", until=created_at, created_at=created_at)
        else:
            yield Completeness("everything" if "everything" in scopes else "part", created_at=created_at)


CONNECTOR = XzufiConnector


def _version(root: str, file: str) -> str:
    """Return the standard's version, which the root's namespace tells. Raise RejectDelivery without it."""
    namespace, _, name = root.rpartition("}")
    found = NAMESPACE.match(namespace[1:])
    if found is None:
        raise RejectDelivery(
            "xzufi_foreign_root", file=file, root=shorten(name), namespace=shorten(namespace[1:]) or "-"
        )
    return f"{found[1]}.{found[2]}"


def _local_path(location: str) -> Path:
    try:
        return Path(location).expanduser()
    except RuntimeError:  # nobody has the home folder that is asked for
        return Path(location)
