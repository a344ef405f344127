"""Pages that describe several services: which headings begin one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from connectors.html.lines import LABEL, OPENER, TEXT
from connectors.html.parts import TELLING, Part
from connectors.html.personal import is_person
from connectors.html.ruleset import PageRules
from connectors.html.titles import Title, without_prefix
from connectors.html.wording import fold

__all__ = ["Group", "are_named", "are_teasers", "groups_of", "remaining_parts", "repeats_sections"]

MOST_SERVICES = 100  # of one page
OF_THE_PAGE = frozenset({"unit", "contact"})
MOST_WORDS = 7  # of a name without an act
LEAST_DESCRIPTION = 40  # characters below it
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
        series = bool(found) and found[-1].parts[0].level == LABEL
        if part.level == LABEL and not series and not rules.titles.act.fullmatch(part.heading):
            begins = False  # names of fields, not of services
        else:
            begins = _begins(part, title, rules) and not (found and _within(part, found[-1], rules))
        if begins:
            name = without_prefix(part.heading, rules, after_generic=False)
            found.append(Group(name, part.anchor, [part]))
        elif found:
            found[-1].parts.append(part)
    _end_with_the_page(found)
    kept = [group for group in found if any(part.lines for part in group.parts)]
    like = [group for group in kept if _is_service_like(group, rules)]
    # Where most headings are of another sort, the others are paragraphs as well.
    if len(like) * 2 < len(kept):
        return []
    if len(like) > 1:
        levels = {group.parts[0].level for group in like}
        like = [group for group in kept if group in like or _is_sibling(group, levels, rules)]
    return like[:MOST_SERVICES]


def _within(part: Part, group: Group, rules: PageRules) -> bool:
    """Tell whether a deeper heading only divides the text of the service above it.

    What opens and closes may hold headings of any level below the second.
    """
    above = group.parts[0].level
    deeper = part.level > above or (above == OPENER and 2 < part.level < OPENER)
    described = any(part.lines for part in group.parts)
    return deeper and described and not rules.titles.act.fullmatch(part.heading)


def _is_sibling(group: Group, levels: set[int], rules: PageRules) -> bool:
    """Tell whether a group with nothing but a name and a text is one like those around it."""
    folded = fold(group.name)
    if group.parts[0].level not in levels or rules.titles.part_of_one.fullmatch(folded):
        return False
    if len(folded.split()) > MOST_WORDS or not group.name[:1].isupper():
        return False
    return sum(len(line.text) for part in group.parts for line in part.lines) >= LEAST_DESCRIPTION


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
    if part.own or part.section or part.level in (TEXT, 1) or len(part.heading) > LONGEST_NAME:
        return False
    folded = fold(part.heading)
    if folded == fold(title.text) or folded.endswith("?") or len(folded) < 3:
        return False
    titles = rules.titles
    if titles.generic.fullmatch(folded) or titles.site.fullmatch(folded):
        return False
    return not is_person(part.heading, rules)


def _is_service_like(group: Group, rules: PageRules) -> bool:
    if rules.titles.service.fullmatch(fold(group.name)) or rules.titles.act.fullmatch(group.name):
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


def are_named(
    groups: list[Group],
    common: list[Part],
    about: str,
    starts: Callable[[list[Part]], set[str]],
    rules: PageRules,
) -> bool:
    """Tell whether the headings of groups name services of their own.

    ``common`` is what stands outside the groups, ``starts`` gives the addresses that start a service. Where
    the page is known to be ``about`` "one" (by its address or title), each group needs an act, two a
    different link, and nothing outside may tell more of a service. Below the
    "name" of a service things are its sorts.
    """
    if len(groups) < 2:
        return False
    names = [fold(group.name) for group in groups]
    acts = [rules.titles.act.fullmatch(group.name) is not None for group in groups]
    apart = [rules.titles.part_of_one.fullmatch(name) is None for name in names]
    links = [starts(group.parts) for group in groups]
    different = {frozenset(found) for found in links if found}
    shared = len(set().union(*links)) < sum(map(len, links))
    if about == "one":
        told = any(part.own and part.section in TELLING for part in common) or bool(starts(common))
        return all(acts) and all(apart) and len(different) > 1 and not shared and not told
    strong = sum(act and own for act, own in zip(acts, apart, strict=True))
    if all(apart) and len(different) > 1 and not shared and not about:
        return True
    return strong >= 2 and strong * 2 >= len(groups)


def are_teasers(groups: list[Group], rules: PageRules) -> bool:
    """Tell whether most groups only lead to the pages of their services."""
    teasers = 0
    for group in groups:
        links = [link for part in group.parts for line in part.lines for link in line.links]
        titled = any(fold(link.label) == fold(group.name) for link in links)
        led = bool(links) and all(rules.titles.teaser.fullmatch(fold(link.label)) for link in links)
        teasers += titled or led
    return teasers * 2 > len(groups)
