"""A page as a flat list of lines: headings and texts with their links, in one pass over the tree.

Banners, menus, heads, feet and boxes with staff are left out as whole branches, so that most of a page
is never looked at. What counts as a heading is wider than h1 to h6: see :mod:`connectors.html.lines`.
"""

from __future__ import annotations

from lxml import etree

from connectors.html import markup
from connectors.html.lines import BREAK, LONGEST_NAME, OPENER, TEXT, Line, LineMaker, Outline, RawLink
from connectors.html.markup import BLOCK, HEADING, PLAIN, SKIP, SPAN
from connectors.html.ruleset import PageRules
from connectors.html.wording import one_line

__all__ = ["outline"]

MOST_ELEMENTS = 40_000
MOST_LINES = 4_000
LOOKED_AFTER = 64  # elements, after which these limits are looked at
LEAST_MAIN = 40  # characters; what is marked as the main content and holds less is not


def outline(body: etree._Element, rules: PageRules, text: str) -> Outline:
    """Return the lines of a page's body; ``text`` is its source, to look for rare things first."""
    walker = _Walker(rules, markup.tab_labels(body, rules) if "tabs" in text or '="tab' in text else {})
    walker.run(body)
    if not walker.lines:
        # A template whose names mislead must not hide the whole page.
        walker = _Walker(rules, {}, trusting=False)
        walker.run(body)
    lines = walker.lines
    main = [line for begin, end in walker.spans for line in lines[begin:end]]
    side: list[Line] = []
    if any(line.level for line in main) and sum(len(line.text) for line in main) >= LEAST_MAIN:
        inside = {number for begin, end in walker.spans for number in range(begin, end)}
        if len(main) < len(lines):
            side = [line for number, line in enumerate(lines) if number not in inside]
        lines = main
    return Outline(lines, side, walker.fields, walker.password, walker.complete)


def _holds_title(element: etree._Element) -> bool:
    """Tell whether the head of a page holds its title, not the site's name with the menus."""
    if element.tag in ("h1", "h2", "h3", "h4"):
        return True
    title = element.find(".//h1")
    if title is None or title.find(".//a") is not None or title.find(".//img") is not None:
        return False
    return element.find(".//nav") is None and element.find(".//form") is None


class _Walker(LineMaker):
    """Goes through a body once and collects its lines."""

    def __init__(self, rules: PageRules, tabs: dict[str, str], *, trusting: bool = True) -> None:
        super().__init__(rules)
        self.tabs = tabs
        self.trusting = trusting
        self.spans: list[tuple[int, int]] = []  # where among the lines the main content is
        self.fields = 0
        self.password = False
        self.complete = True
        self.link: etree._Element | None = None
        self.link_from = 0
        self.bold_from = -1
        self.skipped: etree._Element | None = None
        self.mains: list[etree._Element] = []
        self.main_from = 0
        self.inside = 0  # articles and mains that are open: their headers are content
        self.form = ""
        self.button_from = -1

    def run(self, body: etree._Element) -> None:
        """Read the whole body, or so much of it as is allowed."""
        codes = markup.CODES.get
        walk = etree.iterwalk(body, events=("start", "end"))
        waiting = self.parts
        parts = waiting.append
        count = 0
        for event, element in walk:
            code = codes(element.tag, 0)
            if event == "start":
                count += 1
                if not count % LOOKED_AFTER and (count > MOST_ELEMENTS or len(self.lines) > MOST_LINES):
                    self.complete = False
                    break
                if code and self.start(element, code):
                    self.skipped = element
                    walk.skip_subtree()
                    continue
                text = element.text
            else:
                if code:
                    self.end(element, code)
                text = element.tail if element is not body else None
            if text and (waiting or not text.isspace()):
                parts(text)
        self.flush()
        if self.mains:  # not closed because reading stopped
            self.spans.append((self.main_from, len(self.lines)))

    def start(self, element: etree._Element, code: int) -> bool:
        """Take note of an element that begins; tell whether to leave out all that is in it."""
        if code == PLAIN:
            if self.parts and self.heading is None:
                self.flush()
            return bool(element.keys()) and self._judged(element, code)
        if code == SPAN:
            return bool(element.keys()) and self._judged(element, code)
        if code == SKIP:
            return self._skip(element)
        if code in (BLOCK, HEADING):
            return self._start_named(element, code)
        if code == markup.LINK:
            self.link, self.link_from = element, len(self.parts)
        elif code == markup.NEW_LINE:
            self.parts.append(" " if self.heading is not None else BREAK)
        elif code == markup.BOLD:
            self.bold_from = len(self.parts)
        elif code == markup.BUTTON:
            self.button_from = len(self.parts)
        else:
            self._input(element)
        return False

    def _start_named(self, element: etree._Element, code: int) -> bool:
        if element.keys() and self._judged(element, code):
            return True
        if self.parts and (self.heading is None or code == HEADING):
            self.flush()
        if code == HEADING:
            self.heading = element
            self.level = markup.level_of(element.tag)
            return False
        return self._block(element)

    def _skip(self, element: etree._Element) -> bool:
        tag = element.tag
        if tag in ("select", "textarea"):
            self.fields += 1
        if tag == "nav" and self.tabs and element.find(".//*[@role='tab']") is not None:
            return True  # the labels of tabs are known already
        return tag != "nav" or self.trusting

    def _judged(self, element: etree._Element, code: int) -> bool:
        """Follow what the names of an element say; tell whether it is left out."""
        identifier = element.get("id")
        verdict = self.rules.verdict(element.get("class"), identifier, element.get("role"))
        if verdict and self._left_out(element, verdict):
            return True
        if identifier and code != SPAN:
            self.anchor = identifier if len(identifier) <= LONGEST_NAME else ""
            label = self.tabs.get(identifier)
            if label:
                self.flush()
                self.lines.append(Line(OPENER, label, (), identifier))
        if verdict == "main" and code in (PLAIN, BLOCK) and element.tag not in ("body", "main"):
            self._open_main(element)
        return False

    def _left_out(self, element: etree._Element, verdict: str) -> bool:
        """Tell whether an element is furniture; a head that holds the title of the page is not."""
        if verdict == "main" or element.tag in ("body", "main", "article"):
            return False
        if verdict in ("person", "related"):
            return True
        return self.trusting and (verdict == "strip" or not _holds_title(element))

    def _open_main(self, element: etree._Element) -> None:
        self.flush()
        if not self.mains:
            self.main_from = len(self.lines)
        self.mains.append(element)

    def _close_main(self) -> None:
        self.mains.pop()
        if not self.mains:
            self.spans.append((self.main_from, len(self.lines)))

    def _block(self, element: etree._Element) -> bool:
        tag = element.tag
        if tag == "header":
            return not self.inside and not self.mains and self.trusting
        if tag in ("main", "article"):
            self.inside += 1
            if tag == "main":
                self._open_main(element)
        elif tag == "li":
            self.item = True
        elif tag == "form":
            self.form = element.get("action") or ""
        return False

    def _input(self, element: etree._Element) -> None:
        kind = (element.get("type") or "").lower()
        if kind in ("submit", "button", "image"):
            label = element.get("value") or ""
            if self.form and label:
                self.parts.append(label)
                self.links.append(RawLink(self.form, one_line(label[:LONGEST_NAME]), "form"))
        elif kind == "password":
            self.password = True
        elif kind in markup.TYPED:
            self.fields += 1

    def end(self, element: etree._Element, code: int) -> None:
        """Take note of an element that is closed."""
        if element is self.skipped:
            self.skipped = None
        elif code in (PLAIN, BLOCK):
            if self.parts and self.heading is None:
                self.flush()
            if self.mains and self.mains[-1] is element:
                self._close_main()
            if code == BLOCK:
                self._end_block(element.tag)
        elif code == HEADING:
            if element is self.heading:
                self.flush()
                self.heading, self.level = None, TEXT
        elif code == markup.LINK:
            self._end_link(element)
        elif code == markup.BOLD:
            self._end_bold()
        elif code == markup.BUTTON:
            self._end_button(element)

    def _end_block(self, tag: str) -> None:
        if tag in ("main", "article"):
            self.inside -= 1
        elif tag == "li":
            self.item = False
        elif tag == "form":
            self.form = ""

    def _end_link(self, element: etree._Element) -> None:
        href = element.get("href")
        if self.link is not element or not href:
            self.link = None
            return
        self.link = None
        label = one_line("".join(self.parts[self.link_from :])[:LONGEST_NAME].replace(BREAK, ""))
        title = element.get("title") or ""
        if not label:
            label = one_line(
                (element.get("aria-label") or title or markup.picture_of(element))[:LONGEST_NAME]
            )
            self.parts.append(label)
        if href.startswith("#"):
            if markup.opens(element):
                self._open(label, href[1:])
            return
        hint = f"{title} {element.get('class') or ''} {markup.icon_of(element)}"[:LONGEST_NAME]
        self.links.append(RawLink(href.strip(), label, hint.lower()))

    def _open(self, label: str, anchor: str) -> None:
        """Make a heading of what opens a part of the page."""
        if self.heading is not None:
            return
        del self.parts[self.link_from :]
        self.flush()
        self.lines.append(Line(OPENER, label, (), anchor))

    def _end_bold(self) -> None:
        begin, self.bold_from = self.bold_from, -1
        if begin < 0 or begin > len(self.parts) or self.heading is not None:
            return  # or a line ended inside
        label = one_line("".join(self.parts[begin:])[:LONGEST_NAME])
        before = self.parts[begin - 1] if begin else ""
        if label and (not before.strip() or before.endswith(BREAK)) and self.rules.section_of(label):
            self.parts.append(BREAK)

    def _end_button(self, element: etree._Element) -> None:
        begin, self.button_from = self.button_from, -1
        if begin < 0 or self.heading is not None:
            return
        label = one_line("".join(self.parts[begin:])[:LONGEST_NAME])
        del self.parts[begin:]
        href = markup.target_of(element) or element.get("formaction") or self.form
        if element.get("role") == "tab":
            return
        if markup.opens(element) and label:
            self.flush()
            self.lines.append(Line(OPENER, label, (), element.get("aria-controls") or ""))
        elif href and label:
            self.parts.append(label)
            self.links.append(RawLink(href, label, "form"))
