"""After each night every cell says what the truth says."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete

from catalogue.store import Store
from catalogue.tables import cell
from cli.demo import sources
from cli.demo.check import check
from cli.demo.generator import generate
from cli.demo.server import DemoServer
from cli.demo.sources import NIGHTS
from cli.demo.truthfile import truth_path
from sync.run import Options, Silent, sync
from tests.cli.demo.support import Generated, Played, region_of


@pytest.mark.parametrize("night", NIGHTS)
def test_after_each_night_every_cell_says_what_the_truth_says(played: Played, night: int) -> None:
    result = played.checks[night - 1]

    assert result.differences == []
    assert (result.areas, result.services, result.cells) == (14, 557, 14 * 557)


@pytest.mark.parametrize("night", NIGHTS)
def test_hardly_any_cell_waits_for_a_decision_about_a_name(played: Played, night: int) -> None:
    assert played.checks[night - 1].waiting <= 40


@pytest.mark.parametrize("reference_store", ["postgresql"], indirect=True)
def test_a_source_of_the_kreis_that_was_never_read_makes_its_cities_unknown(
    generated: Generated, reference_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sources.TROUBLE, ("kreis-recklinghausen", 1), "cut")
    nights = generate(generated.facts, tmp_path, 2)
    with DemoServer(tmp_path) as server:
        for night in nights:
            server.night = night.number
            region = region_of(generated, server, night.number, tmp_path / "demo.toml")

            sync(reference_store, region, Options(), Silent())

            path = truth_path(tmp_path, night.number)
            assert check(reference_store, path, server.hosts.names).differences == []
    marl = generated.facts.named("Marl").ars
    first = {cell.status for (ars, _), cell in nights[0].truth.items() if ars == marl}
    second = {cell.status for (ars, _), cell in nights[1].truth.items() if ars == marl}
    assert "missing" not in first
    assert "missing" in second


def test_a_cell_that_says_something_else_is_found(
    generated: Generated, reference_store: Store, tmp_path: Path
) -> None:
    with DemoServer(generated.folder) as server:
        region = region_of(generated, server, 1, tmp_path / "demo.toml")
        sync(reference_store, region, Options(only=frozenset({"marl"})), Silent())

    result = check(reference_store, truth_path(generated.folder, 1))

    assert {difference.field for difference in result.differences} == {
        "crosscheck",
        "status",
        "reason",
        "satisfied_level",
        "operator",
        "leaves_online",
        "online_url",
    }


def test_cells_that_are_not_there_are_found(
    generated: Generated, reference_store: Store, tmp_path: Path
) -> None:
    with DemoServer(generated.folder) as server:
        region = region_of(generated, server, 1, tmp_path / "demo.toml")
        sync(reference_store, region, Options(only=frozenset({"herne"})), Silent())
    with reference_store.write() as connection:
        connection.execute(delete(cell).where(cell.c.ozg_id == "10110"))

    result = check(reference_store, truth_path(generated.folder, 1))

    absent = [difference for difference in result.differences if not difference.field]
    assert [(difference.ozg_id, difference.found) for difference in absent] == [("10110", "False")] * 14
