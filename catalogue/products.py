"""Which product or ready service a link leads to: recognised by host and path, data in ``products.toml``."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from catalogue.entries_links import split_link
from catalogue.rulefile import read_rule_file

__all__ = ["READY_KINDS", "Product", "Products", "packaged_products", "read_products"]

PACKAGED: Final = Path(__file__).parent / "products.toml"
MANUAL: Final = "docs/prioritaeten.md"
#: Kinds of products that are a service for more than one municipality and need no work of its own.
READY_KINDS: Final = ("bund", "land", "efa")
LONGEST_ADDRESS: Final = 500  # characters of host and path that patterns look at
_MOST_STARS: Final = 3  # of one pattern: more would take long on hostile addresses
_Strict = ConfigDict(extra="forbid", frozen=True)


class Product(NamedTuple):
    """What a link was recognised as."""

    name: str
    kind: str  # form_server, portal, efa, land, bund
    inferred: bool


class _Rule(BaseModel):
    model_config = _Strict

    name: str = Field(min_length=1, max_length=80)
    kind: Literal["form_server", "portal", "efa", "land", "bund"]
    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    origin: str = Field(min_length=1)
    inferred: bool = False

    @model_validator(mode="after")
    def _possible(self) -> _Rule:
        if not (self.hosts or self.paths):
            raise ValueError("hosts, paths")
        if any(pattern.count("*") > _MOST_STARS for pattern in self.paths):
            raise ValueError("***")
        return self


class _RuleFile(BaseModel):
    model_config = _Strict

    rules: str = Field(min_length=1, max_length=40)
    product: tuple[_Rule, ...] = ()


class Products:
    """Recognises links; of several rules the first that fits decides."""

    def __init__(self, file: _RuleFile) -> None:
        self.name = file.rules
        self._products = [Product(rule.name, rule.kind, rule.inferred) for rule in file.product]
        self._hosts: dict[str, int] = {}
        patterns: list[tuple[int, str]] = []
        for number, rule in enumerate(file.product):
            for host in rule.hosts:
                self._hosts.setdefault(host.lower().removeprefix("www."), number)
            patterns += ((number, path.lower()) for path in rule.paths)
        self._of_pattern = [number for number, _ in patterns]
        # One expression for all patterns, in their order.
        self._paths = re.compile("|".join(f"({translate(path)})" for _, path in patterns) or r"(?!)")
        # An address without any of these words fits no rule; most addresses of a region have none of them.
        self._words = sorted({*self._hosts, *(_longest_word(path) for _, path in patterns)})
        self.recognise = lru_cache(maxsize=20_000)(self._recognise)

    def _recognise(self, url: str) -> Product | None:
        """Return what an address leads to; None if no rule knows it or it is no web address."""
        written = url.lower()
        if not any(word in written for word in self._words):
            return None
        parts = split_link(url)
        if parts is None:
            return None
        host = parts.host.partition(":")[0]
        fitting = [
            number for number in (self._by_host(host), self._by_path(host + parts.path)) if number >= 0
        ]
        return self._products[min(fitting)] if fitting else None

    def _by_host(self, host: str) -> int:
        """Return the first rule that names the host or one above it; -1 if none does."""
        labels = host.split(".")
        above = (".".join(labels[start:]) for start in range(len(labels)))
        return min((self._hosts[name] for name in above if name in self._hosts), default=-1)

    def _by_path(self, place: str) -> int:
        """Return the first rule with a pattern that fits; -1 if none does."""
        found = self._paths.match(f"{place}/"[:LONGEST_ADDRESS])
        return -1 if found is None or found.lastindex is None else self._of_pattern[found.lastindex - 1]


def _longest_word(pattern: str) -> str:
    """Return the longest piece of a pattern that every address has which fits, without closing slashes."""
    return max(re.split(r"[*?]|\[.*?\]", pattern), key=len).rstrip("/")


@cache
def packaged_products() -> Products:
    """Return the products this version knows."""
    return read_products(PACKAGED)


def read_products(path: Path) -> Products:
    """Read rules from a file. Raise NotFound if it cannot be read or says something impossible."""
    return Products(read_rule_file(path, _RuleFile, MANUAL))
