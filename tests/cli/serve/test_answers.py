"""One answer for each state of the catalogue: ETags, what is kept, and what is shared."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from catalogue.store import open_store
from catalogue.tables import ozg_service, source, source_memory
from cli.serve.app import build
from cli.serve.database import Library
from cli.serve.desk import Desk
from cli.serve.watch import Watch
from tests.cli.serve.asking import Browser, browsing

QUESTION = "/api/v1/services?service=10110"


class CountingDesk(Desk):
    """Counts the questions that reach the catalogue."""

    asked = 0

    async def ask(self, question):  # type: ignore[no-untyped-def]
        self.asked += 1
        return await super().ask(question)


@pytest.fixture
def desk(own_database: str) -> Iterator[CountingDesk]:
    """Asks a database of the test's own."""
    library = Library(make_url(own_database))
    yield CountingDesk(library)
    library.close()


@pytest.fixture
def counted(desk: CountingDesk) -> Iterator[Browser]:
    """Asks the application through the counting desk."""
    opened = Browser(build(desk, patience=0.0))
    yield opened
    opened.close()


def change(database: str, title: str = "Neuer Name") -> None:
    """Commit something that the question's answer shows."""
    store = open_store(database)
    with store.write() as connection:
        connection.execute(ozg_service.update().where(ozg_service.c.ozg_id == "10110").values(title=title))
    store.close()


def test_who_has_the_answer_gets_none(browser: Browser) -> None:
    first = browser.get(QUESTION)
    assert first.headers["cache-control"] == "no-cache"
    for said in (first.headers["etag"], first.headers["etag"][2:], f'"x", {first.headers["etag"]}', "*"):
        again = browser.get(QUESTION, if_none_match=said)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert "content-type" not in again.headers
        assert "content-length" not in again.headers


@pytest.mark.parametrize("said", ['W/"other"', "", '"', "W/", "ÿ"])
def test_who_has_another_answer_gets_this_one(browser: Browser, said: str) -> None:
    assert browser.get(QUESTION, if_none_match=said).status == 200


def test_a_commit_is_seen_by_the_next_question(own_database: str) -> None:
    with browsing(own_database) as browser:
        first = browser.get(QUESTION)
        change(own_database)
        second = browser.get(QUESTION, if_none_match=first.headers["etag"])
        assert (second.status, second.rows[0]["title"]) == (200, "Neuer Name")
        assert second.headers["etag"] != first.headers["etag"]
        change(own_database, first.rows[0]["title"])
        assert browser.get(QUESTION, if_none_match=first.headers["etag"]).status == 304


def test_a_commit_that_changes_nothing_shown_keeps_the_etag(own_database: str) -> None:
    with browsing(own_database) as browser:
        first = browser.get(QUESTION)
        store = open_store(own_database)
        with store.write() as connection:
            connection.execute(source_memory.insert().values(source_id=1, key="k", value="v"))
        store.close()
        assert browser.get(QUESTION, if_none_match=first.headers["etag"]).status == 304


@pytest.mark.parametrize("question", [QUESTION, "/api/v1/coverage", "/v1/data/055120000000?filetype=xlsx"])
def test_the_etag_is_the_same_after_a_restart(synced_database: str, question: str) -> None:
    etags = set()
    for _ in range(2):
        with browsing(synced_database) as browser:
            etags.add(browser.get(question).headers["etag"])
    assert len(etags) == 1


def test_an_answer_is_kept_until_something_is_committed(
    own_database: str, desk: CountingDesk, counted: Browser
) -> None:
    for _ in range(3):
        counted.get(QUESTION)
    assert desk.asked == 1
    change(own_database)
    for _ in range(3):
        counted.get(QUESTION)
    assert desk.asked == 2


def test_an_answer_that_was_right_a_moment_ago_is_given_while_the_new_one_is_made(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1_000.0
    monkeypatch.setattr("cli.serve.answers.monotonic", lambda: clock)
    with browsing(own_database, patience=2.0) as browser:
        first = browser.get(QUESTION)
        change(own_database)
        clock += 1.9
        assert browser.get(QUESTION).body == first.body
        clock += 0.1  # the old one has been wrong for too long, and the new one is on its way
        assert browser.get(QUESTION).rows[0]["title"] == "Neuer Name"


def test_an_answer_that_was_right_long_ago_is_not_given(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1_000.0
    monkeypatch.setattr("cli.serve.answers.monotonic", lambda: clock)
    with browsing(own_database, patience=2.0) as browser:
        browser.get(QUESTION)
        change(own_database)
        clock += 2.0
        assert browser.get(QUESTION).rows[0]["title"] == "Neuer Name"


def test_those_who_ask_the_same_at_once_share_an_answer(desk: CountingDesk, counted: Browser) -> None:
    answers = counted.together(*[QUESTION] * 20)
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert desk.asked == 1


def test_formats_languages_and_compression_have_answers_of_their_own(browser: Browser) -> None:
    plain = browser.get(QUESTION)
    assert browser.get(QUESTION, accept="text/csv").headers["content-type"].startswith("text/csv")
    packed = browser.get("/api/v1/services", accept_encoding="gzip, br")
    assert packed.headers["content-encoding"] == "gzip"
    whole = browser.get("/api/v1/services")
    assert packed.unpacked == whole.body
    assert packed.headers["etag"] == whole.headers["etag"]
    assert "content-encoding" not in browser.get("/api/v1/services", accept_encoding="gzip;q=0").headers
    assert plain.headers["vary"] == "Accept, Accept-Encoding, Accept-Language"
    scopes = [
        browser.get("/api/v1/coverage", accept_language=one).meta["denominator"] for one in ("de", "en")
    ]
    assert scopes[0] != scopes[1]


def test_head_says_all_but_the_content(browser: Browser) -> None:
    whole, head = browser.get(QUESTION), browser.send("HEAD", QUESTION)
    assert (head.status, head.body) == (200, b"")
    assert head.headers == whole.headers
    assert int(head.headers["content-length"]) == len(whole.body)


def test_errors_are_not_kept(own_database: str, counted: Browser) -> None:
    assert counted.get("/api/v1/services?service=Zauberei").status == 404
    change(own_database, "Zauberei")
    assert counted.get("/api/v1/services?service=Zauberei").status == 200


def test_a_source_grows_stale_without_any_commit(own_database: str) -> None:
    moment = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
    library = Library(make_url(own_database))
    with (
        closing(library),
        closing(Browser(build(Desk(library, now=lambda: moment), patience=0.0))) as browser,
    ):
        assert [row["standing"] for row in browser.get("/api/v1/sources").rows] == ["ok", "part"]
        moment += timedelta(days=90)
        assert [row["standing"] for row in browser.get("/api/v1/sources").rows] == ["stale", "stale"]


def test_kept_answers_are_bounded(
    desk: CountingDesk, counted: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.serve.answers.KEPT_BYTES", 60_000)
    counted.get("/api/v1/cells?limit=40")
    counted.get("/api/v1/cells?limit=41")
    counted.get("/api/v1/cells?limit=41")
    assert desk.asked == 2
    counted.get("/api/v1/cells?limit=40")  # gave way to the second one
    assert desk.asked == 3


def test_a_source_that_nobody_names_changes_no_other_answer(own_database: str) -> None:
    with browsing(own_database) as browser:
        areas, sources = browser.get("/api/v1/areas"), browser.get("/api/v1/sources")
        store = open_store(own_database)
        with store.write() as connection:
            connection.execute(source.update().values(name="Anders"))
        store.close()
        assert browser.get("/api/v1/areas").headers["etag"] == areas.headers["etag"]
        assert browser.get("/api/v1/sources").headers["etag"] != sources.headers["etag"]


def test_one_look_serves_all_who_wait_and_none_gets_an_older_one() -> None:
    looks: list[int] = []

    def look() -> int:
        looks.append(len(looks))
        return looks[-1]

    async def ask() -> tuple[list[object], object]:
        watch = Watch(look)
        first = await asyncio.gather(*(watch.state() for _ in range(50)))
        return list(first), await watch.state()

    first, later = asyncio.run(ask())
    assert set(first) == {0}
    assert later == 1


def test_a_look_that_fails_is_tried_again_by_the_next_question() -> None:
    looks = iter([ValueError("gone"), 7])

    def look() -> int:
        found = next(looks)
        if isinstance(found, Exception):
            raise found
        return found

    async def ask() -> object:
        watch = Watch(look)
        with pytest.raises(ValueError, match="gone"):
            await watch.state()
        return await watch.state()

    assert asyncio.run(ask()) == 7


def test_questions_see_one_snapshot(own_database: str) -> None:
    library = Library(make_url(own_database))

    def question(connection: Connection) -> tuple[str, str]:
        titles = ozg_service.select().where(ozg_service.c.ozg_id == "10110")
        before = connection.execute(titles).one().title
        change(own_database, "Mitten in der Frage")
        return before, connection.execute(titles).one().title

    with closing(library):
        before, after = library.ask(question)
    assert before == after != "Mitten in der Frage"
