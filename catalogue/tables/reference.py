"""Reference tables: what should be offered, where and by whom; every row knows its release."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from catalogue.tables.common import Id, metadata, release

__all__ = [
    "area",
    "competence",
    "competence_rule",
    "leika_service",
    "leika_type",
    "ozg_service",
    "reference_release",
    "youth_office",
]

reference_release = Table(
    "reference_release",
    metadata,
    Column("id", Id, primary_key=True),
    Column("table_name", String(40), nullable=False),
    Column("origin", Text, nullable=False),  # who published it
    Column("licence", Text, nullable=False),
    Column("as_of", String(10), nullable=False),  # ISO date of the facts
    Column("imported_at", String(32), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
)

area = Table(
    "area",
    metadata,
    Column("id", Id, primary_key=True),
    Column("level", String(20), nullable=False),
    Column("ars", String(12), nullable=False),
    Column("ags", String(8), nullable=False),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("parent_id", ForeignKey("area.id")),
    Column("kreisfrei", Boolean, nullable=False),
    Column("population", Integer),
    Column("plz", String(5), nullable=False),
    Column("municipal_status", String(40), nullable=False),  # after the Land's municipal code
    Column("abolished_on", String(10)),  # no longer in the newest table; never deleted
    release(),
    UniqueConstraint("level", "ars"),
    Index(None, "ars"),
    Index(None, "ags"),
    Index(None, "parent_id"),
)

ozg_service = Table(
    "ozg_service",
    metadata,
    Column("ozg_id", String(5), primary_key=True),
    Column("title", Text, nullable=False),
    Column("theme", Text, nullable=False),
    Column("situation", Text, nullable=False),
    release(),
)

leika_service = Table(
    "leika_service",
    metadata,
    Column("leika_key", String(14), primary_key=True),
    Column("name", Text, nullable=False),
    Column("types", String(40), nullable=False),  # values separated by |
    Column("ozg_id", ForeignKey("ozg_service.ozg_id")),
    Column("level", String(4), nullable=False),  # lo, lov, lovd
    Column("leaf", Boolean, nullable=False),  # no descendant in this table
    Column("sdg1", Boolean, nullable=False),
    Column("sdg2", Boolean, nullable=False),
    release(),
    Index(None, "ozg_id"),
)

leika_type = Table(
    "leika_type",
    metadata,
    Column("type", String(8), primary_key=True),
    Column("meaning", Text, nullable=False),
    Column("regulation", String(40), nullable=False),
    Column("execution", String(40), nullable=False),
    Column("municipal", Boolean),  # null: undecided
    release(),
)

competence = Table(
    "competence",
    metadata,
    Column("land", String(2), primary_key=True),
    Column("ozg_id", String(5), primary_key=True),
    Column("primary_tier", String(20), nullable=False),
    Column("secondary_tier", String(20), nullable=False),
    Column("confidence", String(10), nullable=False),  # hoch, mittel, niedrig
    Column("voluntary", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    release(),
)

competence_rule = Table(
    "competence_rule",
    metadata,
    Column("land", String(2), primary_key=True),
    Column("ozg_id", String(5), primary_key=True),
    Column("tier", String(20), nullable=False),
    Column("task", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("evidenced", Boolean, nullable=False),  # a source says so, not only general knowledge
    release(),
)

youth_office = Table(
    "youth_office",
    metadata,
    Column("ars", String(12), primary_key=True),
    Column("name", Text, nullable=False),
    Column("own", Boolean, nullable=False),
    Column("confidence", String(10), nullable=False),
    Column("basis", Text, nullable=False),
    release(),
)
