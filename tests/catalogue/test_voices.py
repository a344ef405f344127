"""What the silence of sources says."""

from __future__ import annotations

import pytest

from catalogue.voices import Silence, Voice, VoiceState, silence


def voice(key: str = "feed", state: VoiceState = VoiceState.OK, *themes: str, speaks: bool = True) -> Voice:
    return Voice(sum(key.encode()), key, speaks, state, frozenset(themes))


def test_a_source_that_speaks_and_was_read_means_missing() -> None:
    assert silence([voice()], "Umwelt") == Silence("missing", "", "feed")


def test_all_sources_that_speak_are_named() -> None:
    assert silence([voice("b"), voice("aa")], "Umwelt").sources == "aa b"


def test_without_any_source_nobody_was_asked() -> None:
    assert silence([], "Umwelt") == Silence("unknown", "never_asked", "")


def test_a_partial_list_says_nothing_by_its_silence() -> None:
    assert silence([voice(speaks=False)], "Umwelt").reason == "never_asked"


def test_a_source_for_other_themes_says_nothing_about_this_one() -> None:
    assert silence([voice("feed", VoiceState.OK, "Bildung")], "Umwelt").reason == "never_asked"


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (VoiceState.UNREAD, "source_failed"),
        (VoiceState.FAILED, "source_failed"),
        (VoiceState.NEVER, "never_asked"),
        (VoiceState.HELD, "source_stale"),
        (VoiceState.STALE, "source_stale"),
        (VoiceState.PART, "list_incomplete"),
    ],
)
def test_one_doubtful_source_that_should_show_the_service_forbids_to_call_it_missing(
    state: VoiceState, reason: str
) -> None:
    assert silence([voice("good"), voice("bad", state)], "Umwelt") == Silence("unknown", reason, "bad")


@pytest.mark.parametrize("state", [VoiceState.NEVER, VoiceState.UNREAD])
def test_a_source_that_was_never_read_is_a_doubt_even_if_it_does_not_speak(state: VoiceState) -> None:
    assert silence([voice("good"), voice("list", state, speaks=False)], "Umwelt").status == "unknown"


def test_a_partial_list_that_failed_after_it_was_read_once_is_no_doubt() -> None:
    assert (
        silence([voice("good"), voice("list", VoiceState.FAILED, speaks=False)], "Umwelt").status == "missing"
    )


def test_the_worst_doubt_gives_the_reason() -> None:
    doubts = [voice("stale", VoiceState.STALE), voice("failed", VoiceState.FAILED)]
    assert silence(doubts, "Umwelt") == Silence("unknown", "source_failed", "failed")
