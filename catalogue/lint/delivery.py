"""Findings about the delivery as such: what its reader remarked, repeated objects, deletions of nothing.

Of an applied state only the numbers of the last run are known, and the samples it kept.
"""

from __future__ import annotations

from typing import Final

from catalogue.lint.bench import Bench, Row
from catalogue.lint.unable import Unable

__all__ = ["deletion_orphan", "object_contradictory", "object_repeated", "reader_notice", "reader_skipped"]

#: What readers remark and other checks tell better, or what is no matter of the delivery.
_COVERED: Final = frozenset(
    {
        "area_outside",
        "area_unknown",
        "object_contradictory",
        "object_repeated",
        "online_service_without_link",
        "service_under_review",
        "service_unmatched",
        "service_without_title",
        "unit_without_name",
    }
)
_CLASSES: Final = {
    "stage_service": "service",
    "stage_unit": "unit",
    "stage_online": "online_service",
    "stage_specialisation": "specialisation",
    "stage_offering": "responsibility",
}


def object_contradictory(bench: Bench) -> str | list[Row] | Unable:
    """Find objects that a complete delivery holds several times with different contents."""
    return _repetitions(bench, "object_contradictory", "differed > 0")


def object_repeated(bench: Bench) -> str | list[Row] | Unable:
    """Find objects that a complete delivery holds several times in the same words."""
    return _repetitions(bench, "object_repeated", "repeated > 0 AND differed = 0")


def _repetitions(bench: Bench, kind: str, condition: str) -> str | list[Row] | Unable:
    if not bench.subject.whole:
        return Unable.NOT_WHOLE  # a log of changes may write an object as often as it changed
    if not bench.subject.fresh:
        return _counted(bench.subject.issues.get(("notice", kind), (0, []))[0])
    # A service that many offers name comes along with each of them.
    direct = bench.has("SELECT 1 FROM stage_offering WHERE op = 1 AND kind = 'direct' LIMIT 1")
    return _each_class(f"op = 1 AND {condition}", "repeated + 1", () if not direct else ("stage_service",))


def deletion_orphan(bench: Bench) -> str | list[Row] | Unable:
    """Find deletions of objects that the source never showed."""
    if not bench.subject.fresh:
        return _counted(bench.subject.orphans)
    if bench.subject.own_id is None:
        return Unable.NEVER_READ
    condition = (
        "op = 0 AND NOT EXISTS (SELECT 1 FROM known AS k WHERE k.kind = 'deleted {table}' AND k.ref = t.ref)"
    )
    return _each_class(condition, "''", ())


def _each_class(condition: str, found: str, left_out: tuple[str, ...]) -> str:
    """Return a query for objects of all classes; an object's first row stands for all."""
    return " UNION ALL ".join(
        f"SELECT '{name}' AS class, ref, {_TITLES.get(table, repr(''))} AS title, '' AS element, "  # noqa: S608
        f"{found} AS found FROM {table} AS t WHERE {condition.format(table=table)}"
        f"{' AND n = 0' if table == 'stage_offering' else ''}"
        for table, name in _CLASSES.items()
        if table not in left_out
    )


_TITLES: Final = {"stage_service": "title", "stage_unit": "name", "stage_online": "name"}


def _counted(count: int) -> list[Row]:
    return [("delivery", "", "", "", "", count)] if count else []


def reader_skipped(bench: Bench) -> list[Row]:
    """Return what was left out while reading."""
    return _remarks(bench, "skipped")


def reader_notice(bench: Bench) -> list[Row]:
    """Return what was used while reading although it is irregular."""
    return _remarks(bench, "notice")


def _remarks(bench: Bench, wanted: str) -> list[Row]:
    """Return samples as single findings, and how many more there are of each kind.

    The kind stands where other findings name the element.
    """
    rows: list[Row] = []
    for (severity, kind), (count, samples) in sorted(bench.subject.issues.items()):
        if severity != wanted or kind in _COVERED:
            continue
        rows += [("delivery", record, "", kind, detail, 1) for record, detail in samples]
        if count > len(samples):
            rows.append(("delivery", "", "", kind, "", count - len(samples)))
    return rows
