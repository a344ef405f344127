"""Lines of a page, and how pieces of text become one: labels of sections are headings, too."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from lxml import etree

from connectors.html.ruleset import PageRules
from connectors.html.wording import one_line

__all__ = [
    "BREAK",
    "INLINE",
    "LABEL",
    "LONGEST_NAME",
    "OPENER",
    "TEXT",
    "Line",
    "LineMaker",
    "Outline",
    "RawLink",
]

#: Level of a line: 0 text, 1 to 4 as h1 to h4, 5 what opens and closes (summary, accordion, tab, h5, h6).
TEXT: Final = 0
OPENER: Final = 5
#: dt, th, bold or capital lines and "Label:" that name a known section.
LABEL: Final = 6
#: A label with what it labels in the same line: it holds for that line only.
INLINE: Final = 7
#: Stands for a forced line break among the pieces of a text; no page text holds it.
BREAK: Final = "\x1f"
LONGEST_LINE = 4_000  # characters
LONGEST_NAME = 300  # characters of a link's label or address hint
MOST_WORDS = 6  # of a short line that names a service
LONGEST_LABEL = 60  # characters of a label that is no heading of its own
#: A label at the beginning of a line or of a sentence in it.
_INLINE = re.compile(r"(?:^|(?<=[.;|] )|(?<=[.;|]))\s*([^\W\d_][^:.;|]{2,58}):(?!//)")


_ENDS = (".", "!", ",", ";")  # of sentences, not of labels


class RawLink(NamedTuple):
    """A link as the page writes it; ``hint`` is what its template says about it."""

    href: str
    label: str
    hint: str


class Line(NamedTuple):
    """One heading or one line of text; ``anchor`` is the id that leads to it, for headings."""

    level: int
    text: str
    links: tuple[RawLink, ...] = ()
    anchor: str = ""


class Outline(NamedTuple):
    """What is left of a page, and a few counts that tell what kind of page it is."""

    lines: list[Line]
    side: list[Line]  # what stands outside the main content, where a page marks that
    fields: int  # fields to fill in
    password: bool
    complete: bool


class LineMaker:
    """Collects pieces of text and links, and makes lines of them."""

    def __init__(self, rules: PageRules) -> None:
        self.rules = rules
        self.lines: list[Line] = []
        self.parts: list[str] = []
        self.links: list[RawLink] = []
        self.heading: etree._Element | None = None  # the heading that is open
        self.level = TEXT
        self.anchor = ""
        self.item = False  # in an item of a list

    def flush(self) -> None:
        """End the current line."""
        parts = self.parts
        if not parts:
            return
        text = "".join(parts) if len(parts) > 1 else parts[0]
        parts.clear()
        links: tuple[RawLink, ...] = ()
        if self.links:
            links, self.links = tuple(self.links), []
        elif text.isspace() or not text:
            return
        if self.heading is not None:
            self._add_heading(one_line(text[:LONGEST_LINE]), links)
        elif BREAK in text:
            self._add_broken(text[: 4 * LONGEST_LINE], links)
        else:
            plain = one_line(text if len(text) <= LONGEST_LINE else text[:LONGEST_LINE])
            if len(plain) > LONGEST_LABEL and ":" not in plain:  # most lines
                self.lines.append(Line(TEXT, plain, links))
            else:
                self._add_text(plain, links, labelled=not self.item)

    def _add_broken(self, text: str, links: tuple[RawLink, ...]) -> None:
        """Add a text with forced line breaks, each link where its label is."""
        left = list(links)
        pieces = [one_line(piece) for piece in text.split(BREAK)]
        for number, piece in enumerate(pieces, start=1):
            of_piece = tuple(link for link in left if number == len(pieces) or link.label in piece)
            left = [link for link in left if link not in of_piece]
            if piece or of_piece:
                self._add_text(piece, of_piece, labelled=True)

    def _add_heading(self, text: str, links: tuple[RawLink, ...]) -> None:
        if not text:
            return
        head_of_row = self.heading is not None and self.heading.tag == "th"
        if head_of_row and not self.rules.section_of(text) and not self._names_act(text):
            self.lines.append(Line(TEXT, text, links))
            return
        self.lines.append(Line(self.level, text, links, self.anchor))
        self.anchor = ""

    def _add_text(self, text: str, links: tuple[RawLink, ...], *, labelled: bool) -> None:
        """Add a line; what it begins with may be the label of a section."""
        labelled = labelled and not links and len(text) <= LONGEST_LABEL and not text.endswith(_ENDS)
        if labelled and (self.rules.section_of(text) or (text.endswith("en") and self._names_act(text))):
            self.lines.append(Line(LABEL, text, (), self.anchor))
            return
        if ":" not in text:
            if text or links:
                self.lines.append(Line(TEXT, text, links))
            return
        begin, label = 0, ""
        for found in _INLINE.finditer(text):
            if not self._is_label(found[1], links):
                continue
            links = self._add_labelled(label, text[begin : found.start()], links, last=False)
            begin, label = found.end(), found[1]
        self._add_labelled(label, text[begin:], links, last=True)

    def _names_act(self, text: str) -> bool:
        """Tell whether a short text names a service, as the titles of cards and the heads of rows do."""
        return (
            text[:1].isupper()
            and len(text.split()) <= MOST_WORDS
            and self.rules.titles.act.fullmatch(text) is not None
        )

    def _is_label(self, label: str, links: tuple[RawLink, ...]) -> bool:
        return bool(self.rules.section_of(label)) and not any(link.label.startswith(label) for link in links)

    def _add_labelled(
        self, label: str, text: str, links: tuple[RawLink, ...], *, last: bool
    ) -> tuple[RawLink, ...]:
        """Add a label and what stands behind it in its line; return the links that are still to come."""
        text = text.strip()
        own = links if last else tuple(link for link in links if link.label in text)
        if label:
            # What ends in a colon or holds nothing goes on in the next lines.
            within = bool(own) or (bool(text) and not text.endswith(":"))
            self.lines.append(Line(INLINE if within else LABEL, label, (), ""))
        if text or own:
            self.lines.append(Line(TEXT, text, own))
        return tuple(link for link in links if link not in own)
