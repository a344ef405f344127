"""What people decided about records: kept for ever, taken back by a mark and never by deletion."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, text

from catalogue.tables.common import Id, metadata

__all__ = ["ruling"]

#: One row for each service of an act; an act that names no service (no service, not in the catalogue) has
#: one row with an empty ``ozg_id``. What follows from it for each record stands in ``match``.
ruling = Table(
    "ruling",
    metadata,
    Column("id", Id, primary_key=True),
    Column("act", Integer, nullable=False),  # rows of one act share it; later acts have higher numbers
    Column("scope", String(10), nullable=False),  # record, source (a title in it), any (a title anywhere)
    Column("source_id", ForeignKey("source.id")),  # null: any source
    Column("pattern", Text, nullable=False),  # the ref of a record, or a normalised title
    Column("title", Text, nullable=False),  # the title as it was when somebody decided
    Column("verdict", String(20), nullable=False),  # accepted, rejected, no_service, not_in_catalogue
    Column("ozg_id", String(5), nullable=False),
    Column("leika_key", String(14), nullable=False),  # empty: the bundle as a whole
    Column("actor", Text, nullable=False),
    Column("decided_at", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("undone_by", Text, nullable=False, server_default=text("''")),
    Column("undone_at", String(32), nullable=False, server_default=text("''")),  # empty: it holds
    Column("undone_reason", Text, nullable=False, server_default=text("''")),
    Index(None, "pattern"),
    Index(None, "act"),
)
