"""What the headers of a request ask for: format, language, compression."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.datastructures import Headers

from catalogue.messages import LANGUAGES
from cli.texts import DEFAULT_LANGUAGE

__all__ = ["accepts_gzip", "chosen_format", "chosen_language"]

#: Wishes beyond this many are not read.
MOST_WISHES = 20
#: Formats by the media types that ask for them; the first is taken if nothing is said.
_FORMATS = {
    "application/json": "json",
    "text/csv": "csv",
    "application/octet-stream": "file",
    "application/*": "json",
    "text/*": "csv",
    "*/*": "any",
}


def chosen_format(headers: Headers) -> str:
    """Return ``json``, ``csv``, ``file`` or, where anything is welcome, ``any``."""
    for wish in _wishes(headers.get("accept", "")):
        if wish in _FORMATS:
            return _FORMATS[wish]
    return "any"


def chosen_language(headers: Headers) -> str:
    """Return the language that is liked best of those there are; German if none is."""
    for wish in _wishes(headers.get("accept-language", "")):
        language = wish.partition("-")[0]
        if language in LANGUAGES:
            return language
    return DEFAULT_LANGUAGE


def accepts_gzip(headers: Headers) -> bool:
    """Tell whether the answer may be compressed."""
    return "gzip" in _wishes(headers.get("accept-encoding", ""))


def _wishes(header: str) -> Iterator[str]:
    """Yield what a header wishes for, the most wanted first; what is refused by ``q=0`` is left out."""
    found: list[tuple[float, int, str]] = []
    for wish in header.split(",")[:MOST_WISHES]:
        name, *parameters = wish.lower().replace(" ", "").replace("\t", "").split(";")
        weight = _weight(parameters)
        if name and weight > 0:
            found.append((-weight, len(found), name))
    return (name for _, _, name in sorted(found))


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(1.0, max(0.0, float(parameter[2:])))
            except ValueError:
                return 0.0
    return 1.0
