"""Good deliveries of every kind of source, for the contract suite. A new kind adds its specimens here."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from functools import cache

import openpyxl

from connectors.listing import ListConnector
from connectors.xzufi import XzufiConnector
from tests.connectors.bereitstelldienst_specimens import BEREITSTELLDIENST
from tests.connectors.dashboard_specimens import DASHBOARD
from tests.connectors.portal_specimens import PORTALS
from tests.connectors.pvog_specimens import PVOG
from tests.connectors.site_specimens import SITE
from tests.connectors.specimens import PERSONAL, Specimen

__all__ = ["SPECIMENS"]

NAME, MAIL, PHONE = PERSONAL
HEADERS = ("Gemeinde", "LeiKa", "Leistung", "Adresse", "Hinweis", "Kontakt", "Telefon")
LIST_SETTINGS = {
    "columns": {
        "area": "Gemeinde",
        "key": "LeiKa",
        "title": "Leistung",
        "url": "Adresse",
        "note": "Hinweis",
    },
    "complete": True,
}

XZUFI = "http://xoev.de/schemata/xzufi/2_2_0"
HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<x:transfer xmlns:x="{XZUFI}" xzufiVersion="2.2.0">
  <x:nachrichtenkopf><x:erstelltDatumZeit>2026-01-06T02:30:00Z</x:erstelltDatumZeit></x:nachrichtenkopf>
  <x:schreibe><x:organisationseinheit>
    <x:id schemeAgencyID="L1">E1</x:id>
    <x:name><x:name languageCode="de">Bürgerbüro</x:name></x:name>
    <x:kommunikation><x:kanal><code>01</code></x:kanal><x:kennung>{PHONE}</x:kennung></x:kommunikation>
    <x:kommunikation><x:kanal><code>02</code></x:kanal><x:kennung>{MAIL}</x:kennung></x:kommunikation>
    <x:kontaktperson><x:vorname>Erika</x:vorname><x:familienname>{NAME}</x:familienname></x:kontaktperson>
  </x:organisationseinheit></x:schreibe>
"""
SERVICE = """  <x:schreibe><x:leistung>
    <x:id schemeAgencyID="L1" schemeID="Leistung">{number}</x:id>
    <x:referenzLeiKa><code>99{number:012d}</code></x:referenzLeiKa>
    <x:modulText><x:leikaTextmodul><code>03</code></x:leikaTextmodul>
      <x:inhalt languageCode="de">Leistung Nummer {number}</x:inhalt></x:modulText>
    <x:modulText><x:leikaTextmodul><code>06</code></x:leikaTextmodul>
      <x:inhalt languageCode="de">Fragen Sie {person}.</x:inhalt></x:modulText>
  </x:leistung></x:schreibe>
"""


def _rows(count: int) -> list[tuple[str, ...]]:
    contact = f"Auskunft: {MAIL}, Tel. {PHONE}"
    return [
        ("055620032032", f"99{number:012d}", f"Leistung Nummer {number}",
         f"https://stadt.example/{number}", contact, NAME, PHONE)
        for number in range(1, count + 1)
    ]  # fmt: skip


def _csv(count: int) -> dict[str, bytes]:
    lines = [";".join(row) for row in (HEADERS, *_rows(count))]
    return {"/liste.csv": "\r\n".join([*lines, ""]).encode()}


@cache
def _xlsx(count: int) -> dict[str, bytes]:
    # Made once for all: a workbook holds the time at which it was made.
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("Liste")
    for row in (HEADERS, *_rows(count)):
        sheet.append(row)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return {"/liste.xlsx": buffer.getvalue()}


def _message(numbers: range) -> bytes:
    person = f"{NAME}, {MAIL}, {PHONE}"
    services = (SERVICE.format(number=number, person=person) for number in numbers)
    return (HEAD + "".join(services) + "</x:transfer>\n").encode()


def _xml(count: int) -> dict[str, bytes]:
    return {"/feed.xml": _message(range(1, count + 1))}


def _folder(count: int) -> dict[str, bytes]:
    half = count // 2
    return {
        "/feed/index.txt": b"1.xml\r\n2.xml\r\n",
        "/feed/1.xml": _message(range(1, half + 1)),
        "/feed/2.xml": _message(range(half + 1, count + 1)),
    }


def _zip(count: int) -> dict[str, bytes]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in _folder(count).items():
            # One date for all, so that the same delivery is the same archive.
            archive.writestr(zipfile.ZipInfo(path.removeprefix("/feed/"), (2026, 1, 6, 2, 30, 0)), content)
    return {"/feed.zip": buffer.getvalue()}


def _gz(count: int) -> dict[str, bytes]:
    return {"/feed.xml.gz": gzip.compress(_xml(count)["/feed.xml"], mtime=0)}


def _xzufi(name: str, make: Callable[[int], dict[str, bytes]], entry: str, *spared: str) -> Specimen:
    return Specimen(name, XzufiConnector, {}, make, entry, spared=spared)


SPECIMENS: tuple[Specimen, ...] = (
    Specimen("list_csv", ListConnector, LIST_SETTINGS, _csv, "/liste.csv", has_end=False, large=10_000),
    Specimen("list_xlsx", ListConnector, LIST_SETTINGS, _xlsx, "/liste.xlsx", large=2_000),
    _xzufi("xzufi_file", _xml, "/feed.xml"),
    _xzufi("xzufi_zip", _zip, "/feed.zip"),
    _xzufi("xzufi_gz", _gz, "/feed.xml.gz"),
    _xzufi("xzufi_folder", _folder, "/feed/", "/feed/index.txt"),
    *BEREITSTELLDIENST,
    *PVOG,
    *DASHBOARD,
    *PORTALS,
    *SITE,
)
