from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select, update

from catalogue.errors import NotFound
from catalogue.matching.keyed import ACTOR
from catalogue.matching.patterns import record_pattern
from catalogue.matching.review import Signature, Wish, put_on_record
from catalogue.reports.cells import cells
from catalogue.reports.explain import Explanation, explain
from catalogue.reports.filters import Filters, select_cells
from catalogue.situations import Situations
from catalogue.store import Store
from catalogue.tables import cell, source
from catalogue.verdict import decide
from tests.sample_region import night, sync_region

NOW = night(1)


def about(connection: Connection, area: str, service: str, now: datetime = NOW) -> Explanation:
    return explain(connection, area, service, now)


@pytest.mark.parametrize(
    ("area", "service", "status"),
    [
        ("Bottrop", "10110", "online"),
        ("Gladbeck", "10110", "form"),
        ("Stadt Recklinghausen", "10110", "described"),
        ("Bottrop", "10003", "missing"),
        ("Gladbeck", "10160", "unknown"),
        ("Gladbeck", "10027", "not_competent"),
        ("Kreis Recklinghausen", "10110", "not_competent"),
    ],
)
def test_the_explanation_of_a_cell_agrees_with_it(
    region: Connection, area: str, service: str, status: str
) -> None:
    found = about(region, area, service)
    assert (found.cell.status, found.verdict.status, found.verdict.agrees) == (status, status, True)


def test_every_cell_is_what_its_situation_says(region: Connection) -> None:
    situations = Situations(region, NOW)
    of_area = {area.ars + area.level: area.id for area in select_cells(region, Filters()).areas}
    stored = {(of_area[row.ars + row.level], row.ozg_id): (row.status, row.reason) for row in cells(region)}
    situations.load(sorted(of_area.values()))
    verdicts = {
        (area_id, service.ozg_id): decide(situation)
        for area_id in of_area.values()
        for service, situation in situations.of_area(area_id)
    }
    assert {key: (verdict.status, verdict.reason) for key, verdict in verdicts.items()} == stored


def test_it_leads_from_the_cell_to_the_delivery(region: Connection) -> None:
    found = about(region, "Bottrop", "10110")
    online = next(row for row in found.offerings if row.status == "online")
    assert online.counts
    assert (online.source, online.kind, online.life) == ("portal", "direct", "active")
    assert online.url == found.cell.online_url
    assert online.unit == "Entsorgungsbetrieb"
    assert (online.leika_key, online.method, online.state, online.actor) == (
        "99001009004000",
        "key",
        "accepted",
        ACTOR,
    )
    assert (online.first_run, online.first_at) == (1, "2026-11-02T01:30:00+00:00")
    assert len(online.fingerprint) == 16
    assert len(online.delivery) == 32
    assert online.read_at == "2026-11-02T01:30:00+00:00"


def test_it_shows_the_bundle_with_what_is_online(region: Connection) -> None:
    found = about(region, "Kreis Recklinghausen", "Elterngeld")
    assert [row.leika_key for row in found.leika if row.online] == ["99041006017000"]
    assert sum(row.leaf for row in found.leika) == found.cell.leaves
    assert all(row.types for row in found.leika)


def test_it_shows_what_the_kreis_offers_to_its_cities(region: Connection) -> None:
    found = about(region, "Gladbeck", "Elterngeld")
    (offered,) = found.offerings
    assert (offered.level, offered.source) == ("kreis", "umfrage")
    assert found.competence.verdict == "no"
    assert found.competence.competent_area == "Kreis Recklinghausen"
    assert found.competence.competent_level == "kreis"
    assert found.competence.basis


def test_it_shows_what_waits_under_review(region: Connection) -> None:
    found = about(region, "Gladbeck", "Hundehaltung")
    (waiting,) = found.offerings
    assert (waiting.state, waiting.counts, waiting.title) == ("review", False, "Hunde und mehr")
    assert found.cell.reason == "match_under_review"
    assert found.verdict.waiting == ("portal",)


def test_it_names_the_sources_that_are_heard(region: Connection) -> None:
    found = about(region, "Bottrop", "10110")
    assert [(voice.source, voice.standing, voice.speaks) for voice in found.voices] == [
        ("portal", "ok", True),
        ("umfrage", "part", False),
    ]
    assert all(voice.concerns_theme for voice in found.voices)


def test_its_history_begins_with_the_first_verdict(region: Connection) -> None:
    first = about(region, "Bottrop", "10110").history[0]
    assert (first.old_status, first.new_status, first.run) == ("", "online", 1)


def test_an_unknown_cell_is_not_found(region: Connection) -> None:
    for area, service in (("Herne", "10110"), ("Bottrop", "99999")):
        with pytest.raises(NotFound):
            about(region, area, service)


def test_it_says_when_the_cell_is_outdated(region_store: Store) -> None:
    with region_store.write(keep=False) as connection:
        connection.execute(update(source).values(active=False).where(source.c.key == "portal"))
        found = about(connection, "Bottrop", "10110")
    assert not found.verdict.agrees
    assert (found.cell.status, found.verdict.status) == ("online", "unknown")
    assert not any(row.counts for row in found.offerings)


def test_a_decision_by_a_person_overrules_the_machine(region_store: Store) -> None:
    ref = "99001009004000|sperrmüll entsorgung"
    with region_store.write(keep=False) as connection:
        portal = connection.scalars(select(source.c.id).where(source.c.key == "portal")).one()
        wish = Wish(record_pattern(portal, ref), "rejected", (("10110", ""),), "Sperrmüll Entsorgung")
        put_on_record(connection, [wish], Signature("A. Muster", "2026-11-03T08:00:00+00:00"))
        found = about(connection, "Bottrop", "10110")
    of_person = [row for row in found.offerings if row.record == ref]
    assert [(row.actor, row.state, row.counts) for row in of_person] == [("A. Muster", "rejected", False)]
    assert not found.verdict.agrees


def test_it_keeps_what_is_withdrawn(reference_store: Store, files: Path) -> None:
    table = files.parent / "portal.csv"
    kept = table.read_text(encoding="utf-8").splitlines()
    sync_region(reference_store, files, 1)
    table.write_text("\n".join([kept[0], *kept[2:]]) + "\n", encoding="utf-8")
    lives = []
    for number in (2, 3):
        assert sync_region(reference_store, files, number).state == "ok"
        with reference_store.read() as connection:
            found = about(connection, "Bottrop", "10110", night(number))
        gone = next(row for row in found.offerings if row.leika_key == "99001009004000")
        lives.append((gone.life, gone.counts, found.cell.status, found.verdict.agrees))
    assert lives == [("vanished", True, "online", True), ("withdrawn", False, "described", True)]
    assert [(row.old_status, row.new_status, row.cause) for row in found.history][-1] == (
        "online",
        "described",
        "withdrawn",
    )


def test_it_shows_units_forms_and_online_services_of_an_editorial_system(
    reference_store: Store, files: Path
) -> None:
    assert sync_region(reference_store, files.with_name("redaktion.toml")).state == "ok"
    with reference_store.read() as connection:
        waste, dogs = (about(connection, "Gladbeck", ozg_id) for ozg_id in ("10110", "10160"))
    assert waste.verdict.agrees
    assert dogs.verdict.agrees
    assert [(row.kind, row.status, row.unit, row.url) for row in waste.offerings] == [
        ("unit", "form", "Amt für Abfall und Hunde", "https://gladbeck.example/sperrmuell.pdf"),
        ("online", "online", "Sperrmüll online", "https://service.gladbeck.example/sperrmuell"),
    ]
    assert waste.cell.online_url == "https://service.gladbeck.example/sperrmuell"
    assert [row.leika_key for row in waste.leika if row.online] == ["99001009004002"]
    assert [(row.kind, row.status, row.unit) for row in dogs.offerings] == [
        ("unit", "described", "Amt für Abfall und Hunde")
    ]


def test_a_service_that_is_not_computed_yet_has_no_cell(region_store: Store) -> None:
    with region_store.write(keep=False) as connection:
        connection.execute(delete(cell).where(cell.c.ozg_id == "10110"))
        with pytest.raises(NotFound) as caught:
            about(connection, "Bottrop", "10110")
    assert caught.value.params == {"area": "Bottrop", "ozg_id": "10110"}
