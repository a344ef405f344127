from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import Connection, delete, update

from catalogue.errors import NotFound
from catalogue.reports import conflicts as report
from catalogue.reports.conflicts import ConflictRow, conflicts
from catalogue.reports.filters import Filters
from catalogue.store import Store
from catalogue.tables import offering, source
from tests.sample_region import night

NOW = night(1)
BOTTROP, GLADBECK = Filters(areas=("Bottrop",)), Filters(areas=("Gladbeck",))


def told(rows: list[ConflictRow]) -> set[tuple[str, str, str, str]]:
    return {(row.kind, row.leika_key, row.source, row.other_source) for row in rows}


def of_service(connection: Connection, service: str, now: datetime = NOW) -> set[tuple[str, str, str, str]]:
    return told(conflicts(connection, now, Filters(areas=("Bottrop",), services=(service,))).rows)


def test_sources_that_contradict_each_other_are_found(reconciled: Connection) -> None:
    sperrmuell, gebuehr = "99001009004000", "99001001002000"
    assert of_service(reconciled, "10110") == {
        ("online_form", sperrmuell, "portal", "verzeichnis"),
        ("link", sperrmuell, "portal", "webseite"),
        ("unit", sperrmuell, "portal", "verzeichnis"),
        ("online_described", gebuehr, "verzeichnis", "portal"),
    }


def test_who_asked_in_vain_and_who_is_silent_are_told_apart(reconciled: Connection) -> None:
    elterngeld = "99041006017000"
    assert of_service(reconciled, elterngeld) == {
        ("online_absent", elterngeld, "verzeichnis", "umfrage"),
        ("hidden_supply", elterngeld, "verzeichnis", "portal"),
    }


def test_hidden_supply_goes_both_ways(reconciled: Connection) -> None:
    hidden = conflicts(reconciled, NOW, kinds=("hidden_supply",)).rows
    pairs = Counter((row.area, row.source, row.other_source) for row in hidden)
    # Five with one form and the Familienpass are on the website only.
    assert pairs["Bottrop", "webseite", "portal"] == pairs["Bottrop", "webseite", "verzeichnis"] == 6
    assert pairs["Gladbeck", "portal", "verzeichnis"] == 1
    assert {row.other_status for row in hidden} == {"silent"}
    assert {row.other_as_of for row in hidden} == {"2026-11-02"}


def test_a_page_of_the_city_for_a_service_of_the_kreis(reconciled: Connection) -> None:
    (row,) = conflicts(reconciled, NOW, GLADBECK, kinds=("other_body",)).rows
    assert (row.ozg_id, row.source, row.status) == ("10000", "verzeichnis", "described")
    assert (row.other_source, row.other_url) == ("umfrage", "https://kreis-re.example/elterngeld")
    assert (row.competent, row.competent_area) == ("no", "Kreis Recklinghausen")


def test_both_evidences_are_shown(reconciled: Connection) -> None:
    (row,) = conflicts(reconciled, NOW, BOTTROP, kinds=("online_form",)).rows
    one = (row.source, row.status, row.url, row.unit, row.as_of)
    other = (row.other_source, row.other_status, row.other_url, row.other_unit, row.other_as_of)
    assert one == (
        "portal",
        "online",
        "https://service.bottrop.example/sperrmuell",
        "Entsorgungsbetrieb",
        "2026-11-02",
    )
    assert other == ("verzeichnis", "form", "https://bottrop.example/s.pdf", "Umweltamt", "2026-11-01")
    assert row.ref
    assert row.other_ref
    assert (row.name, row.bundle) == ("Sperrmüll Entsorgung", "Abfallentsorgung")


def test_a_stale_source_is_counted_and_not_quoted(reconciled_store: Store) -> None:
    with reconciled_store.write(keep=False) as connection:
        connection.execute(update(source).where(source.c.key == "verzeichnis").values(state="failed"))
        found = conflicts(connection, NOW, BOTTROP)
    assert all("verzeichnis" not in (row.source, row.other_source) for row in found.rows)
    (left,) = found.unclaimed
    # Form, unit, described, and Elterngeld, that one source asked for in vain and the other lacks.
    assert (left.source, left.standing, left.count) == ("verzeichnis", "failed", 5)


def test_nothing_is_claimed_when_all_sources_are_stale(reconciled: Connection) -> None:
    found = conflicts(reconciled, night(30))
    assert found.rows == []
    assert {left.standing for left in found.unclaimed} == {"stale"}


def test_an_incomplete_source_lacks_nothing(reconciled_store: Store) -> None:
    with reconciled_store.write(keep=False) as connection:
        connection.execute(update(source).values(complete=False))
        assert conflicts(connection, NOW, kinds=("hidden_supply",)).rows == []


def test_a_withdrawn_offering_contradicts_nobody(reconciled_store: Store) -> None:
    with reconciled_store.write(keep=False) as connection:
        numbers = connection.execute(source.select().where(source.c.key == "verzeichnis")).one()
        connection.execute(update(offering).where(offering.c.source_id == numbers.id).values(withdrawn_run=1))
        kinds = {row.kind for row in conflicts(connection, NOW, BOTTROP, sources=("verzeichnis",)).rows}
    # Now it shows nothing at all, and as it is complete that is what it is told.
    assert kinds == {"hidden_supply"}


def test_ids_are_unique_and_the_same_on_the_next_night(reconciled: Connection) -> None:
    first, second = (conflicts(reconciled, night(number)).rows for number in (1, 2))
    assert [row.id for row in first] == [row.id for row in second]
    assert len({row.id for row in first}) == len(first) > 10


def test_areas_are_read_in_groups_without_a_difference(
    reconciled: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = conflicts(reconciled, NOW).rows
    monkeypatch.setattr(report, "AREAS_AT_ONCE", 1)
    assert conflicts(reconciled, NOW).rows == whole


def test_they_come_by_area_in_the_order_of_the_region(reconciled: Connection) -> None:
    areas = [row.area for row in conflicts(reconciled, NOW).rows]
    assert list(dict.fromkeys(areas)) == ["Bottrop", "Gladbeck"]


def test_they_can_be_limited(reconciled: Connection) -> None:
    every = conflicts(reconciled, NOW).rows
    by_theme = conflicts(reconciled, NOW, Filters(themes=("Bauen",))).rows
    assert {row.ozg_id for row in by_theme} == {"10110"}
    assert by_theme == [row for row in every if row.theme == by_theme[0].theme]
    of_survey = conflicts(reconciled, NOW, sources=("umfrage",)).rows
    assert of_survey == [row for row in every if "umfrage" in (row.source, row.other_source)]
    assert len(of_survey) == 2


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"kinds": ("strange",)}, "conflict_kind_unknown"),
        ({"sources": ("strange",)}, "conflict_source_unknown"),
        ({"filters": Filters(statuses=("online",))}, "conflict_status"),
    ],
)
def test_what_does_not_exist_is_refused(
    reconciled: Connection, question: dict[str, object], code: str
) -> None:
    with pytest.raises(NotFound) as caught:
        conflicts(reconciled, NOW, **question)  # type: ignore[arg-type]
    assert caught.value.code == code


def test_one_source_alone_contradicts_nobody(reconciled_store: Store) -> None:
    with reconciled_store.write(keep=False) as connection:
        portal = connection.execute(source.select().where(source.c.key == "portal")).one()
        connection.execute(update(source).where(source.c.key != "portal").values(active=False))
        connection.execute(delete(offering).where(offering.c.source_id != portal.id))
        assert conflicts(connection, NOW).rows == []
