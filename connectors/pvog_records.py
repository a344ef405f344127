"""What PVOG's answers mean for an area: text of which level, link of whose, which unit.

PVOG answers the question what one area has, and mixes three things in the answer: texts of the area's own
or of a level above it, links that differ from area to area even under the same text, and units. Each
becomes an offering of its own, with a ref that says which:

=====================  =========================================================================
ref                    offering
=====================  =========================================================================
``area|text``          described, of the area that the text is valid for, once for all below it
``area|text|unit``     described, of the asked area: the unit that is responsible there
``area|text|online``   online, of the asked area; once more of each level above that it is for
``area|key``           asked for and not found
=====================  =========================================================================
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TypeAlias

from catalogue.records import Issue, Link, Memory, Offering, Service, Severity, Status
from connectors.cellvalues import without_mail
from connectors.pvog_facts import FOUND, AreaLine, ServiceLine, ShownLink
from connectors.pvog_links import LinkOwners, clean_url, foreign_location
from connectors.pvog_places import level_of
from connectors.tabular import printable

__all__ = ["RecordMaker"]

Made: TypeAlias = Offering | Issue | Memory
LONGEST_TITLE = 1_000
LONGEST_SHOWN = 120


class RecordMaker:
    """Turns the lines of one file into records; what several areas show of a level above comes once."""

    def __init__(self, owners: LinkOwners) -> None:
        self._owners = owners
        self._above: set[str] = set()

    def area(self, line: AreaLine) -> Iterator[Made]:
        """Yield what an area was asked for in vain, and what is to be remembered of it."""
        yield Memory(f"{FOUND}|{line.area}", str(line.found))
        for key in line.absent:
            service = Service(ref=key, title="", keys=(key,))
            yield Offering(f"{line.area}|{key}", line.area, service, Status.ABSENT)

    def service(self, line: ServiceLine) -> Iterator[Made]:
        """Yield what a description and its links mean, and what is to be remembered of its details."""
        facts = line.facts
        service = Service(
            ref=line.id,
            title=_text(line.name),
            keys=line.keys,
            has_text=facts is not None and facts.has_text,
            valid_from=facts.valid_from if facts is not None else "",
            valid_to=facts.valid_to if facts is not None else "",
            modified_at=line.updated,
        )
        page = clean_url(facts.page) if facts is not None else ""
        template = Offering(
            ref=f"{line.area}|{line.id}",
            area=line.area,
            service=service,
            status=Status.DESCRIBED,
            observed_at=line.updated,
            page=page,
        )
        yield from self._texts(line, template)
        yield from self._units(line, template)
        for link in line.links:
            yield from self._online(line, link, template)
        if facts is not None:
            yield Memory(template.ref, facts.model_dump_json())

    def _texts(self, line: ServiceLine, template: Offering) -> Iterator[Offering]:
        # Nothing above is known of a text that does not say where it holds; it was shown for the area.
        for place in line.places or (line.area,):
            yield from self._once(template._replace(ref=f"{place}|{line.id}", area=place), line.area)

    def _units(self, line: ServiceLine, template: Offering) -> Iterator[Offering]:
        operator = level_of(line.places, line.area)
        for identifier, name in line.facts.units if line.facts is not None else ():
            ref = f"{template.ref}|{identifier}"
            yield template._replace(ref=ref, unit=name, operator=operator)

    def _online(self, line: ServiceLine, link: ShownLink, template: Offering) -> Iterator[Made]:
        urls = [url for url in dict.fromkeys(map(clean_url, link.urls)) if url]
        identifier = link.id or _digest(link.urls[0])
        if len(urls) < len(set(link.urls)):
            yield Issue(Severity.NOTICE, "pvog_link_unusable", f"{template.ref}|{identifier}")
        if not urls:
            return
        for place in dict.fromkeys((line.area, *link.places)):
            ref = f"{place}|{line.id}|{identifier}"
            operators = [self._owners.of(url, link.places, place) for url in urls]
            if place != line.area:
                # Own is what the asked area operates; it says nothing about the areas above.
                operators = ["" if operator == "own" else operator for operator in operators]
            shown = [
                Link("online", url, _text(link.title), operator)
                for url, operator in zip(urls, operators, strict=True)
            ]
            offering = template._replace(
                ref=ref,
                area=place,
                status=Status.ONLINE,
                url=urls[0],
                operator=operators[0],
                links=tuple(shown) if len(shown) > 1 else (),
            )
            yield from self._once(offering, line.area)
        for url in urls:
            foreign = foreign_location(url, line.area)
            if foreign:
                yield Issue(Severity.NOTICE, "pvog_foreign_location", f"{template.ref}|{identifier}", foreign)

    def _once(self, offering: Offering, asked: str) -> Iterator[Offering]:
        """Yield an offering that other areas may show as well only the first time."""
        # Only areas whose key ends in zeros are above others.
        if offering.area != asked or asked.endswith("000"):
            if offering.ref in self._above:
                return
            self._above.add(offering.ref)
        yield offering


def _text(raw: str) -> str:
    return without_mail(printable(raw, LONGEST_TITLE))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
