"""What sources say: records, units, online services, offerings, and what they were matched with."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from catalogue.tables.common import Id, lifecycle, metadata

__all__ = ["match", "offering", "online_service", "service_record", "specialisation", "statement", "unit"]

service_record = Table(
    "service_record",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("ref", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("official_title", Text, nullable=False),
    Column("reported_keys", Text, nullable=False),  # reported LeiKa keys separated by blanks
    Column("reported_types", Text, nullable=False),
    Column("form_url", Text, nullable=False),
    Column("has_text", Boolean, nullable=False),
    Column("valid_from", Text, nullable=False),
    Column("valid_to", Text, nullable=False),
    Column("modified_at", Text, nullable=False),
    *lifecycle(),
    UniqueConstraint("source_id", "ref"),
    Index(None, "ref"),
)

unit = Table(
    "unit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("ref", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("area_raw", Text, nullable=False),
    Column("modified_at", Text, nullable=False),
    *lifecycle(),
    UniqueConstraint("source_id", "ref"),
    Index(None, "ref"),
)

online_service = Table(
    "online_service",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("ref", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("link_type", Text, nullable=False),
    Column("trust_level", Text, nullable=False),
    Column("modified_at", Text, nullable=False),
    *lifecycle(),
    UniqueConstraint("source_id", "ref"),
    Index(None, "ref"),
)

specialisation = Table(
    "specialisation",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("ref", Text, nullable=False),
    Column("service_ref", Text, nullable=False),
    Column("areas", Text, nullable=False),  # as delivered, separated by blanks
    Column("modified_at", Text, nullable=False),
    *lifecycle(),
    UniqueConstraint("source_id", "ref"),
)

#: One row for each (service, area) of a Zuständigkeit, or one for each direct offering. The columns
#: from ``area_id`` to ``online_id`` are derived by SQL from the references beside them.
offering = Table(
    "offering",
    metadata,
    Column("source_id", ForeignKey("source.id"), primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("n", Integer, primary_key=True),  # 0 for the first (service, area) of the object
    Column("kind", String(10), nullable=False),
    Column("service_ref", Text, nullable=False),
    Column("provider_ref", Text, nullable=False),
    Column("area_raw", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("area_id", Id),  # null: no such area in the table
    Column("record_id", Id),  # service_record; null: dangling
    Column("unit_id", Id),
    Column("online_id", Id),
    *lifecycle(),
    Index("ix_offering_area", "area_id", "record_id"),
    Index(
        "ix_offering_dangling",
        "service_ref",
        sqlite_where=text("record_id IS NULL"),
        postgresql_where=text("record_id IS NULL"),
    ),
    Index(
        "ix_offering_vanished",
        "source_id",
        sqlite_where=text("vanished_run IS NOT NULL"),
        postgresql_where=text("vanished_run IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

#: What a direct offering states itself; the same key as its row in ``offering``.
statement = Table(
    "statement",
    metadata,
    Column("source_id", ForeignKey("source.id"), primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("status", String(10), nullable=False),
    Column("url", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("operator", String(20), nullable=False),
    Column("observed_at", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column(
        "details", Text, nullable=False, server_default=text("''")
    ),  # JSON: page, links, evidence, acts; may be empty
    Column("level", Integer, nullable=False, server_default="-1"),  # maturity; -1: not judged
    Column("level_rules", String(40), nullable=False, server_default=text("''")),  # the rule set that judged
    sqlite_with_rowid=False,
)

match = Table(
    "match",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("pattern", Text, nullable=False),  # the ref of the service record
    Column("ozg_id", String(5), nullable=False),
    Column("leika_key", String(14), nullable=False),  # empty: the bundle as a whole
    Column("method", String(20), nullable=False),
    Column("score", Float, nullable=False),
    Column("state", String(10), nullable=False),  # accepted, review, rejected
    Column("actor", Text, nullable=False),  # the machine's name and version, or a person
    Column("by_person", Boolean, nullable=False),
    Column("decided_at", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("source_id", "pattern", "ozg_id", "leika_key"),
)
