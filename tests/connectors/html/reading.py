"""Small pages for tests of reading them."""

from __future__ import annotations

from functools import cache

from connectors.html.page import PageReading, read_page
from connectors.html.rules import PageRules, load_rules
from connectors.html.service import PageService

__all__ = ["PAGE", "page", "read", "rules", "service"]

PAGE = "https://www.lindental.example/dienstleistung/hund-anmelden"


@cache
def rules() -> PageRules:
    """Return the packaged rules, loaded once."""
    return load_rules()


def page(content: str, *, head: str = "", title: str = "Hund anmelden", language: str = "de") -> bytes:
    """Return a page with this content below a heading; no heading if the title is empty."""
    heading = f"<h1>{title}</h1>" if title else ""
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">{head}</head>'
        f"<body><main>{heading}{content}</main></body></html>"
    ).encode()


def read(body: bytes | str, url: str = PAGE, charset: str | None = None) -> PageReading:
    """Return the reading of a page; text is the content of a page about a service."""
    return read_page(page(body) if isinstance(body, str) else body, url, charset, rules())


def service(body: bytes | str, url: str = PAGE) -> PageService:
    """Return the only service of a page."""
    reading = read(body, url)
    assert len(reading.services) == 1, reading
    return reading.services[0]
