"""What the words of a page show, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from connectors.html.parts import Part
from connectors.html.ruleset import LEAST_WORD, Cue, PageRules
from connectors.html.wording import Sentences

__all__ = ["Hit", "Text", "find_cues"]

_WORD = re.compile(r"\w{3,}")
LONGEST_TOKEN = 40  # letters; longer ones are not remembered
MOST_OCCURRENCES = 6  # of one word; what was found is not found better in the next paragraph
#: Sections whose words say nothing about how the service is offered.
SILENT = frozenset({"related", "contact", "release", "legal"})


class Hit(NamedTuple):
    """One cue in one sentence; ``sentence`` as the page writes it."""

    flag: str
    sentence: str
    with_online: bool


class Text:
    """The text of a service: original and small letters, with its sentences."""

    __slots__ = ("original", "sentences")

    def __init__(self, parts: list[Part]) -> None:
        lines = [line.text for part in parts if part.section not in SILENT for line in part.lines]
        original = "\n".join(lines)
        lower = original.lower()
        # A few letters change their length; then the small ones are quoted.
        self.original = original if len(lower) == len(original) else lower
        self.sentences = Sentences(lower)

    @property
    def lower(self) -> str:
        """Return the text in small letters."""
        return self.sentences.lower

    def sentence_with(self, label: str) -> str:
        """Return the sentence that holds a link's label, in small letters; empty if none does."""
        at = self.lower.find(label.lower()) if label else -1
        if at < 0:
            return ""
        begin, end = self.sentences.bounds(at)
        return self.lower[begin:end]


def find_cues(text: Text, rules: PageRules, *, online: bool) -> list[Hit]:
    """Return what the cues find, each flag and sentence once.

    Cues that count only beside a link into an online procedure are looked for if there is one.
    """
    found: dict[tuple[str, str], Hit] = {}
    for number, word in _candidates(text.lower, rules):
        cue = rules.cues[number]
        if online or not cue.with_online:
            for sentence in _sentences_with(text, cue, word):
                found.setdefault((cue.flag, sentence), Hit(cue.flag, sentence, cue.with_online))
    return list(found.values())


def _candidates(lower: str, rules: PageRules) -> list[tuple[int, str]]:
    """Return the cues (by number) and their words of which the text has at least the beginning.

    Most words of most cues are in no page: one look at the different words of the text tells which.
    """
    known = rules.phrases_by_token
    found: set[tuple[int, str]] = set()
    for token in set(lower.split()):
        phrases = known.get(token)
        if phrases is None:
            phrases = _phrases_of(token, rules)
            if len(token) <= LONGEST_TOKEN:
                known.keep(token, phrases)
        if phrases:
            found.update(phrases)
    return sorted(found)


def _phrases_of(token: str, rules: PageRules) -> tuple[tuple[int, str], ...]:
    words: tuple[str, ...] = (token,)
    if "-" in token or "/" in token or not token[0].isalpha():
        words = (token, *_WORD.findall(token))
    return tuple(
        (number, phrase)
        for word in words
        for beginning, number, phrase in rules.beginnings.get(word[:LEAST_WORD], ())
        if word.startswith(beginning)
    )


def _sentences_with(text: Text, cue: Cue, word: str) -> Iterator[str]:
    lower = text.lower
    at = lower.find(word)
    for _ in range(MOST_OCCURRENCES):
        if at < 0:
            break
        if cue.whole and not _stands_alone(lower, at, at + len(word)):
            at = lower.find(word, at + 1)
            continue
        begin, end = text.sentences.bounds(at)
        if _fits(cue, lower, begin, end):
            yield text.original[begin:end].strip()
        at = lower.find(word, max(end, at + 1))


def _fits(cue: Cue, lower: str, begin: int, end: int) -> bool:
    if cue.pattern is not None and not cue.pattern.search(lower, begin, end):
        return False
    return cue.unless is None or not cue.unless.search(lower, begin, end)


def _stands_alone(lower: str, begin: int, end: int) -> bool:
    before = lower[begin - 1 : begin]
    after = lower[end : end + 1]
    return not (before.isalnum() or after.isalnum())
