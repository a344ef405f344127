"""What websites and portals retell of the truth: a part of it, some of it outdated, some of it wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cli.demo.cast import WEB_TITLES
from cli.demo.chance import chance, pick
from cli.demo.facts import Facts, Place, plain
from cli.demo.objects import Id, Shown
from cli.demo.web.world import Real, World

__all__ = ["LAND_HOST", "Recipe", "named", "retell", "state_texts"]

#: The invented host of the Land's services.
LAND_HOST = "service.land.example"
LAND_UNIT = "Bezirksregierung Münster"


@dataclass(frozen=True)
class Recipe:
    """How a source retells: how many services, and which share of them with a key, outdated, or wrong."""

    count: int
    keyed: float = 0.15
    outdated: float = 0.12
    wrong: float = 0.06
    worded: int = 2
    untold: int = 3


def named(facts: Facts, ozg_id: str) -> tuple[str, tuple[str, ...]]:
    """Return a name of a service that it shares with no other, and the LeiKa keys that have this name."""
    title = facts.unique_names[ozg_id]
    keys = facts.services[ozg_id].keys
    return f"{title[:1].upper()}{title[1:]}", tuple(
        key for key, name in keys.items() if plain(name) == plain(title)
    )


def retell(world: World, place: Place, source: str, recipe: Recipe) -> list[Shown]:
    """Return what a source shows of a body's offers, each service once."""
    reals = {real.ozg_id: real for real in world.of[place.ars]}
    told = pick((ozg_id for ozg_id in reals if not reals[ozg_id].untold), recipe.count, source, place.ars)
    untold = [ozg_id for ozg_id in reals if reals[ozg_id].untold]
    told += pick(untold, recipe.untold, source, place.ars, "untold")
    shown = [_tell(world, place, source, recipe, reals[ozg_id]) for ozg_id in told]
    free = {
        title: ozg_id
        for title, ozg_id in WEB_TITLES
        if ozg_id not in told
        and world.facts.verdict(place.ars, ozg_id) == "yes"
        and not world.is_taken(place, ozg_id)
    }
    chosen = pick(free, recipe.worded, source, place.ars, "worded")
    return shown + [_in_other_words(world, place, source, title, free[title]) for title in chosen]


def _tell(world: World, place: Place, source: str, recipe: Recipe, real: Real) -> Shown:
    """Return one service as a source shows it: mostly right."""
    facts = world.facts
    title, known_as = named(facts, real.ozg_id)
    keys: tuple[str, ...] = ()
    if chance(source, place.ars, real.ozg_id, "keyed") < recipe.keyed:
        name = facts.services[real.ozg_id].keys[real.key]
        title, keys, known_as = f"{name[:1].upper()}{name[1:]}", (real.key,), ()
    exact = Shown(
        Id(source, f"{place.ars}-{real.ozg_id}"),
        title,
        real.how,
        (place.level, place.ars),
        real.url if real.how == "online" else "",
        keys,
        known_as,
        (real.ozg_id,),
        told="extra" if real.untold else "kept",
    )
    drawn = chance(source, place.ars, real.ozg_id, "told")
    if real.how == "online" and drawn < recipe.outdated:
        return replace(exact, status="described", url="", told="outdated")
    if real.how == "described" and drawn < recipe.wrong:
        dead = f"https://{place.host}/online/abgeschaltet-{real.ozg_id}"
        return replace(exact, status="online", url=dead, told="dead_link", story="dead_link")
    return exact


def _in_other_words(world: World, place: Place, source: str, title: str, ozg_id: str) -> Shown:
    real = world.at(place, ozg_id)
    how = real.how if real else ("online" if chance(source, place.ars, title) < 0.5 else "described")
    url = (real.url if real else "") or f"https://{place.host}/online/web-{ozg_id}"
    others = tuple(each for each in world.facts.sharing_a_word(title) if each != ozg_id)
    return Shown(
        Id(source, f"{place.ars}-{ozg_id}"),
        title,
        how,
        (place.level, place.ars),
        url if how == "online" else "",
        means=(ozg_id,),
        may_mean=others,
        certain="worded",
        told="kept" if real else "extra",
        story="worded",
    )


def state_texts(world: World, place: Place, source: str) -> list[Shown]:
    """Return services of the Land that a city's website shows as if they were the city's."""
    facts = world.facts
    free = [
        ozg_id
        for ozg_id, service in facts.services.items()
        if world.is_free(place, ozg_id)
        and service.leaves
        and facts.verdict(place.ars, ozg_id) == "yes"
        and not world.is_offered(place, ozg_id)
    ]
    found = []
    for number, ozg_id in enumerate(pick(free, 3, source, place.ars, "state")):
        title, known_as = named(facts, ozg_id)
        online = number == 0
        found.append(
            Shown(
                Id(source, f"{place.ars}-{ozg_id}"),
                title,
                "online" if online else "described",
                (place.level, place.ars),
                f"https://{LAND_HOST}/antrag/{ozg_id}" if online else "",
                known_as=known_as,
                means=(ozg_id,),
                operator="land",
                unit=LAND_UNIT,
                told="state_text",
                story="state_text",
            )
        )
    return found
