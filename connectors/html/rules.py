"""The rules by which pages are read: packaged data, and what a region adds, compiled once.

The data are in ``data/*.toml``; :mod:`connectors.html.entries` says what they may hold. Rules of a region
come before the packaged ones, so that they win where the first rule that fits decides.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from connectors.html.entries import NamesRule, PageRule, RuleFile, StaleRule, TitleRule
from connectors.html.rulefile import read_rule_file
from connectors.html.ruleset import LEAST_WORD, Cue, Family, LinkPattern, PageRules, TitleUse

__all__ = ["READER", "PageRules", "load_rules"]

#: Raised whenever this package reads the same page with the same rules differently.
READER = "pages/3"
DATA = Path(__file__).parent / "data"
UNIT_USES = ("ending", "beginning", "vague", "tier_kreis", "tier_land", "tier_bund")
#: Words of phrases that most pages have; the others of a phrase tell sooner that a page lacks it.
EVERYWHERE = frozenset({"online", "antrag", "einer", "bitte", "können"})
NEVER = re.compile(r"(?!)")
T = TypeVar("T")


def load_rules(extra: Path | None = None) -> PageRules:
    """Return the packaged rules, with those of a region's file before them.

    Raise AbortRun if the file cannot be used; the error names file, line and key.
    """
    paths = ([extra] if extra else []) + sorted(DATA.glob("*.toml"))
    read = [read_rule_file(path) for path in paths]
    hashed = hashlib.blake2b(READER.encode(), digest_size=16)
    for path, (_, body) in zip(paths, read, strict=True):
        hashed.update(f"\0{'' if path is extra else path.name}\0{len(body)}\0".encode())
        hashed.update(body)
    return _compile([rules for rules, _ in read], hashed.hexdigest())


def _all(files: list[RuleFile], key: Callable[[RuleFile], Iterable[T]]) -> list[T]:
    return [entry for rules in files for entry in key(rules)]


def _compile(files: list[RuleFile], digest: str) -> PageRules:
    cues = _all(files, lambda rules: rules.cue)
    parameters = _all(files, lambda rules: rules.parameter)
    titles = [rule.pattern for rule in _all(files, lambda rules: rules.page) if rule.where == "title"]
    roles = [rule.pattern for rule in _all(files, lambda rules: rules.strip) if rule.where == "role"]
    noise = [rule.pattern for rule in _all(files, lambda rules: rules.label_noise)]
    always = [name for rule in parameters if rule.drop == "always" for name in rule.names]
    return PageRules(
        digest=digest,
        cues=tuple(
            Cue(c.flag, c.words, _optional(c.pattern), _optional(c.unless), c.whole, c.with_online)
            for c in cues
        ),
        beginnings=_beginnings([cue.words for cue in cues]),
        links=tuple(
            LinkPattern(rule.kind, rule.where, rule.words, re.compile(rule.pattern))
            for rule in _all(files, lambda rules: rules.link)
        ),
        words=_words(files),
        titles=_titles(_all(files, lambda rules: rules.title)),
        pages=_pages(files),
        any_page_title=re.compile(_either(titles)),
        addresses=_families(files),
        person_addresses=_person_addresses(files),
        hosts=_hosts(files),
        host_patterns=_host_patterns(files),
        shared_domains=frozenset(
            host for rule in _all(files, lambda rules: rules.shared_domain) for host in rule.hosts
        ),
        dropped_always=_names(always).fullmatch,
        dropped_from_identity=_names(name for rule in parameters for name in rule.names).fullmatch,
        tenants=frozenset(_listed(files, lambda rules: rules.tenant)),
        own_tenants=frozenset(_listed(files, lambda rules: rules.own_tenant)),
        host_prefixes=tuple(_listed(files, lambda rules: rules.host_prefix)),
        stale=_stale(files),
        scripted=re.compile(_either(rule.pattern for rule in _all(files, lambda rules: rules.js))),
        dates=tuple(re.compile(rule.pattern) for rule in _all(files, lambda rules: rules.date)),
        acts=_acts(files),
        units={use: _unit_words(files, use) for use in UNIT_USES},
        unit_phrases=tuple(re.compile(phrase) for phrase in _unit_words(files, "phrase")),
        first_names=frozenset(_people(files, "first_name")),
        announced=_announced(_people(files, "announced"), _people(files, "no_name")),
        label_noise=re.compile(_either(noise), re.IGNORECASE),
        _link_words=_link_words(files),
        _labels=_labels(files),
        _classes=_classes(files),
        _roles=re.compile(_either(roles)),
    )


def _listed(files: list[RuleFile], key: Callable[[RuleFile], Iterable[NamesRule]]) -> list[str]:
    return [name for rule in _all(files, key) for name in rule.names]


def _labels(files: list[RuleFile]) -> re.Pattern[str]:
    sections = _all(files, lambda rules: rules.section)
    return re.compile(
        "|".join(f"(?P<{rule.name}_{n}>{_either(rule.labels)})" for n, rule in enumerate(sections))
    )


def _link_words(files: list[RuleFile]) -> re.Pattern[str]:
    rules = [rule for rule in _all(files, lambda rules: rules.link) if rule.where == "url"]
    # A rule without words may fit any address.
    words = [re.escape(word) for rule in rules for word in rule.words or ("",)]
    return re.compile("|".join(words))


def _words(files: list[RuleFile]) -> dict[str, re.Pattern[str]]:
    words: dict[str, list[str]] = {}
    for word in _all(files, lambda rules: rules.word):
        words.setdefault(word.use, []).append(word.pattern)
    return {use: re.compile(_either(patterns)) for use, patterns in words.items()}


def _pages(files: list[RuleFile]) -> tuple[tuple[PageRule, re.Pattern[str], re.Pattern[str]], ...]:
    return tuple(
        (rule, re.compile(rule.pattern), _or_never(rule.unless))
        for rule in _all(files, lambda rules: rules.page)
    )


def _families(files: list[RuleFile]) -> tuple[Family, ...]:
    return tuple(
        Family(rule.words[0], rule.words[1:], re.compile(rule.pattern), rule.family, rule.kind)
        for rule in _all(files, lambda rules: rules.address)
    )


def _person_addresses(files: list[RuleFile]) -> tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]:
    return tuple(
        (rule.words, re.compile(rule.pattern))
        for rule in _all(files, lambda rules: rules.address)
        if rule.kind == "person"
    )


def _hosts(files: list[RuleFile]) -> dict[str, str]:
    rules = _all(files, lambda rules: rules.host)
    return {host: rule.operator for rule in reversed(rules) for host in rule.hosts}


def _host_patterns(files: list[RuleFile]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    rules = _all(files, lambda rules: rules.host)
    return tuple((rule.operator, re.compile(rule.pattern)) for rule in rules if rule.pattern)


def _stale(files: list[RuleFile]) -> tuple[tuple[StaleRule, re.Pattern[str] | None, re.Pattern[str]], ...]:
    return tuple(
        (rule, _optional(rule.pattern), _or_never(rule.unless))
        for rule in _all(files, lambda rules: rules.stale)
    )


def _acts(files: list[RuleFile]) -> tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...]:
    return tuple(
        (rule.name, rule.words, re.compile(rule.pattern)) for rule in _all(files, lambda rules: rules.act)
    )


def _unit_words(files: list[RuleFile], use: str) -> tuple[str, ...]:
    return tuple(
        word for rule in _all(files, lambda rules: rules.unit) if rule.use == use for word in rule.words
    )


def _people(files: list[RuleFile], use: str) -> list[str]:
    return [
        word for rule in _all(files, lambda rules: rules.people) if rule.use == use for word in rule.words
    ]


def _beginnings(phrases: list[tuple[str, ...]]) -> dict[str, tuple[tuple[str, int, str], ...]]:
    """Return the phrases of cues by the first letters of their longest word."""
    found: dict[str, list[tuple[str, int, str]]] = {}
    for number, words in enumerate(phrases):
        for phrase in words:
            inside = re.findall(r"\w+", phrase)
            telling = max([word for word in inside if word not in EVERYWHERE] or inside, key=len)
            found.setdefault(telling[:LEAST_WORD], []).append((telling, number, phrase))
    return {letters: tuple(entries) for letters, entries in found.items()}


def _classes(files: list[RuleFile]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    strip = [rule.pattern for rule in _all(files, lambda rules: rules.strip) if rule.where == "class"]
    main = [rule.pattern for rule in _all(files, lambda rules: rules.main) if rule.where == "class"]
    zones = _all(files, lambda rules: rules.zone)
    person = [rule.pattern for rule in zones if rule.name == "person"]
    related = [rule.pattern for rule in zones if rule.name == "related"]
    # Staff first: whatever else such a box is, it is not read.
    head = [rule.pattern for rule in zones if rule.name == "head"]
    ordered = (
        ("person", person),
        ("strip", strip),
        ("head", head),
        ("related", related),
        ("main", main),
    )
    return tuple((verdict, re.compile(_either(patterns))) for verdict, patterns in ordered)


def _titles(rules: list[TitleRule]) -> TitleUse:
    def of(use: str) -> re.Pattern[str]:
        return re.compile(_either(p for rule in rules if rule.use == use for p in rule.patterns))

    return TitleUse(*(of(use) for use in TitleUse._fields))


def _either(patterns: Iterable[str]) -> str:
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    return joined or "(?!)"


def _names(names: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for names of parameters; ``x*`` stands for every name that begins so."""
    return re.compile(_either(re.escape(name).replace(r"\*", ".*") for name in names), re.IGNORECASE)


def _announced(words: Iterable[str], nouns: Iterable[str]) -> re.Pattern[str]:
    joined = "|".join(sorted((re.escape(word) for word in words), key=len, reverse=True))
    # "… einer stillenden Frau Entgegennahme": what titles of services go on with is no name.
    name = rf"(?!{_either(nouns)})[A-ZÄÖÜ][\w'’-]+"
    before = r"(?:\s*:)?(?:\s+(?:Dr\.|Prof\.|Frau|Herrn?))*"
    return re.compile(rf"\b(?:{joined}){before}(?:\s+(?:(?:von|van|zu|de|der)\s+)*{name}){{1,3}}")


def _optional(pattern: str) -> re.Pattern[str] | None:
    return re.compile(pattern) if pattern else None


def _or_never(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern) if pattern else NEVER
