"""docs/reliability.md names every promise with tests that are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"


@cache
def functions(path: str) -> frozenset[str]:
    """Return the names of all functions of a file, methods included."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_test_that_the_page_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text(encoding="utf-8"))
    assert len(named) >= 60
    assert [f"{path}::{name}" for path, name in named if name not in functions(path)] == []


def test_every_promise_has_its_line_with_a_test() -> None:
    lines = re.findall(r"^\| (\d+) \|.*::test_\w+`", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(int(number) for number in lines) == list(range(1, 29))
