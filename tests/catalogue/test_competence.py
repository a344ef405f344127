from __future__ import annotations

from collections.abc import Mapping

import pytest

from catalogue.competence import Assessment, Competence, CompetenceTable, Rule
from catalogue.errors import NotFound
from catalogue.levels import TIERS
from catalogue.lookup import Area, AreaIndex
from catalogue.standing import YouthOffice

BUND, NRW, MUENSTER, RE, GE_KREIS, GE, GLADBECK, WALTROP, UNNA_KREIS, UNNA, HOLZWICKEDE = range(1, 12)
AACHEN_REGION, AACHEN, BAYERN, MUENCHEN, VERBAND, DORF, WALD, LAND_KREIS = range(20, 28)

GROSSE, MITTLERE = "grosse_kreisangehoerige_stadt", "mittlere_kreisangehoerige_stadt"
KLEINE = "kreisangehoerige_gemeinde"


def area(area_id: int, level: str, ars: str, parent: int | None, status: str = "", kind: str = "") -> Area:
    kreisfrei = status == "kreisfreie_stadt"
    return Area(area_id, level, ars.ljust(12, "0"), "", ars, kind, parent, kreisfrei, status, None)


AREAS = [
    area(BUND, "bund", "", None),
    area(NRW, "land", "05", BUND),
    area(MUENSTER, "regierungsbezirk", "055", NRW),
    area(RE, "kreis", "05562", MUENSTER),
    area(GE_KREIS, "kreis", "05513", MUENSTER, "kreisfreie_stadt"),
    area(GE, "gemeinde", "05513", GE_KREIS, "kreisfreie_stadt"),
    area(GLADBECK, "gemeinde", "055620014014", RE, GROSSE),
    area(WALTROP, "gemeinde", "055620036036", RE, MITTLERE),
    area(UNNA_KREIS, "kreis", "05978", NRW),
    area(UNNA, "gemeinde", "059780036036", UNNA_KREIS, GROSSE),
    area(HOLZWICKEDE, "gemeinde", "059780016016", UNNA_KREIS, KLEINE),
    area(AACHEN_REGION, "kreis", "05334", NRW),
    area(AACHEN, "gemeinde", "053340002002", AACHEN_REGION, "regionsangehoerige_stadt_aachen"),
    area(BAYERN, "land", "09", BUND),
    area(LAND_KREIS, "kreis", "09161", BAYERN),
    area(MUENCHEN, "gemeinde", "09162", LAND_KREIS, "kreisfreie_stadt"),
    area(VERBAND, "gemeindeverband", "091610001", LAND_KREIS),
    area(DORF, "gemeinde", "091610001001", VERBAND),
    area(WALD, "gemeinde", "091610001444", VERBAND, kind="Gemeindefreies Gebiet (unbewohnt)"),
]

#: One service for each tier: its OZG id is its place among the tiers.
BY_TIER = {tier: f"1000{number}" for number, tier in enumerate(TIERS)}


def assessed(tier: str, confidence: str = "hoch", *, voluntary: bool = False) -> Assessment:
    return Assessment(tier, "land", confidence, voluntary, "Grund")


def table(
    assessments: Mapping[str, Assessment] | None = None,
    *,
    land: str = "05",
    rules: Mapping[str, Rule] | None = None,
    not_municipal: Mapping[str, str] | None = None,
    youth_offices: Mapping[str, YouthOffice] | None = None,
) -> CompetenceTable:
    by_land = {land: assessments} if assessments is not None else {}
    return CompetenceTable(
        AreaIndex(AREAS),
        youth_offices or {},
        by_land,
        {land: rules or {}},
        not_municipal or {},
    )


def tiers(land: str = "05", /, **more: YouthOffice) -> CompetenceTable:
    offices = {AREAS_BY_NAME[name].ars: office for name, office in more.items()}
    found = {ozg_id: assessed(tier) for tier, ozg_id in BY_TIER.items()}
    return table(found, land=land, youth_offices=offices)


AREAS_BY_NAME = {
    "gladbeck": AREAS[GLADBECK - 1],
    "waltrop": AREAS[WALTROP - 1],
    "unna": AREAS[UNNA - 1],
    "holzwickede": AREAS[HOLZWICKEDE - 1],
}


def verdict(answer: Competence) -> tuple[str, int | None, str]:
    return answer.verdict, answer.competent_area_id, answer.competent_level


# --- tiers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "area_id", "expected"),
    [
        ("gemeinde", HOLZWICKEDE, ("yes", HOLZWICKEDE, "gemeinde")),
        ("gemeinde", GE, ("yes", GE, "gemeinde")),
        ("gemeinde", RE, ("no", None, "gemeinde")),
        ("mittlere", GE, ("yes", GE, "gemeinde")),
        ("mittlere", GLADBECK, ("yes", GLADBECK, "gemeinde")),
        ("mittlere", WALTROP, ("yes", WALTROP, "gemeinde")),
        ("mittlere", HOLZWICKEDE, ("no", UNNA_KREIS, "kreis")),
        ("grosse", GLADBECK, ("yes", GLADBECK, "gemeinde")),
        ("grosse", WALTROP, ("no", RE, "kreis")),
        ("grosse", UNNA, ("yes", UNNA, "gemeinde")),
        ("kreis", GE, ("yes", GE, "gemeinde")),
        ("kreis", GE_KREIS, ("yes", GE_KREIS, "kreis")),
        ("kreis", GLADBECK, ("no", RE, "kreis")),
        ("kreis", RE, ("yes", RE, "kreis")),
        ("land", GLADBECK, ("no", NRW, "land")),
        ("bund", GLADBECK, ("no", BUND, "bund")),
        ("sonstige", GLADBECK, ("no", None, "sonstige")),
        ("land", RE, ("no", NRW, "land")),
    ],
)
def test_a_tier_says_who_is_competent(tier: str, area_id: int, expected: tuple[str, int | None, str]) -> None:
    answer = tiers().answer(area_id, BY_TIER[tier])
    assert verdict(answer) == expected
    assert (answer.tier, answer.rule, answer.confidence) == (tier, "einschaetzung", "hoch")


def test_a_kreis_acts_for_a_tier_only_if_one_of_its_municipalities_does_not() -> None:
    known = tiers()
    assert known.answer(RE, BY_TIER["mittlere"]).verdict == "no"
    assert known.answer(RE, BY_TIER["grosse"]).verdict == "yes"
    assert known.answer(UNNA_KREIS, BY_TIER["mittlere"]).verdict == "yes"


def test_both_rows_of_a_kreisfreie_stadt_are_competent_for_all_municipal_tiers() -> None:
    known = tiers()
    for tier in ("gemeinde", "mittlere", "grosse", "kreis", "jugendamt"):
        assert known.answer(GE, BY_TIER[tier]).verdict == "yes"
        assert known.answer(GE_KREIS, BY_TIER[tier]).verdict == "yes"


def test_aachen_counts_as_grosse_stadt_with_less_than_full_confidence() -> None:
    known = tiers()
    assert known.answer(AACHEN, BY_TIER["mittlere"]).confidence == "hoch"
    grosse, kreis = known.answer(AACHEN, BY_TIER["grosse"]), known.answer(AACHEN, BY_TIER["kreis"])
    assert (grosse.verdict, grosse.confidence, grosse.reason) == ("yes", "mittel", "aachen")
    assert verdict(kreis) == ("no", AACHEN_REGION, "kreis")
    assert kreis.confidence == "mittel"


def test_where_the_status_of_a_town_is_unknown_its_larger_duties_are_unresolved() -> None:
    known = tiers("09")
    for tier in ("mittlere", "grosse"):
        for area_id in (DORF, LAND_KREIS):
            answer = known.answer(area_id, BY_TIER[tier])
            assert (answer.verdict, answer.reason) == ("unresolved", "status_unknown")
    assert known.answer(MUENCHEN, BY_TIER["grosse"]).verdict == "yes"
    assert known.answer(DORF, BY_TIER["gemeinde"]).verdict == "yes"


@pytest.mark.parametrize(("area_id", "reason"), [(VERBAND, "association"), (WALD, "unincorporated")])
def test_areas_whose_duties_no_table_says_are_unresolved(area_id: int, reason: str) -> None:
    answer = tiers("09").answer(area_id, BY_TIER["gemeinde"])
    assert (answer.verdict, answer.reason, answer.confidence) == ("unresolved", reason, "niedrig")
    assert tiers("09").answer(area_id, BY_TIER["land"]).verdict == "no"


# --- Jugendamt -------------------------------------------------------------------------------------

OWN, NONE = YouthOffice(own=True, confidence="mittel"), YouthOffice(own=False, confidence="hoch")
DOUBTFUL = YouthOffice(own=True, confidence="niedrig")


def test_an_own_jugendamt_makes_a_city_competent_no_surer_than_the_table_is() -> None:
    answer = tiers(gladbeck=OWN).answer(GLADBECK, BY_TIER["jugendamt"])
    assert verdict(answer) == ("yes", GLADBECK, "gemeinde")
    assert answer.confidence == "mittel"


def test_a_city_without_jugendamt_has_the_one_of_its_kreis() -> None:
    answer = tiers(gladbeck=NONE).answer(GLADBECK, BY_TIER["jugendamt"])
    assert verdict(answer) == ("no", RE, "kreis")


@pytest.mark.parametrize("offices", [{}, {"gladbeck": DOUBTFUL}])
def test_where_no_jugendamt_is_known_of_nothing_is_claimed(offices: dict[str, YouthOffice]) -> None:
    answer = tiers(**offices).answer(GLADBECK, BY_TIER["jugendamt"])
    assert (answer.verdict, answer.tier, answer.reason) == (
        "unresolved",
        "jugendamt",
        "youth_office_unknown",
    )


@pytest.mark.parametrize(
    ("offices", "expected"),
    [
        ({"unna": OWN, "holzwickede": NONE}, "yes"),
        ({"holzwickede": NONE}, "yes"),
        ({"unna": OWN, "holzwickede": OWN}, "no"),
        ({"unna": OWN, "holzwickede": DOUBTFUL}, "unresolved"),
        ({"unna": OWN}, "unresolved"),
        ({}, "unresolved"),
    ],
)
def test_a_kreis_has_a_jugendamt_if_some_municipality_has_none(
    offices: dict[str, YouthOffice], expected: str
) -> None:
    assert tiers(**offices).answer(UNNA_KREIS, BY_TIER["jugendamt"]).verdict == expected


def test_a_kreis_is_as_sure_as_the_table_of_jugendaemter() -> None:
    all_own = tiers(unna=OWN, holzwickede=YouthOffice(own=True, confidence="hoch"))
    assert all_own.answer(UNNA_KREIS, BY_TIER["jugendamt"]).confidence == "mittel"
    without = tiers(unna=OWN, holzwickede=YouthOffice(own=False, confidence="mittel"))
    assert without.answer(UNNA_KREIS, BY_TIER["jugendamt"]).confidence == "mittel"


# --- Land, Regierungsbezirk, Bund ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("area_id", "tier", "expected"),
    [
        (NRW, "land", ("yes", NRW, "land")),
        (NRW, "bund", ("no", BUND, "bund")),
        (NRW, "gemeinde", ("no", None, "gemeinde")),
        (NRW, "kreis", ("no", None, "kreis")),
        (NRW, "sonstige", ("no", None, "sonstige")),
        (BUND, "bund", ("yes", BUND, "bund")),
        (BUND, "land", ("no", None, "land")),
        (MUENSTER, "land", ("unresolved", NRW, "land")),
        (MUENSTER, "bund", ("no", BUND, "bund")),
    ],
)
def test_areas_above_the_municipalities_answer_for_their_own_tier(
    area_id: int, tier: str, expected: tuple[str, int | None, str]
) -> None:
    assert verdict(tiers().answer(area_id, BY_TIER[tier])) == expected


def test_without_any_table_the_bund_is_as_unresolved_as_everybody() -> None:
    assert table().answer(BUND, "10000").reason == "no_table"


# --- the order of the rules ------------------------------------------------------------------------

EVIDENCED = Rule("grosse", "Aufgabe: § 1 (Beleg)", evidenced=True)
GENERAL = Rule("kreis", "Aufgabe: § 2", evidenced=False)


def test_an_evidenced_rule_outranks_types_and_assessment() -> None:
    known = table(
        {"10000": assessed("bund", "niedrig", voluntary=True)},
        rules={"10000": EVIDENCED},
        not_municipal={"10000": "bund"},
    )
    answer = known.answer(WALTROP, "10000")
    assert (answer.rule, answer.tier, answer.confidence) == ("regel", "grosse", "hoch")
    assert verdict(answer) == ("no", RE, "kreis")
    assert (answer.basis, answer.voluntary, answer.secondary_tier) == ("Aufgabe: § 1 (Beleg)", True, "land")


def test_an_evidenced_rule_needs_no_assessment() -> None:
    assert table(rules={"10000": EVIDENCED}).answer(GLADBECK, "10000").verdict == "yes"


@pytest.mark.parametrize(
    ("confidence", "sure"), [("hoch", "hoch"), ("mittel", "mittel"), ("niedrig", "mittel")]
)
def test_types_rule_out_municipalities_and_the_assessment_says_who_it_is(confidence: str, sure: str) -> None:
    known = table({"10000": assessed("land", confidence)}, not_municipal={"10000": "bund"})
    answer = known.answer(GLADBECK, "10000")
    assert verdict(answer) == ("no", NRW, "land")
    assert (answer.rule, answer.confidence) == ("typ", sure)


def test_types_against_a_municipal_assessment_are_a_contradiction() -> None:
    known = table({"10000": assessed("kreis")}, not_municipal={"10000": "bund"})
    answer = known.answer(RE, "10000")
    assert (answer.verdict, answer.rule, answer.tier) == ("unresolved", "widerspruch", "kreis")
    assert (answer.confidence, answer.reason) == ("niedrig", "types_contradict")


def test_types_speak_for_laender_without_a_table_too() -> None:
    known = table({}, not_municipal={"10000": "bund", "10001": "land", "10002": ""})
    assert verdict(known.answer(DORF, "10000")) == ("no", BUND, "bund")
    assert verdict(known.answer(DORF, "10001")) == ("no", BAYERN, "land")
    assert verdict(known.answer(DORF, "10002")) == ("no", None, "")
    assert known.answer(BAYERN, "10001").verdict == "yes"
    assert known.answer(BUND, "10000").verdict == "yes"
    assert known.answer(BAYERN, "10002").verdict == "unresolved"


def test_types_alone_do_not_tell_a_land_its_duties_where_an_assessment_does() -> None:
    known = table({"10000": assessed("land", "niedrig")}, not_municipal={"10000": "bund"})
    answer = known.answer(NRW, "10000")
    assert (answer.verdict, answer.rule) == ("unresolved", "einschaetzung")


def test_a_low_assessment_is_unresolved_and_names_the_tier() -> None:
    answer = table({"10000": assessed("gemeinde", "niedrig")}).answer(GLADBECK, "10000")
    assert (answer.verdict, answer.tier, answer.competent_area_id) == ("unresolved", "gemeinde", None)
    assert (answer.rule, answer.confidence, answer.reason) == ("einschaetzung", "niedrig", "low_confidence")


@pytest.mark.parametrize(
    ("tier", "confidence", "basis"),
    [
        ("kreis", "mittel", "Grund; Aufgabe: § 2"),
        ("gemeinde", "mittel", "Grund"),
        ("kreis", "niedrig", "Grund; Aufgabe: § 2"),
    ],
)
def test_a_rule_without_evidence_adds_its_basis_where_it_agrees_and_decides_nothing(
    tier: str, confidence: str, basis: str
) -> None:
    known = table({"10000": assessed(tier, confidence)}, rules={"10000": GENERAL})
    answer = known.answer(GLADBECK, "10000")
    assert (answer.rule, answer.tier, answer.confidence) == ("einschaetzung", tier, confidence)
    assert answer.basis == basis
    assert (answer.verdict == "unresolved") == (confidence == "niedrig")


def test_a_rule_without_evidence_alone_names_the_tier_and_stays_unresolved() -> None:
    answer = table({}, rules={"10000": GENERAL}).answer(RE, "10000")
    assert (answer.verdict, answer.rule, answer.tier) == ("unresolved", "allgemeinwissen", "kreis")


@pytest.mark.parametrize(
    ("area_id", "ozg_id", "reason"),
    [(DORF, "10000", "no_table"), (GLADBECK, "19999", "no_entry"), (NRW, "19999", "no_entry")],
)
def test_what_no_table_says_is_unresolved(area_id: int, ozg_id: str, reason: str) -> None:
    answer = table({"10000": assessed("gemeinde")}).answer(area_id, ozg_id)
    assert (answer.verdict, answer.tier, answer.rule) == ("unresolved", "", "keine_tabelle")
    assert (answer.reason, answer.confidence) == (reason, "niedrig")


def test_an_area_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(NotFound, match="area_id_unknown"):
        table().answer(999, "10000")
