"""An editorial desk of the demo: it writes down what one agency offers, and where."""

from __future__ import annotations

from dataclasses import dataclass

from cli.demo.chance import chance, pick
from cli.demo.facts import BUND, LAND, Facts, Place
from cli.demo.objects import Content, Id, OnlineService, Responsibility, Service, Unit, Written

__all__ = ["FEDERAL_AGENCY", "Desk", "area_of", "desk_of", "federal_desk", "land_desk"]

FEDERAL_AGENCY = "B100019"
LAND_AGENCY = "L100002"
#: How many LeiKa services of a bundle an offer covers at most.
MOST_KEYS = 3


def area_of(place: Place, how: str) -> Written:
    """Return a body's area as its editors write it: ``ars``, ``ags`` or ``kreis`` (five digits)."""
    text = {"ars": place.ars, "ags": place.ags, "kreis": place.ars[:5]}[how]
    return Written(text, (place.level, place.ars))


@dataclass(frozen=True)
class Desk:
    """Writes objects of one agency into a content. Numbers depend on the service only, not on the order."""

    facts: Facts
    agency: str
    name: str
    host: str
    ars: str
    content: Content

    def keys(self, ozg_id: str, purpose: str = "keys") -> list[str]:
        """Return the LeiKa keys of a service that the agency describes; one to three."""
        leaves = self.facts.services[ozg_id].leaves
        count = 1 + int(chance(self.agency, ozg_id, purpose, "count") * MOST_KEYS)
        return pick(leaves, count, self.agency, ozg_id, purpose)

    def service(self, ozg_id: str, key: str, number: str, *, form: bool = False) -> Service:
        """Add a Leistung with a key of the catalogue."""
        address = f"https://{self.host}/formulare/{number}.pdf" if form else ""
        return self.describe(
            Service(
                Id(self.agency, number),
                self.facts.services[ozg_id].keys[key],
                (key,),
                (ozg_id,),
                form_url=address,
            )
        )

    def describe(self, service: Service) -> Service:
        """Add a Leistung of whatever kind."""
        self.content.add(service)
        return service

    def offer(self, ozg_id: str, how: str, area: Written, story: str = "", version: int = 1) -> None:
        """Add an offer: ``online``, ``form``, ``described`` or ``text`` (nobody is said to be responsible).

        The first key is offered so; further ones are described, some of them online as well.
        """
        for place, key in enumerate(self.keys(ozg_id)):
            number = f"00{ozg_id}{place}"
            service = self.service(ozg_id, key, number, form=how == "form" and place == 0)
            if how == "text":
                continue
            self.responsible(service, number, area, story)
            if how == "online" and (place == 0 or chance(self.agency, number, "online") < 0.5):
                self.online(service, number, area, story, version)

    def responsible(self, service: Service, number: str, area: Written, story: str = "") -> None:
        """Add a Zuständigkeit of the unit that is in charge of the service's theme."""
        theme = next((self.facts.services[each].theme for each in service.means), "")
        self.content.add(
            Responsibility(
                Id(self.agency, f"ZO-{number}"),
                online=False,
                provider=self._unit(theme).id,
                services=(service.id,),
                areas=(area,),
                role="01",
                embedded=chance(self.agency, number, "embedded") < 0.3,
                story=story,
            )
        )

    def online(self, service: Service, number: str, area: Written, story: str = "", version: int = 1) -> None:
        """Add an Onlinedienst and its Zuständigkeit."""
        address = f"https://{self.host}/online/{number}?v={version}&ars={area.text}"
        dienst = OnlineService(Id(self.agency, f"OD-{number}"), f"{service.title} online", address)
        self.content.add(dienst)
        self.content.add(
            Responsibility(
                Id(self.agency, f"ZD-{number}"),
                online=True,
                provider=dienst.id,
                services=(service.id,),
                areas=(area,),
                story=story,
            )
        )

    def _unit(self, theme: str) -> Unit:
        place = self.facts.themes.index(theme) + 1 if theme else 0
        name = f"{self.name} – {theme}" if theme else self.name
        unit = Unit(Id(self.agency, f"OE-{place:02d}"), name, self.ars)
        self.content.add(unit)
        return unit


def desk_of(facts: Facts, place: Place, number: int, content: Content) -> Desk:
    """Return the desk of a body of the region."""
    return Desk(facts, f"S1990{number:02d}", place.title, place.host, place.ars, content)


def land_desk(facts: Facts, content: Content) -> Desk:
    """Return the desk of the Land."""
    return Desk(facts, LAND_AGENCY, "Land Nordrhein-Westfalen", "service.land.example", LAND, content)


def federal_desk(facts: Facts, content: Content) -> Desk:
    """Return the desk of the Bund."""
    return Desk(facts, FEDERAL_AGENCY, "Bund", "service.bund.example", BUND, content)
