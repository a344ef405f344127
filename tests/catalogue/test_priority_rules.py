from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.errors import ImportRejected, NotFound
from catalogue.messages import LANGUAGES, keys
from catalogue.priority import Facts, prioritise
from catalogue.priority_rules import PACKAGED, packaged_priority_rules, read_priority_rules

WHOLE = """
rules = "own/1"
[weights]
lists = 1
peers = 1
population = 1
age = 1
[peers]
least = 3
[sizes]
gemeinde = [5000, 20000]
[population]
from = 1000
to = 500000
[age]
full_after = 730
"""


def write(folder: Path, content: str) -> Path:
    file = folder / "priority.toml"
    file.write_text(content, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("people", "bounds"),
    [(0, (0, 5_000)), (4_999, (0, 5_000)), (5_000, (5_000, 20_000)), (20_000, (20_000, None)), (None, None)],
)
def test_a_size_class_begins_with_its_number(
    tmp_path: Path, people: int | None, bounds: tuple[int, int | None] | None
) -> None:
    assert read_priority_rules(write(tmp_path, WHOLE)).size_class("gemeinde", people) == bounds


def test_a_level_without_classes_is_one_class(tmp_path: Path) -> None:
    assert read_priority_rules(write(tmp_path, WHOLE)).size_class("land", 18_000_000) == (0, None)


def test_lists_lie_beside_the_rules_and_get_their_weight(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("list,ozg_id\nwichtig,10110\nander,10160\n", encoding="utf-8")
    rules = '\n[files]\nlists = ["own.csv"]\n[[list]]\nname = "wichtig"\nweight = 0.4\norigin = "wir"\n'
    found = {one.name: one for one in read_priority_rules(write(tmp_path, WHOLE + rules)).lists}
    assert (found["wichtig"].weight, found["ander"].weight) == (0.4, 1.0)
    assert [one.ozg_id for one in found["wichtig"].entries] == ["10110"]


def test_an_own_list_is_added_to_those_of_the_rules(tmp_path: Path) -> None:
    file = tmp_path / "rat.csv"
    file.write_text("ozg_id\n10110\n", encoding="utf-8")
    rules = packaged_priority_rules()
    names = [one.name for one in rules.with_lists([file]).lists]
    assert names == [*(one.name for one in rules.lists), "rat"]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("age = 1", "age = -1", "weights.age"),
        ("age = 1", "age = nan", "weights.age"),
        ("age = 1", "hunger = 1", "weights.age"),
        ("least = 3", "least = 0", "peers.least"),
        ("[5000, 20000]", "[20000, 5000]", "sizes"),
        ("to = 500000", "to = 1000", "population"),
        ("full_after = 730", "full_after = 0", "age.full_after"),
        ("lists = 1\npeers = 1\npopulation = 1\nage = 1", "lists=0\npeers=0\npopulation=0\nage=0", "weights"),
        ('rules = "own/1"', 'rules = ""', "rules"),
    ],
)
def test_what_is_impossible_is_refused_by_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    with pytest.raises(NotFound) as caught:
        read_priority_rules(write(tmp_path, WHOLE.replace(old, new)))
    assert (caught.value.code, caught.value.params["key"]) == ("rules_value", key)


def test_a_list_with_two_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        read_priority_rules(write(tmp_path, WHOLE + '[[list]]\nname = "a"\n' * 2))
    assert caught.value.params["key"] == "list"


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImportRejected) as caught:
        read_priority_rules(write(tmp_path, WHOLE + '[files]\nlists = ["none.csv"]\n'))
    assert "none.csv" in str(caught.value.params["path"])


def test_the_example_of_the_manual_is_reckoned_by_the_packaged_rules() -> None:
    manual = Path("docs/prioritaeten.md").read_text(encoding="utf-8")
    rules = packaged_priority_rules()
    lists = tuple((one.name, one.weight) for one in rules.lists)
    example = prioritise(Facts(lists, 4, 1, 73_282, 100), rules.bounds)
    said = [f"{points:g}".replace(".", ",") for points in (*(part.points for part in example.parts[1:]),)]
    assert all(f"{points} von" in manual for points in said), said
    assert f"zusammen {example.points:.1f}".replace(".", ",") in manual
    for part in example.parts:
        assert f"| {part.of:g} | " in manual
    for one in rules.lists:
        assert f"`{one.name}` | {one.weight:g}".replace(".", ",") in manual


def test_every_packaged_list_says_where_it_comes_from_and_has_a_word() -> None:
    rules = read_priority_rules(PACKAGED)
    for one in rules.lists:
        assert one.origin, one.name
        assert one.flag or one.entries, one.name
        assert all(entry.origin and entry.confidence for entry in one.entries), one.name
        assert all(f"priority_list.{one.name}" in keys(language) for language in LANGUAGES)
