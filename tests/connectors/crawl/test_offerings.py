from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from catalogue.records import Evidence, Link, Offering, Service, Status
from connectors.crawl.offerings import dump_offerings, load_offerings

texts = st.text(max_size=20)
several = st.lists(texts, max_size=3).map(tuple)
services = st.builds(Service, texts, texts, keys=several, types=several, has_text=st.booleans())
offerings = st.builds(
    Offering,
    ref=texts,
    area=texts,
    service=services,
    status=st.sampled_from(Status),
    url=texts,
    links=st.lists(st.builds(Link, texts, texts, texts, texts), max_size=3).map(tuple),
    evidence=st.lists(st.builds(Evidence, texts, texts, texts), max_size=3).map(tuple),
    level=st.none() | st.integers(0, 4),
    acts=several,
)


@given(st.lists(offerings, max_size=3))
def test_offerings_survive_being_written_as_json(given_offerings: list[Offering]) -> None:
    loaded = load_offerings(json.loads(json.dumps(dump_offerings(given_offerings))))
    assert loaded == given_offerings
    for offering in loaded:
        assert isinstance(offering.status, Status)
        assert all(isinstance(link, Link) for link in offering.links)
        assert all(isinstance(evidence, Evidence) for evidence in offering.evidence)
        assert isinstance(offering.service, Service)
        hash(offering)
