"""Files of rules: what is wrong with one is said with file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from catalogue.errors import NotFound
from catalogue.rulefile import MOST_BYTES, read_rule_file


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    points: int = 0


class Rules(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    part: dict[str, Inner] = {}


def read(folder: Path, content: str | bytes) -> Rules:
    path = folder / "rules.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_rule_file(path, Rules, "docs/rules.md")


def test_a_byte_order_mark_is_no_part_of_the_rules(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeffname = 'x'").name == "x"


@pytest.mark.parametrize(
    ("content", "code", "line", "key"),
    [
        ("name = 'x'\n\n[part.a]\npoints = 'many'\n", "rules_value", 4, "part.a.points"),
        ("# no name\n", "rules_value", 1, "name"),
        ("name = 'x'\n[part.a]\ntypo = 1\n", "rules_value", 3, "part.a.typo"),
        ("name = 'x'\npart = 1\n", "rules_value", 2, "part"),
        ("name = \n", "rules_syntax", None, None),
        (b"name = '\xff'", "rules_syntax", None, None),
        (b"#" * (MOST_BYTES + 1), "rules_too_large", None, None),
    ],
)
def test_what_is_impossible_is_named_with_its_place(
    tmp_path: Path, content: str | bytes, code: str, line: int | None, key: str | None
) -> None:
    with pytest.raises(NotFound) as caught:
        read(tmp_path, content)
    assert caught.value.code == code
    assert (caught.value.params.get("line"), caught.value.params.get("key")) == (line, key)
    assert str(tmp_path / "rules.toml") == caught.value.params["file"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        read_rule_file(tmp_path / "none.toml", Rules, "docs/rules.md")
    assert caught.value.code == "rules_unreadable"
