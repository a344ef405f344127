"""Links that work, by kind: whoever follows them in a browser gets to the service. None is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.linkworld.pages import PAGES
from tests.linkworld.site import HOME, Answering, Site, Visit, article, html, shell

__all__ = ["alive_sites"]

SERVICES = (
    "Wohnsitz anmelden",
    "Hund anmelden",
    "Bewohnerparkausweis",
    "Geburtsurkunde bestellen",
    "Gewerbe anmelden",
    "Sperrmüll bestellen",
    "Kita-Platz vormerken",
    "Wohngeld beantragen",
    "Briefwahl beantragen",
    "Melderegisterauskunft",
)


def _page(title: str, *texts: str) -> Answering:
    body = article(title, *texts)
    return lambda visit: visit.send(body)


def _plain(number: int) -> Answering:
    return _page(SERVICES[number % len(SERVICES)])


def _status(status: str, body: bytes, **headers: str) -> Answering:
    return lambda visit: visit.send(body, status, **headers)


# Kinds whose behaviour needs more than one line.


def _slow(visit: Visit) -> None:
    visit.call.pause(0.05)
    visit.send(article("Hund anmelden"))


def _flaky(visit: Visit) -> None:
    if visit.dice().random() < 0.3:
        visit.send(b"<h1>Service Unavailable</h1>", "503 Service Unavailable")
    else:
        visit.send(article("Gewerbe anmelden"))


def _dropping(visit: Visit) -> None:
    if visit.dice(visit.call.method).random() < 0.3:
        visit.call.reset()
    else:
        visit.send(article("Urkunde bestellen"))


def _without_head(status: str) -> Answering:
    def answer(visit: Visit) -> None:
        if visit.head:
            visit.send(b"", status)
        else:
            visit.send(article("Sperrmüll bestellen"))

    return answer


def _head_hangs(visit: Visit) -> None:
    if visit.head:
        visit.call.hang()
    else:
        visit.send(article("Wohngeld beantragen"))


def _moved_within(visit_path: str, status: str) -> tuple[Answering, Answering]:
    def answer(visit: Visit) -> None:
        visit.redirect(visit_path, status)

    def others(visit: Visit) -> None:
        if visit.call.target == visit_path:
            visit.send(article("Bewohnerparkausweis"))
        else:
            visit.send(b"nicht da", "404 Not Found")

    return answer, others


def _login_elsewhere(visit: Visit) -> None:
    visit.redirect("/sso/login?goto=%2Fdienst%2F4711")


def _login_page(visit: Visit) -> None:
    visit.send(
        html(
            "Anmelden",
            '<h1>Anmelden</h1><form action="/login" method="post"><label>Benutzername<input name="u"></label>'
            '<label>Passwort<input type="password" name="p"></label><button>Anmelden</button></form>'
            "<p>Noch kein Konto? Jetzt mit BundID registrieren.</p>",
        )
    )


def _consent(visit: Visit) -> None:
    visit.redirect("/consent?return=" + visit.path, Set_Cookie="visited=1; Path=/")


def _consent_page(visit: Visit) -> None:
    if visit.path.startswith("/consent"):
        visit.send(
            html(
                "Ihre Privatsphäre",
                "<h1>Wir respektieren Ihre Privatsphäre</h1><p>Um fortzufahren, müssen Sie "
                "Cookies akzeptieren oder die Einstellungen anpassen.</p><button>Alle akzeptieren</button>",
            )
        )
    else:
        visit.send(b"nicht da", "404 Not Found")


COOKIE_WALL = html(
    "Bitte aktivieren Sie Cookies",
    "<h1>Cookies erforderlich</h1><p>Bitte aktivieren Sie Cookies in Ihrem Browser, um diese Seite zu "
    "nutzen.</p>",
)
CHALLENGE = html(
    "Just a moment...",
    "<h1>Checking your browser before accessing the site</h1><p>Enable JavaScript and cookies to "
    "continue</p>",
)
CAPTCHA = html(
    "Sicherheitsprüfung",
    "<h1>Sicherheitsprüfung</h1><p>Bitte bestätigen Sie, dass Sie ein Mensch sind.</p>"
    "<div class=g-recaptcha></div>",
)
APP = html(
    "Serviceportal",
    '<div id="root"></div><noscript>Bitte aktivieren Sie JavaScript, um das Portal zu nutzen.</noscript>'
    '<script src="/static/js/main.4f2a.js"></script>',
)
#: An application that shows its frame, with some text, before its script has loaded what the path names.
FRAMED_APP = html(
    "Onlineantrag",
    "<app-root><header>Onlinedienste der Stadt Musterhausen</header><p>Die Anwendung wird geladen. Sollte "
    "sie nicht starten, prüfen Sie bitte, ob Ihr Browser aktuell ist. Unterstützt werden die jeweils letzten "
    "zwei Versionen von Firefox, Chrome, Edge und Safari. Der Antrag kann unterbrochen werden. Ihre "
    "Eingaben werden nicht gespeichert, bevor Sie den Antrag absenden.</p></app-root><script src=/main.js>"
    "</script>",
)
#: The same without anything that tells it from a page, but that it leads nowhere.
OTHER_APP = html(
    "Bürgerkonto",
    '<div class="portal"><h1>Bürgerkonto</h1><p>Herzlich willkommen im Bürgerkonto der Stadt. Hier '
    "stellen Sie Anträge rund um die Uhr. Einen Moment bitte, Ihr Antrag wird vorbereitet.</p></div>"
    "<script type=module src=/assets/index-7f3a.js></script>",
)
PDF = b"%PDF-1.7\n" + b"0" * 4_000


def _maintained(nights: range, status: str) -> Answering:
    def answer(visit: Visit) -> None:
        if visit.night in nights:
            visit.send(
                shell(
                    "Wartungsarbeiten",
                    "<p>Unser Serviceportal ist wegen Wartungsarbeiten derzeit nicht verfügbar. "
                    "Bitte versuchen Sie es später erneut.</p>",
                ),
                status,
            )
        else:
            visit.send(article("Geburtsurkunde bestellen"))

    return answer


def _gone_for(nights: range, body: bytes, status: str) -> Answering:
    def answer(visit: Visit) -> None:
        if visit.night in nights:
            visit.send(body, status)
        else:
            visit.send(article("Sondernutzung"))

    return answer


def _during(nights: range, trouble: str) -> Callable[[int], str]:
    return lambda night: trouble if night in nights else ""


def _tenant(visit: Visit) -> None:
    visit.redirect("/", Set_Cookie="mandant=055130000; Path=/")


def _search(visit: Visit) -> None:
    visit.send(
        shell("Suche", f"<p>Ihre Suche nach „{visit.path.rpartition('/')[2]}“ ergab folgende Treffer:</p>")
    )


def _refresh(visit: Visit) -> None:
    visit.send(
        html(
            "Weiterleitung",
            "<p>Sie werden weitergeleitet …</p>",
            '<meta http-equiv="refresh" content="0; url=/antrag/start">',
        )
    )


def _antrag(visit: Visit) -> None:
    if visit.path == "/antrag/start":
        visit.send(article("Antrag"))
    else:
        visit.send(b"nicht da", "404 Not Found")


def _endless(visit: Visit) -> None:
    if visit.head:
        visit.send(b"", Transfer_Encoding="identity")
        return
    body = article("Stadtchronik") * 600
    visit.send(body)


Row = tuple[str, int, Callable[[int], Site]]


def _row(kind: str, count: int, answer: Answering, **more: object) -> Row:
    return kind, count, lambda number: Site(kind, True, f"{kind}-{number}.example", answer, **more)  # type: ignore[arg-type]


def alive_sites() -> Iterator[Row]:
    """Yield kinds of links that work, with how many of each there are and a maker of them."""
    yield from _answering()
    yield from _walled()
    yield from _troubled()
    yield from _peculiar()


def _answering() -> Iterator[Row]:
    """Yield those whose page can be seen, some after a detour."""
    yield ("page", 12, lambda n: Site("page", True, f"page-{n}.example", _plain(n)))
    yield _row("slow", 6, _slow)
    yield _row("sometimes-503", 8, _flaky)
    yield _row("sometimes-reset", 5, _dropping)
    yield _row("head-405", 5, _without_head("405 Method Not Allowed"))
    yield _row("head-404", 5, _without_head("404 Not Found"))
    yield _row("head-403", 4, _without_head("403 Forbidden"))
    yield _row("head-hangs", 2, _head_hangs)
    slash, after_slash = _moved_within(
        "/rathaus/dienstleistungen/wohnsitz-anmelden-4711/", "301 Moved Permanently"
    )
    yield _row("redirect-slash", 5, slash, others=after_slash)
    moved, after_moved = _moved_within(
        "/buergerservice/leistungen/bewohnerparkausweis", "301 Moved Permanently"
    )
    yield _row("redirect-moved", 8, moved, others=after_moved)
    yield _row("any-path-searched", 3, _plain(7), others=_search)
    yield _row("meta-refresh", 3, _refresh, others=_antrag)
    yield _row("large-page", 2, _endless)


def _walled() -> Iterator[Row]:
    """Yield those with something before the page."""
    yield _row("redirect-login", 5, _login_elsewhere, others=_login_page)
    yield _row("login-page", 5, _login_page, others=_login_page)
    yield _row("cookie-wall", 5, _status("200 OK", COOKIE_WALL), others=_status("200 OK", COOKIE_WALL))
    yield _row("consent", 5, _consent, others=_consent_page)
    yield _row("bot-wall-403", 8, _status("403 Forbidden", CHALLENGE, cf_mitigated="challenge"))
    yield _row("bot-wall-200", 4, _status("200 OK", CAPTCHA), others=_status("200 OK", CAPTCHA))
    yield _row("needs-401", 4, _status("401 Unauthorized", b"", WWW_Authenticate="Basic"))
    yield _row("busy-429", 6, _status("429 Too Many Requests", b"", Retry_After="3600"))
    yield _row("robots-disallow", 4, _plain(6), robots="User-agent: *\nDisallow: /rathaus/\n")


def _troubled() -> Iterator[Row]:
    """Yield those that fail in some nights or always, without being gone."""
    yield _row("always-500", 4, _status("500 Internal Server Error", b"<h1>Error</h1>"))
    yield ("tls-unknown", 3, lambda n: Site("tls-unknown", True, f"tls-{n}.example", _plain(n), tls="other"))
    yield (
        "tls-expired",
        3,
        lambda n: Site("tls-expired", True, f"n{n}.abgelaufen.example", _plain(n), tls="expired"),
    )
    yield _row("times-out", 3, lambda visit: visit.call.hang())
    yield _row("down-two-nights", 6, _plain(3), network=_during(range(6, 8), "refused"))
    yield _row("down-three-nights", 3, _plain(3), network=_during(range(11, 14), "refused"))
    yield _row("name-lost-two-nights", 3, _plain(4), network=_during(range(8, 10), "nxdomain"))
    yield _row("name-unclear", 3, _plain(5), network=_during(range(3, 12), "again"))
    yield _row("404-two-nights", 4, _gone_for(range(9, 11), b"not found", "404 Not Found"))
    yield _row(
        "soft-404-two-nights",
        3,
        _gone_for(
            range(15, 17), shell("Seite nicht gefunden", "<p>Diese Seite gibt es nicht.</p>"), "200 OK"
        ),
    )
    yield _row("maintenance-503", 3, _maintained(range(4, 9), "503 Service Unavailable"))
    yield _row("maintenance-200", 3, _maintained(range(4, 9), "200 OK"))


def _peculiar() -> Iterator[Row]:
    """Yield those that are not what most pages are."""
    yield _row("app", 6, _status("200 OK", APP), others=_status("200 OK", APP), front=_status("200 OK", APP))
    yield _row("app-with-frame", 4, _status("200 OK", FRAMED_APP), others=_status("200 OK", FRAMED_APP))
    other = _status("200 OK", OTHER_APP)
    yield _row("app-unlike-others", 4, other, others=other, front=other)
    yield _row("pdf", 6, lambda visit: visit.send(PDF, kind="application/pdf"), path="/formulare/antrag.pdf")
    yield _row(
        "form-start",
        6,
        lambda visit: visit.redirect("/session/8d1f?step=1"),
        path="/extension/service/auth-call/8e1f635d-90f5",
    )
    yield (
        "talks-of-ends",
        10,
        lambda n: Site("talks-of-ends", True, f"talks-{n}.example", _page(*PAGES["talking"][n].said)),
    )
    yield (
        "talks-unforeseen",
        len(PAGES["working"]),
        lambda n: Site("talks-unforeseen", True, f"talking-{n}.example", _page(*PAGES["working"][n].said)),
    )
    yield _row(
        "short-page",
        3,
        _status("200 OK", html("Hundesteuer", "<h1>Hundesteuer</h1><a href=/formular>Zum Formular</a>")),
    )
    yield _row("tenant-entry", 4, _tenant, path="/mandant/055130000")
    yield _row("front-page", 4, _status("200 OK", HOME), path="/", others=_status("200 OK", HOME))
    yield _row(
        "short-address",
        3,
        lambda visit: visit.redirect(f"http://page-0.example:{visit.call.server.port}/"),
        path="/wohngeld",
    )
