"""Options for priorities: own rules, own lists and own products, and what has to be said about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer
from sqlalchemy import Connection

from catalogue.annotations import local_day
from catalogue.priority_lists import Memberships, resolve
from catalogue.priority_rules import PriorityRules, packaged_priority_rules, read_priority_rules
from catalogue.products import Products, packaged_products, read_products
from catalogue.reports.filters import Filters
from catalogue.reports.gaps import GapList
from catalogue.reports.worklist_ranking import with_priorities
from catalogue.texts import Texts

__all__ = [
    "ListOption",
    "PriorityRulesOption",
    "ProductsOption",
    "describe_rules",
    "priority_rules_of",
    "products_of",
    "unknown_entries",
    "with_urgency",
]

#: So many keys that the catalogue lacks are named.
KEYS_SHOWN: Final = 3

PriorityRulesOption: TypeAlias = Annotated[Path | None, typer.Option("--priority-rules")]
ListOption: TypeAlias = Annotated[list[Path] | None, typer.Option("--list")]
ProductsOption: TypeAlias = Annotated[Path | None, typer.Option("--products")]


def priority_rules_of(file: Path | None, lists: Sequence[Path] | None = None) -> PriorityRules:
    """Return the rules of a file, or those of this version, with these lists.

    Raise NotFound if the file is no good, ImportRejected if a list is not.
    """
    rules = packaged_priority_rules() if file is None else read_priority_rules(file)
    return rules.with_lists(lists) if lists else rules


def products_of(file: Path | None) -> Products:
    """Return the products of a file, or those of this version. Raise NotFound if the file is no good."""
    return packaged_products() if file is None else read_products(file)


def describe_rules(connection: Connection, rules: PriorityRules) -> dict[str, object]:
    """Return what JSON says about the rules: their name, and each list with what is on it."""
    found = resolve(connection, rules.lists)
    return {
        "rules": rules.name,
        "lists": [
            {
                "name": one.name,
                "weight": one.weight,
                "services": _services(found, one.name),
                "unknown": sum(name == one.name for name, _ in found.unknown),
                "inferred": one.inferred,
                "origin": one.origin,
            }
            for one in rules.lists
        ],
    }


def _services(found: Memberships, name: str) -> int:
    return sum(any(name == one for one, _ in lists) for lists in found.of_service.values())


def unknown_entries(connection: Connection, rules: PriorityRules, text: Texts) -> list[str]:
    """Return a line for each list with entries that the catalogue does not know."""
    unknown: dict[str, list[str]] = {}
    for name, key in resolve(connection, rules.lists).unknown:
        unknown.setdefault(name, []).append(key)
    return [
        text("view.list_unknown", name=name, count=text.number(len(keys)), keys=", ".join(keys[:KEYS_SHOWN]))
        for name, keys in unknown.items()
    ]


def with_urgency(
    connection: Connection, filters: Filters, found: GapList, rules: PriorityRules, now: datetime
) -> GapList:
    """Return a gap list with the priority of each gap, as of now or of the moment of the filters."""
    return replace(found, rows=with_priorities(connection, filters, found.rows, rules, local_day(now)))
