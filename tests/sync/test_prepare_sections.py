"""A large file is parsed in sections, and nobody can tell from the result."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sync.prepare
from catalogue.stagetables import LIFE_COLUMNS, STAGE_TABLES
from connectors.contract import Part
from connectors.errors import RejectDelivery
from connectors.xzufi import XzufiConnector, XzufiSettings
from sync.executor import ExecutorKind
from sync.prepare import Prepared, prepare
from tests.sync.xzufi import message, online, remove, responsibility, service, write_message

KEY = "99102013104000"
MANY = [service(f"S{number}", KEY) for number in range(40)]


@contextmanager
def cutting(workers: int, smallest: int = 1) -> Iterator[list[Part]]:
    """Let files be cut for so many workers, however small they are; give the parts that are read."""
    read: list[Part] = []
    usual = XzufiConnector.read

    def note(connector: XzufiConnector, part: Part) -> object:
        read.append(part)
        return usual(connector, part)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sync.prepare, "SMALLEST_SECTION", smallest)
        patch.setattr(sync.prepare, "_workers", lambda executor: workers)
        patch.setattr(XzufiConnector, "read", note)
        yield read


def run(
    folder: Path, workers: int, executor: ExecutorKind = "inline", *, as_one: bool = True, **given: object
) -> Prepared:
    source = XzufiSettings.model_validate({"id": "stadt", "type": "xzufi", "location": str(folder), **given})
    return prepare(source, folder / f"work-{workers}-{as_one}", "", executor, as_one=as_one)


def staged(prepared: Prepared) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of a stage; operations are numbered anew, since claims count as well."""
    if prepared.stage is None:
        return {}
    found = {}
    with closing(sqlite3.connect(prepared.stage)) as connection:
        union = " UNION ".join(f"SELECT opno FROM {table}" for table in STAGE_TABLES)
        for table, (key, columns) in STAGE_TABLES.items():
            names = ", ".join((*key, *LIFE_COLUMNS[1:], *columns))
            order = f"(SELECT count(*) FROM ({union}) AS earlier WHERE earlier.opno < {table}.opno)"
            found[table] = connection.execute(
                f"SELECT {order}, {names} FROM {table} ORDER BY {', '.join(key)}"
            ).fetchall()
    return found


def failure(prepared: Prepared) -> tuple[object, ...] | None:
    error = prepared.error
    return error and (type(error), error.code, error.params)


def outcome(prepared: Prepared) -> tuple[object, ...]:
    return failure(prepared), prepared.digest, prepared.summary, staged(prepared)


HEADERS = st.sampled_from(["2026-01-05", "2026-02-05"]).map(
    lambda date: f"<nachrichtenkopf><erstelltDatumZeit>{date}</erstelltDatumZeit></nachrichtenkopf>"
)
IDS = st.sampled_from(["1", "2"])
WRITES = (
    st.builds(service, IDS, st.just(KEY), st.sampled_from(["alt", "neu"]))
    | st.builds(online, IDS, st.sampled_from(["https://a.example/", ""]))
    | st.builds(responsibility, IDS, IDS, st.sampled_from(["055120000000", "055620014014"]))
    | st.builds(lambda ref, areas: responsibility(ref, "1", *areas), IDS, st.lists(IDS, max_size=3))
)
IRREGULAR = st.sampled_from(
    [
        "<schreibe/>",
        "<schreibe><leistung/></schreibe>",
        "<schreibe><zukunft/></schreibe>",
        "<zukunft/>",
        '<loesche klasse="Zukunft"/>',
        "<transaktionID>7</transaktionID>",
        "<?hinweis </schreibe> ?>",
    ]
)
PLAIN = WRITES | st.builds(remove, st.sampled_from(["Leistung", "Zustaendigkeit"]), IDS) | IRREGULAR
WRAPPED = st.builds(
    str.format,
    st.sampled_from(["<!-- {} -->", "<![CDATA[{}]]>", "<antwort>{}</antwort>", "<huelle>{}</huelle>"]),
    st.lists(WRITES, min_size=1, max_size=3).map("".join),
)
OPERATIONS = st.lists(PLAIN | WRAPPED | HEADERS, max_size=8)
ENDS = st.sampled_from(["whole", "whole", "whole", "truncated", "more"])
INCREMENT = {"delivery": "increment"}
GIVEN = st.sampled_from([INCREMENT, INCREMENT, {}, {"answers_are_complete": True}])


@settings(max_examples=250, deadline=None)
@given(OPERATIONS, ENDS, GIVEN, st.sampled_from([2, 3, 4, 40]))
def test_sections_make_no_difference(
    operations: list[str], end: str, given: dict[str, object], workers: int
) -> None:
    text = message(*operations)
    text = {"whole": text, "truncated": text[:-9], "more": f"{text}<!-- --><more/>"}[end]
    with tempfile.TemporaryDirectory() as folder:
        write_message(Path(folder) / "feed.xml", text)
        with cutting(1):
            whole = outcome(run(Path(folder), 1, **given))
        with cutting(workers):
            assert outcome(run(Path(folder), workers, **given)) == whole


def applied(prepared: Prepared) -> dict[str, list[tuple[object, ...]]]:
    """Return what is applied of all stages, in the order of keys."""
    found: dict[str, list[tuple[object, ...]]] = {table: [] for table in STAGE_TABLES}
    for stage in prepared.stages:
        with closing(sqlite3.connect(stage)) as connection:
            for table, (key, columns) in STAGE_TABLES.items():
                found[table] += connection.execute(f"SELECT {', '.join((*key, 'op', *columns))} FROM {table}")
    return {table: sorted(rows) for table, rows in found.items()}


@settings(max_examples=250, deadline=None)
@given(OPERATIONS, GIVEN, st.sampled_from([2, 3, 4, 40]))
def test_stages_that_are_left_apart_hold_the_same_as_one(
    operations: list[str], given: dict[str, object], workers: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_message(Path(folder) / "feed.xml", message(*operations))
        with cutting(workers):
            one = run(Path(folder), workers, **given)
            apart = run(Path(folder), workers, as_one=False, **given)
        assert (failure(apart), apart.summary) == (failure(one), one.summary)
        assert applied(apart) == applied(one)


def test_every_border_of_a_regular_file_can_be_a_cut(tmp_path: Path) -> None:
    write_message(tmp_path / "feed.xml", message(*MANY, created_at="2026-01-05"))

    with cutting(1000) as read:
        prepared = run(tmp_path, 1000, delivery="increment")

    assert prepared.error is None
    assert len(read) == len(MANY) + 1
    assert all(part.is_section for part in read)
    assert prepared.summary.objects == len(MANY)
    assert (prepared.summary.parts, prepared.summary.created_at) == (1, "2026-01-05")


def test_only_the_file_is_told_what_is_wrong_with_it_and_where(tmp_path: Path) -> None:
    text = message(*MANY)
    write_message(tmp_path / "feed.xml", text[: text.rindex("<")])

    with cutting(2) as read:
        prepared = run(tmp_path, 2)

    assert [part.is_section for part in read] == [True, True, False]
    assert isinstance(prepared.error, RejectDelivery)
    assert prepared.error.code == "xml_truncated"
    assert prepared.error.params["position"] == (tmp_path / "feed.xml").stat().st_size


def test_a_file_that_was_cut_in_a_comment_is_read_as_a_whole(tmp_path: Path) -> None:
    write_message(tmp_path / "feed.xml", message(*MANY[:4], f"<!-- {''.join(MANY)} -->", MANY[4]))

    with cutting(2) as read:
        prepared = run(tmp_path, 2)

    assert [part.is_section for part in read] == [True, True, False]
    assert prepared.summary.objects == 5
    assert prepared.stage is not None
    assert [path.name for path in prepared.stage.parent.glob("stage-*")] == [prepared.stage.name]


def test_one_worker_reads_whole_files(tmp_path: Path) -> None:
    write_message(tmp_path / "feed.xml", message(*MANY))

    with cutting(1) as read:
        run(tmp_path, 1)

    assert [part.is_section for part in read] == [False]


def test_small_files_are_not_cut(tmp_path: Path) -> None:
    write_message(tmp_path / "feed.xml", message(*MANY))
    size = (tmp_path / "feed.xml").stat().st_size

    with cutting(4, smallest=size // 2 + 1) as read:
        run(tmp_path, 4)
    with cutting(4, smallest=size // 2) as cut:
        run(tmp_path, 4)

    assert (len(read), len(cut)) == (1, 2)


def test_files_get_as_many_sections_as_they_have_a_share_in_the_delivery(tmp_path: Path) -> None:
    write_message(tmp_path / "a.xml", message(*MANY * 3))
    write_message(tmp_path / "b.xml", message(*MANY))

    with cutting(4) as read:
        prepared = run(tmp_path, 4)

    assert [part.name for part in read] == ["a.xml", "a.xml", "a.xml", "b.xml"]
    assert prepared.summary.parts == 2


def test_only_processes_work_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync.prepare.os, "cpu_count", lambda: 3)

    assert [sync.prepare._workers(kind) for kind in ("inline", "threads", "processes")] == [1, 1, 3]


def test_sections_are_parsed_in_processes(tmp_path: Path) -> None:
    write_message(tmp_path / "feed.xml", message(*MANY, created_at="2026-01-05"))

    with cutting(1):
        whole = outcome(run(tmp_path, 1))
    with cutting(2) as read:
        prepared = run(tmp_path, 2, "processes")

    assert read == []  # not in this process
    assert outcome(prepared) == whole
