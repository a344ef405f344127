"""What the FIM portal answers: strict with keys, tolerant with all the rest.

A field that is absent or null says nothing, which is not the same as nothing being there: whoever compares
keeps what is known. A field of unknown shape is noted and says nothing either.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from catalogue.keys import KeyFormatError, LeikaKey, OzgId
from catalogue.records import Issue, Severity
from connectors.errors import RejectDelivery
from connectors.tabular import printable

__all__ = ["FimOzg", "FimPage", "FimService", "read_page", "read_service"]

#: A page of 200 entries has some hundred kilobytes; parsed, it takes a multiple of that.
MOST_BYTES: Final = 16 << 20
LONGEST_NAME: Final = 1_000
LONGEST_SHOWN: Final = 120
MOST_RELATED: Final = 50
#: What the portal writes where a service has no name.
NAMELESS: Final = "Kein Titel"
TYPE = re.compile(r"[0-9]{1,2}(/[0-9]{1,2})?[ab]?")
#: Longer lists of types are no list of types; the reference table takes no more.
LONGEST_TYPES: Final = 40


class FimOzg(NamedTuple):
    """The OZG service that a service belongs to; ``theme`` is a code, ``label`` the word for it."""

    id: str
    title: str
    theme: str
    label: str


class FimService(NamedTuple):
    """One service of the catalogue as the portal lists it.

    ``types`` is None where the portal names none. ``ozg`` usually holds one, and nothing where the portal
    names none. ``related`` are the keys that it calls replacements, in whichever direction.
    """

    key: str
    name: str
    types: tuple[str, ...] | None
    ozg: tuple[FimOzg, ...]
    related: tuple[str, ...]
    modified_at: str


class FimPage(NamedTuple):
    """One page of the list; what the portal leaves out is None."""

    items: list[object]
    offset: int | None
    total: int | None


class _Envelope(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    items: list[object]
    offset: int | None = None
    total_count: int | None = None


def read_page(body: bytes, url: str) -> FimPage:
    """Return a page of the list. Raise RejectDelivery if it is none; ``url`` is for the message."""
    if len(body) > MOST_BYTES:
        raise RejectDelivery("fim_too_large", url=url, limit=MOST_BYTES)
    try:
        answer: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RejectDelivery("fim_not_json", url=url) from error
    if isinstance(answer, dict) and "items" not in answer and "detail" in answer:
        said = _text(answer["detail"], LONGEST_SHOWN) or type(answer["detail"]).__name__
        raise RejectDelivery("fim_said", url=url, why=said)
    try:
        page = _Envelope.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "-"
        raise RejectDelivery("fim_shape", url=url, why=f"{place}: {first['type']}") from None
    return FimPage(page.items, page.offset, page.total_count)


def read_service(item: object, number: int) -> tuple[FimService | None, list[Issue]]:
    """Return the service of an entry and what is irregular; ``number`` is its place."""
    fields = item if isinstance(item, dict) else {}
    raw = fields.get("leistungsschluessel")
    try:
        key = str(LeikaKey.parse(raw))
    except KeyFormatError:
        shown = _text(raw, LONGEST_SHOWN) or type(raw).__name__
        return None, [Issue(Severity.SKIPPED, "fim_key_unusable", f"#{number}", shown)]
    issues: list[Issue] = []

    def odd(field: str) -> None:
        issues.append(Issue(Severity.NOTICE, "fim_field_odd", key, field))

    name = _name(fields)
    if not name:
        # A row of the reference needs a name; that the key exists is told by the issue.
        return None, [Issue(Severity.SKIPPED, "fim_nameless", key)]
    types, understood = _types(fields.get("typisierung"))
    if not understood:
        odd("typisierung")
    ozg = []
    for entry in _several(fields.get("ozg")):
        found = _ozg(entry)
        if found is None:
            odd("ozg")
        else:
            ozg.append(found)
    related = tuple(dict.fromkeys(_keys(fields.get("replacements"))))[:MOST_RELATED]
    changed = _text(fields.get("geaendert_datum_zeit"), LONGEST_SHOWN)
    return FimService(key, name, types, tuple(ozg), related, changed), issues


def _name(fields: dict[object, object]) -> str:
    """Return the official name, else the citizens' one; the title is one of them, or says no."""
    for field in ("leistungsbezeichnung", "leistungsbezeichnung_2", "title"):
        # A file of names is opened by spreadsheets, which take such a beginning for a formula.
        name = _text(fields.get(field), LONGEST_NAME).lstrip("=+-@ ")
        if name and (field != "title" or name != NAMELESS):
            return name
    return ""


def _types(value: object) -> tuple[tuple[str, ...] | None, bool]:
    """Return the types (``2/3``, ``4b``), None for none, and whether all was understood."""
    found: list[str] = []
    for entry in _several(value):
        pieces = re.split(r"[;,|\s]+", entry.strip()) if isinstance(entry, str) else [""]
        if not all(TYPE.fullmatch(piece) for piece in pieces):
            return None, False
        found += pieces
    types = tuple(dict.fromkeys(found))
    if len("|".join(types)) > LONGEST_TYPES:
        return None, False
    return types or None, True


def _ozg(entry: object) -> FimOzg | None:
    if not isinstance(entry, dict):
        return None
    try:
        ozg_id = str(OzgId.parse(entry.get("id")))
    except KeyFormatError:
        return None
    title, theme, label = (
        _text(entry.get(field), LONGEST_NAME) for field in ("leistung", "themenfeld", "themenfeld_label")
    )
    return FimOzg(ozg_id, title, theme, label)


def _keys(value: object) -> Iterator[str]:
    """Yield the keys among replacements: pairs of key and title, objects, or bare keys."""
    for entry in _several(value):
        first = entry
        if isinstance(entry, list) and entry:
            first = entry[0]
        elif isinstance(entry, dict):
            first = entry.get("leistungsschluessel")
        try:
            yield str(LeikaKey.parse(first))
        except KeyFormatError:
            continue


def _several(value: object) -> Iterable[object]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def _text(value: object, limit: int) -> str:
    """Return text on one line in its composed form; anything else is empty."""
    if not isinstance(value, str):
        return ""
    plain = printable(value.encode(errors="replace").decode(), limit)
    return unicodedata.normalize("NFC", plain)
