"""The manual of profiles lists every key and every profile there is, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from connectors.portals.loading import load_profile, shipped_profiles
from connectors.portals.profile import (
    AddressRule,
    Assignment,
    Band,
    ClosedRule,
    Items,
    ListPage,
    PageParts,
    Profile,
    Roof,
    StatusWords,
)

MANUAL = Path("docs/portale.md").read_text(encoding="utf-8")
EVERYWHERE = {"origin", "inferred"}
TOP = {"name", "description", "extends", "silence", "operator", "ignored_parameters"}
SECTIONS: dict[str, tuple[type[BaseModel], ...]] = {
    "`[[list]]`: Listen": (ListPage,),
    "`[[more]]`, `[[detail]]`, `[[closed]]`, `[[other]]`": (AddressRule, ClosedRule),
    "`[items]`": (Items,),
    "`[page]`": (PageParts,),
    "`[[status]]` und `[[assign]]`": (StatusWords, Assignment),
    "`[roof]` und `[band]`": (Roof, Band),
}


def keys(heading: str) -> set[str]:
    """Return the keys that a section of the manual explains."""
    section = MANUAL.partition(f"\n### {heading}")[2].partition("\n### ")[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_of_a_table_is_explained(heading: str) -> None:
    fields = {name for model in SECTIONS[heading] for name in model.model_fields}
    assert keys(heading) == fields - EVERYWHERE


def test_every_key_at_the_top_is_explained_and_every_table_has_its_section() -> None:
    assert keys("Am Anfang der Datei") == TOP
    for name in set(Profile.model_fields) - TOP:
        assert re.search(rf"^###.*\[{name}\]", MANUAL, re.MULTILINE), name


@pytest.mark.parametrize("name", shipped_profiles())
def test_every_shipped_profile_is_described_with_what_its_silence_means(name: str) -> None:
    (row,) = re.findall(rf"^\| `{name}` \|.*$", MANUAL, re.MULTILINE)
    assert row.endswith(f"| `{load_profile(name).profile.silence}` |")


def test_the_example_of_the_manual_is_a_profile(tmp_path: Path) -> None:
    example = next(
        block for block in re.findall(r"```toml\n(.*?)```", MANUAL, re.DOTALL) if "extends" in block
    )
    path = tmp_path / "beispiel.toml"
    path.write_text(example, encoding="utf-8")
    assert load_profile(str(path)).profile.page is not None
