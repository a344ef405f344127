"""What the shape of a title says: units, collections, events, sentences, acts, lists, objects in front."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import catalogue.matching
from catalogue.matching.matcher import Matcher
from catalogue.matching.outcome import ACCEPTED, NO_SERVICE, REVIEW, Page
from catalogue.matching.spelling import pieces
from catalogue.matching.wordings import UMBRELLA, read_wordings

DATA = Path(catalogue.matching.__file__).parent / "data"


@pytest.mark.parametrize(
    ("title", "ozg_id"),
    [
        ("Stadtbücherei: Leseausweis beantragen", "10014"),
        ("Ordnungsamt - Fundsachen", "10244"),
        ("Abmeldung bei der Meldebehörde", "10124"),
        ("Anmeldung eines Hundes beim Steueramt", "10160"),
    ],
)
def test_a_unit_says_who_does_it_and_not_what(matcher: Matcher, title: str, ozg_id: str) -> None:
    found = matcher.match(Page(title))
    assert (found.decision, found.ozg_ids) == (ACCEPTED, (ozg_id,))


@pytest.mark.parametrize("title", ["Standesamt: Kontakt", "Ordnungsamt", "Wohngeldstelle"])
def test_a_unit_alone_is_still_a_unit(matcher: Matcher, title: str) -> None:
    assert matcher.match(Page(title)).decision == NO_SERVICE


@pytest.mark.parametrize(
    "title",
    [
        "Weihnachtsmarkt 2024",
        "Karnevalsumzug 2026",
        "Osterfeuer 2025",
        "Tag der Musikschule",
        "Sperrmüllabfuhr verschiebt sich",
        "Kinderreisepass wird abgeschafft",
        "Neue Regeln beim Personalausweis",
        "Baumfällarbeiten im Stadtpark",
        "Grundsteuer: Häufige Fragen",
        "Stadt pflanzt Bäume am Fluss",
        "Führerschein ab Januar digital",
    ],
)
def test_events_and_news_are_never_accepted(matcher: Matcher, title: str) -> None:
    assert matcher.match(Page(title)).decision != ACCEPTED


def test_a_year_beside_an_act_is_no_event(matcher: Matcher) -> None:
    found = matcher.match(Page("Anmeldung zur Einschulung 2027"))
    assert (found.decision, found.ozg_ids) == (ACCEPTED, ("10041",))


@pytest.mark.parametrize(
    "title",
    [
        "Sozialhilfe",
        "Waffenrecht",
        "Gewerbe und Gaststätten",
        "Rund um die Kita",
        "Geburt eines Kindes",
        "Urkunden und Nachbeurkundungen",
        "Parken in der Stadt",
        "Führerschein von A bis Z",
        "Alles rund um den Personalausweis",
    ],
)
def test_a_collection_waits_with_its_services(matcher: Matcher, title: str) -> None:
    found = matcher.match(Page(title))
    assert (found.decision, found.ozg_ids) == (REVIEW, ())
    assert found.candidates


def test_two_things_are_not_the_one_that_joins_their_names(matcher: Matcher) -> None:
    assert matcher.match(Page("Schülerfahrtkosten")).ozg_ids == ("10042",)
    assert matcher.match(Page("Schüler und Fahrtkosten")).decision == REVIEW


@pytest.mark.parametrize(
    ("title", "ozg_id"),
    [
        ("Grabplatz; Beantragung eines Nutzungsrechts", "10227"),
        ("Personalausweis; Beantragung", "10119"),
        ("Waffenbesitzkarte; Erteilung", "10151"),
    ],
)
def test_the_object_in_front_of_a_semicolon_leads(matcher: Matcher, title: str, ozg_id: str) -> None:
    assert matcher.match(Page(title)).ozg_ids == (ozg_id,)


def test_a_paragraph_in_letters_is_one_in_signs() -> None:
    assert [one.text for one in pieces("Paragraph 11 TierSchG")] == [
        one.text for one in pieces("§ 11 TierSchG")
    ]


def test_a_permit_is_not_granted_where_the_catalogue_only_knows_notices(matcher: Matcher) -> None:
    assert matcher.match(Page("Bienenhaltung anzeigen")).decision == ACCEPTED
    found = matcher.match(Page("Erlaubnis zur Bienenhaltung"))
    assert (found.decision, found.reasons[0][0]) == (REVIEW, "no_permit")


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Waffenbesitzkarte", "99089018"),
        ("Indirekteinleitung", "99129005"),
        ("Beglaubigung einer Vorsorgevollmacht", "99046028"),
    ],
)
def test_the_object_is_the_one_that_the_title_names(matcher: Matcher, title: str, key: str) -> None:
    assert matcher.match(Page(title)).lo_keys == (key,)


@pytest.mark.parametrize(
    "title", ["Energieberatung für Hauseigentümer", "Hausnummernvergabe", "Stromspar-Check"]
)
def test_what_the_catalogue_lacks_is_not_taken_for_what_it_resembles(matcher: Matcher, title: str) -> None:
    assert matcher.match(Page(title)).decision == "not_in_catalogue"


@pytest.mark.parametrize(
    "title",
    [
        "Bewohnerparken Nordstadt – Ergebnisse der Umfrage",
        "Sperrmüll: Auswertung 2025",
        "Hallenbad: Saisonende",
        "Kita-Anmeldung: Zwischenbericht",
    ],
)
def test_reports_and_beginnings_are_no_services(matcher: Matcher, title: str) -> None:
    assert matcher.match(Page(title)).decision != "accepted"


def test_every_shape_is_an_expression_with_a_reason() -> None:
    with (DATA / "shapes.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) > 10
    for row in rows:
        assert re.compile(row["shape"])
        assert row["origin"]
        assert 0 < float(row["strength"]) <= 1


def test_no_name_of_a_body_or_a_legal_text_stands_for_a_service() -> None:
    ends = re.compile(r"(?:satzung|ausschuss|beirat|geschäftsordnung)$", re.IGNORECASE)
    wrong = [
        one.text
        for one in read_wordings()
        if one.ozg_ids and one.kind != UMBRELLA and " " not in one.text and ends.search(one.text)
    ]
    assert wrong == []
