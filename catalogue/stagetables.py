"""The tables of a stage and the SQL that writes them: the last operation on an object wins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

__all__ = ["INTEGER_COLUMNS", "LIFE_COLUMNS", "STAGE_TABLES", "create_sql", "merge_sql", "write_sql"]

#: Columns that say what happened to an object within the delivery.
LIFE_COLUMNS: Final = ("opno", "op", "repeated", "differed")
#: Columns for merging: an object's first operation and its fingerprint, where it had more than one.
FIRST_COLUMNS: Final = ("first_op", "first_fingerprint")

#: Columns of the stage's tables after their key; ``fingerprint`` is the last one of each.
STAGE_TABLES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "stage_service": (
        ("ref",),
        (
            "title",
            "official_title",
            "reported_keys",
            "reported_types",
            "form_url",
            "has_text",
            "valid_from",
            "valid_to",
            "modified_at",
            "fingerprint",
        ),
    ),
    "stage_unit": (("ref",), ("name", "area_raw", "modified_at", "fingerprint")),
    "stage_online": (
        ("ref",),
        ("name", "url", "link_type", "trust_level", "modified_at", "fingerprint"),
    ),
    "stage_specialisation": (("ref",), ("service_ref", "areas", "modified_at", "fingerprint")),
    "stage_offering": (
        ("ref", "n"),
        ("kind", "service_ref", "provider_ref", "area_raw", "role", "fingerprint"),
    ),
    "stage_statement": (
        ("ref",),
        (
            "status",
            "url",
            "unit",
            "operator",
            "observed_at",
            "note",
            "details",
            "level",
            "level_rules",
            "fingerprint",
        ),
    ),
    "stage_memory": (("ref",), ("value", "fingerprint")),
}
INTEGER_COLUMNS: Final = {"n", "opno", "op", "repeated", "differed", "has_text", "level", "fingerprint"}


def create_sql(table: str, key: Sequence[str], columns: Sequence[str]) -> str:
    """Return the statement that creates a table of the stage."""
    names = (*key, *LIFE_COLUMNS, *columns)
    spelled = ", ".join(
        f"{name} {'INTEGER' if name in INTEGER_COLUMNS else 'TEXT'} NOT NULL" for name in names
    )
    first = ", ".join(f"{name} INTEGER" for name in FIRST_COLUMNS)
    return f"CREATE TABLE {table} ({spelled}, {first}, PRIMARY KEY ({', '.join(key)})) WITHOUT ROWID"


def _conflict_sql(table: str, key: Sequence[str], columns: Sequence[str]) -> str:
    """Return the clause by which later operations replace earlier ones and count them.

    Writing twice in a row is a repetition: what was last here and what comes first there decide.
    """
    updates = ", ".join(f"{name} = excluded.{name}" for name in ("opno", "op", *columns))
    first_op = "coalesce(excluded.first_op, excluded.op)"
    first_fingerprint = "coalesce(excluded.first_fingerprint, excluded.fingerprint)"
    return (
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {updates}, "
        f"first_op = coalesce({table}.first_op, {table}.op), "
        f"first_fingerprint = coalesce({table}.first_fingerprint, {table}.fingerprint), "
        f"repeated = {table}.repeated + excluded.repeated + ({table}.op * {first_op}), "
        f"differed = {table}.differed + excluded.differed + ({table}.op * {first_op} * "
        f"({table}.fingerprint <> {first_fingerprint}))"
    )


def write_sql(table: str, key: Sequence[str], columns: Sequence[str]) -> str:
    """Return the statement that writes one operation."""
    names = (*key, *LIFE_COLUMNS, *columns)
    places = ", ".join("?" for _ in names)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places}) " + _conflict_sql(table, key, columns)


def merge_sql(table: str, key: Sequence[str], columns: Sequence[str]) -> str:
    """Return the statement that adds the operations of the attached ``part``, numbered from ?1 on."""
    names = (*key, *LIFE_COLUMNS, *columns, *FIRST_COLUMNS)
    selected = ", ".join("opno + ?1" if name == "opno" else name for name in names)
    return (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {selected} "
        f"FROM part.{table} WHERE true ORDER BY {', '.join(key)} " + _conflict_sql(table, key, columns)
    )
