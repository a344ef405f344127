"""Records as a sheet that people fill in, with a stamp that tells whether they changed since."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from catalogue.matching.meanings import EMPTY, Meaning, meanings
from catalogue.matching.rulings import Act, Acts
from catalogue.reports.review import ReviewFilters, review_list
from catalogue.tables import ozg_service, source

__all__ = ["SheetRow", "sheet_rows", "stamp_of"]

CANDIDATES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One record; the columns ``decision`` to ``reason`` are for whoever decides."""

    record: str
    title: str
    official_title: str
    reported_keys: tuple[str, ...]
    state: str
    accepted: tuple[str, ...]
    candidates: str
    accept_cells: int | None
    reject_cells: int | None
    release_cells: int | None
    areas: int
    similar: int
    said_by: str
    decision: str
    services: str
    applies_to: str
    reason: str
    stamp: str


def sheet_rows(connection: Connection, now: datetime, filters: ReviewFilters) -> list[SheetRow]:
    """Return records in the order of the list, with empty columns to be filled in. Raise NotFound."""
    rows = review_list(connection, now, filters)
    numbers = {key: number for number, key in connection.execute(select(source.c.id, source.c.key))}
    refs: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        refs[numbers[row.source]].append(row.ref)
    known = meanings(connection, refs)
    acts = Acts.load(connection)
    titles: dict[str, str] = dict(connection.execute(select(ozg_service.c.ozg_id, ozg_service.c.title)).all())
    return [
        SheetRow(
            record=row.record,
            title=row.title,
            official_title=row.official_title,
            reported_keys=row.reported_keys,
            state=row.state,
            accepted=row.accepted,
            candidates=_candidates(known.get((numbers[row.source], row.ref), EMPTY), titles),
            accept_cells=row.accept_cells,
            reject_cells=row.reject_cells,
            release_cells=row.release_cells,
            areas=row.areas,
            similar=row.similar,
            said_by=row.said_by,
            decision="",
            services="",
            applies_to="",
            reason="",
            stamp=stamp_of(
                acts.about(numbers[row.source], row.ref, row.title, row.official_title),
                row.title,
                row.official_title,
                " ".join(row.reported_keys),
            ),
        )
        for row in rows
    ]


def stamp_of(acts: Sequence[Act], title: str, official_title: str, reported_keys: str) -> str:
    """Return what a decision about a record rests on: the last decision that holds, and its texts."""
    last = max((act.number for act in acts), default=0)
    content = "\0".join((title, official_title, " ".join(reported_keys.split())))
    return f"{last}-{hashlib.blake2b(content.encode(), digest_size=4).hexdigest()}"


def _candidates(meaning: Meaning, titles: dict[str, str]) -> str:
    best: dict[str, float] = {}
    for row in meaning.waiting:
        best[row.ozg_id] = max(row.score, best.get(row.ozg_id, 0.0))
    shown = [
        f"{ozg_id} {titles.get(ozg_id, '')} ({score:.2f})"
        for ozg_id, score in list(best.items())[:CANDIDATES_SHOWN]
    ]
    more = len(best) - len(shown)
    return "; ".join(shown) + (f"; … (+{more})" if more > 0 else "")
