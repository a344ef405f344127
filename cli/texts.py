"""The message catalogue as commands use it; reports of the catalogue use the same class."""

from __future__ import annotations

from catalogue.texts import DEFAULT_LANGUAGE, LANGUAGES, Texts, printable

__all__ = ["DEFAULT_LANGUAGE", "LANGUAGES", "Texts", "printable"]
