"""Pages of a made-up town's website, with what such pages carry: banners, navigation, staff."""

from __future__ import annotations

from collections.abc import Iterable

from tests.connectors.specimens import PERSONAL

__all__ = ["ONLINE", "described", "links", "list_page", "page", "service"]

NAME, MAIL, PHONE = PERSONAL
#: A section with an online service.
ONLINE = (
    "<h2>Onlinedienst</h2>"
    '<p><a href="https://portal.beispielstadt.example/antrag/{}">Online beantragen</a></p>'
)


def page(title: str, body: str, head: str = "") -> bytes:
    """Return a page of the town."""
    return (
        '<!DOCTYPE html>\n<html lang="de"><head><meta charset="utf-8">'
        f"<title>{title} | Beispielstadt</title>{head}"
        '</head><body><div class="cookie-banner">Bitte stimmen Sie online zu.</div>'
        '<header><nav><a href="/">Startseite</a> <a href="/kontakt">Kontakt</a></nav></header>'
        f"<main>{body}</main>"
        f'<footer><a href="mailto:{MAIL}">Mail</a> Telefon {PHONE}</footer></body></html>\n'
    ).encode()


def service(title: str, extra: str = "", head: str = "") -> bytes:
    """Return the page of one service, with a member of staff on it."""
    return page(
        title,
        f"<h1>{title}</h1><p>Hier erfahren Sie, was Sie für das Anliegen {title} wissen müssen.</p>{extra}"
        "<h2>Gebühren</h2><p>20,00 Euro</p><h2>Erforderliche Unterlagen</h2><p>Personalausweis</p>"
        "<h2>Zuständige Stelle</h2><p>Bürgerbüro</p>"
        f"<h2>Ansprechpartnerin</h2><p>Frau {NAME}, Telefon {PHONE}, {MAIL}</p>",
        head,
    )


def described(number: int, title: str) -> bytes:
    """Return the page of one of many services; every third can be used online."""
    return service(title, ONLINE.format(number) if number % 3 == 0 else "")


def links(addresses: Iterable[str]) -> str:
    """Return a list of links."""
    return "".join(f'<li><a href="{address}">{address}</a></li>' for address in addresses)


def list_page(addresses: Iterable[str], head: str = "") -> bytes:
    """Return a page that lists services."""
    return page("Leistungen A-Z", f"<h1>Leistungen A-Z</h1><ul>{links(addresses)}</ul>", head)
