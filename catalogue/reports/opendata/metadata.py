"""What only the publisher can say about the published data: name, licence, contact, addresses.

Nothing of it has a default that would decide for somebody: without a name, a licence and the address under
which the files will be reached nothing is published.
"""

from __future__ import annotations

from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

__all__ = ["LICENCES", "Ckan", "Contact", "Dcat", "Metadata", "Publication", "Publisher"]

#: Addresses of licences as DCAT-AP.de writes them, by the short names people know.
LICENCES: Final = {
    "dl-de/by-2-0": "http://dcat-ap.de/def/licenses/dl-by-de/2.0",
    "dl-de/zero-2-0": "http://dcat-ap.de/def/licenses/dl-zero-de/2.0",
    "cc-by/4.0": "http://dcat-ap.de/def/licenses/cc-by/4.0",
    "cc-zero": "http://dcat-ap.de/def/licenses/cc-zero",
}
#: Licences that ask for a name have one of these in their address.
_WITH_NAME: Final = ("/dl-by-de/", "/cc-by/", "/cc-by-sa/", "/cc-by-nd/", "/dl-de/by")
_THEMES = "^(AGRI|ECON|EDUC|ENER|ENVI|GOVE|HEAL|INTR|JUST|OP_DATPRO|REGI|SOCI|TECH|TRAN)$"
_FORBIDDEN_IN_ADDRESS = frozenset('<>"{}|\\^` ')


def _web_address(given: str) -> str:
    """Return an address of the web as it is. Raise if it is none, or has a user or a password in it."""
    try:
        parts = urlsplit(given)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        whole = False
    if not whole or not given.isprintable() or _FORBIDDEN_IN_ADDRESS & set(given):
        raise PydanticCustomError("publish_address", "no address of the web")
    return given


def _folder_address(given: str) -> str:
    """Return the address of a folder, which ends with a slash."""
    if "?" in given or "#" in given:
        raise PydanticCustomError("publish_folder_address", "no address of a folder")
    return f"{given.rstrip('/')}/"


def _licence(given: str) -> str:
    """Return the address of a licence that is named by it or by its short name."""
    return LICENCES.get(given.strip().lower()) or _web_address(given)


Line = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
Prose = Annotated[str, Field(min_length=1, max_length=5_000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")]
Address = Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(_web_address)]
FolderAddress = Annotated[Address, AfterValidator(_folder_address)]
Licence = Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(_licence)]
Mail = Annotated[str, Field(max_length=254, pattern=r"^[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\".]+$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_-]{2,80}$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)


class Publication(_Section):
    """What is published, and where it will be reached."""

    base_url: FolderAddress
    title: Line | None = None
    description: Prose | None = None
    homepage: Address | None = None
    tables: Annotated[list[str], Field(min_length=1)] | None = None


class Publisher(_Section):
    """Who publishes: the body, not a person."""

    name: Line
    homepage: Address | None = None
    type: Address | None = None


class Contact(_Section):
    """Who answers questions: a mail address or a page of a unit, not of a person."""

    name: Line | None = None
    email: Mail | None = None
    url: Address | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        # DCAT-AP.de, convention 1: a contact has a mail address or an address of the web.
        if self.email is None and self.url is None:
            raise PydanticCustomError("publish_contact", "neither email nor url")
        return self


class Terms(_Section):
    """Under which licence the data may be used."""

    licence: Licence
    attribution: Line | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        # DCAT-AP.de, convention 35: a licence that asks for a name goes with the text of that name.
        if self.attribution is None and any(part in self.licence for part in _WITH_NAME):
            raise PydanticCustomError("publish_attribution", "no attribution")
        return self


class Dcat(_Section):
    """What DCAT-AP.de asks for beyond that; everything may be left out."""

    contributor_id: Address | None = None
    themes: list[Annotated[str, Field(pattern=_THEMES)]] = ["GOVE"]
    keywords: list[Line] = []
    frequency: Annotated[str, Field(pattern=r"^[A-Z0-9_]{2,30}$")] | None = None
    availability: Annotated[str, Field(pattern=r"^(AVAILABLE|EXPERIMENTAL|STABLE|TEMPORARY)$")] | None = None
    geocoding: list[Address] | None = None
    geocoding_level: list[Address] | None = None


class Ckan(_Section):
    """Where the data sets are kept in a CKAN, and how to get to it."""

    organisation: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{2,100}$")]
    name: Name
    private: bool = False
    upload: bool = True
    licence_id: Line | None = None
    private_network: bool = False
    plain_http: bool = False
    ca_bundle: str | None = None


class Metadata(_Section):
    """Everything that the publisher says; the sections of the file."""

    publication: Publication
    publisher: Publisher
    terms: Terms
    contact: Contact | None = None
    dcat: Dcat = Dcat()
    ckan: Ckan | None = None
