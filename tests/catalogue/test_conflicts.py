from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from catalogue.competence import Competence
from catalogue.conflicts import KINDS, Conflict, Scene, Silent, conflict_id, find_conflicts
from catalogue.conflicts_units import same_unit, unit_words
from catalogue.entries_offers import Offer
from catalogue.evidence import ABSENT, DESCRIBED, FORM, ONLINE
from catalogue.verdict import Level
from catalogue.voices import Voice, VoiceState
from tests.catalogue.offers import CITY, KREIS, LAND, LEVELS, OZG, SOURCES, make_offer

OWN_TASK = Competence("yes", "gemeinde", CITY, "gemeinde", "regel", "hoch", False, "", "", "")
OF_KREIS = Competence("no", "kreis", KREIS, "kreis", "regel", "hoch", False, "", "", "")
THEME = "Bauen & Wohnen"


def voice(
    source_id: int, state: VoiceState = VoiceState.OK, *, speaks: bool = False, theme: str = ""
) -> Voice:
    return Voice(source_id, SOURCES[source_id], speaks, state, frozenset({theme} - {""}))


def scene(*offers: Offer, **fields: Any) -> Scene:
    """Return a scene of a city that has to offer the service; no source speaks unless ``voices`` say so."""
    said: dict[str, Any] = {
        "levels": LEVELS,
        "name": "Stadtlingen",
        "offers": offers,
        "voices": [voice(source_id) for source_id in SOURCES],
        "days": dict.fromkeys(SOURCES, "2026-11-02"),
        "themes": {OZG: THEME},
        "competence": lambda _: OWN_TASK,
        "unclaimed": Counter(),
    }
    return Scene(**(said | fields))


def told(found: list[Conflict]) -> list[tuple[str, str, str]]:
    """Return kind and sides of contradictions."""
    return [(one.kind, one.one.source, one.other.source if one.other else "") for one in found]


@pytest.mark.parametrize(
    ("rank", "kind"), [(FORM, "online_form"), (DESCRIBED, "online_described"), (ABSENT, "online_absent")]
)
def test_online_in_one_source_and_less_in_another(rank: int, kind: str) -> None:
    (found,) = find_conflicts(scene(make_offer(1), make_offer(2, rank)))
    assert told([found]) == [(kind, "portal", "pvog")]
    assert isinstance(found.other, Offer)
    assert (found.one.url, found.other.ref) == ("https://stadt.example/sperrmuell", "pvog-1")


def test_a_form_here_and_a_description_there_is_no_contradiction() -> None:
    assert find_conflicts(scene(make_offer(1, FORM), make_offer(2, DESCRIBED))) == []


def test_a_source_that_shows_it_online_and_described_contradicts_nobody() -> None:
    unit = make_offer(1, DESCRIBED, ref="amt")
    assert find_conflicts(scene(unit, make_offer(1), make_offer(2))) == []


def test_a_source_that_has_it_online_on_the_kreis_s_level_does_not_lack_it() -> None:
    above = make_offer(2, ONLINE, area_id=KREIS)
    assert find_conflicts(scene(make_offer(1), make_offer(2, DESCRIBED), above)) == []


def test_other_services_and_other_areas_are_not_compared() -> None:
    other_key = make_offer(2, DESCRIBED, leika_key="99001009011000")
    other_area = make_offer(2, DESCRIBED, area_id=KREIS)
    assert find_conflicts(scene(make_offer(1), other_key, other_area)) == []


def test_what_waits_under_review_contradicts_nobody() -> None:
    assert find_conflicts(scene(make_offer(1), make_offer(2, DESCRIBED, accepted=False))) == []


def test_different_links_are_told_however_alike_their_spelling_is() -> None:
    same = make_offer(2, url="http://www.stadt.example/sperrmuell/?utm_source=x")
    other = make_offer(3, url="https://stadt.example/abfall")
    assert told(find_conflicts(scene(make_offer(1), same, other))) == [("link", "portal", "webseite")]


def test_sources_that_have_one_link_in_common_agree() -> None:
    second = make_offer(2, ref="b", url="https://stadt.example/sperrmuell")
    assert find_conflicts(scene(make_offer(1), make_offer(2, url="https://x.example/a"), second)) == []


def test_the_same_link_does_not_make_two_services_one() -> None:
    other = make_offer(2, DESCRIBED, leika_key="99001001002000")
    assert (
        find_conflicts(scene(make_offer(1), other, make_offer(2, leika_key="99001001002000", ref="b"))) == []
    )


def test_links_and_units_of_a_whole_bundle_are_not_compared() -> None:
    one = make_offer(1, leika_key="", unit="Betriebshof")
    other = make_offer(2, leika_key="", unit="Umweltamt", url="https://stadt.example/abfall")
    assert find_conflicts(scene(one, other)) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Steueramt", "Stadt Stadtlingen – Fachbereich Steuern", True),
        ("Amt für Soziales", "Sozialamt", True),
        ("FB 32 Ordnungsamt", "Ordnungsangelegenheiten", True),
        ("Bürgerbüro", "Bürgerservice Stadtlingen", True),
        ("Bürgerbüro", "Steueramt", True),  # where one goes, and who decides
        ("Standesamt", "Steueramt", False),
        ("Jugendamt", "Jobcenter", False),
        ("Abteilung 3", "Steueramt", True),  # a number says nothing
    ],
)
def test_names_of_units_are_compared_by_what_they_say(one: str, other: str, same: bool) -> None:
    words = [unit_words(name, "Stadtlingen") for name in (one, other)]
    assert same_unit(*words) is same_unit(*reversed(words)) is same
    found = find_conflicts(scene(make_offer(1, unit=one), make_offer(2, unit=other)))
    assert told(found) == ([] if same else [("unit", "portal", "pvog")])


def test_a_page_of_the_city_for_what_the_kreis_has_to_offer() -> None:
    above = make_offer(2, ONLINE, area_id=KREIS)
    page = make_offer(1, DESCRIBED, page="https://stadt.example/elterngeld")
    (found,) = find_conflicts(scene(page, above, competence=lambda _: OF_KREIS))
    assert told([found]) == [("other_body", "portal", "pvog")]
    assert found.competence.competent_area_id == KREIS
    (alone,) = find_conflicts(scene(page, competence=lambda _: OF_KREIS))
    assert alone.other is None


def test_an_unsure_competence_claims_nothing() -> None:
    unsure = OF_KREIS._replace(confidence="niedrig")
    assert find_conflicts(scene(make_offer(1), competence=lambda _: unsure)) == []


@pytest.mark.parametrize(("operator", "kinds"), [("land", ["other_body"]), ("efa", []), ("own", [])])
def test_a_page_of_the_city_for_what_others_operate(operator: str, kinds: list[str]) -> None:
    found = find_conflicts(scene(make_offer(1, operator=operator)))
    assert [conflict.kind for conflict in found] == kinds


def test_a_kreisfreie_stadt_is_its_own_kreis() -> None:
    levels = (Level(CITY, "gemeinde", True), Level(KREIS, "kreis", True), Level(LAND, "land", False))
    assert find_conflicts(scene(make_offer(1, operator="kreis"), levels=levels)) == []


def test_a_collection_that_answers_for_everybody_is_no_page_of_the_city() -> None:
    asked = make_offer(2, source_kind="pvog", operator="land")
    assert find_conflicts(scene(asked, competence=lambda _: OF_KREIS)) == []


def silent_scene(*offers: Offer, state: VoiceState = VoiceState.OK, theme: str = "") -> Scene:
    """Return a scene in which PVOG speaks."""
    voices = [voice(1), voice(2, state, speaks=True, theme=theme), voice(3)]
    return scene(*offers, voices=voices)


@pytest.mark.parametrize("rank", [FORM, ONLINE])
def test_what_a_complete_source_does_not_show_is_hidden_supply(rank: int) -> None:
    (found,) = find_conflicts(silent_scene(make_offer(1, rank)))
    assert (found.kind, found.other) == ("hidden_supply", Silent(2, "pvog", "2026-11-02"))


def test_what_is_only_described_is_no_supply() -> None:
    assert find_conflicts(silent_scene(make_offer(1, DESCRIBED))) == []


@pytest.mark.parametrize(
    "state", [state for state in VoiceState if state is not VoiceState.OK], ids=lambda state: state.value
)
def test_a_source_that_is_not_complete_and_fresh_is_not_said_to_lack_anything(state: VoiceState) -> None:
    assert find_conflicts(silent_scene(make_offer(1), state=state)) == []


def test_a_source_lacks_only_what_is_of_its_themes() -> None:
    assert find_conflicts(silent_scene(make_offer(1), theme="Familie & Kind")) == []
    assert len(find_conflicts(silent_scene(make_offer(1), theme=THEME))) == 1


@pytest.mark.parametrize(
    "mentioned",
    [
        make_offer(2, DESCRIBED, leika_key="99001009011000"),  # another act of the same object
        make_offer(2, DESCRIBED, leika_key="99001009000000"),  # the object
        make_offer(2, DESCRIBED, leika_key=""),  # the bundle
        make_offer(2, DESCRIBED, leika_key="99001001002000", accepted=False),  # nobody decided what it is
        make_offer(2, DESCRIBED, area_id=KREIS),  # on a level above
    ],
)
def test_a_source_that_may_mean_it_is_not_silent_about_it(mentioned: Offer) -> None:
    assert find_conflicts(silent_scene(make_offer(1), mentioned)) == []


def test_a_source_that_shows_another_object_of_the_bundle_lacks_this_one() -> None:
    other = make_offer(2, DESCRIBED, leika_key="99001001002000")
    assert told(find_conflicts(silent_scene(make_offer(1), other))) == [("hidden_supply", "portal", "pvog")]


def test_a_form_that_another_was_asked_for_in_vain_is_hidden_supply_with_its_answer() -> None:
    (found,) = find_conflicts(scene(make_offer(1, FORM), make_offer(2, ABSENT)))
    assert (found.kind, found.other) == ("hidden_supply", make_offer(2, ABSENT))


def test_what_another_body_has_to_offer_is_not_hidden_by_the_city_s_sources() -> None:
    found = find_conflicts(silent_scene(make_offer(1, operator="land")))
    assert [conflict.kind for conflict in found] == ["other_body"]


def test_each_source_that_shows_less_has_its_own_contradiction() -> None:
    found = find_conflicts(scene(make_offer(1), make_offer(2, FORM), make_offer(3, DESCRIBED)))
    assert told(found) == [("online_form", "portal", "pvog"), ("online_described", "portal", "webseite")]


@pytest.mark.parametrize("state", [VoiceState.STALE, VoiceState.FAILED, VoiceState.HELD])
def test_what_rests_on_a_source_that_is_not_fresh_is_counted_and_not_claimed(state: VoiceState) -> None:
    voices = [voice(1), voice(2, state), voice(3)]
    place = scene(make_offer(1), make_offer(2, FORM), make_offer(3, FORM), voices=voices)
    assert told(find_conflicts(place)) == [("online_form", "portal", "webseite")]
    assert place.unclaimed == {"pvog": 1}


def test_the_best_source_being_stale_does_not_hide_what_the_others_contradict() -> None:
    best = make_offer(2, trust=99)
    place = scene(
        make_offer(1), best, make_offer(3, FORM), voices=[voice(1), voice(2, VoiceState.STALE), voice(3)]
    )
    assert told(find_conflicts(place)) == [("online_form", "portal", "webseite")]
    assert place.unclaimed == {"pvog": 1}


def ids(*offers: Offer) -> set[str]:
    return {conflict_id(one, "gemeinde", "055120000000") for one in find_conflicts(scene(*offers))}


def test_a_contradiction_keeps_its_id_when_texts_links_and_dates_move() -> None:
    before = ids(make_offer(1), make_offer(2, FORM))
    moved = make_offer(
        2, FORM, ref="neu", title="Sperrgut", url="https://a.example/b.pdf", as_of="2026-12-01"
    )
    assert ids(make_offer(1, url="https://neu.example/x"), moved) == before
    assert len(before) == 1


def test_it_keeps_its_id_when_another_source_becomes_the_best_witness() -> None:
    assert ids(make_offer(1), make_offer(3, FORM)) == ids(make_offer(2), make_offer(3, FORM))


def test_links_that_differ_have_one_id_whichever_side_is_the_better_one() -> None:
    other: dict[str, Any] = {"url": "https://stadt.example/abfall"}
    assert ids(make_offer(1), make_offer(2, trust=60, **other)) == ids(make_offer(1), make_offer(2, **other))


def test_different_contradictions_have_different_ids() -> None:
    links: dict[int, dict[str, Any]] = {
        number: {"url": f"https://stadt.example/{number}", "unit": f"Amt {name}"}
        for number, name in enumerate(("Abfall", "Betriebshof", "Umwelt"), start=1)
    }
    offers = [make_offer(number, **fields) for number, fields in links.items()]
    found = find_conflicts(scene(*offers, make_offer(4, FORM)))
    assert Counter(one.kind for one in found) == {"link": 2, "unit": 2, "online_form": 1}
    assert len({conflict_id(one, "gemeinde", "055120000000") for one in found}) == len(found)
    assert len({conflict_id(found[0], level, "055120000000") for level in ("gemeinde", "kreis")}) == 2
    assert {one.kind for one in found} <= set(KINDS)
