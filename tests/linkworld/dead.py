"""Links that are dead, by kind: whoever follows them in a browser does not get to the service any more."""

from __future__ import annotations

from collections.abc import Iterator

from tests.linkworld.alive import Row
from tests.linkworld.pages import PAGES
from tests.linkworld.site import HOME, Answering, Site, Visit, article, html, shell

__all__ = ["dead_sites"]


def _always(body: bytes, status: str = "200 OK") -> Answering:
    return lambda visit: visit.send(body, status)


def _soft(number: int) -> Answering:
    page = PAGES["soft"][number]
    title, text = page.said
    return _always(html(title, f"<h1>{title}</h1><p>{text}</p>") if page.bare else article(title, text))


def _unforeseen(number: int) -> Answering:
    return _always(article(*PAGES["unforeseen"][number].said))


def _to(location: str, body: bytes) -> tuple[Answering, Answering]:
    def answer(visit: Visit) -> None:
        if visit.call.target == location:
            visit.send(body)
        else:
            visit.redirect(location)

    return answer, answer


def _only_link_goes_home(visit: Visit) -> None:
    visit.redirect("/", "301 Moved Permanently")


def _flaky_gone(visit: Visit) -> None:
    if visit.dice().random() < 0.1:
        visit.send(b"busy", "503 Service Unavailable")
    else:
        visit.send(b"<h1>404</h1>", "404 Not Found")


def _head_lies(visit: Visit) -> None:
    visit.send(b"" if visit.head else b"<h1>Nicht gefunden</h1>", "200 OK" if visit.head else "404 Not Found")


def _refresh_home(visit: Visit) -> None:
    visit.send(html("", "", '<meta http-equiv="refresh" content="0;URL=/">'))


#: An application that says only in its script that there is nothing; nobody can see that from outside.
EMPTY_APP = html("Serviceportal", '<div id="app"></div><script src="/js/app.js"></script>')


def _row(kind: str, count: int, answer: Answering, **more: object) -> Row:
    return kind, count, lambda number: Site(kind, False, f"{kind}-{number}.example", answer, **more)  # type: ignore[arg-type]


def dead_sites() -> Iterator[Row]:
    """Yield kinds of dead links, with how many of each there are and a maker of them."""
    yield _row("gone-404", 10, _always(shell("Nicht gefunden", "<p>Nicht da.</p>"), "404 Not Found"))
    yield _row("gone-410", 5, _always(b"", "410 Gone"))
    yield ("soft-404", 20, lambda n: Site("soft-404", False, f"soft-{n}.example", _soft(n), others=_soft(n)))
    # Told by what the host answers to any other path, as hardly any rule knows the words.
    yield (
        "soft-404-unforeseen",
        len(PAGES["unforeseen"]),
        lambda n: Site(
            "soft-404-unforeseen", False, f"new-{n}.example", _unforeseen(n), others=_unforeseen(n)
        ),
    )
    home, any_home = _to("/", HOME)
    yield _row("to-home-any-path", 6, home, others=any_home)
    yield _row("to-home", 5, _only_link_goes_home)
    landing, any_landing = _to(
        "/service/uebersicht", article("Unsere Themen", "Wählen Sie ein Thema aus der Übersicht.")
    )
    yield _row("to-landing", 6, landing, others=any_landing)
    fault, any_fault = _to("/fehler.html", shell("Fehler", "<p>Die Seite ist nicht verfügbar.</p>"))
    yield _row("to-fault-page", 4, fault, others=any_fault)
    yield _row("name-gone", 8, _always(b""), network=lambda night: "nxdomain")
    yield _row("refused", 6, _always(b""), network=lambda night: "refused")
    yield (
        "expired",
        8,
        lambda n: Site("expired", False, f"expired-{n}.example", _always(article(*PAGES["expired"][n].said))),
    )
    yield (
        "parked",
        4,
        lambda n: Site(
            "parked", False, f"parked-{n}.example", _parked(n), others=_parked(n), front=_parked(n)
        ),
    )
    yield _row("same-for-any-path", 6, _always(HOME), others=_always(HOME))
    yield _row("gone-sometimes-503", 4, _flaky_gone)
    yield _row("head-says-ok", 4, _head_lies)
    yield _row("refresh-home", 3, _refresh_home, others=_refresh_home)
    yield _row(
        "form-start-gone",
        4,
        _always(b"", "404 Not Found"),
        path="/extension/service/call/77aa",
    )
    yield _row("app-without-service", 2, _always(EMPTY_APP), others=_always(EMPTY_APP))


def _parked(number: int) -> Answering:
    title, said = PAGES["parked"][number].said
    return _always(html(title, f"<h1>{title}</h1><p>{said}</p>"))
