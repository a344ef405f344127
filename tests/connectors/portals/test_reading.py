from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.crawl.pages import DETAIL, LIST, Page
from connectors.html.rules import load_rules
from connectors.portals.addresses import PortalMap
from connectors.portals.loading import load_profile, shipped_profiles
from connectors.portals.offers import Portfolio
from connectors.portals.outcome import Outcome, slug
from connectors.portals.reading import PageReader
from connectors.portals.strategy import PortalStrategy
from connectors.portals.tenants import Tenants, parse_tenant
from tests.connectors.portals.walking import AREA

TENANTS = Tenants((parse_tenant("https://stadt.example/", AREA),))
RULES = load_rules()
PROFILES = {name: load_profile(name).profile for name in shipped_profiles()}


def page(kind: str, body: bytes, content_type: str = "text/html") -> Page:
    """Return a page of the portal."""
    url = "https://stadt.example/services/1"
    return Page(url, kind, f"{AREA}/services/1", AREA, url, content_type, body=body)


@given(
    body=st.binary(max_size=3_000)
    | st.text(alphabet="<>/ lia\"='hrefserv1?&;", max_size=500).map(str.encode),
    kind=st.sampled_from([LIST, DETAIL]),
    name=st.sampled_from(sorted(PROFILES)),
    content_type=st.sampled_from(["text/html", "application/rss+xml", ""]),
)
def test_whatever_a_page_is_it_has_an_outcome_that_can_be_kept(
    body: bytes, kind: str, name: str, content_type: str
) -> None:
    portal = PortalMap(PROFILES[name], TENANTS)
    strange = page(kind, body, content_type)
    outcome = PageReader(PROFILES[name], portal, RULES).read(strange)
    assert Outcome.load(outcome.dump()) == outcome
    tuple(PortalStrategy(portal, "x").links(strange))
    portfolio = Portfolio(AREA, PROFILES[name])
    portfolio.add_list("u", outcome)
    portfolio.add_detail("i", "u", outcome)
    assert all(offering.area == AREA for offering in portfolio.offerings())


def test_a_damaged_feed_is_broken_and_leads_nowhere() -> None:
    portal = PortalMap(PROFILES["citkoportal"], TENANTS)
    damaged = page(LIST, b"<rss><channel><item><title>x", "application/rss+xml")
    assert PageReader(PROFILES["citkoportal"], portal, RULES).read(damaged).kind == "error"
    assert tuple(PortalStrategy(portal, "x").links(damaged)) == ()


def test_the_digest_of_a_strategy_covers_all_that_decides() -> None:
    portal = PortalMap(PROFILES["citkoportal"], TENANTS)
    digests = {PortalStrategy(portal, *parts).digest for parts in (("a", "b"), ("a", "c"), ("ab", ""))}
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("broken", "of", "expected"),
    [(1, 30, 0), (2, 30, 2), (1, 1, 1), (0, 30, 0)],
)
def test_a_few_dead_entries_are_allowed_and_many_are_not(broken: int, of: int, expected: int) -> None:
    portfolio = Portfolio(AREA, PROFILES["citkoportal"])
    for number in range(of):
        kind = "error" if number < broken else "list"
        portfolio.add_detail(str(number), f"https://stadt.example/{number}", Outcome(kind=kind))
    assert len(portfolio.broken) == expected


def test_titles_become_parts_of_identities() -> None:
    assert slug("  Geburts\u00adurkunde – (Abschrift) ÄÖÜ!") == "geburtsurkunde-abschrift-äöü"
    assert len(slug("x" * 500)) == 80
