"""The wordings that tell what a page is in spite of its status: data with a version."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from connectors.html.personal import snippet
from connectors.html.rules import load_rules
from connectors.html.ruleset import PageRules
from connectors.linkcheck.observation import Sight

__all__ = ["Told", "version", "what_page_says"]

DATA: Final = Path(__file__).parent / "data" / "words.toml"
#: What stands between the parts of a title.
_PARTS: Final = re.compile(r"\s+[|–—·:>»-]+\s+|\s*[|»]\s*")


class _Rule(BaseModel):
    """One rule of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    where: Literal["title", "text"]
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    at_most: int = 0
    needs: Literal["", "password"] = ""


class _Words(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    rules: tuple[_Rule, ...] = Field(alias="rule")


class Told(BaseModel):
    """What a page says of itself: the kind, and the words that say it, without names of people."""

    model_config = ConfigDict(frozen=True)

    kind: str
    words: str


@cache
def _words() -> _Words:
    return _Words.model_validate(tomllib.loads(DATA.read_text(encoding="utf-8")))


@cache
def _page_rules() -> PageRules:
    return load_rules()


def version() -> str:
    """Return the version of the wordings, by which results can be told apart."""
    return _words().version


def what_page_says(sight: Sight) -> Told | None:
    """Return the first kind whose words a page has; None if it says nothing of that sort."""
    titles = _titles(sight)
    text = sight.text.lower()
    for rule in _words().rules:
        if rule.needs == "password" and not sight.password:
            continue
        found = None
        if rule.where == "title":
            found = next((match for one in titles if (match := rule.pattern.fullmatch(one))), None)
        elif sight.length <= rule.at_most and sight.fields < FIELDS_OF_A_FORM:
            found = rule.pattern.search(text)
        if found and not (rule.unless and rule.unless.search(text)):
            return Told(kind=rule.kind, words=snippet(found[0], _page_rules()))
    return None


#: A page with so many fields is a form somebody can fill in.
FIELDS_OF_A_FORM: Final = 3


def _titles(sight: Sight) -> list[str]:
    """Return title, its parts, and headings in small letters, each once."""
    named = [sight.title, *_PARTS.split(sight.title), *sight.headings]
    return list(dict.fromkeys(one.strip().lower() for one in named)) or [""]
