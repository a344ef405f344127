"""Keep what connectors remember, what pages show, and which sources are second opinions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    with op.batch_alter_table("source") as batch:
        batch.add_column(sa.Column("advisory", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("statement", table_kwargs={"sqlite_with_rowid": False}) as batch:
        batch.add_column(sa.Column("details", sa.Text(), server_default=sa.text("''"), nullable=False))
        batch.add_column(sa.Column("level", sa.Integer(), server_default="-1", nullable=False))
        batch.add_column(
            sa.Column("level_rules", sa.String(length=40), server_default=sa.text("''"), nullable=False)
        )
    op.create_table(
        "source_memory",
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_source_memory_source_id_source")),
        sa.PrimaryKeyConstraint("source_id", "key", name=op.f("pk_source_memory")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("source_memory")
    with op.batch_alter_table("statement", table_kwargs={"sqlite_with_rowid": False}) as batch:
        for column in ("level_rules", "level", "details"):
            batch.drop_column(column)
    with op.batch_alter_table("source") as batch:
        batch.drop_column("advisory")
