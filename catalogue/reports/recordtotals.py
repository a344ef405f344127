"""What is to be said about a staged delivery as a whole: how much of what, and what nobody can place."""

from __future__ import annotations

from collections import Counter
from typing import Final, NamedTuple, TypeAlias

from catalogue.reports.recordstage import Staged

__all__ = ["Irregular", "Services", "count_classes", "irregular_places", "try_services"]

#: Services of a delivery that are decided about to be counted; each takes less than a millisecond.
MOST_DECIDED: Final = 10_000
SAMPLES: Final = 20
#: How often something irregular occurs, and the first times as record and detail.
Irregular: TypeAlias = tuple[int, list[tuple[str, str]]]
#: Classes of objects by the stage's table.
_CLASSES: Final = {
    "stage_service": "service",
    "stage_specialisation": "specialisation",
    "stage_unit": "unit",
    "stage_online": "online_service",
    "stage_offering": "offering",
}
_UNDECIDED: Final = {"review": "service_under_review", "none": "service_unmatched"}


class Services(NamedTuple):
    """How many services a delivery has, how many were decided about, and how many of these each way."""

    services: int = 0
    decided: int = 0
    accepted: int = 0
    review: int = 0
    none: int = 0


def count_classes(staged: Staged) -> dict[str, int]:
    """Return how many objects of each class would be written, and how many deletions there are."""
    counts: Counter[str] = Counter()
    for table, name in _CLASSES.items():
        where = "WHERE n = 0 " if table == "stage_offering" else ""
        query = f"SELECT op, count(*) FROM {table} {where}GROUP BY op"  # noqa: S608 - our own tables
        for op, count in staged.stage.execute(query):
            counts[name if op else "deletion"] += count
    return {name: count for name, count in counts.items() if count}


def irregular_places(staged: Staged) -> dict[str, Irregular]:
    """Return how many offerings are in areas that nobody knows, or outside of the source's own."""
    query = "SELECT area_raw, count(*) AS times FROM stage_offering WHERE op = 1 GROUP BY area_raw"
    found: dict[str, list[tuple[int, str]]] = {"area_unknown": [], "area_outside": []}
    for raw, times in staged.stage.execute(f"{query} ORDER BY times DESC, area_raw"):
        area_id = staged.areas.resolve(raw)
        for doubt in staged.doubts(area_id):
            if doubt in found:
                found[doubt].append((times, raw if area_id is None else staged.area_name(area_id)))
    return {
        kind: (sum(times for times, _ in places), [("", shown) for _, shown in places[:SAMPLES]])
        for kind, places in found.items()
        if places
    }


def try_services(staged: Staged) -> tuple[Services, dict[str, Irregular]]:
    """Return what the first services would be taken for, and those that nobody could tell."""
    counts: Counter[str] = Counter()
    undecided: dict[str, list[tuple[str, str]]] = {decision: [] for decision in _UNDECIDED}
    query = "SELECT * FROM stage_service WHERE op = 1 ORDER BY opno LIMIT ?"
    for row in staged.stage.execute(query, (MOST_DECIDED,)):
        _, decision = staged.decide(row["ref"], row)
        counts[decision] += 1
        if decision in undecided and len(undecided[decision]) < SAMPLES:
            undecided[decision].append((row["ref"], f"{row['title']} {row['reported_keys']}".strip()))
    (total,) = staged.stage.execute("SELECT count(*) FROM stage_service WHERE op = 1").fetchone()
    services = Services(total, counts.total(), counts["accepted"], counts["review"], counts["none"])
    notices: dict[str, Irregular] = {}
    if services.decided < services.services:
        notices["services_sampled"] = (1, [("", f"{services.decided}/{services.services}")])
    return services, notices | {
        _UNDECIDED[decision]: (counts[decision], samples)
        for decision, samples in undecided.items()
        if samples
    }
