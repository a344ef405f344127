"""A database of before the history: what it knows of its past, and from when on all of it is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from alembic import command
from sqlalchemy import MetaData, insert, select

from catalogue.errors import NotFound
from catalogue.history import edition_at, editions, first_whole_edition, state_at
from catalogue.store import Store, _alembic_config
from catalogue.tables import cell
from tests.catalogue.applying import add_areas

NIGHTS = ("2026-01-05T01:00:00+00:00", "2026-01-06T01:00:00+00:00", "2026-01-07T01:00:00+00:00")
TEXTS = ("satisfied_level", "operator", "online_url", "competent_tier", "competence_rule", "confidence")


def fill(store: Store) -> None:
    """Write, by the schema of before, two cells; one moved in the second of three nights."""
    with store.write() as connection:
        tables = MetaData()
        tables.reflect(connection)
        for number, at in enumerate(NIGHTS, start=1):
            begun = {"id": number, "started_at": at, "state": "ok", "region": "r", "version": "", "host": ""}
            connection.execute(insert(tables.tables["run"]).values(begun | {"pid": 0}))
        blank = dict.fromkeys((*TEXTS, "sources", "evidence_ref"), "")
        blank |= dict.fromkeys(("voluntary", "own", "stale"), False) | {"area_id": 1, "competent": "yes"}
        blank |= {"leaves": 1, "leaves_online": 0, "reason": ""}
        for ozg_id, status, run_id in (("10110", "missing", 1), ("10124", "online", 2)):
            row = {"ozg_id": ozg_id, "status": status, "gap": status == "missing", "run_id": run_id}
            connection.execute(insert(tables.tables["cell"]).values(blank | row | {"since": NIGHTS[0]}))
        for number, (run_id, ozg_id, old, new) in enumerate(
            ((1, "10110", "", "missing"), (1, "10124", "", "missing"), (2, "10124", "missing", "online"))
        ):
            row = {"id": number, "run_id": run_id, "at": NIGHTS[run_id - 1], "area_id": 1, "ozg_id": ozg_id}
            row |= {
                "old_status": old,
                "new_status": new,
                "old_reason": "",
                "new_reason": "",
                "field": "status",
            }
            connection.execute(insert(tables.tables["cell_change"]).values(row | {"cause": "new_offer"}))


def test_history_begins_with_the_newest_state_and_moments_before_are_known(store: Store) -> None:
    with store.write() as connection:
        config = _alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
    add_areas(store)
    fill(store)
    store.upgrade()
    with store.read() as connection:
        assert [(one.run_id, one.at, one.is_whole) for one in editions(connection)] == [
            (1, NIGHTS[0], False),
            (2, NIGHTS[1], False),
        ]
        first = first_whole_edition(connection)
        assert first is not None
        assert first.run_id == 2
        held = edition_at(connection, datetime(2026, 1, 7, tzinfo=UTC))
        assert set(connection.execute(select(state_at(held.run_id)))) == set(connection.execute(select(cell)))
        with pytest.raises(NotFound):
            edition_at(connection, datetime(2026, 1, 5, 12, tzinfo=UTC))
