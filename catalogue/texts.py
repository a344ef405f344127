"""The message catalogue in one language, with the words and figures officers read."""

from __future__ import annotations

import errno
import os
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from catalogue.messages import COMMANDS, LANGUAGES, text

__all__ = ["DEFAULT_LANGUAGE", "LANGUAGES", "Texts", "printable"]

DEFAULT_LANGUAGE = "de"
#: Characters that move the cursor, turn the direction of writing or hide others.
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


class Texts:
    """Looks up messages; a missing one shows its code and never raises.

    Messages may name commands: ``commands`` says how this program and its parts are called here.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.commands = dict(COMMANDS)

    def call_as(self, program: str, region: str = "") -> None:
        """Take note of how the program is called, and with which option for the region file."""
        self.commands = {
            "lueckenlos": program,
            "init": f"{program} init{region}",
            "preview": f"{program} sources preview{region}",
            "sync": f"{program} sync{region}",
        }

    def __call__(self, key: str, /, **params: object) -> str:
        """Return a message with its placeholders filled."""
        try:
            return text(self.language, key, **{**self.commands, **params})
        except (LookupError, ValueError, AttributeError):
            return _bare(key.partition(".")[2], params)

    def find(self, *wanted: str) -> str:
        """Return the first of several messages that exists; empty if none does."""
        for key in wanted:
            try:
                return text(self.language, key)
            except KeyError:
                continue
        return ""

    def word(self, section: str, code: str) -> str:
        """Return the word for a code; the code itself where there is none."""
        return self.find(f"{section}.{code}") or code

    def error(self, code: str, params: Mapping[str, object]) -> str:
        """Return the message of an error, its parameters made printable."""
        shown = {name: self.system(printable(str(value))) for name, value in params.items()}
        return self(f"error.{code}", **shown)

    def system(self, written: str) -> str:
        """Return what the operating system says about a failure in our words; other text as it is."""
        name = _SYSTEM_ERRORS.get(written)
        return self.word("system", name) if name else written

    def number(self, value: float) -> str:
        """Return a number with separators; decimals only where there are any."""
        written = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
        return written.translate(_GERMAN_MARKS) if self.language == "de" else written

    def signed(self, value: int) -> str:
        """Return a difference with its sign."""
        return f"{'-' if value < 0 else '+'}{self.number(abs(value))}"

    def percent(self, share: float | None) -> str:
        """Return a share of one as per cent with one decimal; a dash for none."""
        if share is None:
            return "–"
        written = f"{100 * share:.1f} %"
        return written.translate(_GERMAN_MARKS) if self.language == "de" else written

    def moment(self, written: str) -> str:
        """Return a moment of the database in the time of this machine; a dash for none."""
        if not written:
            return "–"
        try:
            local = datetime.fromisoformat(written).astimezone()
        except ValueError:
            return printable(written)
        return local.strftime("%d.%m.%Y %H:%M" if self.language == "de" else "%Y-%m-%d %H:%M")

    def day(self, written: str) -> str:
        """Return the day of a moment in the time of this machine; a dash for none."""
        return self.moment(written).partition(" ")[0]

    def truth(self, value: bool) -> str:
        """Return yes or no."""
        return self("word.yes" if value else "word.no")


#: What the operating system says, and the name of the error.
_SYSTEM_ERRORS = {os.strerror(number): name for number, name in errno.errorcode.items()}
_GERMAN_MARKS = str.maketrans({",": ".", ".": ","})


def _bare(code: str, params: Mapping[str, object]) -> str:
    details = ", ".join(f"{name}={value}" for name, value in params.items())
    return f"{code} ({details})" if details else code


def printable(written: str) -> str:
    """Return text from outside so that it cannot steer the terminal: one line, no hidden characters."""
    if written.isascii() and written.isprintable():
        return written
    return "".join(
        " " if character in "\n\r\t" else character
        for character in written
        if character in "\n\r\t" or unicodedata.category(character) not in _HARMFUL
    )
