"""Verdicts: cells, their history, what is due, and what officers say about cells."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from catalogue.tables.common import Id, metadata

__all__ = ["annotation", "area_due", "cell", "cell_change", "cell_past", "edition"]

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
    Index(None, "run_id", "area_id", "ozg_id"),
    Index(None, "area_id", "ozg_id"),
)

#: What cells said before they changed or went: the whole row, from the run that wrote it to the next one.
#: The state after a run is made of the rows of ``cell`` and of this table that held then.
cell_past = Table(
    "cell_past",
    metadata,
    *(Column(one.name, one.type, nullable=one.nullable) for one in cell.c),
    Column("until_run", Id, nullable=False),  # the run that replaced the row or took it away
    PrimaryKeyConstraint("area_id", "ozg_id", "until_run"),
    ForeignKeyConstraint(["area_id"], ["area.id"]),
    ForeignKeyConstraint(["run_id"], ["run.id"]),
    ForeignKeyConstraint(["until_run"], ["run.id"]),
    Index(None, "until_run"),
    sqlite_with_rowid=False,
)

#: One row for each run that moved cells or was the first under other definitions; others leave none.
edition = Table(
    "edition",
    metadata,
    Column("run_id", ForeignKey("run.id"), primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),  # of all its changes
    Column("rules", String(20), nullable=False),  # version of the rules of verdicts; empty: not kept then
    Column("matcher", Text, nullable=False),  # versions that decided the sources' records, by blanks
    Column("reference", Id, nullable=False),  # newest release of the reference tables
)

#: Areas whose cells must be computed again; written in the transaction that made them so.
area_due = Table(
    "area_due",
    metadata,
    Column("area_id", ForeignKey("area.id"), primary_key=True),
    Column("cause", String(30), primary_key=True),
    Column("source_id", Id, primary_key=True, autoincrement=False),  # 0: no single source
)

#: What officers say about cells, one row for each act; none is changed or deleted. A row holds what it says
#: anew: null leaves a field as it was, an empty text takes it back (:mod:`catalogue.annotations`).
annotation = Table(
    "annotation",
    metadata,
    Column("id", Id, primary_key=True),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("ozg_id", String(5), nullable=False),
    Column("number", Integer, nullable=False),  # counts the acts about one cell from 1 on
    Column("kind", String(20)),  # planned, not_offered, covered_by
    Column("planned_for", String(10)),  # ISO day
    Column("unit", Text),
    Column("comment", Text),
    Column("actor", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("via", String(10), nullable=False),  # set, clear, import
    # Two acts that rest on the same one before them cannot both be kept.
    UniqueConstraint("area_id", "ozg_id", "number"),
)
