"""The lines of a page grouped under their headings, each part with the section it belongs to."""

from __future__ import annotations

from typing import NamedTuple

from connectors.html.lines import INLINE, LABEL, OPENER, TEXT, Line
from connectors.html.ruleset import PageRules

__all__ = ["Part", "known_sections", "parts_of"]

#: Sections that are asked about by a service page; what contact and hints hold is found on all pages.
TELLING = frozenset(
    {
        "online",
        "forms",
        "documents",
        "fees",
        "duration",
        "deadlines",
        "legal",
        "requirements",
        "procedure",
        "unit",
    }
)


class Part(NamedTuple):
    """One heading and what follows it; ``section`` is canonical, ``own`` if the heading itself names it."""

    section: str
    own: bool
    heading: str
    level: int
    anchor: str
    lines: list[Line]


def parts_of(lines: list[Line], rules: PageRules) -> list[Part]:
    """Return the parts of a page in their order; the first has no heading.

    A heading that names no section belongs to the section above it if it stands deeper than that. What
    opens and closes ends whatever began inside its predecessor.
    """
    found = [Part("", False, "", TEXT, "", [])]
    outer, outer_level = "", TEXT
    around: tuple[str, int] | None = None  # the section in which the accordion stands
    inline = False
    for line in lines:
        if line.level == TEXT:
            found[-1].lines.append(line)
            if inline:
                inline = False
                found.append(Part(outer, False, "", TEXT, "", []))
            continue
        if line.level == INLINE:
            found.append(Part(rules.section_of(line.text), True, line.text, LABEL, "", []))
            inline = True
            continue
        inline = False
        section = rules.section_of(line.text)
        if line.level == OPENER:
            outer, outer_level = around = around or (outer, outer_level)
        elif line.level < OPENER and line.level <= 2:
            around = None
        if section:
            outer, outer_level = section, line.level
        elif line.level <= outer_level:
            outer, outer_level = "", TEXT
        part = Part(section or outer, bool(section), line.text, line.level, line.anchor, [])
        if line.links:
            part.lines.append(Line(TEXT, line.text, line.links))
        found.append(part)
    return found


def known_sections(parts: list[Part]) -> set[str]:
    """Return the canonical sections that tell a description of a service from other pages."""
    return {part.section for part in parts if part.own and part.section in TELLING}
