from __future__ import annotations

import pytest
from sqlalchemy import Connection, insert, update

from catalogue import tables
from catalogue.errors import NotFound
from catalogue.records import Deletion, Issue, ObjectClass, OnlineService, Record, Service, Severity, Unit
from catalogue.store import Store
from tests.catalogue.applying import Written, add_source, apply
from tests.catalogue.lint.checking import GLADBECK, check_applied, check_fresh, feed, offer, service


def settled(store: Store, *records: Record) -> int:
    """Apply records as a source's first delivery, as a run leaves it behind."""
    own = add_source(store, complete=True)
    apply(store, own, 1, records)
    with store.write() as connection:
        connection.execute(
            update(tables.source).values(state="ok", applied_digest="x", delivered_at="2026-11-19T02:00:00Z")
        )
    return own


def test_an_object_that_contradicts_its_repetition_is_found(catalogue: Store) -> None:
    checked = check_fresh(catalogue, [*feed(), Unit("L:amt", "Ein anderes Amt", GLADBECK), service()])
    assert checked.found == {
        "object_contradictory": [("unit", "L:amt", "", "2")],
        "object_repeated": [("service", "L:1", "", "2")],
    }


def test_changes_may_write_an_object_twice(catalogue: Store) -> None:
    checked = check_fresh(catalogue, [service(), service(title="Bioabfall")], "increment")
    assert checked.unable["object_contradictory"] == checked.unable["object_repeated"] == "not_whole"


def test_a_service_comes_along_with_each_of_its_statements(catalogue: Store) -> None:
    twice = [offer("1", service=service("s")), offer("2", service=service("s"), area="055130000000")]
    assert check_fresh(catalogue, twice).found == {}


def test_a_deletion_of_what_the_source_never_showed_is_found(small_store: Store) -> None:
    settled(small_store, *feed())
    gone = [
        Deletion(ObjectClass.SERVICE, "L:1"),
        Deletion(ObjectClass.SERVICE, "L:77"),
        Deletion(ObjectClass.RESPONSIBILITY, "L:z1"),
        Deletion(ObjectClass.RESPONSIBILITY, "L:z77"),
    ]
    found = check_fresh(small_store, gone, "increment").found
    assert found == {"deletion_orphan": [("responsibility", "L:z77", "", ""), ("service", "L:77", "", "")]}


def test_of_a_source_that_was_never_read_deletions_say_nothing(catalogue: Store) -> None:
    checked = check_fresh(catalogue, [Deletion(ObjectClass.SERVICE, "L:77")], "increment")
    assert (checked.found, checked.unable["deletion_orphan"]) == ({}, "never_read")


def test_what_the_reader_remarked_is_part_of_the_report(catalogue: Store) -> None:
    remarks = [
        Issue(Severity.SKIPPED, "responsibility_empty", "L:z5"),
        Issue(Severity.NOTICE, "title_repeated", "L:1", "02"),
        Issue(Severity.NOTICE, "unit_without_name", "L:amt"),  # a check of its own
    ]
    checked = check_fresh(catalogue, feed(*remarks))
    assert checked.found == {
        "reader_skipped": [("delivery", "L:z5", "responsibility_empty", "")],
        "reader_notice": [("delivery", "L:1", "title_repeated", "02")],
    }
    assert checked.musts == 1


def test_remarks_without_a_sample_are_counted(catalogue: Store) -> None:
    remarks = [Issue(Severity.NOTICE, "unknown_element", f"L:{number}", "x") for number in range(50)]
    checked = check_fresh(catalogue, feed(*remarks))
    assert checked.counts == {"reader_notice": 50}
    assert len(checked.found["reader_notice"]) == 21
    assert checked.found["reader_notice"][-1] == ("delivery", "", "unknown_element", "")


def test_the_applied_state_has_the_same_findings_as_its_delivery(small_store: Store) -> None:
    records = feed(
        service("L:2", "", keys=("9,9E+13",), has_text=False, valid_to="2020-01-01"),
        OnlineService("L:o2", "Allein", "www.stadt.example"),
        offer("3", page="http://intern/", observed_at="2019-05-05"),
    )
    fresh = check_fresh(small_store, records)
    settled(small_store, *records)
    assert check_applied(small_store).found == fresh.found
    assert {"title_missing", "key_malformed", "text_missing", "link_malformed", "date_old"} <= set(
        fresh.found
    )


def test_what_the_last_delivery_lacked_is_no_part_of_the_applied_state(small_store: Store) -> None:
    own = settled(small_store, *feed(service("L:2", "")))
    assert "title_missing" in check_applied(small_store).found
    apply(small_store, own, 2, feed())
    assert check_applied(small_store).found == {}


def test_of_the_applied_state_the_last_run_tells_repetitions_and_orphans(small_store: Store) -> None:
    own = settled(small_store, *feed())
    with small_store.write() as connection:
        add_run(connection, own)
    checked = check_applied(small_store)
    assert checked.counts == {"object_contradictory": 3, "deletion_orphan": 7, "reader_notice": 2}
    assert checked.found["deletion_orphan"] == [("delivery", "", "", "")]


def add_run(connection: Connection, source_id: int) -> None:
    """Add a run in which a reader remarked something about a source."""
    numbers = ("read", "new", "changed", "unchanged", "vanished", "withdrawn", "rejected", "dangling")
    texts = ("started_at", "finished_at", "digest", "message", "params")
    connection.execute(
        insert(tables.run).values(id=1, started_at="", state="ok", region="", version="", host="", pid=1)
    )
    connection.execute(
        insert(tables.source_run).values(
            **dict.fromkeys(numbers, 0),
            **dict.fromkeys(texts, ""),
            id=1,
            run_id=1,
            source_id=source_id,
            state="ok",
            scope="everything",
            orphans=7,
            accepted_by_hand=False,
        )
    )
    issues = [
        ("object_contradictory", "", 3),
        ("title_repeated", "L:1", 2),
        ("service_under_review", "L:1", 9),
    ]
    rows = [
        {
            "source_run_id": 1,
            "severity": "notice",
            "kind": kind,
            "record": record,
            "detail": "",
            "count": count,
        }
        for kind, record, count in issues
    ]
    connection.execute(insert(tables.issue), rows)


def test_looking_writes_nothing(small_store: Store) -> None:
    settled(small_store, *feed(service("L:2", "")))
    with Written(small_store) as written:
        check_applied(small_store)
        check_fresh(small_store, feed(Deletion(ObjectClass.SERVICE, "L:9")), "increment")
    assert not written.anything


def test_many_objects_are_looked_at_in_batches(small_store: Store) -> None:
    settled(small_store, *(Service(f"B:{number}", f"Leistung {number}") for number in range(1_200)))
    dead = [Deletion(ObjectClass.SERVICE, f"B:{number}") for number in range(1_100, 1_300)]
    assert check_fresh(small_store, dead, "increment").counts == {"deletion_orphan": 100}


def test_a_source_that_nobody_knows_or_read_is_refused(small_store: Store) -> None:
    add_source(small_store, "neu")
    with pytest.raises(NotFound) as unknown:
        check_applied(small_store, "alt")
    assert (unknown.value.code, unknown.value.params["known"]) == ("lint_source_unknown", "neu")
    with pytest.raises(NotFound) as unread:
        check_applied(small_store, "neu")
    assert unread.value.code == "lint_nothing_applied"
