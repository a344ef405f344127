from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from catalogue.reports.page.places import evidence_page, numbered, root_of, slugs


def test_names_of_themes_are_written_in_plain_letters() -> None:
    found = slugs(["Ein- & Auswanderung", "Unternehmensführung & -entwicklung", "Größe", "groesse", "&"])
    assert list(found.values()) == [
        "ein-auswanderung",
        "unternehmensfuehrung-entwicklung",
        "groesse",
        "groesse-2",
        "ohne-namen",
    ]


@given(st.lists(st.text(max_size=80), unique=True, max_size=20))
def test_every_name_has_a_place_of_its_own_that_any_disk_can_hold(names: list[str]) -> None:
    found = slugs(names)
    assert list(found) == names
    assert len(set(found.values())) == len(names)
    assert all(re.fullmatch("[a-z0-9-]{1,70}", slug) for slug in found.values())


def test_further_pages_lie_beside_the_first() -> None:
    page = evidence_page("055120000000", "gemeinde", "bildung")
    assert page == "belege/gemeinde-055120000000/bildung.html"
    assert numbered(page, 1) == page
    assert numbered(page, 3) == "belege/gemeinde-055120000000/bildung-3.html"
    assert root_of(page) == "../../"
    assert root_of("index.html") == ""
