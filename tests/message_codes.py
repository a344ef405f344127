"""Finds the codes of all messages that the program may show, by reading its source."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PACKAGES", "UseOfCode", "messages", "uses_of_codes"]

ROOT = Path(__file__).parent.parent
PACKAGES = ("catalogue", "connectors", "sync", "cli")
#: Constructors and helpers that take a code: section of the catalogue, place of the code, and whether the
#: keywords (or the dictionary at the next place) are the message's parameters.
_TAKERS = {
    "RetryLater": ("error", 0, "keywords"),
    "RejectDelivery": ("error", 0, "keywords"),
    "AbortRun": ("error", 0, "keywords"),
    "SkipRecord": ("error", 0, "keywords"),
    "StoreError": ("error", 0, "keywords"),
    "NotFound": ("error", 0, "keywords"),
    "ImportRejected": ("error", 0, "keywords"),
    "RemarkUnfit": ("error", 0, "keywords"),
    "FieldError": ("error", 0, "field"),
    "KeyFormatError": ("error", 0, "value"),
    "RegionError": ("error", 2, "dictionary"),
    "LineError": ("error", 1, "dictionary"),
    "Objection": ("error", 0, "dictionary"),
    "UsageProblem": ("usage", 0, "keywords"),
    "PydanticCustomError": ("error", 0, "dictionary"),
    "Issue": ("issue", 1, "record"),
}


@dataclass(frozen=True)
class UseOfCode:
    """One place in the source that uses a message."""

    key: str  # section.code; empty where the source computes it
    place: str
    params: frozenset[str] | None  # None: not written down at this place


def messages(language: str) -> dict[str, str]:
    """Return all messages of a language as they are written, by key."""
    found: dict[str, str] = {}
    for path in (ROOT / "catalogue" / "messages" / language).glob("*.toml"):
        for section, entries in tomllib.loads(path.read_text(encoding="utf-8")).items():
            found |= {f"{section}.{code}": message for code, message in entries.items()}
    return found


def uses_of_codes() -> Iterator[UseOfCode]:
    """Yield every use of a code in the program."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Call):
                    yield from _use(node, path)


def _use(call: ast.Call, path: Path) -> Iterator[UseOfCode]:
    name = getattr(call.func, "id", None) or getattr(call.func, "attr", None)
    taker = _TAKERS.get(str(name))
    place = f"{path.relative_to(ROOT)}:{call.lineno}"
    if taker is not None:
        section, position, kind = taker
        if len(call.args) > position:
            for code in _codes(call.args[position]):
                yield UseOfCode(f"{section}.{code}" if code else "", place, _params(call, position, kind))
    elif name == "text":
        for argument in call.args[:1]:
            for code in _codes(argument):
                if code and "." in code:
                    yield UseOfCode(code, place, _params(call, 0, "keywords"))


def _codes(node: ast.expr) -> list[str]:
    """Return the codes an expression may have; one empty code if it cannot be told."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [*_codes(node.body), *_codes(node.orelse)]
    return [""]


def _params(call: ast.Call, position: int, kind: str) -> frozenset[str] | None:
    if kind == "value":
        return frozenset({"value"})
    if kind == "record":
        return frozenset({"record", "detail"})
    if kind in {"keywords", "field"}:
        if any(keyword.arg is None for keyword in call.keywords):
            return None
        # Whoever reads a row adds the column's name to what was wrong with a field.
        extra = {"column"} if kind == "field" else set()
        return frozenset({str(keyword.arg) for keyword in call.keywords} | extra)
    given = call.args[position + 1] if len(call.args) > position + 1 else None
    if isinstance(given, ast.Dict) and all(isinstance(key, ast.Constant) for key in given.keys):
        return frozenset(str(key.value) for key in given.keys if isinstance(key, ast.Constant))
    return None
