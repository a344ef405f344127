"""Which browser is used, and what happens where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.chromium import DEMANDED, Found, find


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds all programs there are: none yet."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(DEMANDED, raising=False)
    return tmp_path


def write_program(folder: Path, name: str) -> str:
    """Write something that can be run."""
    path = folder / name
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_debian_s_chromium_comes_first(programs: Path) -> None:
    write_program(programs, "google-chrome")
    chromium = write_program(programs, "chromium")
    assert find() == Found(chromium)


def test_without_a_browser_the_reason_is_told(programs: Path) -> None:
    assert find() == Found(failure="no Chromium on this machine")


def test_a_demanded_browser_is_taken_before_all_others(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(programs, "chromium")
    other = write_program(programs, "another")
    monkeypatch.setenv(DEMANDED, other)
    assert find() == Found(other, demanded=True)


def test_a_demanded_browser_that_is_missing_is_not_replaced(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(programs, "chromium")
    monkeypatch.setenv(DEMANDED, "/nowhere/chromium")
    found = find()
    assert (found.program, found.demanded) == ("", True)
    assert "/nowhere/chromium is no program" in found.failure
