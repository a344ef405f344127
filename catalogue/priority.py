"""The priority of a gap: points out of 100, made of parts that add up and that each say why.

====================  ==================================================================================
``lists``             lists the service is on: SDG, focus services, own ones
``peers``             the share of comparable areas that have the service online
``population``        how many people the gap concerns
``age``               for how long the gap has been known
====================  ==================================================================================

A part has a weight; what it reaches of it, from nothing to all, follows from one figure. A part whose figure
is not known is not measured: it gives no points and takes none away, as the others are scaled to 100 without
it. docs/prioritaeten.md explains the formula to officers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

__all__ = ["PARTS", "Bounds", "Facts", "Priority", "PriorityPart", "prioritise"]

#: The parts in the order in which they are shown.
PARTS: Final = ("lists", "peers", "population", "age")
#: Points are reckoned in tenths, so that what is shown adds up.
TENTHS: Final = 1_000


@dataclass(frozen=True, slots=True)
class PriorityPart:
    """One part of a priority: points of those possible, and the figure behind them.

    ``detail`` is the names of lists separated by blanks, "2/5" peers, inhabitants or days; of a part that
    was not measured the reason (messages, section ``priority_unmeasured``).
    """

    code: str
    points: float
    of: float
    detail: str
    measured: bool = True


@dataclass(frozen=True, slots=True)
class Priority:
    """How urgent a gap is, from 0 to 100; the points of the parts add up to it."""

    points: float
    parts: tuple[PriorityPart, ...]


class Facts(NamedTuple):
    """What the priority of one gap rests on."""

    lists: tuple[tuple[str, float], ...]  # name and weight, 0 to 1, of each list the service is on
    peers: int  # comparable areas of which it is known whether they have it online
    peers_online: int
    population: int | None  # people the area offers the service to
    age: int | None  # days since the gap is known


class Bounds(NamedTuple):
    """Which figures give nothing and which give everything."""

    weights: tuple[float, ...]  # one for each of PARTS
    least_peers: int
    population_from: int
    population_to: int
    age_to: int  # days


class _Reached(NamedTuple):
    """How much of a part is reached, from 0 to 1; None if that cannot be measured."""

    share: float | None
    detail: str


@lru_cache(maxsize=65_536)  # many gaps of a region rest on the same figures
def prioritise(facts: Facts, bounds: Bounds) -> Priority:
    """Return the priority of a gap."""
    reached = {
        "lists": _lists(facts),
        "peers": _peers(facts, bounds),
        "population": _population(facts, bounds),
        "age": _age(facts, bounds),
    }
    weights = dict(zip(PARTS, bounds.weights, strict=True))
    possible = _scaled({code: weights[code] for code in PARTS if reached[code].share is not None})
    parts, total = [], 0
    for code in PARTS:
        share, detail = reached[code]
        most = possible.get(code, 0)
        points = 0 if share is None else round(share * most)
        total += points
        parts.append(PriorityPart(code, points / 10, most / 10, detail, share is not None))
    return Priority(total / 10, tuple(parts))


def _lists(facts: Facts) -> _Reached:
    """Being on no list is known as well, so that this part is always measured."""
    share = min(1.0, sum(weight for _, weight in facts.lists))
    return _Reached(share, " ".join(sorted(name for name, _ in facts.lists)))


def _peers(facts: Facts, bounds: Bounds) -> _Reached:
    if facts.peers < bounds.least_peers:
        return _Reached(None, "few_peers")
    return _Reached(facts.peers_online / facts.peers, f"{facts.peers_online}/{facts.peers}")


def _population(facts: Facts, bounds: Bounds) -> _Reached:
    """Ten times as many people are one step, wherever one begins."""
    if facts.population is None:
        return _Reached(None, "population_unknown")
    low, high = math.log(bounds.population_from), math.log(bounds.population_to)
    share = (math.log(max(facts.population, 1)) - low) / (high - low)
    return _Reached(min(1.0, max(0.0, share)), str(facts.population))


def _age(facts: Facts, bounds: Bounds) -> _Reached:
    if facts.age is None:
        return _Reached(None, "age_unknown")
    return _Reached(min(1.0, max(0, facts.age) / bounds.age_to), str(max(0, facts.age)))


def _scaled(weights: Mapping[str, float]) -> dict[str, int]:
    """Return weights in tenths of a point that add up to 100 points; the largest rests are rounded up."""
    total = sum(weights.values())
    if total <= 0:
        return dict.fromkeys(weights, 0)
    exact = {code: TENTHS * weight / total for code, weight in weights.items()}
    scaled = {code: math.floor(value) for code, value in exact.items()}
    by_rest = sorted(exact, key=lambda code: (scaled[code] - exact[code], PARTS.index(code)))
    for code in by_rest[: TENTHS - sum(scaled.values())]:
        scaled[code] += 1
    return scaled
