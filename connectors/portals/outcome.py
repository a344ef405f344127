"""What is kept of a page until its portal is put together, and from night to night: facts as JSON text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import NamedTuple

from catalogue.records import Offering
from connectors.crawl.offerings import dump_offerings, load_offerings
from connectors.html.wording import fold

__all__ = ["Listed", "Outcome", "Way", "slug"]

LONGEST_SLUG = 80
_SEPARATORS = re.compile(r"[^0-9a-zäöüß]+")


class Way(NamedTuple):
    """A link that starts an online service, or leads to another operator's.

    ``identity`` is empty for the latter. ``shared`` says that several services have this one.
    """

    url: str
    label: str
    identity: str = ""
    shared: bool = False
    flags: tuple[str, ...] = ()
    operator: str = ""


class Listed(NamedTuple):
    """One service as a page lists it: the page that describes it, or the ways into it, or both.

    ``detail`` is the identity of the page at ``page``.
    """

    title: str
    detail: str = ""
    page: str = ""
    ways: tuple[Way, ...] = ()
    category: str = ""
    unit: str = ""
    status: str = ""
    labelled_online: bool = False
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What one page says.

    ``kind`` is the class of a detail page (service, multi, error, unit …), empty for a list. ``foreign``
    counts links to other tenants. ``title`` and ``status`` are those of an entry that a profile assigns to
    a service, ``instances`` the addresses of tenants that the roof forwards to.
    """

    kind: str = ""
    listed: tuple[Listed, ...] = ()
    offerings: tuple[Offering, ...] = ()
    title: str = ""
    status: str = ""
    foreign: int = 0
    instances: tuple[str, ...] = ()

    def dump(self) -> str:
        """Return the outcome as text."""
        facts: dict[str, object] = {"kind": self.kind}
        if self.listed:
            facts["listed"] = self.listed
        if self.offerings:
            facts["offerings"] = dump_offerings(self.offerings)
        if self.title or self.status:
            facts["entry"] = [self.title, self.status]
        if self.foreign:
            facts["foreign"] = self.foreign
        if self.instances:
            facts["instances"] = self.instances
        return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def load(cls, text: str) -> Outcome:
        """Return the outcome that a text of :meth:`dump` stands for."""
        facts = json.loads(text)
        title, status = facts.get("entry", ("", ""))
        return cls(
            kind=facts["kind"],
            listed=tuple(_listed(entry) for entry in facts.get("listed", ())),
            offerings=tuple(load_offerings(facts.get("offerings", []))),
            title=title,
            status=status,
            foreign=facts.get("foreign", 0),
            instances=tuple(facts.get("instances", ())),
        )


def slug(title: str) -> str:
    """Return a title as part of an identity: small letters and digits, hyphens between words."""
    return _SEPARATORS.sub("-", fold(title)).strip("-")[:LONGEST_SLUG]


def _listed(entry: list[object]) -> Listed:
    listed = Listed(*entry)  # type: ignore[arg-type]  # the fields of dump, in their order
    ways = tuple(Way(*way)._replace(flags=tuple(way[4])) for way in listed.ways)
    return listed._replace(ways=ways, synonyms=tuple(listed.synonyms))
