"""The entries of a file of page rules: what a rule may say, checked when it is read.

Each entry names where it comes from (``origin``) and whether that is inferred. Patterns are regular
expressions of Python; where an entry gives an ``example``, the rule must fit it.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

__all__ = [
    "ActRule",
    "AddressRule",
    "CueRule",
    "DateRule",
    "HostRule",
    "LinkRule",
    "NamesRule",
    "PageRule",
    "ParameterRule",
    "PatternRule",
    "PeopleRule",
    "RuleFault",
    "RuleFile",
    "SectionRule",
    "StaleRule",
    "TitleRule",
    "UnitRule",
    "WhereRule",
    "WordRule",
    "ZoneRule",
]

LONGEST_PATTERN = 4_000


class RuleFault(ValueError):
    """A rule contradicts itself; ``code`` names the message, ``why`` is what the library says."""

    def __init__(self, code: str, why: str = "") -> None:
        super().__init__(code, why)
        self.code = code
        self.why = why


def _compiled(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise RuleFault("page_rules_pattern", str(error)) from None
    return pattern


def _combinable(pattern: str) -> str:
    """Check a pattern that becomes one of several in a larger one."""
    try:
        whole = re.compile(f"x|(?:{pattern})")
    except (re.error, RecursionError, OverflowError) as error:
        raise RuleFault("page_rules_pattern", str(error)) from None
    if whole.groupindex or _BACKWARD.search(pattern):
        raise RuleFault("page_rules_pattern", "named groups and references to groups are not possible here")
    return _compiled(pattern)


_BACKWARD = re.compile(r"\\[1-9]")
Pattern = Annotated[str, Field(max_length=LONGEST_PATTERN), AfterValidator(_combinable)]
LonePattern = Annotated[str, Field(max_length=LONGEST_PATTERN), AfterValidator(_compiled)]
Words = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=1_000)], ...], Field(min_length=1)]
Operator = Literal["own", "kreis", "land", "bund", "efa", "shared"]
PageKind = Literal[
    "service", "multi", "list", "unit", "fragment", "easy_language", "news",
    "form_tool", "booking", "error", "foreign", "other",
]  # fmt: skip


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    origin: str = Field(min_length=1)
    inferred: bool = False


class SectionRule(_Entry):
    """Labels of one canonical section; each is a pattern for the whole folded heading."""

    name: str = Field(pattern="^[a-z_]+$")
    labels: tuple[Pattern, ...] = Field(min_length=1)


class CueRule(_Entry):
    """Words that show one evidence flag."""

    flag: str = Field(pattern="^[a-z_]+$")
    words: Words
    pattern: Pattern = ""
    unless: Pattern = ""
    whole: bool = False
    with_online: bool = False
    example: str = ""

    @model_validator(mode="after")
    def _check_example(self) -> Self:
        if self.example:
            text = self.example.lower()
            found = any(word in text for word in self.words) and re.search(self.pattern, text)
            if not found or (self.unless and re.search(self.unless, text)):
                raise RuleFault("page_rules_example")
        return self


class WhereRule(_Entry):
    """A pattern for a class or id, or for a role."""

    where: Literal["class", "role"]
    pattern: Pattern


class ZoneRule(WhereRule):
    """What an element with such a class holds."""

    name: Literal["related", "person", "head"]


class PatternRule(_Entry):
    """A pattern without further conditions."""

    pattern: Pattern
    name: str = ""


class TitleRule(_Entry):
    """Titles of one sort; each is a pattern for the whole folded title, or for its beginning."""

    use: Literal[
        "generic", "site", "prefix", "prefix_after_generic", "collection", "unit", "service",
        "act", "part_of_one", "teaser",
    ]  # fmt: skip
    patterns: tuple[Pattern, ...] = Field(min_length=1)


class UnitRule(_Entry):
    """Words of units, by what they are good for; phrases are patterns."""

    use: Literal["ending", "beginning", "phrase", "vague", "tier_kreis", "tier_land", "tier_bund"]
    words: Words

    @model_validator(mode="after")
    def _check_phrases(self) -> Self:
        if self.use == "phrase" and any(re.compile(_compiled(word)).groups != 1 for word in self.words):
            raise RuleFault("page_rules_pattern", "a phrase has one group, which holds the unit")
        return self


class LinkRule(_Entry):
    """What a link with such a label, address or hint leads to."""

    kind: Literal["document", "booking", "status", "information", "online", "server", "form_path", "portal"]
    where: Literal["label", "url", "hint"]
    words: tuple[str, ...] = ()  # one of them must be there before the pattern is tried
    pattern: Pattern


class WordRule(_Entry):
    """A pattern that judges a link by the words around it."""

    use: Literal[
        "no_form", "form_name", "apply_in_portal", "apply_in_sentence", "negated",
        "collective", "begins", "front_page", "front_host", "assisted",
    ]  # fmt: skip
    pattern: Pattern


class HostRule(_Entry):
    """Who operates what such hosts serve."""

    operator: Operator
    hosts: tuple[str, ...] = ()
    pattern: Pattern = ""


class NamesRule(_Entry):
    """Names of parameters (tenants) or beginnings of hosts."""

    names: Words


class ParameterRule(NamesRule):
    """Parameters to drop: always, or only from the identity. ``x*`` stands for a beginning."""

    drop: Literal["always", "identity"]


class SharedDomainRule(_Entry):
    """Domains below which each municipality has its own host."""

    hosts: Words


class AddressRule(_Entry):
    """A family of addresses: what identifies a page in it, and what kind of page it is."""

    family: str = Field(pattern="^[a-z0-9-]*$")
    kind: PageKind | Literal["person"]
    words: Words
    pattern: LonePattern
    example: str = ""

    @model_validator(mode="after")
    def _check_example(self) -> Self:
        low = self.example.lower()
        fits = all(word in low for word in self.words) and re.search(self.pattern, self.example)
        if self.example and not fits:
            raise RuleFault("page_rules_example")
        return self


class PageRule(_Entry):
    """What makes a page one of a kind."""

    kind: PageKind
    name: str = Field(min_length=1)
    where: Literal["title", "text", "lang", "markup"]
    words: tuple[str, ...] = ()  # one of them must be there before the pattern is tried
    pattern: Pattern
    unless: Pattern = ""
    at_most: int = Field(default=0, ge=0)
    needs: Literal["", "password", "links"] = ""


class StaleRule(_Entry):
    """What shows that a page is outdated: words, or a date it was not changed since."""

    name: str = Field(min_length=1)
    words: tuple[str, ...] = ()  # one of them must be there before the pattern is tried
    pattern: Pattern = ""
    unless: Pattern = ""
    before: str = Field(default="", pattern=r"^(\d{4}-\d\d-\d\d)?$")


class DateRule(_Entry):
    """A visible date of change; the group ``date`` holds it."""

    kind: Literal["visible"]
    pattern: LonePattern

    @model_validator(mode="after")
    def _check_group(self) -> Self:
        if "date" not in re.compile(self.pattern).groupindex:
            raise RuleFault("page_rules_group")
        return self


class ActRule(_Entry):
    """One act and the words that tell it."""

    name: str = Field(min_length=1)
    words: Words
    pattern: Pattern


class PeopleRule(_Entry):
    """Words by which names of people are recognised."""

    use: Literal["first_name", "announced", "no_name"]
    words: Words


class RuleFile(BaseModel):
    """Everything that one file of page rules may hold; each key is a list of tables."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    section: tuple[SectionRule, ...] = ()
    cue: tuple[CueRule, ...] = ()
    strip: tuple[WhereRule, ...] = ()
    main: tuple[WhereRule, ...] = ()
    zone: tuple[ZoneRule, ...] = ()
    label_noise: tuple[PatternRule, ...] = ()
    title: tuple[TitleRule, ...] = ()
    unit: tuple[UnitRule, ...] = ()
    link: tuple[LinkRule, ...] = ()
    word: tuple[WordRule, ...] = ()
    host: tuple[HostRule, ...] = ()
    shared_domain: tuple[SharedDomainRule, ...] = ()
    address: tuple[AddressRule, ...] = ()
    parameter: tuple[ParameterRule, ...] = ()
    tenant: tuple[NamesRule, ...] = ()
    own_tenant: tuple[NamesRule, ...] = ()
    host_prefix: tuple[NamesRule, ...] = ()
    page: tuple[PageRule, ...] = ()
    stale: tuple[StaleRule, ...] = ()
    js: tuple[PatternRule, ...] = ()
    date: tuple[DateRule, ...] = ()
    act: tuple[ActRule, ...] = ()
    people: tuple[PeopleRule, ...] = ()
