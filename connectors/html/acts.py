"""Acts (Verrichtungen): what can be done, as titles and links tell it."""

from __future__ import annotations

import re

from connectors.html.ruleset import PageRules
from connectors.html.wording import fold

__all__ = ["acts_in"]

#: "An-, Ab- und Ummeldung": the ending stands only once.
_ELIDED = re.compile(r"\b(an|ab|um|ver)-\s?(?=,|/|und|oder|bzw|&)")
_ELISIONS = {"an": "Anmeldung", "ab": "Abmeldung", "um": "Ummeldung"}


def acts_in(text: str, rules: PageRules) -> tuple[str, ...]:
    """Return the acts that a text names, in the order of its words."""
    folded = fold(text)
    places: dict[str, int] = {}
    for name, words, pattern in rules.acts:
        if any(word in folded for word in words) and (found := pattern.search(folded)):
            places[name] = found.start()
    if "meld" in folded:
        for found in _ELIDED.finditer(folded):
            if found[1] in _ELISIONS:
                places.setdefault(_ELISIONS[found[1]], found.start())
    return tuple(sorted(places, key=places.__getitem__))
