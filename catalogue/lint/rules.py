"""What the checks take offence at: data in ``rules.toml``, which a copy may replace."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from catalogue.rulefile import read_rule_file

__all__ = ["MUST", "SEVERITIES", "SHOULD", "LintRules", "packaged_lint_rules", "read_lint_rules"]

MUST: Final = "must"
SHOULD: Final = "should"
SEVERITIES: Final = (MUST, SHOULD)
PACKAGED = Path(__file__).parent / "rules.toml"
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=100, to_lower=True)]
FimCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]


class LintRules(BaseModel):
    """All rules; ``rules`` is their name, which reports repeat."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: str = Field(min_length=1, max_length=40)
    stale_days: int = Field(ge=1, le=36_500)
    placeholders: tuple[Pattern, ...] = Field(default=(), max_length=1_000)
    session_parameters: tuple[Pattern, ...] = Field(default=(), max_length=1_000)
    maybe_session_parameters: tuple[Pattern, ...] = Field(default=(), max_length=1_000)
    location_parameters: tuple[Pattern, ...] = Field(default=(), max_length=1_000)
    severity: dict[str, Literal["must", "should"]] = {}
    fim: dict[str, tuple[FimCode, ...]] = {}


@cache
def packaged_lint_rules() -> LintRules:
    """Return the rules of this version."""
    return read_lint_rules(PACKAGED)


def read_lint_rules(path: Path) -> LintRules:
    """Read rules from a file. Raise NotFound if it cannot be read or says something impossible."""
    return read_rule_file(path, LintRules, "docs/pruefbericht.md")
