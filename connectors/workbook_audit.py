"""Look through an XLSX file before anything builds objects from it.

An XLSX file is a zip of XML parts. openpyxl keeps every element of a part that is not inside a table row
or a shared string, unpacks what the zip holds, and follows what the parts say about each other. So each
part is first read once by the same parser with nothing kept: no document type, no endless row, no more
elements and bytes than a real workbook has. What passes can be read in bounded memory.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from connectors.errors import RejectDelivery
from connectors.tabular import printable

__all__ = ["Audit", "audit_workbook"]

UNSAFE = "list_workbook_unsafe"
TOO_LARGE = "list_workbook_too_large"
CHUNK = 1 << 16
MAX_PARTS = 5_000
MAX_RATIO = 200
RATIO_COUNTS_FROM = 1 << 20  # bytes; small parts of repeated text may be squeezed further
MAX_ROWS = 1_048_576  # what a sheet can have
MAX_STRINGS = 2_000_000
MAX_RECORD = 4 << 20  # bytes of one row or one shared string
MAX_RECORD_ELEMENTS = 100_000
MAX_OUTSIDE = 16 << 20  # bytes of a part outside of rows and shared strings
MAX_OUTSIDE_ELEMENTS = 300_000
MAX_SHEETS = 1_000
MAX_DEPTH = 200
PART_LENGTH = 80
MAX_PENDING = 4 << 20  # bytes of one tag

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
RECORDS = {f"{MAIN} row": MAX_ROWS, f"{MAIN} si": MAX_STRINGS}
ROW = f"{MAIN} row"
FORMULA = f"{MAIN} f"
SHEET = f"{MAIN} sheet"
UTF8_NAMES = {None, "utf-8", "us-ascii"}
READ_WHOLE = {"[Content_Types].xml", "workbook.xml", "styles.xml", "core.xml", "custom.xml"}
STREAMED_KINDS = ("/worksheet", "/sharedStrings", "worksheet+xml", "sharedStrings+xml")
PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
ENCRYPTED = 0x1
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    expat.ExpatError,
    EOFError,
    LookupError,
    NotImplementedError,
    OverflowError,
    ValueError,
)


@dataclass
class Audit:
    """What the look through a workbook found out."""

    file: str
    has_formulas: bool = False
    large_parts: set[str] = field(default_factory=set)
    targets: list[tuple[str, str]] = field(default_factory=list)  # type and name of a part

    def refuse(self, code: str, part: str) -> RejectDelivery:
        """Return the error that names the part."""
        return RejectDelivery(code, file=self.file, part=printable(part, PART_LENGTH))


def audit_workbook(path: Path, name: str, max_unpacked: int) -> Audit:
    """Read every part once. Raise RejectDelivery if one of them cannot be trusted."""
    audit = Audit(name)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_directory(entries, max_unpacked, audit)
            for entry in entries:
                _audit_part(archive, entry, audit)
        _check_large_parts(audit)
    except DAMAGE:
        raise RejectDelivery("list_workbook_damaged", file=name) from None
    return audit


def _check_directory(entries: list[zipfile.ZipInfo], max_unpacked: int, audit: Audit) -> None:
    if len(entries) > MAX_PARTS or sum(entry.file_size for entry in entries) > max_unpacked:
        raise audit.refuse(TOO_LARGE, "zip")
    for entry in entries:
        if entry.flag_bits & ENCRYPTED:
            raise RejectDelivery("list_password", file=audit.file)
        if entry.compress_type not in PACKINGS:
            raise audit.refuse(UNSAFE, entry.filename)
        if entry.file_size > max(RATIO_COUNTS_FROM, entry.compress_size * MAX_RATIO):
            raise audit.refuse(TOO_LARGE, entry.filename)


def _check_large_parts(audit: Audit) -> None:
    """Make sure that only those readers get a large part that clear it row by row."""
    read_whole = set(READ_WHOLE)
    for kind, target in audit.targets:
        if not kind.endswith(STREAMED_KINDS):
            read_whole.add(posixpath.basename(posixpath.normpath(target)))
    for part in sorted(audit.large_parts):
        if part in read_whole or part.endswith(".rels"):
            raise audit.refuse(TOO_LARGE, part)


def _audit_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, audit: Audit) -> None:
    reader = _PartReader(entry.filename, audit)
    with archive.open(entry) as stream:
        try:
            while chunk := stream.read(CHUNK):
                reader.feed(chunk)
            reader.close()
        except expat.ExpatError:
            if entry.filename.lower().endswith((".xml", ".rels")):
                raise


class _PartReader:
    """Counts what one XML part holds; keeps nothing of it."""

    def __init__(self, name: str, audit: Audit) -> None:
        self._name = name
        self._audit = audit
        self._fed = 0
        self._depth = 0
        self._record = ""  # the element we are in, if it is a row or a shared string
        self._record_depth = 0
        self._record_start = 0
        self._record_elements = 0
        self._record_bytes = 0
        self._records = 0
        self._outside_elements = 0
        self._sheets = 0
        self._row_number = 0
        self._parser = self._make_parser()

    def _make_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        return parser

    def feed(self, chunk: bytes) -> None:
        self._parser.Parse(chunk, False)
        self._fed += len(chunk)
        if self._fed - max(self._parser.CurrentByteIndex, 0) > MAX_PENDING:
            raise self._refuse(TOO_LARGE)
        if self._fed - self._record_bytes > MAX_OUTSIDE + MAX_RECORD:
            raise self._refuse(TOO_LARGE)

    def close(self) -> None:
        self._parser.Parse(b"", True)
        if self._fed > MAX_OUTSIDE:
            self._audit.large_parts.add(self._name.rpartition("/")[2])

    def _refuse(self, code: str) -> RejectDelivery:
        return self._audit.refuse(code, self._name)

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if (encoding.lower() if encoding else None) not in UTF8_NAMES:
            raise self._refuse(UNSAFE)

    def _doctype(self, *_: object) -> NoReturn:
        raise self._refuse(UNSAFE)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._refuse(UNSAFE)
        if self._record:
            self._count_record_element(tag)
        elif tag in RECORDS:
            self._start_record(tag, attributes)
        else:
            self._count_outside_element(tag, attributes)

    def _end(self, _tag: str) -> None:
        if self._record and self._depth == self._record_depth:
            size = self._parser.CurrentByteIndex - self._record_start
            if size > MAX_RECORD:
                raise self._refuse(TOO_LARGE)
            self._record_bytes += size
            self._record = ""
        self._depth -= 1

    def _count_record_element(self, tag: str) -> None:
        self._record_elements += 1
        if self._record_elements > MAX_RECORD_ELEMENTS:
            raise self._refuse(TOO_LARGE)
        if tag == FORMULA:
            self._audit.has_formulas = True

    def _start_record(self, tag: str, attributes: dict[str, str]) -> None:
        self._record = tag
        self._record_depth = self._depth
        self._record_start = self._parser.CurrentByteIndex
        self._record_elements = 0
        self._records += 1
        if self._records > RECORDS[tag]:
            raise self._refuse(TOO_LARGE)
        if tag == ROW:
            self._check_row_number(attributes.get("r"))

    def _check_row_number(self, stated: str | None) -> None:
        """Raise unless rows are in order: openpyxl leaves out those that are not, without a word."""
        number = self._row_number + 1 if stated is None else _row_number(stated)
        if not self._row_number < number <= MAX_ROWS:
            raise RejectDelivery("list_workbook_damaged", file=self._audit.file)
        self._row_number = number

    def _count_outside_element(self, tag: str, attributes: dict[str, str]) -> None:
        self._outside_elements += 1
        if self._outside_elements > MAX_OUTSIDE_ELEMENTS:
            raise self._refuse(TOO_LARGE)
        if tag.startswith(STRICT):
            raise RejectDelivery("list_unsupported_format", file=self._audit.file, format="Strict Open XML")
        if tag == SHEET:
            self._sheets += 1
            if self._sheets > MAX_SHEETS:
                raise self._refuse(TOO_LARGE)
        local = tag.rpartition(" ")[2]
        if local == "Relationship":
            self._audit.targets.append((attributes.get("Type", ""), attributes.get("Target", "")))
        elif local == "Override":
            self._audit.targets.append((attributes.get("ContentType", ""), attributes.get("PartName", "")))


def _row_number(stated: str) -> int:
    """Return a row's number; 0, which is none, for anything else."""
    if not stated.isascii() or not stated.isdigit() or len(stated) > 9:
        return 0
    return int(stated)
