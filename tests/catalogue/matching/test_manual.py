"""What docs/matching.md says the matcher refuses to decide, it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalogue.matching.matcher import Matcher
from catalogue.matching.outcome import REVIEW, Page

MANUAL = Path(__file__).parents[3] / "docs" / "matching.md"


def refused() -> list[tuple[str, str]]:
    """Return the titles of the table, each with the key that is reported beside it."""
    table = (
        MANUAL.read_text(encoding="utf-8")
        .partition("absichtlich nicht entschieden")[2]
        .partition("**Wie gut")[0]
    )
    titles = re.findall(r"^\| (?!Titel|---)(.+?) \|", table, re.MULTILINE)
    parts = [title.partition(" mit dem Schlüssel ") for title in titles]
    return [(title, key) for title, _, key in parts if not title.startswith("-")]


def test_the_manual_has_examples() -> None:
    assert len(refused()) >= 5


@pytest.mark.parametrize(("title", "key"), refused(), ids=lambda value: value)
def test_an_example_of_the_manual_waits_for_people(matcher: Matcher, title: str, key: str) -> None:
    assert matcher.match(Page(title), key.split()).decision == REVIEW
