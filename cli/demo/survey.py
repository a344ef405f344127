"""The list of Gelsenkirchen: answers to a survey, also of what was asked and not found."""

from __future__ import annotations

from cli.demo.cast import Cast
from cli.demo.chance import chance
from cli.demo.facts import Facts, Place
from cli.demo.objects import Content, Row

__all__ = ["write_survey"]

_KINDS = (("online", 0.25), ("form", 0.10), ("described", 0.20), ("asked", 0.17), ("asked_in_part", 0.13))
#: One in so many services that were asked for in vain is online from the second night on.
_IMPROVED = 4


def write_survey(cast: Cast, facts: Facts, place: Place, content: Content, night: int) -> None:
    """Write the rows of a list about a city."""
    taken = cast.taken(place.name)
    for ozg_id, service in facts.services.items():
        if ozg_id in taken or facts.verdict(place.ars, ozg_id) == "no" or not service.leaves:
            continue
        kind = _kind(place, ozg_id)
        if kind == "asked_in_part" and len(service.leaves) < 2:
            kind = "asked"
        if not kind:
            continue
        late = kind == "asked" and night > 1 and int(chance(place.ars, ozg_id, "late") * _IMPROVED) == 0
        leaves = service.leaves[:-1] if kind == "asked_in_part" else service.leaves
        if kind not in ("asked", "asked_in_part"):
            leaves = service.leaves[:2]
        for number, key in enumerate(leaves):
            status = "absent" if kind.startswith("asked") else ("described" if number else kind)
            if late and number == 0:
                status = "online"
            url = f"https://{place.host}/dienste/{key}" if status == "online" else ""
            step = (place.level, place.ars)
            content.add(Row(key, service.keys[key], status, url, ozg_id, step, ""))


def _kind(place: Place, ozg_id: str) -> str:
    drawn = chance(place.ars, ozg_id, "survey")
    for kind, share in _KINDS:
        if drawn < share:
            return kind
        drawn -= share
    return ""
