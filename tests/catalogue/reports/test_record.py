"""Single records in a catalogue and in a stage, on both databases."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from catalogue.errors import NotFound
from catalogue.records import Completeness, Offering, Record, Responsibility, Service, Status
from catalogue.records import OfferKind as Kind
from catalogue.reports.record import explain_record
from catalogue.reports.recordpreview import Previewed, preview_stage
from catalogue.reports.recordsearch import find_record
from catalogue.reports.recordstage import Audience
from catalogue.staging import merge_stages, stage_records
from catalogue.store import Store
from catalogue.tables import area, source

BOTTROP, GLADBECK, KREIS = "055120000000", "055620014014", "055620000000"


def preview(
    connection: Connection, folder: Path, records: Iterable[Record], count: int = 20, source_id: str = "neu"
) -> Previewed:
    """Return what a delivery of a source of the region would bring."""
    stage = folder / "stage.sqlite"
    summary = stage_records([*records, Completeness("everything")], stage)
    everywhere = frozenset(connection.scalars(select(area.c.id)))
    audience = Audience(source_id, None, everywhere, advisory=False)
    return preview_stage(connection, merge_stages([stage], summary), audience, count)


def offering(number: int, area_key: str = BOTTROP, **other: str) -> Offering:
    key = "99001009004000"
    return Offering(f"O{number}", area_key, Service(key, "Sperrmüll", keys=(key,)), Status.ONLINE, **other)


def test_a_record_is_explained_from_its_delivery_to_its_cell(region: Connection) -> None:
    found = explain_record(region, "portal", f"{BOTTROP}|99001009004000")
    (place,) = found.places
    assert (found.object_class, place.status, place.counts) == ("offering", "online", True)
    assert [(cell.area, cell.ozg_id, cell.decides) for cell in place.cells] == [("Bottrop", "10110", True)]
    assert [(one.ozg_id, one.state) for one in found.matches] == [("10110", "accepted")]
    assert found.life is not None
    assert (found.life.first_run, found.life.first_at) == (1, "2026-11-02T01:30:00+00:00")


def test_an_offering_of_the_kreis_counts_for_the_cells_of_its_towns(region: Connection) -> None:
    (place,) = explain_record(region, "umfrage", f"{KREIS}|99041006017000").places
    assert [(cell.area, cell.level) for cell in place.cells] == [
        ("Kreis Recklinghausen", "kreis"),
        ("Gladbeck", "gemeinde"),
        ("Recklinghausen", "gemeinde"),
    ]


def test_a_negative_answer_is_noted_and_counts(region: Connection) -> None:
    (place,) = explain_record(region, "umfrage", f"{BOTTROP}|99041006017000").places
    assert (place.status, place.counts, place.reasons) == ("absent", True, ("absent",))
    assert not any(cell.decides for cell in place.cells)


@pytest.mark.parametrize("wanted", ["%", "_%", "\\", "'", "|", "x" * 10_000])
def test_odd_refs_are_looked_for_as_they_are(region: Connection, wanted: str) -> None:
    number = region.scalar(select(source.c.id).where(source.c.key == "portal"))
    with pytest.raises(NotFound) as refused:
        find_record(region, number or 0, wanted)
    assert refused.value.code == ("record_near" if wanted == "|" else "record_unknown")


@pytest.mark.parametrize("region_store", ["sqlite"], indirect=True)
@given(wanted=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_no_ref_breaks_the_search(region_store: Store, wanted: str) -> None:
    assert _search(region_store, wanted) in {"record_near", "record_unknown", wanted, wanted.strip()}


def _search(store: Store, wanted: str) -> str:
    with store.read() as connection:
        try:
            return find_record(connection, 1, wanted)[1]
        except NotFound as refused:
            return refused.code


def test_the_first_records_come_in_the_order_of_the_delivery(region: Connection, tmp_path: Path) -> None:
    found = preview(region, tmp_path, (offering(number) for number in (3, 1, 2)), count=2)
    assert [(row.number, row.ref) for row in found.rows] == [(1, "O3"), (2, "O1")]
    assert found.classes == {"service": 1, "offering": 3}


def test_a_record_written_twice_is_shown_as_it_was_last(region: Connection, tmp_path: Path) -> None:
    found = preview(region, tmp_path, [offering(1, note="alt"), offering(2), offering(1, note="neu")])
    assert [(row.ref, row.note) for row in found.rows] == [("O2", ""), ("O1", "neu")]


def test_what_a_delivery_refers_to_may_be_known_from_another_source(
    region: Connection, tmp_path: Path
) -> None:
    lent = Responsibility("R:1", Kind.FORM, "", ("hunde und mehr",), (BOTTROP, GLADBECK))
    (row,) = preview(region, tmp_path, [lent]).rows
    assert (row.pairs, row.status, row.title, row.reasons) == (2, "form", "Hunde und mehr", ("under_review",))


@pytest.mark.parametrize("ref", ["A:1", ":1"])
def test_a_service_that_nobody_ever_delivered_is_said_to_be_missing(
    region: Connection, tmp_path: Path, ref: str
) -> None:
    (row,) = preview(region, tmp_path, [Responsibility("R:1", Kind.UNIT, "", (ref,), (BOTTROP,))]).rows
    assert (row.record, row.title, row.decision, row.reasons) == (ref, "", "none", ("record_unknown",))


def test_undecided_services_and_unknown_areas_are_counted_over_all(
    region: Connection, tmp_path: Path
) -> None:
    strange = [
        Offering(f"S{n}", f"Nirgendwo {n % 2}", Service(f"s{n}", f"Xyzzy {n}"), Status.DESCRIBED)
        for n in range(30)
    ]
    found = preview(region, tmp_path, [offering(1), *strange], count=1)
    count, samples = found.notices["area_unknown"]
    assert (count, samples) == (30, [("", "Nirgendwo 0"), ("", "Nirgendwo 1")])
    assert found.services.services == found.services.decided == 31
    assert found.services.accepted + found.services.review + found.services.none == 31
    undecided = [found.notices.get(kind, (0, [])) for kind in ("service_under_review", "service_unmatched")]
    assert sum(count for count, _ in undecided) == found.services.review + found.services.none
    assert all(len(samples) <= 20 for _, samples in undecided)


def test_what_only_some_services_were_asked_for_says_so(
    region: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogue.reports.recordtotals.MOST_DECIDED", 3)
    many = [Offering(f"S{n}", BOTTROP, Service(f"s{n}", "Xyzzy"), Status.DESCRIBED) for n in range(5)]
    found = preview(region, tmp_path, many)
    assert (found.services.services, found.services.decided) == (5, 3)
    assert found.notices["services_sampled"] == (1, [("", "3/5")])
    assert "services_sampled" not in preview(region, tmp_path, many[:3]).notices
