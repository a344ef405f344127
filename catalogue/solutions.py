"""Who already solved a gap: areas that offer the service online, the nearest first, and ready services."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Ready", "Solution"]


@dataclass(frozen=True, slots=True)
class Solution:
    """An area that offers the service online itself or has it offered for it by its Kreis.

    ``product`` is the recognised product, empty if the link tells none. ``same_group`` is true for areas of
    the same kind and size class; others are named only where these are too few.
    """

    ars: str
    area: str
    level: str
    url: str
    product: str
    since: str
    same_group: bool
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Ready:
    """A service of the Bund, the Land or the EfA kind that is online for the same OZG service.

    ``level`` is that of its operator (bund, land; efa for services one Land runs for others), ``title`` the
    product's name or, where none is recognised, that of the offer.
    """

    level: str
    operator: str
    url: str
    title: str
