"""What silence means: where it counts, how long, and what failing sources do to it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.errors import RetryLater
from sync.run import refresh
from tests.sync.fakes import Script, offer
from tests.sync.miniature import BOTTROP, GLADBECK, KREIS
from tests.sync.scenario import SQLITE, Scenario

WASTE, DOGS, HUNT, PARKING = "99001009004000", "99102013104000", "99057001001000", "99108001001000"
SPEAKS = "silence = 'absence'"
LIST_THAT_SPEAKS = f"complete = true\nsilence = 'absence'\nareas = ['{BOTTROP}']\nallowed_shrink = 1"


def about(*areas: str) -> str:
    return f"{SPEAKS}\nareas = {list(areas)}"


def break_off(script: Script) -> None:
    def unreachable() -> object:
        raise RetryLater("http_status", status=500, url="https://a.example/")

    script.acquiring = unreachable


@SQLITE
def test_silence_counts_where_the_settings_name_the_area(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE), settings=about(BOTTROP, GLADBECK))

    scenario.sync()

    assert scenario.cell(BOTTROP, "10120").status == "missing"
    assert scenario.cell(GLADBECK, "10110").status == "missing"
    assert scenario.cell(KREIS, "10130")[:2] == ("unknown", "never_asked")


@SQLITE
def test_silence_of_a_source_for_all_counts_where_it_shows_something(scenario: Scenario) -> None:
    scenario.add_fake("portal", offer(BOTTROP, WASTE), settings=SPEAKS)

    scenario.sync()

    assert scenario.cell(BOTTROP, "10120").status == "missing"
    assert scenario.cell(GLADBECK, "10120")[:2] == ("unknown", "never_asked")


@SQLITE
def test_what_is_shown_for_the_kreis_does_not_let_a_source_speak_for_its_cities(scenario: Scenario) -> None:
    scenario.add_fake("kreis", offer(KREIS, HUNT), settings=SPEAKS)

    scenario.sync()

    assert scenario.cell(KREIS, "10130").status == "online"
    assert scenario.cell(GLADBECK, "10120")[:2] == ("unknown", "never_asked")


def test_a_source_not_read_for_longer_than_its_hours_is_stale(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE), settings=about(BOTTROP) + "\nstale_after_hours = 48")
    scenario.sync()
    read_at = scenario.moment

    refresh(scenario.store, read_at + timedelta(hours=48))
    assert scenario.cell(BOTTROP, "10120").status == "missing"
    refresh(scenario.store, read_at + timedelta(hours=48, seconds=1))

    assert scenario.cell(BOTTROP, "10120")[:2] == ("unknown", "source_stale")
    assert scenario.cell(BOTTROP, "10110").status == "online"
    assert [row.stale for row in scenario.rows("cell") if row.status == "online"] == [True]
    assert scenario.last_changes()[BOTTROP, "10120"] == ("missing", "unknown", "source_stale")
    assert scenario.last_changes()[BOTTROP, "10110"] == ("online", "online", "source_stale")

    scenario.sync()
    assert scenario.cell(BOTTROP, "10120").status == "missing"
    assert scenario.last_changes()[BOTTROP, "10120"] == ("unknown", "missing", "source_recovered")


@SQLITE
def test_a_source_left_out_of_many_runs_becomes_stale_in_one_of_them(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE), settings=about(BOTTROP))
    scenario.add_fake("other", offer(GLADBECK, WASTE))
    scenario.sync()

    reasons = []
    for _ in range(4):
        scenario.sync(only=("other",))
        reasons.append(scenario.cell(BOTTROP, "10120").reason)

    assert reasons == ["", "", "", "source_stale"]


@SQLITE
@pytest.mark.parametrize("silence", ["absence", "nothing"])
def test_a_source_never_read_forbids_to_speak_of_absence_whatever_its_silence_means(
    scenario: Scenario, silence: str
) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE), settings=about(BOTTROP))
    break_off(scenario.add_fake("sick", settings=f"silence = '{silence}'"))

    scenario.sync()

    assert scenario.cell(BOTTROP, "10110").status == "online"
    assert scenario.cell(BOTTROP, "10120")[:2] == ("unknown", "source_failed")
    assert scenario.gaps() == set()


@SQLITE
def test_a_source_of_the_kreis_never_read_is_a_doubt_in_its_cities(scenario: Scenario) -> None:
    kreis = scenario.add_fake("kreis", offer(KREIS, DOGS), settings=about(KREIS))
    scenario.add_fake("gladbeck", offer(GLADBECK, WASTE), settings=about(GLADBECK))
    scenario.add_fake("bottrop", offer(BOTTROP, WASTE), settings=about(BOTTROP))
    break_off(kreis)

    scenario.sync()
    assert scenario.cell(GLADBECK, "10120")[:2] == ("unknown", "source_failed")
    assert scenario.cell(BOTTROP, "10120").status == "missing"
    kreis.acquiring = None
    scenario.sync()

    assert scenario.cell(GLADBECK, "10120")[::2] == ("online", "kreis")
    assert scenario.cell(GLADBECK, "10140").status == "missing"


@SQLITE
def test_what_is_described_is_no_gap_while_another_source_was_never_read(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE, "described"), settings=about(BOTTROP))
    sick = scenario.add_fake("sick")
    break_off(sick)

    scenario.sync()
    assert scenario.cell(BOTTROP, "10110")[:2] == ("unknown", "source_failed")
    sick.acquiring, sick.records = None, [offer(GLADBECK, WASTE)]
    scenario.sync()

    assert scenario.cell(BOTTROP, "10110").status == "described"


@SQLITE
def test_a_partial_list_never_makes_absence(scenario: Scenario) -> None:
    scenario.add_list("liste", f"{BOTTROP};{WASTE};online;https://a.example/", settings=about(BOTTROP))

    scenario.sync()

    assert scenario.cell(BOTTROP, "10120")[:2] == ("unknown", "list_incomplete")


@SQLITE
def test_asked_and_not_found_is_absence_only_if_every_part_of_the_service_was_asked_for(
    scenario: Scenario,
) -> None:
    scenario.add_list(
        "umfrage",
        f"{BOTTROP};{WASTE};fehlt;",
        f"{BOTTROP};{DOGS};fehlt;",
    )

    scenario.sync()

    assert scenario.cell(BOTTROP, "10120").status == "missing"
    assert scenario.cell(BOTTROP, "10110")[:2] == ("unknown", "list_incomplete")


@SQLITE
def test_a_list_with_an_unreadable_row_is_no_longer_everything(scenario: Scenario) -> None:
    scenario.add_list("stadt", f"{BOTTROP};{WASTE};online;https://a.example", settings=LIST_THAT_SPEAKS)
    scenario.sync()
    assert scenario.cell(BOTTROP, "10120").status == "missing"

    scenario.write_list(
        "stadt", f"{BOTTROP};{WASTE};online;https://a.example", f"{BOTTROP};{DOGS};onlin;https://b.example"
    )
    scenario.sync()

    assert scenario.cell(BOTTROP, "10120")[:2] == ("unknown", "list_incomplete")
    assert scenario.cell(BOTTROP, "10110").status == "online"


@SQLITE
def test_a_list_with_an_unknown_area_is_no_longer_everything_until_the_area_is_named(
    scenario: Scenario,
) -> None:
    scenario.add_list("stadt", "Botrop;99001009004000;online;https://a.example", settings=LIST_THAT_SPEAKS)
    scenario.sync()
    assert scenario.cell(BOTTROP, "10110")[:2] == ("unknown", "list_incomplete")
    scenario.sync()
    assert scenario.cell(BOTTROP, "10110")[:2] == ("unknown", "list_incomplete")

    scenario.write_list("stadt", f"{BOTTROP};{WASTE};online;https://a.example")
    scenario.sync()
    scenario.sync()

    assert scenario.cell(BOTTROP, "10110").status == "online"
    assert scenario.cell(BOTTROP, "10120").status == "missing"
