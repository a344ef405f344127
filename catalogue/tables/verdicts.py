"""Verdicts: cells, their history, what is due, and what officers say about cells."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from catalogue.tables.common import Id, metadata

__all__ = ["annotation", "area_due", "cell", "cell_change"]

cell = Table(
    "cell",
    metadata,
    Column("area_id", ForeignKey("area.id"), primary_key=True),
    Column("ozg_id", String(5), primary_key=True),
    Column("status", String(14), nullable=False),
    Column("reason", String(30), nullable=False),
    Column("satisfied_level", String(20), nullable=False),
    Column("operator", String(20), nullable=False),
    Column("online_url", Text, nullable=False),
    Column("competent", String(10), nullable=False),  # yes, no, unresolved
    Column("competent_tier", String(20), nullable=False),
    Column("competent_area_id", Id),
    Column("competence_rule", String(30), nullable=False),
    Column("confidence", String(10), nullable=False),
    Column("voluntary", Boolean, nullable=False),
    Column("gap", Boolean, nullable=False),  # competent, and the status says: not online
    Column("own", Boolean, nullable=False),  # online by the area itself
    Column("stale", Boolean, nullable=False),  # rests on a source that was not read lately
    Column("leaves_online", Integer, nullable=False),
    Column("leaves", Integer, nullable=False),
    Column("sources", Text, nullable=False),  # keys of the sources behind it, separated by blanks
    Column("evidence_source", Id),
    Column("evidence_ref", Text, nullable=False),
    Column("since", String(32), nullable=False),  # when the status last changed
    Column("run_id", ForeignKey("run.id"), nullable=False),
    # Reports ask for gaps by area and for offers by service; each index holds all that these counts need.
    Index(
        "ix_cell_gap",
        "area_id",
        "ozg_id",
        "gap",
        "status",
        sqlite_where=text("gap = 1"),
        postgresql_where=text("gap"),
    ),
    Index(
        "ix_cell_online",
        "ozg_id",
        "area_id",
        "status",
        sqlite_where=text("status = 'online'"),
        postgresql_where=text("status = 'online'"),
    ),
    sqlite_with_rowid=False,
)

cell_change = Table(
    "cell_change",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", ForeignKey("run.id"), nullable=False),
    Column("at", String(32), nullable=False),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("ozg_id", String(5), nullable=False),
    Column("old_status", String(14), nullable=False),  # empty: the cell is new
    Column("new_status", String(14), nullable=False),  # empty: the cell is gone
    Column("old_reason", String(30), nullable=False),
    Column("new_reason", String(30), nullable=False),
    Column("field", String(30), nullable=False),  # what moved: status, or the first other column
    Column("cause", String(30), nullable=False),
    Column("source_id", Id),
    Index(None, "at"),
    Index(None, "area_id", "ozg_id"),
)

#: Areas whose cells must be computed again; written in the transaction that made them so.
area_due = Table(
    "area_due",
    metadata,
    Column("area_id", ForeignKey("area.id"), primary_key=True),
    Column("cause", String(30), primary_key=True),
    Column("source_id", Id, primary_key=True, autoincrement=False),  # 0: no single source
)

annotation = Table(
    "annotation",
    metadata,
    Column("id", Id, primary_key=True),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("ozg_id", String(5), nullable=False),
    Column("kind", String(20), nullable=False),  # planned, not_offered, covered_by, comment
    Column("planned_for", String(10)),
    Column("text", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Index(None, "area_id", "ozg_id"),
)
