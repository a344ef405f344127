"""What the demo's PVOG knows: texts of cities and of the Land, links and units, asked for key by key."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cli.demo.cast import reserved
from cli.demo.chance import chance, pick
from cli.demo.facts import BUND, LAND, Facts, Place
from cli.demo.objects import Id, Shown
from cli.demo.web.world import World

__all__ = ["EFA_HOST", "Text", "asked_keys", "pvog_document", "pvog_shows", "texts"]

#: The invented host of services that one Land runs for the others.
EFA_HOST = "efa.example"
_SERVICES = 14
_MOST_LEAVES = 3
_UPDATED = "2026-10-30T08:30:42.308Z"


@dataclass(frozen=True)
class Text:
    """One description: where it is valid, and the links (identifier, address) by asked area."""

    id: str
    name: str
    key: str
    ozg_id: str
    ars: str
    links: dict[str, tuple[str, str]] = field(default_factory=dict)
    outdated: bool = False

    def holds(self, area: str) -> bool:
        """Tell whether it is shown for an area."""
        return self.ars == BUND or area.startswith(self.ars.rstrip("0"))


def _chosen(facts: Facts) -> list[str]:
    """Return the services that are asked for: few keys each, so that all of a service are asked for."""
    waiting = reserved(facts)
    candidates = [
        ozg_id
        for ozg_id in facts.of_tier("gemeinde")
        if 0 < len(facts.services[ozg_id].leaves) <= _MOST_LEAVES and ozg_id not in waiting
    ]
    return sorted(pick(candidates, _SERVICES, "pvog"))


def asked_keys(facts: Facts) -> list[str]:
    """Return the LeiKa keys that PVOG is asked for."""
    return [key for ozg_id in _chosen(facts) for key in facts.services[ozg_id].leaves]


def texts(world: World) -> list[Text]:
    """Return all descriptions."""
    facts = world.facts
    found = []
    for number, ozg_id in enumerate(_chosen(facts)):
        service = facts.services[ozg_id]
        if number % 7 == 3:
            key = service.leaves[0]
            links = {
                place.ars: (f"L100002.OD.{ozg_id}", real.url)
                for place in facts.places.values()
                if (real := world.at(place, ozg_id)) and real.how == "online"
            }
            found.append(Text(f"L100002.LB.{ozg_id}", service.keys[key], key, ozg_id, LAND, links))
            continue
        for index, place in enumerate(facts.places.values()):
            text = _own_text(world, place, ozg_id, f"S1990{index:02d}")
            if text is not None:
                found.append(text)
    return found


def _own_text(world: World, place: Place, ozg_id: str, agency: str) -> Text | None:
    real = world.at(place, ozg_id)
    drawn = chance("pvog", place.ars, ozg_id)
    if real is None or drawn < 0.25:
        return None
    service = world.facts.services[ozg_id]
    key = real.key if real.key in service.leaves else service.leaves[0]
    links = {}
    outdated = real.how == "online" and drawn < 0.4
    if real.how == "online" and not outdated:
        url = real.url
        if drawn > 0.95:
            # A link that was made for another city, as they turn up again and again.
            url = f"https://{EFA_HOST}/antrag/{ozg_id}?location=055120000000"
        links[place.ars] = (f"{agency}.OD.{ozg_id}", url)
    return Text(f"{agency}.LB.{ozg_id}", service.keys[key], key, ozg_id, place.ars, links, outdated)


def pvog_shows(world: World, source: str) -> list[Shown]:
    """Return what the answers for all bodies amount to."""
    facts = world.facts
    known = texts(world)
    found = [shown for text in known for shown in _of_text(facts, source, text)]
    keys = asked_keys(facts)
    for place in facts.places.values():
        for key in keys:
            if not any(text.key == key and text.holds(place.ars) for text in known):
                owner = next(service for service in facts.services.values() if key in service.keys)
                step = (place.level, place.ars)
                number = f"{place.ars}|{key}"
                found.append(
                    Shown(Id(source, number), key, "absent", step, "", (key,), means=(owner.ozg_id,))
                )
    return found


def _of_text(facts: Facts, source: str, text: Text) -> list[Shown]:
    step = ("land", LAND) if text.ars == LAND else (facts.places[text.ars].level, text.ars)
    told = "outdated" if text.outdated else "kept"
    described = Shown(
        Id(source, text.id),
        text.name,
        "described",
        step,
        keys=(text.key,),
        means=(text.ozg_id,),
        told=told,
        story="land_text" if text.ars == LAND else "",
    )
    online = [
        Shown(
            Id(source, f"{ars}|{text.id}"),
            text.name,
            "online",
            (facts.places[ars].level, ars),
            url,
            (text.key,),
            means=(text.ozg_id,),
            operator="efa" if EFA_HOST in url else "",
        )
        for ars, (_, url) in text.links.items()
    ]
    # A unit that is responsible for a text of the Land makes it an entry of each city, run by the Land.
    units = [
        replace(
            described,
            id=Id(source, f"{place.ars}|{text.id}|unit"),
            step=(place.level, place.ars),
            operator="land",
        )
        for place in facts.places.values()
        if text.ars == LAND
    ]
    return [described, *units, *online]


def pvog_document(world: World) -> dict[str, object]:
    """Return what the server needs to answer."""
    return {
        "kind": "pvog",
        "texts": [
            {
                "id": text.id,
                "name": text.name,
                "leikakeys": [text.key],
                "ars": [text.ars],
                "links": {ars: list(link) for ars, link in text.links.items()},
                "lastUpdate": _UPDATED,
            }
            for text in texts(world)
        ],
    }
