"""Promises 9 to 11 and 27, and what feeds have really done: shrunken, doubled, foreign, old, rewritten."""

from __future__ import annotations

import pytest

from tests.connectors.xzufi_reading import SAMPLES
from tests.faults.region import add_feed, assert_sound, feed, feed_of, known
from tests.sync.fakes import offers
from tests.sync.miniature import BOTTROP, DORSTEN
from tests.sync.scenario import SQLITE, Scenario
from tests.sync.xzufi import message, remove, responsibility, service, write_message

FILE = "feed.xml"
COUNT = 60


@pytest.fixture
def region(scenario: Scenario) -> Scenario:
    """A region whose feed of sixty offers and one more was read once."""
    (scenario.folder / FILE).write_bytes(feed(COUNT, created_at="2025-03-01T01:00:00Z"))
    add_feed(scenario, FILE)
    assert scenario.sync().exit_code == 0
    return scenario


def deliver(region: Scenario, text: str) -> None:
    """Put a message in the place of the feed."""
    write_message(region.folder / FILE, text)


def assert_held(region: Scenario, code: str) -> None:
    """Assert that a delivery is held for three nights, each time with its reason, and costs nothing."""
    before = known(region)
    for _ in range(3):
        outcome = region.sync_one("stadt")
        assert (outcome.state, outcome.message) == ("held", code)
    assert known(region) == before
    assert region.cell(BOTTROP, "10120").status == "online"
    assert region.gaps() == set()
    assert_sound(region)


def test_promise_9_a_feed_that_lost_nine_tenths_is_held_until_somebody_accepts_it(region: Scenario) -> None:
    deliver(region, feed_of(COUNT // 10))
    assert_held(region, "delivery_shrunk")

    released = region.sync_one("stadt", accept=("stadt",))

    assert (released.state, released.accepted_by_hand) == ("ok", True)
    assert region.rows("source_run")[-1].accepted_by_hand
    assert_sound(region)


@SQLITE
def test_promise_10_a_feed_that_grew_more_than_tenfold_is_told(region: Scenario) -> None:
    deliver(region, feed_of(COUNT * 11))
    outcome = region.sync_one("stadt")
    assert (outcome.state, outcome.message) == ("ok", "delivery_grown")
    assert_sound(region)


@pytest.mark.parametrize("times", [1, 3])
def test_promise_11_doubled_ids_are_one_object_and_counted(region: Scenario, times: int) -> None:
    before = len(region.rows("offering"))
    same = [responsibility(f"ZM{number}", f"M{number}", BOTTROP) for number in range(times)]
    other = [service(f"M{number}", f"{99_900_000_000_500 + number}", "anders") for number in range(times)]
    deliver(region, feed_of(COUNT, *same, *other))

    outcome = region.sync_one("stadt")

    assert outcome.state == "ok"
    issues = {row.kind: row.count for row in region.rows("issue") if row.count}
    assert issues["object_repeated"] == times
    assert issues["object_contradictory"] == times
    assert len(region.rows("offering")) == before
    titles = [row.title for row in region.rows("service_record")]
    assert titles.count("anders") == times, "the last one in the delivery counts"
    assert_sound(region)


@SQLITE
def test_promise_27_the_same_delivery_twice_writes_nothing(region: Scenario) -> None:
    before = known(region)
    assert region.sync_one("stadt").state == "unchanged"
    assert known(region) == before


def test_promise_27_last_years_delivery_is_refused_by_its_date(region: Scenario) -> None:
    deliver(region, feed_of(COUNT - 5, created_at="2024-03-01T01:00:00Z"))
    assert_held(region, "delivery_older")
    deliver(region, feed_of(COUNT + 1, created_at="2025-03-02T01:00:00Z"))
    assert region.sync_one("stadt").state == "ok"


@SQLITE
def test_deliveries_in_reverse_order_end_with_the_newest(region: Scenario) -> None:
    for day in (9, 8, 7):
        deliver(region, feed_of(COUNT + day, created_at=f"2025-03-{day:02}T01:00:00Z"))
        region.sync()
    assert len(region.rows("offering")) == COUNT + 9 + 2
    assert region.source("stadt").delivered_at == "2025-03-09T01:00:00Z"


def test_a_delivery_of_another_region_is_held_though_it_is_as_large(region: Scenario) -> None:
    deliver(region, feed_of(COUNT).replace(BOTTROP, DORSTEN))
    assert_held(region, "delivery_elsewhere")


@SQLITE
def test_a_feed_whose_every_id_is_new_goes_on_as_if_nothing_had_been(region: Scenario) -> None:
    gaps = region.gaps()
    rewritten = feed_of(COUNT).replace('schemeAgencyID="A"', 'schemeAgencyID="B"')
    deliver(region, rewritten)
    for _ in range(3):
        assert region.sync().exit_code == 0
        assert region.cell(BOTTROP, "10120").status == "online"
    assert region.gaps() == gaps
    assert sum(row.withdrawn_run is None for row in region.rows("offering")) == COUNT + 2
    assert_sound(region)


def deletions(count: int) -> list[str]:
    """Return the deletion of so many offers, that of the registration of dogs among them."""
    return [remove("Zustaendigkeit", ref) for ref in ("Z1", *(f"ZM{number}" for number in range(count - 1)))]


def as_increments(region: Scenario) -> None:
    """Let the feed say from now on only what changed."""
    add_feed(region, FILE, 'silence = "absence"\ndelivery = "increment"')
    deliver(region, feed_of(COUNT))
    assert region.sync_one("stadt").state == "ok"


def test_a_mass_deletion_is_held_and_harmless_once_it_is_rewritten(region: Scenario) -> None:
    as_increments(region)
    deliver(region, message(*deletions(COUNT)))
    assert_held(region, "delivery_deletes")

    deliver(region, message(*deletions(COUNT), *feed_of(COUNT).splitlines()[1:-1]))
    outcome = region.sync_one("stadt")

    assert outcome.state == "ok"
    assert region.cell(BOTTROP, "10120").status == "online"
    assert sum(row.withdrawn_run is None for row in region.rows("offering")) == COUNT + 2
    assert_sound(region)


@SQLITE
def test_a_mass_deletion_that_is_meant_can_be_released(region: Scenario) -> None:
    as_increments(region)
    deliver(region, message(*deletions(COUNT)))
    assert region.sync_one("stadt").state == "held"

    assert region.sync_one("stadt", accept=("stadt",)).state == "ok"

    assert sum(row.withdrawn_run is None for row in region.rows("offering")) == 2


@SQLITE
def test_deletions_of_what_nobody_knows_are_counted_however_many(region: Scenario) -> None:
    as_increments(region)
    deliver(region, message(*(remove("Zustaendigkeit", f"WEG{number}") for number in range(5_000))))
    outcome = region.sync_one("stadt")
    assert (outcome.state, outcome.counts.orphans) == ("ok", 5_000)


@SQLITE
def test_all_irregularities_of_a_feed_together_harm_no_sound_record(region: Scenario) -> None:
    # The sample holds colliding ids, empty texts, unknown elements and areas written in every length.
    gaps = region.gaps()
    sample = (SAMPLES / "irregular_2_2.xml").read_bytes()
    (region.folder / "krumm.xml").write_bytes(sample)
    region.sources["krumm"] = 'type = "xzufi"\nlocation = "krumm.xml"\nsilence = "nothing"'

    outcome = region.sync_one("krumm")

    assert outcome.state == "ok"
    assert outcome.summary.read > 0
    assert sum(row.count for row in region.rows("issue")) >= 5
    assert region.cell(BOTTROP, "10120").status == "online"
    assert region.gaps() == gaps
    assert_sound(region)


@SQLITE
def test_a_list_of_another_region_is_held_as_well(region: Scenario) -> None:
    script = region.add_fake("liste", *offers(40), settings="silence = 'absence'")
    assert region.sync_one("liste").state == "ok"
    script.records = offers(40, DORSTEN)

    outcome = region.sync_one("liste")

    assert (outcome.state, outcome.message) == ("held", "delivery_elsewhere")
    assert outcome.params == {"lost": 40, "before": 40, "percent": 100}
