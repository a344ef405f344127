"""The settings of a list: where it is, what its columns mean, and how much of it to believe."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from catalogue.records import Status
from connectors.cellvalues import read_area, read_keys
from connectors.contract import SourceSettings
from connectors.delimited import DELIMITERS, ENCODINGS
from connectors.listing_rows import OPERATORS, Meanings, fold
from connectors.tabular import TableOptions
from connectors.urls import is_fetchable

__all__ = ["ListField", "ListSettings"]

ListField = Literal[
    "area",
    "key",
    "title",
    "url",
    "unit",
    "operator",
    "status",
    "found",
    "observed_at",
    "note",
    "id",
]
StatusWord = Literal["online", "form", "described", "absent"]

#: What a status column may say without being told; a list's own words are added to these.
STATUS_WORDS: dict[str, StatusWord] = {
    "online": "online",
    "formular": "form",
    "form": "form",
    "beschrieben": "described",
    "beschreibung": "described",
    "described": "described",
    "nicht vorhanden": "absent",
    "fehlt": "absent",
    "absent": "absent",
}
FOUND_WORDS = ("true", "ja", "1", "x", "wahr", "yes", "j", "y")
NOT_FOUND_WORDS = ("false", "nein", "0", "falsch", "no", "n")
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


class ListSettings(SourceSettings):
    """What the region file says about a list."""

    default_silence: ClassVar[Literal["absence", "nothing"]] = "nothing"

    location: str = Field(
        min_length=1,
        description="Path of a .csv, .tsv, .txt or .xlsx file, or an http(s) address.",
    )
    columns: dict[ListField, str] = Field(
        default={},
        description="Our field -> header of the column in the file.",
    )
    constants: dict[ListField, str] = Field(
        default={},
        description="Our field -> a value that holds for every row.",
    )
    encoding: str = Field(
        default="auto",
        description="Encoding of a text file; auto tells UTF-8, UTF-16 and Windows-1252 apart.",
    )
    delimiter: str = Field(
        default="auto",
        description="Character between cells of a text file: auto, a comma, ;, | or tab.",
    )
    sheet: str = Field(default="", description="Sheet of a workbook; the first visible one if empty.")
    header_row: int = Field(
        default=1, ge=1, le=10_000, description="Number of the row that holds the headers."
    )
    status_values: dict[str, StatusWord] = Field(
        default={},
        description="Word in the status column -> online, form, described or absent.",
    )
    found_values: tuple[str, ...] = Field(
        default=FOUND_WORDS, description="Words in the found column that mean: found."
    )
    not_found_values: tuple[str, ...] = Field(
        default=NOT_FOUND_WORDS,
        description="Words in the found column that mean: asked and not found.",
    )
    asked_means_absent: bool = Field(
        default=True,
        description="Rows that were asked and not found prove absence; otherwise they are left out.",
    )
    complete: bool = Field(
        default=False,
        description="The file is everything the source knows; otherwise it is a part.",
    )
    max_rows: int = Field(default=5_000_000, ge=1, description="A file with more rows is rejected.")
    max_bytes: int = Field(default=1 << 30, ge=1, description="A larger file is rejected.")
    max_unpacked: int = Field(
        default=256 << 20,
        ge=1,
        description="A workbook that is larger than this when unpacked is rejected.",
    )

    @property
    def is_remote(self) -> bool:
        """Tell whether the list is fetched from an address."""
        return SCHEME.match(self.location) is not None

    def headers(self) -> dict[str, str]:
        """Return the header of the column that holds each field."""
        return dict(self.columns.items())

    def fixed_values(self) -> dict[str, str]:
        """Return the fields that have the same value in every row."""
        return dict(self.constants.items())

    def table_options(self) -> TableOptions:
        """Return how to read the file."""
        return TableOptions(
            encoding=self.encoding,
            delimiter=self.delimiter,
            sheet=self.sheet,
            header_row=self.header_row,
            max_unpacked=self.max_unpacked,
        )

    def meanings(self) -> Meanings:
        """Return what the words in the cells mean."""
        words = {**STATUS_WORDS, **self.status_values}
        return Meanings(
            status={fold(word): Status(status) for word, status in words.items()},
            found=_folded(self.found_values),
            not_found=_folded(self.not_found_values),
            asked_means_absent=self.asked_means_absent,
        )

    @field_validator("location")
    @classmethod
    def _check_scheme(cls, location: str) -> str:
        if SCHEME.match(location) and not is_fetchable(location):
            raise PydanticCustomError(
                "setting_location", "give a path, or an address that begins with http:// or https://"
            )
        return location

    @field_validator("encoding")
    @classmethod
    def _check_encoding(cls, encoding: str) -> str:
        if encoding == "auto":
            return encoding
        try:
            known = codecs.lookup(encoding).name in ENCODINGS
        except (LookupError, ValueError):
            known = False
        if not known:
            raise PydanticCustomError(
                "setting_encoding", "use auto or one of {known}", {"known": ", ".join(sorted(ENCODINGS))}
            )
        return encoding

    @field_validator("delimiter", mode="before")
    @classmethod
    def _check_delimiter(cls, delimiter: object) -> object:
        # A tab would be stripped like any white space, so it is recognised first.
        if delimiter == "\t":
            return "tab"
        if isinstance(delimiter, str) and delimiter.strip() not in {"auto", *DELIMITERS}:
            raise PydanticCustomError("setting_delimiter", "use auto, a comma, ;, | or tab")
        return delimiter

    @field_validator("columns", "constants")
    @classmethod
    def _check_filled(cls, mapping: dict[ListField, str]) -> dict[ListField, str]:
        for field, text in mapping.items():
            if not text:
                raise PydanticCustomError(
                    "setting_blank", "{name} is empty; leave it out or give it a value", {"name": field}
                )
        return mapping

    @model_validator(mode="after")
    def _check_mapping(self) -> Self:
        both = sorted(self.columns.keys() & self.constants.keys())
        if both:
            raise PydanticCustomError(
                "setting_twice", "{name} is in columns and in constants; keep one of them", {"name": both[0]}
            )
        given = self.columns.keys() | self.constants.keys()
        if "area" not in given:
            raise PydanticCustomError(
                "setting_no_area",
                "no area: name its column (columns.area), or the one area that the list is about "
                "(constants.area)",
            )
        if not given & {"key", "title"}:
            raise PydanticCustomError(
                "setting_no_service", "no service: name the column of the LeiKa key or of the title"
            )
        return self

    @model_validator(mode="after")
    def _check_words(self) -> Self:
        clash = sorted(_folded(self.found_values) & _folded(self.not_found_values))
        if clash:
            raise PydanticCustomError(
                "setting_found_clash",
                "'{value}' is in found_values and in not_found_values",
                {"value": clash[0]},
            )
        return self

    @model_validator(mode="after")
    def _check_constants(self) -> Self:
        meanings = self.meanings()
        for field, text in self.constants.items():
            if not _is_sensible(field, text, meanings):
                raise PydanticCustomError(
                    "setting_constant", "'{value}' is not a value for {name}", {"value": text, "name": field}
                )
        return self


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(word) for word in words)


def _is_sensible(field: ListField, text: str, meanings: Meanings) -> bool:
    if field == "area":
        return not read_area(text)[2]
    if field == "key":
        keys = read_keys(text)
        return bool(keys.keys) and not keys.spoiled
    if field == "status":
        return fold(text) in meanings.status
    if field == "found":
        return fold(text) in meanings.found | meanings.not_found
    if field == "operator":
        return fold(text) in OPERATORS
    # An id that all rows share would make them one.
    return field != "id"
