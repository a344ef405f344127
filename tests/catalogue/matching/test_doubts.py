"""What keeps a title from being accepted, although it contains the name of a service."""

from __future__ import annotations

import pytest

from catalogue.matching.matcher import Matcher
from catalogue.matching.outcome import ACCEPTED, NO_SERVICE, REVIEW, Page


@pytest.mark.parametrize(
    ("mentioned", "done", "ozg_id"),
    [
        ("Stadtwappen", "Benutzung des Stadtwappens", "10555"),
        ("Waldfriedhof", "Nutzungsrecht an einer Grabstätte", "10227"),
        ("Sporthalle", "Belegung von Sporthallen", "10024"),
        ("Straßenbeleuchtung", "Straßenbeleuchtung defekt melden", "10136"),
        ("Wochenmarkt", "Teilnahme am Wochenmarkt", "10350"),
    ],
)
def test_a_place_or_thing_is_a_service_only_if_the_title_says_what_is_done(
    matcher: Matcher, mentioned: str, done: str, ozg_id: str
) -> None:
    found = matcher.match(Page(mentioned))
    assert (found.decision, found.reasons[0][0]) == (REVIEW, "mention")
    assert ozg_id in {one.ozg_id for one in found.candidates}
    assert matcher.match(Page(done)).ozg_ids == (ozg_id,)


def test_advice_about_a_thing_is_not_what_is_done_with_it(matcher: Matcher) -> None:
    assert matcher.match(Page("WTG-Behörde: Beratung")).decision != ACCEPTED


@pytest.mark.parametrize(
    "title",
    [
        "Bettensteuer: Urteil",
        "Abfallgebühren: Kalkulation",
        "Spielhallen: Konzept",
        "Hornissen im Kindergarten",
        "Sperrmüll in Flammen",
        "Ferienspiele ausgebucht",
        "Bürgerbegehren unzulässig",
        "Briefwahl boomt",
        "Wertstoffhof: geänderte Zeiten",
        "Grundsteuer im Wandel der Zeit",
        "Zahl der Baugenehmigungen",
        "Musikschule – Bilder",
        "Müllabfuhr nach Weihnachten",
        "Wespenplage",
    ],
)
def test_what_tells_something_about_a_service_is_not_accepted(matcher: Matcher, title: str) -> None:
    assert matcher.match(Page(title)).decision != ACCEPTED


@pytest.mark.parametrize(
    ("title", "ozg_id"),
    [
        ("Hund: Anmeldung", "10160"),
        ("Reisepass - Bürgerbüro", "10177"),
        ("Anmeldung in der Stadtbücherei", "10014"),
        ("Wohngeld: Lastenzuschuss", "10092"),
        ("Sperrgutabfuhr", "10110"),
        ("Baum auf dem eigenen Grundstück fällen", "10112"),
        ("Hundesteuer zahlen", "10160"),
    ],
)
def test_a_part_that_belongs_to_the_service_is_no_doubt(matcher: Matcher, title: str, ozg_id: str) -> None:
    assert matcher.match(Page(title)).ozg_ids == (ozg_id,)


def test_a_compound_is_not_found_in_the_pieces_of_others(matcher: Matcher) -> None:
    assert matcher.match(Page("Lastenzuschuss")).ozg_ids == ("10092",)
    assert matcher.match(Page("Zuschuss für Lastkähne und Lastenaufzüge")).ozg_ids != ("10092",)


@pytest.mark.parametrize("title", ["Frau Erika Beispiel", "Herr Max Muster, Sachbearbeiter Wohngeld"])
def test_the_page_of_a_person_is_no_service(matcher: Matcher, title: str) -> None:
    assert matcher.match(Page(title)).decision in {NO_SERVICE, REVIEW}


def test_two_names_of_one_service_are_no_list_of_two(matcher: Matcher) -> None:
    found = matcher.match(Page("Apostille / Legalisation", "Haupt- und Personalamt"))
    assert (found.decision, found.ozg_ids) == (ACCEPTED, ("10571",))


def test_what_was_awarded_is_no_tender(matcher: Matcher) -> None:
    assert matcher.match(Page("Vergebene Aufträge (§ 30 UVgO)")).decision != ACCEPTED
    assert matcher.match(Page("Öffentliche Ausschreibungen")).ozg_ids == ("10593",)


@pytest.mark.parametrize("title", ["SEPA-Lastschriftmandat erteilen", "Spielplatzpatenschaft", "Juleica"])
def test_what_the_catalogue_has_no_object_for_is_not_accepted(matcher: Matcher, title: str) -> None:
    assert matcher.match(Page(title)).decision != ACCEPTED
