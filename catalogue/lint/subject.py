"""What is looked at: a source's delivery as a stage, and what is known about it besides."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Connection, Row, Select, literal, select

from catalogue import tables
from catalogue.errors import NotFound
from catalogue.lint.disk import file_errors
from catalogue.objects import OBJECTS
from catalogue.reports.runs import issue_rows
from catalogue.stagesummary import StageSummary
from catalogue.stagetables import LIFE_COLUMNS, STAGE_TABLES, create_sql

__all__ = ["Subject", "applied_subject", "fresh_subject"]

#: Rows fetched from the database at once.
AT_ONCE = 5_000
Issues: TypeAlias = Mapping[tuple[str, str], tuple[int, list[tuple[str, str]]]]


@dataclass(frozen=True)
class Subject:
    """A delivery to be looked at.

    ``whole`` tells that it is everything the source has. ``own_id`` is the source's number, None if the
    catalogue does not know it; ``anchored`` that what it lacks of its own objects can be looked up there.
    """

    source: str
    stage: Path
    fresh: bool
    whole: bool
    own_id: int | None = None
    anchored: bool = False
    delivered_at: str = ""
    orphans: int = 0  # deletions of unknown objects, where only their number is known
    issues: Issues = field(default_factory=dict)


def fresh_subject(connection: Connection, source: str, stage: Path, summary: StageSummary) -> Subject:
    """Return a delivery that was staged just now."""
    known = _source(connection, source)
    return Subject(
        source=source,
        stage=stage,
        fresh=True,
        whole=summary.scope == "everything",
        own_id=known.id if known else None,
        anchored=bool(known and known.complete and known.applied_digest),
        delivered_at=summary.created_at,
        issues=summary.issues,
    )


def applied_subject(connection: Connection, source: str, stage: Path) -> Subject:
    """Write what the catalogue has of a source into a new stage.

    What the last delivery lacked is left out, as it is not what the source says now. Raise NotFound if there
    is nothing, OSError where the disk is full.
    """
    known = _source(connection, source)
    if known is None:
        names = connection.scalars(select(tables.source.c.key).order_by(tables.source.c.key)).all()
        raise NotFound("lint_source_unknown", given=source, known=", ".join(names) or "–")
    if not known.applied_digest:
        raise NotFound("lint_nothing_applied", source=source)
    with file_errors(stage), closing(sqlite3.connect(stage, isolation_level=None)) as opened:
        opened.execute("PRAGMA journal_mode=OFF")
        opened.execute("PRAGMA synchronous=OFF")
        for name, (key, columns) in STAGE_TABLES.items():
            opened.execute(create_sql(name, key, columns))
        for name, query in _queries(known.id).items():
            _copy(connection, opened, name, query)
    last = connection.execute(
        select(tables.source_run.c.id, tables.source_run.c.orphans)
        .where(tables.source_run.c.source_id == known.id, tables.source_run.c.state == "ok")
        .order_by(tables.source_run.c.id.desc())
        .limit(1)
    ).first()
    issues = issue_rows(connection, tables.source_run.c.id == last.id) if last else []
    return Subject(
        source=source,
        stage=stage,
        fresh=False,
        whole=known.complete,
        own_id=known.id,
        delivered_at=known.delivered_at or "",
        orphans=last.orphans if last else 0,
        issues={(one.severity, one.kind): (one.count, list(one.samples)) for one in issues},
    )


def _source(connection: Connection, key: str) -> Row[tuple[object, ...]] | None:
    return connection.execute(select(tables.source).where(tables.source.c.key == key)).first()


def _queries(source_id: int) -> dict[str, Select[tuple[object, ...]]]:
    """Return, by the stage's table, what the source showed last."""
    queries: dict[str, Select[tuple[object, ...]]] = {}
    for name, table in {**OBJECTS, "stage_offering": tables.offering}.items():
        columns = [table.c[column] for column in (*STAGE_TABLES[name][0], *STAGE_TABLES[name][1])]
        living = (table.c.withdrawn_run.is_(None), table.c.vanished_run.is_(None))
        keys = [table.c[column] for column in STAGE_TABLES[name][0]]
        queries[name] = select(*columns).where(table.c.source_id == source_id, *living).order_by(*keys)
    said, offering = tables.statement, tables.offering
    columns = [said.c[column] for column in ("ref", *STAGE_TABLES["stage_statement"][1][:-1])]
    same = (said.c.source_id == offering.c.source_id) & (said.c.ref == offering.c.ref)
    queries["stage_statement"] = (
        select(*columns, literal(0).label("fingerprint"))
        .join(offering, same)
        .where(said.c.source_id == source_id, offering.c.n == 0)
        .where(offering.c.withdrawn_run.is_(None), offering.c.vanished_run.is_(None))
        .order_by(said.c.ref)
    )
    return queries


def _copy(
    connection: Connection, stage: sqlite3.Connection, name: str, query: Select[tuple[object, ...]]
) -> None:
    key, columns = STAGE_TABLES[name]
    names = (*key, *LIFE_COLUMNS, *columns)
    # An operation's number says nothing here; every object was written once.
    life = {"opno": "0", "op": "1", "repeated": "0", "differed": "0"}
    values = ", ".join(life.get(one, "?") for one in names)
    statement = f"INSERT INTO {name} ({', '.join(names)}) VALUES ({values})"  # noqa: S608 - our own names
    stage.execute("BEGIN")
    rows = connection.execute(query.execution_options(yield_per=AT_ONCE))
    for batch in rows.partitions():
        stage.executemany(statement, map(tuple, batch))
    stage.execute("COMMIT")
