"""What the silence of a source is worth, told in words that fit its state and the area."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from catalogue.messages import LANGUAGES, keys
from catalogue.reports.sources import SourceRow
from catalogue.reports.workbook.sourcelines import WORTHS, SourceLines
from catalogue.voices import Voice, VoiceState

AREA = 7


def source(*, standing: str = "ok", speaks: bool = True, active: bool = True) -> SourceRow:
    return SourceRow(
        source="portal",
        name="Portal",
        kind="list",
        active=active,
        state="ok",
        standing=standing if active else "",
        speaks=speaks,
        trust=50,
        complete=True,
        objects=1,
        areas=1,
        themes=(),
        read_at="2026-11-20T10:00:00+00:00",
        age_hours=1.0,
        stale_after_hours=48,
        delivered_at="",
        attempted_at="",
        message="",
        params={},
        next_command="",
        digest="",
        open_issues=0,
        issues=(),
    )


def lines(rows: Sequence[SourceRow], *, advisory: bool = False, heard: bool | None = None) -> SourceLines:
    """Return the lines of sources; ``heard`` tells whether they speak in the area; None: unheard."""
    voice = Voice(1, "portal", bool(heard), VoiceState.OK, frozenset())
    return SourceLines(
        rows=rows,
        advisory=frozenset({"portal"}) if advisory else frozenset(),
        voices={AREA: {} if heard is None else {"portal": voice}},
    )


@pytest.mark.parametrize(
    ("row", "worth"),
    [
        (source(), "absence"),
        (source(standing="part"), "doubt"),
        (source(standing="stale"), "doubt"),
        (source(standing="failed"), "doubt"),
        (source(standing="held"), "doubt"),
        (source(speaks=False), "nothing"),
        (source(speaks=False, standing="stale"), "nothing"),
        (source(speaks=False, standing="unread"), "doubt"),
        (source(speaks=False, standing="never"), "doubt"),
        (source(active=False), "inactive"),
    ],
)
def test_silence_is_worth_what_the_state_of_the_source_allows(row: SourceRow, worth: str) -> None:
    assert [line.worth for line in lines([row]).everywhere()] == [worth]


def test_a_second_opinion_is_worth_nothing_whatever_its_state() -> None:
    found = lines([source()], advisory=True)
    assert [line.worth for line in found.everywhere()] == ["opinion"]
    assert [line.worth for line in found.of_area(AREA)] == ["opinion"]


def test_in_an_area_it_counts_whether_the_source_speaks_there() -> None:
    assert [line.worth for line in lines([source()], heard=True).of_area(AREA)] == ["absence"]
    assert [line.worth for line in lines([source()], heard=False).of_area(AREA)] == ["nothing"]


def test_a_source_that_is_not_heard_in_an_area_is_not_listed_there() -> None:
    assert lines([source()]).of_area(AREA) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_worth_has_its_sentence(language: str) -> None:
    assert {f"workbook_worth.{worth}" for worth in WORTHS} <= keys(language)
