"""How pages are set: templates, words of the message catalogue, figures as the language writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from catalogue.messages import text as message
from catalogue.reports.coverage import REASONS
from catalogue.reports.page.foreign import foreign, web_link
from catalogue.reports.page.frame import Figure
from catalogue.reports.page.places import (
    REGION_PAGES,
    anchor,
    area_page,
    evidence_page,
    numbered,
    root_of,
    service_page,
)
from catalogue.texts import Texts

__all__ = ["POLICY", "Setting", "away"]

TEMPLATES = Path(__file__).parent / "templates"
#: What a page may load: its own style, script and pictures. It sends nothing and nothing else may run in it.
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'"
)
#: So much is shown of an address that is no link.
LONGEST_ADDRESS: Final = 120  # characters
#: Of a share that is neither nothing nor all, neither may be said.
_LEAST, _MOST = 1, 99


class Setting:
    """Makes pages of templates; the words come in one language from the message catalogue."""

    def __init__(self, language: str, shared: Mapping[str, object]) -> None:
        """Prepare the templates; ``shared`` is what every page knows.

        A message that is missing ends the work with a KeyError: a page without words must not be written.
        """
        self.text = Texts(language)
        self._badges: dict[str, Markup] = {}
        self.environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        text = self.text
        self.environment.globals.update(
            shared,
            policy=POLICY,
            language=language,
            region_pages=REGION_PAGES,
            t=partial(message, language),
            w=cache(text.word),
            number=text.number,
            signed=text.signed,
            percent=self.percent,
            badge=self.badge,
            away=away,
            day=cache(text.day),
            moment=cache(text.moment),
            since=cache(lambda moment: text("page.since", day=text.day(moment))),
            day_of=self.day_of,
            break_word=lambda code: text(f"page.break_{code}"),
            unknown_reasons=REASONS,
            span=self.span,
            whole=self.whole,
            shade=shade,
            anchor=anchor,
            area_page=area_page,
            service_page=service_page,
            evidence_page=evidence_page,
            numbered=numbered,
        )
        self.environment.filters.update(feed=foreign, link=web_link, capitalize_first=_capital)

    def page(self, template: str, name: str, **facts: object) -> str:
        """Return a page that will lie at ``name``."""
        return self.environment.get_template(template).render(root=root_of(name), name=name, **facts)

    def part(self, template: str, **facts: object) -> Markup:
        """Return a part of a page, made by a template of its own."""
        rendered = self.environment.get_template(template).render(**facts)
        return Markup(rendered)  # noqa: S704 - the template escapes what it is given

    def badge(self, status: str) -> Markup:
        """Return a status in a word, with a sign and a colour of its own."""
        known = self._badges.get(status)
        if known is None:
            word = self.text.word("status", status)
            known = self._badges[status] = Markup('<span class="status {}">{}</span>').format(status, word)
        return known

    def percent(self, share: float | None) -> str:
        """Return a share as per cent; its sign stays with the figure at the end of a line."""
        return self.text.percent(share).replace(" ", "\u00a0")

    def span(self, figure: Figure) -> str:
        """Return a share as its lower and, where things are unknown, its upper bound."""
        if figure.low is None:
            return "–"
        low = self.percent(figure.low)
        if figure.high is None or figure.high == figure.low:
            return low
        return self.text("page.span", low=low, high=self.percent(figure.high))

    def day_of(self, day: date | str) -> str:
        """Return a day of the calendar, given as such or as ISO text, as the language writes it."""
        iso = day if isinstance(day, str) else day.isoformat()
        return self.text.day(f"{iso[:10]}T12:00:00") if iso else "–"

    def whole(self, figure: Figure) -> str:
        """Return a share in whole per cent, short enough for a small cell: ``41`` or ``41–56``."""
        if figure.low is None:
            return "–"
        if figure.high is None or figure.high == figure.low:
            return str(_rounded(figure.low))
        return f"{_rounded(figure.low, -0.5)}–{_rounded(figure.high, 0.5)}"


def away(url: str, label: str) -> Markup:
    """Return a link that leads out of the site; an address that may not be linked is shown as text."""
    target = web_link(url)
    if target:
        link = f'<a href="{escape(target)}" rel="noopener noreferrer">{escape(label)}</a>'
    else:
        link = f"{escape(label)}: <code>{foreign(url, LONGEST_ADDRESS)}</code>" if url else escape(label)
    return Markup(link)  # noqa: S704 - all parts are escaped


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _rounded(share: float, towards: float = 0.0) -> int:
    """Return whole per cent; a bound is rounded outwards, so that it stays one."""
    exact = round(100 * share, 2)
    if exact in {0, 100}:
        return int(exact)
    if towards < 0:
        return int(exact)
    if towards > 0:
        return int(-(-exact // 1))
    return min(_MOST, max(_LEAST, round(exact)))


def shade(share: float | None) -> int:
    """Return the shade of a share, from 0 to 10; -1 if there is none."""
    return -1 if share is None else min(10, int(round(100 * share, 2) / 10))
