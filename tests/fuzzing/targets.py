"""What is fuzzed: for each reader a function of bytes, inputs to begin with, and words of its language.

A reader may refuse an input by its named errors. Everything else that it raises is a fault, and so is a
stream of records that does not say at its end how complete it was.
"""

from __future__ import annotations

import io
import itertools
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from catalogue.records import Completeness, Record
from connectors.errors import ConnectorError
from connectors.fetch import Fetcher
from connectors.html.page import read_page
from connectors.listing import ListConnector
from connectors.listing_settings import ListSettings
from sync.region import RegionFileError, read_region
from tests.connectors.html.reading import PAGE, rules
from tests.connectors.workbooks import SHEET, STRINGS, make_workbook
from tests.connectors.xzufi_reading import connector, part_of

__all__ = ["FOUND", "TARGETS", "Target"]

SAMPLES = Path(__file__).parents[1] / "samples"
#: Inputs that fuzzing found, one folder for each target; each is read again by every run of the tests.
FOUND: Final = SAMPLES / "fuzzing"
#: More records than this are as good as many more, and would only slow fuzzing down.
MOST_RECORDS = 5_000
KEEP = "-_"


@dataclass(frozen=True)
class Target:
    """One reader: ``run`` reads an input and raises what is a fault, ``seeds`` are inputs to begin with."""

    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    words: tuple[str, ...]  # of the input's language, to be put in anywhere


def read_xzufi(content: bytes) -> None:
    """Read bytes as a file of a XZuFi delivery."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed.xml"
        path.write_bytes(content)
        _drain(lambda: connector().read(part_of(path)))


def read_html(content: bytes) -> None:
    """Read bytes as a page of a city's site; no page may be refused."""
    read_page(content, PAGE, None, rules())


def read_list(content: bytes) -> None:
    """Read bytes as a list: CSV, or the sheet or the texts of a workbook, as the first byte says."""
    kind, body = content[:1], content[1:]
    parts = {b"S": SHEET, b"T": STRINGS}
    suffix = ".xlsx" if kind in {b"S", b"T", b"Z"} else ".csv"
    packed = _workbook(parts[kind], body) if kind in parts else body
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"list{suffix}"
        path.write_bytes(packed)
        settings = {"id": "liste", "type": "list", "location": str(path), "columns": _COLUMNS}
        source = ListConnector(ListSettings.model_validate(settings), Fetcher())

        def records() -> Iterable[Record]:
            delivery = source.acquire(Path(folder) / "work")
            return itertools.chain.from_iterable(source.read(part) for part in delivery.parts)

        (Path(folder) / "work").mkdir()
        _drain(records)


def read_region_file(content: bytes) -> None:
    """Read bytes as a region file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "region.toml"
        path.write_bytes(content)
        try:
            read_region(path)
        except RegionFileError as refused:
            if not refused.errors:
                raise AssertionError("refused without a reason") from refused


def _drain(read: Callable[[], Iterable[Record]]) -> None:
    last: Record | None = None
    try:
        for number, record in enumerate(read()):
            last = record
            if number > MOST_RECORDS:
                return
    except ConnectorError:
        return
    if not isinstance(last, Completeness):
        raise AssertionError("read to its end without a word about completeness")  # noqa: TRY004


_COLUMNS = {"area": "ars", "key": "leika", "title": "name", "url": "link", "status": "status"}
_ROWS = (
    ("ars", "leika", "name", "link", "status"),
    ("055120000000", "99102013104000", "Reisepass", "https://stadt.example/pass", "online"),
    ("055620014014", "99001001009000", "Sperrmüll", "", "Formular"),
)


@cache
def _template() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return make_workbook(Path(folder) / "list.xlsx", _ROWS).read_bytes()


def _workbook(part: str, body: bytes) -> bytes:
    """Return a workbook of which one part is these bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_template())) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            new.writestr(name, body if name == part else old.read(name))
    return packed.getvalue()


def _list_seeds() -> list[bytes]:
    lists = [path.read_bytes() for path in sorted((SAMPLES / "listing").glob("*.csv"))]
    plain = "\r\n".join(";".join(row) for row in _ROWS)
    lists += [plain.encode(code) for code in ("utf-8-sig", "utf-16", "cp1252")]
    with zipfile.ZipFile(io.BytesIO(_template())) as workbook:
        sheets = [b"S" + workbook.read(SHEET), b"Z" + _template()]
        if STRINGS in workbook.namelist():
            sheets.append(b"T" + workbook.read(STRINGS))
    return [b"C" + content for content in lists] + sheets


def _region_seeds() -> list[bytes]:
    return [path.read_bytes() for path in sorted((SAMPLES / "region").glob("*.toml"))]


def _page_seeds() -> list[bytes]:
    return [path.read_bytes() for path in sorted((SAMPLES / "pages").rglob("*.html"))]


def _feed_seeds() -> list[bytes]:
    feeds = [path.read_bytes() for path in sorted((SAMPLES / "xzufi").glob("*.xml"))]
    return [*feeds, (SAMPLES / "region" / "redaktion.xml").read_bytes()]


def _toml_words() -> tuple[str, ...]:
    keys: set[str] = set()
    for seed in _region_seeds():
        document = tomllib.loads(seed.decode())
        for table in (document.get("region", {}), *document.get("source", [])):
            keys |= set(table)
    return (
        *sorted(keys),
        "[[source]]",
        "[region]",
        "[source.columns]",
        '"""',
        "'''",
        "= true",
        "= 1e9",
        "{",
        "}",
    )


TARGETS: Final = {
    "xzufi": Target(
        read_xzufi,
        _feed_seeds,
        (
            *(
                "<schreibe>",
                "</schreibe>",
                "<leistung>",
                "</leistung>",
                "<loesche>",
                "<id ",
                'xsi:nil="true"',
            ),
            *('schemeAgencyID="L1"', "<zustaendigkeit>", "<gebietID>", "<onlinedienst>", "<link>", "<uri>"),
            *(
                "<organisationseinheit>",
                "<modulText>",
                "<code>",
                "languageCode=",
                "<!DOCTYPE x>",
                "<![CDATA[",
            ),
            *(
                "&#0;",
                "&#xD800;",
                "&amp;",
                "xmlns=",
                "<referenzLeiKa>",
                "<gueltigkeit>",
                "<beginn>",
                "<?xml ",
            ),
        ),
    ),
    "pages": Target(
        read_html,
        _page_seeds,
        (
            *(
                "<h1>",
                "</h1>",
                "<main>",
                "<a href=",
                "<form ",
                "<script type='application/ld+json'>",
                "<meta ",
            ),
            *("<base href=", "<template>", "<svg>", "<table>", "<select>", "<noscript>", "<iframe ", "&shy;"),
            *("Online-Antrag", "Zuständige Stelle", "Unterlagen", "Gebühren", "Formular", "\u202e", "\u00b7"),
            *("mailto:", "tel:", "itemscope ", "itemtype=", "datetime=", 'charset="', "<!--", "-->", "]]>"),
        ),
    ),
    "listing": Target(
        read_list,
        _list_seeds,
        (
            *("ars", "leika", "name", "link", "status", "online", "055120000000", "99102013104000", '""'),
            *('<c r="A1" t="s">', '<c r="XFD1048576">', "<v>", "</v>", 't="inlineStr"', "<is><t>", "<row r="),
            *(
                "sep=;",
                "\ufeff",
                "9.9102013104E+13",
                "=HYPERLINK(",
                "1899-12-31",
                "\x00",
                "\r",
                "<mergeCell ref=",
            ),
        ),
    ),
    "region": Target(read_region_file, _region_seeds, _toml_words()),
}
