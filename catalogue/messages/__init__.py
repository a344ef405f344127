"""The message catalogue: everything officers see, in German and English, by one key."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

__all__ = ["LANGUAGES", "has_text", "keys", "text"]

LANGUAGES = ("de", "en")
FOLDER = Path(__file__).parent


def text(language: str, key: str, /, **params: object) -> str:
    """Return the message ``section.code`` in a language, its placeholders filled.

    Raise KeyError if the catalogue lacks it: every key that code uses has a test.
    """
    return _messages(language)[key].format(**params)


def has_text(key: str) -> bool:
    """Tell whether the catalogue has this message."""
    return key in _messages("de")


def keys(language: str) -> frozenset[str]:
    """Return all keys of a language."""
    return frozenset(_messages(language))


@cache
def _messages(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.toml")):
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        for section, entries in tables.items():
            for code, message in entries.items():
                key = f"{section}.{code}"
                if key in found:
                    raise ValueError(f"{path.name}: {key} is defined twice")
                found[key] = message
    return found
