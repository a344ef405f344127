"""What is told about sections of a file is what would be told about the file."""

from __future__ import annotations

from catalogue.records import Completeness, Issue, Severity
from catalogue.stagesummary import SAMPLES_PER_KIND, StageSummary


def summary(*records: str, places: int = 0) -> StageSummary:
    """Return the summary of a section in which these records were skipped."""
    made = StageSummary()
    for record in records:
        made.take(Issue(Severity.SKIPPED, "empty_write", record, ""))
    made.take(Completeness("everything", places=places))
    return made


def samples(made: StageSummary) -> list[str]:
    return [record for record, _ in made.issues["skipped", "empty_write"][1]]


def test_places_are_counted_on_from_section_to_section() -> None:
    joined = StageSummary()
    for section in (summary("#1", "#7", places=9), summary("#2", places=3), summary("#1", places=1)):
        joined.extend(section)

    assert samples(joined) == ["#1", "#7", "#11", "#13"]
    assert (joined.read, joined.places) == (4, 13)


def test_refs_stay_as_they_are() -> None:
    joined = summary(places=5)
    joined.extend(summary("L1:#3", "#", "#3a", "# 3", ":4", ""))

    assert samples(joined) == ["L1:#3", "#", "#3a", "# 3", ":4", ""]


def test_places_of_another_file_are_its_own() -> None:
    delivery = StageSummary()
    for file in (summary("#1", places=9), summary("#1", places=9)):
        delivery.include(file)

    assert samples(delivery) == ["#1", "#1"]


def test_the_first_samples_are_kept_and_all_are_counted() -> None:
    joined = StageSummary()
    for number in range(3):
        joined.extend(summary(*(f"{number}:{n}" for n in range(12)), places=12))

    count, kept = joined.issues["skipped", "empty_write"]
    assert (count, len(kept)) == (36, SAMPLES_PER_KIND)
    assert kept[12:14] == [("1:0", ""), ("1:1", "")]


def test_sections_leave_open_how_complete_the_file_is() -> None:
    joined = StageSummary()
    joined.extend(summary("#1", places=1))

    assert (joined.scope, joined.parts) == ("", 0)
