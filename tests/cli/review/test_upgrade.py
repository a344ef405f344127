"""A newer matcher waits until somebody has seen what it would change."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.matching import ledger, upgrade
from tests.cli.conftest import Answer, Cli
from tests.cli.review.asking import DOGS, DOGS_RECORD, WASTE, state_of
from tests.oracle import Oracle


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program have a newer matcher, one that is sure of some titles."""
    for module, name in ((ledger, "ACTOR"), (upgrade, "VERSION")):
        monkeypatch.setattr(module, name, "title/99")
    Oracle.said["Müll"] = {WASTE: ("accepted", 0.95)}
    Oracle.said["Sperrmüll"] = {}


def upgraded(cli: Cli, *more: str) -> Answer:
    return cli("review", "upgrade", "--format", "json", *more)


def test_a_newer_matcher_waits_and_shows_what_it_would_change(cli: Cli, newer: None, database: str) -> None:
    cli("review", "accept", DOGS_RECORD)
    before = cli("cells", "--format", "json").json["rows"]

    meta = upgraded(cli).json["meta"]

    assert {one["source"] for one in meta["outdated"]} == {"portal", "amt"}
    changed = {row["record"]: (row["state_before"], row["state_after"]) for row in upgraded(cli).json["rows"]}
    assert changed == {
        "amt:müll": ("review", "accepted"),
        "portal:sperrmüll": ("accepted", "unmatched"),
    }
    total = meta["coverage"][-1]
    moved = sum((row["new_status"] == "online") - (row["old_status"] == "online") for row in meta["moves"])
    assert total["online_after"] - total["online_before"] == moved
    assert sum(row["count"] for row in meta["statuses"]) == meta["cells_moved"] == len(meta["moves"])
    assert cli("cells", "--format", "json").json["rows"] == before
    assert "Nichts geändert" in cli("review", "upgrade").out
    assert "upgrade" in cli("review", "list").out


def test_applying_the_newer_matcher_does_what_was_shown_and_leaves_people_alone(
    cli: Cli, newer: None
) -> None:
    cli("review", "accept", DOGS_RECORD)
    shown = upgraded(cli).json
    done = upgraded(cli, "--apply").json
    assert done["rows"] == shown["rows"]
    assert done["meta"]["moves"] == shown["meta"]["moves"]
    assert state_of(cli, DOGS_RECORD) == ("accepted", [DOGS])
    assert state_of(cli, "amt:müll") == ("accepted", [WASTE])
    assert upgraded(cli).json["meta"]["outdated"] == []
    assert "wartet nichts" in cli("review", "upgrade").out


def test_a_sync_says_that_a_newer_matcher_waits_and_does_not_apply_it(
    cli: Cli, newer: None, reviewed: Path
) -> None:
    region = reviewed.parent / "region.toml"
    answer = cli("sync", "--region", str(region), "--format", "json")
    assert answer.json["meta"]["matcher_waits"] == ["amt", "portal"]
    assert "Eine neue Fassung der Zuordnung wartet" in answer.err
    assert state_of(cli, "portal:sperrmüll") == ("accepted", [WASTE])
