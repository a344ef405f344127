"""Runs on the whole packaged reference: every service of every area has its cell, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

import sync.prepare
from catalogue.reference import import_reference
from catalogue.store import Store
from connectors.errors import RetryLater
from sync.executor import ExecutorKind
from sync.run import Options, Silent, refresh
from sync.run import sync as run_sync
from tests.sync import workers
from tests.sync.fakes import offer
from tests.sync.scenario import Scenario
from tests.sync.xzufi import message, online, responsibility, service, write_message

BOTTROP, GLADBECK, KREIS = "055120000000", "055620014014", "055620000000"
SERVICES = 557


@pytest.fixture
def region(reference_store: Store, tmp_path: Path) -> Scenario:
    folder = tmp_path / "region"
    folder.mkdir()
    return Scenario(reference_store, folder)


def test_a_broken_source_makes_unknowns_and_no_gap_and_its_recovery_the_same_cells(region: Scenario) -> None:
    region.add_list(
        "stadt",
        f"{BOTTROP};99001009004000;online;https://bottrop.example/sperrmuell",
        f"{GLADBECK};99102013104000;beschrieben;",
        settings=f'complete = true\nsilence = "absence"\nareas = ["{BOTTROP}", "{GLADBECK}"]',
    )
    script = region.add_fake("kreis", offer(KREIS, "99041006017000"), settings="silence = 'absence'")

    def unreachable() -> object:
        raise RetryLater("http_status", status=500)

    script.acquiring = unreachable
    report = region.sync()

    assert (report.exit_code, report.cells_new) == (3, 3 * SERVICES)
    assert region.gaps() == set()
    assert region.cell(BOTTROP, "10110").status == "online"

    script.acquiring = None
    region.sync()
    gaps, cells = region.gaps(), region.cells()
    assert len(gaps) > 200
    assert (GLADBECK, "10120") in cells

    script.acquiring = unreachable
    region.sync()
    assert region.gaps() < gaps

    script.acquiring = None
    region.sync()
    assert region.cells() == cells
    assert len(region.rows("cell")) == 3 * SERVICES


def test_an_import_of_competence_is_seen_after_refreshing(region: Scenario) -> None:
    region.add_list(
        "stadt",
        f"{BOTTROP};99001009004000;online;https://bottrop.example/sperrmuell",
        settings=f'complete = true\nsilence = "absence"\nareas = ["{BOTTROP}"]',
    )
    region.sync()
    title = next(ozg_id for ars, ozg_id in sorted(region.gaps()) if ars == BOTTROP)
    import_reference(
        region.store,
        "competence",
        f"land,ozg_id,primary_tier,confidence\n05,{title},bund,hoch\n".encode(),
        origin="invented",
        licence="none",
        as_of="2025-01-02",
        replace=False,
    )

    done = refresh(region.store, region.moment)

    assert done.changed == 3
    assert region.cell(BOTTROP, title).status == "not_competent"
    assert region.last_changes()[BOTTROP, title] == ("missing", "not_competent", "reference")


@pytest.mark.parametrize("reference_store", ["sqlite"], indirect=True)
def test_a_worker_that_dies_fails_its_source_and_no_other(
    region: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.prepare, "stage_part", workers.stage_part_or_die)
    for name in ("sick", "well"):
        content = (
            service("S1", "99102013104000"),
            online("OD1", f"https://{name}.example/"),
            responsibility("Z1", "S1", BOTTROP),
        )
        write_message(region.folder / f"{name}.xml", message(*content))
        region.sources[name] = f'type = "xzufi"\nlocation = "{name}.xml"'
    kind: ExecutorKind = "processes"

    report = run_sync(region.store, region.region(), Options(executor=kind), Silent())

    told = {outcome.source: (outcome.state, outcome.message) for outcome in report.sources}
    assert told == {"sick": ("failed", "worker_died"), "well": ("ok", "")}
    assert report.exit_code == 3
    assert {row.online_url for row in region.rows("cell") if row.status == "online"} == {
        "https://well.example/"
    }
