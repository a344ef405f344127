"""The compiled rules by which pages are read, and what is remembered about the pages of a site."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from connectors.html.entries import PageRule, StaleRule
from connectors.html.wording import fold

if TYPE_CHECKING:
    from connectors.html.tree import PageAddress

__all__ = ["LEAST_WORD", "Cue", "Family", "LinkPattern", "Memory", "PageRules", "TitleUse"]

#: Verdicts on class names, labels and links that are kept; sites repeat the same ones on every page.
MOST_REMEMBERED = 20_000
MOST_SITES = 8  # whose links are remembered at a time
#: A phrase of a cue is looked for if a word of the page begins like the longest one in it.
LEAST_WORD = 3  # letters that are compared first
LONGEST_REMEMBERED = 300  # characters of an address or a label
LONGEST_LABEL = 90  # characters; what is longer is no heading of a section
T = TypeVar("T")
V = TypeVar("V")


class Cue(NamedTuple):
    """One compiled cue; ``pattern`` and ``unless`` are None where the words suffice."""

    flag: str
    words: tuple[str, ...]
    pattern: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    whole: bool
    with_online: bool


class LinkPattern(NamedTuple):
    """One compiled rule about links."""

    kind: str
    where: str
    words: tuple[str, ...]
    pattern: re.Pattern[str]

    def fits(self, text: str) -> bool:
        """Tell whether a label, an address or a hint fits the rule."""
        if self.words and not any(word in text for word in self.words):
            return False
        return self.pattern.search(text) is not None


class Family(NamedTuple):
    """One compiled family of addresses; ``word`` and ``others`` must be in the address."""

    word: str
    others: tuple[str, ...]
    pattern: re.Pattern[str]
    name: str
    kind: str


class TitleUse(NamedTuple):
    """The compiled title patterns by use."""

    generic: re.Pattern[str]
    site: re.Pattern[str]
    prefix: re.Pattern[str]
    prefix_after_generic: re.Pattern[str]
    collection: re.Pattern[str]
    unit: re.Pattern[str]
    service: re.Pattern[str]
    act: re.Pattern[str]
    part_of_one: re.Pattern[str]
    teaser: re.Pattern[str]


class Memory(dict[T, V]):
    """A bounded memory of verdicts."""

    def keep(self, key: T, verdict: V) -> V:
        """Remember a verdict and return it; forget everything first if there is too much."""
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[key] = verdict
        return verdict


@dataclass(frozen=True)
class PageRules:
    """Everything that decides how a page is read; ``digest`` changes with any of it."""

    digest: str
    cues: tuple[Cue, ...]
    beginnings: dict[str, tuple[tuple[str, int, str], ...]]  # first letters -> word, number of cue, phrase
    links: tuple[LinkPattern, ...]
    words: dict[str, re.Pattern[str]]
    titles: TitleUse
    pages: tuple[tuple[PageRule, re.Pattern[str], re.Pattern[str]], ...]
    any_page_title: re.Pattern[str]
    addresses: tuple[Family, ...]
    person_addresses: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]
    hosts: dict[str, str]
    host_patterns: tuple[tuple[str, re.Pattern[str]], ...]
    shared_domains: frozenset[str]
    dropped_always: Callable[[str], object]
    dropped_from_identity: Callable[[str], object]
    tenants: frozenset[str]
    own_tenants: frozenset[str]
    host_prefixes: tuple[str, ...]
    stale: tuple[tuple[StaleRule, re.Pattern[str] | None, re.Pattern[str]], ...]
    scripted: re.Pattern[str]
    dates: tuple[re.Pattern[str], ...]
    acts: tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...]
    units: dict[str, tuple[str, ...]]
    unit_phrases: tuple[re.Pattern[str], ...]
    first_names: frozenset[str]
    announced: re.Pattern[str]
    label_noise: re.Pattern[str]
    _link_words: re.Pattern[str]  # without one of these no rule about addresses of links fits
    _labels: re.Pattern[str]
    _classes: tuple[tuple[str, re.Pattern[str]], ...]
    _roles: re.Pattern[str]
    #: Cues (by number) and their phrases of which a word of a text may be the beginning.
    phrases_by_token: Memory[str, tuple[tuple[int, str], ...]] = field(
        default_factory=Memory, repr=False, compare=False
    )
    _known_labels: Memory[str, str] = field(default_factory=Memory, repr=False, compare=False)
    _known_links: Memory[tuple[str, str], str] = field(default_factory=Memory, repr=False, compare=False)
    #: Whatever others found links of a site to lead to: its menus are the same on every page.
    _known_addresses: dict[str, dict[str, PageAddress]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _known_names: Memory[str, str] = field(default_factory=Memory, repr=False, compare=False)
    _known_classes: Memory[tuple[str | None, str | None, str | None], str] = field(
        default_factory=Memory, repr=False, compare=False
    )

    def section_of(self, heading: str) -> str:
        """Return the canonical section that a heading names; empty if it names none."""
        known = self._known_labels.get(heading)
        if known is not None:
            return known
        if len(heading) > LONGEST_LABEL:
            return ""
        found = self._labels.fullmatch(fold(heading).strip(" :*.–-•>»"))
        name = (found.lastgroup or "").rstrip("_0123456789") if found else ""
        return self._known_labels.keep(heading, name)

    def addresses_of(self, origin: str) -> dict[str, PageAddress]:
        """Return the memory of what links of a site lead to; what is in it must hold for all its pages."""
        if origin not in self._known_addresses and len(self._known_addresses) >= MOST_SITES:
            self._known_addresses.clear()
        known = self._known_addresses.setdefault(origin, {})
        if len(known) >= MOST_REMEMBERED:
            known.clear()
        return known

    def label_once(self, label: str, clean: Callable[[str], str]) -> str:
        """Return a label cleaned by a function, from memory if it was seen before."""
        known = self._known_names.get(label)
        return self._known_names.keep(label, clean(label)) if known is None else known

    def link_kinds(self, where: str, text: str) -> str:
        """Return the kinds of link that a label, an address or a hint fits, as words in one text."""
        known = self._known_links.get((where, text))
        if known is None:
            known = self._kinds_of_link(where, text)
            if len(text) <= LONGEST_REMEMBERED:
                self._known_links.keep((where, text), known)
        return known

    def _kinds_of_link(self, where: str, text: str) -> str:
        if where == "url" and self._link_words.search(text) is None:
            return ""
        return " ".join(rule.kind for rule in self.links if rule.where == where and rule.fits(text))

    def leads_to_a_person(self, url: str) -> bool:
        """Tell whether an address (in small letters) is that of a page about staff, or holds one."""
        return any(
            all(word in url for word in words) and pattern.search(url) is not None
            for words, pattern in self.person_addresses
        )

    def verdict(self, classes: str | None, identifier: str | None, role: str | None) -> str:
        """Return what an element is for: strip, main, related, person, or nothing of these."""
        key = (classes, identifier, role)
        known = self._known_classes.get(key)
        if known is None:
            known = self._known_classes.keep(key, self._judge(classes, identifier, role))
        return known

    def _judge(self, classes: str | None, identifier: str | None, role: str | None) -> str:
        if role and self._roles.fullmatch(role.strip().lower()):
            return "strip"
        if role == "main":
            return "main"
        names = (classes or "")[:500].lower().split()[:20]
        if identifier:
            names.append(identifier[:80].strip().lower())
        for verdict, pattern in self._classes:
            if any(pattern.fullmatch(name) for name in names):
                return verdict
        return ""
