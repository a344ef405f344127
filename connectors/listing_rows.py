"""One row of a list turned into one offering, or into the reason why not."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from catalogue.records import Issue, Offering, Service, Severity, Status
from connectors.cellvalues import (
    Keys,
    read_area,
    read_keys,
    read_text,
    read_url,
    remove_contacts,
    without_mail,
)
from connectors.tabular import Row, Unreadable, Value

__all__ = ["OPERATORS", "Meanings", "RowReader", "fold", "shorten"]

MAX_TITLE = 1_000
MAX_URL = 4_000
MAX_NOTE = 2_000
MAX_NAME = 300
MAX_REF = 200
MAX_DETAIL = 80
MAX_KEYS = 50
#: Fields that decide what a row says: a row in which one of them cannot be read says nothing.
DECISIVE = ("area", "status", "found", "url")
OPERATORS = {
    "own": "own",
    "eigen": "own",
    "kreis": "kreis",
    "land": "land",
    "bund": "bund",
    "efa": "efa",
    "shared": "shared",
    "gemeinsam": "shared",
}
KEY_PREFIX = re.compile(r"urn:de:fim:leika:leistung:", re.IGNORECASE)
KEY_MARKS = re.compile(r"[\s.]+")


@dataclass(frozen=True)
class Meanings:
    """What the words in the cells mean; all words are case-folded."""

    status: Mapping[str, Status]
    found: frozenset[str]
    not_found: frozenset[str]
    asked_means_absent: bool = True


class _Skip(Exception):
    """The row cannot be used; the arguments are the issue's kind and detail."""


class _ServiceInArea(NamedTuple):
    """Which service of which area a row is about."""

    ref: str
    area: str
    keys: tuple[str, ...]
    title: str


class _Evidence(NamedTuple):
    """What the cells of a row say about its status before they are weighed."""

    url: str
    url_unusable: bool
    found: bool | None
    says_nothing_else: bool  # there is a column for the status, but its cell is empty


@dataclass
class _Notes:
    """Collects what is irregular about one row."""

    row: int
    issues: list[Issue] = field(default_factory=list)

    def notice(self, kind: str, detail: str = "") -> None:
        self.issues.append(Issue(Severity.NOTICE, kind, str(self.row), shorten(detail)))


class RowReader:
    """Turns rows into offerings, by the words and constants of one list."""

    def __init__(self, meanings: Meanings, constants: Mapping[str, str]) -> None:
        self._meanings = meanings
        self._constants = dict(constants)

    def read(self, row: Row) -> tuple[Offering | None, list[Issue]]:
        """Return the offering of a row, if it has one, and what is irregular about it."""
        notes = _Notes(row.number)
        try:
            offering = self._offering(row, notes)
        except _Skip as skip:
            kind, detail = skip.args
            return None, [Issue(Severity.SKIPPED, kind, str(row.number), shorten(detail))]
        return offering, notes.issues

    def read_ref(self, row: Row) -> str:
        """Return the ref that the offering of a row would have; empty if it cannot have one."""
        try:
            return self._service(self._cells(row), _Notes(row.number)).ref
        except _Skip:
            return ""

    def _offering(self, row: Row, notes: _Notes) -> Offering | None:
        if row.shape == "long":
            raise _Skip("row_long", "")
        if row.shape == "short":
            notes.notice("row_short")
        cells = self._cells(row)
        _check_readable(cells, notes)
        ref, area, keys, title = self._service(cells, notes)
        evidence = self._evidence(cells)
        status = self._status(read_text(cells.get("status")), evidence, notes)
        if status is None:
            return None
        return Offering(
            ref=ref,
            area=area,
            service=Service(ref=_service_ref(keys, title), title=title, keys=keys),
            status=status,
            url=evidence.url,
            unit=_free_text(cells.get("unit"), MAX_NAME, notes),
            operator=_operator(read_text(cells.get("operator")), notes),
            observed_at=without_mail(read_text(cells.get("observed_at"))[:MAX_NAME]),
            note=_free_text(cells.get("note"), MAX_NOTE, notes),
        )

    def _cells(self, row: Row) -> dict[str, Value]:
        return {**self._constants, **row.values}

    def _service(self, cells: Mapping[str, Value], notes: _Notes) -> _ServiceInArea:
        area = _area(cells.get("area"), notes)
        title = _title(cells.get("title"), notes)
        keys = _keys(cells.get("key"), notes, has_title=bool(title))
        if not keys and not title:
            raise _Skip("row_without_service", "")
        ref = _ref(read_text(cells.get("id")), area, keys, title)
        return _ServiceInArea(ref, area, keys, title)

    def _evidence(self, cells: Mapping[str, Value]) -> _Evidence:
        url, url_unusable = read_url(cells.get("url"))
        if len(url) > MAX_URL:
            url, url_unusable = "", True
        found = self._found(cells)
        silent = found is None and ("found" in cells or "status" in cells)
        return _Evidence(url, url_unusable, found, silent)

    def _found(self, cells: Mapping[str, Value]) -> bool | None:
        word = fold(read_text(cells.get("found")))
        if word in self._meanings.not_found:
            return False
        if word in self._meanings.found:
            return True
        if word:
            raise _Skip("row_found_unknown", _word(word))
        return None

    def _status(self, word: str, row: _Evidence, notes: _Notes) -> Status | None:
        """Return the status of a row; None if it says nothing by the configuration."""
        status = self._stated_status(word)
        if status is None and row.found is False:
            if row.url:
                notes.notice("found_contradicts_url")
            return Status.ABSENT if self._meanings.asked_means_absent else None
        if row.url_unusable:
            if status is None:
                raise _Skip("url_unusable", "")
            notes.notice("url_unusable")
        if status is not None:
            return status
        if row.url:
            return Status.ONLINE
        if row.says_nothing_else:
            raise _Skip("row_without_status", "")
        return Status.DESCRIBED

    def _stated_status(self, word: str) -> Status | None:
        if not word:
            return None
        try:
            return self._meanings.status[fold(word)]
        except KeyError:
            raise _Skip("row_status_unknown", _word(word)) from None


def fold(text: str) -> str:
    """Return a text as it is compared: NFKC, single blanks, no case."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def shorten(text: str) -> str:
    """Return a text short enough for an issue."""
    return text if len(text) <= MAX_DETAIL else f"{text[: MAX_DETAIL - 1]}…"


def _word(text: str) -> str:
    """Return a word that nobody expected, without contact data: it will be shown."""
    return remove_contacts(text[: 4 * MAX_DETAIL])


def _check_readable(cells: dict[str, Value], notes: _Notes) -> None:
    for name, value in cells.items():
        if not isinstance(value, Unreadable):
            continue
        if name in DECISIVE:
            raise _Skip("cell_unreadable", f"{name}: {value.value}")
        notes.notice("cell_unreadable", f"{name}: {value.value}")


def _area(value: Value, notes: _Notes) -> str:
    area, repaired, spoiled = read_area(value)
    if spoiled:
        raise _Skip("area_spoiled", area)
    if not area:
        raise _Skip("row_without_area", "")
    if repaired:
        notes.notice("area_repaired", area)
    return area[:MAX_NAME]


def _title(value: Value, notes: _Notes) -> str:
    # No phone numbers are looked for: titles hold paragraphs and years, and make the row's ref.
    return _clean_text(value, MAX_TITLE, without_mail, notes)


def _keys(value: Value, notes: _Notes, *, has_title: bool) -> tuple[str, ...]:
    found = read_keys(value)
    if found.spoiled and not found.keys and not has_title:
        raise _Skip("key_spoiled", found.spoiled[0])
    _note_keys(found, notes)
    return tuple(key[:MAX_NAME] for key in found.keys[:MAX_KEYS])


def _note_keys(found: Keys, notes: _Notes) -> None:
    for key in found.spoiled[:1]:
        notes.notice("key_spoiled", key)
    for key in found.repaired[:1]:
        notes.notice("key_repaired", key)
    for word in found.unusable[:1]:
        notes.notice("key_unusable", _word(word))
    if len(found.keys) > MAX_KEYS:
        notes.notice("text_shortened")


def _operator(word: str, notes: _Notes) -> str:
    operator = OPERATORS.get(fold(word), "")
    if word and not operator:
        notes.notice("operator_unknown", _word(word))
    return operator


def _free_text(value: Value, length: int, notes: _Notes) -> str:
    return _clean_text(value, length, remove_contacts, notes)


def _clean_text(value: Value, length: int, clean: Callable[[str], str], notes: _Notes) -> str:
    text = read_text(value)
    if not text:
        return ""
    kept = text[: 4 * length].rstrip()
    plain = clean(kept)
    if plain != kept:
        notes.notice("personal_data_removed")
    if len(text) > len(kept) or len(plain) > length:
        notes.notice("text_shortened")
    return plain[:length]


def _ref(identifier: str, area: str, keys: tuple[str, ...], title: str) -> str:
    """Return what the row is called tomorrow too, in whatever order and with whatever status."""
    if identifier:
        return _bounded(identifier)
    return _bounded(f"{_plain_area(area)}|{_plain_keys(keys) or fold(title)}")


def _service_ref(keys: tuple[str, ...], title: str) -> str:
    return _bounded("|".join(filter(None, (_plain_keys(keys), fold(title)))))


def _plain_keys(keys: tuple[str, ...]) -> str:
    plain = {KEY_MARKS.sub("", KEY_PREFIX.sub("", key)) for key in keys}
    return "+".join(sorted(plain))


def _plain_area(area: str) -> str:
    """Return an area with the leading zero it lost, so that the row keeps its ref with and without."""
    if area.isascii() and area.isdigit() and len(area) in {7, 11}:
        return area.zfill(len(area) + 1)
    return fold(area)


def _bounded(ref: str) -> str:
    if len(ref) <= MAX_REF:
        return ref
    digest = hashlib.blake2b(ref.encode(), digest_size=8).hexdigest()
    return f"{ref[: MAX_REF - 17]}~{digest}"
