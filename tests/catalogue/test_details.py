from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from catalogue.details import Details, details_of, read_details
from catalogue.records import Evidence, Link, Offering, Service, Status

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
links = st.lists(st.builds(Link, texts, texts, texts, texts), max_size=3).map(tuple)
evidence = st.lists(st.builds(Evidence, texts, texts, texts), max_size=3).map(tuple)


def offering(**said: object) -> Offering:
    return Offering("r", "055120000000", Service("s", "Titel"), Status.ONLINE)._replace(**said)


def test_an_offering_without_a_page_has_no_details() -> None:
    assert details_of(offering()) == ""
    assert read_details("") == Details()


def test_details_are_json_without_what_is_empty() -> None:
    text = details_of(offering(page="https://stadt.example/hund", acts=("Anmeldung",)))
    assert json.loads(text) == {"page": "https://stadt.example/hund", "acts": ["Anmeldung"]}


@given(page=texts, links=links, evidence=evidence, acts=st.lists(texts, max_size=3).map(tuple))
def test_details_are_read_as_they_were_written(
    page: str, links: tuple[Link, ...], evidence: tuple[Evidence, ...], acts: tuple[str, ...]
) -> None:
    text = details_of(offering(page=page, links=links, evidence=evidence, acts=acts))
    assert read_details(text) == Details(page, links, evidence, acts)
