"""What a row of the dashboard means: strict with keys, and never absent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.records import Evidence, Link, Offering, Status
from connectors.dashboard_rows import offering_of, read_row
from tests.connectors.dashboard_asking import (
    GLADBECK,
    WASTE,
)
from tests.connectors.dashboard_server import row


def one(**fields: object) -> Offering:
    found, _ = read_row({**row(WASTE, GLADBECK), **fields}, "")
    assert found is not None
    return offering_of(found)


def test_a_working_link_of_an_active_service_is_online() -> None:
    found = one()
    assert (found.status, found.url, found.links) == (Status.ONLINE, "https://stadt.example/antrag", ())
    assert found.note == "in mind. einer Kommune verfügbar"
    assert found.service.title == f"Leistung {WASTE}"
    assert found.evidence == (
        Evidence("dashboard_status", "ok"),
        Evidence("dashboard_active", "ja"),
        Evidence("dashboard_ozg", "10110"),
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"online_status": "nicht ok"},
        {"online_status": None},
        {"aktiv": "nein"},
        {"online_status": "vielleicht"},
    ],
)
def test_what_does_not_work_or_is_not_active_is_described_and_never_absent(fields: dict[str, object]) -> None:
    found = one(**fields)
    assert (found.status, found.url) == (Status.DESCRIBED, "")
    assert found.links == (Link("online", "https://stadt.example/antrag"),)


@pytest.mark.parametrize(
    "url", [None, "", "-", "siehe Website", "javascript:alert(1)", "mailto:a@stadt.example"]
)
def test_a_row_without_a_usable_link_is_described(url: str | None) -> None:
    found = one(url=url)
    assert (found.status, found.url, found.links) == (Status.DESCRIBED, "", ())


def test_that_nobody_says_whether_it_is_active_does_not_make_it_inactive() -> None:
    assert one(aktiv=None).status is Status.ONLINE


def test_html_entities_in_links_are_undone_once() -> None:
    assert one(url="https://stadt.example/a?b=1&amp;c=%252F").url == "https://stadt.example/a?b=1&c=%252F"


@pytest.mark.parametrize(
    ("written", "ozg_id", "noted"),
    [
        (10110, "10110", False),
        ("10110", "10110", False),
        (None, "", False),
        ("", "", False),
        (10110.0, "", True),
        ("10110.0", "", True),
        (1.0e4, "", True),
        (True, "", True),
        (106, "", True),
    ],
)
def test_the_ozg_id_is_a_whole_number_made_text(written: object, ozg_id: str, noted: bool) -> None:
    found, noticed = read_row(row(WASTE, GLADBECK, ozgid=written), "")
    assert found is not None
    assert found.ozg_id == ozg_id
    assert [issue.kind for issue in noticed] == ["dashboard_ozg_unusable"] * noted


@pytest.mark.parametrize(
    "fields",
    [
        {"leika_key": 99001009004000},
        {"leika_key": "9,9E+13"},
        {"leika_key": None},
        {"leika_key": "99001"},
        {"ars": 55620014014},
        {"ars": None},
        {"ars": "Gladbeck"},
    ],
)
def test_a_row_without_a_whole_key_is_left_out_and_counted(fields: dict[str, object]) -> None:
    found, noticed = read_row({**row(WASTE, GLADBECK), **fields}, "#1")
    assert found is None
    assert [(issue.kind, issue.record) for issue in noticed] == [("dashboard_key_unusable", "#1")]


@given(
    st.dictionaries(
        st.sampled_from(["leika_key", "ars", "url", "online_status", "aktiv", "ozgid", "leika_name"]),
        st.none()
        | st.text(max_size=30)
        | st.floats()
        | st.integers()
        | st.lists(st.text(max_size=3), max_size=2)
        | st.sampled_from([WASTE, GLADBECK, "https://stadt.example/"]),
    )
)
def test_whatever_a_row_holds_it_is_read_or_counted(fields: dict[str, object]) -> None:
    found, noticed = read_row(fields, "#1")
    if found is None:
        assert [issue.kind for issue in noticed] == ["dashboard_key_unusable"]
    else:
        found.model_dump_json().encode()
