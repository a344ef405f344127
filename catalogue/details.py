"""What a page shows about an offering beyond its status, as one JSON text beside the statement."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from catalogue.records import Evidence, Link, Offering

__all__ = ["NOT_JUDGED", "Details", "details_of", "read_details"]

#: The level of an offering whose maturity nobody judged.
NOT_JUDGED: Final = -1


@dataclass(frozen=True, slots=True)
class Details:
    """The page that describes an offering, its links, what shows its flags, and what can be done."""

    page: str = ""
    links: tuple[Link, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    acts: tuple[str, ...] = ()


def details_of(record: Offering) -> str:
    """Return the details of an offering as JSON; empty if there are none."""
    if not (record.page or record.links or record.evidence or record.acts):
        return ""
    parts = {"page": record.page, "links": record.links, "evidence": record.evidence, "acts": record.acts}
    return json.dumps({name: value for name, value in parts.items() if value}, ensure_ascii=False)


def read_details(text: str) -> Details:
    """Return what :func:`details_of` wrote."""
    if not text:
        return Details()
    said = json.loads(text)
    return Details(
        page=said.get("page", ""),
        links=tuple(Link(*link) for link in said.get("links", ())),
        evidence=tuple(Evidence(*evidence) for evidence in said.get("evidence", ())),
        acts=tuple(said.get("acts", ())),
    )
