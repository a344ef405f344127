"""The labelled titles of the project: what the matcher promises must hold on them.

The set is small, so these floors only notice when something breaks; docs/matching.md has the figures.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import pytest

from catalogue.matching.matcher import Matcher, Result
from catalogue.matching.outcome import Page
from catalogue.matching.reference import packaged_reference

SAMPLES = Path(__file__).parents[2] / "samples" / "matching"
KINDS = {"service", "umbrella", "not_a_service", "not_in_catalogue"}


class Row(NamedTuple):
    page: Page
    ozg_ids: frozenset[str]
    kind: str


def rows(name: str) -> list[Row]:
    with (SAMPLES / name).open(encoding="utf-8", newline="") as stream:
        return [
            Row(
                Page(row["title"], row["unit"], row["snippet"]),
                frozenset(filter(None, row["ozg_ids"].split("|"))),
                row["kind"],
            )
            for row in csv.DictReader(stream)
        ]


@pytest.fixture(scope="module", params=["titles.csv", "blind.csv", "blind2.csv", "blind3.csv", "blind4.csv"])
def answers(matcher: Matcher, request: pytest.FixtureRequest) -> list[tuple[Row, Result]]:
    return [(row, matcher.match(row.page)) for row in rows(request.param)]


def test_the_set_is_large_and_names_only_services_of_the_catalogue() -> None:
    found = rows("titles.csv")
    assert len(found) >= 300
    assert {row.kind for row in found} == KINDS
    assert sum(row.kind == "not_a_service" for row in found) >= 60
    assert {ozg_id for row in found for ozg_id in row.ozg_ids} <= set(dict(packaged_reference().ozg))
    assert len({row.page.title for row in found}) == len(found)


def test_what_is_accepted_is_right(answers: list[tuple[Row, Result]]) -> None:
    accepted = [(row, found) for row, found in answers if found.decision == "accepted"]
    right = [found for row, found in accepted if set(found.ozg_ids) <= row.ozg_ids]
    assert len(right) >= 0.97 * len(accepted)


def test_most_services_are_accepted_and_nearly_all_are_among_the_candidates(
    answers: list[tuple[Row, Result]],
) -> None:
    services = [(row, found) for row, found in answers if row.kind == "service"]
    accepted = [found for _, found in services if found.decision == "accepted"]
    shown = [row for row, found in services if row.ozg_ids & {one.ozg_id for one in found.candidates}]
    assert len(accepted) >= 0.80 * len(services)
    assert len(shown) >= 0.96 * len(services)


def test_hardly_any_page_without_service_is_accepted(answers: list[tuple[Row, Result]]) -> None:
    others = [found for row, found in answers if row.kind == "not_a_service"]
    assert sum(found.decision == "accepted" for found in others) <= 0.02 * len(others)
