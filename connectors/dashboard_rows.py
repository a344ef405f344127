"""One row of the dashboard: strict with keys, tolerant with all the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from catalogue.keys import Ars, KeyFormatError, LeikaKey, OzgId
from catalogue.records import Evidence, Issue, Link, Offering, Service, Severity, Status
from connectors.cellvalues import read_area, read_keys, read_text, remove_contacts, without_mail
from connectors.dashboard_lines import RowLine
from connectors.pvog_links import clean_url
from connectors.tabular import Value, printable

__all__ = ["cells_of", "offering_of", "read_row", "ref_of"]

LONGEST_TITLE: Final = 1_000
LONGEST_URL: Final = 8_000
LONGEST_WORD: Final = 120
#: What the dashboard says by words; anything else is noted and kept as it is.
WORDS: Final[Mapping[str, frozenset[str]]] = {
    "online_status": frozenset({"ok", "nicht ok"}),
    "aktiv": frozenset({"ja", "nein"}),
    "art_flaechendeckung": frozenset(
        {
            "bundesweit flächendeckend",
            "landesweit flächendeckend",
            "kreisweit flächendeckend",
            "in mind. einer Kommune verfügbar",
            "nicht in Auswertung berücksichtigt",
        }
    ),
}


def read_row(fields: object, place: str) -> tuple[RowLine | None, list[Issue]]:
    """Return a row and what is irregular; no row if nobody can tell its service or area.

    ``place`` says where the row stood, for messages.
    """
    given = fields if isinstance(fields, Mapping) else {}
    issues: list[Issue] = []

    def note(kind: str, detail: str) -> None:
        issues.append(Issue(Severity.NOTICE, kind, place, detail))

    try:
        key = str(LeikaKey.parse(given.get("leika_key")))
        area = str(Ars.parse(given.get("ars")))
    except KeyFormatError as error:
        return None, [Issue(Severity.SKIPPED, "dashboard_key_unusable", place, _shown(error.value))]
    ozg_id, spoiled = _ozg_id(given.get("ozgid"))
    if spoiled:
        note("dashboard_ozg_unusable", spoiled)
    raw = _text(given.get("url"), LONGEST_URL)
    url = clean_url(raw) if raw else ""
    if raw and not url:
        note("dashboard_link_unusable", "")
    words = {name: _text(given.get(name), LONGEST_WORD) for name in WORDS}
    for name, word in words.items():
        if word and word not in WORDS[name]:
            note("dashboard_word_unknown", remove_contacts(f"{name}: {word}"))
    official = without_mail(_text(given.get("leika_bezeichnung"), LONGEST_TITLE))
    row = RowLine(
        area=area,
        key=key,
        title=without_mail(_text(given.get("leika_name"), LONGEST_TITLE)) or official,
        official=official,
        ozg_id=ozg_id,
        url=url,
        status=remove_contacts(words["online_status"]),
        active=remove_contacts(words["aktiv"]),
        coverage=remove_contacts(words["art_flaechendeckung"]),
    )
    return row, issues


def _ozg_id(value: object) -> tuple[str, str]:
    """Return the id as text, and what stands there instead if it is none.

    The interface has it as a whole number; one with decimals went through somebody's arithmetic.
    """
    if value in (None, ""):
        return "", ""
    try:
        return str(OzgId.parse(value)), ""
    except KeyFormatError as error:
        return "", _shown(error.value) or type(value).__name__


def cells_of(values: Mapping[str, Value]) -> dict[str, object]:
    """Return the cells of a table like an answer's: keys as text, if they are still whole."""
    keys = read_keys(values.get("leika_key"))
    cells: dict[str, object] = {name: read_text(value) for name, value in values.items()}
    cells["leika_key"] = keys.keys[0] if len(keys.keys) == 1 and not keys.spoiled else cells["leika_key"]
    cells["ars"], _, _ = read_area(values.get("ars"))
    if isinstance(values.get("ozgid"), float):
        cells["ozgid"] = values["ozgid"]
    return cells


def ref_of(row: RowLine) -> str:
    """Return the ref of a row: its area, its service and a hash of its link."""
    return f"{row.area}|{row.key}|{hashlib.blake2b(row.url.encode(), digest_size=6).hexdigest()}"


def offering_of(row: RowLine) -> Offering:
    """Return what a row means; what does not work or is not active is shown, but not as online."""
    online = bool(row.url) and row.status == "ok" and row.active != "nein"
    said = {"dashboard_status": row.status, "dashboard_active": row.active, "dashboard_ozg": row.ozg_id}
    return Offering(
        ref=ref_of(row),
        area=row.area,
        service=Service(ref=row.key, title=row.title, official_title=row.official, keys=(row.key,)),
        status=Status.ONLINE if online else Status.DESCRIBED,
        url=row.url if online else "",
        note=row.coverage,
        links=() if online or not row.url else (Link("online", row.url),),
        evidence=tuple(Evidence(flag, word) for flag, word in said.items() if word),
    )


def _text(value: object, limit: int) -> str:
    if not isinstance(value, str):
        return ""
    return printable(value.encode(errors="replace").decode(), limit)


def _shown(value: object) -> str:
    return remove_contacts(_text(str(value), LONGEST_WORD))
