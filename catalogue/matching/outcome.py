"""What can be decided about a page, and by which version of the matcher; nothing here is slow to load."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ACCEPTED", "LEAST_FIT", "NOT_IN_CATALOGUE", "NO_SERVICE", "REVIEW", "VERSION", "Page"]

#: Version of the matcher; decisions and prepared indexes carry it.
VERSION = "title/4"

ACCEPTED, REVIEW, NO_SERVICE, NOT_IN_CATALOGUE = "accepted", "review", "no_service", "not_in_catalogue"

#: Below this fit, a name has hardly anything to do with a title.
LEAST_FIT = 0.3


class Page(NamedTuple):
    """What is known about a page or record that may be a service."""

    title: str
    unit: str = ""
    snippet: str = ""
    section: str = ""
    url: str = ""
