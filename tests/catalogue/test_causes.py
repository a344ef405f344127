"""Why a cell moved."""

from __future__ import annotations

import itertools

import pytest

from catalogue.causes import CAUSES, Moved, cause_of


def moved(old: str, new: str, **given: object) -> Moved:
    def split(cell: str) -> tuple[str, str]:
        status, _, reason = cell.partition(":")
        return status, reason

    old_status, old_reason = split(old)
    new_status, new_reason = split(new)
    base = Moved(old_status, new_status, old_reason, new_reason, True, False, frozenset({"offers"}))
    return base._replace(**given)


@pytest.mark.parametrize(
    ("old", "new", "given", "cause"),
    [
        ("missing", "online", {"fresh_evidence": True}, "new_offer"),
        ("described", "online", {"fresh_evidence": True}, "new_offer"),
        ("described", "online", {}, "offer_changed"),
        ("online", "online", {}, "offer_changed"),
        ("online", "missing", {}, "withdrawn"),
        ("online", "described", {}, "withdrawn"),
        ("online", "not_competent", {}, "withdrawn"),
        ("missing", "unknown:source_failed", {}, "source_failed"),
        ("missing", "unknown:source_stale", {}, "source_stale"),
        ("missing", "unknown:list_incomplete", {}, "list_incomplete"),
        ("missing", "unknown:never_asked", {"due": frozenset({"region"})}, "never_asked"),
        ("unknown:source_failed", "missing", {}, "source_recovered"),
        ("unknown:source_failed", "online", {}, "source_recovered"),
        ("unknown:source_failed", "online", {"fresh_evidence": True}, "source_recovered"),
        ("unknown:never_asked", "online", {"fresh_evidence": True}, "new_offer"),
        ("unknown:never_asked", "online", {}, "offer_changed"),
        ("unknown:never_asked", "missing", {}, "source_answered"),
        ("missing", "unknown:match_under_review", {}, "match"),
        ("unknown:match_under_review", "missing", {}, "match"),
        ("missing", "online", {"due": frozenset({"match"})}, "match"),
        ("missing", "online", {"due": frozenset({"reference"})}, "reference"),
        ("online", "missing", {"due": frozenset({"reference"})}, "reference"),
        ("missing", "online", {"due": frozenset({"region"})}, "region"),
        ("missing", "not_competent", {"same_competence": False}, "competence"),
        (
            "missing",
            "not_competent",
            {"same_competence": False, "due": frozenset({"reference"})},
            "reference",
        ),
        ("online", "online", {"only_stale": True, "worn": "source_failed"}, "source_failed"),
        ("online", "online", {"only_stale": True, "worn": "source_stale"}, "source_stale"),
        ("online", "online", {"only_stale": True}, "source_recovered"),
    ],
)
def test_a_change_has_the_cause(old: str, new: str, given: dict[str, object], cause: str) -> None:
    assert cause_of(moved(old, new, **given)) == cause


def test_every_change_has_exactly_one_known_cause() -> None:
    cells = [
        "online",
        "form",
        "described",
        "missing",
        "not_competent",
        "unknown:source_failed",
        "unknown:source_stale",
        "unknown:never_asked",
        "unknown:list_incomplete",
        "unknown:competence_unresolved",
        "unknown:match_under_review",
    ]
    dues = [
        frozenset(due)
        for n in range(3)
        for due in itertools.combinations(["offers", "match", "reference"], n)
    ]
    for old, new, same, fresh, due in itertools.product(cells, cells, (True, False), (True, False), dues):
        assert cause_of(moved(old, new, same_competence=same, fresh_evidence=fresh, due=due)) in CAUSES
