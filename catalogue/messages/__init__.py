"""The message catalogue: everything officers see, in German and English, by one key.

A word that depends on a figure is written with both forms behind it: ``{count} {count:Lücke|Lücken}``.
Commands are written as ``{lueckenlos} runs``, so that whoever shows them can say how they are called here.
"""

from __future__ import annotations

import string
import tomllib
from functools import cache
from pathlib import Path

__all__ = ["COMMANDS", "LANGUAGES", "has_text", "keys", "text"]

LANGUAGES = ("de", "en")
FOLDER = Path(__file__).parent
#: How commands are called that messages name, unless the parameters say otherwise.
COMMANDS = {
    "lueckenlos": "lueckenlos",
    "init": "lueckenlos init",
    "preview": "lueckenlos sources preview",
    "sync": "lueckenlos sync",
}


def text(language: str, key: str, /, **params: object) -> str:
    """Return the message ``section.code`` in a language, its placeholders filled.

    Raise KeyError if the catalogue lacks it: every key that code uses has a test.
    """
    message = _messages(language)[key]
    if "{" not in message:
        return message
    params = {**COMMANDS, **params}
    return _FORMS.format(message, **params) if "|" in message else message.format(**params)


class _Forms(string.Formatter):
    """Fills placeholders; of ``one|many`` it takes the form that goes with the figure."""

    def format_field(self, value: object, format_spec: str) -> str:
        if "|" not in format_spec:
            return str(super().format_field(value, format_spec))
        one, _, many = format_spec.partition("|")
        return one if str(value) == "1" else many


_FORMS = _Forms()


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
