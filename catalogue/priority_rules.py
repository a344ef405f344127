"""The rules of priorities and of comparing areas: data in ``priority.toml``, which a copy may replace."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from catalogue.priority import PARTS, Bounds
from catalogue.priority_lists import Entry, PriorityList, read_lists
from catalogue.rulefile import read_rule_file

__all__ = ["PriorityRules", "packaged_priority_rules", "read_priority_rules"]

PACKAGED: Final = Path(__file__).parent / "priority.toml"
MANUAL: Final = "docs/prioritaeten.md"
_Weight = Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]
_People = Annotated[int, Field(ge=1, le=1_000_000_000)]
_Strict = ConfigDict(extra="forbid", frozen=True)


class _Weights(BaseModel):
    model_config = _Strict

    lists: _Weight
    peers: _Weight
    population: _Weight
    age: _Weight

    @model_validator(mode="after")
    def _something_counts(self) -> Self:
        if not any(getattr(self, code) for code in PARTS):
            raise ValueError("0")
        return self


class _Peers(BaseModel):
    model_config = _Strict

    least: int = Field(ge=1, le=1_000)


class _Population(BaseModel):
    model_config = _Strict

    start: _People = Field(alias="from")
    end: _People = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start >= self.end:
            raise ValueError("from >= to")
        return self


class _Age(BaseModel):
    model_config = _Strict

    full_after: int = Field(ge=1, le=36_500)


class _Shared(BaseModel):
    model_config = _Strict

    kinds: tuple[str, ...] = ()
    least_areas: int = Field(ge=2, le=1_000, default=2)


class _Files(BaseModel):
    model_config = _Strict

    lists: tuple[str, ...] = ()


class _List(BaseModel):
    model_config = _Strict

    name: str = Field(pattern=r"^[^\s|;,]{1,60}$")
    weight: float = Field(ge=0, le=1, default=1.0)
    flag: Literal["", "sdg1", "sdg2"] = ""
    origin: str = ""
    inferred: bool = False


class _RuleFile(BaseModel):
    """What a file of rules says, before the lists it names are read."""

    model_config = _Strict

    rules: str = Field(min_length=1, max_length=40)
    weights: _Weights
    peers: _Peers
    sizes: dict[str, tuple[_People, ...]]
    population: _Population
    age: _Age
    shared: _Shared = _Shared()
    files: _Files = _Files()
    list: tuple[_List, ...] = ()

    @field_validator("sizes")
    @classmethod
    def _rising(cls, given: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
        if any(sorted(set(bounds)) != [*bounds] for bounds in given.values()):
            raise ValueError("not rising")
        return given

    @field_validator("list")
    @classmethod
    def _each_once(cls, given: tuple[_List, ...]) -> tuple[_List, ...]:
        if len({one.name for one in given}) < len(given):
            raise ValueError("name")
        return given


@dataclass(frozen=True)
class PriorityRules:
    """How priorities are reckoned and who is compared with whom; ``name`` is what reports repeat."""

    name: str
    bounds: Bounds
    sizes: dict[str, tuple[int, ...]]
    lists: tuple[PriorityList, ...]
    shared_kinds: frozenset[str]
    shared_areas: int

    def size_class(self, level: str, population: int | None) -> tuple[int, int | None] | None:
        """Return the bounds of an area's size class: at least, below; None if its size is not known."""
        if population is None:
            return None
        bounds = self.sizes.get(level, ())
        place = bisect_right(bounds, population)
        return (bounds[place - 1] if place else 0, bounds[place] if place < len(bounds) else None)

    def with_lists(self, files: Sequence[Path]) -> PriorityRules:
        """Return the rules with the lists of these files as well. Raise ImportRejected."""
        lists = {one.name: one for one in self.lists}
        for file in files:
            _take_in(lists, read_lists(file))
        return replace(self, lists=tuple(lists.values()))


@cache
def packaged_priority_rules() -> PriorityRules:
    """Return the rules of this version."""
    return read_priority_rules(PACKAGED)


def read_priority_rules(path: Path) -> PriorityRules:
    """Read rules and the lists they name, which lie beside them.

    Raise NotFound if the file cannot be read or says something impossible, ImportRejected for a list.
    """
    said = read_rule_file(path, _RuleFile, MANUAL)
    lists = {one.name: PriorityList(**one.model_dump()) for one in said.list}
    for name in said.files.lists:
        _take_in(lists, read_lists(path.parent / name))
    weights = tuple(float(getattr(said.weights, code)) for code in PARTS)
    return PriorityRules(
        name=said.rules,
        bounds=Bounds(
            weights, said.peers.least, said.population.start, said.population.end, said.age.full_after
        ),
        sizes=dict(said.sizes),
        lists=tuple(lists.values()),
        shared_kinds=frozenset(said.shared.kinds),
        shared_areas=said.shared.least_areas,
    )


def _take_in(lists: dict[str, PriorityList], found: dict[str, tuple[Entry, ...]]) -> None:
    """Add the entries of a file to the lists they name; what no rule names becomes a list of its own."""
    for name, entries in found.items():
        known = lists.get(name, PriorityList(name))
        lists[name] = replace(known, entries=known.entries + entries)
