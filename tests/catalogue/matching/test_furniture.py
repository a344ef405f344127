"""What a page adds around a title: it goes, and nothing that belongs to the title goes with it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.matching.furniture import bare_title
from catalogue.matching.matcher import Matcher
from catalogue.matching.outcome import ACCEPTED, NO_SERVICE, Page
from catalogue.matching.spelling import LONGEST_TITLE


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        ("Startseite » Rathaus » Sorgeerklärung", "Sorgeerklärung"),
        ("Rathaus & Service > Dienstleistungen > Reisepass", "Reisepass"),
        ("Wohngeld | Landkreis Oberfelden", "Wohngeld"),
        ("Hundesteuer :: Stadt Neudorf", "Hundesteuer"),
        ("Sperrmüll / Gemeinde Bad Wiesental", "Sperrmüll"),
        ("Fischereischein - Amt Mittelau", "Fischereischein"),
        ("Nebenwohnung abmelden – Serviceportal Kreis Oberfelden", "Nebenwohnung abmelden"),
        ("Führungszeugnis beantragen - neudorf.de", "Führungszeugnis beantragen"),
        ("Friedhofssatzung der Gemeinde Neudorf", "Friedhofssatzung"),
        ("Leistungen - Impressum", "Impressum"),
        ("Reisepass – Bürgerbüro", "Reisepass"),
        ("Fischereischein - Bürgerservice", "Fischereischein"),
        ("Wohngeld in Leichter Sprache", "Wohngeld"),
        ("Gewerbeanmeldung (Stadt Neudorf)", "Gewerbeanmeldung"),
    ],
)
def test_the_name_of_the_site_and_the_path_go(title: str, bare: str) -> None:
    assert bare_title(title) == bare


@pytest.mark.parametrize(
    "title",
    [
        "Hundesteuer - Stadt zahlt mehr zurück",
        "Apostille / Legalisation",
        "Formulare A-Z",
        "Startseite",
        "Personalausweis > Verlust",
        "Stadt pflanzt Bäume",
        "Kreisjugendring",
        "Anmeldung - Standesamt",
        "Bürgerbüro",
    ],
)
def test_what_belongs_to_the_title_stays(title: str) -> None:
    assert bare_title(title) == title


@given(st.text(max_size=600))
def test_something_always_remains_and_twice_is_the_same(title: str) -> None:
    bare = bare_title(title)
    assert bool(bare) == bool(title)
    assert len(bare) <= max(LONGEST_TITLE, len(title))


def test_a_hostile_title_takes_no_time() -> None:
    started = time.process_time()
    for text in ("» " * 5_000, "Startseite " + " > " * 5_000, " - Stadt A" * 2_000, " | " * 5_000 + "x"):
        bare_title(text)
    assert time.process_time() - started < 1


def test_a_page_is_decided_by_its_bare_title(matcher: Matcher) -> None:
    found = matcher.match(Page("Startseite » Rathaus » Gewerbe anmelden | Stadt Neudorf"))
    assert (found.decision, found.ozg_ids) == (ACCEPTED, ("10294",))
    assert matcher.match(Page("Startseite » Rathaus » Impressum")).decision == NO_SERVICE
