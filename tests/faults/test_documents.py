"""Promises 6, 8 and 12: what is no whole delivery in its own words changes nothing of what is known."""

from __future__ import annotations

import re

import pytest

from tests.faults.region import FEED, add_feed, assert_sound, feed, known, serve
from tests.faultserver import FaultServer
from tests.misbehaviours import HTML, XHTML
from tests.sync.miniature import BOTTROP
from tests.sync.scenario import SQLITE, Scenario
from tests.sync.xzufi import message

FILE = "feed.xml"
NOTHING = message().encode()
FOREIGN_XML = b'<?xml version="1.0"?>\n<rss xmlns="urn:foreign"><item>Hundesteuer</item></rss>\n'


@pytest.fixture
def region(scenario: Scenario) -> Scenario:
    """A region whose feed is a file and was read once."""
    (scenario.folder / FILE).write_bytes(feed())
    add_feed(scenario, FILE)
    assert scenario.sync().exit_code == 0
    return scenario


def cuts(document: bytes) -> list[int]:
    """Return every twentieth of a document and every border between two records."""
    shares = [len(document) * share // 100 for share in range(5, 100, 5)]
    borders = [found.end() for found in re.finditer(rb"</schreibe>", document)]
    return sorted({*shares, *borders})


@SQLITE
def test_promise_6_a_document_cut_anywhere_changes_nothing_and_says_where(
    region: Scenario, figures: dict[str, str]
) -> None:
    before, document = known(region), feed(7)
    places = cuts(document)

    for place in places:
        (region.folder / FILE).write_bytes(document[:place])
        outcome = region.sync_one("stadt")
        assert (outcome.state, outcome.message) == ("failed", "xml_truncated")
        assert outcome.params["position"] == place

    assert known(region) == before
    assert region.gaps() == set()
    assert_sound(region)
    figures["promise 6"] = f"{len(places)} cuts, {len(places)} rejected with their place, 0 rows changed"


@pytest.mark.parametrize(
    ("document", "state", "message"),
    [
        (b"", "failed", "xml_empty"),
        (NOTHING, "failed", "no_records"),
        (FOREIGN_XML, "failed", "xzufi_foreign_root"),
        (XHTML, "failed", "html_instead_of_xml"),
        (HTML, "failed", "html_instead_of_xml"),
    ],
    ids=["empty", "no-records", "foreign", "xhtml", "html"],
)
def test_promise_8_what_is_something_else_deletes_nothing(
    region: Scenario, server: FaultServer, document: bytes, state: str, message: str
) -> None:
    before = known(region)
    server.add(FEED, document, "application/xml")
    serve(region, server)

    outcome = region.sync_one("stadt")
    region.sync()

    assert (outcome.state, outcome.message) == (state, message)
    assert known(region) == before
    assert region.cell(BOTTROP, "10120").status == "online"
    assert region.gaps() == set()
    assert_sound(region)


@SQLITE
@pytest.mark.parametrize(
    ("codec", "declared", "message"),
    [
        ("utf-8", "UTF-8", ""),
        ("utf-8-sig", "UTF-8", ""),
        ("utf-16", "UTF-16", ""),
        ("iso8859-15", "ISO-8859-15", ""),
        ("iso8859-1", "UTF-8", "xml_wrong_encoding"),
        ("utf-8", "ISO-8859-1", "xml_mojibake"),
    ],
)
def test_promise_12_a_document_is_decoded_right_or_rejected(
    region: Scenario, codec: str, declared: str, message: str
) -> None:
    text = feed(40).decode().replace('encoding="UTF-8"', f'encoding="{declared}"')
    text = text.replace("Hundesteuer Anmeldung", "Förderung für größere Hunde").replace(
        "'de'>M", "'de'>Gebühr "
    )
    before = known(region)
    (region.folder / FILE).write_bytes(text.encode(codec))

    outcome = region.sync_one("stadt")

    assert (outcome.state, outcome.message) == (("failed", message) if message else ("ok", ""))
    titles = {row.title for row in region.rows("service_record")}
    assert ("Förderung für größere Hunde" in titles) is not bool(message)
    assert not message or known(region) == before
    assert_sound(region)
