"""One entry of the catalogue out of what several sources say: a pure function over offers.

Every attribute is chosen by itself and keeps its source. An order of criteria decides, the first that tells
two different values apart; docs/abgleich.md explains it to officers:

=============  ==============================================================================
``status``     strength, specificity, trust, freshness
``link``       specificity, trust, freshness; only offers that show the entry's status
``operator``   link (who says it of this very link), then as ``link``; else by the area's level
``maturity``   specificity, trust, freshness, evidence; only offers that show the entry's status
``unit``       specificity, trust, freshness
``title``      specificity, trust, freshness
``page``       specificity, trust, freshness
=============  ==============================================================================

``strength`` prefers online to form to described to absent, ``specificity`` the area itself to those above
it, whether the offer is made there or only operated there, ``trust`` the source with the higher figure of
the region file, ``freshness`` the later day, ``evidence`` the offer with more evidence flags. Where nothing
decides, the source that was configured first does, and within it the reference: the same offers always make
the same entry. Whether two links are one and the same says nothing about services; it only tells who says
the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from catalogue.details import NOT_JUDGED
from catalogue.entries_links import normal_link
from catalogue.entries_offers import Offer
from catalogue.evidence import ABSENT
from catalogue.matching.words import normalise
from catalogue.verdict import Level, operated

__all__ = ["ATTRIBUTES", "CRITERIA", "ORDERS", "RULES", "Choice", "Entry", "best_offer", "merge"]

#: The criteria, by what they are called where they decide.
CRITERIA: Final = ("strength", "specificity", "trust", "freshness", "evidence", "link")
_PLACED: Final = ("specificity", "trust", "freshness")
#: Which criteria choose an attribute, the most important first.
ORDERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "status": ("strength", *_PLACED),
        "link": _PLACED,
        "operator": ("link", *_PLACED),
        "maturity": (*_PLACED, "evidence"),
        "unit": _PLACED,
        "title": _PLACED,
        "page": _PLACED,
    }
)
ATTRIBUTES: Final = tuple(ORDERS)
#: Why a value was chosen: a criterion, or nobody says anything else, or all say the same, or the order of
#: sources, or (operators only) it follows from where the offer is.
RULES: Final = ("only", "agreed", *CRITERIA, "order", "derived")


class Choice(NamedTuple):
    """The value of one attribute, where it comes from, and the rule that chose it."""

    value: str
    source: str
    ref: str
    as_of: str
    rule: str


class Entry(NamedTuple):
    """What all sources together say about one service in one area.

    ``offers`` begins with the one that gives the status; ``satisfied_level`` is the level of its area,
    or that of the body which operates it; empty if there is nothing.
    """

    ozg_id: str
    leika_key: str  # empty: the bundle as a whole
    satisfied_level: str
    choices: Mapping[str, Choice]  # by attribute; only those that somebody says something about
    offers: tuple[Offer, ...]

    def value(self, attribute: str) -> str:
        """Return the chosen value; empty if nobody says anything."""
        choice = self.choices.get(attribute)
        return "" if choice is None else choice.value


class _Order:
    """Compares offers seen from one area."""

    def __init__(self, levels: Sequence[Level], link: str = "") -> None:
        places = {level.area_id: place for place, level in enumerate(levels)}
        above = {level.level: place for place, level in enumerate(levels)}

        def distance(offer: Offer) -> int:
            """Return how many steps above the area it is, or where it is operated, if that is farther."""
            place = places[offer.area_id]
            _, satisfied = operated(offer.operator, levels[place])
            return max(place, above.get(satisfied, len(levels)))

        self._measures: dict[str, Callable[[Offer], int | str]] = {
            "strength": lambda offer: offer.rank,
            "specificity": lambda offer: -distance(offer),
            "trust": lambda offer: offer.trust,
            "freshness": lambda offer: offer.as_of,
            "evidence": lambda offer: len(offer.flags),
            "link": lambda offer: int(bool(link) and normal_link(offer.url) == link),
        }

    def key(self, offer: Offer, criteria: Sequence[str]) -> tuple[int | str, ...]:
        """Return what the better one of two offers has more of; never the same for two offers."""
        return (*(self._measures[name](offer) for name in criteria), -offer.source_id, offer.ref)

    def choose(
        self,
        attribute: str,
        offers: Sequence[Offer],
        value_of: Callable[[Offer], str],
        same: Callable[[str], str] = str,
    ) -> Choice | None:
        """Return the value of the best offer that has one; ``same`` makes equal what means the same."""
        criteria = ORDERS[attribute]
        said = [offer for offer in offers if value_of(offer)]
        if not said:
            return None
        said.sort(key=lambda offer: self.key(offer, criteria), reverse=True)
        best = said[0]
        others = [offer for offer in said if same(value_of(offer)) != same(value_of(best))]
        if others:
            rule = self._deciding(best, others[0], criteria)
        else:
            rule = "agreed" if len({offer.source_id for offer in said}) > 1 else "only"
        return Choice(value_of(best), best.source, best.ref, best.as_of, rule)

    def _deciding(self, best: Offer, other: Offer, criteria: Sequence[str]) -> str:
        for name in criteria:
            if self._measures[name](best) != self._measures[name](other):
                return name
        return "order"


def best_offer(levels: Sequence[Level], offers: Sequence[Offer], attribute: str = "status") -> Offer:
    """Return the offer that gives an attribute, of those that say it; seen from the first of ``levels``."""
    order = _Order(levels)
    return max(offers, key=lambda offer: order.key(offer, ORDERS[attribute]))


def merge(levels: Sequence[Level], offers: Sequence[Offer]) -> Entry:
    """Return the entry of one service in the first of ``levels``.

    ``offers`` are those of this area and the areas above it that were taken for the service; at least one.
    """
    order = _Order(levels)
    ranked = sorted(offers, key=lambda offer: order.key(offer, ORDERS["status"]), reverse=True)
    best = ranked[0]
    equals = [offer for offer in ranked if offer.rank == best.rank]
    # What was asked for in vain has no unit and no page, unless nobody found anything.
    speaking = [offer for offer in ranked if offer.rank != ABSENT] or ranked
    level = next(one for one in levels if one.area_id == best.area_id)
    own = {one.area_id for one in levels if one.own}

    def operator_of(offer: Offer) -> str:
        # What a level above calls its own is not that of the areas below.
        return offer.operator if offer.operator != "own" or offer.area_id in own else ""

    link = order.choose("link", equals, lambda offer: offer.url, normal_link)
    with_link = _Order(levels, normal_link(link.value) if link else "")
    found = {
        "status": order.choose("status", ranked, lambda offer: offer.status),
        "link": link,
        "operator": with_link.choose("operator", equals, operator_of) or _derived(best, level),
        "maturity": order.choose("maturity", equals, _maturity),
        "unit": order.choose("unit", speaking, lambda offer: offer.unit, normalise),
        "title": order.choose("title", speaking, lambda offer: offer.title, normalise),
        "page": order.choose("page", speaking, lambda offer: offer.page, normal_link),
    }
    choices = {name: choice for name, choice in found.items() if choice is not None}
    satisfied = "" if best.rank == ABSENT else operated(best.operator, level)[1]
    return Entry(best.ozg_id, best.leika_key, satisfied, MappingProxyType(choices), tuple(ranked))


def _derived(best: Offer, level: Level) -> Choice | None:
    """Return who operates what no source names an operator of, as the cells do."""
    if best.rank == ABSENT:
        return None
    return Choice("own" if level.own else level.level, best.source, best.ref, best.as_of, "derived")


def _maturity(offer: Offer) -> str:
    return "" if offer.maturity == NOT_JUDGED else str(offer.maturity)
