"""Plain text out of what editors type into HTML fields, and whether it says anything.

Everything here takes time in proportion to the text's length, whatever the text is.
"""

from __future__ import annotations

import html
import re

__all__ = ["is_placeholder", "meaningful_text", "plain_text"]

#: Characters of a text that are looked at; longer texts hold embedded pictures or office markup.
LOOKED_AT = 64 * 1024
TAG = re.compile(r"<(?:/?([A-Za-z][A-Za-z0-9]*+)|[!?])[^<>]*+>")
#: Tags that stand within a word; all others end one.
INLINE = frozenset({"a", "b", "em", "font", "i", "small", "span", "strong", "sub", "sup", "u"})
#: Beginnings of what is never text, with their ends.
HIDDEN = tuple(
    (re.compile(beginning, re.IGNORECASE), re.compile(end, re.IGNORECASE))
    for beginning, end in (("<!--", "-->"), ("<style", "</style[^<>]*>"), ("<script", "</script[^<>]*>"))
)
INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]+")
PLACEHOLDERS = frozenset({"", "keine angabe", "keine angaben", "nicht angegeben", "k.a", "k. a"})


def plain_text(markup: str) -> str:
    """Return the text of a piece of HTML in one line, entities decoded."""
    text = markup[:LOOKED_AT]
    if "<" in text:
        for beginning, end in HIDDEN:
            text = _without(text, beginning, end)
        text = TAG.sub(_gap, text)
    if "&" in text:
        text = _decoded(text)
    return " ".join(INVISIBLE.sub("", text).split())


def is_placeholder(text: str) -> bool:
    """Tell whether plain text only fills a field: dashes, dots, "keine Angabe"."""
    return text.strip(" .:;_-–—").casefold() in PLACEHOLDERS


def meaningful_text(markup: str) -> str:
    """Return the text of a piece of HTML, or nothing if it only fills a field."""
    text = plain_text(markup).lstrip("-–— ")
    return "" if is_placeholder(text) else text


def _gap(tag: re.Match[str]) -> str:
    return "" if (tag[1] or "").lower() in INLINE else " "


def _without(text: str, beginning: re.Pattern[str], end: re.Pattern[str]) -> str:
    """Return the text without the parts from each beginning to the next end, or to the text's end."""
    kept = []
    position = 0
    while start := beginning.search(text, position):
        kept.append(text[position : start.start()])
        stop = end.search(text, start.end())
        position = stop.end() if stop else len(text)
    kept.append(text[position:])
    return " ".join(kept)


def _decoded(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # a character number with thousands of digits
        return text
