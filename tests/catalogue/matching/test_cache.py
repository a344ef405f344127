"""The prepared index on disk: made once, never trusted blindly."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.matching.cache import KEPT, load_index
from catalogue.matching.names import NameIndex
from catalogue.matching.reference import Reference

SMALL = Reference((("99102013000000", "Hundesteuer", "10160"),), (("10160", "Hundehaltung"),))
OTHER = Reference((), (("10160", "Hundehaltung"),))


def fits(index: NameIndex) -> list[tuple[float, str]]:
    found = index.fits(index.analyst.analyse("Hundesteuer anmelden").weights)
    return [(fit.score, fit.name.text) for fit in found]


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_the_second_call_reads_what_the_first_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = load_index(SMALL, tmp_path)

    def build(*_: object) -> NameIndex:
        raise AssertionError("built again")

    monkeypatch.setattr(NameIndex, "build", build)
    assert fits(load_index(SMALL, tmp_path)) == fits(made)


def test_each_catalogue_has_its_own(tmp_path: Path) -> None:
    load_index(SMALL, tmp_path)
    load_index(OTHER, tmp_path)
    assert len(files(tmp_path)) == 2


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "text"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: str) -> None:
    made = load_index(SMALL, tmp_path)
    (path,) = files(tmp_path)
    content = path.read_bytes()
    damaged = {
        "cut": content[:-100],
        "changed": content.replace(b"Hundesteuer", b"Katzensteuer", 1),
        "empty": b"",
        "text": b"hello",
    }[damage]
    path.write_bytes(damaged)

    assert fits(load_index(SMALL, tmp_path)) == fits(made)
    assert path.read_bytes() == content


def test_where_nothing_can_be_written_it_works_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert fits(load_index(SMALL, tmp_path / "file" / "folder")) == fits(load_index(SMALL, tmp_path))


def test_old_files_do_not_pile_up(tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        load_index(Reference((), (("10160", f"Hundehaltung {number}"),)), tmp_path)
    assert len(files(tmp_path)) == KEPT
