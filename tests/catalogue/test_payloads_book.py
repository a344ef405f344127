from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from catalogue import tables
from catalogue.errors import NotFound
from catalogue.payloads import keep_file, kept_files
from catalogue.payloads_book import Forgotten, KeptFile, forget_payloads, note_kept
from catalogue.reports.payloads import one_payload, payload_rows
from catalogue.store import Store
from tests.catalogue.applying import add_source

FIRST = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)
NIGHT = timedelta(days=1)


@pytest.fixture
def store(empty_store: Store) -> Store:
    return empty_store


class Nights:
    """Keeps what is delivered night after night."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder, self.run = store, folder, 0
        self.source_id = add_source(store)

    def keep(self, content: str) -> None:
        """Keep one file in a run of its own, a day after the last one."""
        path = self.folder.with_name("lieferung")
        path.write_text(content)
        kept = keep_file(self.folder, path)
        row = {"state": "ok", "region": "", "version": "1", "host": "h", "pid": 1}
        with self.store.write() as connection:
            moment = FIRST + self.run * NIGHT
            self.run += 1
            connection.execute(insert(tables.run).values(id=self.run, started_at=moment.isoformat(), **row))
            note_kept(connection, self.source_id, self.run, [KeptFile(f"{content}.xml", kept)])

    def forget(self, nights: int, *, keep: bool = True) -> Forgotten:
        """Forget what was kept before a night."""
        return forget_payloads(self.store, self.folder, FIRST + nights * NIGHT, keep=keep)

    def kept(self) -> list[str]:
        """Return the names of what is kept, the newest first."""
        with self.store.read() as connection:
            return [row.name for row in payload_rows(connection)]


@pytest.fixture
def nights(store: Store, tmp_path: Path) -> Nights:
    return Nights(store, tmp_path / "aufgehoben")


def test_what_is_old_goes_with_its_file(nights: Nights) -> None:
    for content in ("a", "b", "c"):
        nights.keep(content)
    gone = nights.forget(2)
    assert (gone.rows, gone.rows_left, gone.files, gone.files_left) == (2, 1, 2, 1)
    assert gone.freed > 0
    assert nights.kept() == ["c.xml"]
    assert len(list(kept_files(nights.folder))) == 1


def test_a_file_stays_as_long_as_a_later_delivery_had_the_same(nights: Nights) -> None:
    for content in ("a", "b", "a"):
        nights.keep(content)
    gone = nights.forget(2)
    assert (gone.rows, gone.files, gone.files_left) == (2, 1, 1)
    assert nights.kept() == ["a.xml"]


def test_a_rehearsal_only_counts(nights: Nights) -> None:
    nights.keep("a")
    nights.keep("b")
    would = nights.forget(1, keep=False)
    assert nights.kept() == ["b.xml", "a.xml"]
    assert len(list(kept_files(nights.folder))) == 2
    assert nights.forget(1) == would


def test_files_that_nothing_refers_to_go_by_their_own_age(nights: Nights) -> None:
    nights.keep("a")
    for name in ("verwaist-alt", "verwaist-neu"):
        path = nights.folder.with_name(name)
        path.write_text(name)
        keep_file(nights.folder, path)
    drafts = [nights.folder / f".payload-{name}.tmp" for name in ("alt", "neu")]
    for draft in drafts:
        draft.write_text("x")
    before, after = FIRST.timestamp() - 1, (FIRST + 3 * NIGHT).timestamp()
    for path in [*kept_files(nights.folder), *drafts]:
        with nights.store.read() as connection:
            known = path.name[:64] in {row.sha256 for row in payload_rows(connection)}
        os.utime(path, (before, before) if known else (after, after))
    os.utime(drafts[0], (before, before))
    assert nights.forget(0).files == 1
    assert [draft.exists() for draft in drafts] == [False, True]
    assert nights.kept() == ["a.xml"]
    gone = nights.forget(4)
    assert (gone.rows, gone.files, gone.files_left) == (1, 4, 0)


def test_without_a_folder_there_is_nothing_to_remove(nights: Nights) -> None:
    assert nights.forget(1) == Forgotten(0, 0, 0, 0, 0)
    assert not nights.folder.exists()


def test_each_kept_file_says_where_it_came_from(nights: Nights) -> None:
    nights.keep("a")
    with nights.store.read() as connection:
        row = payload_rows(connection, "feed")[0]
        assert one_payload(connection, row.payload) == row
    assert (row.source, row.run, row.name, row.size) == ("feed", 1, "a.xml", 1)
    assert (row.state, row.kept_at) == ("", "2026-10-01T02:00:00+00:00")


def test_what_nobody_knows_is_not_found(nights: Nights) -> None:
    with nights.store.read() as connection:
        with pytest.raises(NotFound, match="payload_source_unknown"):
            payload_rows(connection, "fremd")
        with pytest.raises(NotFound, match="payload_unknown"):
            one_payload(connection, 17)
