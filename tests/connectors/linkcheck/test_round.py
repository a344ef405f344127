"""How a host is asked: what is sent, what is left alone, and how much is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext

import pytest

from connectors.fetch import Fetcher, Validators
from connectors.linkcheck.asking import Asker
from connectors.linkcheck.observation import Link, Observation
from connectors.linkcheck.round import Visitor
from connectors.linkcheck.settings import LinkSettings
from connectors.linkcheck.starts import starts_a_form
from tests.faultserver import Call, FaultServer
from tests.linkworld.site import article

Visit = Callable[..., Observation]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def visit(server: FaultServer) -> Iterator[Visit]:
    """Visits one path of the server, or several, and gives what is seen of the last one."""
    opened: list[Asker | Fetcher] = []

    def visiting(*paths: str | Link, obey: bool = True, private: bool = True, **more: object) -> Observation:
        settings = LinkSettings(**{"allow_private": private, "deadline": 1.0, **more})  # type: ignore[arg-type]
        asker = Asker(settings.policy(), lambda _host: nullcontext())
        fetcher = Fetcher(settings.policy())
        opened.extend((asker, fetcher))
        visitor = Visitor(asker, fetcher, lambda _host, _gap: None, obey, settings.max_bytes, lambda: "stray")
        links = [path if isinstance(path, Link) else Link(server.url(path)) for path in paths]
        return list(visitor.visit_host(links))[-1]

    yield visiting
    for one in opened:
        one.close()


def asked(server: FaultServer) -> list[str]:
    return [f"{call.method} {call.target}" for call in server.requests]


def test_a_page_is_asked_for_by_head_then_get_then_one_stray_path(server: FaultServer, visit: Visit) -> None:
    server.add("/dienst/a", article("A"), "text/html")
    server.add("/dienst/b", article("B"), "text/html")
    seen = visit("/dienst/a", "/dienst/b")
    assert asked(server) == [
        "GET /robots.txt", "HEAD /dienst/a", "GET /dienst/a", "GET /dienst/stray",
        "HEAD /dienst/b", "GET /dienst/b",
    ]  # fmt: skip
    assert seen.stray is not None
    assert seen.stray.status == 404


def test_of_a_document_only_the_head_is_asked_for(server: FaultServer, visit: Visit) -> None:
    server.add("/antrag.pdf", b"%PDF" * 1_000, "application/pdf")
    visit("/antrag.pdf")
    assert asked(server) == ["GET /robots.txt", "HEAD /antrag.pdf"]


def test_of_a_form_only_the_first_response_is_asked_for(server: FaultServer, visit: Visit) -> None:
    server.add("/start", lambda call: call.answer(b"", "302 Found", Location="/sitzung/1"))
    seen = visit(Link(server.url("/start"), start=True))
    assert asked(server) == ["GET /robots.txt", "HEAD /start"]
    assert seen.reply is not None
    assert (seen.reply.status, seen.reply.hops) == (302, ())


def test_where_a_form_refuses_head_the_body_of_the_get_is_not_read(server: FaultServer, visit: Visit) -> None:
    def answer(call: Call) -> None:
        call.answer(
            b"" if call.method == "HEAD" else b"<form>", "405 No" if call.method == "HEAD" else "200 OK"
        )

    server.add("/start", answer)
    seen = visit(Link(server.url("/start"), start=True))
    assert asked(server) == ["GET /robots.txt", "HEAD /start", "GET /start"]
    assert seen.reply is not None
    assert seen.reply.sight is None


def test_what_did_not_change_is_not_sent_again(server: FaultServer, visit: Visit) -> None:
    server.add("/a", article("A"), "text/html")
    first = visit("/a").reply
    assert first is not None
    server.requests.clear()
    again = visit(Link(server.url("/a"), validators=first.validators))
    assert first.validators != Validators()
    assert again.reply is not None
    assert again.reply.status == 304
    assert asked(server) == ["GET /robots.txt", "GET /a"]


def test_no_more_of_a_page_is_read_than_needed(server: FaultServer, visit: Visit) -> None:
    def endless(call: Call) -> None:
        call.send(call.head(Content_Type="text/html", Connection="close"))
        if call.method == "GET":
            for _ in range(2_000):
                call.send(b"<p>" + b"Wort " * 2_000)

    server.add("/a", endless)
    seen = visit("/a", max_bytes=20_000)
    assert seen.reply is not None
    assert seen.reply.sight is not None
    assert seen.reply.sight.length < 21_000


def test_what_robots_txt_forbids_is_left_alone(server: FaultServer, visit: Visit) -> None:
    server.add("/robots.txt", b"User-agent: *\nDisallow: /dienst", "text/plain")
    server.add("/dienst/a", article("A"), "text/html")
    assert visit("/dienst/a").failure == "robots"
    assert asked(server) == ["GET /robots.txt"]
    assert visit("/dienst/a", obey=False).reply is not None


def test_where_robots_txt_fails_nothing_is_opened(server: FaultServer, visit: Visit) -> None:
    server.add("/robots.txt", lambda call: call.answer(b"", "503 Busy"))
    assert visit("/a").failure == "robots_unknown"
    assert asked(server) == ["GET /robots.txt"]


def test_private_networks_are_not_asked_even_by_a_redirect(server: FaultServer, visit: Visit) -> None:
    assert visit("/a", private=False).failure == "private"
    server.add("/away", lambda call: call.answer(b"", "302 Found", Location="http://169.254.169.254/latest"))
    assert visit("/away").failure == "private"


@pytest.mark.parametrize(
    ("location", "failure"),
    [("/away", "too_many_redirects"), ("file:///etc/passwd", "bad_redirect"), ("http://[", "bad_redirect")],
)
def test_redirects_are_followed_only_so_far(
    server: FaultServer, visit: Visit, location: str, failure: str
) -> None:
    server.add("/away", lambda call: call.answer(b"", "302 Found", Location=location))
    assert visit("/away").failure == failure


@pytest.mark.parametrize(
    ("fault", "failures"),
    [("reset=50", {"broken_off"}), ("hang", {"timed_out"}), ("brotli", {"unreadable"}),
     ("not-http", {"broken_off"}), ("slow-head=0.1", {"timed_out"}), ("header-flood", {"broken_off"})],
)  # fmt: skip
def test_a_server_that_misbehaves_makes_no_strike(
    server: FaultServer, visit: Visit, fault: str, failures: set[str]
) -> None:
    server.add("/a", article("A") * 20, "text/html")
    server.misbehave("/a", fault)
    assert visit("/a").failure in failures


def test_who_asks_says_so_with_a_contact(server: FaultServer, visit: Visit) -> None:
    server.add("/a", b"x", "text/plain")
    visit("/a", contact="https://kreis.example/linkpruefung")
    agents = {call.headers["user-agent"] for call in server.requests}
    assert len(agents) == 1
    agent = agents.pop()
    assert agent.startswith("Lueckenlos/")
    assert "checks links; contact https://kreis.example/linkpruefung" in agent
    assert not {"cookie", "authorization"} & set(server.requests[-1].headers)


def test_a_silent_host_is_not_asked_for_all_its_links(server: FaultServer, visit: Visit) -> None:
    for number in range(6):
        server.add(f"/{number}", lambda call: call.hang())
    seen = visit(*(f"/{number}" for number in range(6)), deadline=0.2)
    assert seen.failure == "timed_out"
    assert {call.target for call in server.requests} == {"/robots.txt", "/0", "/1", "/2"}


def test_start_addresses_are_told_by_their_path() -> None:
    assert starts_a_form("https://portal.example/extension/service/auth-call/8e1f")
    assert starts_a_form("https://form.example/formcycle/form/provide/77/")
    assert not starts_a_form("https://stadt.example/formulare/hund")
    assert starts_a_form("https://stadt.example/Antrag/Start?x", ["/antrag/start"])


def test_strangers_are_never_asked_without_a_gap() -> None:
    assert LinkSettings(delay=0).gap == 1.0
    assert LinkSettings(delay=0, allow_private=True).gap == 0
