"""Strikes: what makes a link broken, what clears it, and what does neither."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.links import Standing, advance, digest_of, night_of, request_url, strikes_needed

FIRST = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)


def after(*results: str, hours: int = 24) -> Standing:
    """Return where a link stands after checks so many hours apart; results are ``result/kind``."""
    standing: Standing | None = None
    for number, one in enumerate(results):
        result, _, kind = one.partition("/")
        standing = advance(standing, result, kind, FIRST + timedelta(hours=hours * number))
    assert standing is not None
    return standing


def test_a_link_is_broken_after_strikes_of_three_nights() -> None:
    assert after(*["dead/not_found"] * 2).state == "suspect"
    broken = after(*["dead/not_found"] * 3)
    assert (broken.state, broken.strikes) == ("broken", 3)
    assert broken.failing_since == FIRST.isoformat()
    assert broken.since == (FIRST + timedelta(days=2)).isoformat()


@pytest.mark.parametrize("kind", ["name_unknown", "refused"])
def test_where_nobody_answers_one_night_more_is_needed(kind: str) -> None:
    assert after(*[f"dead/{kind}"] * 3).state == "suspect"
    assert after(*[f"dead/{kind}"] * 4).state == "broken"


def test_failures_of_one_night_are_one_strike() -> None:
    assert after(*["dead/not_found"] * 5, hours=1).strikes == 1


def test_an_answer_clears_all_strikes() -> None:
    cleared = after("dead/gone", "dead/gone", "moved/moved")
    assert (cleared.state, cleared.strikes, cleared.failing_since) == ("moved", 0, "")
    assert after("dead/gone", "dead/gone", "ok/answered", "dead/gone", "dead/gone").state == "suspect"


def test_what_could_not_be_checked_adds_nothing_and_clears_nothing() -> None:
    struck = after("dead/gone", "dead/gone")
    assert after("dead/gone", "dead/gone", "unclear/busy") == struck
    assert after("dead/gone", "unclear/busy", "dead/gone", "unclear/timed_out", "dead/gone").state == "broken"


def test_a_broken_link_stays_broken_until_it_answers() -> None:
    assert after(*["dead/gone"] * 3, "unclear/busy", "dead/refused").state == "broken"
    assert after(*["dead/gone"] * 3, "ok/answered").state == "ok"


def test_nights_go_from_noon_to_noon() -> None:
    local = datetime(2026, 11, 2, 23, 50).astimezone()
    assert night_of(local) == night_of(local + timedelta(minutes=30)) == "2026-11-02"
    assert night_of(local + timedelta(hours=13)) == "2026-11-03"


@given(
    st.lists(
        st.sampled_from(["ok/answered", "moved/moved", "dead/gone", "dead/refused", "unclear/busy"]),
        min_size=1,
    )
)
def test_broken_means_enough_strikes_since_the_last_answer(results: list[str]) -> None:
    standing = after(*results)
    since = results[max((n for n, one in enumerate(results) if one[0] in "om"), default=-1) + 1 :]
    strikes = [one.partition("/")[2] for one in since if one.startswith("dead")]
    enough = any(number + 1 >= strikes_needed(kind) for number, kind in enumerate(strikes))
    assert (standing.state == "broken") is enough
    assert standing.strikes == len(strikes)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        (" https://Stadt.example/a?b=1#c ", "https://stadt.example/a?b=1"),
        ("HTTPS://stadt.example/A", "https://stadt.example/A"),
        ('https://stadt.example/a/b?c=1&d="2"', 'https://stadt.example/a/b?c=1&d="2"'),
        ("https://stadt.example:8443/a", "https://stadt.example:8443/a"),
        ("https://stadt.example/ä b", "https://stadt.example/ä b"),
        ("mailto:x@stadt.example", ""),
        ("https:///nur-pfad", ""),
        ("http://stadt.example:99999/", ""),
        ("http://nutzer:geheim@stadt.example/", ""),
        ("http://stadt.example/" + "x" * 9_000, ""),
        ("http://stadt.example/\x00", ""),
    ],
)
def test_one_address_is_asked_for_whatever_the_fragment(written: str, asked: str) -> None:
    assert request_url(written) == asked


@given(st.text())
def test_no_text_is_too_strange_to_be_no_address(text: str) -> None:
    url = request_url(text)
    assert url == "" or url.startswith(("http://", "https://"))
    assert len(digest_of(text)) == 32
