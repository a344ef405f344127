"""The tables ``[[notify]]`` of a region file: who is told what, and how."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from catalogue.keys import KeyFormatError, parse_area_key
from connectors.credentials import VARIABLE_NAME
from connectors.hosts import HostPattern
from connectors.urls import is_fetchable
from sync.region_errors import Lines, RegionError, shown

__all__ = ["DAYS", "Level", "NotifySettings", "Role", "contradictions"]

Level = Literal["error", "change", "digest"]
Role = Literal["coordinator", "operator", "officer"]
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MEBIBYTE: Final = 1_048_576
_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
#: What only one kind of table can have, besides what every table has.
_OF_EMAIL: Final = (
    "to",
    "sender",
    "host",
    "port",
    "security",
    "allow_plain",
    "user",
    "password_env",
    "password_file",
)
_OF_WEBHOOK: Final = (
    "url",
    "url_env",
    "url_file",
    "secret_env",
    "secret_file",
    "allow_private",
    "allowed_hosts",
)


def _mail_address(given: str) -> str:
    """Return a mail address as it is. Raise PydanticCustomError unless it is nothing but that."""
    if not _ADDRESS.fullmatch(given):
        raise PydanticCustomError("notify_address", "a bare mail address, without a name")
    return given


#: One mail address without a name; its domain in the letters of the name system.
MailAddress = Annotated[str, AfterValidator(_mail_address)]


class NotifySettings(BaseModel):
    """One table ``[[notify]]``: a channel to some people, what they want to know, and how it gets there."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    #: Settings that may name a file, meant from the region file.
    local_files: ClassVar[tuple[str, ...]] = ("ca_bundle", "password_file", "secret_file", "url_file")

    id: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$",
        description="Short name: lower-case letters, digits, - and _.",
    )
    kind: Literal["email", "webhook"] = Field(description="How it is sent.")
    levels: tuple[Level, ...] = Field(
        default=("error",), min_length=1, description="What is told: error, change, digest."
    )
    role: Role = Field(
        default="coordinator", description="For whom the text is written: coordinator, operator, officer."
    )
    sources: tuple[str, ...] = Field(
        default=(), description="Ids of the sources whose troubles are told; all if empty."
    )
    areas: tuple[str, ...] = Field(
        default=(), description="Keys (ARS or AGS) of the areas it is about; the whole region if empty."
    )
    language: Literal["de", "en"] = Field(default="de", description="Language of the text.")
    repeat_after: int = Field(
        default=7, ge=1, le=365, description="Nights after which a trouble that lasts is told again."
    )
    digest_day: Day = Field(default="monday", description="Day from which on the week's digest is due.")
    workbook_limit: int = Field(
        default=10 * MEBIBYTE,
        ge=0,
        le=50 * MEBIBYTE,
        description="Largest workbook that is attached (bytes); of a larger one is said where it is.",
    )
    workbook_place: str = Field(
        default="", max_length=500, description="Where the exported workbooks are: a folder or an address."
    )
    timeout: int = Field(default=60, ge=1, le=600, description="Seconds that sending one notice may take.")
    ca_bundle: str = Field(
        default="", description="PEM file of the certificate authorities to trust instead of the public ones."
    )

    to: tuple[MailAddress, ...] = Field(default=(), max_length=50, description="Mail addresses to send to.")
    sender: MailAddress | Literal[""] = Field(default="", description="Mail address to send from.")
    host: HostPattern | Literal[""] = Field(default="", description="Mail server (SMTP).")
    port: int = Field(default=0, ge=0, le=65_535, description="Its port; 0: 587, 465 or 25 by security.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="Encryption: starttls, tls from the start, or none."
    )
    allow_plain: bool = Field(
        default=False, description="Allow sending without encryption to other machines than this one."
    )
    user: str = Field(default="", max_length=320, description="Name to log in with; empty: no login.")
    password_env: str = Field(
        default="", pattern=f"{VARIABLE_NAME}|^$", description="Environment variable with the password."
    )
    password_file: str = Field(default="", description="File with the password.")

    url: str = Field(default="", description="Address to send to (https://), if it is no secret.")
    url_env: str = Field(
        default="", pattern=f"{VARIABLE_NAME}|^$", description="Environment variable with the address."
    )
    url_file: str = Field(default="", description="File with the address.")
    secret_env: str = Field(
        default="",
        pattern=f"{VARIABLE_NAME}|^$",
        description="Environment variable with the secret that messages are signed with.",
    )
    secret_file: str = Field(default="", description="File with that secret.")
    allow_private: bool = Field(
        default=False, description="Allow addresses in private networks and on this machine, also http://."
    )
    allowed_hosts: tuple[HostPattern, ...] = Field(
        default=(), description="The only hosts that may be sent to; any public host if empty."
    )

    @field_validator("levels")
    @classmethod
    def _each_once(cls, levels: tuple[Level, ...]) -> tuple[Level, ...]:
        return tuple(dict.fromkeys(levels))

    @field_validator("areas")
    @classmethod
    def _check_areas(cls, areas: tuple[str, ...]) -> tuple[str, ...]:
        for given in areas:
            try:
                parse_area_key(given)
            except KeyFormatError:
                raise PydanticCustomError(
                    "area_key_format", "no key of an area", {"given": given[:60]}
                ) from None
        return tuple(dict.fromkeys(areas))

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        own, other = (_OF_EMAIL, _OF_WEBHOOK) if self.kind == "email" else (_OF_WEBHOOK, _OF_EMAIL)
        for name in other:
            if name in self.model_fields_set:
                raise PydanticCustomError(
                    "notify_other_kind", "{name} means nothing here", {"name": name, "known": ", ".join(own)}
                )
        if self.kind == "email":
            self._check_email()
        else:
            self._check_webhook()
        return self

    def _check_email(self) -> None:
        for name in ("to", "sender", "host"):
            if not getattr(self, name):
                raise PydanticCustomError("notify_needs", "{name} is missing", {"name": name})
        if self.host.startswith("*."):
            raise PydanticCustomError("notify_one_host", "one host")
        self._one_of("password_env", "password_file")
        if bool(self.user) != bool(self.password_env or self.password_file):
            raise PydanticCustomError("notify_login", "user and password belong together")

    def _check_webhook(self) -> None:
        self._one_of("url", "url_env", "url_file")
        self._one_of("secret_env", "secret_file")
        if not (self.url or self.url_env or self.url_file):
            raise PydanticCustomError("notify_needs", "{name} is missing", {"name": "url"})
        if self.url:
            self.require_safe(self.url)

    def _one_of(self, *names: str) -> None:
        if sum(bool(getattr(self, name)) for name in names) > 1:
            raise PydanticCustomError(
                "setting_one_of", "give only one of {names}", {"names": ", ".join(names)}
            )

    def require_safe(self, url: str) -> None:
        """Raise PydanticCustomError unless a webhook's address can be sent to."""
        if not is_fetchable(url) or "@" in url:
            raise PydanticCustomError("setting_safe_address", "an https:// address without a password")
        if not self.allow_private and not url.startswith("https://"):
            raise PydanticCustomError("notify_unencrypted", "http:// only with allow_private")

    @property
    def smtp_port(self) -> int:
        """Return the port of the mail server."""
        return self.port or _PORTS[self.security]

    @property
    def digest_weekday(self) -> int:
        """Return the day of the digest as ``date.weekday`` counts it."""
        return DAYS.index(self.digest_day)


def contradictions(
    tables: Sequence[NotifySettings], sources: Sequence[str], lines: Lines
) -> Iterator[RegionError]:
    """Yield what no table can know of itself: an id that is taken, a source that is not there."""
    taken: set[str] = set()
    for number, one in enumerate(tables):
        if one.id in taken:
            line = lines.of(f"notify.{number}.id")
            yield RegionError(line, "id", "notify_twice", {"id": one.id})
        taken.add(one.id)
        for source in one.sources:
            if source not in sources:
                line = lines.of(f"notify.{number}.sources") or lines.of(f"notify.{number}")
                known = ", ".join(sources) or "–"
                yield RegionError(line, "sources", "source_unknown", {"given": shown(source), "known": known})
