from __future__ import annotations

from itertools import chain, repeat

import pytest
from sqlalchemy import select, update

from catalogue.reports.notices import notices
from catalogue.tables import notice
from sync.notify import step_of
from sync.notify.book import MOST_TRIES
from sync.notify.sending import MOST_SECONDS
from tests.sync.notify.nights import Nights, broken
from tests.sync.scenario import SQLITE


def test_what_cannot_be_sent_is_sent_the_next_night_as_it_was(nights: Nights) -> None:
    nights.recipient()
    nights.sources["gladbeck"].acquiring = broken
    nights.server.answer = "451 later"
    sent = nights.night()
    assert nights.states(sent) == [("error", "waiting", "notify_refused")]
    assert nights.book() == [("error", "waiting", 1, "notify_refused")]
    outcome = step_of(sent)
    assert (outcome.state, outcome.code, outcome.params["count"]) == ("failed", "notify_unsent", 1)
    nights.sources["gladbeck"].acquiring = None
    nights.server.answer = "250 ok"
    assert nights.states(nights.night()) == [("error", "sent", ""), ("error", "sent", "")]
    assert ["behoben" in title for title in nights.titles] == [False, True]


@SQLITE
def test_a_notice_is_given_up_after_two_weeks_and_not_forgotten(nights: Nights) -> None:
    nights.recipient(repeat_after=365)
    nights.sources["gladbeck"].acquiring = broken
    nights.server.answer = "554 never"
    states = [[one.state for one in sent] for sent in (nights.night(), *nights.pass_by(MOST_TRIES))]
    assert states[: MOST_TRIES - 1] == [["waiting"]] * (MOST_TRIES - 1)
    assert states[MOST_TRIES - 1] == ["failed"]
    assert states[MOST_TRIES] == ["waiting"]  # nobody knows of the trouble yet, so it is told anew
    assert nights.book()[0] == ("error", "failed", MOST_TRIES, "notify_refused")


@SQLITE
def test_who_was_refused_is_tried_again_and_nobody_else(nights: Nights) -> None:
    nights.recipient(to=("anna@stadt.example", "weg@stadt.example"))
    nights.server.refused.add("weg@stadt.example")
    nights.sources["gladbeck"].acquiring = broken
    assert nights.states(nights.night()) == [("error", "waiting", "notify_some_refused")]
    nights.server.refused.clear()
    nights.night()
    assert [taken.to for taken in nights.server.taken] == [("anna@stadt.example",), ("weg@stadt.example",)]
    ids = {taken.message["Message-ID"] for taken in nights.server.taken}
    assert len(ids) == 1
    with nights.scenario.store.read() as connection:
        assert not any("@" in row for row in connection.scalars(select(notice.c.content)))


@SQLITE
def test_a_crash_between_sending_and_noting_it_sends_twice_with_the_same_id(nights: Nights) -> None:
    nights.recipient()
    nights.sources["gladbeck"].acquiring = broken
    nights.night()
    with nights.scenario.store.write() as connection:
        connection.execute(update(notice).values(state="waiting", sent_at=None, tries=0))
    nights.night()
    first, second = nights.server.taken
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert first.text == second.text
    assert first.message["Date"] == second.message["Date"]


@SQLITE
def test_one_recipient_with_wrong_settings_keeps_nobody_else_uninformed(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FEHLT", raising=False)
    nights.recipient(id="a", areas=("055620012012",))  # not in the region
    nights.recipient(id="b", user="x", password_env="FEHLT")
    nights.recipient(id="c")
    nights.sources["gladbeck"].acquiring = broken
    sent = nights.night()
    assert [(one.recipient, one.state, one.code) for one in sent] == [
        ("a", "failed", "notify_area"),
        ("b", "waiting", "secret_not_set"),
        ("c", "sent", ""),
    ]
    assert step_of(sent).state == "partial"


@SQLITE
def test_a_server_that_fails_is_not_asked_again_for_the_same_recipient(nights: Nights) -> None:
    nights.recipient(levels=("error", "digest"), security="tls")  # it speaks STARTTLS only
    nights.sources["gladbeck"].acquiring = broken
    sent = nights.night()
    assert nights.states(sent) == [("error", "waiting", "notify_tls"), ("digest", "waiting", "notify_tls")]
    assert [tries for _, _, tries, _ in nights.book()] == [1, 0]


@SQLITE
def test_what_was_not_even_tried_says_in_the_book_why_it_waits(nights: Nights) -> None:
    nights.recipient(levels=("error", "digest"), security="tls")  # it speaks STARTTLS only
    nights.sources["gladbeck"].acquiring = broken
    nights.night()
    with nights.scenario.store.read() as connection:
        tried, left = notices(connection)[::-1]
    assert (left.state, left.tries, left.code) == ("waiting", 0, "notify_tls")
    assert left.params == tried.params != {}


@SQLITE
def test_what_there_was_no_time_for_says_so_in_the_book(nights: Nights) -> None:
    nights.recipient()
    nights.sources["gladbeck"].acquiring = broken
    nights.server.answer = "451 later"
    nights.night()
    nights.clock = chain([0.0], repeat(MOST_SECONDS + 1)).__next__
    nights.sources["gladbeck"].acquiring = None
    nights.night()
    assert nights.book()[0] == ("error", "waiting", 1, "notify_late")


@SQLITE
def test_what_is_sent_at_last_has_no_reason_left(nights: Nights) -> None:
    nights.recipient(levels=("error", "digest"))
    nights.server.answer = "451 later"
    nights.sources["gladbeck"].acquiring = broken
    nights.night()
    nights.server.answer = "250 ok"
    nights.night()
    assert [(state, code) for _, state, _, code in nights.book()][:2] == [("sent", ""), ("sent", "")]


@SQLITE
def test_what_waits_for_a_recipient_that_is_gone_is_given_up(nights: Nights) -> None:
    nights.recipient()
    nights.sources["gladbeck"].acquiring = broken
    nights.server.answer = "451 later"
    nights.night()
    nights.tables.clear()
    nights.recipient(id="neu")
    nights.night()
    assert nights.book()[0] == ("error", "failed", 1, "notify_recipient_gone")


@SQLITE
def test_a_row_that_somebody_changed_by_hand_is_kept_from_the_others(nights: Nights) -> None:
    nights.recipient(levels=("error", "digest"), digest_day="sunday")
    nights.server.answer = "451 later"
    nights.sources["gladbeck"].acquiring = broken
    nights.night()
    with nights.scenario.store.write() as connection:
        connection.execute(update(notice).values(content="{}").where(notice.c.level == "digest"))
    nights.server.answer = "250 ok"
    assert ("digest", "waiting", "defect") in nights.states(nights.night())
    assert len(nights.titles) == 1


@SQLITE
def test_without_a_database_those_who_want_to_know_of_errors_are_told_that(
    nights: Nights,
) -> None:
    nights.recipient(levels=("error",))
    nights.recipient(id="woche", levels=("digest",))
    region = nights.region()
    path = nights.scenario.store.engine.url.database
    assert path is not None
    nights.scenario.store.close()
    nights.keeps_nights = False
    with open(path, "wb") as stream:  # noqa: PTH123 - the file, whatever it is
        stream.write(b"no database at all, whatever its name says" * 100)
    sent = nights.tell(report=None)
    assert region.notify
    assert [(one.recipient, one.state) for one in sent] == [("leitung", "sent")]
    assert nights.titles == ["[Lückenlos Probe] Nacht fehlgeschlagen – Datenbank nicht benutzbar"]


@SQLITE
def test_titles_of_sources_and_areas_cannot_add_headers(nights: Nights) -> None:
    nights.recipient()
    nights.scenario.sources["gladbeck"] = (
        nights.scenario.sources["gladbeck"] + '\nname = "x\\r\\nBcc: y@z.example"'
    )
    nights.sources["gladbeck"].acquiring = broken
    nights.night()
    (taken,) = nights.server.taken
    assert taken.message["Bcc"] is None
    assert taken.to == ("anna@stadt.example",)
