from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from catalogue import staging
from catalogue.fingerprints import REF_LENGTH, bounded
from catalogue.messages import LANGUAGES, text
from catalogue.records import (
    Completeness,
    Deletion,
    Issue,
    ObjectClass,
    Offering,
    OnlineService,
    Record,
    Service,
    Severity,
    Specialisation,
    Status,
    Unit,
)
from catalogue.staging import stage_records
from tests.catalogue.applying import stage, unit_offers

ALL = Completeness("everything")
DOGS = Service("L:dogs", "Hundesteuer", "Hundesteuer Anmeldung", ("99102013104000",), ("5",))


def rows(path: Path, table: str, *columns: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1, 2").fetchall()


def offered(path: Path) -> list[tuple[object, ...]]:
    """Return the staged offerings that were not deleted, as (ref, n, service, area)."""
    every = rows(path, "stage_offering", "ref", "n", "service_ref", "area_raw", "op")
    return [row[:4] for row in every if row[4]]


def direct(ref: str, service: Service = DOGS, status: Status = Status.ONLINE) -> Offering:
    return Offering(
        ref, "05512000", service, status, "https://bottrop.example", "Steuern", "own", "2026-02-01"
    )


# --- what becomes of a record -------------------------------------------------------------------


def test_every_class_of_object_has_its_table(tmp_path: Path) -> None:
    path, summary = stage(
        tmp_path,
        [
            DOGS._replace(form_url="https://form", has_text=True, valid_from="2026-01-01", modified_at="m"),
            Unit("L:amt", "Steueramt", "05512000", "m"),
            OnlineService("L:online", "Hund anmelden", "https://online", "01", "10", "m"),
            Specialisation("L:special", "L:dogs", ("05512", "05513"), "m"),
            unit_offers("L:z", ["L:dogs"], ["05512000"])._replace(role="02"),
            ALL,
        ],
    )
    service = rows(path, "stage_service", "ref", "title", "official_title", "reported_keys", "reported_types")
    assert service == [("L:dogs", "Hundesteuer", "Hundesteuer Anmeldung", "99102013104000", "5")]
    more = rows(path, "stage_service", "form_url", "has_text", "valid_from", "valid_to", "modified_at")
    assert more == [("https://form", 1, "2026-01-01", "", "m")]
    assert rows(path, "stage_unit", "ref", "name", "area_raw") == [("L:amt", "Steueramt", "05512000")]
    online = rows(path, "stage_online", "ref", "name", "url", "link_type", "trust_level")
    assert online == [("L:online", "Hund anmelden", "https://online", "01", "10")]
    special = rows(path, "stage_specialisation", "ref", "service_ref", "areas")
    assert special == [("L:special", "L:dogs", "05512 05513")]
    offering = rows(path, "stage_offering", "ref", "n", "kind", "service_ref", "provider_ref", "role")
    assert offering == [("L:z", 0, "unit", "L:dogs", "L:amt", "02")]
    assert (summary.read, summary.objects, summary.direct, summary.rejected) == (5, 5, 0, 0)


def test_a_responsibility_is_one_offering_for_each_service_and_area(tmp_path: Path) -> None:
    path, summary = stage(tmp_path, [unit_offers("L:z", ["L:a", "L:b"], ["1", "2"]), ALL])
    assert offered(path) == [
        ("L:z", 0, "L:a", "1"),
        ("L:z", 1, "L:a", "2"),
        ("L:z", 2, "L:b", "1"),
        ("L:z", 3, "L:b", "2"),
    ]
    assert (summary.read, summary.objects) == (1, 1)


def test_a_responsibility_without_area_is_kept_as_one(tmp_path: Path) -> None:
    path, _ = stage(tmp_path, [unit_offers("L:z", ["L:a"], []), ALL])
    assert offered(path) == [("L:z", 0, "L:a", "")]


def test_what_a_source_states_itself_brings_its_service_along(tmp_path: Path) -> None:
    path, summary = stage(tmp_path, [direct("1"), direct("2", DOGS, Status.ABSENT), ALL])
    assert rows(path, "stage_offering", "ref", "kind", "service_ref", "area_raw") == [
        ("1", "direct", "L:dogs", "05512000"),
        ("2", "direct", "L:dogs", "05512000"),
    ]
    assert rows(path, "stage_statement", "ref", "status", "url", "unit", "operator", "observed_at") == [
        ("1", "online", "https://bottrop.example", "Steuern", "own", "2026-02-01"),
        ("2", "absent", "https://bottrop.example", "Steuern", "own", "2026-02-01"),
    ]
    assert rows(path, "stage_service", "ref", "title") == [("L:dogs", "Hundesteuer")]
    # The service is written twice, but what was delivered are two offerings, each once.
    assert (summary.read, summary.direct, summary.objects, summary.repeated) == (2, 2, 2, 0)


# --- document order -----------------------------------------------------------------------------


def test_the_last_write_wins_and_repetitions_are_counted(tmp_path: Path) -> None:
    units = [Unit("L:a", "Alt"), Unit("L:a", "Alt"), Unit("L:a", "Neu"), Unit("L:b", "B")]
    path, summary = stage(tmp_path, [*units, ALL])
    assert rows(path, "stage_unit", "ref", "name", "op") == [("L:a", "Neu", 1), ("L:b", "B", 1)]
    assert (summary.objects, summary.repeated, summary.differed) == (2, 2, 1)


def test_repetitions_in_other_parts_count_too(tmp_path: Path) -> None:
    _, summary = stage(tmp_path, [Unit("L:a", "Alt"), ALL], [Unit("L:a", "Neu"), ALL])
    assert (summary.read, summary.objects, summary.repeated, summary.differed) == (2, 1, 1, 1)


def test_a_responsibility_written_again_counts_once_whatever_its_areas(tmp_path: Path) -> None:
    same = unit_offers("L:z", ["L:a"], ["1", "2", "3"])
    _, summary = stage(tmp_path, [same, same, same._replace(areas=("1", "2", "4")), ALL])
    assert (summary.objects, summary.repeated, summary.differed) == (1, 2, 1)


GONE = Deletion(ObjectClass.UNIT, "L:a")
HERE = Unit("L:a", "Amt")


@pytest.mark.parametrize(
    ("operations", "here", "repeated"),
    [
        ([HERE], 1, 0),
        ([GONE], 0, 0),
        ([HERE, GONE], 0, 0),
        ([GONE, HERE], 1, 0),
        ([HERE, GONE, HERE], 1, 0),
        ([GONE, HERE, GONE], 0, 0),
        ([HERE, HERE, GONE], 0, 1),
    ],
)
def test_writing_and_deleting_go_by_document_order(
    tmp_path: Path, operations: list[Record], here: int, repeated: int
) -> None:
    path, summary = stage(tmp_path, [*operations, ALL])
    assert rows(path, "stage_unit", "ref", "op") == [("L:a", here)]
    assert (summary.objects, summary.repeated) == (here, repeated)
    assert summary.deletions == operations.count(GONE)


@pytest.mark.parametrize("object_class", list(ObjectClass))
def test_every_class_of_object_can_be_deleted(tmp_path: Path, object_class: ObjectClass) -> None:
    written: list[Record] = [
        DOGS._replace(ref="L:x"),
        Specialisation("L:x", "L:dogs"),
        Unit("L:x", "Amt"),
        OnlineService("L:x", "Online"),
        unit_offers("L:x", ["L:x"], ["1", "2"]),
    ]
    if object_class is ObjectClass.OFFERING:
        written = [direct("L:x", DOGS._replace(ref="L:x"))]
    path, summary = stage(tmp_path, [*written, Deletion(object_class, "L:x"), ALL])
    left = {table for table in staging.STAGE_TABLES if any(op for _, op in rows(path, table, "ref", "op"))}
    tables = {
        ObjectClass.SERVICE: {"stage_service"},
        ObjectClass.SPECIALISATION: {"stage_specialisation"},
        ObjectClass.UNIT: {"stage_unit"},
        ObjectClass.ONLINE_SERVICE: {"stage_online"},
        ObjectClass.RESPONSIBILITY: {"stage_offering"},
        ObjectClass.OFFERING: {"stage_offering", "stage_statement"},
    }
    every = {"stage_service", "stage_specialisation", "stage_unit", "stage_online", "stage_offering"}
    if object_class is ObjectClass.OFFERING:
        every = {"stage_service", "stage_offering", "stage_statement"}
    assert left == every - tables[object_class]
    assert summary.objects == len(written) - 1


BEFORE = unit_offers("L:z", ["L:a"], ["1", "2", "3"])
AFTER = unit_offers("L:z", ["L:a"], ["2"])


@pytest.mark.parametrize(
    "parts",
    [
        [[BEFORE, AFTER]],
        [[BEFORE], [AFTER]],
        [[BEFORE], [], [AFTER]],
        [[AFTER, BEFORE], [AFTER]],
        [[BEFORE], [BEFORE, AFTER]],
        [[BEFORE], [Deletion(ObjectClass.RESPONSIBILITY, "L:z")], [AFTER]],
    ],
)
def test_fewer_areas_leave_nothing_of_the_earlier_version(tmp_path: Path, parts: list[list[Record]]) -> None:
    path, _ = stage(tmp_path, *([*part, ALL] for part in parts))
    assert offered(path) == [("L:z", 0, "L:a", "2")]


def test_a_deletion_leaves_nothing_of_an_object_with_many_areas(tmp_path: Path) -> None:
    path, _ = stage(tmp_path, [BEFORE, ALL], [Deletion(ObjectClass.RESPONSIBILITY, "L:z"), ALL])
    assert rows(path, "stage_offering", "ref", "n", "op") == [("L:z", 0, 0)]


def test_rows_are_written_in_batches_without_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "BATCH_ROWS", 3)
    units = [Unit(f"L:{number}", str(number)) for number in range(10)]
    offers = [unit_offers(f"L:{number}", ["L:a", "L:b"], ["1", "2"]) for number in range(4)]
    path, summary = stage(tmp_path, [*units, *offers, Unit("L:3", "neu"), ALL])
    assert dict(rows(path, "stage_unit", "ref", "name")) == {  # type: ignore[arg-type]
        f"L:{number}": "neu" if number == 3 else str(number) for number in range(10)
    }
    assert len(offered(path)) == 16
    assert (summary.objects, summary.repeated) == (14, 1)


# --- issues, completeness, errors ---------------------------------------------------------------


def test_issues_are_counted_and_the_first_ones_kept_as_samples(tmp_path: Path) -> None:
    skipped = [Issue(Severity.SKIPPED, "object_without_id", f"#{number}", "unit") for number in range(30)]
    notice = Issue(Severity.NOTICE, "object_without_id", "x" * 500, "y" * 500)
    _, summary = stage(tmp_path, [HERE, *skipped[:25], notice, ALL], [*skipped[25:], ALL])
    count, samples = summary.issues["skipped", "object_without_id"]
    assert (count, samples) == (30, [(f"#{number}", "unit") for number in range(20)])
    assert summary.issues["notice", "object_without_id"] == (1, [("x" * 200, "y" * 200)])
    assert (summary.read, summary.rejected) == (31, 30)


EVERYTHING, PART, INCREMENT = ALL, Completeness("part"), Completeness("increment", "2026-01-01", "2026-01-02")


@pytest.mark.parametrize(
    ("parts", "scope"),
    [
        ([EVERYTHING], "everything"),
        ([EVERYTHING, EVERYTHING], "everything"),
        ([EVERYTHING, INCREMENT], "increment"),
        ([PART, EVERYTHING, INCREMENT], "part"),
        ([None], ""),
        ([EVERYTHING, None], ""),
        ([None, EVERYTHING], ""),
        ([PART, None, EVERYTHING], ""),
    ],
)
def test_a_delivery_is_as_complete_as_its_weakest_part(
    tmp_path: Path, parts: list[Completeness | None], scope: str
) -> None:
    _, summary = stage(tmp_path, *([HERE, *([said] if said else [])] for said in parts))
    assert (summary.scope, summary.parts) == (scope, len(parts))


def test_a_delivery_spans_the_time_of_its_parts(tmp_path: Path) -> None:
    first = Completeness("increment", "2026-01-01", "2026-01-02", "2026-01-02T02:00:00Z")
    last = Completeness("increment", "2026-01-02", "2026-01-03", "2026-01-03T02:00:00Z")
    without = Completeness("increment")
    _, summary = stage(tmp_path, [first], [last], [without])
    assert (summary.since, summary.until) == ("2026-01-01", "2026-01-03")
    assert summary.created_at == "2026-01-03T02:00:00Z"


def test_parts_are_merged_into_the_first_and_removed(tmp_path: Path) -> None:
    path, _ = stage(tmp_path, [Unit("L:a", "A"), ALL], [Unit("L:b", "B"), ALL], [ALL])
    assert rows(path, "stage_unit", "ref", "name") == [("L:a", "A"), ("L:b", "B")]
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_passes_through_and_leaves_no_stage(tmp_path: Path) -> None:
    def torn() -> Iterator[Record]:
        yield HERE
        raise EOFError("torn")

    path = tmp_path / "stage.sqlite"
    with pytest.raises(EOFError, match="torn"):
        stage_records(torn(), path)
    assert list(tmp_path.iterdir()) == []


def test_what_lay_there_before_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "stage.sqlite"
    path.write_bytes(b"a stage that a dead process left half-written")
    stage_records([HERE], path)
    assert rows(path, "stage_unit", "ref", "name") == [("L:a", "Amt")]


# --- hostile sizes ------------------------------------------------------------------------------


def test_long_references_are_shortened_alike_wherever_they_stand(tmp_path: Path) -> None:
    long, twin = "L:" + "x" * 5000, "L:" + "x" * 4999 + "y"
    assert bounded(long) != bounded(twin)
    assert len(bounded(long)) < REF_LENGTH + 20
    assert bounded("L:" + "x" * (REF_LENGTH - 2)) == "L:" + "x" * (REF_LENGTH - 2)
    path, _ = stage(
        tmp_path,
        [
            DOGS._replace(ref=long),
            Unit(twin, "Amt"),
            Specialisation(long, long),
            unit_offers(long, [long, twin], ["1"], unit=twin),
            direct(twin, DOGS._replace(ref=twin)),
            Deletion(ObjectClass.ONLINE_SERVICE, long),
            ALL,
        ],
    )
    shorts = {bounded(long), bounded(twin), ""}
    for table in staging.STAGE_TABLES:
        assert {ref for ref, _ in rows(path, table, "ref", "op")} <= shorts
    assert {service for _, _, service, _ in offered(path)} == {bounded(long), bounded(twin)}
    assert {ref for _, ref in rows(path, "stage_offering", "ref", "provider_ref")} == {bounded(twin), ""}
    assert rows(path, "stage_specialisation", "ref", "service_ref") == [(bounded(long), bounded(long))]


def test_an_endless_area_or_date_is_cut(tmp_path: Path) -> None:
    created = Completeness("everything", created_at="2" * 1000)
    path, summary = stage(tmp_path, [unit_offers("L:z", ["L:a"], ["9" * 5000]), created])
    assert offered(path) == [("L:z", 0, "L:a", "9" * 200)]
    assert len(summary.created_at) == 64


def test_a_responsibility_for_everything_everywhere_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "MOST_PAIRS", 6)
    areas = [str(number) for number in range(3)]
    wide = unit_offers("L:wide", ["L:a", "L:b", "L:c"], areas)
    path, summary = stage(tmp_path, [wide, unit_offers("L:fits", ["L:a", "L:b"], areas), ALL])
    assert {ref for ref, _, _, _ in offered(path)} == {"L:fits"}
    assert summary.issues == {("skipped", "responsibility_too_wide"): (1, [("L:wide", "3 × 3")])}
    assert (summary.read, summary.rejected, summary.objects) == (2, 1, 1)
    for language in LANGUAGES:
        assert "3 × 3" in text(language, "issue.responsibility_too_wide", record="L:wide", detail="3 × 3")


@pytest.mark.parametrize("bad", ["\0", "Stra\0e", "\ud800"], ids=["nul", "inner nul", "half a character"])
@pytest.mark.parametrize(
    "make",
    [
        lambda bad: Service(f"L:{bad}", "Titel"),
        lambda bad: Service("L:x", bad),
        lambda bad: Service("L:x", "Titel", keys=("99", bad)),
        lambda bad: Unit("L:x", bad),
        lambda bad: Unit(bad, "Amt"),
        lambda bad: OnlineService("L:x", "Online", bad),
        lambda bad: Specialisation("L:x", bad),
        lambda bad: unit_offers(bad, ["L:a"], ["1"]),
        lambda bad: unit_offers("L:x", ["L:a", bad], ["1"]),
        lambda bad: unit_offers("L:x", ["L:a"], ["1", bad], unit="L:amt"),
        lambda bad: direct("x")._replace(note=bad),
        lambda bad: direct(bad),
        lambda bad: direct("x", DOGS._replace(title=bad)),
        lambda bad: Deletion(ObjectClass.UNIT, bad),
    ],
)
def test_what_no_database_can_store_is_skipped(
    tmp_path: Path, make: Callable[[str], Record], bad: str
) -> None:
    path, summary = stage(tmp_path, [make(bad), HERE, ALL])
    assert (summary.read, summary.rejected, summary.objects, summary.deletions) == (2, 1, 1, 0)
    assert list(summary.issues) == [("skipped", "text_unusable")]
    assert {table for table in staging.STAGE_TABLES if rows(path, table, "ref", "op")} == {"stage_unit"}
    for language in LANGUAGES:
        assert text(language, "issue.text_unusable", record="L:x", detail="")


def test_what_cannot_be_shown_is_marked_in_samples_and_dates(tmp_path: Path) -> None:
    issue = Issue(Severity.NOTICE, "odd", "L:\0\n", "\ud800ä")
    _, summary = stage(tmp_path, [issue, Unit("L:\0", "Amt"), Completeness("part", created_at="2026\0")])
    assert summary.issues == {
        ("notice", "odd"): (1, [("L:\ufffd\ufffd", "\ufffdä")]),
        ("skipped", "text_unusable"): (1, [("L:\ufffd", "")]),
    }
    assert summary.created_at == "2026\ufffd"
