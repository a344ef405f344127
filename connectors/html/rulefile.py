"""Reading files of page rules: TOML, every error with file, line and key."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from connectors.errors import AbortRun
from connectors.html.entries import RuleFault, RuleFile
from connectors.tomlplace import line_of, shown, syntax_line

__all__ = ["read_rule_file"]

LARGEST_FILE = 1 << 20  # bytes


def read_rule_file(path: Path) -> tuple[RuleFile, bytes]:
    """Return the rules of a file and its bytes.

    Raise AbortRun for the first error, with file, line (0 for the whole file) and key, and how many follow.
    """
    body = _bytes_of(path)
    try:
        text = body.decode("utf-8-sig")
        document = tomllib.loads(text)
    except UnicodeDecodeError:
        raise AbortRun("page_rules_encoding", file=path.name) from None
    except (ValueError, RecursionError) as error:
        why = shown(str(error))
        raise AbortRun("page_rules_syntax", file=path.name, line=syntax_line(error), why=why) from None
    try:
        return RuleFile.model_validate(document), body
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise _explain(details, path.name, text) from None


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise AbortRun("page_rules_too_large", file=path.name, limit=LARGEST_FILE)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "?"
        raise AbortRun("page_rules_unreadable", file=path.name, why=why) from None


def _explain(details: Sequence[ErrorDetails], name: str, text: str) -> AbortRun:
    lines = [(line_of(detail["loc"], text), detail) for detail in details]
    line, first = min(lines, key=lambda pair: pair[0])
    key = shown(".".join(str(part) for part in first["loc"]))
    more = len(details) - 1
    fault = first.get("ctx", {}).get("error")
    if isinstance(fault, RuleFault):
        why = shown(fault.why)
        return AbortRun(fault.code, file=name, line=line, key=key, why=why, more=more)
    if first["type"] == "extra_forbidden":
        return AbortRun("page_rules_unknown_key", file=name, line=line, key=key, more=more)
    if first["type"] == "missing":
        return AbortRun("page_rules_missing_key", file=name, line=line, key=key, more=more)
    why = shown(first["msg"])
    return AbortRun("page_rules_value", file=name, line=line, key=key, why=why, more=more)
