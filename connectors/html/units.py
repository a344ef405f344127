"""The organisational unit behind a service; never a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from connectors.cellvalues import remove_contacts
from connectors.html.parts import Part
from connectors.html.personal import scrub
from connectors.html.ruleset import PageRules
from connectors.html.structured import Marked
from connectors.html.wording import one_line, shorten

__all__ = ["FoundUnit", "find_unit", "tier_of"]

LONGEST_UNIT = 120
LINES_LOOKED_AT = 8
_CUT = re.compile(
    r"\s*[,;|(–-]?\s*\b(?:tel(?:efon)?\b|fax\b|e-?mail|mobil\b|raum\b|zimmer\b|etage\b|erdgeschoss|(?:ober|unter)geschoss|"
    r"\d\. ?(?:og|stock)\b|eingang\b|öffnungszeiten|sprechzeiten|"
    r"d-?\d{5}\b|\d{5}\s+[a-zäöü]|[\w.-]+(?:straße|strasse|str\.|platz|weg|allee|gasse|ring|markt|ufer|damm)\s+\d).*",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"(name|telefon|telefax|fax|raum|zimmer|e-?mail|adresse|anschrift|mehr|details?|kontakt|öffnungszeiten|montag|"
    r"dienstag|mittwoch|donnerstag|freitag|postanschrift|hausanschrift|internet|webseite|website|karte|anfahrt|"
    r"zur einrichtung|weitere informationen|kontaktformular|profil|visitenkarte|vcard|drucken|"
    r"(mo|di|mi|do|fr)\b.*\d.*)[\s.:]*",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"\b(ist|sind|wenden|können|kann|erhalten|richtet|bitte|wird|werden|finden|haben|your|you|please)\b",
    re.IGNORECASE,
)
_SENDS = re.compile(r"\b([Zz]uständig|[Ww]enden Sie sich|hilft|Ansprechpartner)\b")
_EDGES = " ,;:|/–-·•>»."


class FoundUnit(NamedTuple):
    """The name of a unit, and the tier it belongs to if its name tells (kreis, land, bund)."""

    name: str
    tier: str


def find_unit(parts: list[Part], side: list[Part], marked: Marked, rules: PageRules) -> FoundUnit:
    """Return the unit that the page names; its name is empty if the page names none."""
    vague = ""
    for group in (parts, side):
        for part in group:
            for name in _names(part, rules, strict=False) if part.section == "unit" else ():
                if not _is_vague(name, rules):
                    return FoundUnit(name, tier_of(name, rules))
                vague = vague or name
    if marked.unit and (name := _clean(marked.unit, rules)):
        return FoundUnit(name, tier_of(name, rules))
    if vague:
        return FoundUnit(vague, tier_of(vague, rules))
    for group in (parts, side):
        for part in group:
            for name in _names(part, rules, strict=True) if part.section == "contact" else ():
                return FoundUnit(name, tier_of(name, rules))
    name = _in_prose(parts, rules)
    return FoundUnit(name, tier_of(name, rules))


def _in_prose(parts: list[Part], rules: PageRules) -> str:
    """Return the unit that a sentence sends people to."""
    for part in parts:
        if part.section in ("related", "release", "legal"):
            continue
        for line in part.lines:
            for sentence in line.text[:2_000].split(". ") if _SENDS.search(line.text) else ():
                if _SENDS.search(sentence) and (name := _phrase(sentence, rules)):
                    return name
    return ""


def tier_of(name: str, rules: PageRules) -> str:
    """Return kreis, land or bund if the name of a unit shows that it is one of theirs."""
    low = name.lower()
    words = set(re.findall(r"[\wäöüß-]+", low))
    for tier in ("bund", "land"):
        if any(word in low for word in rules.units[f"tier_{tier}"]):
            return tier
    kreis = any(word in words for word in rules.units["tier_kreis"])
    return "kreis" if kreis or re.search(r"\[(land)?kreis ", low) else ""


def _is_vague(name: str, rules: PageRules) -> bool:
    """Tell whether a name is what a text of the Land says instead of one."""
    low = name.lower()
    return any(re.fullmatch(pattern, low) for pattern in rules.units["vague"])


def _names(part: Part, rules: PageRules, *, strict: bool) -> Iterator[str]:
    """Yield what may name units in a part: its first line, then what is made like such a name."""
    first = True
    for line in part.lines[:LINES_LOOKED_AT]:
        labels = [
            link.label for link in line.links if not link.href.startswith(("mailto:", "tel:", "javascript:"))
        ]
        for text in (*labels[:2], line.text):
            name = _clean(text, rules)
            if name and (is_unit_name(name, rules) or (first and not strict)):
                first = False
                yield name


def _clean(text: str, rules: PageRules) -> str:
    """Return a text as the name of a unit; empty if it is something else."""
    text = one_line(rules.label_noise.sub(" ", text[:600]))
    if _NO_NAME.fullmatch(text):
        return ""
    if _SENTENCE.search(text) or (len(text) > LONGEST_UNIT and ". " in text):
        return _phrase(text, rules)
    plain = _CUT.sub("", remove_contacts(text)).strip(_EDGES)
    without = scrub(plain, rules)
    if without != plain:
        # A person and perhaps a unit: keep only what is clearly the unit.
        leading = without.partition("…")[0].strip(_EDGES + "(")
        if is_unit_name(leading, rules):
            return shorten(leading, LONGEST_UNIT)
        pieces = [piece.strip(_EDGES + "…") for piece in re.split(r"[,;|(…]", without)]
        plain = next((piece for piece in pieces if is_unit_name(piece, rules)), "")
    if len(plain) < 3 or not any(letter.isalpha() for letter in plain) or _NO_NAME.fullmatch(plain):
        return ""
    return shorten(plain, LONGEST_UNIT)


def _phrase(text: str, rules: PageRules) -> str:
    for pattern in rules.unit_phrases:
        if found := pattern.search(text):
            return shorten(scrub(found[1], rules).strip(_EDGES), LONGEST_UNIT)
    return ""


def is_unit_name(text: str, rules: PageRules) -> bool:
    """Tell whether a text is made like the name of a unit."""
    low = text.lower()
    words = re.findall(r"[\wäöüß-]+", low)
    if not words or len(words) > 12:
        return False
    return low.startswith(rules.units["beginning"]) or any(
        word.endswith(rules.units["ending"]) for word in words[:5]
    )
