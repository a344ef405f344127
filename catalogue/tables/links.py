"""Links behind online offers: where each stands, what was seen of it, and the runs that looked."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, String, Table, Text

from catalogue.tables.common import Id, metadata

__all__ = ["link_check", "link_run", "link_target"]

#: One row for each address that was ever asked for, whoever links to it.
link_target = Table(
    "link_target",
    metadata,
    Column("id", Id, primary_key=True),
    Column(
        "digest", String(32), nullable=False, unique=True
    ),  # of the address, which may be too long for an index
    Column("url", Text, nullable=False),
    Column("first_seen", String(32), nullable=False),
    Column("state", String(10), nullable=False),  # ok, moved, suspect, broken, unclear
    Column("kind", String(20), nullable=False),  # why; of a suspect or broken link that of its last strike
    Column("since", String(32), nullable=False),  # when the state began
    Column("strikes", Integer, nullable=False),
    Column("struck_night", String(10), nullable=False),  # of the last strike; empty: none
    Column("failing_since", String(32), nullable=False),  # the first strike of those that count; empty: none
    Column("last_ok", String(32), nullable=False),  # empty: never
    Column("checked_at", String(32), nullable=False),
    Column("result", String(10), nullable=False),  # of the last check: ok, moved, dead, unclear
    Column("result_kind", String(20), nullable=False),
    Column("status", Integer, nullable=False),  # HTTP status of the last check; 0: none
    Column("final_url", Text, nullable=False),
    Column("detail", Text, nullable=False),  # words of the page that decided; may be empty
    Column("etag", Text, nullable=False),
    Column("last_modified", Text, nullable=False),
    Column("span_at", String(32), nullable=False),  # the row of link_check that may still grow
    Index(None, "state"),
)

#: Checks of a link that one after the other had the same outcome, in one row.
link_check = Table(
    "link_check",
    metadata,
    Column("target_id", ForeignKey("link_target.id"), nullable=False),
    Column("first_at", String(32), nullable=False),
    Column("last_at", String(32), nullable=False),
    Column("checks", Integer, nullable=False),
    Column("result", String(10), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("state", String(10), nullable=False),  # of the link after these checks
    Column("strikes", Integer, nullable=False),
    Column("status", Integer, nullable=False),
    Column("final_url", Text, nullable=False),
    PrimaryKeyConstraint("target_id", "first_at"),
    Index(None, "last_at"),
    sqlite_with_rowid=False,
)

#: What a run that checked links did; its row in ``run`` has the rest.
link_run = Table(
    "link_run",
    metadata,
    Column("run_id", ForeignKey("run.id"), primary_key=True, autoincrement=False),
    Column("fresh_days", Integer, nullable=False),  # for how long an answer counts in the figure "checked"
    Column("rules", String(20), nullable=False),  # version of the wordings
    Column("due", Integer, nullable=False),
    Column("checked", Integer, nullable=False),
    Column("ok", Integer, nullable=False),
    Column("moved", Integer, nullable=False),
    Column("dead", Integer, nullable=False),
    Column("unclear", Integer, nullable=False),
    Column("newly_broken", Integer, nullable=False),
    Column("recovered", Integer, nullable=False),
    Column("own_network", Boolean, nullable=False),  # so many hosts failed at once that no strike was given
)
