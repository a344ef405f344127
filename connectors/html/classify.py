"""What kind of page this is, decided before anything is read from it."""

from __future__ import annotations

import re
from typing import NamedTuple

from connectors.html.lines import Outline
from connectors.html.parts import Part, known_sections
from connectors.html.ruleset import PageRules
from connectors.html.titles import Title
from connectors.html.wording import fold

__all__ = ["Verdict", "Viewed", "classify"]

#: What templates and programs put on a page instead of content stands at its beginning.
LOOKED_AT = 3_000  # characters
SEARCHED = 200_000  # characters of a source without content
LEAST_TEXT = 40  # characters of a page that describes anything
LIST_LINKS = 4
LIST_DENSITY = 0.45  # of a list's text that is labels of links
FORM_FIELDS = 4
BESIDE = frozenset({"related", "release"})  # sections that say nothing of the kind of page
EASY_DOTS = 3
_DOTTED = re.compile(r"[a-zäöüß]{2}·[a-zäöüß]{2}", re.IGNORECASE)
#: Words that a description of a service has even if it has no headings.
_SERVICE_WORDS = re.compile(
    r"\b(beantrag|antrag|gebühr|kosten|anmeld|anzumeld|abmeld|unterlagen|euro\b|bescheinigung|erlaubnis|genehmigung|"
    r"vordruck|formular|ausgestellt|ausstellung|persönlich|mitzubringen|mitbringen|termin\b)|€"
)


class Verdict(NamedTuple):
    """The kind of a page and why: the rule, and the words it rests on."""

    kind: str
    rule: str
    words: str = ""

    @property
    def reason(self) -> str:
        """Return rule and words in one line."""
        return f"{self.rule}: {self.words[:160]}" if self.words else self.rule


class Viewed(NamedTuple):
    """What the verdict is based on."""

    outline: Outline
    parts: list[Part]
    folded: str  # the text of all lines in small letters
    title: Title
    language: str
    source: str  # the page's markup
    address_kind: str
    address_family: str
    marked_service: bool  # structured data or a LeiKa key say it describes a service
    several: int  # services that its headings would make
    named: bool  # these headings name services of their own
    repeated: bool  # the same sections stand below several of these headings
    online: bool  # it has a link that starts a service


def classify(page: Viewed, rules: PageRules) -> Verdict:
    """Return the kind of a page with its reason."""
    folded = page.folded
    sections = known_sections(page.parts)
    return (
        _by_rule(page, folded, len(sections), rules)
        or _by_shape(page, folded, sections, rules)
        or _by_address(page, len(sections))
        or _by_content(page, folded, sections, rules)
    )


def _by_rule(page: Viewed, folded: str, sections: int, rules: PageRules) -> Verdict | None:
    names = list(dict.fromkeys([*page.title.candidates, fold(page.title.text)]))
    names = [name for name in names if rules.any_page_title.search(name)]
    links = sum(len(line.links) for line in page.outline.lines)
    # Templates name the list above each of its pages: what the address and another heading say counts more.
    known = page.address_kind == "service" or page.marked_service
    names_a_service = known and bool(page.title.text) and fold(page.title.text) not in names
    for rule, pattern, unless in rules.pages:
        if rule.needs == "password" and not page.outline.password:
            continue
        if rule.needs == "links" and (links < 2 or sections > 1):
            continue
        if rule.kind == "list" and names_a_service:
            continue
        if rule.kind == "foreign" and page.marked_service and page.language.startswith("de"):
            continue
        found = None
        if rule.where == "title":
            found = next(filter(None, map(pattern.search, names)), None)
        elif rule.where == "lang":
            found = pattern.search(page.language)
        elif rule.where == "markup":
            found = pattern.search(page.source.lower()) if _has(rule.words, page.source) else None
        elif not rule.at_most or (len(folded) <= rule.at_most and not sections):
            # What does not exist any more may be one of several things the page describes.
            told = _has(rule.words, folded[:LOOKED_AT]) and not (rule.at_most and page.named)
            found = pattern.search(folded) if told else None
        if found and not unless.search(page.source.lower() if rule.where == "markup" else folded):
            return Verdict(rule.kind, rule.name, found[0])
    return None


def _has(words: tuple[str, ...], text: str) -> bool:
    return not words or any(word in text for word in words)


def _by_shape(page: Viewed, content: str, sections: set[str], rules: PageRules) -> Verdict | None:
    if "·" in content and len(_DOTTED.findall(content)) >= EASY_DOTS:
        return Verdict("easy_language", "dotted_words")
    if len(content) < LEAST_TEXT and not sections and rules.scripted.search(page.source[:SEARCHED].lower()):
        return Verdict("list", "script_only")
    if page.outline.fields >= FORM_FIELDS and len(sections) < 2 and page.address_kind != "service":
        return Verdict("form_tool", "fields", str(page.outline.fields))
    return None


def _by_address(page: Viewed, sections: int) -> Verdict | None:
    kind, family = page.address_kind, page.address_family
    if kind in ("unit", "person"):
        return Verdict("unit", f"address {family}")
    if kind in ("form_tool", "booking", "easy_language", "list", "foreign"):
        return Verdict(kind, f"address {family}")
    if kind == "news" and sections < 2 and not page.marked_service:
        return Verdict("news", f"address {family}")
    return None


def _by_content(page: Viewed, folded: str, sections: set[str], rules: PageRules) -> Verdict:
    title = fold(page.title.text)
    titles = rules.titles
    collects = not title or bool(titles.collection.fullmatch(title)) or bool(titles.unit.fullmatch(title))
    collects = collects and page.address_kind != "service" and not page.marked_service
    if page.several >= 2 and (collects or page.repeated or page.named):
        return Verdict("multi", "headings", str(page.several))
    if _is_list(page, sections):
        return Verdict("list", "links")
    if not title:
        return Verdict("fragment", "no_title")
    known = page.marked_service or page.address_kind == "service"
    if known and not (page.marked_service or sections or page.online) and len(folded) < LEAST_TEXT:
        return Verdict("fragment", "no_text")
    if known:
        return Verdict("service", f"address {page.address_family}".strip() if page.address_kind else "marked")
    if titles.unit.fullmatch(title) and not sections - {"unit"}:
        return Verdict("unit", "title", page.title.text)
    if sections:
        return Verdict("service", "sections", ", ".join(sorted(sections)))
    if page.online:
        return Verdict("service", "online_link")
    signs = len(set(_SERVICE_WORDS.findall(folded)))
    if len(folded) >= LEAST_TEXT and (titles.service.fullmatch(title) or signs >= 2):
        return Verdict("service", "words", page.title.text)
    if len(folded) < LEAST_TEXT:
        return Verdict("fragment", "no_text")
    return Verdict("other", "no_sign_of_a_service")


def _is_list(page: Viewed, sections: set[str]) -> bool:
    if len(sections) > 1 or page.marked_service:
        return False
    # A short description may stand above a long list of others.
    parts = [part for part in page.parts if part.section not in BESIDE]
    lines = [line for part in parts for line in part.lines]
    labels = [link.label for line in lines for link in line.links if len(link.label) > 1]
    if len(labels) < LIST_LINKS:
        return False
    length = sum(len(part.heading) for part in parts) + sum(len(line.text) for line in lines)
    return sum(map(len, labels)) >= LIST_DENSITY * length
