"""What the contract suite does with a connector and looks at: runs, scopes, texts, memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from catalogue import messages
from catalogue.records import Completeness, Issue, Record
from connectors.assignment import Assignment
from connectors.contract import Check, Connector, fetch
from connectors.errors import ConnectorError
from tests.connectors.specimens import Specimen

__all__ = [
    "MEBIBYTE",
    "assert_explained",
    "assert_not_everything",
    "check",
    "grows_at_most",
    "run",
    "scopes",
    "texts",
]

MEBIBYTE = 1_048_576


def run(
    connector: Connector, folder: Path, assignment: Assignment
) -> tuple[ConnectorError | None, list[Record]]:
    """Acquire and read; return the error that ended it, if any, and the records until then."""
    records: list[Record] = []
    try:
        for record in fetch(connector, folder, assignment):
            records.append(record)
    except ConnectorError as error:
        return error, records
    return None, records


def check(connector: Connector) -> Check | ConnectorError:
    try:
        return connector.check()
    except ConnectorError as error:
        return error


def scopes(records: list[Record]) -> set[str]:
    return {record.scope for record in records if isinstance(record, Completeness)}


def assert_not_everything(error: ConnectorError | None, records: list[Record], specimen: Specimen) -> None:
    """Make sure that a delivery with a fault ended in a named error or calls itself a part."""
    if error is None:
        assert scopes(records) == {"part"}
    else:
        assert not scopes(records)
        assert_explained(error)
    for issue in (record for record in records if isinstance(record, Issue)):
        for language in messages.LANGUAGES:
            assert messages.text(language, f"issue.{issue.kind}", record=issue.record, detail=issue.detail)


def texts(value: object) -> Iterator[str]:
    """Yield all texts inside records, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from texts(item)


def assert_explained(outcome: Check | ConnectorError) -> None:
    """Make sure that officers get one clear line in both languages."""
    section = "check" if isinstance(outcome, Check) else "error"
    for language in messages.LANGUAGES:
        line = messages.text(language, f"{section}.{outcome.code}", **outcome.params)
        assert line
        assert line.isprintable()


@contextmanager
def grows_at_most(size: int) -> Iterator[None]:
    """Watch the memory of the whole process, the C libraries included."""
    process = psutil.Process()
    before = process.memory_info().rss
    peaks = [before]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            peaks.append(process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
    assert max(peaks) - before < size
