"""Pages of PVOG: where a list ends, and what it means if it does not end well."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from connectors.errors import ConnectorError, RejectDelivery, RetryLater
from tests.connectors.pvog_asking import CITY, LAND, TOWN, Asking, asking
from tests.connectors.pvog_server import DETAIL, ONLINE, SERVICES, Text, link, online, parameters
from tests.faultserver import Call

__all__ = ["asking"]

TRADE, DOGS = "99050012104000", "99102013104000"
ENTRY = {"id": "L.LB.1", "name": "Gewerbe", "leikakeys": [TRADE], "ars": [CITY]}
ITEM = {"id": "L.OD.1", "links": [{"uri": "https://a.example/"}], "serviceDescriptions": [{"id": "L.LB.1"}]}


def answer(asking: Asking, path: str, *answers: object) -> None:
    """Let a path answer these in turn, the last one again and again."""
    asking.pvog.serve(asking.server)
    given = iter(answers)
    last: list[object] = []

    def reply(call: Call) -> None:
        last[:] = [next(given, *last)]
        call.answer(json.dumps(last[0]).encode() if not isinstance(last[0], bytes) else last[0])

    handlers = dict(asking.pvog.handlers())
    handlers[path] = reply
    asking.pvog.handlers = lambda: handlers  # type: ignore[method-assign]


def entries(*numbers: int) -> list[dict[str, object]]:
    return [{**ENTRY, "id": f"L.LB.{number}"} for number in numbers]


def test_all_pages_are_read(asking: Asking) -> None:
    asking.pvog.texts = [Text(f"L.LB.{number}", [TRADE], [CITY]) for number in range(12)]
    heard = asking.ask([CITY], [TRADE], page_size=5, details=False)
    assert len(heard.offerings) == 12
    assert [parameters(call)["page"] for call in asking.server.requests[:3]] == ["0", "1", "2"]
    assert heard.scope == "everything"


@pytest.mark.parametrize(
    "pages",
    [
        [{"content": entries(1, 2), "last": False}, {"content": entries(3), "last": True}],
        [{"content": entries(1, 2), "totalPages": 2}, {"content": entries(3), "totalPages": 2}],
        [{"content": entries(1, 2), "totalElements": 3}, {"content": entries(3), "totalElements": 3}],
        [{"content": entries(1, 2)}, {"content": entries(3)}, {"content": []}],
        [{"content": entries(1, 2, 3), "last": True, "size": 2, "totalElements": 3}],
    ],
    ids=["last", "pages", "elements", "nothing-tells", "more-than-asked"],
)
def test_whatever_tells_the_end_of_a_list_is_understood(asking: Asking, pages: list[object]) -> None:
    answer(asking, SERVICES, *pages)
    heard = asking.ask([CITY], [TRADE], details=False)
    assert sorted(heard.offerings) == [f"{CITY}|L.LB.{number}" for number in (1, 2, 3)]
    assert heard.scope == "everything"
    assert len(asking.asked(SERVICES)) == len(pages)


@pytest.mark.parametrize(
    "page", [{"totalElements": 0, "empty": True}, {"totalPages": 0}, {"empty": True}, {"content": []}]
)
def test_a_page_without_content_that_says_so_is_an_empty_list(asking: Asking, page: object) -> None:
    answer(asking, SERVICES, page)
    heard = asking.ask([CITY], [TRADE])
    assert heard.shown() == {f"{CITY}|{TRADE}": ("absent", "", "")}
    assert heard.scope == "everything"


@pytest.mark.parametrize(
    "page",
    [{}, {"totalElements": 3}, {"empty": True, "totalElements": 3}, {"content": {}}, [], "x", None, 3],
)
def test_a_page_of_unknown_shape_is_no_empty_list(asking: Asking, page: object) -> None:
    answer(asking, SERVICES, page)
    heard = asking.ask([CITY], [TRADE])
    assert heard.kinds == ["pvog_request_failed"]
    assert (heard.shown(), heard.scope) == ({}, "part")


@pytest.mark.parametrize(
    ("pages", "kind"),
    [
        ([{"content": entries(1), "last": True, "totalElements": 7}], "pvog_incomplete"),
        ([{"content": entries(1), "last": False, "number": 0}], "pvog_request_failed"),
        ([{"content": entries(1), "last": False}, {"content": [], "last": False}], "pvog_request_failed"),
        ([{"content": entries(1), "last": False}, b"<html>"], "pvog_request_failed"),
        ([{"content": entries(1), "totalPages": 9}], "pvog_capped"),
    ],
    ids=["fewer-than-announced", "same-page-again", "empty-but-not-last", "page-lost", "too-many"],
)
def test_a_list_that_ends_badly_keeps_what_came_and_is_a_part(
    asking: Asking, pages: list[object], kind: str
) -> None:
    answer(asking, SERVICES, *pages)
    heard = asking.ask([CITY], [TRADE, DOGS], details=False, max_pages=4, keys_per_request=2)
    assert heard.kinds == [kind]
    assert list(heard.shown()) == [f"{CITY}|L.LB.1"]
    assert heard.scope == "part"


@pytest.mark.parametrize(
    ("pages", "reach"),
    [
        ([{"content": entries(1), "last": False}, b"<html>"], "torn"),
        ([{"content": entries(1), "totalPages": 9}], ""),
    ],
    ids=["page-lost", "too-many"],
)
def test_only_a_question_without_an_answer_may_have_one_the_next_time(
    asking: Asking, pages: list[object], reach: str
) -> None:
    answer(asking, SERVICES, *pages)
    assert asking.ask([CITY], [TRADE], details=False, max_pages=4, keys_per_request=2).reach == reach


def test_a_page_that_is_not_found_in_the_middle_is_no_end(asking: Asking) -> None:
    asking.pvog.texts = [Text(f"L.LB.{number}", [TRADE], [CITY]) for number in range(12)]
    asking.server.misbehave(SERVICES, "status=404", first=2)
    heard = asking.ask([CITY], [TRADE], page_size=5, details=False)
    assert (heard.kinds, heard.scope, len(heard.offerings)) == (["pvog_request_failed"], "part", 5)


def test_not_found_is_an_empty_list_where_others_are_found(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY])]
    asking.server.misbehave(SERVICES, "status=404", first=2)
    heard = asking.ask([CITY], [TRADE, DOGS], parallel=1)
    assert heard.shown() == {f"{CITY}|L.LB.1": ("described", "", ""), f"{CITY}|{DOGS}": ("absent", "", "")}
    assert heard.scope == "everything"


@pytest.mark.parametrize("path", [SERVICES, ONLINE])
def test_an_endpoint_that_never_finds_anything_was_switched_off(asking: Asking, path: str) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY])]
    asking.server.misbehave(path, "status=404")
    with pytest.raises(RejectDelivery) as caught:
        asking.ask([CITY, TOWN], [TRADE, DOGS])
    assert caught.value.code == "pvog_gone"
    assert path in str(caught.value.params["url"])


def test_an_endpoint_that_was_switched_off_is_not_asked_for_an_hour(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.pvog_desk.MOST_ABSENT", 10)
    asking.server.misbehave(SERVICES, "status=404")
    with pytest.raises(RejectDelivery) as caught:
        asking.ask([CITY], [f"9905001210{number:04d}" for number in range(100)], parallel=2)
    assert caught.value.code == "pvog_gone"
    assert len(asking.asked(SERVICES)) < 20


def test_online_services_are_read_by_tokens_to_the_end(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [LAND])]
    asking.pvog.online = [
        online(f"L.OD.{number}", f"https://a.example/{number}", "L.LB.1", ars=[CITY]) for number in range(5)
    ]
    heard = asking.ask([CITY], [TRADE])
    assert len([ref for ref in heard.offerings if "OD" in ref]) == 5
    assert len(asking.asked(ONLINE)) == 3
    assert heard.scope == "everything"


def test_an_online_service_that_comes_twice_counts_for_all_it_was_said_to_be_for(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY]), Text("L.LB.2", [TRADE], [CITY])]
    url = "https://a.example/"
    asking.pvog.online = [online("L.OD.1", url, f"L.LB.{number}", ars=[CITY]) for number in (1, 1, 2)]
    found = [ref for ref in asking.ask([CITY], [TRADE]).offerings if "OD" in ref]
    assert found == [f"{CITY}|L.LB.1|L.OD.1", f"{CITY}|L.LB.2|L.OD.1"]


@pytest.mark.parametrize(
    "page",
    [
        {"totalHits": 1, "hits": [], "onlineservices": [ITEM], "nextPageToken": None},
        {"onlineservices": [ITEM]},
        {"totalHits": 1, "onlineservices": [ITEM], "nextPageToken": ""},
    ],
)
def test_online_services_are_read_though_hits_are_empty_or_missing(asking: Asking, page: object) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY])]
    answer(asking, ONLINE, page)
    heard = asking.ask([CITY], [TRADE])
    assert f"{CITY}|L.LB.1|L.OD.1" in heard.offerings
    assert heard.scope == "everything"


def test_an_area_without_online_services_has_none(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY])]
    answer(asking, ONLINE, {"totalHits": 0, "hits": []})
    assert asking.ask([CITY], [TRADE]).scope == "everything"


@pytest.mark.parametrize(
    ("pages", "kind"),
    [
        ([{"onlineservices": [ITEM], "nextPageToken": "x"}], "pvog_request_failed"),
        ([{"onlineservices": [ITEM], "totalHits": 2}], "pvog_incomplete"),
        (
            [{"onlineservices": [ITEM], "nextPageToken": str(number)} for number in range(9)],
            "pvog_capped",
        ),
        ([{"onlineservices": [ITEM], "nextPageToken": "x"}, {"hits": [ITEM]}], "pvog_request_failed"),
        ([{"onlineservices": [ITEM], "nextPageToken": "x"}, {}], "pvog_request_failed"),
    ],
    ids=["same-token-again", "fewer-than-announced", "too-many", "data-in-hits", "nothing-known"],
)
def test_a_list_of_online_services_that_ends_badly_is_a_part(
    asking: Asking, pages: list[object], kind: str
) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY])]
    answer(asking, ONLINE, *pages)
    heard = asking.ask([CITY], [TRADE, DOGS], max_pages=4)
    assert heard.kinds == [kind]
    assert list(heard.shown()) == [f"{CITY}|L.LB.1", f"{CITY}|L.LB.1|L.OD.1"]
    assert heard.scope == "part"


@pytest.mark.parametrize(
    "item",
    [
        {**ENTRY, "leikakeys": [99050012104000]},
        {**ENTRY, "leikakeys": TRADE},
        {**ENTRY, "id": 577649},
        {**ENTRY, "id": ""},
        {**ENTRY, "id": "L|LB|1"},
        {**ENTRY, "ars": [55130000000]},
        {**ENTRY, "name": "\ud800"},
        {**ENTRY, "onlineServiceLinks": [{"uri": 5}]},
        {"name": "ohne Nummer"},
        ["L.LB.1"],
        None,
        7,
    ],
)
def test_an_entry_of_unknown_shape_is_counted_and_kills_no_other(asking: Asking, item: object) -> None:
    answer(asking, SERVICES, {"content": [item, {**ENTRY, "id": "L.LB.2"}], "last": True})
    heard = asking.ask([CITY], [TRADE, DOGS], details=False, keys_per_request=2)
    assert list(heard.shown()) == [f"{CITY}|L.LB.2"]
    assert heard.kinds == ["pvog_item_unreadable"]
    assert heard.scope == "part"


def test_what_is_shown_of_an_unreadable_entry_names_the_field_and_never_the_value(asking: Asking) -> None:
    person = {"id": "erika@stadt.example", "name": ["Erika Mustermann"], "leikakeys": [TRADE]}
    answer(asking, SERVICES, {"content": [person], "last": True})
    assert asking.ask([CITY], [TRADE], details=False).issues == [
        ("pvog_item_unreadable", f"{CITY} {TRADE}", "name: string_type")
    ]


def test_an_entry_may_lack_everything_but_its_identifier_and_keys(asking: Asking) -> None:
    answer(asking, SERVICES, {"content": [{"id": "L.LB.1", "leikakeys": [TRADE]}], "last": True})
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [])]
    heard = asking.ask([CITY], [TRADE])
    assert heard.shown() == {f"{CITY}|L.LB.1": ("described", "", "")}
    assert heard.issues == [("pvog_without_ars", "L.LB.1", CITY)]
    assert heard.scope == "everything"


def test_a_text_that_holds_only_elsewhere_is_left_out_and_proves_no_absence(asking: Asking) -> None:
    answer(asking, SERVICES, {"content": [{**ENTRY, "ars": [TOWN]}], "last": True})
    heard = asking.ask([CITY], [TRADE])
    assert (heard.shown(), heard.scope) == ({}, "part")
    assert heard.issues == [("pvog_elsewhere", "L.LB.1", CITY)]


def test_a_key_that_is_none_is_kept_as_it_is_beside_the_asked_one(asking: Asking) -> None:
    answer(asking, SERVICES, {"content": [{**ENTRY, "leikakeys": ["kein Schlüssel", TRADE]}], "last": True})
    heard = asking.ask([CITY], [TRADE], details=False)
    assert heard.offerings[f"{CITY}|L.LB.1"].service.keys == ("kein Schlüssel", TRADE)
    assert heard.kinds == []


def test_a_key_of_an_area_that_is_none_is_counted_and_the_others_hold(asking: Asking) -> None:
    answer(asking, SERVICES, {"content": [{**ENTRY, "ars": ["0551300000000", CITY]}], "last": True})
    heard = asking.ask([CITY], [TRADE], details=False)
    assert heard.issues == [("pvog_ars_unusable", "L.LB.1", "0551300000000")]
    assert list(heard.shown()) == [f"{CITY}|L.LB.1"]


def test_an_online_service_of_nothing_is_counted_and_proves_no_absence(asking: Asking) -> None:
    asking.pvog.online = [online("L.OD.1", "https://a.example/", ars=[])]
    heard = asking.ask([CITY], [TRADE])
    assert heard.issues == [("pvog_online_unattached", "L.OD.1", CITY)]
    assert (heard.shown(), heard.scope) == ({}, "part")


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b'{"content": [' + b"9" * 5_000 + b"]}", b"\xff\xfe{", b'{"content": [', b"NaN,"],
    ids=["deep", "long-number", "encoding", "cut", "no-json"],
)
def test_a_hostile_answer_is_a_failed_request(asking: Asking, body: bytes) -> None:
    answer(asking, SERVICES, body)
    heard = asking.ask([CITY], [TRADE])
    assert heard.issues == [("pvog_request_failed", f"{CITY} {TRADE}", "pvog_not_json")]
    assert heard.scope == "part"


def test_an_answer_that_is_too_large_is_a_failed_request(
    asking: Asking, make_fetcher: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.pvog_answers.MOST_BYTES", 1_000)
    answer(asking, SERVICES, {"content": [], "filler": "x" * 1_000})
    assert asking.ask([CITY], [TRADE]).issues[0][2] == "pvog_too_large"


def test_lists_that_are_too_large_together_end_the_source(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.pvog_survey.MOST_OF_AREA", 1_000)
    answer(asking, SERVICES, {"content": [], "filler": "x" * 400})
    with pytest.raises(RejectDelivery) as caught:
        asking.ask([CITY], [f"990500121040{number:02d}" for number in range(9)])
    assert (caught.value.code, caught.value.params["area"]) == ("pvog_too_much", CITY)


def test_pages_that_are_too_large_together_are_a_failed_request(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.pvog_lists.MOST_OF_LIST", 1_000)
    answer(asking, SERVICES, {"content": entries(1), "last": False, "filler": "x" * 400})
    assert asking.ask([CITY], [TRADE], details=False).issues[0][2] == "pvog_too_large"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("html", RejectDelivery),
        ("status=503", RetryLater),
        ("reset=50", RetryLater),
        ("status=400", RetryLater),
    ],
)
def test_if_nothing_at_all_can_be_read_there_is_no_delivery(
    asking: Asking, fault: str, error: type[ConnectorError]
) -> None:
    for path in (SERVICES, ONLINE):
        asking.server.misbehave(path, fault)
    with pytest.raises(error):
        asking.ask([CITY], [TRADE])


def test_a_source_that_fails_again_and_again_is_given_up_soon(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY])]
    asking.server.misbehave(SERVICES, "status=400", first=2)
    keys = [f"9905001210{number:04d}" for number in range(100)]
    with pytest.raises(RetryLater) as caught:
        asking.ask([CITY], [TRADE, *keys], parallel=1)
    assert caught.value.params["status"] == 400
    assert len(asking.asked(SERVICES)) <= 10


def test_who_asks_to_wait_for_long_is_left_alone_at_once(asking: Asking) -> None:
    asking.server.misbehave(SERVICES, "busy=86400")
    with pytest.raises(RetryLater) as caught:
        asking.ask([CITY], [f"9905001210{number:04d}" for number in range(100)], parallel=1)
    assert caught.value.code == "postponed"
    assert len(asking.server.requests) <= 4


@pytest.mark.parametrize("detail", [{"id": "L.LB.2"}, {"details": "x"}, {"organisations": [{"id": 5}]}])
def test_details_that_make_no_sense_cost_only_themselves(asking: Asking, detail: dict[str, object]) -> None:
    asking.pvog.texts = [
        Text("L.LB.1", [TRADE], [CITY], links={"": [link("https://a.example/")]}, detail=detail)
    ]
    heard = asking.ask([CITY], [TRADE])
    assert len(heard.offerings) == 2
    assert heard.issues == [("pvog_request_failed", f"{CITY} L.LB.1", "pvog_shape")]
    assert (heard.scope, len(asking.asked(DETAIL))) == ("part", 1)
