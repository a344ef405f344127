"""What a portal profile may say, checked when it is read.

A profile is data: which pages of a product list services, which address belongs to which kind of page,
and where on a page its facts stand. Every entry names where it comes from (``origin``) and whether that is
confirmed or inferred (``inferred``). Addresses are meant relative to a tenant's own address.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, ClassVar, Literal, Self

from cssselect import HTMLTranslator, SelectorError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from connectors.portals.plainaddress import PlainAddress, plain_address

__all__ = [
    "LETTERS",
    "AddressRule",
    "Assignment",
    "Band",
    "ClosedRule",
    "DetailRule",
    "Items",
    "ListPage",
    "PageParts",
    "Profile",
    "Roof",
    "StatusWords",
    "split_selector",
]

LETTERS = (*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "Ä", "Ö", "Ü")
_LONGEST = 1_000

Operator = Literal["own", "kreis", "land", "bund", "efa", "shared"]


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise PydanticCustomError(
            "portal_profile_pattern", "no regular expression: {why}", {"why": str(error)}
        ) from None
    return text


def split_selector(selector: str) -> tuple[str, str]:
    """Return the CSS part of ``css@attribute`` and the attribute; either may be empty."""
    css, _, attribute = selector.rpartition("@") if "@" in selector else (selector, "", "")
    return css.strip(), attribute.strip()


@cache
def _is_css(css: str) -> bool:
    try:
        HTMLTranslator().css_to_xpath(css)
    except (SelectorError, RecursionError):
        return False
    return True


def _selector(text: str) -> str:
    css, attribute = split_selector(text)
    if (css and not _is_css(css)) or (attribute and not re.fullmatch(r"[A-Za-z][\w:-]*", attribute)):
        raise PydanticCustomError("portal_profile_selector", "'{given}' is no CSS selector", {"given": text})
    return text


Pattern = Annotated[str, Field(max_length=_LONGEST), AfterValidator(_pattern)]
#: ``css`` for the text of the first element that fits, ``css@attribute`` for an attribute of it,
#: ``@attribute`` for one of the element itself; empty for nothing.
Selector = Annotated[str, Field(max_length=_LONGEST), AfterValidator(_selector)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    origin: str = Field(min_length=1)
    inferred: bool = False


class ListPage(_Entry):
    """A page that lists services, by its address; ``{letter}`` in it stands for each of ``letters``.

    The tenant cannot be called complete without a page that is ``required``.
    """

    address: str = Field(max_length=_LONGEST)
    letters: tuple[str, ...] = LETTERS
    format: Literal["html", "feed"] = "html"
    required: bool = True

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return the address for each letter, or the one address."""
        if "{letter}" not in self.address:
            return (self.address,)
        return tuple(self.address.replace("{letter}", letter) for letter in self.letters)


class AddressRule(_Entry):
    """A family of addresses: a pattern for the whole path, and one for each parameter named.

    The id is the group ``id`` of the pattern, or the parameter ``id_parameter``.
    """

    needs_id: ClassVar[bool] = False

    name: str = Field(default="", pattern=r"^[a-z0-9-]*$")
    path: Pattern
    query: dict[str, Pattern] = {}
    id_parameter: str = ""
    example: str = ""

    @model_validator(mode="after")
    def _check_rule(self) -> Self:
        has_id = bool(self.id_parameter) or "id" in re.compile(self.path).groupindex
        if self.needs_id and not (has_id and self.name):
            raise PydanticCustomError(
                "portal_profile_id", "the entry needs a name, and a group (?P<id>…) or id_parameter"
            )
        if self.example and self.find(plain_address(self.example)) is None:
            raise PydanticCustomError("portal_profile_example", "the pattern does not fit its own example")
        return self

    def find(self, address: PlainAddress) -> str | None:
        """Return the id an address of this family has (perhaps an empty one), or None for any other."""
        found = re.fullmatch(self.path, address.path)
        if found is None:
            return None
        for name, pattern in self.query.items():
            if not any(re.fullmatch(pattern, value) for value in address.values(name)):
                return None
        if self.id_parameter:
            return next(iter(address.values(self.id_parameter)), None)
        return found["id"] if "id" in found.re.groupindex else ""


class DetailRule(AddressRule):
    """Pages that describe one service each, told apart by their id."""

    needs_id: ClassVar[bool] = True


class ClosedRule(AddressRule):
    """Addresses that are never opened. Those that mean ``online`` start an online service.

    Where several services share one such address (``shared``), the title is part of their identity.
    ``flags`` are evidence flags that such a link shows by itself, ``operator`` is who runs the service.
    """

    meaning: Literal["online", "login", "none"]
    operator: Operator | Literal[""] = "own"
    shared: bool = False
    flags: tuple[Literal["account_required", "eid"], ...] = ()

    @model_validator(mode="after")
    def _check_identity(self) -> Self:
        has_id = bool(self.id_parameter) or "id" in re.compile(self.path).groupindex
        if self.meaning == "online" and not (has_id and self.name):
            raise PydanticCustomError(
                "portal_profile_id", "the entry needs a name, and a group (?P<id>…) or id_parameter"
            )
        return self


class Items(_Entry):
    """Where services stand on a list page: one element for each, and what is found inside it.

    ``elsewhere`` is the status that a link to another operator's host shows if it bears no label.
    """

    select: Selector = ""
    link: Selector = "a[href]"
    title: Selector = ""
    synonyms: Selector = ""
    category: Selector = ""
    unit: Selector = ""
    status: Selector = ""
    online_label: Pattern = ""
    elsewhere: Literal["online", "described"] = "described"


class PageParts(_Entry):
    """Where facts stand on a detail page; what is empty is read by the general rules for pages."""

    title: Selector = ""
    unit: Selector = ""
    status: Selector = ""
    modified: Selector = ""
    online: Selector = ""


class StatusWords(_Entry):
    """What a status on a list or detail page means; the pattern fits the whole folded text."""

    pattern: Pattern
    status: Literal["online", "form", "described"]


class Assignment(_Entry):
    """Which service an entry stands for that is none itself; the pattern is searched in its folded text."""

    pattern: Pattern
    title: str = Field(min_length=1, max_length=_LONGEST)
    keys: tuple[Annotated[str, Field(pattern=r"^[0-9]{14}$")], ...] = ()


class Roof(_Entry):
    """A page that forwards to the tenants: which hosts it links to are such instances."""

    instances: Pattern


class Band(_Entry):
    """Between how many services a tenant of this product has."""

    services: tuple[int, int]

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if not 0 <= self.services[0] <= self.services[1]:
            raise PydanticCustomError(
                "portal_profile_band", "services needs two numbers, the smaller one first"
            )
        return self


class Profile(BaseModel):
    """One product: the addresses of its pages, and where their facts stand."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")
    description: str = Field(min_length=1, max_length=_LONGEST)
    extends: str = ""
    silence: Literal["absence", "nothing"] = "nothing"
    operator: Operator | Literal[""] = ""
    ignored_parameters: tuple[str, ...] = ()
    list: tuple[ListPage, ...] = Field(min_length=1)
    more: tuple[AddressRule, ...] = ()
    detail: tuple[DetailRule, ...] = ()
    closed: tuple[ClosedRule, ...] = ()
    other: tuple[AddressRule, ...] = ()
    items: Items
    page: PageParts | None = None
    status: tuple[StatusWords, ...] = ()
    assign: tuple[Assignment, ...] = ()
    roof: Roof | None = None
    band: Band | None = None

    @model_validator(mode="after")
    def _check_reachable(self) -> Self:
        if not self.detail and not any(rule.meaning == "online" for rule in self.closed):
            raise PydanticCustomError(
                "portal_profile_empty",
                "no service can be found: the profile has no detail and no online link",
            )
        both = sorted({rule.name for rule in self.detail} & {rule.name for rule in self.closed})
        if both:
            raise PydanticCustomError(
                "portal_profile_twice", "{name} is a detail and a closed address", {"name": both[0]}
            )
        return self
