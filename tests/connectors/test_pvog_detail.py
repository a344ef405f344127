"""Details of PVOG: what is kept of them, and when they are fetched."""

from __future__ import annotations

import pytest

from tests.connectors.pvog_asking import (
    CITY,
    LAND,
    TOWN,
    Asking,
    asking,
)
from tests.connectors.pvog_server import (
    DETAIL,
    UNITS,
    Text,
    link,
    unit,
)

__all__ = ["asking"]

TRADE, DOGS = "99050012104000", "99102013104000"
OWN = "https://stadt.example/gewerbe"


def test_the_responsible_unit_is_kept_with_its_area_and_without_its_people(asking: Asking) -> None:
    units = {
        CITY: [unit("Stadt - Ordnungsamt", "L.OE.4f9426e3636f89"), unit("115", "L.OE.2", role="03")],
        TOWN: [unit("Kreis - Ordnungsamt, Tel. 02361 501234", "L.OE.3")],
    }
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [LAND, CITY], units=units)]
    heard = asking.ask([CITY, TOWN], [TRADE])
    found = {ref: (each.unit, each.operator) for ref, each in heard.offerings.items() if each.unit}
    assert found == {
        f"{CITY}|L.LB.1|L.OE.4f9426e3636f89": ("Stadt - Ordnungsamt", ""),
        f"{TOWN}|L.LB.1|L.OE.3": ("Kreis - Ordnungsamt,", "land"),
    }


def test_units_are_asked_for_where_details_only_number_them(asking: Asking) -> None:
    text = Text("L.LB.1", [TRADE], [CITY], units={"": [unit("Bürgerbüro")]}, detail={"organisations": None})
    asking.pvog.texts = [text]
    heard = asking.ask([CITY], [TRADE])
    assert "Bürgerbüro" in {each.unit for each in heard.offerings.values()}
    assert len(asking.asked(UNITS)) == 1


def test_details_tell_text_validity_and_page(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY])]
    offering = asking.ask([CITY], [TRADE]).offerings[f"{CITY}|L.LB.1"]
    service = offering.service
    assert (service.has_text, service.valid_from, service.valid_to) == (True, "2022-08-03", "")
    assert offering.page == "https://land.example/l/1"
    assert service.modified_at == "2026-07-27T08:30:42.308Z"  # not the date of the release


@pytest.mark.parametrize(
    "modules",
    [
        [{"code": "06", "text": "nicht angegeben"}],
        [{"code": "06", "text": "<p>Text</p>", "placeholder": True}],
        [{"code": "93", "text": "Ministerium"}],
        [{"code": "98", "text": "", "details": []}],
        None,
    ],
)
def test_placeholders_and_releases_are_no_text(asking: Asking, modules: object) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY], detail={"details": modules})]
    assert not asking.ask([CITY], [TRADE]).offerings[f"{CITY}|L.LB.1"].service.has_text


def test_a_text_inside_a_module_counts(asking: Asking) -> None:
    modules = [{"code": "98", "text": "", "details": [{"title": "Gebühr", "text": "26,00 EUR"}]}]
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY], detail={"details": modules})]
    assert asking.ask([CITY], [TRADE]).offerings[f"{CITY}|L.LB.1"].service.has_text


def test_links_of_the_details_stand_in_only_where_the_list_has_none_at_all(asking: Asking) -> None:
    hidden: dict[str, object] = {"onlineServiceLinks": [link(OWN, "L.OD.1")]}
    asking.pvog.texts = [
        Text("L.LB.1", [TRADE], [CITY], more={"onlineServiceLinks": None}, detail=hidden),
        Text("L.LB.2", [DOGS], [CITY], more={"onlineServiceLinks": []}, detail=hidden),
    ]
    assert [
        ref for ref, said in asking.ask([CITY], [TRADE, DOGS]).shown().items() if said[0] == "online"
    ] == [f"{CITY}|L.LB.1|L.OD.1"]


def test_details_are_fetched_only_for_what_moved_by_its_own_dates(asking: Asking) -> None:
    first, second = Text("L.LB.1", [TRADE], [CITY]), Text("L.LB.2", [DOGS], [CITY])
    asking.pvog.texts = [first, second]
    night = asking.ask([CITY], [TRADE, DOGS])
    assert len(asking.asked(DETAIL)) == 2
    again = asking.ask([CITY], [TRADE, DOGS], night.memory)
    assert len(asking.asked(DETAIL)) == 2
    assert (again.digest, again.scope, again.memory) == (night.digest, "everything", night.memory)
    second.updated = "2026-08-01T00:00:00Z"
    asking.ask([CITY], [TRADE, DOGS], again.memory)
    assert ["id=L.LB.2" in target for target in asking.asked(DETAIL)[2:]] == [True]


def test_details_are_fetched_again_when_units_moved_or_no_date_tells(asking: Asking) -> None:
    moved = Text("L.LB.1", [TRADE], [CITY], units={"": [unit("Amt A", "L.OE.1")]})
    undated = Text("L.LB.2", [DOGS], [CITY], updated=None)
    asking.pvog.texts = [moved, undated]
    night = asking.ask([CITY], [TRADE, DOGS])
    moved.units = {"": [unit("Amt B", "L.OE.2")]}
    again = asking.ask([CITY], [TRADE, DOGS], night.memory)
    assert len(asking.asked(DETAIL)) == 4
    assert f"{CITY}|L.LB.1|L.OE.2" in again.offerings


def test_what_details_said_stays_known_while_they_cannot_be_fetched(asking: Asking) -> None:
    text = Text("L.LB.1", [TRADE], [CITY], units={"": [unit("Amt A", "L.OE.1")]})
    asking.pvog.texts = [text]
    night = asking.ask([CITY], [TRADE])
    text.updated = "2026-08-01T00:00:00Z"
    asking.server.misbehave(DETAIL, "status=400")
    again = asking.ask([CITY], [TRADE], night.memory)
    assert f"{CITY}|L.LB.1|L.OE.1" in again.offerings
    assert again.scope == "part"
    assert again.memory == night.memory


def test_a_memory_of_another_release_is_no_obstacle(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY])]
    heard = asking.ask([CITY], [TRADE], {f"{CITY}|L.LB.1": '{"old": 1}'})
    assert heard.offerings[f"{CITY}|L.LB.1"].service.has_text


def test_without_details_nothing_is_asked_but_the_lists(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY])]
    heard = asking.ask([CITY], [TRADE], details=False)
    assert asking.asked(DETAIL) == []
    assert heard.memory == {f"found|{CITY}": "1"}
    assert heard.scope == "everything"


def test_details_that_are_not_there_make_a_part_and_cost_nothing_else(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY], links={"": [link(OWN, "L.OD.1")]})]
    asking.server.misbehave(DETAIL, "status=404")
    heard = asking.ask([CITY], [TRADE])
    assert list(heard.shown()) == [f"{CITY}|L.LB.1", f"{CITY}|L.LB.1|L.OD.1"]
    assert heard.issues == [("pvog_request_failed", f"{CITY} L.LB.1", "pvog_detail_missing")]
    assert heard.scope == "part"


@pytest.mark.parametrize("body", [b"{}", b'[{"id": 5}]', b"null"])
def test_units_of_unknown_shape_make_a_part(asking: Asking, body: bytes) -> None:
    asking.pvog.texts = [
        Text("L.LB.1", [TRADE], [CITY], units={"": [unit("Amt")]}, detail={"organisations": None})
    ]
    handlers = {**asking.pvog.handlers(), UNITS: body}
    asking.pvog.handlers = lambda: handlers  # type: ignore[method-assign]
    heard = asking.ask([CITY], [TRADE])
    assert heard.issues == [("pvog_request_failed", f"{CITY} L.LB.1", "pvog_shape")]
    assert (list(heard.shown()), heard.scope) == ([f"{CITY}|L.LB.1"], "part")
