from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from catalogue.competence import RULES, Competence, CompetenceTable
from catalogue.levels import TIERS
from catalogue.lookup import AreaIndex
from catalogue.messages import LANGUAGES, keys
from catalogue.reference import import_reference
from catalogue.store import Store


@pytest.fixture
def packaged(reference_store: Store) -> Iterator[tuple[AreaIndex, CompetenceTable, list[str]]]:
    with reference_store.read() as connection:
        areas = AreaIndex.load(connection)
        ids = connection.exec_driver_sql("SELECT ozg_id FROM ozg_service ORDER BY ozg_id")
        yield areas, CompetenceTable.load(connection, areas), [row[0] for row in ids]


def ask(areas: AreaIndex, known: CompetenceTable, name: str, level: str, ozg_id: str) -> Competence:
    (found,) = areas.by_name(name, level=level, land="05")
    return known.answer(found.id, ozg_id)


def test_the_kreis_recklinghausen_issues_residence_titles_but_no_building_permits(
    packaged: tuple[AreaIndex, CompetenceTable, list[str]],
) -> None:
    areas, known, _ = packaged
    building, residence = "10519", "10255"
    assert ask(areas, known, "Recklinghausen", "kreis", building).verdict == "no"
    assert ask(areas, known, "Recklinghausen", "kreis", residence).verdict == "yes"
    assert ask(areas, known, "Waltrop", "gemeinde", building).rule == "regel"
    assert ask(areas, known, "Waltrop", "gemeinde", building).verdict == "yes"
    assert ask(areas, known, "Waltrop", "gemeinde", residence).competent_level == "kreis"
    assert ask(areas, known, "Herne", "gemeinde", residence).verdict == "yes"


def test_the_packaged_tables_answer_as_their_sources_say(
    packaged: tuple[AreaIndex, CompetenceTable, list[str]],
) -> None:
    areas, known, _ = packaged
    housing_benefit, registration, unemployment, child_support = "10092", "10439", "10073", "10035"
    assert ask(areas, known, "Ahaus", "gemeinde", housing_benefit).verdict == "yes"
    assert ask(areas, known, "Gladbeck", "gemeinde", registration).competent_level == "kreis"
    assert ask(areas, known, "Gladbeck", "gemeinde", unemployment).competent_level == "bund"
    assert ask(areas, known, "Gladbeck", "gemeinde", child_support).verdict == "yes"
    assert ask(areas, known, "Ahaus", "gemeinde", child_support).verdict == "unresolved"
    assert ask(areas, known, "Bottrop", "gemeinde", child_support).verdict == "yes"


def test_every_answer_names_a_rule_and_unresolved_ones_their_reason(
    packaged: tuple[AreaIndex, CompetenceTable, list[str]],
) -> None:
    areas, known, ids = packaged
    nrw = areas.resolve("05")
    assert nrw is not None
    texts = keys("de")
    for area_id in (nrw, *areas.descendants(nrw)):
        for ozg_id in ids:
            answer = known.answer(area_id, ozg_id)
            assert answer.rule in RULES
            assert (answer.verdict == "unresolved") <= bool(answer.reason)
            assert not answer.reason or f"competence.{answer.reason}" in texts
            assert (answer.verdict == "yes") == (answer.competent_area_id == area_id)


def test_a_whole_land_is_answered_in_less_than_a_second(
    packaged: tuple[AreaIndex, CompetenceTable, list[str]],
) -> None:
    areas, known, ids = packaged
    nrw = areas.resolve("05")
    assert nrw is not None
    municipalities = areas.descendants(nrw, "gemeinde")
    began = time.process_time()
    for area_id in municipalities:
        for ozg_id in ids:
            known.answer(area_id, ozg_id)
    assert time.process_time() - began < 1.0


def test_an_imported_rule_is_followed(reference_store: Store) -> None:
    lines = [
        "land,ozg_id,tier,task,basis,evidence,evidenced",
        "05,10176,kreis,Mitnahme von Betäubungsmitteln,Erlass,,1",
        "09,10124,gemeinde,Meldewesen,BMG,,0",
    ]
    import_reference(
        reference_store,
        None,
        lines,
        origin="Amt",
        licence="dl-de/by-2-0",
        as_of="2026-01-01",
        replace=False,
    )
    with reference_store.read() as connection:
        areas = AreaIndex.load(connection)
        known = CompetenceTable.load(connection)
    answer = ask(areas, known, "Gladbeck", "gemeinde", "10176")
    assert (answer.rule, answer.basis) == ("regel", "Mitnahme von Betäubungsmitteln: Erlass")
    (munich,) = areas.by_name("München", level="gemeinde", land="09")
    answer = known.answer(munich.id, "10124")
    assert (answer.verdict, answer.rule) == ("unresolved", "allgemeinwissen")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_an_answer_has_a_text(language: str) -> None:
    wanted = {f"rule.{rule}" for rule in RULES} | {f"tier.{tier}" for tier in TIERS}
    assert wanted <= keys(language)
