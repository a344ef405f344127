"""What each link of a service's page leads to, and who operates that."""

from __future__ import annotations

import re
from typing import NamedTuple

from catalogue.records import Link
from connectors.html.address import Joiner, host_of, tidy_url
from connectors.html.cues import Text
from connectors.html.hosts import Operators
from connectors.html.lines import Line, RawLink
from connectors.html.parts import Part
from connectors.html.personal import clean_label
from connectors.html.ruleset import PageRules

__all__ = ["Typed", "Typing"]

MOST_LINKS = 60  # of one service
_SIZE = re.compile(r"^\W{0,3}\(?(pdf|docx?|\d+([.,]\d+)?\s?(kb|mb|kib|mib)\b)", re.IGNORECASE)
_AROUND_LABELS = " .:*»>→›"
_KREIS_LABEL = re.compile(r"\b(landkreis|kreis|kreises|kreisverwaltung|landratsamt)\b")
#: Operators whose portals start services where those of the municipality describe them first.
_ABOVE = frozenset({"land", "bund", "efa"})
_IGNORED = frozenset({"related", "release"})


class Typed(NamedTuple):
    """A link with its type; ``in_portal`` if it leads to a page that describes a service itself."""

    link: Link
    sentence: str
    filled_online: bool
    in_portal: bool
    assisted: bool = False  # it only helps to fill in a form


class Typing:
    """Types the links of one page."""

    def __init__(self, page_url: str, joiner: Joiner, operators: Operators, rules: PageRules) -> None:
        self.page = tidy_url(page_url, rules)
        self.host = host_of(page_url)
        self.joiner = joiner
        self.operators = operators
        self.rules = rules

    def links_of(self, parts: list[Part], text: Text) -> list[Typed]:
        """Return the typed links of a service, each address and kind once."""
        found: dict[tuple[str, str], Typed] = {}
        for part in parts:
            if part.section in _IGNORED:
                continue
            for line in part.lines:
                for raw in line.links:
                    typed = self._typed(raw, line, part, text)
                    if typed is not None and len(found) < MOST_LINKS:
                        found.setdefault((typed.link.url, typed.link.kind), typed)
        return list(found.values())

    def starts(self, parts: list[Part]) -> set[str]:
        """Return the addresses of what starts a service or is its form."""
        links = (typed.link for typed in self.links_of(parts, Text(parts)))
        return {link.url for link in links if link.kind in ("online", "form")}

    def has_online(self, parts: list[Part]) -> bool:
        """Tell whether some link of the page starts a service by its label alone."""
        kinds_of = self.rules.link_kinds
        lines = (line for part in parts if part.section not in _IGNORED for line in part.lines)
        return any(
            "online" in kinds_of("label", link.label.lower()).split() for line in lines for link in line.links
        )

    def channel(self, href: str, label: str) -> Typed | None:
        """Return the way into a service that structured data state."""
        url = tidy_url(self.joiner.join(href), self.rules)
        if not url or url == self.page or self._is_front_page(url.lower()):
            return None
        link = Link("online", url, clean_label(label, self.rules), self.operators.of(url))
        return Typed(link, "", False, False)

    def _typed(self, raw: RawLink, line: Line, part: Part, text: Text) -> Typed | None:
        url = tidy_url(self.joiner.join(raw.href), self.rules)
        if not url or url == self.page:
            return None
        low = url.lower()
        label = raw.label.lower()
        around = line.text.lower()[:600]
        telling = "online" in around or "portal" in around
        sentence = (text.sentence_with(raw.label) or around) if telling else ""
        kind, in_portal = self._kind(low, label, raw.hint, sentence, part, line)
        # Beside staff only what leads into the service counts, not the pages of units and people.
        if part.section == "contact" and kind == "information":
            return None
        operator = self.operators.of(url)
        if operator == "" and _KREIS_LABEL.search(label):
            operator = "kreis"
        link = Link(kind, url, clean_label(raw.label, self.rules), operator)
        filled = kind == "online" and "ausfüll" in label
        assisted = kind == "online" and self.rules.words["assisted"].search(f"{label} {low}") is not None
        return Typed(link, sentence or around, filled or assisted, in_portal, assisted)

    def _kind(
        self, url: str, label: str, hint: str, sentence: str, part: Part, line: Line
    ) -> tuple[str, bool]:
        """Return the kind of a link, and whether it leads to a page that describes a service."""
        words = self.rules.words
        kinds_of = self.rules.link_kinds
        matched = f"{kinds_of('label', label)} {kinds_of('url', url)} {kinds_of('hint', hint)}".split()
        negated = bool(sentence) and words["negated"].search(sentence) is not None
        if "document" in matched or _SIZE.match(_after(line.text, label)):
            return ("form" if self._is_form(label, part) else "information"), False
        for kind in ("booking", "status"):
            if kind in matched:
                return kind, False
        if self._is_front_page(url):
            return "information", False
        portal = "portal" in matched and "server" not in matched and self.operators.of(url) not in _ABOVE
        online = "online" in matched and not negated
        if "information" in matched and not online:
            return "information", False
        if words["collective"].fullmatch(label.strip(_AROUND_LABELS)):
            # "Serviceportal" may lead to the page of the service there, if a sentence says so.
            applied = portal and not negated and words["apply_in_portal"].search(sentence) is not None
            return ("online" if applied else "information"), portal
        if online and (not portal or "online" in label):
            return "online", portal
        if part.section == "legal" or negated:
            return "information", False
        if portal:
            applied = part.section == "online" or bool(words["apply_in_portal"].search(sentence))
            return ("online" if applied else "information"), True
        led = "server" in matched or ("form_path" in matched and words["begins"].search(label) is not None)
        if part.section == "online" or led or self._said_online(sentence):
            return ("online" if self._starts(label, url, part) else "information"), False
        return "information", False

    def _is_front_page(self, url: str) -> bool:
        """Tell whether an address is that of a whole portal; sites about one service are none."""
        words = self.rules.words
        return words["front_page"].search(url) is not None and words["front_host"].search(url) is None

    def _said_online(self, sentence: str) -> bool:
        words = self.rules.words
        if "online" in sentence and words["apply_in_sentence"].search(sentence):
            return True
        return "portal" in sentence and words["apply_in_portal"].search(sentence) is not None

    def _starts(self, label: str, url: str, part: Part) -> bool:
        """Tell whether a link without a telling label may start a service: it leaves the list of contents."""
        return not (
            part.section == "unit" or "bis-detail/einrichtung" in url or label in ("startseite", "zurück")
        )

    def _is_form(self, label: str, part: Part) -> bool:
        words = self.rules.words
        if part.section == "legal" or (
            words["no_form"].search(label) and not words["form_name"].search(label)
        ):
            return False
        return part.section in ("forms", "online", "documents", "procedure", "") or bool(
            words["form_name"].search(label)
        )


def _after(text: str, label: str) -> str:
    low = text.lower()
    at = low.find(label) if label else -1
    return low[at + len(label) : at + len(label) + 20] if at >= 0 else ""
