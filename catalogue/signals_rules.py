"""The rules by which signals are recognised: data in ``signals.toml``, which a copy may replace."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from catalogue.rulefile import read_rule_file

__all__ = ["SIGNALS", "Patterns", "SignalRules", "packaged_rules", "read_rules"]

#: The signals in the order in which they are shown.
SIGNALS: Final = (
    "shared_link",
    "home_page",
    "generic_form",
    "pdf_as_online",
    "generic_text",
    "appointment",
    "status_query",
    "foreign_location",
    "login_page",
)
PACKAGED = Path(__file__).parent / "signals.toml"
_Words = tuple[str, ...]


class Patterns(BaseModel):
    """Patterns of one signal; ``*`` stands for anything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: _Words = ()
    segments: _Words = ()
    last: _Words = ()
    endings: _Words = ()
    parameters: _Words = ()


class SignalRules(BaseModel):
    """All rules; ``rules`` is their name, which reports repeat."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: str = Field(min_length=1, max_length=40)
    shared_services: int = Field(ge=2)
    excluding: tuple[str, ...] = SIGNALS
    shared_hosts: dict[str, int] = {}
    home_page: Patterns = Patterns()
    generic_form: Patterns = Patterns()
    pdf_as_online: Patterns = Patterns()
    appointment: Patterns = Patterns()
    status_query: Patterns = Patterns()
    foreign_location: Patterns = Patterns()
    login_page: Patterns = Patterns()

    @field_validator("excluding")
    @classmethod
    def _known(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in given if name not in SIGNALS]
        if unknown:
            raise ValueError(", ".join(unknown))
        return given

    @field_validator("shared_hosts")
    @classmethod
    def _numbers(cls, given: dict[str, int]) -> dict[str, int]:
        if any(number < 2 for number in given.values()):
            raise ValueError("< 2")
        return {host.lower().removeprefix("www."): number for host, number in given.items()}


@cache
def packaged_rules() -> SignalRules:
    """Return the rules of this version."""
    return read_rules(PACKAGED)


def read_rules(path: Path) -> SignalRules:
    """Read rules from a file. Raise NotFound if it cannot be read or says something impossible."""
    return read_rule_file(path, SignalRules, "docs/abgleich.md")
