"""Write one publication: every table in every format, their descriptions, and the list of all files.

The same state of the catalogue gives the same bytes, whenever it is written: nothing in the files depends
on the clock. (Other versions of the program or of its Parquet writer may write other bytes.)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from catalogue.errors import NotFound
from catalogue.reports.filters import select_cells
from catalogue.reports.opendata.columns import Question, Row, Table, moment_of
from catalogue.reports.opendata.csvw import csvw_of
from catalogue.reports.opendata.dcat import Described, dcat_of
from catalogue.reports.opendata.files import CATALOGUE, MANIFEST, PublishedFile, column_text, describe_file
from catalogue.reports.opendata.geocoding import geocoding_of
from catalogue.reports.opendata.metadata import Metadata
from catalogue.reports.opendata.parquet import ParquetFile
from catalogue.reports.opendata.plain import CsvFile, JsonFile
from catalogue.reports.opendata.tables import TABLES
from catalogue.reports.region import region_now
from catalogue.tables import cell_change

__all__ = ["Release", "chosen_tables", "write_release", "write_table"]

BATCH_ROWS = 4_096
#: Says of what make the list of files is, for whoever reads it in years.
MANIFEST_FORMAT = "lueckenlos-open-data/1"


@dataclass(frozen=True)
class Release:
    """What was written: the tables, all files in their order, and what they are about."""

    tables: tuple[Table, ...]
    files: tuple[PublishedFile, ...]
    about: Described


def chosen_tables(metadata: Metadata, *, past: bool) -> tuple[Table, ...]:
    """Return the tables to publish in their order; of the ``past`` only those that are remembered.

    Raise NotFound for a table that does not exist, or if nothing is left.
    """
    known = {table.name: table for table in TABLES}
    wanted = metadata.publication.tables or list(known)
    for name in wanted:
        if name not in known:
            raise NotFound("publish_table", given=name, known=", ".join(known))
    tables = tuple(table for table in TABLES if table.name in set(wanted) and (table.remembered or not past))
    if not tables:
        raise NotFound("publish_no_past", known=", ".join(one.name for one in TABLES if one.remembered))
    return tables


def write_release(
    question: Question, metadata: Metadata, folder: Path, listen: Callable[[str, int, int], None]
) -> Release:
    """Write everything into an empty folder. Raise NotFound for an empty catalogue, and OSError.

    ``listen`` is told the table that is begun, how many are done and how many there are.
    """
    tables = chosen_tables(metadata, past=question.filters.as_of is not None)
    areas = select_cells(question.connection, question.filters, past=True).areas
    region, moment = _moment(question)
    files: dict[str, list[PublishedFile]] = {}
    for number, table in enumerate(tables):
        listen(table.name, number, len(tables))
        files[table.name] = _write_table(table, question, metadata, folder)
    about = Described(
        region=region,
        moment=moment,
        geocoding=geocoding_of([(one.ars, one.level) for one in areas]),
        spans={table.name: _span(table, question.connection, moment.date()) for table in tables},
        files=files,
    )
    _write_json(folder / CATALOGUE, dcat_of(metadata, about, tables))
    every = [describe_file(folder / CATALOGUE), *(one for table in tables for one in files[table.name])]
    manifest = {
        "format": MANIFEST_FORMAT,
        "region": region,
        "as_of": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "files": [asdict(one) for one in every],
    }
    _write_json(folder / MANIFEST, manifest)
    return Release(tables, tuple(every), about)


def _moment(question: Question) -> tuple[str, datetime]:
    """Return the region and the moment whose state is published. Raise NotFound if there is none."""
    region = region_now(question.connection)
    newest = moment_of(region.as_of)
    if newest is None:
        raise NotFound("region_empty")
    asked = question.filters.as_of
    return region.name, newest if asked is None else min(asked, newest)


def _span(table: Table, connection: Connection, day: date) -> tuple[date, date]:
    """Return the days a table speaks of: that of its state, or for changes all since the first one."""
    if table.name != "changes":
        return day, day
    first = moment_of(connection.scalar(select(func.min(cell_change.c.at))))
    return min(first.date() if first else day, day), day


def _write_table(table: Table, question: Question, metadata: Metadata, folder: Path) -> list[PublishedFile]:
    count = write_table(table, table.rows(question), folder)
    paths = [folder / f"{table.name}.{ending}" for ending in ("csv", "json", "parquet")]
    beside = folder / f"{table.name}.csv-metadata.json"
    _write_json(beside, csvw_of(table, metadata.terms.licence))
    return [*(describe_file(path, table.name, count) for path in paths), describe_file(beside, table.name)]


def write_table(table: Table, rows: Iterator[Row], folder: Path) -> int:
    """Write the rows of a table in all formats, reading them once, and return how many there are."""
    about = {column.name: column_text(table, column.name)["de"] for column in table.columns}
    count = 0
    with ExitStack() as stack:
        targets: Sequence[CsvFile | JsonFile | ParquetFile] = [
            stack.enter_context(CsvFile(folder / f"{table.name}.csv", table)),
            stack.enter_context(JsonFile(folder / f"{table.name}.json", table)),
            stack.enter_context(ParquetFile(folder / f"{table.name}.parquet", table, about)),
        ]
        while batch := list(islice(rows, BATCH_ROWS)):
            count += len(batch)
            for target in targets:
                target.write(batch)
    return count


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
