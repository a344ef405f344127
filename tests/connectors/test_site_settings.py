from __future__ import annotations

import pytest
from pydantic import ValidationError

from catalogue import messages
from connectors.crawl.coverage import SEVERITIES
from connectors.html.entries import PageKind
from connectors.site import USUAL
from connectors.site_settings import SiteSettings
from tests.connectors.site_reading import AREA, settings

URL = "https://www.stadt.example/leistungen"


def code_of(**given: object) -> str:
    with pytest.raises(ValidationError) as caught:
        settings(**{"lists": [URL], **given})
    return str(caught.value.errors()[0]["type"])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"lists": []}, "setting_no_start"),
        ({"lists": ["/leistungen"]}, "setting_address"),
        ({"lists": ["https://stadt.example/{x}"]}, "setting_list_pattern"),
        ({"start": ["ftp://stadt.example/"]}, "setting_address"),
        ({"sitemap": "sometimes"}, "setting_address"),
        ({"hosts": ["https://stadt.example/"]}, "setting_host"),
        ({"areas": []}, "setting_one_area"),
        ({"areas": [AREA, "055620000000"]}, "setting_one_area"),
        ({"expected": [400, 150]}, "setting_expected"),
        ({"delay": 0.5, "allow_private": False}, "setting_delay"),
        ({"depth": 0}, "greater_than_equal"),
        ({"max_pages": 0}, "greater_than_equal"),
        ({"crawl": True}, "extra_forbidden"),
    ],
)
def test_wrong_settings_are_named(given: dict[str, object], code: str) -> None:
    assert code_of(**given) == code
    if code.startswith("setting_"):
        assert all(messages.has_text(f"error.{code}") for _ in messages.LANGUAGES)


def test_a_website_is_read_politely_unless_it_is_ones_own() -> None:
    public = settings(lists=[URL], allow_private=False, delay=SiteSettings.model_fields["delay"].default)
    assert public.limits().delay == 2.0
    assert settings(lists=[URL], allow_private=True, delay=0).limits().delay == 0


def test_lists_may_be_relative_to_the_first_start_and_stand_for_letters() -> None:
    own = settings(start=["https://www.stadt.example/rathaus/"], lists=["az?l={A..Z}"])
    urls = [start.url for start in own.starts()]
    assert urls[:2] == ["https://www.stadt.example/rathaus/", "https://www.stadt.example/rathaus/az?l=A"]
    assert len(urls) == 30


def test_one_address_needs_no_brackets() -> None:
    assert settings(start=URL).start == (URL,)


def test_the_hosts_are_those_of_the_addresses_and_the_named_ones() -> None:
    own = settings(start=URL, lists=["https://portal.stadt.example/az"], hosts=["Neu.stadt.example"])
    assert own.all_hosts() == {"www.stadt.example", "portal.stadt.example", "neu.stadt.example"}


def test_only_lists_or_a_sitemap_that_is_called_complete_can_name_everything() -> None:
    assert settings(lists=[URL]).expectation().lists_are_complete
    assert not settings(start=URL).expectation().lists_are_complete
    assert settings(start=URL, sitemap_is_complete=True).expectation().lists_are_complete


def test_silence_of_a_website_says_nothing_unless_somebody_decides_so() -> None:
    assert not settings(lists=[URL]).speaks
    assert settings(lists=[URL], silence="absence").speaks


@pytest.mark.parametrize("kind", sorted(set(PageKind.__args__) - USUAL))
def test_every_kind_of_page_that_holds_no_service_has_its_text(kind: str) -> None:
    for language in messages.LANGUAGES:
        assert messages.text(language, f"issue.site_page_{kind}", record="x", detail="y")


@pytest.mark.parametrize("state", sorted(SEVERITIES))
def test_everything_that_can_become_of_a_page_has_its_text(state: str) -> None:
    for language in messages.LANGUAGES:
        assert messages.text(language, f"issue.crawl_page_{state}", record="x", detail="y")
