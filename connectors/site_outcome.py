"""What was made of one page of a website, in a form that can be kept until the next night."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from catalogue.records import Offering, Status
from connectors.crawl.offerings import dump_offerings, load_offerings
from connectors.crawl.pages import LIST, Page
from connectors.html.address import identify
from connectors.html.page import read_page
from connectors.html.rules import PageRules
from connectors.site_strategy import is_foreign

__all__ = ["Outcome", "merge", "read_outcome"]

MOST_FOREIGN: Final = 200
RANK: Final = {Status.ONLINE: 3, Status.FORM: 2, Status.DESCRIBED: 1, Status.ABSENT: 0}


@dataclass(frozen=True)
class Outcome:
    """What one page is, and the services it describes.

    ``foreign`` are the identities of other municipalities' pages that a list leads to.
    """

    kind: str
    reason: str = ""
    offerings: tuple[Offering, ...] = ()
    foreign: tuple[str, ...] = ()

    def dump(self) -> str:
        """Return it as JSON."""
        rows = dump_offerings(self.offerings)
        return json.dumps(
            [self.kind, self.reason, rows, self.foreign], ensure_ascii=False, separators=(",", ":")
        )

    @classmethod
    def load(cls, text: str) -> Outcome:
        """Return what ``dump`` wrote."""
        kind, reason, rows, foreign = json.loads(text)
        return cls(kind, reason, tuple(load_offerings(rows)), tuple(foreign))


def read_outcome(page: Page, area: str, rules: PageRules) -> Outcome:
    """Return what a page with a body is and describes."""
    reading = read_page(page.body or b"", page.final_url, page.charset, rules)
    observed = "" if reading.modified_at else _moment(page.last_modified)
    offerings = [service.offering(area, reading.identity) for service in reading.services]
    if observed:
        offerings = [offering._replace(observed_at=observed) for offering in offerings]
    foreign: dict[str, None] = {}
    if page.kind == LIST and rules.own_tenants:
        for link in reading.links:
            address = identify(link.url, rules)
            if address and is_foreign(address, rules) and len(foreign) < MOST_FOREIGN:
                foreign[address.identity] = None
    return Outcome(reading.kind, reading.reason, tuple(offerings), tuple(foreign))


def merge(offerings: Iterable[Offering]) -> Iterator[Offering]:
    """Yield one offering for each ref: the one that shows most, with all links and evidence of the others."""
    found: dict[str, Offering] = {}
    for offering in offerings:
        known = found.get(offering.ref)
        found[offering.ref] = _joined(known, offering) if known else offering
    yield from found.values()


def _joined(first: Offering, second: Offering) -> Offering:
    best, other = (second, first) if RANK[second.status] > RANK[first.status] else (first, second)
    return best._replace(
        unit=best.unit or other.unit,
        links=tuple(dict.fromkeys((*best.links, *other.links))),
        evidence=tuple(dict.fromkeys((*best.evidence, *other.evidence))),
        acts=tuple(dict.fromkeys((*best.acts, *other.acts))),
        service=best.service._replace(keys=tuple(dict.fromkeys((*best.service.keys, *other.service.keys)))),
    )


def _moment(header: str) -> str:
    """Return a date of HTTP as ISO 8601, empty if it is none."""
    try:
        return parsedate_to_datetime(header).astimezone(UTC).isoformat(timespec="seconds") if header else ""
    except (ValueError, OverflowError, TypeError):
        return ""
