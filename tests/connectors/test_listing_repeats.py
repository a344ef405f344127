"""Rows with the same ref: repeated ones count once, contradictory ones are all kept."""

from __future__ import annotations

from itertools import permutations

import pytest

from catalogue.records import Issue, Offering, Service, Severity, Status
from connectors import listing_repeats
from connectors.errors import RejectDelivery
from connectors.listing_repeats import HeldRows, RepeatedRefs


def row(
    title: str = "Hund",
    status: Status = Status.ONLINE,
    url: str = "",
    observed_at: str = "",
    note: str = "",
) -> Offering:
    service = Service(f"1|{title}", title, keys=("1",))
    return Offering("ref", "Herne", service, status, url, observed_at=observed_at, note=note)


def release(*rows: Offering) -> tuple[set[Offering], list[Issue]]:
    """Hold the rows, numbered from 2 on, and return what comes out."""
    held = HeldRows("list.csv")
    issues = [held.hold(number, offering) for number, offering in enumerate(rows, start=2)]
    released = list(held.release())
    return (
        {record for record in released if isinstance(record, Offering)},
        [record for record in [*issues, *released] if isinstance(record, Issue)],
    )


def test_refs_that_occur_once_are_not_repeated() -> None:
    refs = RepeatedRefs("list.csv")
    for number in range(5_000):
        refs.add(str(number))
    refs.add("17")
    assert [number for number in range(5_000) if str(number) in refs] == [17]
    assert 17 not in refs


def test_a_row_that_was_held_alone_comes_out_as_it_was() -> None:
    assert release(row()) == ({row()}, [])


def test_a_repeated_row_counts_once() -> None:
    rows, issues = release(row(), row(), row())
    assert rows == {row()}
    assert issues == [
        Issue(Severity.NOTICE, "row_repeated", "3", "2"),
        Issue(Severity.NOTICE, "row_repeated", "4", "2"),
    ]


def test_of_repeated_rows_the_latest_observation_stands() -> None:
    old, new = row(observed_at="2025-01-01", note="b"), row(observed_at="2026-01-01", note="a")
    assert release(old, new)[0] == release(new, old)[0] == {new}


def test_contradictory_rows_are_all_kept_under_their_own_refs() -> None:
    rows, issues = release(row(), row(status=Status.ABSENT))
    assert len({offering.ref for offering in rows}) == 2
    assert all(offering.ref.startswith("ref#") for offering in rows)
    assert issues == [Issue(Severity.NOTICE, "row_contradicted", "3", "2")]


def test_refs_of_contradictory_rows_do_not_depend_on_their_order() -> None:
    rows = [row("Hund"), row("Hund", url="https://example.de/a"), row("Katze"), row("Katze")]
    results = [release(*order)[0] for order in permutations(rows)]
    assert all(result == results[0] for result in results)


def test_rows_told_apart_by_their_titles_keep_their_refs_when_the_address_changes() -> None:
    before, _ = release(row("Hund", url="https://example.de/a"), row("Katze"))
    after, _ = release(row("Hund", url="https://example.de/b"), row("Katze"))
    assert {offering.ref for offering in before} == {offering.ref for offering in after}


def test_rows_told_apart_by_nothing_but_the_status_are_told_apart() -> None:
    rows, _ = release(*(row(status=status) for status in Status))
    assert len({offering.ref for offering in rows}) == len(Status)


def test_too_many_repeated_refs_mean_wrong_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_repeats, "MAX_REPEATED", 2)
    refs = RepeatedRefs("list.csv")
    for number in range(5):
        refs.add(str(number // 2))
    with pytest.raises(RejectDelivery) as caught:
        refs.add("2")
    assert caught.value.code == "list_repeats"


def test_too_many_contradictory_rows_mean_wrong_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_repeats, "MAX_REPEATED", 2)
    with pytest.raises(RejectDelivery) as caught:
        release(row("a"), row("b"), row("c"))
    assert caught.value.code == "list_repeats"
