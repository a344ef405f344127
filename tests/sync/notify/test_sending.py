from __future__ import annotations

from sync.night import StepOutcome
from sync.nightsync import merged
from tests.sync.fakes import offer
from tests.sync.miniature import BOTTROP, GLADBECK
from tests.sync.notify.nights import DOG, Nights, broken
from tests.sync.scenario import SQLITE

LINKS_FAILED = StepOutcome("links", "failed", "notify_late")


# --- troubles ---------------------------------------------------------------------------------------


@SQLITE
def test_a_good_night_in_which_nothing_happened_is_quiet(nights: Nights) -> None:
    nights.recipient(levels=("error", "change"))
    assert nights.night() == nights.night() == ()
    assert nights.titles == []
    assert nights.book() == []


def test_a_trouble_is_told_at_once_then_after_a_week_and_once_when_it_is_over(nights: Nights) -> None:
    nights.recipient()
    nights.night()
    nights.sources["gladbeck"].acquiring = broken
    assert len(nights.night()) == 1
    assert [len(sent) for sent in nights.pass_by(14)] == [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]
    nights.sources["gladbeck"].acquiring = None
    assert len(nights.night()) == 1
    assert nights.pass_by(1) == [()]
    assert [title.partition("– ")[2] or title for title in nights.titles] == [
        "Störung: gladbeck",
        "Weiterhin gestört: gladbeck",
        "Weiterhin gestört: gladbeck",
        "[Lückenlos Probe] Störung behoben: gladbeck",
    ]


@SQLITE
def test_a_notice_says_what_is_wrong_why_and_what_to_do(nights: Nights) -> None:
    nights.recipient()
    nights.night()
    nights.sources["gladbeck"].acquiring = broken
    nights.night()
    text = nights.server.taken[0].text
    first = text.splitlines()[0]
    assert first.startswith("ACHTUNG: In Lauf 2 ")
    assert "1 von 2 Quellen nicht auf dem neuen Stand" in first
    assert "Quelle „gladbeck“: zuletzt gestört – es gilt der Stand vom 02.03.2025" in text
    assert "Grund: " in text
    assert "503" in text
    region = nights.scenario.folder / "region.toml"
    assert f"Nächster Schritt: lueckenlos sync --region {region} --source gladbeck" in text


@SQLITE
def test_a_night_that_a_retry_healed_is_told_as_good_with_the_figures_of_its_end(nights: Nights) -> None:
    nights.recipient(levels=("error", "change"), role="operator")
    nights.night()
    nights.sources["gladbeck"].acquiring = broken
    first = nights.scenario.sync()
    nights.sources["gladbeck"].acquiring = None
    nights.sources["gladbeck"].records.append(offer(GLADBECK, DOG))
    second = nights.scenario.sync(only=("gladbeck",))
    assert len(nights.night(report=merged(first, second))) == 1
    (taken,) = nights.server.taken
    assert nights.titles[0].startswith("[Lückenlos Probe] Veränderungen: ")
    assert taken.text.startswith("In Ordnung: Lauf 2 (wiederholt in 3) ")
    assert "gladbeck: gut" in taken.text
    assert "fehlgeschlagen" not in taken.text
    assert nights.night() == ()  # what the retry moved was told


@SQLITE
def test_a_night_that_a_retry_healed_and_in_which_nothing_else_happened_is_quiet(nights: Nights) -> None:
    nights.recipient(levels=("error", "change"))
    nights.sources["gladbeck"].records.append(offer(GLADBECK, DOG))
    nights.night()
    nights.sources["gladbeck"].acquiring = broken
    first = nights.scenario.sync()
    assert first.cells_changed
    nights.sources["gladbeck"].acquiring = None
    second = nights.scenario.sync(only=("gladbeck",))
    assert second.cells_changed
    assert nights.night(report=merged(first, second)) == ()
    assert nights.book() == []


@SQLITE
def test_another_reason_is_another_trouble(nights: Nights) -> None:
    nights.recipient()
    nights.night()
    nights.sources["gladbeck"].acquiring = broken
    nights.night()
    nights.sources["gladbeck"].acquiring = None
    nights.sources["gladbeck"].end = None  # it breaks off, and is held
    assert len(nights.night()) == 1
    assert nights.night() == ()


@SQLITE
def test_a_second_trouble_is_told_with_the_first_one_and_counts_as_told_for_both(nights: Nights) -> None:
    nights.recipient(repeat_after=3)
    nights.night()
    nights.sources["gladbeck"].acquiring = broken
    assert len(nights.night()) == 1
    nights.pass_by(1)
    nights.sources["bottrop"].acquiring = broken
    assert len(nights.night()) == 1
    text = nights.server.taken[1].text
    assert text.index("Neu gestört") < text.index("bottrop") < text.index("Weiterhin gestört")
    assert "gladbeck“: zuletzt gestört (seit 03.03.2025)" in text
    assert [len(sent) for sent in nights.pass_by(3)] == [0, 0, 1]


@SQLITE
def test_a_step_that_failed_is_told_until_it_works_again(nights: Nights) -> None:
    nights.recipient()
    nights.night(StepOutcome("links", "ok"))
    assert len(nights.night(LINKS_FAILED)) == 1
    assert nights.titles[0] == "[Lückenlos Probe] Nacht unvollständig – Störung: Linkprüfung"
    assert nights.night(LINKS_FAILED) == ()
    assert nights.night() == ()  # left out: nobody knows
    assert len(nights.night(StepOutcome("links", "ok"))) == 1
    assert "Schritt „Linkprüfung“: wieder in Ordnung" in nights.server.taken[1].text


@SQLITE
def test_a_night_without_a_sync_is_told_as_such(nights: Nights) -> None:
    nights.recipient()
    nights.night()
    failed = StepOutcome("sync", "failed", "database_locked")
    assert len(nights.night(failed, without_sync=True)) == 1
    assert "Der Abgleich als Ganzes: fehlgeschlagen" in nights.server.taken[0].text
    assert "ACHTUNG" in nights.server.taken[0].text.splitlines()[0]
    assert len(nights.night()) == 1  # and that it is over


@SQLITE
def test_a_region_without_sources_is_no_success(nights: Nights) -> None:
    nights.recipient(levels=("error", "change", "digest"))
    nights.scenario.sources.clear()
    nights.night()
    assert "Störung" in nights.titles[0]
    assert "LEER" in nights.server.taken[0].text
    for taken in nights.server.taken:
        assert "In Ordnung" not in taken.text


@SQLITE
def test_a_recipient_is_told_of_its_sources_only(nights: Nights) -> None:
    nights.recipient(sources=("bottrop",))
    nights.night()
    nights.sources["gladbeck"].acquiring = broken
    assert nights.night(LINKS_FAILED) == ()
    nights.sources["bottrop"].acquiring = broken
    nights.night()
    assert "bottrop" in nights.titles[0]
    assert "gladbeck" not in nights.server.taken[0].text


@SQLITE
def test_an_officer_is_told_of_the_sources_of_its_area_without_commands(nights: Nights) -> None:
    nights.recipient(areas=(BOTTROP,), role="officer")
    nights.night()
    nights.sources["gladbeck"].acquiring = broken
    assert nights.night() == ()
    nights.sources["bottrop"].acquiring = broken
    nights.night()
    text = nights.server.taken[0].text
    assert "Quelle „bottrop“: zuletzt gestört – es gilt der Stand vom 03.03.2025" in text
    assert "nicht vollständig gelungen" in text.splitlines()[0]
    assert "lueckenlos sync" not in text
    assert "503" not in text


@SQLITE
def test_a_source_that_left_the_region_file_is_told_to_be_over(nights: Nights) -> None:
    nights.recipient()
    nights.sources["gladbeck"].acquiring = broken
    nights.night()
    nights.scenario.sources.pop("gladbeck")
    nights.night()
    assert nights.titles[-1] == "[Lückenlos Probe] Störung behoben: gladbeck"


@SQLITE
def test_a_clock_that_was_set_back_tells_a_trouble_again_and_then_keeps_quiet(nights: Nights) -> None:
    nights.recipient()
    nights.sources["gladbeck"].acquiring = broken
    nights.night()
    nights.scenario.moment = nights.scenario.moment.replace(year=2024)
    assert [len(sent) for sent in nights.pass_by(3)] == [1, 0, 0]


# --- what moved -------------------------------------------------------------------------------------


def test_what_moved_is_told_by_area_and_cause(nights: Nights) -> None:
    nights.recipient(levels=("change",))
    assert nights.night() == ()  # the first night, in which everything moves everywhere
    nights.sources["bottrop"].records.append(offer(BOTTROP, DOG))
    assert nights.states(nights.night()) == [("change", "sent", "")]
    assert nights.titles == ["[Lückenlos Probe] Veränderungen: online +1, Lücken -1"]
    text = nights.server.taken[0].text
    assert text.startswith("In Ordnung: Lauf 2 ")
    assert "online: 2 → 3 (+1)" in text
    assert "Bottrop: online: 1 → 2 (+1)" in text
    assert "Gladbeck" not in text.partition("Was sich in den Gebieten")[2].partition("\n\n")[0]
    assert nights.night() == ()


@SQLITE
def test_a_change_in_a_bad_night_says_first_that_the_night_was_bad(nights: Nights) -> None:
    nights.recipient(levels=("change",))
    nights.night()
    nights.sources["bottrop"].records.append(offer(BOTTROP, DOG))
    nights.sources["gladbeck"].acquiring = broken
    nights.night()
    assert nights.titles[0].startswith("[Lückenlos Probe] Nacht unvollständig – Veränderungen: ")
    assert nights.server.taken[0].text.startswith("ACHTUNG: ")


@SQLITE
def test_who_asked_for_one_area_is_told_of_that_only(nights: Nights) -> None:
    nights.recipient(levels=("change",), areas=(BOTTROP,), role="officer")
    nights.recipient(id="andere", levels=("change",), areas=("055620014014",), role="officer")
    nights.night()
    nights.sources["bottrop"].records.append(offer(BOTTROP, DOG))
    assert [one.recipient for one in nights.night()] == ["leitung"]
    assert "Veränderungen: Bottrop: online +1" in nights.titles[0]


@SQLITE
def test_what_moved_in_a_night_whose_notices_were_lost_is_told_the_next_night(nights: Nights) -> None:
    nights.recipient(levels=("change",))
    nights.night()
    for key in (DOG, "99108001001000"):
        nights.sources["bottrop"].records.append(offer(BOTTROP, key))
        nights.scenario.sync()  # killed before anything was told
    nights.night()
    assert nights.titles == ["[Lückenlos Probe] Veränderungen: online +2, Lücken -2"]


# --- the week ---------------------------------------------------------------------------------------


def test_the_digest_comes_once_a_week_with_the_workbook_of_the_area(nights: Nights) -> None:
    nights.recipient(levels=("digest",), areas=(BOTTROP,), role="officer", digest_day="monday")
    assert len(nights.night()) == 1  # on a Sunday: the week's is due since Monday
    assert [len(sent) for sent in nights.pass_by(9)] == [1, 0, 0, 0, 0, 0, 0, 1, 0]
    taken = nights.server.taken[1]
    assert (
        taken.message["Subject"] == "[Lückenlos Probe] Wochenübersicht 10/2025: Bottrop, 1 online, 3 Lücken"
    )
    (workbook,) = taken.message.iter_attachments()
    assert workbook.get_filename() == "bottrop-gemeinde-055120000000.xlsx"
    assert bytes(workbook.get_content()).startswith(b"PK")
    assert "Bewegung seit der Übersicht vom" in taken.text


@SQLITE
def test_without_areas_the_digest_is_about_the_region(nights: Nights) -> None:
    nights.recipient(levels=("digest",))
    nights.night()
    (workbook,) = nights.server.taken[0].message.iter_attachments()
    assert workbook.get_filename() == "region-probe.xlsx"


@SQLITE
def test_a_workbook_that_is_too_large_is_named_instead(nights: Nights) -> None:
    nights.recipient(levels=("digest",), workbook_limit=1_000, workbook_place="https://intern.example/m")
    nights.night()
    (taken,) = nights.server.taken
    assert list(taken.message.iter_attachments()) == []
    assert "zu groß für einen Anhang. Die Arbeitsmappen liegen hier: https://intern.example/m" in taken.text


@SQLITE
def test_a_digest_after_a_bad_night_says_so_first(nights: Nights) -> None:
    nights.recipient(levels=("digest",))
    nights.sources["gladbeck"].acquiring = broken
    nights.night()
    assert nights.server.taken[0].text.startswith("ACHTUNG: ")
    assert "Nacht unvollständig" in nights.titles[0]


@SQLITE
def test_gaps_that_nobody_can_see_are_not_told_as_closed(nights: Nights) -> None:
    nights.recipient(levels=("change",))
    nights.night()
    for script in nights.sources.values():
        script.acquiring = broken
    nights.night()
    assert nights.titles == ["[Lückenlos Probe] Nacht fehlgeschlagen – Veränderungen: unbekannt +5"]
    text = nights.server.taken[0].text
    assert text.startswith("FEHLGESCHLAGEN: ")
    assert "unbekannt: " in text
    assert "Quelle gestört +5" in text
