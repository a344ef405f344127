"""What is made of one look at a link."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.linkcheck.judging import KINDS, Judgement, is_front_page, judge
from connectors.linkcheck.observation import FAILURES, Link, Observation, Reply
from connectors.linkcheck.sight import look_at
from tests.linkworld.pages import PAGES
from tests.linkworld.site import HOME, NOT_FOUND, article, html

PAGE = "http://stadt.example/dienst/4711"
LINKED = Link(PAGE)
SAMPLES = Path(__file__).parents[2] / "samples" / "pages"


def seen(
    body: bytes = b"",
    status: int = 200,
    *,
    to: str = PAGE,
    stray: bytes = b"",
    stray_to: str = "",
    link: Link = LINKED,
    cookie: bool = False,
) -> Judgement:
    """Judge a link that shows a page, at another address if a redirect leads there."""
    hops = (to,) if to != link.url else ()
    reply = Reply(to, status, hops, "text/html", cookie, sight=look_at(body, to))
    beside = None
    if stray or stray_to:
        where = stray_to or "http://stadt.example/dienst/gibt-es-nicht"
        beside = Reply(
            where, 200, (where,) if stray_to else (), "text/html", sight=look_at(stray or body, where)
        )
    return judge(Observation(link, reply, stray=beside))


def test_a_page_of_its_own_answers() -> None:
    assert seen(article("Hund anmelden"), stray=NOT_FOUND)[:2] == ("ok", "answered")


@pytest.mark.parametrize(
    ("status", "result", "kind"),
    [
        (404, "dead", "not_found"),
        (410, "dead", "gone"),
        (401, "unclear", "needs_login"),
        (403, "unclear", "forbidden"),
        (429, "unclear", "busy"),
        (418, "unclear", "odd_status"),
        (500, "unclear", "server_error"),
        (503, "unclear", "server_error"),
        (304, "ok", "unchanged"),
    ],
)
def test_a_status_is_a_strike_only_if_it_speaks_of_the_page(status: int, result: str, kind: str) -> None:
    assert seen(status=status)[:3] == (result, kind, status)


@pytest.mark.parametrize("failure", FAILURES)
def test_of_failures_only_a_lost_name_and_a_closed_door_are_strikes(failure: str) -> None:
    judged = judge(Observation(Link(PAGE), failure=failure))
    assert judged == ("dead" if failure in {"name_unknown", "refused"} else "unclear", failure, 0, "", "")
    assert judged.kind in KINDS


@pytest.mark.parametrize(
    "page", PAGES["soft"] + PAGES["expired"] + PAGES["parked"], ids=lambda page: page.title
)
def test_a_page_that_says_it_is_none_is_a_strike(page: object) -> None:
    title, text = page.said  # type: ignore[attr-defined]
    assert seen(article(title, text)).result == "dead"


@pytest.mark.parametrize("page", PAGES["talking"] + PAGES["working"], ids=lambda page: page.title)
def test_a_page_that_only_speaks_of_ends_answers(page: object) -> None:
    assert seen(article(*page.said))[:2] == ("ok", "answered")  # type: ignore[attr-defined]


def test_words_nobody_foresaw_are_told_by_a_made_up_address_that_shows_the_same() -> None:
    for page in PAGES["unforeseen"]:
        body = article(*page.said)
        assert seen(body, stray=body).result == "dead", page.title


def _expected() -> list[tuple[Path, dict[str, object]]]:
    found = []
    for listing in SAMPLES.rglob("expected.json"):
        known = json.loads(listing.read_text(encoding="utf-8"))
        pairs = known.items() if isinstance(known, dict) else []
        found += [(listing.parent / name, one) for name, one in pairs if (listing.parent / name).is_file()]
    return found


def test_no_sample_page_of_another_purpose_is_called_dead_unless_it_is_an_error() -> None:
    """These pages were made for the reading of pages, long before the wordings of this check."""
    known = _expected()
    wrong = [
        path.name
        for path, one in known
        if one.get("kind") != "error" and seen(path.read_bytes()).result == "dead"
    ]
    assert len(known) > 50
    assert wrong == []


def test_a_redirect_to_the_home_page_is_a_strike() -> None:
    assert seen(HOME, to="http://stadt.example/")[:2] == ("dead", "to_home")
    assert seen(HOME, to="https://www.stadt.example/startseite.html")[:2] == ("dead", "to_home")


def test_a_redirect_to_where_made_up_addresses_lead_is_a_strike() -> None:
    landing = "http://stadt.example/themen"
    assert seen(article("Themen"), to=landing, stray_to=landing)[:2] == ("dead", "to_landing")
    assert seen(article("Themen"), to=landing, stray=NOT_FOUND)[:2] == ("moved", "moved")


def test_a_home_page_with_a_session_or_of_another_host_cannot_be_judged() -> None:
    assert seen(HOME, to="http://stadt.example/", cookie=True)[:2] == ("unclear", "session_entry")
    assert seen(HOME, to="http://portal.example/")[:2] == ("unclear", "to_other_front")


def test_a_link_to_a_home_page_may_lead_to_one() -> None:
    link = Link("http://stadt.example/")
    assert seen(HOME, to="http://stadt.example/de", link=link)[:2] == ("moved", "moved")
    assert seen(HOME, to=link.url, stray=HOME, link=link)[:2] == ("ok", "answered")


def test_a_page_that_a_script_makes_is_not_judged_by_what_it_shows_without() -> None:
    app = html("Portal", '<div id="root">Bitte warten</div><script src="/a.js"></script>')
    assert seen(app, stray=app)[:2] == ("unclear", "script_only")


def test_a_wall_before_a_page_says_nothing_about_it() -> None:
    login = html("Konto", "<h1>Anmelden</h1><form><input name=u><input type=password></form>")
    assert seen(login, stray=login)[:2] == ("unclear", "login_page")
    challenged = Reply(PAGE, 403, challenged=True)
    assert judge(Observation(Link(PAGE), challenged))[:2] == ("unclear", "bot_wall")


def test_a_form_starts_whatever_it_redirects_to() -> None:
    link = Link(PAGE, start=True)
    assert judge(Observation(link, Reply(PAGE, 302)))[:2] == ("ok", "form_starts")
    assert judge(Observation(link, Reply(PAGE, 404)))[:2] == ("dead", "not_found")


def test_a_page_with_a_form_to_fill_in_is_not_judged_by_its_words() -> None:
    fields = "".join(f"<label>{n}<input name=f{n}></label>" for n in range(4))
    body = html("Fundanzeige", f"<form><p>Die gesuchte Seite wurde nicht gefunden.</p>{fields}</form>")
    assert seen(body).kind == "answered"


def test_what_a_page_says_is_kept_without_names_of_people() -> None:
    judged = seen(article("Hinweis", "Unter dieser Adresse ist Frau Erika Mustermann nicht mehr zu finden."))
    assert judged.result == "dead"
    assert "Mustermann" not in judged.detail


@pytest.mark.parametrize(
    ("url", "front"),
    [("http://a.example", True), ("http://a.example/de/", True), ("http://a.example/index.php", True),
     ("http://a.example/?id=4", False), ("http://a.example/dienst", False)],
)  # fmt: skip
def test_front_pages_are_told_by_their_address(url: str, front: bool) -> None:
    assert is_front_page(url) is front
