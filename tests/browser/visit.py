"""Somebody who visits the site in a browser, and notes everything that must not happen there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request, Response

__all__ = ["KINDS", "NARROW", "WIDE", "Visitor"]

WIDE: Final = (1280, 900)
NARROW: Final = (390, 844)
PATIENCE: Final = 20_000  # milliseconds
#: One page of each kind that the site has; those of Bottrop show the feeds that attack.
KINDS: Final[Mapping[str, str]] = {
    "region": "index.html",
    "region by checked links": "links-geprueft.html",
    "areas": "gebiete.html",
    "area with remarks": "gebiete/gemeinde-055620024024.html",
    "services": "leistungen.html",
    "services from A to Z": "leistungen-a-z.html",
    "service": "leistungen/10110.html",
    "evidence": "belege/gemeinde-055120000000/bauen-wohnen.html",
    "changes": "aenderungen.html",
    "sources": "quellen.html",
    "morning": "nacht.html",
    "method": "methode.html",
}


class Visitor:
    """One window with its own memory; ``troubles`` lists what must not happen on any page.

    That is: a message on the console, of the policy about contents too, a request that leaves the site,
    one that fails, an uncaught error, and a dialog.
    """

    def __init__(self, context: BrowserContext, address: str) -> None:
        """Begin with an empty page; nothing has happened yet."""
        self.address = address
        self.requested: list[str] = []
        self.troubles: list[str] = []
        context.on("request", lambda request: self._requested(request.url))
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)
        context.on("console", lambda message: self.troubles.append(f"console: {message.text}"))
        context.on("weberror", lambda error: self.troubles.append(f"error: {error.error}"))
        context.on("dialog", self._dialog)
        self.page: Page = context.new_page()

    @classmethod
    @contextmanager
    def of(
        cls, browser: Browser, address: str, size: tuple[int, int] = WIDE, **how: Any
    ) -> Iterator[Visitor]:
        """Give a visitor of the site at an address; ``how`` are the browser's options for a window."""
        # Pages that glide to a place are there later than one looks.
        wishes = {"reduced_motion": "reduce"} | how
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **wishes)
        context.set_default_timeout(PATIENCE)
        try:
            yield cls(context, address)
        finally:
            context.close()

    def open(self, name: str) -> Page:
        """Open a page of the site, which may end with a place on it, and wait until it is there."""
        answer = self.page.goto(f"{self.address}/{name}")
        assert answer is None or answer.ok, name
        return self.page

    def resize(self, width: int, height: int) -> None:
        """Make the window another size."""
        self.page.set_viewport_size({"width": width, "height": height})

    def _requested(self, url: str) -> None:
        self.requested.append(url)
        if not url.startswith(f"{self.address}/"):
            self.troubles.append(f"left the site: {url}")

    def _failed(self, request: Request) -> None:
        # What a page was still waiting for when it was left is no trouble.
        if request.failure != "net::ERR_ABORTED":
            self.troubles.append(f"failed: {request.url}")

    def _answered(self, response: Response) -> None:
        if not response.ok:
            self.troubles.append(f"answer {response.status}: {response.url}")

    def _dialog(self, dialog: Dialog) -> None:
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()
