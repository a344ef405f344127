"""What PVOG answers, as far as it is read: tolerant of what is missing, strict with identifiers.

The field names are those that published clients of the search service use. Everything else in an answer is
ignored; persons (``employees``) and contact data are never read. One item of unknown shape is counted and
left out, and the others of its list are read all the same.
"""

from __future__ import annotations

import json
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from connectors.errors import RejectDelivery

__all__ = [
    "MOST_BYTES",
    "Description",
    "Detail",
    "Module",
    "OnlinePage",
    "OnlineService",
    "ServicePage",
    "Unit",
    "read_answer",
    "read_items",
    "read_json",
]

#: A larger answer is no list of descriptions; parsed, it takes a multiple of its size.
MOST_BYTES = 4 << 20
MOST_SAMPLED = 120  # characters


def _storable(text: str) -> str:
    """Refuse half characters: no file and no database takes them."""
    text.encode()
    return text


Text = Annotated[str, AfterValidator(_storable)]
Identifier = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\s\x00-\x1f\x7f|]+$")
]
Key = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
Model = TypeVar("Model", bound=BaseModel)


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True, strict=True)


class Role(_Answer):
    """What a unit has to do with a description; 01 is the responsible one."""

    code: Text | None = None


class Unit(_Answer):
    """An organisational unit; nothing about the persons in it."""

    id: Identifier
    title: Text | None = None
    role: Role | None = None


class Link(_Answer):
    """A link with the identifier of the online service behind it, if it has one."""

    id: Identifier | None = None
    title: Text | None = None
    uri: Text | None = None


class Description(_Answer):
    """One description of a service, as lists show it for one area."""

    id: Identifier
    name: Text | None = None
    leikakeys: list[Key] | None = None
    ars: list[Text] | None = None
    online_service_links: list[Link] | None = None
    organisation_ids: list[Identifier] | None = None
    last_update: Text | None = None
    external_last_update: Text | None = None


class Period(_Answer):
    """When a description is valid (ISO dates)."""

    valid_from: Text | None = None
    valid_to: Text | None = None


class Module(_Answer):
    """A text module, or a piece of one."""

    code: Text | None = None
    text: Text | None = None
    placeholder: bool | None = None
    links: list[Link] | None = None
    details: list[Module] | None = None


class Detail(Description):
    """One description with everything that is read of it."""

    validity_periods: list[Period] | None = None
    details: list[Module] | None = None
    organisations: list[Unit] | None = None
    source_portals: list[Link] | None = None


class Attached(_Answer):
    """A description that an online service belongs to, and the areas for which it does."""

    id: Identifier
    ars: list[Text] | None = None


class OnlineService(_Answer):
    """One online service."""

    id: Identifier
    name: Text | None = None
    links: list[Link] | None = None
    service_descriptions: list[Attached] | None = None


class ServicePage(_Answer):
    """One page of descriptions; ``content`` may be missing where there is nothing."""

    content: list[object] | None = None
    last: bool | None = None
    empty: bool | None = None
    number: int | None = None
    total_pages: int | None = None
    total_elements: int | None = None


class OnlinePage(_Answer):
    """One page of online services; ``hits`` may be there and empty while ``onlineservices`` is not."""

    onlineservices: list[object] | None = None
    hits: list[object] | None = None
    total_hits: int | None = None
    next_page_token: Text | None = Field(default=None, max_length=2_000)


def read_json(body: bytes, url: str) -> object:
    """Return what an answer says. Raise RejectDelivery if it is too large or no JSON."""
    if len(body) > MOST_BYTES:
        raise RejectDelivery("pvog_too_large", url=url, limit=MOST_BYTES)
    try:
        answer: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RejectDelivery("pvog_not_json", url=url) from error
    return answer


def read_answer(model: type[Model], answer: object, url: str) -> Model:
    """Return an answer as a whole. Raise RejectDelivery if its shape is unknown."""
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        raise RejectDelivery("pvog_shape", url=url, why=_explain(error)) from None


def read_items(model: type[Model], items: list[object]) -> tuple[list[Model], list[tuple[str, str]]]:
    """Return the items that can be read, and of the others what they are called and what is wrong."""
    found: list[Model] = []
    faults: list[tuple[str, str]] = []
    for item in items:
        try:
            found.append(model.model_validate(item))
        except ValidationError as error:
            faults.append((_name_of(item), _explain(error)))
    return found, faults


def _explain(error: ValidationError) -> str:
    """Return place and kind of the first fault; never the value, which may be anybody's name."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "-"
    return f"{place}: {first['type']}"[:MOST_SAMPLED]


def _name_of(item: object) -> str:
    identifier = item.get("id") if isinstance(item, dict) else None
    usable = isinstance(identifier, str) and "@" not in identifier and " " not in identifier
    return str(identifier)[:MOST_SAMPLED] if usable else ""
