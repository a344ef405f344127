"""Which reference tables there are and which columns their files have.

A new reference table is one entry in ``SPECS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Table

from catalogue import tables
from catalogue.errors import ImportRejected
from catalogue.keys import FEDERATION, Ags, Ars, LeikaKey
from catalogue.levels import CONFIDENCES, LEVELS, TIERS
from catalogue.reference import fields
from catalogue.reference.fields import Field, FieldError, Value

__all__ = ["SPECS", "Row", "TableSpec", "spec_of", "table_of"]

Row: TypeAlias = dict[str, Value]

#: How many digits of a regional key each level may use; the rest is zeros.
_SIGNIFICANT = {
    "bund": 0,
    "land": 2,
    "regierungsbezirk": 3,
    "kreis": 5,
    "gemeindeverband": 9,
    "gemeinde": 12,
}


@dataclass(frozen=True)
class TableSpec:
    """One reference table: its key, the columns of its files, and what follows from them."""

    table: Table
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    complete: Callable[[Row], None] = lambda _row: None

    @property
    def name(self) -> str:
        """Return the table's name."""
        return self.table.name

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns a file may have."""
        return frozenset(field.name for field in self.fields)

    @property
    def required(self) -> frozenset[str]:
        """Return the columns a file must have."""
        return frozenset(field.name for field in self.fields if field.required)

    def key_of(self, row: Row) -> tuple[Value, ...]:
        """Return the key of a row."""
        return tuple(row[name] for name in self.key)


def _complete_area(row: Row) -> None:
    """Check that key and level agree, and derive the municipality key where none is given."""
    level, ars = str(row["level"]), Ars(str(row["ars"]))
    if ars.value[_SIGNIFICANT[level] :].strip("0"):
        raise FieldError("import_level_mismatch", value=ars.value, level=level)
    if (level == "bund") != (ars.land == "00"):
        raise FieldError("import_level_mismatch", value=ars.value, level=level)
    derived = "" if level == "gemeindeverband" else str(ars.ags)
    ags = row["ags"] = row.get("ags") or derived
    if ags != derived:
        raise FieldError("import_ags_mismatch", value=str(Ags(str(ags))), ars=ars.value)
    if not row["parent_ars"] and level == "land":
        row["parent_ars"] = FEDERATION
    if not row["parent_ars"] and level != "bund":
        raise FieldError("import_value_missing", column="parent_ars")


def _complete_leika(row: Row) -> None:
    row["level"] = LeikaKey(str(row["leika_key"])).level
    row["ozg_id"] = row["ozg_id"] or None


_LAND = fields.pattern(r"0[1-9]|1[0-6]", "05")
_TIER = fields.choice(*TIERS)
_CONFIDENCE = fields.choice(*CONFIDENCES)

_ALL = (
    TableSpec(
        tables.area,
        ("level", "ars"),
        (
            Field("level", fields.choice(*LEVELS)),
            Field("ars", fields.key("ars")),
            Field("ags", fields.key("ags", empty=True), required=False),
            Field("name", fields.text(200)),
            Field("type", fields.text(100, empty=True), required=False),
            Field("parent_ars", fields.key("ars", empty=True)),
            Field("kreisfrei", fields.boolean(), required=False, default=False),
            Field("population", fields.whole_number, required=False, default=None),
            Field("plz", fields.pattern(r"([0-9]{5})?", "45964"), required=False),
            Field(
                "municipal_status",
                fields.pattern(r"[a-z_]{0,40}", "grosse_kreisangehoerige_stadt"),
                required=False,
            ),
        ),
        _complete_area,
    ),
    TableSpec(
        tables.ozg_service,
        ("ozg_id",),
        (
            Field("ozg_id", fields.key("ozg_id")),
            Field("title", fields.text()),
            Field("theme", fields.text(200)),
            Field("situation", fields.text(200, empty=True), required=False),
        ),
    ),
    TableSpec(
        tables.leika_type,
        ("type",),
        (
            Field("type", fields.pattern(r"[0-9]{1,2}(/[0-9]{1,2})?[ab]?", "2/3b")),
            Field("meaning", fields.text()),
            Field("regulation", fields.text(40, empty=True)),
            Field("execution", fields.text(40, empty=True)),
            Field("municipal", fields.boolean(unknown=True)),
        ),
    ),
    TableSpec(
        tables.leika_service,
        ("leika_key",),
        (
            Field("leika_key", fields.key("leika_key")),
            Field("name", fields.text()),
            Field("types", fields.leika_types, required=False),
            Field("ozg_id", fields.key("ozg_id", empty=True)),
            Field("sdg1", fields.boolean(), required=False, default=False),
            Field("sdg2", fields.boolean(), required=False, default=False),
        ),
        _complete_leika,
    ),
    TableSpec(
        tables.competence,
        ("land", "ozg_id"),
        (
            Field("land", _LAND),
            Field("ozg_id", fields.key("ozg_id")),
            Field("primary_tier", _TIER),
            Field("secondary_tier", fields.choice(*TIERS, empty=True), required=False),
            Field("confidence", _CONFIDENCE),
            Field("voluntary", fields.boolean(), required=False, default=False),
            Field("reason", fields.text(empty=True), required=False),
        ),
    ),
    TableSpec(
        tables.competence_rule,
        ("land", "ozg_id"),
        (
            Field("land", _LAND),
            Field("ozg_id", fields.key("ozg_id")),
            Field("tier", _TIER),
            Field("task", fields.text()),
            Field("basis", fields.text()),
            Field("evidence", fields.text(empty=True)),
            Field("evidenced", fields.boolean()),
        ),
    ),
    TableSpec(
        tables.youth_office,
        ("ars",),
        (
            Field("ars", fields.key("ars")),
            Field("name", fields.text(200)),
            Field("own", fields.boolean()),
            Field("confidence", _CONFIDENCE),
            Field("basis", fields.text(empty=True), required=False),
        ),
    ),
)

SPECS = {spec.name: spec for spec in _ALL}


def spec_of(table: str) -> TableSpec:
    """Return the specification of a table; raise ImportRejected if there is no such table."""
    try:
        return SPECS[table]
    except KeyError:
        known = ", ".join(SPECS)
        raise ImportRejected("import_table_name", [], table=table, known=known) from None


def table_of(header: Iterable[str]) -> str:
    """Return the table a file is for, from its header; raise ImportRejected if that is unclear."""
    names = {name.strip().lower() for name in header}
    fitting = [spec.name for spec in _ALL if spec.required <= names]
    # A header may hold all columns that another table requires; the one it fits wholly is meant.
    exact = [name for name in fitting if names <= SPECS[name].columns]
    found = exact or fitting
    if len(found) != 1:
        shown = ", ".join(sorted(names))[:200]
        raise ImportRejected("import_table_unclear", [], columns=shown, known=", ".join(SPECS))
    return found[0]
