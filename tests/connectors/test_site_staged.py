"""A website on its way into a stage, as a run does it: in processes, night after night."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.assignment import Assignment
from connectors.crawl import spool
from sync.prepare import prepare
from tests.connectors.site_pages import described, list_page
from tests.connectors.site_reading import settings
from tests.faultserver import FaultServer

COUNT = 40


@pytest.fixture
def website(server: FaultServer) -> FaultServer:
    details = {f"/dienstleistung/{n}": described(n, f"Hund Nummer {n} anmelden") for n in range(COUNT)}
    for path, body in {"/leistungen": list_page(details), **details}.items():
        server.add(path, body, "text/html; charset=utf-8")
    return server


def test_several_parts_read_by_processes_give_what_one_part_gives(
    website: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = settings(lists=website.url("/leistungen"), include=["/dienstleistung/"], expected=[1, 100])
    whole = prepare(own, tmp_path / "whole", "", "inline")
    monkeypatch.setattr(spool, "PART_SIZE", 20_000)
    parts = prepare(own, tmp_path / "parts", "", "processes")
    assert len(list((tmp_path / "parts").glob("*.crawl"))) > 1
    assert (whole.error, parts.error) == (None, None)
    assert whole.summary.scope == parts.summary.scope == "everything"
    assert whole.summary.objects == parts.summary.objects == COUNT
    assert whole.digest == parts.digest


def test_an_unchanged_night_is_recognised_before_anything_is_read(
    website: FaultServer, tmp_path: Path
) -> None:
    own = settings(lists=website.url("/leistungen"), include=["/dienstleistung/"], expected=[1, 100])
    first = prepare(own, tmp_path / "1", "", "inline")
    second = prepare(own, tmp_path / "2", first.digest, "inline", Assignment())
    assert first.stage is not None
    assert (second.digest, second.stage, second.error) == (first.digest, None, None)


def test_a_website_that_cannot_be_read_is_an_error_and_no_stage(website: FaultServer, tmp_path: Path) -> None:
    website.misbehave("/robots.txt", "status=404")
    website.misbehave("/leistungen", "status=403")
    prepared = prepare(settings(lists=website.url("/leistungen")), tmp_path / "1", "", "inline")
    assert prepared.stage is None
    assert prepared.error is not None
    assert prepared.error.code == "http_status"
