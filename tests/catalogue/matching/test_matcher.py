"""What titles mean, and what the matcher refuses to decide."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.matching.decision import Judgement, judge
from catalogue.matching.matcher import Matcher, Result
from catalogue.matching.names import NameIndex
from catalogue.matching.outcome import Page


def decided(matcher: Matcher, title: str, unit: str = "", snippet: str = "") -> tuple[str, tuple[str, ...]]:
    found = matcher.match(Page(title, unit, snippet))
    return found.decision, found.ozg_ids


@pytest.mark.parametrize(
    ("title", "ozg_id"),
    [
        ("Hundesteueranmeldung", "10160"),  # compound
        ("Sondernutzungserlaubnis", "10348"),
        ("Wohnsitz: An-, Ab- und Ummeldung", "10124"),  # elided coordination
        ("Hundean- und -abmeldungen", "10160"),
        ("WBS", "10083"),  # abbreviation
        ("Leistungen nach dem UVG", "10035"),
        ("BAföG-Antrag", "10056"),
        ("Parken für Anwohner", "10173"),  # regional words
        ("Sperrgut abholen", "10110"),
        ("Bürgergeld", "10082"),  # renamed
        ("Per·so·nal·aus·weis", "10119"),  # easy language
        ("FÜHRUNGSZEUGNIS", "10562"),
        ("Fuehrungszeugnis", "10562"),
        ("Reisepaß", "10177"),
        ("Wohngelt", "10092"),  # a wrong letter
        ("Abwasser; Zahlung der Abwassergebühren", "10123"),
        ("Erlaubnis nach § 34c GewO", "10294"),
    ],
)
def test_titles_in_peoples_words_are_accepted(matcher: Matcher, title: str, ozg_id: str) -> None:
    assert decided(matcher, title) == ("accepted", (ozg_id,))


def test_what_follows_a_preposition_is_not_what_the_title_is_about(matcher: Matcher) -> None:
    found = matcher.match(Page("Haushaltsbescheinigung für das Kindergeld"))
    assert found.candidates[0].ozg_id == "10559"
    assert "10005" not in found.ozg_ids


@pytest.mark.parametrize(
    ("title", "decision"),
    [
        ("Ordnungsamt", "no_service"),
        ("Fachbereich 4", "no_service"),
        ("Impressum", "no_service"),
        ("Ratsinformationssystem", "no_service"),
        ("Friedhofssatzung", "no_service"),
        ("Brennholz aus dem Stadtwald", "not_in_catalogue"),
        ("Kleingärten", "not_in_catalogue"),
    ],
)
def test_what_is_no_service_of_the_catalogue_is_said_to_be_none(
    matcher: Matcher, title: str, decision: str
) -> None:
    assert decided(matcher, title) == (decision, ())


@pytest.mark.parametrize(
    "title",
    [
        "Hundesteuersatzung vom 12. Mai 2020",
        "Sachbearbeitung Wohngeld (m/w/d)",
        "Zulassungsstelle am 3. März geschlossen",
        "Rückblick auf die Einbürgerungsfeier",
        "Kita Pusteblume feiert Sommerfest",
    ],
)
def test_a_word_of_a_service_does_not_make_one(matcher: Matcher, title: str) -> None:
    assert decided(matcher, title)[0] in {"no_service", "review"}


@pytest.mark.parametrize("title", ["Wahlen", "Ausländerangelegenheiten", "Steuern und Abgaben", "Urkunden"])
def test_a_title_for_several_services_is_left_to_people_with_its_candidates(
    matcher: Matcher, title: str
) -> None:
    found = matcher.match(Page(title))
    assert (found.decision, found.ozg_ids) == ("review", ())
    assert len(found.candidates) >= 3


def test_a_title_that_names_two_services_exactly_has_both(matcher: Matcher) -> None:
    decision, ozg_ids = decided(matcher, "Wohngeld und Elterngeld")
    assert (decision, set(ozg_ids)) == ("accepted", {"10092", "10000"})


def test_a_title_that_resembles_nothing_waits_without_candidates(matcher: Matcher) -> None:
    found = matcher.match(Page("Xyzzy Plugh"))
    assert (found.decision, found.candidates) == ("review", ())
    assert found.reasons == (("nothing_similar", {}),)


@pytest.mark.parametrize(
    ("title", "act"),
    [
        ("Gewerbe anmelden", "99050012104"),
        ("Gewerbe abmelden", "99050012070"),
        ("Bewohnerparkausweis verlängern", "99108001020"),
    ],
)
def test_the_act_is_read_from_the_title(matcher: Matcher, title: str, act: str) -> None:
    found = matcher.match(Page(title))
    assert (found.lo_keys, found.lov_keys) == ((act[:8],), (act,))


def test_the_best_candidates_are_five_distinct_services_the_best_first(matcher: Matcher) -> None:
    found = matcher.match(Page("Parkausweis"))
    assert len(found.candidates) == 5
    assert len({one.ozg_id for one in found.candidates}) == 5
    assert all(0 <= one.score <= 1 for one in found.candidates)


def test_a_key_decides_that_the_title_does_not_contradict(matcher: Matcher) -> None:
    found = matcher.match(Page("Ausnahme für Handwerker"), ["99108003001000"])
    assert (found.decision, found.lo_keys) == ("accepted", ("99108003",))


def test_a_key_that_contradicts_the_title_goes_to_review_with_both_readings(matcher: Matcher) -> None:
    found = matcher.match(Page("Kfz-Zulassung"), ["99050001000000"])
    assert found.decision == "review"
    assert [one.ozg_id for one in found.candidates][:2] == ["10294", "10439"]
    assert found.reasons[0][0] == "key_contradiction"


def test_a_title_is_judged_once_however_many_keys_it_comes_with(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    title, judged = "Kfz-Zulassung", []

    def counted(index: NameIndex, page: Page) -> Judgement:
        judged.append(page.title)
        return judge(index, page)

    monkeypatch.setattr("catalogue.matching.matcher.judge", counted)
    monkeypatch.setattr(matcher, "_certain", {})
    keys = {"99050001000000": "10294", "99102013104000": "10160", "99036008000000": "10439"}
    found = [matcher.contradicts(title, key, ozg_id) for key, ozg_id in keys.items()]
    assert found == [True, True, False]
    assert judged == [title]


def test_the_unit_and_the_snippet_help_between_equals(matcher: Matcher) -> None:
    alone = matcher.match(Page("Beratung"))
    helped = matcher.match(Page("Beratung", "Pflegestützpunkt", "Rund um die Pflege im Alter"))
    assert helped.decision == alone.decision == "review"
    assert "10220" in {one.ozg_id for one in helped.candidates}


TITLES = ["Hund anmelden", "Standesamt", "Wohngeld", "Wahlen", "Brennholz", "Parkausweis", "Xyzzy"]


def results(matcher: Matcher, titles: Iterable[str]) -> dict[str, Result]:
    return {title: matcher.match(Page(title)) for title in titles}


def test_decisions_do_not_depend_on_what_was_asked_before(matcher: Matcher) -> None:
    shuffled = TITLES.copy()
    random.Random(7).shuffle(shuffled)
    assert results(matcher, TITLES) == results(matcher, shuffled)


@settings(max_examples=60)
@given(st.text(max_size=200), st.text(max_size=50), st.text(max_size=100))
def test_no_page_is_too_strange(matcher: Matcher, title: str, unit: str, snippet: str) -> None:
    found = matcher.match(Page(title, unit, snippet))
    assert found.decision in {"accepted", "review", "no_service", "not_in_catalogue"}
    assert bool(found.ozg_ids) == (found.decision == "accepted")
    assert 0 <= found.score <= 1
