"""Pages that describe several services: which headings begin one."""

from __future__ import annotations

import re
from typing import NamedTuple

from connectors.html.lines import LABEL, TEXT
from connectors.html.parts import TELLING, Part
from connectors.html.personal import is_person
from connectors.html.ruleset import PageRules
from connectors.html.titles import Title, without_prefix
from connectors.html.wording import fold

__all__ = ["Group", "groups_of", "remaining_parts", "repeats_sections"]

MOST_SERVICES = 100  # of one page
OF_THE_PAGE = frozenset({"unit", "contact"})
LONGEST_NAME = 120  # characters; longer headings are sentences
#: Words that what stands below the heading of a service has.
_ABOUT_A_SERVICE = re.compile(
    r"\b(antr[aä]g|beantrag|gebühr|kosten|kostenfrei|unterlagen|online|termin|anmeld|abmeld|anzumeld|persönlich|"
    r"telefonisch|formular|vordruck|erforderlich|bescheinigung|ausweis|mitbringen|melden|€|euro\b)"
)


class Group(NamedTuple):
    """The parts of one service on a page of several; ``name`` is its heading."""

    name: str
    anchor: str
    parts: list[Part]


def groups_of(parts: list[Part], title: Title, rules: PageRules) -> list[Group]:
    """Return what would be the services of a page with several; those that look like one only.

    A heading begins a service if it names no section, is no question or person, and something stands below it
    before the next such heading. A heading that only holds deeper ones is left out.
    """
    found: list[Group] = []
    for part in parts:
        if _begins(part, title, rules):
            name = without_prefix(part.heading, rules, after_generic=False)
            found.append(Group(name, part.anchor, [part]))
        elif found:
            found[-1].parts.append(part)
    _end_with_the_page(found)
    kept = [group for group in found if any(part.lines for part in group.parts)]
    like = [group for group in kept if _is_service_like(group, rules)]
    # Where most headings are of another sort, the others are paragraphs as well.
    return like[:MOST_SERVICES] if len(like) * 2 >= len(kept) else []


def _end_with_the_page(found: list[Group]) -> None:
    """Take from the last group what stands below all of them: who is responsible for the whole page."""
    if len(found) < 2:
        return
    last = found[-1].parts
    begins = [
        number
        for number, part in enumerate(last)
        if number and part.own and part.section in OF_THE_PAGE and TEXT < part.level <= last[0].level
    ]
    others = (part for group in found[:-1] for part in group.parts)
    if begins and not any(part.section in OF_THE_PAGE for part in others):
        del last[begins[0] :]


def remaining_parts(parts: list[Part], groups: list[Group]) -> list[Part]:
    """Return the parts of a page that belong to none of its services."""
    taken = {id(part) for group in groups for part in group.parts}
    return [part for part in parts if id(part) not in taken]


def _begins(part: Part, title: Title, rules: PageRules) -> bool:
    if part.own or part.section or part.level in (TEXT, 1, LABEL) or len(part.heading) > LONGEST_NAME:
        return False
    folded = fold(part.heading)
    if folded == fold(title.text) or folded.endswith("?") or len(folded) < 3:
        return False
    titles = rules.titles
    if titles.generic.fullmatch(folded) or titles.site.fullmatch(folded):
        return False
    return not is_person(part.heading, rules)


def _is_service_like(group: Group, rules: PageRules) -> bool:
    if rules.titles.service.fullmatch(fold(group.name)):
        return True
    if any(part.own and part.section in TELLING for part in group.parts):
        return True
    text = " ".join(line.text for part in group.parts for line in part.lines).lower()
    return _ABOUT_A_SERVICE.search(text) is not None


def repeats_sections(groups: list[Group]) -> bool:
    """Tell whether several groups have the same sections, so that the page is not about one service."""
    of_groups = [
        {part.section for part in group.parts if part.own and part.section in TELLING} for group in groups
    ]
    rich = [sections for sections in of_groups if sections]
    if len(rich) < 2:
        return False
    return any(one & other for number, one in enumerate(rich) for other in rich[number + 1 :])
