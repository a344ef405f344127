"""Sources and runs: who is read, for which areas, when, and what came of it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, false, text

from catalogue.tables.common import Id, metadata

__all__ = [
    "issue",
    "region_area",
    "run",
    "source",
    "source_area",
    "source_memory",
    "source_run",
    "source_theme",
]

source = Table(
    "source",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", String(63), nullable=False, unique=True),  # the id in the region file
    Column("kind", String(20), nullable=False),
    Column("name", Text, nullable=False),
    Column("trust", Integer, nullable=False),
    Column("speaks", Boolean, nullable=False),  # its silence means absence
    Column("active", Boolean, nullable=False),  # still in the region file
    Column("settings_digest", String(32), nullable=False),
    Column("state", String(20), nullable=False),  # never, ok, failed, held
    Column("complete", Boolean, nullable=False),  # the applied state is everything the source has
    Column("applied_digest", String(32)),
    Column("applied_at", String(32)),
    Column("delivered_at", String(64)),  # the source's own date of the applied delivery
    Column("attempted_at", String(32)),
    Column("stale_after_hours", Integer, nullable=False),
    Column("objects", Integer, nullable=False),  # records of the last applied complete delivery
    Column("voice", String(20), nullable=False),  # what its silence meant when cells were computed
    Column("matched_release", Id, nullable=False),  # newest reference its records were matched with
    Column("advisory", Boolean, nullable=False, server_default=false()),  # a second opinion; never counts
    Column("matched_by", Text, nullable=False, server_default=text("''")),  # matcher that decided its records
    Column("torn", Integer, nullable=False, server_default="0"),  # so many first readings failed in part
)

#: What connectors asked to be told again; written in the transaction of the data it goes with.
source_memory = Table(
    "source_memory",
    metadata,
    Column("source_id", ForeignKey("source.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)

source_area = Table(
    "source_area",
    metadata,
    Column("source_id", ForeignKey("source.id"), primary_key=True),
    Column("area_id", ForeignKey("area.id"), primary_key=True),
    Column("named", Boolean, nullable=False),  # the source's own settings name the area
)

source_theme = Table(
    "source_theme",
    metadata,
    Column("source_id", ForeignKey("source.id"), primary_key=True),
    Column("theme", Text, primary_key=True),
)

region_area = Table(
    "region_area",
    metadata,
    Column("area_id", ForeignKey("area.id"), primary_key=True),
    Column("position", Integer, nullable=False),
)

run = Table(
    "run",
    metadata,
    Column("id", Id, primary_key=True),
    Column("started_at", String(32), nullable=False),
    Column("finished_at", String(32)),
    Column("state", String(20), nullable=False),  # running, ok, partial, failed, aborted
    Column("region", Text, nullable=False),
    Column("version", String(20), nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("cells_changed", Integer, nullable=False, server_default="0"),
    Column("region_file", Text, nullable=False, server_default=text("''")),  # its path on that host
)

source_run = Table(
    "source_run",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", ForeignKey("run.id"), nullable=False),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("state", String(20), nullable=False),  # ok, unchanged, failed, held
    Column("started_at", String(32), nullable=False),
    Column("finished_at", String(32), nullable=False),
    Column("scope", String(20), nullable=False),  # everything, part, increment, or empty
    Column("digest", String(32), nullable=False),
    Column("read", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("vanished", Integer, nullable=False),
    Column("withdrawn", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("orphans", Integer, nullable=False),
    Column("dangling", Integer, nullable=False),
    Column("accepted_by_hand", Boolean, nullable=False),
    Column("message", String(60), nullable=False),  # code in the message catalogue, or empty
    Column("params", Text, nullable=False),  # JSON object
    Index(None, "run_id"),
    Index(None, "source_id", "run_id"),
)

issue = Table(
    "issue",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_run_id", ForeignKey("source_run.id"), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("kind", String(60), nullable=False),
    Column("record", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("count", Integer, nullable=False),  # 1 for a sample, the total on the kind's first row
    Index(None, "source_run_id"),
)
