"""What the cities' feeds say: parts that tell a story, and the rest by chance."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from cli.demo.cast import KEYLESS_TITLES, UNKNOWN_KEYS, Cast
from cli.demo.chance import chance
from cli.demo.desk import FEDERAL_AGENCY, Desk
from cli.demo.facts import Facts, Place, plain
from cli.demo.objects import Id, Service, Written

__all__ = ["Scene", "invent", "write_city"]

#: How likely each kind of offer is, by whether the area is competent. The rest is nothing at all.
_SHARES = {
    "yes": (("online", 0.30), ("form", 0.12), ("described", 0.25)),
    "unresolved": (("online", 0.10), ("described", 0.20)),
    "no": (("online", 0.01), ("form", 0.01), ("described", 0.05)),
}
#: How services of one part are offered, in turn.
_IN_TURN = ("online", "described", "form")
#: An area key with a digit too many.
_WRONG_AREA = Written("0556200240240", None)


def invent(facts: Facts, place: Place, ozg_id: str) -> str:
    """Return how a body offers a service by chance: online, form, described, or empty for nothing."""
    if not facts.services[ozg_id].leaves:
        return ""
    drawn = chance(place.ars, ozg_id, "offer")
    for how, share in _SHARES[facts.verdict(place.ars, ozg_id)]:
        if drawn < share:
            return how
        drawn -= share
    return ""


@dataclass(frozen=True)
class Scene:
    """Where and when a city's offers are written down."""

    desk: Desk
    place: Place
    area: Written
    night: int

    def offer(self, ozg_id: str, how: str, story: str = "", version: int = 1) -> None:
        """Offer a service in the city."""
        self.desk.offer(ozg_id, how, self.area, story, version)


class Turn(NamedTuple):
    """A service that plays a part, and its place among the services of that part."""

    ozg_id: str
    number: int


def write_city(cast: Cast, scene: Scene, only: Iterable[str] | None = None) -> None:
    """Write everything a city offers on a night; ``only`` limits what is left to chance."""
    facts = scene.desk.facts
    place = scene.place
    for part, services in cast.parts(place.name).items():
        for number, ozg_id in enumerate(services):
            _PARTS[part](scene, Turn(ozg_id, number))
    waiting = _write_unclear(scene)
    for ozg_id in only if only is not None else facts.services:
        if ozg_id in cast.taken(place.name) or ozg_id in waiting:
            continue
        how = invent(facts, place, ozg_id)
        if how:
            scene.offer(ozg_id, how)


def _write_unclear(scene: Scene) -> set[str]:
    """Write what nobody can assign for certain; return the services it could be."""
    desk, place, area = scene.desk, scene.place, scene.area
    waiting: set[str] = set()
    for number, (key, digits, online) in enumerate(UNKNOWN_KEYS.get(place.name, ())):
        candidates = desk.facts.by_group(key[:digits])
        service = Service(Id(desk.agency, f"0088{number}"), "Neue Leistung", (key,), (), tuple(candidates))
        desk.describe(service)
        desk.responsible(service, service.id.number, area)
        if online:
            desk.online(service, service.id.number, area)
            desk.offer(candidates[0], "described", area)
        waiting |= set(candidates)
    for number, (title, meant) in enumerate(KEYLESS_TITLES.get(place.name, ())):
        means = (meant,) if meant else ()
        others = tuple(ozg_id for ozg_id in desk.facts.sharing_a_word(title) if ozg_id != meant)
        service = Service(Id(desk.agency, f"0077{number}"), title, (), means, others, certain="worded")
        desk.describe(service)
        desk.responsible(service, service.id.number, area, "worded" if meant else "")
        waiting |= {*means, *others}
    return waiting


def _title_only(scene: Scene, turn: Turn) -> None:
    """Offer without a key of the catalogue; the title is one of its names in other letters."""
    desk = scene.desk
    title = desk.facts.unique_names[turn.ozg_id].upper().replace(" ", " – ")
    # Keys of a Land's own catalogue say nothing about the federal one.
    keys = () if turn.number else ("05000000000317",)
    known = desk.facts.services[turn.ozg_id].keys
    named = tuple(key for key, name in known.items() if plain(name) == plain(title))
    service = Service(Id(desk.agency, f"0066{turn.ozg_id}"), title, keys, (turn.ozg_id,), known_as=named)
    desk.describe(service)
    desk.responsible(service, service.id.number, scene.area, "title_only")
    if turn.number:
        desk.online(service, service.id.number, scene.area, "title_only")


def _two_keys(scene: Scene, turn: Turn) -> None:
    """Offer one Leistung with the keys of two services; each of them adds its own."""
    desk = scene.desk
    shared = Id(desk.agency, "0055")
    known = [entry for entry in desk.content.of(Service) if entry.id == shared]
    keys = known[0].keys if known else ()
    means = known[0].means if known else ()
    key = desk.keys(turn.ozg_id)[0]
    service = Service(shared, "Zwei auf einen Streich", (*keys, key), (*means, turn.ozg_id))
    desk.describe(service)
    desk.responsible(service, shared.number, scene.area, "two_keys")
    desk.online(service, shared.number, scene.area, "two_keys")


def _act_key(scene: Scene, turn: Turn) -> None:
    """Offer under a key whose detail the catalogue lacks; its act is known."""
    desk = scene.desk
    known = desk.facts.services[turn.ozg_id].keys
    act = next((key for key in known if key[8:11] != "000" and key.endswith("000")), "")
    if not act or f"{act[:11]}987" in known:
        scene.offer(turn.ozg_id, "described")
        return
    service = Service(
        Id(desk.agency, f"0044{turn.ozg_id}"),
        known[act],
        (f"{act[:11]}987",),
        (turn.ozg_id,),
        known_as=(act,),
    )
    desk.describe(service)
    desk.responsible(service, service.id.number, scene.area, "act_key")
    if turn.number:
        desk.online(service, service.id.number, scene.area, "act_key")


def _foreign(scene: Scene, turn: Turn) -> None:
    """Offer a Leistung that the federal editors describe."""
    desk = scene.desk
    federal = Service(
        Id(FEDERAL_AGENCY, f"F{turn.ozg_id}"), desk.facts.services[turn.ozg_id].title, (), (turn.ozg_id,)
    )
    desk.responsible(federal, f"0033{turn.ozg_id}", scene.area, "foreign_service")
    if turn.number:
        desk.online(federal, f"0033{turn.ozg_id}", scene.area, "foreign_service")


def _text_only(scene: Scene, turn: Turn) -> None:
    """Write a text, but nobody is responsible: no offer."""
    scene.offer(turn.ozg_id, "text")


def _wrong_area(scene: Scene, turn: Turn) -> None:
    """Offer in an area that no table has: no offer of anybody."""
    scene.desk.offer(turn.ozg_id, "online", _WRONG_AREA)


def _fading(scene: Scene, turn: Turn) -> None:
    """Offer on the first night only."""
    if scene.night == 1:
        scene.offer(turn.ozg_id, _IN_TURN[turn.number % len(_IN_TURN)])


def _returning(scene: Scene, turn: Turn) -> None:
    """Offer on the first night and again on the third."""
    if scene.night != 2:
        scene.offer(turn.ozg_id, _IN_TURN[turn.number % len(_IN_TURN)])


def _new(scene: Scene, turn: Turn) -> None:
    """Offer online from the second night on."""
    if scene.night > 1:
        scene.offer(turn.ozg_id, "online")


def _improved(scene: Scene, turn: Turn) -> None:
    """Offer a form that becomes an online service on the second night."""
    desk = scene.desk
    scene.offer(turn.ozg_id, "form")
    if scene.night > 1:
        described = f"00{turn.ozg_id}0"
        service = next(each for each in desk.content.of(Service) if each.id.number == described)
        desk.online(service, described, scene.area)


def _deleted(scene: Scene, turn: Turn) -> None:
    """Offer online until an increment deletes it."""
    if scene.night == 1:
        scene.offer(turn.ozg_id, "online")


def _relinked(scene: Scene, turn: Turn) -> None:
    """Offer online, with another link from the second night on."""
    scene.offer(turn.ozg_id, "online", version=min(scene.night, 2))


_PARTS: dict[str, Callable[[Scene, Turn], None]] = {
    "title_only": _title_only,
    "two_keys": _two_keys,
    "act_key": _act_key,
    "foreign": _foreign,
    "text_only": _text_only,
    "wrong_area": _wrong_area,
    "fading": _fading,
    "returning": _returning,
    "new": _new,
    "written": _new,
    "improved": _improved,
    "deleted": _deleted,
    "relinked": _relinked,
}
