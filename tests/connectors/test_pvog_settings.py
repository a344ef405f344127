"""The settings of a PVOG source: defaults, templates, and what contradicts itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.pvog_settings import PvogSettings, fill
from tests.connectors.pvog_asking import settings


def plain(**given: object) -> PvogSettings:
    return PvogSettings.model_validate({"id": "pvog", "type": "pvog", **given})


def test_nothing_but_id_and_type_is_needed() -> None:
    found = plain()
    assert found.location == "https://pvog.fitko.net/suchdienst/api"
    assert (found.parallel, found.per_second, found.keys_per_request) == (3, 5.0, 1)
    assert not found.speaks
    assert not found.asks_online_by_key


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"location": "pvog.fitko.net"}, "setting_pvog_location"),
        ({"location": "ftp://pvog.fitko.net"}, "setting_pvog_location"),
        ({"location": "https://pvog.fitko.net/api?x=1"}, "setting_pvog_location"),
        ({"services_path": "/v4/leikaid?keys={keys}"}, "setting_pvog_path"),
        ({"services_path": "v4?{keys}{ars}{page}"}, "setting_pvog_path"),
        ({"services_path": "/v4?{keys}{ars}{page}{token}"}, "setting_pvog_path"),
        ({"services_path": "/v4?{keys}{ars}{page!r}"}, "setting_pvog_path"),
        ({"services_path": "/v4?{keys}{ars}{page:5}"}, "setting_pvog_path"),
        ({"services_path": "/v4?{keys}{ars}{page"}, "setting_pvog_path"),
        ({"services_path": "/v4?{keys}{ars}{page}{}"}, "setting_pvog_path"),
        ({"services_path": "/v4?{keys.value}{keys}{ars}{page}"}, "setting_pvog_path"),
        ({"online_path": "/v2?ars={ars}"}, "setting_pvog_path"),
        ({"detail_path": "/v7/detail"}, "setting_pvog_path"),
        ({"locations_path": "/v2/locations?q={ars}"}, "setting_pvog_path"),
        ({"keys": ["9,91E+13"]}, "setting_constant"),
        ({"keys": ["9905001210400"]}, "setting_constant"),
        ({"services": False, "online_services": False}, "setting_pvog_nothing"),
        ({"services": False, "details": False}, "setting_pvog_details"),
        ({"silence": "absence", "keys": ["99050012104000"]}, "setting_pvog_silence"),
        ({"silence": "absence", "online_services": False}, "setting_pvog_silence"),
        ({"client_id_env": "A", "client_id_file": "a.txt"}, "setting_pvog_client"),
        ({"client_id_env": "not a name"}, "string_pattern_mismatch"),
        ({"client_id_header": "x: y"}, "string_pattern_mismatch"),
        ({"page_size": 4}, "greater_than_equal"),
        ({"operators": {"a.example": "gemeinde"}}, "literal_error"),
    ],
)
def test_settings_that_cannot_work_are_refused(given: dict[str, object], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        plain(**given)
    assert [error["type"] for error in caught.value.errors()] == [code]


def test_the_error_about_a_path_says_what_it_needs() -> None:
    with pytest.raises(ValidationError) as caught:
        plain(online_path="/v2?ars={ars}")
    assert caught.value.errors()[0]["ctx"] == {
        "name": "online_path",
        "needed": "{ars} {token}",
        "allowed": "{ars} {date} {keys} {size} {token}",
    }


def test_silence_may_speak_where_everything_is_asked_for() -> None:
    assert plain(silence="absence").speaks


def test_keys_are_read_as_people_write_them() -> None:
    found = plain(keys=["99 050 012 104 000", "urn:de:fim:leika:leistung:99050012104000", "99102013104000"])
    assert found.keys == ("99050012104000", "99102013104000")


def test_a_slash_behind_the_base_address_does_no_harm() -> None:
    assert plain(location="https://a.example/api/").location == "https://a.example/api"


def test_settings_survive_being_sent_to_a_worker() -> None:
    given = settings(keys=["99050012104000"], operators={"a.example": "kreis"})
    assert PvogSettings.model_validate_json(given.model_dump_json()) == given


def test_parameters_without_a_value_are_left_out_and_constants_stay() -> None:
    template = "/v1/{id}/x?ars={ars}&nextPageToken={token}&flag=&fixed=1"
    assert fill(template, {"id": "a/b", "ars": "05", "token": ""}) == "/v1/a%2Fb/x?ars=05&flag=&fixed=1"
    assert fill("/v1?token={token}", {"token": ""}) == "/v1"


@given(st.text(max_size=30))
def test_no_value_can_become_another_parameter_or_path(value: str) -> None:
    try:
        filled = fill("/v1/{id}?ars={id}", {"id": value})
    except UnicodeEncodeError:
        assert any("\ud800" <= letter <= "\udfff" for letter in value)
        return
    assert filled.count("/") == 2
    assert filled.count("&") + filled.count("#") == 0
