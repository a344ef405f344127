"""Histories for tests: cells that change night by night as a script says, written by the real writer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, update

import catalogue.cells
from catalogue import tables
from catalogue.cells import recompute
from catalogue.competence import Competence
from catalogue.due import note_due
from catalogue.evidence import DESCRIBED, FORM, ONLINE, Evidence
from catalogue.history import drop_area, stored_moment
from catalogue.lookup import AreaIndex
from catalogue.situations import Service
from catalogue.store import Store
from catalogue.tables import cell, metadata, ozg_service, region_area, run, source_run
from catalogue.verdict import Level, Situation
from catalogue.voices import Silence
from tests.catalogue.applying import AREAS, add_areas, clear

__all__ = ["FIRST", "SERVICES", "State", "Told", "life", "nights", "told", "write_source_run"]

#: The first night, in winter: days begin an hour later in UTC.
FIRST = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
SERVICES = {"10110": ("a", "b"), "10124": ("c",), "10555": ()}
KEYS = {number: f"quelle{number}" for number in range(1, 10)}
PLACES = tuple(AREAS.values())[:3]


class State(NamedTuple):
    """What decides one cell in a test."""

    rank: int = 0  # 0: nothing shown
    source: int = 1
    ref: str = "r1"
    operator: str = ""
    leaves: int = 0
    competent: str = "yes"
    voluntary: bool = False
    silence: str = "missing"


@dataclass
class Told:
    """What a test lets happen, and what the database said after each night."""

    store: Store
    states: dict[tuple[int, str], State] = field(default_factory=dict)
    services: tuple[str, ...] = tuple(SERVICES)
    moment: datetime = FIRST
    run_id: int = 0
    moments: list[datetime] = field(default_factory=list)

    def night(
        self,
        areas: Sequence[int] = PLACES,
        cause: str = "offers",
        *,
        hours: float = 24,
        source: int = 0,
        accepted: bool | None = None,
    ) -> int:
        """Let a night pass in which all is computed again; return its run.

        ``accepted`` writes a delivery of the source as accepted by hand or not.
        """
        self.moment = self.moment + timedelta(hours=hours) if self.moments else self.moment
        with self.store.write() as connection:
            self.run_id += 1
            values = {"id": self.run_id, "started_at": stored_moment(self.moment), "state": "ok"}
            connection.execute(insert(run).values(region="r", version="", host="", pid=0, **values))
            if accepted is not None:
                write_source_run(connection, source, self.run_id, accepted=accepted)
            _set_region(connection, areas, self.run_id, self.moment)
            note_due(connection, areas, cause, source)
            recompute(connection, self.run_id, self.moment)
        self.moments.append(self.moment)
        return self.run_id

    def rows(self) -> set[tuple[object, ...]]:
        """Return all cells with all their columns."""
        with self.store.read() as connection:
            return {tuple(row) for row in connection.execute(select(cell))}


def write_source_run(connection: Connection, source_id: int, run_id: int, *, accepted: bool) -> None:
    """Write a source's part of a run that applied its delivery."""
    counters = ("read", "new", "changed", "unchanged", "vanished", "withdrawn", "rejected", "orphans")
    values: dict[str, object] = dict.fromkeys((*counters, "dangling"), 0)
    values |= dict.fromkeys(("started_at", "finished_at", "digest", "message"), "")
    values |= {"run_id": run_id, "source_id": source_id, "state": "ok", "scope": "everything"}
    values |= {"accepted_by_hand": accepted, "params": "{}"}
    connection.execute(insert(source_run).values(values))


def _set_region(connection: Connection, areas: Sequence[int], run_id: int, now: datetime) -> None:
    known = set(connection.scalars(select(region_area.c.area_id)))
    connection.execute(delete(region_area))
    rows = [{"area_id": area_id, "position": place} for place, area_id in enumerate(areas)]
    connection.execute(insert(region_area), rows)
    for area_id in known - set(areas):
        drop_area(connection, area_id, run_id, now)


@contextmanager
def told(store: Store) -> Iterator[Told]:
    """Give a history that begins; everything is cleared afterwards."""
    story = Told(store)
    add_areas(store)
    with store.write() as connection:
        rows = [
            {
                "ozg_id": ozg_id,
                "title": ozg_id,
                "theme": f"Thema {ozg_id[-1]}",
                "situation": "",
                "release_id": 1,
            }
            for ozg_id in SERVICES
        ]
        connection.execute(insert(ozg_service), rows)

    class Scripted:
        """Stands for what is read from offerings: the script's states."""

        def __init__(self, connection: Connection, _now: datetime) -> None:
            self.areas = AreaIndex.load(connection)
            self.keys = KEYS
            self.worn: dict[int, str] = {}

        def load(self, _areas: Sequence[int]) -> None:
            """Read nothing."""

        def of_area(self, area_id: int) -> Iterator[tuple[Service, Situation]]:
            """Yield what the script says."""
            for ozg_id in story.services:
                leaves = frozenset(SERVICES[ozg_id])
                state = story.states.get((area_id, ozg_id), State())
                yield Service(ozg_id, "", leaves), _situation(area_id, state, leaves)

    real = catalogue.cells.Situations
    catalogue.cells.Situations = Scripted  # type: ignore[assignment,misc]
    try:
        yield story
    finally:
        catalogue.cells.Situations = real  # type: ignore[misc]
        with store.write() as connection:
            connection.execute(update(tables.area).values(parent_id=None))
        clear(store, *reversed(metadata.sorted_tables))


def _situation(area_id: int, state: State, leaves: frozenset[str]) -> Situation:
    shown = []
    if state.rank:
        found = Evidence(state.source)
        for leaf in sorted(leaves)[: state.leaves] or [""]:
            found.add(leaf, (state.rank, 50, state.source, state.ref, "https://x.example", state.operator, 1))
        shown.append((Level(area_id, "gemeinde", True), found))
    competence = Competence(
        state.competent, "gemeinde", None, "", "regel", "hoch", state.voluntary, "", "", ""
    )
    reason = "" if state.silence == "missing" else "never_asked"
    return Situation(shown, "", competence, Silence(state.silence, reason, "feed"), leaves, "")


states = st.builds(
    State,
    rank=st.sampled_from((0, DESCRIBED, FORM, ONLINE, ONLINE)),
    source=st.sampled_from((1, 2)),
    ref=st.sampled_from(("r1", "r2")),
    operator=st.sampled_from(("", "kreis")),
    leaves=st.integers(0, 2),
    competent=st.sampled_from(("yes", "yes", "no", "unresolved")),
    voluntary=st.booleans(),
    silence=st.sampled_from(("missing", "unknown")),
)


class Night(NamedTuple):
    """What happens in one night."""

    hours: int
    cause: str
    areas: list[int]
    services: list[str]
    changed: dict[tuple[int, str], State]


nights = st.lists(
    st.builds(
        Night,
        hours=st.sampled_from((0, 1, 24, 24, 60)),
        cause=st.sampled_from(("offers", "match", "reference", "region")),
        areas=st.one_of(st.just(list(PLACES)), st.lists(st.sampled_from(PLACES), min_size=1, unique=True)),
        services=st.one_of(
            st.just(list(SERVICES)), st.lists(st.sampled_from(tuple(SERVICES)), min_size=1, unique=True)
        ),
        changed=st.dictionaries(
            st.tuples(st.sampled_from(PLACES), st.sampled_from(tuple(SERVICES))), states, max_size=5
        ),
    ),
    min_size=1,
    max_size=6,
)


def life(story: Told, drawn: Sequence[Night]) -> Iterator[datetime]:
    """Let nights pass one by one, and yield the moment of each."""
    for night in drawn:
        story.states.update(night.changed)
        story.services = tuple(sorted(night.services))
        story.night(night.areas, night.cause, hours=night.hours)
        yield story.moment
