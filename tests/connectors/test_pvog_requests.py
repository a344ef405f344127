"""What PVOG is asked, how often, with what, and what a check and a damaged file come to."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.assignment import AssignedArea, Assignment
from connectors.contract import Part
from connectors.errors import AbortRun, RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from connectors.pvog import PvogConnector
from tests.connectors.pvog_asking import (
    CITY,
    LAND,
    Asking,
    asking,
    settings,
)
from tests.connectors.pvog_server import (
    LOCATIONS,
    ONLINE,
    SERVICES,
    PvogServer,
    Text,
    online,
    parameters,
)
from tests.faultserver import Call, FaultServer

__all__ = ["asking"]

TRADE, DOGS, PARKING = "99050012104000", "99102013104000", "99108001001000"
OWN = "https://stadt.example/gewerbe"


def test_without_descriptions_the_details_tell_what_online_services_are_for(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [LAND]), Text("L.LB.2", [PARKING], [CITY])]
    asking.pvog.online = [
        online("L.OD.1", OWN, "L.LB.1", ars=[CITY]),
        online("L.OD.2", OWN, "L.LB.2", ars=[CITY]),
    ]
    heard = asking.ask([CITY], [TRADE, DOGS], services=False)
    assert list(heard.shown()) == [f"{LAND}|L.LB.1", f"{CITY}|L.LB.1|L.OD.1"]
    assert asking.asked(SERVICES) == []
    assert heard.scope == "everything"


def test_an_online_service_whose_details_cannot_be_fetched_makes_a_part(asking: Asking) -> None:
    asking.pvog.online = [online("L.OD.1", OWN, "L.LB.1", ars=[CITY])]
    heard = asking.ask([CITY], [TRADE], services=False)
    assert heard.issues == [("pvog_request_failed", f"{CITY} L.LB.1", "pvog_detail_missing")]
    assert (heard.shown(), heard.scope) == ({}, "part")


def test_online_services_can_be_asked_for_by_key(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY])]
    asking.pvog.online = [online("L.OD.1", OWN, "L.LB.1", ars=[CITY])]
    template = "/onlineservices?ars={ars}&leikaIds={keys}&nextPageToken={token}"
    heard = asking.ask([CITY], [TRADE, DOGS], online_path=template, parallel=1)
    assert [target.partition("?")[2] for target in asking.asked(ONLINE)] == [
        f"ars={CITY}&leikaIds={TRADE}",
        f"ars={CITY}&leikaIds={DOGS}",
    ]
    assert f"{CITY}|L.LB.1|L.OD.1" in heard.offerings


def test_several_keys_can_share_a_request(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY]), Text("L.LB.2", [PARKING], [CITY])]
    heard = asking.ask([CITY], [TRADE, DOGS, PARKING], keys_per_request=2)
    assert len(asking.asked(SERVICES)) == 2
    assert set(heard.offerings) == {f"{CITY}|L.LB.1", f"{CITY}|L.LB.2", f"{CITY}|{DOGS}"}


def test_keys_of_the_settings_come_before_those_of_the_run(asking: Asking) -> None:
    asking.ask([CITY], [TRADE, PARKING], keys=[DOGS])
    assert [parameters_of(target)["leikaIds"] for target in asking.asked(SERVICES)] == [DOGS]


def parameters_of(target: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in target.partition("?")[2].split("&"))


def test_a_city_on_two_levels_is_asked_about_once(asking: Asking) -> None:
    heard = asking.ask([CITY, CITY], [DOGS])
    assert len(asking.asked(SERVICES)) == 1
    assert list(heard.offerings) == [f"{CITY}|{DOGS}"]


def test_outside_of_a_run_the_areas_of_the_settings_are_asked_about(asking: Asking) -> None:
    asking.ask([], [], areas=[CITY], keys=[DOGS])
    assert [parameters_of(target)["ars"] for target in asking.asked(SERVICES)] == [CITY]


@pytest.mark.parametrize(
    ("areas", "keys", "code"), [([], [TRADE], "pvog_no_areas"), ([CITY], [], "pvog_no_keys")]
)
def test_without_areas_or_keys_there_is_nothing_to_ask(
    asking: Asking, areas: list[str], keys: list[str], code: str
) -> None:
    with pytest.raises(AbortRun) as caught:
        asking.ask(areas, keys)
    assert caught.value.code == code


def test_progress_ends_with_all_requests_done(server: FaultServer, fetcher: Fetcher, tmp_path: Path) -> None:
    pvog = PvogServer(texts=[Text("L.LB.1", [TRADE], [CITY])])
    told: list[tuple[int, int]] = []
    assignment = Assignment(
        areas=(AssignedArea(CITY, "gemeinde", "Stadt"),),
        keys=(TRADE, DOGS),
        progress=lambda done, total: told.append((done, total)),
    )
    PvogConnector(settings(location=pvog.serve(server)), fetcher).acquire(tmp_path, assignment)
    assert [done for done, _ in told] == [1, 2, 3, 4]
    assert told[0] == (1, 3)
    assert told[-1] == (4, 4)


def test_the_answers_do_not_depend_on_who_answers_first(asking: Asking) -> None:
    asking.pvog.texts = [Text(f"L.LB.{number}", [TRADE, DOGS, PARKING], [CITY]) for number in range(9)]
    digests = {asking.ask([CITY], [TRADE, DOGS, PARKING], parallel=width).digest for width in (1, 3, 8)}
    assert len(digests) == 1


def test_a_check_is_one_request(asking: Asking) -> None:
    location = asking.pvog.serve(asking.server)
    assert PvogConnector(settings(location=location), asking.fetcher).check().ok
    assert [call.target for call in asking.server.requests] == [LOCATIONS]


def test_a_check_of_a_path_that_is_gone_says_so(asking: Asking) -> None:
    location = asking.pvog.serve(asking.server)
    asking.server.misbehave(LOCATIONS, "status=404")
    with pytest.raises(RetryLater) as caught:
        PvogConnector(settings(location=location), asking.fetcher).check()
    assert caught.value.code == "pvog_gone"


@pytest.mark.parametrize(("body", "code"), [(b"{}", "pvog_shape"), (b"<html>", "pvog_not_json")])
def test_a_check_sees_that_something_else_answers(asking: Asking, body: bytes, code: str) -> None:
    location = asking.pvog.serve(asking.server)
    asking.server.add(LOCATIONS, body)
    with pytest.raises(RetryLater) as caught:
        PvogConnector(settings(location=location), asking.fetcher).check()
    assert caught.value.code == code


def test_a_client_id_goes_with_every_request(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PVOG_ID", "kennung")
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY])]
    asking.ask([CITY], [TRADE], client_id_env="PVOG_ID", client_id_header="x-client")
    assert len(asking.server.requests) == 3
    assert {call.headers.get("x-client") for call in asking.server.requests} == {"kennung"}


def test_a_client_id_can_be_in_a_file(asking: Asking, tmp_path: Path) -> None:
    secret = tmp_path / "kennung.txt"
    secret.write_text("kennung\n", encoding="utf-8")
    asking.ask([CITY], [TRADE], client_id_file=str(secret))
    assert {call.headers["pvog-sud-api-client-id"] for call in asking.server.requests} == {"kennung"}


def test_a_client_id_that_is_not_there_stops_the_source_before_anything_is_asked(asking: Asking) -> None:
    with pytest.raises(AbortRun):
        asking.ask([CITY], [TRADE], client_id_env="PVOG_ID_THAT_NOBODY_SET")
    assert asking.server.requests == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_says_that_a_client_id_may_be_needed(asking: Asking, status: int) -> None:
    asking.server.misbehave(SERVICES, f"status={status}")
    with pytest.raises(AbortRun) as caught:
        asking.ask([CITY], [TRADE])
    assert (caught.value.code, caught.value.params["status"]) == ("pvog_refused", status)


def test_a_file_that_was_damaged_is_refused(tmp_path: Path, fetcher: Fetcher) -> None:
    path = tmp_path / "pvog.jsonl"
    connector = PvogConnector(settings(), fetcher)
    for content in (b"", b'{"kind":"end"', b'{"kind":"other"}\n', b"\xff\n"):
        path.write_bytes(content)
        with pytest.raises(RejectDelivery) as caught:
            list(connector.read(Part("pvog.jsonl", path, "", len(content))))
        assert caught.value.code == "pvog_file_damaged"
    with pytest.raises(RejectDelivery):
        list(connector.read(Part("pvog.jsonl", tmp_path / "gone.jsonl", "", 0)))


def test_the_default_paths_are_those_of_the_documentation(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    """What the paths and parameters are is known from published clients of PVOG only."""
    asked: list[Call] = []
    base = "/suchdienst/api"
    for path in (
        "/v3/servicedescriptions/leikaid",
        "/v1beta2/onlineservices",
        "/v6/servicedescriptions/L100002.LB.1/detail",
        "/v2/organisationunits/titles",
    ):
        server.add(base + path, _answering(path, asked))
    plain = PvogConnector.settings_model.model_validate(
        {"id": "pvog", "type": "pvog", "location": server.url(base), "per_second": 1_000}
    )
    assignment = Assignment(areas=(AssignedArea(CITY, "gemeinde", "Stadt"),), keys=(TRADE,))
    delivery = PvogConnector(plain, fetcher).acquire(tmp_path, assignment)
    assert len(delivery.parts) == 1
    sent = {call.target.partition("?")[0].removeprefix(base): parameters(call) for call in asked}
    dates = {query.pop("validDate", "-")[:2] for query in sent.values()}
    assert dates == {"20", "-"}
    assert sent == {
        "/v3/servicedescriptions/leikaid": {"leikaIds": TRADE, "ars": CITY, "page": "0", "size": "50"},
        "/v1beta2/onlineservices": {"ars": CITY},
        "/v6/servicedescriptions/L100002.LB.1/detail": {"ars": CITY, "applyDynamicParams": "true"},
        "/v2/organisationunits/titles": {"ars": CITY, "lbId": "L100002.LB.1"},
    }


def _answering(path: str, asked: list[Call]):  # type: ignore[no-untyped-def]
    found = '{"id": "L100002.LB.1", "leikakeys": ["99050012104000"], "organisationIds": ["L100002.OE.1"]}'
    answers = {
        "leikaid": f'{{"content": [{found}], "last": true}}',
        "onlineservices": '{"onlineservices": []}',
        "detail": found,
        "titles": "[]",
    }

    def answer(call: Call) -> None:
        asked.append(call)
        call.answer(answers[path.rpartition("/")[2]].encode())

    return answer
