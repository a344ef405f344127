"""Put on record what somebody says about cells: a row for each cell of which something new is said.

Nothing is changed or deleted. Whoever writes holds the table against other writers, so that nobody's words
are lost between reading what stands and writing what follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, text, tuple_

from catalogue.annotations import Act, CellKey, Fields, histories, standing
from catalogue.annotations_text import fitting
from catalogue.store import Store
from catalogue.tables import annotation, area

__all__ = ["Signature", "put_on_record", "writing"]

#: So many values fit into one statement on every database.
AT_ONCE = 500


class Signature(NamedTuple):
    """Who says something, when (ISO 8601 with UTC offset), and by which command."""

    actor: str
    at: str
    via: str


@contextmanager
def writing(store: Store, *, keep: bool = True) -> Iterator[Connection]:
    """Give a connection that nobody else writes annotations beside; with ``keep`` false nothing is kept."""
    with store.write(keep=keep) as connection:
        if not store.is_sqlite:  # whose writers come one after the other anyway
            # Before anything is read: what this transaction sees is settled by its first query.
            connection.execute(text("LOCK TABLE annotation IN SHARE ROW EXCLUSIVE MODE"))
        yield connection


def put_on_record(connection: Connection, said: Mapping[CellKey, Fields], signature: Signature) -> int:
    """Write what is said of each cell from now on, where that is something new; return how many rows.

    The areas must exist. Raise RemarkUnfit for what cannot be kept; then nothing may be committed.
    """
    numbers = _area_ids(connection, said)
    known = histories(connection, numbers.values())
    rows = []
    for key, fields in said.items():
        acts, wanted = known.get(key, ()), fitting(fields)
        if wanted != standing(acts):
            place = {"area_id": numbers[key[:2]], "ozg_id": key[2], "number": len(acts) + 1}
            rows.append(place | _said_anew(acts, wanted, signature))
    if rows:
        connection.execute(insert(annotation), rows)
    return len(rows)


def _said_anew(acts: tuple[Act, ...], wanted: Fields, signature: Signature) -> dict[str, object]:
    before = standing(acts)
    fields: dict[str, object] = {
        field: value if value != getattr(before, field) else None for field, value in wanted._asdict().items()
    }
    # A clock that was put back must not hide the act from those who look at its day.
    at = max([signature.at, *(act.at for act in acts[-1:])])
    return fields | {"actor": signature.actor, "created_at": at, "via": signature.via}


def _area_ids(connection: Connection, said: Mapping[CellKey, Fields]) -> dict[tuple[str, str], int]:
    """Return the numbers of areas by (ars, level)."""
    wanted = sorted({(ars, level) for ars, level, _ in said})
    found: dict[tuple[str, str], int] = {}
    query = select(area.c.ars, area.c.level, area.c.id)
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        rows = connection.execute(query.where(tuple_(area.c.ars, area.c.level).in_(part)))
        found |= {(ars, level): area_id for ars, level, area_id in rows}
    return found
