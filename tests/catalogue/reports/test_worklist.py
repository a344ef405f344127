from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, update

from catalogue.errors import NotFound
from catalogue.priority_rules import packaged_priority_rules, read_priority_rules
from catalogue.reports import worklist as report
from catalogue.reports.conflicts import conflicts
from catalogue.reports.filters import Filters
from catalogue.reports.gaps import gaps
from catalogue.reports.worklist import Existing, PeerGroup, WorkList, WorkRow, worklist, worklists
from catalogue.reports.worklist_ranking import with_priorities
from catalogue.signals_rules import packaged_rules
from catalogue.store import Store
from catalogue.tables import annotation, area, cell
from tests.work_region import LATER

WASTE, RESIDENCE, DOGS = "10110", "10124", "10160"
DORSTEN, MARL = "055620012012", "055620024024"


def rows(connection: Connection, *areas: str, **limits: object) -> dict[str, WorkRow]:
    """Return the work list of an area by OZG id."""
    found = worklist(connection, Filters(areas=areas, level="gemeinde"), today=LATER, **limits)  # type: ignore[arg-type]
    return {row.cell.ozg_id: row for row in found.rows}


Lists = Mapping[str, WorkList]


@pytest.fixture(scope="module")
def lists(work_store: Store) -> Lists:
    """The work lists of all Gemeinden by name, and that of the Kreis."""
    with work_store.read() as connection:
        return {one.area: one for one in worklists(connection, today=LATER)}


def row_of(lists: Lists, area_name: str, ozg_id: str) -> WorkRow:
    return next(row for row in lists[area_name].rows if row.cell.ozg_id == ozg_id)


def number_of(connection: Connection, ars: str) -> int:
    return connection.execute(select(area.c.id).where(area.c.ars == ars)).scalar_one()


def test_it_holds_the_gaps_and_nothing_else(work: Connection) -> None:
    listed = {(row.cell.ars, row.cell.ozg_id) for row in worklist(work, today=LATER).rows}
    assert listed == {(row.ars, row.ozg_id) for row in gaps(work).rows}
    assert len(listed) > 500


def test_the_most_urgent_come_first_and_equals_by_id(lists: Lists) -> None:
    for one in lists.values():
        keys = [(-row.priority.points, row.cell.ozg_id) for row in one.rows]
        assert keys == sorted(set(keys))


def test_several_areas_make_one_list_in_the_same_order_every_time(work: Connection) -> None:
    whole = worklist(work, today=LATER)
    assert (whole.level, whole.group) == ("region", None)
    assert whole.rows == worklist(work, today=LATER).rows
    urgency = [-row.priority.points for row in whole.rows]
    assert urgency == sorted(urgency)
    some = worklist(work, Filters(areas=("Marl", "Herten")), today=LATER)
    assert (some.level, {row.cell.area for row in some.rows}) == ("selection", {"Marl", "Herten"})


def test_the_areas_are_those_asked_for_in_the_order_of_the_region(work: Connection) -> None:
    names = [one.area for one in worklists(work, Filters(areas=("Marl", "Dorsten")), today=LATER)]
    assert names == ["Dorsten", "Marl"]


def test_small_groups_of_areas_make_no_difference(work: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(worklists(work, Filters(services=(WASTE, DOGS)), today=LATER))
    monkeypatch.setattr(report, "AREAS_AT_ONCE", 1)
    assert list(worklists(work, Filters(services=(WASTE, DOGS)), today=LATER)) == whole


def test_areas_are_compared_with_their_kind_and_size_only(lists: Lists) -> None:
    grosse = "grosse_kreisangehoerige_stadt"
    assert lists["Marl"].group == PeerGroup(grosse, 50_000, 100_000, 4, small=False)
    assert lists["Recklinghausen"].group == PeerGroup(grosse, 100_000, 500_000, 0, small=True)
    assert lists["Bottrop"].group == PeerGroup("kreisfreie_stadt", 100_000, 500_000, 0, small=True)


def test_peers_are_counted_without_the_area_itself(lists: Lists) -> None:
    row = row_of(lists, "Marl", WASTE)
    assert (row.peers, row.peers_online, row.peers_unknown) == (4, 2, 0)
    assert row_of(lists, "Herten", RESIDENCE).peers_online == 1


def test_unknown_peers_are_no_part_of_the_share(work_store: Store) -> None:
    with work_store.write(keep=False) as connection:
        dorsten = number_of(connection, DORSTEN)
        of_dorsten = (cell.c.area_id == dorsten) & (cell.c.ozg_id == RESIDENCE)
        connection.execute(update(cell).where(of_dorsten).values(status="unknown", gap=False))
        row = rows(connection, "Herten")[RESIDENCE]
    assert (row.peers, row.peers_online, row.peers_unknown) == (4, 1, 1)
    assert row.priority.parts[1].detail == "1/3"


def test_too_few_known_peers_are_not_measured(lists: Lists) -> None:
    part = row_of(lists, "Recklinghausen", WASTE).priority.parts[1]
    assert (part.measured, part.detail) == (False, "few_peers")


def test_the_age_counts_from_when_the_gap_began(work: Connection) -> None:
    parts = {part.code: part.detail for part in rows(work, "Marl")[WASTE].priority.parts}
    assert parts == {"lists": "", "peers": "2/4", "population": "86766", "age": "100"}
    first = worklist(work, Filters(areas=("Marl",)), today=date(2026, 11, 2)).rows[0]
    assert first.priority.parts[3].detail == "0"


def test_solutions_are_the_nearest_comparable_areas_first(lists: Lists) -> None:
    solved = row_of(lists, "Castrop-Rauxel", WASTE).solutions
    assert [(one.area, one.product, one.same_group) for one in solved] == [
        ("Dorsten", "FORMCYCLE", True),
        ("Gladbeck", "citkoPortal", True),
        ("Datteln", "", False),
    ]
    assert solved[0].url == "https://dorsten.form.cloud/formcycle/form/alias/1/muell/"
    assert solved[0].since == "2026-11-02T01:30:00+00:00"


def test_what_only_the_land_offers_solves_nothing_but_is_ready(work_store: Store) -> None:
    with work_store.write(keep=False) as connection:
        marl = number_of(connection, MARL)
        by_land = {
            "satisfied_level": "land",
            "operator": "land",
            "own": False,
            "status": "online",
            "gap": False,
        }
        of_marl = (cell.c.area_id == marl) & (cell.c.ozg_id == WASTE)
        connection.execute(update(cell).where(of_marl).values(online_url="https://land.example/m", **by_land))
        row = rows(connection, "Herten")[WASTE]
    assert "Marl" not in {one.area for one in row.solutions}
    assert [(one.level, one.url) for one in row.ready] == [("land", "https://land.example/m")]


def test_one_link_that_many_use_is_one_solution(work_store: Store) -> None:
    with work_store.write(keep=False) as connection:
        shared = {"online_url": "https://kreis.example/muell"}
        connection.execute(update(cell).where(cell.c.ozg_id == WASTE, cell.c.own).values(**shared))
        solved = rows(connection, "Marl")[WASTE].solutions
    assert [(one.area, one.url) for one in solved] == [("Gladbeck", "https://kreis.example/muell")]


def test_an_efa_service_of_one_city_is_ready_for_the_others(lists: Lists) -> None:
    row = row_of(lists, "Bottrop", RESIDENCE)
    assert [(one.level, one.title) for one in row.ready] == [("efa", "Elektronische Wohnsitzanmeldung")]
    assert [(one.area, one.same_group) for one in row.solutions] == [("Marl", False)]


def test_a_shared_portal_makes_a_quick_win_for_those_who_lack_it(lists: Lists) -> None:
    assert row_of(lists, "Marl", DOGS).quick_win
    assert not row_of(lists, "Marl", WASTE).quick_win
    assert not row_of(lists, "Bottrop", RESIDENCE).quick_win


def test_what_exists_is_told_with_its_link_or_without_one(lists: Lists) -> None:
    form = Existing("form", "https://castrop.example/muell.pdf", "Sperrmüll", "verzeichnis")
    assert row_of(lists, "Castrop-Rauxel", WASTE).existing == (form,)
    assert row_of(lists, "Herten", WASTE).existing == (Existing("text", "", "Sperrmüll", "verzeichnis"),)
    assert row_of(lists, "Marl", WASTE).existing == ()


def test_the_leaves_that_are_missing_are_named(lists: Lists) -> None:
    leaves = row_of(lists, "Marl", DOGS).leaves_missing
    assert ("99102013002000", "Hundesteuer Festsetzung") in {(one.leika_key, one.name) for one in leaves}
    assert len(leaves) == row_of(lists, "Marl", DOGS).cell.leaves


def test_a_kreis_serves_the_people_of_the_members_it_acts_for(work: Connection) -> None:
    of_kreis = worklist(work, Filters(areas=("Recklinghausen",), level="kreis"), today=LATER).rows
    by_tier = {row.cell.competent_tier: row.priority.parts[2].detail for row in of_kreis}
    assert by_tier["kreis"] == "621305"
    # For the four Mittlere cities: Datteln, Haltern am See, Oer-Erkenschwick, Waltrop.
    assert by_tier["grosse"] == str(35_473 + 38_142 + 31_404 + 29_177)


def test_a_remark_stands_beside_its_gap(work_store: Store) -> None:
    with work_store.write(keep=False) as connection:
        marl = number_of(connection, MARL)
        said = {"number": 1, "kind": "planned", "planned_for": "2027-06-30", "unit": "", "comment": ""}
        row = {"area_id": marl, "ozg_id": WASTE, "actor": "amt", "created_at": "2026-12-01T08:00:00+00:00"}
        connection.execute(insert(annotation).values(**row, **said, via="set"))
        remark = rows(connection, "Marl")[WASTE].remark
    assert remark is not None
    assert (remark.kind, remark.planned_for) == ("planned", "2027-06-30")


def test_conflicts_and_signals_are_told_as_the_reports_do(reconciled: Connection) -> None:
    now = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
    found = worklist(reconciled, Filters(areas=("Gladbeck",)), today=now)
    told = {
        row.cell.ozg_id: (row.conflicts, row.signals) for row in found.rows if row.conflicts or row.signals
    }
    listed = conflicts(reconciled, now, Filters(areas=("Gladbeck",))).rows
    signs = {
        row.ozg_id: row.signals
        for row in gaps(reconciled, Filters(areas=("Gladbeck",)), packaged_rules()).rows
    }
    open_gaps = {row.cell.ozg_id for row in found.rows}
    assert set(told) == {one.ozg_id for one in listed if one.ozg_id in open_gaps} | {
        ozg_id for ozg_id, codes in signs.items() if codes
    }
    for ozg_id, (kinds, codes) in told.items():
        assert set(kinds) == {one.kind for one in listed if one.ozg_id == ozg_id}
        assert codes == signs[ozg_id]


def test_a_moment_in_the_past_has_no_offers_but_all_the_rest(work: Connection) -> None:
    moment = datetime(2026, 11, 12, 12, tzinfo=UTC)
    past = worklist(work, Filters(areas=("Castrop-Rauxel",), as_of=moment), today=LATER)
    row = next(one for one in past.rows if one.cell.ozg_id == WASTE)
    assert (past.links_read, row.existing, row.conflicts, row.signals) == (False, (), (), ())
    assert row.priority.parts[3].detail == "10"
    assert [one.area for one in row.solutions] == ["Dorsten", "Gladbeck", "Datteln"]


def test_gaps_get_the_same_priorities(work: Connection) -> None:
    filters = Filters(areas=("Marl",))
    listed = with_priorities(work, filters, gaps(work, filters).rows, packaged_priority_rules(), LATER)
    urgent = {row.cell.ozg_id: row.priority for row in worklist(work, filters, today=LATER).rows}
    assert {row.ozg_id: (row.priority, row.priority_parts) for row in listed} == {
        ozg_id: (priority.points, priority.parts) for ozg_id, priority in urgent.items()
    }


def test_an_own_list_raises_what_is_on_it(work: Connection, tmp_path: Path) -> None:
    file = tmp_path / "rat.csv"
    file.write_text("leika_key\n99102013002000\n", encoding="utf-8")
    rules = packaged_priority_rules().with_lists([file])
    before, after = rows(work, "Marl"), rows(work, "Marl", priority_rules=rules)
    assert after[DOGS].priority.points == before[DOGS].priority.points + 40
    assert after[WASTE].priority == before[WASTE].priority


def test_own_rules_are_named_and_used(work: Connection, tmp_path: Path) -> None:
    packaged = Path("catalogue/priority.toml").read_text(encoding="utf-8")
    (tmp_path / "priority_lists.csv").write_text("ozg_id,list\n10110,x\n", encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(packaged.replace("priority/1", "own/7").replace("50000, ", ""), encoding="utf-8")
    rules = read_priority_rules(own)
    found = worklist(work, Filters(areas=("Marl",)), priority_rules=rules, today=LATER)
    assert found.rules == "own/7"
    assert found.group == replace(found.group, size_from=20_000, size_below=100_000) if found.group else False


def test_what_does_not_exist_is_refused(work: Connection) -> None:
    with pytest.raises(NotFound):
        worklist(work, Filters(areas=("Nirgendwo",)), today=LATER)
    with pytest.raises(NotFound):
        next(worklists(work, Filters(statuses=("online",)), today=LATER))
