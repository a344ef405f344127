from __future__ import annotations

from dataclasses import asdict

import pytest
from sqlalchemy import Connection, update

from catalogue.errors import NotFound
from catalogue.reports import signals as report
from catalogue.reports.cells import cells
from catalogue.reports.coverage import CoverageRow, coverage
from catalogue.reports.filters import Filters
from catalogue.reports.gaps import gaps
from catalogue.reports.signals import SignalRow, signals
from catalogue.signals_rules import packaged_rules
from catalogue.store import Store
from catalogue.tables import statement
from tests.reconciled_region import GENERIC

RULES = packaged_rules()
BOTTROP = Filters(areas=("Bottrop",))


def of_bottrop(connection: Connection) -> list[SignalRow]:
    return signals(connection, RULES, BOTTROP)


def test_signals_are_found_with_what_they_were_recognised_by(reconciled: Connection) -> None:
    found = {(row.ozg_id, row.signal): row for row in of_bottrop(reconciled)}
    home = found["10016", "home_page"]
    assert (home.source, home.url, home.detail) == (
        "webseite",
        "https://www.bottrop.example/",
        "bottrop.example",
    )
    assert found["10016", "generic_text"].detail == "generic_text"
    assert found["10003", "shared_link"].detail == "5"
    assert found["10003", "generic_form"].url == GENERIC
    assert {ozg_id for ozg_id, _ in found} == {"10003", "10009", "10016", "10019", "10023", "10024"}


def test_they_are_told_of_cells_and_change_no_status(reconciled: Connection) -> None:
    plain, told = cells(reconciled, BOTTROP), cells(reconciled, BOTTROP, RULES)
    assert [row.status for row in plain] == [row.status for row in told]
    assert {row.signals for row in plain} == {None}
    with_signals = {row.ozg_id: row.signals for row in told if row.signals}
    assert with_signals["10016"] == ("home_page", "generic_text")
    assert with_signals["10003"] == ("shared_link", "generic_form")
    assert {row.signals for row in told if row.ozg_id not in with_signals} == {()}


def test_they_are_told_of_gaps(reconciled: Connection) -> None:
    assert {row.signals for row in gaps(reconciled, BOTTROP).rows} == {None}
    assert {row.signals for row in gaps(reconciled, BOTTROP, RULES).rows} == {()}


def test_beyond_so_many_areas_cells_say_that_nobody_looked(
    reconciled: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "MOST_AREAS_SHOWN", 1)
    assert {row.signals for row in cells(reconciled, Filters(), RULES)} == {None}
    assert {row.signals for row in cells(reconciled, BOTTROP, RULES)} != {None}


def test_a_link_is_counted_over_all_services_whatever_is_asked_for(reconciled: Connection) -> None:
    (row,) = signals(reconciled, RULES, Filters(areas=("Bottrop",), services=("10003",)), ["shared_link"])
    assert (row.ozg_id, row.detail) == ("10003", "5")


def shown(row: CoverageRow) -> tuple[int, int, int]:
    return row.any_count, row.own_count, row.leaves_online


@pytest.mark.parametrize("scope", ["competent", "all"])
def test_coverage_without_inflated_cells_keeps_its_denominator(reconciled: Connection, scope: str) -> None:
    whole, without = (coverage(reconciled, BOTTROP, scope, rules)[0] for rules in (None, RULES))
    online = [
        row
        for row in cells(reconciled, BOTTROP)
        if row.status == "online" and (scope == "all" or row.competent == "yes")
    ]
    of_website = {row.ozg_id for row in online} & {row.ozg_id for row in of_bottrop(reconciled)}
    assert (without.inflated, whole.inflated) == (len(of_website), None)
    assert without.any_count == whole.any_count - len(of_website)
    assert without.own_count == whole.own_count - (without.inflated_own or 0)
    assert without.leaves_online == whole.leaves_online - (without.inflated_leaves or 0)
    assert (without.cells, without.leaves, without.online) == (whole.cells, whole.leaves, whole.online)
    assert without.any_share == round(without.any_count / without.cells, 4)


def test_one_offer_without_a_signal_keeps_the_cell(reconciled_store: Store) -> None:
    with reconciled_store.write(keep=False) as connection:
        before = coverage(connection, BOTTROP, "all", RULES)[0]
        form = statement.c.url == "https://bottrop.example/abfall"
        connection.execute(update(statement).where(form).values(url="https://bottrop.example/"))
        after = coverage(connection, BOTTROP, "all", RULES)[0]
        assert "home_page" in {row.signal for row in signals(connection, RULES, Filters(services=("10110",)))}
        # The portal's link to the same service has no signal.
        assert shown(after) == shown(before)
        portal = statement.c.url == "https://service.bottrop.example/sperrmuell"
        connection.execute(update(statement).where(portal).values(url="https://bottrop.example/"))
        # The directory's fee is online as well and has no signal: the bundle stays.
        assert shown(coverage(connection, BOTTROP, "all", RULES)[0]) == shown(before)
        fee = statement.c.url == "https://bottrop.example/gebuehr"
        connection.execute(update(statement).where(fee).values(url="https://bottrop.example/"))
        last = coverage(connection, BOTTROP, "all", RULES)[0]
    assert shown(last) == (before.any_count - 1, before.own_count - 1, before.leaves_online - 1)


def test_the_last_row_sums_up_the_areas(reconciled: Connection) -> None:
    *rows, total = coverage(reconciled, without=RULES)
    for name in ("inflated", "inflated_own", "inflated_leaves", "any_count"):
        assert sum(asdict(row)[name] for row in rows) == asdict(total)[name]


def test_without_signals_coverage_is_the_same(region: Connection) -> None:
    for plain, without in zip(coverage(region), coverage(region, without=RULES), strict=True):
        assert shown(plain) == shown(without)
        assert without.inflated == 0


def test_areas_are_read_in_groups_without_a_difference(
    reconciled: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = signals(reconciled, RULES)
    monkeypatch.setattr(report, "AREAS_AT_ONCE", 1)
    assert signals(reconciled, RULES) == whole


def test_an_unknown_signal_names_the_known_ones(reconciled: Connection) -> None:
    with pytest.raises(NotFound) as caught:
        signals(reconciled, RULES, kinds=("strange",))
    assert "home_page" in str(caught.value.params["known"])
