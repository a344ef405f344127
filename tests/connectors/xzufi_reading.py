"""What the tests of XZuFi share: short ways to write a message and to read it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from catalogue.records import Completeness, Issue, Record
from connectors.contract import Part
from connectors.fetch import Fetcher
from connectors.replacement import describe
from connectors.xzufi import XzufiConnector, XzufiSettings

__all__ = [
    "ID",
    "SAMPLES",
    "connector",
    "issues",
    "message",
    "module",
    "noted",
    "objects",
    "part_of",
    "read",
    "read_file",
    "scope",
    "write",
]

SAMPLES = Path(__file__).parent.parent / "samples" / "xzufi"
ID = '<id schemeAgencyID="L1">4711</id>'
NAMESPACES = (
    'xmlns="http://xoev.de/schemata/xzufi/{version}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


def message(*operations: str, version: str = "2_2_0", root: str = "transfer.operations.040501") -> str:
    """Return a message with these operations."""
    return f"<{root} {NAMESPACES.format(version=version)}>{''.join(operations)}</{root}>"


def write(*objects: str) -> str:
    """Return a write operation for each object."""
    return "".join(f"<schreibe>{each}</schreibe>" for each in objects)


def connector(location: str = "-", **settings: object) -> XzufiConnector:
    """Return a connector; no address is ever asked."""
    given = {"id": "quelle", "type": "xzufi", "location": location, **settings}
    return XzufiConnector(XzufiSettings.model_validate(given), Fetcher())


def part_of(path: Path) -> Part:
    """Return a file as a part of a delivery."""
    size, digest = describe(path)
    return Part(path.name, path, digest, size)


def read_file(path: Path, **settings: object) -> Iterator[Record]:
    """Yield the records of a file."""
    return connector(**settings).read(part_of(path))


def read(content: str | bytes, **settings: object) -> list[Record]:
    """Return the records of a message, its Completeness included."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed.xml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(read_file(path, **settings))


def objects(*given: str, **settings: object) -> list[Record]:
    """Return the records that writing these objects makes, without issues and Completeness."""
    records = read(message(write(*given)), **settings)
    return [record for record in records if not isinstance(record, Issue | Completeness)]


def module(*texts: str, code: str = "03") -> str:
    """Return a text module; each text is ``language:text`` or only a text."""
    inner = ""
    for text in texts:
        language, mark, content = text.rpartition(":")
        attribute = f' languageCode="{language}"' if mark else ""
        inner += f"<inhalt{attribute}>{content}</inhalt>"
    return f"<modulText><leikaTextmodul><code>{code}</code></leikaTextmodul>{inner}</modulText>"


def noted(*given: str) -> list[tuple[str, str, str]]:
    """Return kind, record and detail of the issues of one delivery with these objects."""
    found = issues(read(message(write(*given)), delivery="increment"))
    return [(issue.kind, issue.record, issue.detail) for issue in found]


def issues(records: list[Record]) -> list[Issue]:
    """Return the issues among records."""
    return [record for record in records if isinstance(record, Issue)]


def scope(records: list[Record]) -> str:
    """Return what the records say to be of the source."""
    last = records[-1]
    assert isinstance(last, Completeness)
    return last.scope
