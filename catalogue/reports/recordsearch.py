"""Find a source and a record of it by the names people type, and what was probably meant."""

from __future__ import annotations

import difflib
from typing import Any, Final

from sqlalchemy import Connection, Row, Table, select

from catalogue.errors import NotFound
from catalogue.tables import (
    issue,
    offering,
    online_service,
    service_record,
    source,
    source_run,
    specialisation,
    unit,
)

__all__ = ["REJECTED", "find_record", "find_source"]

#: The class of a record that was never taken, and of which only an issue tells.
REJECTED: Final = "rejected"
#: Where a ref is looked for, in this order: what offers comes before what is offered.
_TABLES: Final[dict[str, Table]] = {
    "offering": offering,
    "service": service_record,
    "unit": unit,
    "online_service": online_service,
    "specialisation": specialisation,
}
#: Refs that are compared with a misspelt one, at most.
MOST_COMPARED: Final = 20_000
NEAR: Final = 3


def find_source(connection: Connection, given: str) -> Row[Any]:
    """Return a source of the catalogue. Raise NotFound, naming the known ones, if there is none."""
    found = connection.execute(select(source).where(source.c.key == given.strip())).first()
    if found is not None:
        return found
    known = list(connection.scalars(select(source.c.key).order_by(source.c.key)))
    if not known:
        raise NotFound("source_none_synced", given=given)
    near = difflib.get_close_matches(given, known, n=1)
    if near:
        raise NotFound("source_never_synced_near", given=given, near=near[0])
    raise NotFound("source_never_synced", given=given, known=", ".join(known))


def find_record(connection: Connection, source_id: int, given: str) -> tuple[str, str]:
    """Return class and ref of a source's record. Raise NotFound with near refs if there is none."""
    for name, table in _TABLES.items():
        for ref in dict.fromkeys((given, given.strip())):
            query = select(table.c.ref).where(table.c.source_id == source_id, table.c.ref == ref)
            if connection.scalar(query.limit(1)) is not None:
                return name, ref
    noted = (
        select(issue.c.record)
        .join(source_run, source_run.c.id == issue.c.source_run_id)
        .where(source_run.c.source_id == source_id, issue.c.record == given.strip())
    )
    if given.strip() and connection.scalar(noted.limit(1)) is not None:
        return REJECTED, given.strip()
    near = _near(connection, source_id, given.strip())
    if near:
        raise NotFound("record_near", given=given, near="; ".join(near))
    raise NotFound("record_unknown", given=given)


def _near(connection: Connection, source_id: int, given: str) -> list[str]:
    """Return refs that contain the given one, else such that are spelt like it."""
    found: list[str] = []
    for table in _TABLES.values():
        own = table.c.source_id == source_id
        if given:
            holding = select(table.c.ref).distinct().where(own, table.c.ref.contains(given, autoescape=True))
            found += connection.scalars(holding.order_by(table.c.ref).limit(NEAR))
    if not found:
        for table in _TABLES.values():
            refs = select(table.c.ref).distinct().where(table.c.source_id == source_id).limit(MOST_COMPARED)
            found += difflib.get_close_matches(given, list(connection.scalars(refs)), n=NEAR)
    return list(dict.fromkeys(found))[:NEAR]
