"""Acts (Verrichtungen): which words of a title name one, and which codes of LeiKa keys it may mean.

The codes are those that the names of the catalogue use; data/acts.csv lists them with their words.
"""

from __future__ import annotations

import csv
from collections.abc import Container, Iterable
from pathlib import Path

from catalogue.matching.spelling import spell, stem

__all__ = ["ACT_STEMS", "acts_named", "is_only_notified"]


def _read() -> dict[str, tuple[str, ...]]:
    codes: dict[str, tuple[str, ...]] = {}
    with (Path(__file__).parent / "data" / "acts.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            for word in row["words"].split():
                one = stem(spell(word))
                codes[one] = tuple(dict.fromkeys((*codes.get(one, ()), *row["codes"].split())))
    return codes


_CODES = _read()
_APPLICATION = _CODES[stem(spell("Antrag"))]
#: Stems of words that name an act.
ACT_STEMS = frozenset(_CODES)


_PERMITS = frozenset(stem(spell(word)) for word in ("Erlaubnis", "Genehmigung"))
#: Codes of acts by which something is only notified: Meldung, Anmeldung, Ummeldung, Abmeldung.
_NOTICES = frozenset({"014", "034", "060", "070", "071", "104", "169"})


def is_only_notified(words: Iterable[str], codes: Iterable[str]) -> bool:
    """Tell whether words ask for a permit, and all acts of a service (three digits each) are notices."""
    known = set(codes)
    return bool(known) and known <= _NOTICES and not _PERMITS.isdisjoint(words)


def acts_named(words: Iterable[str], object_keys: Iterable[str], known: Container[str]) -> list[str]:
    """Return the eleven digits of each act that words name, as far as the catalogue knows it.

    Of the codes that one word may mean, the first one counts that the catalogue has for any of the objects.
    An application ("Antrag") counts only where no other act is named.
    """
    objects = list(object_keys)
    named = [codes for one in words if (codes := _CODES.get(one))]
    told = [codes for codes in named if codes != _APPLICATION]
    found: dict[str, None] = {}
    for codes in told or named:
        for code in codes:
            keys = [key + code for key in objects if key + code in known]
            if keys:
                found.update(dict.fromkeys(keys))
                break
    return list(found)
