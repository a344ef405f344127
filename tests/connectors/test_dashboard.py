"""The federal dashboard: how it is asked, what its rows mean, and when it counts as read to its end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from catalogue.records import Completeness, Record, Status
from catalogue.reports.crosscheck_opinion import REMEMBERED
from connectors.assignment import AssignedArea, Assignment
from connectors.contract import fetch
from connectors.dashboard import ASKED
from connectors.dashboard_settings import DashboardSettings
from connectors.errors import AbortRun, RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from tests.connectors.dashboard_asking import (
    BOTTROP,
    CITIES,
    DOGS,
    GLADBECK,
    KREIS,
    LAND,
    PASS,
    WASTE,
    asked,
    connector,
    issues,
    offerings,
)
from tests.connectors.dashboard_server import ALL, DashboardServer, as_csv, row
from tests.faultserver import FaultServer


@pytest.fixture
def dashboard(server: FaultServer) -> DashboardServer:
    """A dashboard that knows something of two cities, of a Kreis and of the Land."""
    rows = [
        row(WASTE, GLADBECK),
        row(DOGS, KREIS, "https://kreis.example/hund"),
        row(PASS, LAND, "https://land.example/pass", art_flaechendeckung="landesweit flächendeckend"),
        row(WASTE, BOTTROP, "https://bottrop.example/abfall"),
    ]
    return DashboardServer(rows, (GLADBECK, BOTTROP, KREIS))


@pytest.fixture
def read(
    server: FaultServer, dashboard: DashboardServer, fetcher: Fetcher, tmp_path: Path
) -> Callable[..., list[Record]]:
    """Read the dashboard with these settings."""

    def call(assignment: Assignment = CITIES, **settings: object) -> list[Record]:
        given = {"location": dashboard.serve(server), "per_second": 1_000, **settings}
        return list(fetch(connector(fetcher, **given), tmp_path, assignment))

    return call


# --- what is asked -----------------------------------------------------------------------------------


def test_each_area_is_asked_for_with_the_levels_above(
    read: Callable[..., list[Record]], dashboard: DashboardServer
) -> None:
    records = read()
    assert {(found.area, found.service.keys) for found in offerings(records)} == {
        (GLADBECK, (WASTE,)),
        (KREIS, (DOGS,)),
        (LAND, (PASS,)),
        (BOTTROP, (WASTE,)),
    }
    assert records[-1] == Completeness("everything")
    assert dashboard.asked[0] == {
        "ars": GLADBECK,
        "includeAbove": "true",
        "includeBelow": "false",
        "order": "asc",
        "page": "0",
        "size": "100",
    }


def test_what_several_areas_inherit_comes_once(read: Callable[..., list[Record]]) -> None:
    refs = [found.ref for found in offerings(read())]
    assert len(refs) == len(set(refs)) == 4


def test_levels_above_and_below_can_be_left_out_and_taken_in(read: Callable[..., list[Record]]) -> None:
    assert {found.area for found in offerings(read(include_above=False))} == {GLADBECK, BOTTROP}
    kreis = Assignment(areas=(AssignedArea(KREIS, "kreis", "Recklinghausen"),))
    below = offerings(read(kreis, include_above=False, include_below=True))
    assert {found.area for found in below} == {KREIS, GLADBECK}


def test_all_pages_are_read(read: Callable[..., list[Record]], dashboard: DashboardServer) -> None:
    dashboard.rows += [row(f"99{number:012d}", GLADBECK) for number in range(25)]
    records = read(page_size=10)
    assert len(offerings(records)) == 29
    assert records[-1] == Completeness("everything")
    assert [query["page"] for query in dashboard.asked if query["ars"] == GLADBECK] == ["0", "1", "2"]


def test_areas_that_were_read_to_their_end_are_remembered(read: Callable[..., list[Record]]) -> None:
    assert asked(read()) == {GLADBECK: "1", BOTTROP: "1"}
    # Whoever compares knows the name under which this is remembered.
    assert f"{ASKED}|" == REMEMBERED


def test_levels_above_are_read_to_their_end_where_they_are_asked_for(
    read: Callable[..., list[Record]],
) -> None:
    assert asked(read(), above=True) == {
        GLADBECK: "1",
        BOTTROP: "1",
        "055620014000": "0",
        KREIS: "1",
        "055000000000": "0",
        LAND: "1",
        "000000000000": "0",
    }
    assert asked(read(include_above=False), above=True) == {GLADBECK: "1", BOTTROP: "1"}


def test_an_area_that_fails_is_not_asked_and_the_others_are(
    read: Callable[..., list[Record]], server: FaultServer
) -> None:
    server.misbehave(f"{ALL}/{GLADBECK}", "status=400")
    records = read()
    assert asked(records) == {BOTTROP: "1"}
    assert issues(records) == ["dashboard_area_failed"]
    assert records[-1] == Completeness("part")


def test_the_body_of_an_error_is_never_data(
    read: Callable[..., list[Record]], server: FaultServer, dashboard: DashboardServer
) -> None:
    """Errors have the shape of pages, which must not make them pages."""
    for area in (GLADBECK, BOTTROP):
        server.misbehave(f"{ALL}/{area}", "status=500")
    with pytest.raises(RetryLater, match="http_status"):
        read()


def test_the_whole_list_is_read_and_what_concerns_the_areas_is_kept(
    read: Callable[..., list[Record]], dashboard: DashboardServer
) -> None:
    dashboard.rows.append(row(WASTE, "091620000000", "https://muenchen.example/"))
    records = read(ask="all", page_size=2)
    assert {found.area for found in offerings(records)} == {GLADBECK, KREIS, LAND, BOTTROP}
    assert asked(records) == {GLADBECK: "1", BOTTROP: "1"}
    assert [query["page"] for query in dashboard.asked] == ["0", "1", "2"]


@pytest.mark.parametrize("delimiter", ["|", ";", ","])
def test_csv_says_the_same_as_json(
    read: Callable[..., list[Record]], dashboard: DashboardServer, delimiter: str
) -> None:
    as_json = read()
    dashboard.delimiter = delimiter
    assert read(filetype="csv") == as_json
    assert {query["filetype"] for query in dashboard.asked[2:]} == {"csv"}


@pytest.fixture
def answering(
    server: FaultServer, dashboard: DashboardServer, fetcher: Fetcher, tmp_path: Path
) -> Callable[..., list[Record]]:
    """Read a dashboard that answers for Gladbeck with just these bytes, whatever the page."""

    def call(answer: bytes, **settings: object) -> list[Record]:
        location = dashboard.serve(server)
        server.add(f"{ALL}/{GLADBECK}", answer)
        given = {"location": location, "per_second": 1_000, **settings}
        only = Assignment(areas=CITIES.areas[:1])
        return list(fetch(connector(fetcher, **given), tmp_path, only))

    return call


@pytest.mark.parametrize("size", [1, 2, 3])
def test_csv_that_ignores_pages_is_read_once(
    answering: Callable[..., list[Record]], server: FaultServer, size: int
) -> None:
    records = answering(as_csv([row(WASTE, GLADBECK), row(DOGS, GLADBECK)]), filetype="csv", page_size=size)
    assert len(offerings(records)) == 2
    assert records[-1] == Completeness("everything")
    assert server.hits[f"{ALL}/{GLADBECK}"] <= 2


def test_csv_that_ends_within_a_line_is_a_part(answering: Callable[..., list[Record]]) -> None:
    records = answering(as_csv([row(WASTE, GLADBECK)]).rstrip(), filetype="csv")
    assert len(offerings(records)) == 1
    assert issues(records) == ["dashboard_cut_off"]
    assert asked(records) == {}


@pytest.mark.parametrize("total", [0, 2, 7])
def test_another_number_of_rows_than_announced_is_a_part(
    answering: Callable[..., list[Record]], total: int
) -> None:
    page = {"content": [row(WASTE, GLADBECK)], "last": True, "number": 0, "totalElements": total}
    records = answering(json.dumps(page).encode())
    assert issues(records) == ["dashboard_incomplete"]
    assert records[-1] == Completeness("part")


def test_rows_that_go_away_while_pages_are_read_make_a_part(
    read: Callable[..., list[Record]], dashboard: DashboardServer
) -> None:
    dashboard.rows += [row(f"99{number:012d}", GLADBECK) for number in range(25)]

    def shrink(_done: int, _total: int) -> None:
        dashboard.rows.pop(0)

    records = read(Assignment(areas=CITIES.areas, progress=shrink), ask="all", page_size=10)
    assert "dashboard_moved" in issues(records)
    assert asked(records) == {}
    assert records[-1] == Completeness("part")


def test_a_list_longer_than_allowed_is_a_part(
    read: Callable[..., list[Record]], dashboard: DashboardServer
) -> None:
    dashboard.rows += [row(f"99{number:012d}", GLADBECK) for number in range(25)]
    records = read(page_size=10, max_pages=2)
    assert "dashboard_capped" in issues(records)
    assert asked(records) == {BOTTROP: "1"}


def test_no_area_at_all_is_a_wrong_configuration(read: Callable[..., list[Record]]) -> None:
    with pytest.raises(AbortRun, match="dashboard_no_areas"):
        read(Assignment())


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"{}", "dashboard_shape"),
        (b'{"content": 5}', "dashboard_shape"),
        (b'{"content": [], "number": 7, "last": true}', "dashboard_pages_confused"),
        (b"[" * 100_000, "dashboard_not_json"),
        (b'{"content": [', "dashboard_not_json"),
        (b"eins;zwei\n1;2\n", "dashboard_shape"),
        (b"<html><body>Wartung</body></html>", "html_instead_of_list"),
    ],
)
def test_an_answer_that_is_no_list_is_refused(
    answering: Callable[..., list[Record]], answer: bytes, code: str
) -> None:
    with pytest.raises(RejectDelivery) as caught:
        answering(answer)
    assert caught.value.code == code


def test_an_unreadable_row_makes_its_area_a_part(
    read: Callable[..., list[Record]], dashboard: DashboardServer
) -> None:
    dashboard.rows.append(row("kaputt", GLADBECK))
    records = read()
    assert asked(records) == {BOTTROP: "1"}
    assert records[-1] == Completeness("part")


def test_a_service_with_two_links_is_two_offerings(
    read: Callable[..., list[Record]], dashboard: DashboardServer
) -> None:
    dashboard.rows.append(row(WASTE, GLADBECK, "https://stadt.example/zweiter"))
    found = [found for found in offerings(read()) if found.area == GLADBECK]
    assert [len({one.ref for one in found}), len({one.url for one in found})] == [2, 2]


def test_two_rows_that_contradict_each_other_are_told(
    read: Callable[..., list[Record]], dashboard: DashboardServer
) -> None:
    dashboard.rows.append(row(WASTE, GLADBECK, online_status="nicht ok"))
    records = read()
    assert issues(records) == ["dashboard_contradiction"]
    assert [found.status for found in offerings(records) if found.area == GLADBECK] == [Status.ONLINE]


# --- settings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"location": "https://dashboard.example/?a=b"}, "setting_dashboard_location"),
        ({"location": "ftp://dashboard.example/"}, "setting_dashboard_location"),
        ({"area_path": "/v1/data"}, "setting_dashboard_path"),
        ({"area_path": "v1/data/{ars}"}, "setting_dashboard_path"),
        ({"area_path": "/v1/data/{ars}?{leikaIds}"}, "setting_dashboard_path"),
        ({"all_path": "/v1/data"}, "setting_dashboard_path"),
        ({"area_path": "/v1/data/{ars!r}"}, "setting_dashboard_path"),
        ({"check_path": "/v1/{"}, "setting_dashboard_path"),
        ({"silence": "absence"}, "setting_dashboard_silence"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        DashboardSettings.model_validate({"id": "d", "type": "dashboard", **settings})
    assert [error["type"] for error in caught.value.errors()] == [code]


def test_the_dashboard_is_a_second_opinion_unless_somebody_says_otherwise() -> None:
    given = {"id": "d", "type": "dashboard"}
    assert DashboardSettings.model_validate(given).is_advisory
    assert not DashboardSettings.model_validate({**given, "advisory": False}).is_advisory
