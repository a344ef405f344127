"""Secrets taken out of what is about to be written into a log.

It is the second line of defence; the first is that nothing puts them in. Three kinds are known by their form:
what stands before the host of an address, the value of anything whose name says that it is a secret, and the
headers that carry one. Beside these, texts that are known to be secrets are hidden wherever they occur.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import quote, quote_plus

from pydantic import BaseModel

from connectors.credentials import read_secret
from connectors.errors import ConnectorError

__all__ = ["Redactor", "secrets_of_environment", "secrets_of_settings"]

MARK: Final = "…"
#: Anything shorter occurs in texts by chance.
SHORTEST_SECRET: Final = 6
#: Characters of one text, and entries of one line of the log, that are kept.
LONGEST_TEXT: Final = 20_000
MOST_ENTRIES: Final = 200
DEEPEST: Final = 6

#: "pass" only as a name of its own or in words for a password: "passen" and "passiert" are plain German.
_WORD = (
    r"(?:pass(?![a-z])|pass(?:w|phrase|code|key)|pwd|kennwort"
    r"|secret|token|credential|api[-_]?key|access[-_]?key|signature|session)"
)
_SECRET_NAME = re.compile(rf"{_WORD}|^(?:key|auth|sig)$|authorization|cookie", re.IGNORECASE)
#: Names that only say where a secret is.
_PLACE_NAME = re.compile(r"_(?:env|file)$", re.IGNORECASE)
_REST_OF_VALUE = r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s,;&\"'<>)}\]]+)"
_RULES: Final = (
    # scheme://user:password@host; also without a password, as that may be a token.
    (re.compile(r"([a-z][a-z0-9+.-]{0,30}://)[^\s/?#\"'<>]*@", re.IGNORECASE), rf"\1{MARK}@"),
    # Headers, as lines and as entries of a dictionary; their value may hold blanks.
    (
        re.compile(
            r"((?:proxy-)?authorization|(?:set-)?cookie2?|x-[a-z-]{0,30}(?:key|token|secret|auth)[a-z-]{0,30})"
            r"(\\?[\"']?\s*[:=]\s*)(\\?[\"'])?([^\"'\r\n]+)",
            re.IGNORECASE,
        ),
        rf"\1\2\3{MARK}",
    ),
    (re.compile(r"\b(bearer|basic|digest|negotiate)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1 {MARK}"),
    # name=value and "name": "value", wherever the name says that the value is a secret.
    (
        re.compile(
            rf"((?<![\w.-])[\w.-]{{0,40}}{_WORD}[\w.-]{{0,40}}(?<!_env)(?<!_file)[\"']?\s{{0,5}}[:=]\s{{0,5}})"
            rf"{_REST_OF_VALUE}",
            re.IGNORECASE,
        ),
        rf"\1{MARK}",
    ),
    (re.compile(r"([?&;](?:key|auth|sig|code)=)[^&;\s\"'<>]+", re.IGNORECASE), rf"\1{MARK}"),
)


def secrets_of_environment(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the values of all variables whose name says that they hold a secret."""
    return [
        value
        for name, value in environment.items()
        if _SECRET_NAME.search(name) and not _PLACE_NAME.search(name) and not value.startswith("/")
    ]


def secrets_of_settings(tables: Iterable[BaseModel]) -> list[str]:
    """Return the secrets that settings point at, as far as they are there."""
    found = []
    for table in tables:
        for name, value in table:
            if name.endswith("_env"):
                variables = value.values() if isinstance(value, Mapping) else (value,)
                found += [os.environ.get(str(variable), "") for variable in variables if variable]
            elif name.endswith("_file") and isinstance(value, str) and value:
                with suppress(ConnectorError):
                    found.append(read_secret(name, file=value))
    return [secret for secret in found if secret]


class Redactor:
    """Hides secrets in the lines of a log. May be used by many threads."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None
        self._lock = threading.Lock()
        self.hide(secrets)

    def hide(self, secrets: Iterable[str]) -> None:
        """Hide these texts from now on, also as they look in an address."""
        found = {one.strip() for one in secrets}
        found = {one for one in found if len(one) >= SHORTEST_SECRET}
        found |= {form(one) for one in found for form in (quote, _quote_all, quote_plus, _shown)}
        with self._lock:
            if found <= self._known:
                return
            self._known |= found
            longest_first = sorted(self._known, key=len, reverse=True)
            self._pattern = re.compile("|".join(re.escape(one) for one in longest_first))

    def text(self, written: str) -> str:
        """Return a text without secrets, and not longer than a line of a log may be."""
        shown = written if len(written) <= LONGEST_TEXT else f"{written[:LONGEST_TEXT]}{MARK}"
        if self._pattern is not None:
            shown = self._pattern.sub(MARK, shown)
        for pattern, instead in _RULES:
            shown = pattern.sub(instead, shown)
        return shown

    def value(self, value: object, name: str = "", depth: int = 0) -> object:
        """Return whatever a line of a log holds under a name, without secrets in it."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if name and _SECRET_NAME.search(name) and not _PLACE_NAME.search(name):
            return MARK
        if isinstance(value, str):
            return self.text(value)
        if depth >= DEEPEST:
            return MARK
        if isinstance(value, Mapping):
            items = list(value.items())[:MOST_ENTRIES]
            return {self.text(str(key)): self.value(one, str(key), depth + 1) for key, one in items}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(one, "", depth + 1) for one in list(value)[:MOST_ENTRIES]]
        return self.text(_written(value))


def _quote_all(text: str) -> str:
    return quote(text, safe="")


def _shown(text: str) -> str:
    """Return a text as it stands between the quotation marks of a repr."""
    return repr(text)[1:-1]


def _written(value: object) -> str:
    form: Callable[[object], str] = str
    try:
        return form(value)
    except Exception:  # an object that cannot be shown must not end whoever writes a log
        return f"<{type(value).__name__}>"
