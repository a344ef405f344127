from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from catalogue import tables
from catalogue.errors import StoreError
from catalogue.payloads import kept_files, stream_content
from catalogue.reports.payloads import PayloadRow, payload_rows
from connectors.contract import Part
from sync import keeping as keeping_module
from sync.keeping import forget_old, keep_delivery
from sync.payloadsettings import PayloadSettings
from sync.report import SourceOutcome
from tests.catalogue.applying import add_source
from tests.sync.scenario import Scenario

LEFT = "aufgehoben"


class Night:
    """A run with one source, and the folder in which its files are kept."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.store, self.files = scenario.store, folder
        self.settings = PayloadSettings(folder=LEFT).beside(folder)
        add_source(self.store)
        self.run_id = scenario.leave_dead_run()
        self.started = scenario.moment
        with self.store.write() as connection:
            zero = dict.fromkeys(
                (
                    "read",
                    "new",
                    "changed",
                    "unchanged",
                    "vanished",
                    "withdrawn",
                    "rejected",
                    "orphans",
                    "dangling",
                ),
                0,
            )
            said = {"scope": "", "digest": "", "message": "", "params": "{}", "accepted_by_hand": False}
            when = {"started_at": "2025", "finished_at": "2025"}
            row = {"run_id": self.run_id, "source_id": 1, "state": "held", **zero, **said, **when}
            connection.execute(tables.source_run.insert().values(row))

    @property
    def folder(self) -> Path:
        return Path(self.settings.folder)

    def part(self, name: str, content: bytes = b"Lieferung") -> Part:
        path = self.files / "geliefert.xml"
        path.write_bytes(content)
        return Part(name, path, "0" * 32, len(content))

    def keep(self, *parts: Part, state: str = "ok") -> SourceOutcome:
        outcome = SourceOutcome("feed", state)
        keep_delivery(self.store, self.settings, parts, outcome, self.run_id)
        return outcome

    def kept(self) -> list[PayloadRow]:
        with self.store.read() as connection:
            return payload_rows(connection)

    def issues(self) -> list[tuple[str, str, str, int]]:
        columns = tables.issue.c
        query = select(columns.severity, columns.kind, columns.record, columns.count).order_by(columns.id)
        with self.store.read() as connection:
            return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]


@pytest.fixture
def night(scenario: Scenario, tmp_path: Path) -> Night:
    return Night(scenario, tmp_path)


@pytest.mark.parametrize("state", ["ok", "held", "failed"])
def test_what_was_delivered_is_kept_whatever_became_of_it(night: Night, state: str) -> None:
    outcome = night.keep(night.part("land.xml"), state=state)
    (row,) = night.kept()
    assert (row.source, row.run, row.name, row.kept_at) == (
        "feed",
        night.run_id,
        "land.xml",
        night.started.isoformat(timespec="seconds"),
    )
    with stream_content(night.folder, row.sha256, row.size) as chunks:
        assert b"".join(chunks) == b"Lieferung"
    assert outcome.summary.issues == {}


def test_an_unchanged_delivery_is_not_kept_again(night: Night) -> None:
    night.keep(night.part("land.xml"), state="unchanged")
    night.keep()
    assert night.kept() == []
    assert not night.folder.exists()


def test_without_the_table_in_the_region_file_nothing_is_kept(night: Night, scenario: Scenario) -> None:
    outcome = SourceOutcome("feed", "ok")
    keep_delivery(night.store, None, [night.part("land.xml")], outcome, night.run_id)
    forget_old(night.store, None, night.started)
    assert night.kept() == []
    assert scenario.region().payloads is None


def test_what_cannot_be_kept_is_a_notice_of_the_run(night: Night) -> None:
    night.folder.write_text("in the way")
    outcome = night.keep(night.part("land.xml"), night.part("zwei.xml"))
    assert night.kept() == []
    assert night.issues() == [
        ("notice", "payload_not_kept", "land.xml", 2),
        ("notice", "payload_not_kept", "zwei.xml", 0),
    ]
    assert list(outcome.summary.issues) == [("notice", "payload_not_kept")]


def test_a_file_that_is_too_large_is_a_notice_and_the_others_are_kept(night: Night) -> None:
    night.settings = night.settings.model_copy(update={"largest_mb": 1})
    large = night.files / "gross.xml"
    with large.open("wb") as stream:
        stream.truncate(1_000_001)
    night.keep(Part("gross.xml", large, "0" * 32, 0), night.part("klein.xml"))
    assert [row.name for row in night.kept()] == ["klein.xml"]
    assert night.issues() == [("notice", "payload_too_large", "gross.xml", 1)]


def test_names_that_no_database_can_hold_are_kept_as_far_as_they_can_be(night: Night) -> None:
    night.keep(night.part("l\0and\udcff" + "x" * 300))
    (row,) = night.kept()
    assert row.name.startswith("l?and?x")
    assert len(row.name) == 200


def test_a_database_that_cannot_be_written_ends_no_run(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(**_options: object) -> None:
        raise StoreError("database_locked", database="x")

    part = night.part("land.xml")
    monkeypatch.setattr(night.store, "write", locked)
    night.keep(part)
    forget_old(night.store, night.settings, night.started)
    monkeypatch.undo()
    assert night.kept() == []
    assert len(list(kept_files(night.folder))) == 1  # an orphan, which goes by its age


def test_a_defect_of_keeping_ends_no_run(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise ValueError

    monkeypatch.setattr(keeping_module, "keep_file", broken)
    night.keep(night.part("land.xml"))
    assert night.kept() == []


def test_kept_files_are_forgotten_after_the_days_of_the_region_file(night: Night) -> None:
    night.keep(night.part("land.xml"))
    forget_old(night.store, night.settings, night.started + timedelta(days=30))
    assert len(night.kept()) == 1
    forget_old(night.store, night.settings, night.started + timedelta(days=30, seconds=1))
    assert night.kept() == []
    assert list(kept_files(night.folder)) == []


class Region(Scenario):
    """A region whose deliveries are kept."""

    def region_text(self) -> str:
        return super().region_text() + f'\n[payloads]\nfolder = "{LEFT}"\nkeep_days = 2\n'


@pytest.fixture
def keeping(scenario: Scenario) -> Region:
    region = Region(scenario.store, scenario.folder)
    region.sources = scenario.sources
    return region


def test_a_run_keeps_what_it_read_and_forgets_it_in_time(keeping: Region) -> None:
    keeping.add_list("liste", "055120000000;99102013104000;online;https://x.example/a")
    assert keeping.sync_one("liste").state == "ok"
    assert keeping.sync_one("liste").state == "unchanged"
    with keeping.store.read() as connection:
        (row,) = payload_rows(connection)
    assert (row.source, row.run, row.state, row.name) == ("liste", 1, "ok", "liste.csv")
    with stream_content(keeping.folder / LEFT, row.sha256, row.size) as chunks:
        assert b"".join(chunks) == (keeping.folder / "liste.csv").read_bytes()
    keeping.sync()
    keeping.sync()
    assert keeping.rows("payload") == []


def test_a_run_keeps_what_it_refused(keeping: Region) -> None:
    keeping.add_list("liste", "055120000000;99102013104000;online;https://x.example/a")
    (keeping.folder / "liste.csv").write_bytes(b"\xff\xfe\x00 kein Text")
    assert keeping.sync_one("liste").state == "failed"
    with keeping.store.read() as connection:
        assert [(row.name, row.state) for row in payload_rows(connection)] == [("liste.csv", "failed")]


def test_a_rehearsal_keeps_nothing(keeping: Region) -> None:
    keeping.add_list("liste", "055120000000;99102013104000;online;https://x.example/a")
    keeping.sync(dry_run=True)
    assert not (keeping.folder / LEFT).exists()
