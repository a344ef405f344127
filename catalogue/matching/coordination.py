"""What German leaves out in coordinations: ``Geburts- und Sterbeurkunden`` names two kinds of Urkunden."""

from __future__ import annotations

from collections.abc import Sequence

from catalogue.matching.lexicon import Lexicon

__all__ = ["complete"]

#: Verbal prefixes that are coordinated with each other: An-, Ab- und Ummeldung.
_PREFIXES = (
    "an",
    "ab",
    "um",
    "aus",
    "ein",
    "auf",
    "vor",
    "nach",
    "zu",
    "be",
    "ent",
    "ver",
    "er",
    "fort",
    "weiter",
    "zurueck",
)
#: Words between a part with a hyphen and the word that completes it.
_REACH = 6


def complete(words: Sequence[str], lexicon: Lexicon) -> list[str]:
    """Return the words with what a hyphen stands for put in; marks and other words stay as they are."""
    completed = list(words)
    for place, word in enumerate(words):
        if len(word) > 2 and word.endswith("-"):
            completed[place] = _complete_end(word.strip("-"), words[place + 1 : place + 1 + _REACH], lexicon)
    for place, word in enumerate(words):
        if len(word) > 2 and word.startswith("-"):
            completed[place] = _complete_start(word.strip("-"), completed[:place], words[:place], lexicon)
    return completed


def _complete_end(begun: str, following: Sequence[str], lexicon: Lexicon) -> str:
    """Return ``geburtsurkunden`` for ``geburts-`` followed by ``und sterbeurkunden``."""
    for word in following:
        if word.endswith("-") or not word.strip("-").isalpha() or word in {"und", "oder", "bzw", "sowie"}:
            continue
        full = word.strip("-")
        lead, prefix = _verbal(begun)
        if prefix is not None:
            base = _without_prefix(full)
            return f"{lead}{prefix}{base}" if base else begun
        tails = _tails(full, lexicon)
        joined = [begun + tail for tail in tails]
        known = [one for one in joined if one in lexicon.words]
        return (known or joined or [begun])[0] if tails else begun
    return begun


def _verbal(begun: str) -> tuple[str, str | None]:
    """Return what stands before a verbal prefix, and the prefix: ``hunde`` and ``an`` of ``hundean``."""
    for prefix in _PREFIXES:
        if begun == prefix or begun.endswith("-" + prefix):
            return begun[: len(begun) - len(prefix)].strip("-"), prefix
    for prefix in ("an", "ab", "um"):
        if len(begun) > len(prefix) + 3 and begun.endswith(prefix):
            return begun[: -len(prefix)], prefix
    return "", None


def _without_prefix(word: str) -> str:
    """Return ``meldung`` for ``ummeldung`` and for ``hundeabmeldung``; empty if there is no such prefix."""
    for prefix in _PREFIXES:
        if word.startswith(prefix) and len(word) > len(prefix) + 4:
            return word[len(prefix) :]
    for prefix in ("abmeld", "ummeld", "anmeld"):
        if prefix in word:
            return word[word.index(prefix) + 2 :]
    return ""


def _tails(word: str, lexicon: Lexicon) -> list[str]:
    """Return the ends of a compound at the borders of its parts, the shortest first."""
    parts = lexicon.split(word)
    tails = [word[place:] for part in parts[1:] if (place := word.rfind(part)) > 0]
    return sorted(tails, key=len)


def _complete_start(ended: str, before: Sequence[str], raw: Sequence[str], lexicon: Lexicon) -> str:
    """Return ``hundeabmeldung`` for ``-abmeldung`` after ``hundean-``."""
    for word, written in zip(reversed(before), reversed(raw), strict=True):
        if not word.isalpha() or word in {"und", "oder", "bzw", "sowie"}:
            continue
        lead, prefix = _verbal(written.strip("-"))
        if written.endswith("-") and prefix is not None and lead:
            return lead + ended
        parts = lexicon.split(word)
        heads = [word[: word.rfind(part)] for part in parts[1:]]
        known = [head + ended for head in reversed(heads) if head + ended in lexicon.words]
        return known[0] if known else (heads[-1] + ended if heads else ended)
    return ended
