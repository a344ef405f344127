"""Find what people name when they decide: a record by its ref, a service by id, key or title."""

from __future__ import annotations

import difflib
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, select

from catalogue.errors import NotFound
from catalogue.keys import KeyFormatError, LeikaKey
from catalogue.matching.patterns import title_key
from catalogue.matching.rulings import Service
from catalogue.reports.filters import find_service
from catalogue.tables import leika_service, service_record, source

__all__ = ["FoundRecord", "find_meant", "find_record", "record_name"]

CHOICES_SHOWN = 5


class FoundRecord(NamedTuple):
    """One service record of a source."""

    id: int
    source_id: int
    source: str
    ref: str
    title: str
    official_title: str
    reported_keys: str
    withdrawn: bool

    @property
    def name(self) -> str:
        """Return how people name the record."""
        return record_name(self.source, self.ref)

    @property
    def title_key(self) -> str:
        """Return the title as titles are compared."""
        return title_key(self.title, self.official_title)


def record_name(source_key: str, ref: str) -> str:
    """Return how people name a record: the source's id, a colon, and its ref."""
    return f"{source_key}:{ref}"


def find_record(connection: Connection, given: str) -> FoundRecord:
    """Return the record that is meant by ``source:ref``, or by its ref alone if no other source has it.

    Raise NotFound if none or several are.
    """
    text = given.strip()
    key, colon, ref = text.partition(":")
    if colon:
        row = connection.execute(_records().where(source.c.key == key, service_record.c.ref == ref)).first()
        if row is not None:
            return _found(row)
    rows = connection.execute(_records().where(service_record.c.ref == text)).all()
    if len(rows) == 1:
        return _found(rows[0])
    if rows:
        choices = "; ".join(record_name(row.key, row.ref) for row in rows[:CHOICES_SHOWN])
        raise NotFound("review_record_choice", given=given, choices=choices)
    raise _not_found(connection, given, key if colon else "")


def find_meant(connection: Connection, given: str) -> Service:
    """Return the service that is meant; with its LeiKa key if that is what was given. Raise NotFound."""
    ozg_id = find_service(connection, given)
    try:
        key = str(LeikaKey.parse(given))
    except KeyFormatError:
        return ozg_id, ""
    known = connection.scalar(select(leika_service.c.leika_key).where(leika_service.c.leika_key == key))
    return ozg_id, known or ""


def _records() -> Select[tuple[Any, ...]]:
    columns = (service_record.c[name] for name in ("id", "source_id", "ref", "title", "official_title"))
    return (
        select(*columns, service_record.c.reported_keys, service_record.c.withdrawn_run, source.c.key)
        .join(source, source.c.id == service_record.c.source_id)
        .order_by(source.c.key)
    )


def _found(row: Row[Any]) -> FoundRecord:
    return FoundRecord(
        id=row.id,
        source_id=row.source_id,
        source=row.key,
        ref=row.ref,
        title=row.title,
        official_title=row.official_title,
        reported_keys=row.reported_keys,
        withdrawn=row.withdrawn_run is not None,
    )


def _not_found(connection: Connection, given: str, key: str) -> NotFound:
    known = list(connection.scalars(select(source.c.key).order_by(source.c.key)))
    if key in known:
        return NotFound("review_record_not_in_source", given=given, source=key)
    near = difflib.get_close_matches(key, known, n=1)
    return NotFound("review_record_not_found", given=given, known=", ".join(near or known) or "–")
