"""The words for levels of administration, tiers of competence and confidence.

A level says what an area is, a tier which kind of area has to offer a service. Their names in
German and English stand in the message catalogue.
"""

from __future__ import annotations

__all__ = [
    "CONFIDENCES",
    "FOREIGN_OPERATORS",
    "LEVELS",
    "LEVEL_RANK",
    "MUNICIPAL_TIERS",
    "TIERS",
    "lower_confidence",
]

#: From the whole to its parts.
LEVELS = ("bund", "land", "regierungsbezirk", "kreis", "gemeindeverband", "gemeinde")
LEVEL_RANK = {level: rank for rank, level in enumerate(LEVELS)}

#: What a source shows for an area but says that another level operates is not the area's own offer.
FOREIGN_OPERATORS = frozenset({"kreis", "land", "bund"})

#: Tiers of which some municipality or Kreis is the competent area.
MUNICIPAL_TIERS = ("gemeinde", "mittlere", "grosse", "kreis", "jugendamt")
TIERS = (*MUNICIPAL_TIERS, "land", "bund", "sonstige")

#: From the weakest to the strongest.
CONFIDENCES = ("niedrig", "mittel", "hoch")


def lower_confidence(one: str, other: str) -> str:
    """Return the weaker of two degrees of confidence."""
    return min(one, other, key=CONFIDENCES.index)
