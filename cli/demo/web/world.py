"""What each body really offers, as far as websites and services may retell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cli.demo.cast import Cast, reserved
from cli.demo.chance import pick
from cli.demo.facts import Facts, Place
from cli.demo.objects import Content
from cli.demo.rules import Visible, read_offers

__all__ = ["Real", "World"]

_STRENGTH = {"described": 1, "form": 2, "online": 3}
_LONGEST_TITLE = 120
#: How the services are offered that no feed knows of, in turn.
_UNTOLD = ("online", "described", "online", "form", "described", "form", "online", "described")


class Real(NamedTuple):
    """What a body really offers: ``how`` is online, form or described, ``url`` where.

    ``untold`` offers are in no feed or list: only what websites and services say shows them.
    """

    ozg_id: str
    how: str
    url: str
    key: str
    untold: bool = False


class World:
    """The offers that stay the same through all nights; those that play a part in a feed are left out."""

    def __init__(self, facts: Facts, cast: Cast, feeds: Mapping[str, Content]) -> None:
        """Take what the feeds of the first night have, whatever of it arrives."""
        self.facts = facts
        self._cast = cast
        names = {"", *(place.name for place in facts.places.values())}
        self._waiting = {name: reserved(facts, name) for name in names}
        self._offers = read_offers([Visible(content.objects, content) for content in feeds.values()])
        self.of: dict[str, list[Real]] = {
            place.ars: [*self._told(place), *self._untold(place)] for place in facts.places.values()
        }

    def at(self, place: Place, ozg_id: str) -> Real | None:
        """Return what a body offers of a service."""
        return next((real for real in self.of[place.ars] if real.ozg_id == ozg_id), None)

    def is_free(self, place: Place, ozg_id: str) -> bool:
        """Tell whether a service plays no part anywhere that others could spoil."""
        name = self.facts.unique_names.get(ozg_id, "")
        return not self.is_taken(place, ozg_id) and 0 < len(name) <= _LONGEST_TITLE

    def waits(self, ozg_id: str) -> bool:
        """Tell whether a service waits for a decision somewhere, or may have to."""
        return ozg_id in self._waiting[""]

    def is_taken(self, place: Place, ozg_id: str) -> bool:
        """Tell whether a service plays a part in a body's feed, or waits for a decision there."""
        return ozg_id in self._cast.taken(place.name) or ozg_id in self._waiting[place.name]

    def is_offered(self, place: Place, ozg_id: str) -> bool:
        """Tell whether anybody is known to offer a service to a body's people."""
        known = any(self._offers.get((step, ozg_id)) for step in place.chain)
        return known or self.at(place, ozg_id) is not None

    def _told(self, place: Place) -> list[Real]:
        found = []
        for ozg_id in self.facts.services:
            known = self._offers.get(((place.level, place.ars), ozg_id), [])
            shown = [each for each in known if each.how in _STRENGTH and each.certain == "sure"]
            if shown and self.is_free(place, ozg_id):
                best = max(shown, key=lambda each: _STRENGTH[each.how])
                found.append(Real(ozg_id, best.how, best.url, best.keys[0]))
        return found

    def _untold(self, place: Place) -> list[Real]:
        """Invent a few offers of which no source knows so far."""
        candidates = [
            ozg_id
            for ozg_id, service in self.facts.services.items()
            if self.is_free(place, ozg_id)
            and service.leaves
            and self.facts.verdict(place.ars, ozg_id) == "yes"
            and not any(self._offers.get((step, ozg_id)) for step in place.chain)
        ]
        chosen = pick(candidates, len(_UNTOLD), place.ars, "untold")
        return [
            Real(
                ozg_id,
                how,
                f"https://{place.host}/online/web-{ozg_id}" if how == "online" else "",
                self.facts.services[ozg_id].leaves[0],
                untold=True,
            )
            for ozg_id, how in zip(chosen, _UNTOLD, strict=False)
        ]
