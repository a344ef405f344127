from __future__ import annotations

import pytest
from sqlalchemy import delete, text, update

from catalogue.reports.database import _is_refuted, damage
from catalogue.store import Store
from catalogue.tables import cell, cell_change, cell_past, edition
from catalogue.upkeep.check import Finding, findings, sizes, unsound_constraints
from tests.catalogue.upkeep.conftest import NewStore, fill


def test_a_region_after_two_nights_is_sound(filled: Store) -> None:
    with filled.read() as connection:
        assert connection.execute(cell_past.select()).first()
        assert (damage(connection), unsound_constraints(connection), findings(connection)) == ([], [], [])
        assert sizes(connection).total > 1_000_000


def test_what_the_integrity_check_says_is_believed_unless_a_look_refutes_it(small: Store) -> None:
    with small.read() as connection:
        assert _is_refuted(connection, "NULL value in cell_past.status")
        assert not _is_refuted(connection, "NULL value in area.population")
        assert not _is_refuted(connection, "NULL value in other.column")
        assert not _is_refuted(connection, "row 1 missing from index ix_area_ags")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (update(cell).values(competent_area_id=99), Finding("dangling", "cell", "competent_area_id", 1)),
        (
            update(cell_past).values(evidence_source=99),
            Finding("dangling", "cell_past", "evidence_source", 1),
        ),
        (update(cell_change).values(source_id=99), Finding("dangling", "cell_change", "source_id", 2)),
        (update(cell).values(status="missing"), Finding("cell_unlike_history", "cell", "", 1)),
        (delete(cell_change), Finding("cell_unlike_history", "cell", "", 1)),
        (delete(cell), Finding("cell_lost", "cell", "", 1)),
        (update(cell_past).values(run_id=2), Finding("past_backwards", "cell_past", "", 1)),
        (update(cell).values(run_id=1), Finding("cell_before_past", "cell", "", 1)),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_does_not_fit_is_found(new_store: NewStore, kind: str, change: object, found: Finding) -> None:
    store = new_store(kind)
    fill(store)
    with store.write(keep=False) as connection:
        assert findings(connection) == []
        connection.execute(change)  # type: ignore[call-overload]
        assert findings(connection) == [found]


def test_a_run_without_an_edition_is_found(small: Store) -> None:
    with small.write(keep=False) as connection:
        connection.execute(delete(edition).where(edition.c.run_id == 2))
        assert findings(connection) == [
            Finding("without_edition", "cell", "run_id", 1),
            Finding("without_edition", "cell_past", "until_run", 1),
        ]


def test_offerings_that_lead_nowhere_are_found(region_store: Store) -> None:
    with region_store.write(keep=False) as connection:
        connection.execute(text("UPDATE offering SET record_id = 4711, first_run = 4712"))
        connection.execute(text("DELETE FROM offering WHERE ref = (SELECT min(ref) FROM offering)"))
        found = {(one.kind, one.table, one.column) for one in findings(connection)}
    assert found == {
        ("dangling", "offering", "record_id"),
        ("dangling", "offering", "first_run"),
        ("dangling", "statement", "ref"),
    }


def test_constraints_that_postgresql_does_not_vouch_for_are_named(new_store: NewStore) -> None:
    store = new_store("postgresql")
    with store.write(keep=False) as connection:
        assert unsound_constraints(connection) == []
        connection.execute(text("ALTER TABLE area ADD CONSTRAINT later CHECK (name <> '') NOT VALID"))
        assert unsound_constraints(connection) == ["area.later"]
