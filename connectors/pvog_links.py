"""Links as PVOG hands them on: made usable without changing what they mean, and who operates them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from connectors.cellvalues import read_url
from connectors.html.hosts import Operators
from connectors.html.rules import load_rules
from connectors.pvog_places import level_of, own_level, steps_of

__all__ = ["LinkOwners", "clean_url", "foreign_location"]

#: Only what ends with a semicolon: "&section=2" of a plain link must not become "§ion=2".
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
LOCATION: Final = "location"
REGIONAL_KEY = re.compile(r"[0-9]{12}\Z")


def clean_url(raw: str) -> str:
    """Return a link with HTML entities undone once, or nothing if it is no web address.

    Percent signs stay as they are: "%252F" is what the service behind the link wants to get.
    """
    url, unusable = read_url(ENTITY.sub(lambda found: html.unescape(found.group()), raw))
    return "" if unusable else url


def foreign_location(url: str, area: str) -> str:
    """Return the regional key a link is made for, if that is neither the area nor one above it."""
    for name, value in _parameters(url):
        if name.casefold() == LOCATION and REGIONAL_KEY.match(value) and value not in steps_of(area):
            return value
    return ""


def _parameters(url: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(url).query, max_num_fields=100)
    except ValueError:
        return []


class LinkOwners:
    """Says who operates what a link leads to: by the region's own list, by host, by the places it is for."""

    def __init__(self, configured: Mapping[str, str]) -> None:
        self._configured = {host.casefold(): operator for host, operator in configured.items()}
        self._packaged = _packaged()

    def of(self, url: str, places: Iterable[str], area: str) -> str:
        """Return own, kreis, land, bund, efa or shared as seen from an area; empty if nothing tells.

        What the Kreis operates is nobody else's for the Kreis itself, so that is empty as well.
        """
        operator = self._by_host(url) or self._by_rules(url) or level_of(places, area)
        return "" if operator == own_level(area) else operator

    def _by_rules(self, url: str) -> str:
        # That a host looks like a form server of municipalities does not say of which.
        operator = self._packaged.of(url)
        return "" if operator == "own" else operator

    def _by_host(self, url: str) -> str:
        host = (urlsplit(url).hostname or "").casefold()
        while host:
            if host in self._configured:
                return self._configured[host]
            host = host.partition(".")[2]
        return ""


@lru_cache(maxsize=1)
def _packaged() -> Operators:
    return Operators("", load_rules())
