"""Personal data of staff: taken out of everything short that is kept from a page."""

from __future__ import annotations

import re

from connectors.cellvalues import remove_contacts
from connectors.html.ruleset import PageRules
from connectors.html.wording import shorten

__all__ = ["clean_label", "is_person", "scrub", "snippet"]

LONGEST_SNIPPET = 160  # characters
LONGEST_LABEL = 120
_PAIR = re.compile(
    r"(?<![A-ZÄÖÜ])([A-ZÄÖÜ][\wé-]+)\s+(?:[A-Z]\.\s+)?(?:von\s+|van\s+|zu\s+|de\s+)?([A-ZÄÖÜ][\w'’-]+)(?:-[A-ZÄÖÜ]\w+)?"
)
_REVERSED = re.compile(r"\b[A-ZÄÖÜ][\w'’-]+,\s+([A-ZÄÖÜ][\wé-]+)\b")
#: Without one of these there is no address and no number in a text.
_CONTACT = re.compile(r"[@(\[]|\d{3}|\d[ /-]\d")
_NOISY = re.compile(r"öffne|xtern|inrichtung|opens|Link")
_EDGES = " ,;:|/–-·•>»"


def scrub(text: str, rules: PageRules) -> str:
    """Return a short text without mail addresses, phone numbers and names of people."""
    plain = remove_contacts(text) if _CONTACT.search(text) else text
    plain = rules.announced.sub("…", plain)

    def cover(found: re.Match[str]) -> str:
        first = found[1].partition("-")[0]
        return "…" if first in rules.first_names else found[0]

    plain = _PAIR.sub(cover, plain)
    return _REVERSED.sub(cover, plain)


def is_person(text: str, rules: PageRules) -> bool:
    """Tell whether a text is the name of a person and nothing else."""
    return not any(letter.isalpha() for letter in scrub(text, rules).replace("Dr.", ""))


def snippet(text: str, rules: PageRules) -> str:
    """Return a short quotation without personal data."""
    return shorten(scrub(text[: 3 * LONGEST_SNIPPET], rules).strip(), LONGEST_SNIPPET)


def clean_label(text: str, rules: PageRules) -> str:
    """Return the label of a link without what templates add and without personal data."""
    return rules.label_once(text, lambda label: _cleaned(label, rules))


def _cleaned(text: str, rules: PageRules) -> str:
    plain = rules.label_noise.sub(" ", text) if _NOISY.search(text) else text
    return shorten(" ".join(scrub(plain, rules).split()).strip(_EDGES), LONGEST_LABEL)
