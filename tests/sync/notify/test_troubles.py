from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sync.night import NightReport, StepOutcome
from sync.notify.content import Known
from sync.notify.troubles import RUN, Trouble, news_of, troubles_of_night
from sync.report import RunReport, SourceOutcome

DAY = date(2026, 11, 20)


def trouble(key: str = "source:a", state: str = "failed", code: str = "http_status") -> Trouble:
    return Trouble(key, key.partition(":")[2], state, code)


def night(*steps: StepOutcome, sources: list[SourceOutcome] | None = None) -> NightReport:
    report = None if sources is None else RunReport(1, "", "", False, sources, 0, 0)
    return NightReport("nightly", "", "", "", report, steps)


def test_figures_in_a_reason_do_not_make_it_another_trouble() -> None:
    one = Trouble("source:a", "a", "held", "delivery_shrunk", {"now": 5})
    assert one.mark == Trouble("source:a", "a", "held", "delivery_shrunk", {"now": 6}).mark
    assert one.mark != trouble().mark


def test_sources_that_failed_are_no_trouble_of_the_step() -> None:
    done = night(StepOutcome("sync", "partial"), sources=[SourceOutcome("a", "failed")])
    assert troubles_of_night(done) == []


def test_a_sync_that_did_not_take_place_is_a_trouble() -> None:
    (found,) = troubles_of_night(night(StepOutcome("sync", "failed", "database_locked")))
    assert (found.key, found.code) == (RUN, "database_locked")


def test_a_step_that_was_left_out_is_no_trouble_and_sending_notices_tells_nothing_of_itself() -> None:
    assert troubles_of_night(night(StepOutcome("links", "skipped"), StepOutcome("notify", "failed"))) == []


def test_a_trouble_that_changed_is_as_old_as_before() -> None:
    before = {"source:a": Known("other", "2026-11-01", "2026-11-19", "a")}
    news = news_of([trouble()], before, {"source:a"}, DAY, 7)
    assert news is not None
    assert news.standing["source:a"].since == "2026-11-01"
    assert [one.key for one in news.new] == ["source:a"]


def test_what_no_longer_concerns_somebody_is_neither_told_nor_called_over() -> None:
    before = {"source:a": Known("m", "2026-11-01", "2026-11-19", "a")}
    assert news_of([], before, {"source:a"}, DAY, 7) is None


@given(
    st.lists(st.frozensets(st.sampled_from(["source:a", "source:b", "step:links"])), max_size=30),
    st.integers(1, 9),
)
def test_every_trouble_is_told_when_it_begins_every_so_often_and_when_it_ends(
    nights: list[frozenset[str]], repeat: int
) -> None:
    """Nobody hears of nothing, and no trouble lasts longer untold than was asked for."""
    standing: dict[str, Known] = {}
    there: frozenset[str] = frozenset()
    told: dict[str, date] = {}
    for number, keys in enumerate(nights):
        today = DAY + timedelta(days=number)
        current = [trouble(key) for key in sorted(keys)]
        news = news_of(current, standing, keys, today, repeat)
        due = [key for key in keys & there if (today - told[key]).days >= repeat]
        assert (news is not None) == (keys != there or bool(due))
        if news is not None:
            assert {one.key for one in news.new} == keys - there
            assert {key for key, _ in news.over} == there - keys
            standing = news.standing
            told = dict.fromkeys(keys, today)
        assert set(standing) == set(keys)
        there = keys
