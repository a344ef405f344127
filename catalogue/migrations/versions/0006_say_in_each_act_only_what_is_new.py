"""Keep each act about a cell as a row that holds only what it says anew, and count the acts of a cell."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply the change."""
    _put_aside()
    op.create_table(
        "annotation",
        sa.Column("id", _ID, nullable=False),
        sa.Column("area_id", _ID, nullable=False),
        sa.Column("ozg_id", sa.String(length=5), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("planned_for", sa.String(length=10), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("via", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_annotation_area_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation")),
        sa.UniqueConstraint("area_id", "ozg_id", "number", name=op.f("uq_annotation_area_id_ozg_id_number")),
    )
    # No command has written annotations so far; whoever wrote some straight into the table keeps them.
    op.execute(
        "INSERT INTO annotation (area_id, ozg_id, number, kind, planned_for, unit, comment, actor, "
        "created_at, via) SELECT area_id, ozg_id, "
        "ROW_NUMBER() OVER (PARTITION BY area_id, ozg_id ORDER BY id), "
        "CASE kind WHEN 'comment' THEN '' ELSE kind END, COALESCE(planned_for, ''), '', text, actor, "
        "created_at, 'set' FROM annotation_before ORDER BY id"
    )
    op.drop_table("annotation_before")


def downgrade() -> None:
    """Take the change back; units are lost, as there was no place for them."""
    _put_aside()
    op.create_table(
        "annotation",
        sa.Column("id", _ID, nullable=False),
        sa.Column("area_id", _ID, nullable=False),
        sa.Column("ozg_id", sa.String(length=5), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("planned_for", sa.String(length=10), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_annotation_area_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation")),
    )
    op.create_index(op.f("ix_annotation_area_id_ozg_id"), "annotation", ["area_id", "ozg_id"])
    op.execute(
        "INSERT INTO annotation (area_id, ozg_id, kind, planned_for, text, actor, created_at) SELECT "
        "area_id, ozg_id, COALESCE(NULLIF(kind, ''), 'comment'), NULLIF(planned_for, ''), "
        "COALESCE(comment, ''), actor, created_at FROM annotation_before ORDER BY id"
    )
    op.drop_table("annotation_before")


def _put_aside() -> None:
    """Copy the rows, as a table of the same name would keep the names of its constraints and indexes."""
    op.execute("CREATE TABLE annotation_before AS SELECT * FROM annotation")
    op.drop_table("annotation")
