from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest

from catalogue.errors import NotFound
from catalogue.reports.filters import Filters
from catalogue.reports.opendata.files import MANIFEST
from catalogue.reports.opendata.tables import TABLES
from catalogue.store import Store
from tests.catalogue.reports.opendata.publishing import BASE, metadata, publish
from tests.sample_region import night

on_sqlite = pytest.mark.parametrize("region_store", ["sqlite"], indirect=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_state_gives_the_same_bytes(region_store: Store, tmp_path: Path) -> None:
    publish(region_store, tmp_path / "one")
    publish(region_store, tmp_path / "two")
    first = contents(tmp_path / "one")
    assert first == contents(tmp_path / "two")
    assert len(first) == 4 * len(TABLES) + 2


@on_sqlite
def test_the_list_of_files_names_each_with_its_hash(region_store: Store, tmp_path: Path) -> None:
    publish(region_store, tmp_path / "out")
    written = contents(tmp_path / "out")
    manifest = json.loads(written.pop(MANIFEST))
    assert {one["file"]: one["sha256"] for one in manifest["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in written.items()
    }
    assert manifest["as_of"] == "2026-11-02T01:30:00Z"


@on_sqlite
def test_beside_each_csv_stands_what_its_columns_are(region_store: Store, tmp_path: Path) -> None:
    publish(region_store, tmp_path / "out")
    for table in TABLES:
        described = json.loads((tmp_path / "out" / f"{table.name}.csv-metadata.json").read_text("utf-8"))
        header = (tmp_path / "out" / described["url"]).read_bytes().partition(b"\r\n")[0]
        assert [one["name"] for one in described["tableSchema"]["columns"]] == header.decode().split(",")
        assert set(described["tableSchema"].get("primaryKey", [])) <= set(table.key)


@on_sqlite
def test_only_the_tables_that_are_asked_for_are_published(region_store: Store, tmp_path: Path) -> None:
    chosen = metadata(publication={"base_url": BASE, "tables": ["gaps", "services"]})
    release = publish(region_store, tmp_path / "out", chosen)
    assert [table.name for table in release.tables] == ["services", "gaps"]


@on_sqlite
def test_a_table_that_does_not_exist_is_refused(region_store: Store, tmp_path: Path) -> None:
    chosen = metadata(publication={"base_url": BASE, "tables": ["gaps", "luecken"]})
    with pytest.raises(NotFound) as refused:
        publish(region_store, tmp_path / "out", chosen)
    assert refused.value.code == "publish_table"
    assert contents(tmp_path / "out") == {}


def test_of_the_past_only_what_is_remembered_is_published(region_store: Store, tmp_path: Path) -> None:
    moment = night(1) + timedelta(hours=1)
    release = publish(region_store, tmp_path / "out", filters=Filters(as_of=moment))
    names = {table.name for table in release.tables}
    assert names == {"cells", "gaps", "coverage", "statuses", "changes"}
    now = publish(region_store, tmp_path / "now")
    same = {one.file: one.sha256 for one in now.files if one.table in {"coverage", "changes"}}
    assert same.items() <= {one.file: one.sha256 for one in release.files}.items()


@on_sqlite
def test_a_moment_of_which_nothing_is_known_is_refused(region_store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        publish(region_store, tmp_path / "out", filters=Filters(as_of=night(1) - timedelta(days=9)))


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_without_a_region_there_is_nothing_to_publish(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotFound) as refused:
        publish(store, tmp_path / "out")
    assert refused.value.code == "region_empty"
