"""Staging: one file's records become rows of a small SQLite file, whatever the catalogue lives in.

A stage belongs to one part of a delivery and is written by one process. Within it the last operation on
an object wins, as feeds are logs in document order; repeated writes are counted. Parts are merged in
reading order. Nothing reaches the catalogue before the whole delivery was read, so a stage can be
thrown away at any moment.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from catalogue.details import NOT_JUDGED, details_of
from catalogue.fingerprints import REF_LENGTH, UnusableText, bounded, fingerprint
from catalogue.records import (
    Completeness,
    Deletion,
    Issue,
    Memory,
    ObjectClass,
    Offering,
    OfferKind,
    OnlineService,
    Record,
    Responsibility,
    Service,
    Severity,
    Specialisation,
    Unit,
)
from catalogue.stagesummary import SAMPLES_PER_KIND, StageSummary
from catalogue.stagetables import INTEGER_COLUMNS, STAGE_TABLES, create_sql, merge_sql, write_sql

__all__ = ["SAMPLES_PER_KIND", "StageSummary", "join_stages", "merge_stages", "stage_records"]

BATCH_ROWS: Final = 5_000
AREA_LENGTH: Final = 200
#: So many stages are looked through for objects that are in two of them; more are merged without a look.
MOST_APART: Final = 4
#: More (service, area) pairs than every municipality with 15 services; one record could make billions.
MOST_PAIRS: Final = 200_000

_TABLES_OF_CLASS: Final = {
    ObjectClass.SERVICE: ("stage_service",),
    ObjectClass.SPECIALISATION: ("stage_specialisation",),
    ObjectClass.UNIT: ("stage_unit",),
    ObjectClass.ONLINE_SERVICE: ("stage_online",),
    ObjectClass.RESPONSIBILITY: ("stage_offering",),
    ObjectClass.OFFERING: ("stage_offering", "stage_statement"),
}

Row = tuple[str | int | None, ...]


def stage_records(records: Iterable[Record], path: Path) -> StageSummary:
    """Write records into a new stage at ``path`` and return its summary.

    Errors of ``records`` pass through; the half-written stage is removed then.
    """
    stage = _Stage(path)
    try:
        stage.take(records)
        return stage.finish()
    except BaseException:
        stage.close()
        path.unlink(missing_ok=True)
        raise


def join_stages(paths: Sequence[Path], summary: StageSummary) -> tuple[Path, ...]:
    """Return the stages of a delivery as they are if no object is in two of them, else merged into one.

    Sections of a file rarely share an object, and merging costs five times as much as looking.
    ``summary`` gets the counts that only the whole delivery can tell.
    """
    if len(paths) > MOST_APART or _share_objects(paths):
        return (merge_stages(paths, summary),)
    for path in paths:
        with closing(_open(path)) as connection:
            _drop_leftovers(connection)
            _count(connection, summary)
    return tuple(paths)


def merge_stages(paths: Sequence[Path], summary: StageSummary) -> Path:
    """Merge the stages of a delivery, in reading order, into the first one and return its path.

    ``summary`` gets the counts that only the whole delivery can tell.
    """
    first = paths[0]
    connection = _open(first)
    try:
        for path in paths[1:]:
            connection.execute("ATTACH DATABASE ? AS part", (str(path),))
            base = connection.execute("SELECT coalesce(max(opno), 0) FROM opnos").fetchone()[0]
            connection.execute("BEGIN")
            for table, (key, columns) in STAGE_TABLES.items():
                connection.execute(merge_sql(table, key, columns), (base,))
            connection.execute("INSERT INTO opnos SELECT opno + ? FROM part.opnos", (base,))
            connection.execute("COMMIT")
            connection.execute("DETACH DATABASE part")
            path.unlink()
        _drop_leftovers(connection)
        _count(connection, summary)
    finally:
        connection.close()
    return first


class _Stage:
    """The stage being written: rows are collected per table and written in batches."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self.connection = _open(path)
        for table, (key, columns) in STAGE_TABLES.items():
            self.connection.execute(create_sql(table, key, columns))
        self.connection.execute("CREATE TABLE opnos (opno INTEGER NOT NULL)")
        self.connection.execute("BEGIN")
        self.rows: dict[str, list[Row]] = {table: [] for table in STAGE_TABLES}
        self.inserts = {table: write_sql(table, *STAGE_TABLES[table]) for table in STAGE_TABLES}
        self.opno = 0
        self.summary = StageSummary()
        self.handlers: dict[type, Callable[..., None]] = {
            Responsibility: self._responsibility,
            Service: self._service,
            Unit: self._unit,
            OnlineService: self._online,
            Specialisation: self._specialisation,
            Offering: self._offering,
            Deletion: self._deletion,
            Issue: self.summary.take_issue,
            Memory: self._memory,
            Completeness: self.summary.take_completeness,
        }

    def take(self, records: Iterable[Record]) -> None:
        handlers = self.handlers
        for record in records:
            self.opno += 1
            try:
                handlers[type(record)](record)
            except UnusableText:
                self._skip("text_unusable", getattr(record, "ref", ""), "")
            if not self.opno % BATCH_ROWS:
                self._flush_all()

    def finish(self) -> StageSummary:
        self._flush_all()
        self.connection.execute("INSERT INTO opnos VALUES (?)", (self.opno,))
        self.connection.execute("COMMIT")
        self.close()
        return self.summary

    def close(self) -> None:
        self.connection.close()

    def _flush_all(self) -> None:
        for table in self.rows:
            self._flush(table)

    def _flush(self, table: str) -> None:
        rows = self.rows[table]
        if rows:
            self.connection.executemany(self.inserts[table], rows)
            rows.clear()

    def _responsibility(self, record: Responsibility) -> None:
        self.summary.read += 1
        ref, offer_kind, provider, services, areas, role = record
        kind = str(offer_kind)  # SQLite takes strings as they are twice as fast as what only behaves like one
        if len(ref) > REF_LENGTH or len(provider) > REF_LENGTH:
            ref, provider = bounded(ref), bounded(provider)
        rows = self.rows["stage_offering"]
        if len(services) == 1 and len(areas) == 1 and len(services[0]) <= REF_LENGTH:
            # Nearly all of them are like this, and there may be millions.
            service, area = services[0], areas[0]
            mark = fingerprint(ref, kind, provider, role, service, "|", area)
            rows.append((ref, 0, self.opno, 1, 0, 0, kind, service, provider, area[:AREA_LENGTH], role, mark))
            return
        # Their order says nothing, so it must not count as a change.
        services, areas = tuple(sorted({*services})), tuple(sorted({*areas}))
        if len(services) * len(areas) > MOST_PAIRS:
            self._skip("responsibility_too_wide", ref, f"{len(services)} × {len(areas)}")
            return
        mark = fingerprint(ref, kind, provider, role, *services, "|", *areas)
        pairs = itertools.product(services or ("",), areas or ("",))
        for n, (full_service, full_area) in enumerate(pairs):
            service, area = bounded(full_service), full_area[:AREA_LENGTH]
            if n:
                mark = fingerprint(kind, provider, role, service, area)
            rows.append((ref, n, self.opno, 1, 0, 0, kind, service, provider, area, role, mark))
            if len(rows) >= BATCH_ROWS:
                self._flush("stage_offering")

    def _skip(self, kind: str, record: str, detail: str) -> None:
        self.summary.add_issue(Severity.SKIPPED.value, kind, record, detail)

    def _service(self, record: Service) -> None:
        self.summary.read += 1
        self._write_service(record)

    def _write_service(self, record: Service) -> None:
        keys, types = " ".join(record.keys), "|".join(record.types)
        content = (
            record.title,
            record.official_title,
            keys,
            types,
            record.form_url,
        )
        tail = (record.valid_from, record.valid_to, record.modified_at)
        mark = fingerprint(*content, str(int(record.has_text)), *tail)
        self.rows["stage_service"].append(
            (bounded(record.ref), self.opno, 1, 0, 0, *content, int(record.has_text), *tail, mark)
        )

    def _unit(self, record: Unit) -> None:
        self.summary.read += 1
        self._simple("stage_unit", record.ref, record.name, record.area, record.modified_at)

    def _online(self, record: OnlineService) -> None:
        self.summary.read += 1
        self._simple(
            "stage_online",
            record.ref,
            record.name,
            record.url,
            record.link_type,
            record.trust_level,
            record.modified_at,
        )

    def _specialisation(self, record: Specialisation) -> None:
        self.summary.read += 1
        self._simple(
            "stage_specialisation",
            record.ref,
            bounded(record.service_ref),
            " ".join(record.areas),
            record.modified_at,
        )

    def _simple(self, table: str, ref: str, *content: str) -> None:
        self.rows[table].append((bounded(ref), self.opno, 1, 0, 0, *content, fingerprint(*content)))

    def _offering(self, record: Offering) -> None:
        self.summary.read += 1
        said = (
            record.status.value,
            record.url,
            record.unit,
            record.operator,
            record.observed_at,
            record.note,
            details_of(record),
        )
        judged = NOT_JUDGED if record.level is None else record.level
        ref, service, area = bounded(record.ref), bounded(record.service.ref), record.area[:AREA_LENGTH]
        mark = fingerprint(service, area, *said, str(judged), record.level_rules)
        self._write_service(record.service)
        self.summary.direct += 1
        kind = OfferKind.DIRECT.value
        self.rows["stage_offering"].append((ref, 0, self.opno, 1, 0, 0, kind, service, "", area, "", mark))
        self.rows["stage_statement"].append(
            (ref, self.opno, 1, 0, 0, *said, judged, record.level_rules, mark)
        )

    def _deletion(self, record: Deletion) -> None:
        self.summary.read += 1
        ref = bounded(record.ref)
        self.summary.deletions += 1
        for table in _TABLES_OF_CLASS[record.object_class]:
            key, columns = STAGE_TABLES[table]
            blanks = tuple(0 if name in INTEGER_COLUMNS else "" for name in columns)
            self.rows[table].append((ref, *(0 for _ in key[1:]), self.opno, 0, 0, 0, *blanks))

    def _memory(self, record: Memory) -> None:
        self._simple("stage_memory", record.key, record.value)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA page_size=16384")
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-32768")
    return connection


def _share_objects(paths: Sequence[Path]) -> bool:
    """Tell whether an object was written or deleted in more than one stage."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for number, path in enumerate(paths):
            connection.execute(f"ATTACH DATABASE ? AS part_{number}", (str(path),))
        for one, other in itertools.combinations(range(len(paths)), 2):
            for table, (key, _) in STAGE_TABLES.items():
                first = " AND mine.n = 0 AND theirs.n = 0" if "n" in key else ""
                query = (
                    f"SELECT EXISTS (SELECT 1 FROM part_{one}.{table} AS mine "
                    f"JOIN part_{other}.{table} AS theirs ON theirs.ref = mine.ref{first})"
                )
                if connection.execute(query).fetchone()[0]:
                    return True
    return False


def _drop_leftovers(connection: sqlite3.Connection) -> None:
    """Remove rows of an object's earlier version that its last version no longer has."""
    connection.execute(
        "DELETE FROM stage_offering WHERE n > 0 AND opno < (SELECT first.opno FROM stage_offering "
        "AS first WHERE first.ref = stage_offering.ref AND first.n = 0)"
    )


def _count(connection: sqlite3.Connection, summary: StageSummary) -> None:
    for table in STAGE_TABLES:
        if table in {"stage_statement", "stage_memory"} or (table == "stage_service" and summary.direct):
            continue  # they come along with the offerings that were counted
        where = " WHERE n = 0" if table == "stage_offering" else ""
        written, repeated, differed = connection.execute(
            "SELECT coalesce(sum(op), 0), coalesce(sum(repeated), 0), coalesce(sum(differed), 0) "
            f"FROM {table}{where}"
        ).fetchone()
        summary.objects += written
        summary.repeated += repeated
        summary.differed += differed
