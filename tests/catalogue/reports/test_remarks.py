"""What is irregular about the state of a source is told as long as it is, not only when it came."""

from __future__ import annotations

from pathlib import Path

from catalogue.reports.remarks import open_remarks
from catalogue.reports.runs import IssueRow, run_detail
from catalogue.store import Store
from tests.sample_region import sync_region

LOST = "059999999999;99001009004000;Sperrmüll;online;https://lost.example/;"
OUTSIDE = "055130000000;99001009004000;Sperrmüll;online;https://ge.example/;"
NAMELESS = "055120000000;;Xyzzy Plugh;online;https://bottrop.example/x;"


def remarks_of(store: Store, source: str = "portal") -> dict[str, IssueRow]:
    with store.read() as connection:
        return {row.kind: row for row in open_remarks(connection).get(source, ())}


def append(files: Path, *lines: str) -> None:
    table = files.parent / "portal.csv"
    table.write_text(
        table.read_text(encoding="utf-8") + "".join(f"{one}\n" for one in lines), encoding="utf-8"
    )


def test_an_unchanged_delivery_leaves_its_remarks_open(reference_store: Store, files: Path) -> None:
    append(files, LOST, OUTSIDE, NAMELESS)
    sync_region(reference_store, files, 1)
    first = remarks_of(reference_store)
    sync_region(reference_store, files, 2)

    assert {kind: row.count for kind, row in first.items()} == {
        "area_outside": 1,
        "area_unknown": 1,
        "service_under_review": 1,
        "service_unmatched": 1,
    }
    assert first["area_unknown"].samples == (("", "059999999999"),)
    assert first["area_outside"].samples == (("", "Gelsenkirchen"),)
    assert first["service_unmatched"].samples[0][1] == "Xyzzy Plugh"
    assert remarks_of(reference_store) == first
    with reference_store.read() as connection:
        assert run_detail(connection, 2).issues == []


def test_remarks_about_what_stayed_are_open_when_something_else_changed(
    reference_store: Store, files: Path
) -> None:
    append(files, LOST)
    sync_region(reference_store, files, 1)
    append(files, NAMELESS)
    sync_region(reference_store, files, 2)

    found = remarks_of(reference_store)
    assert {"area_unknown", "service_unmatched"} <= found.keys()
    with reference_store.read() as connection:
        assert "area_unknown" not in {row.kind for row in run_detail(connection, 2).issues}


def test_what_the_reader_found_is_that_of_the_delivery_the_source_stands_on(
    reference_store: Store, files: Path
) -> None:
    append(files, "055120000000;99001009004000;Sperrmüll;kann sein;;")
    sync_region(reference_store, files, 1)
    found = remarks_of(reference_store)["row_status_unknown"]
    (files.parent / "portal.csv").unlink()
    sync_region(reference_store, files, 2)

    assert found.count == 1
    assert remarks_of(reference_store)["row_status_unknown"] == found


def test_a_remark_is_closed_when_its_reason_is_gone(reference_store: Store, files: Path) -> None:
    table = files.parent / "portal.csv"
    before = table.read_text(encoding="utf-8")
    append(files, LOST, NAMELESS)
    sync_region(reference_store, files, 1)
    table.write_text(before, encoding="utf-8")
    for number in (2, 3):
        sync_region(reference_store, files, number)

    assert remarks_of(reference_store).keys() == {"service_under_review"}


def test_many_remarks_are_counted_and_shown_by_samples(reference_store: Store, files: Path) -> None:
    append(
        files,
        *(
            f"055120000000;;Xyzzy Plugh {number:02};online;https://b.example/{number};"
            for number in range(12)
        ),
    )
    sync_region(reference_store, files, 1)

    found = remarks_of(reference_store)["service_unmatched"]
    assert (found.count, len(found.samples)) == (12, 3)


def test_a_source_that_left_the_region_file_has_nothing_open(reference_store: Store, files: Path) -> None:
    append(files, LOST)
    sync_region(reference_store, files, 1)
    text = files.read_text(encoding="utf-8")
    files.write_text(text.replace('id = "portal"', 'id = "anderes"'), encoding="utf-8")
    sync_region(reference_store, files, 2)

    assert remarks_of(reference_store) == {}
    assert "area_unknown" in remarks_of(reference_store, "anderes")
