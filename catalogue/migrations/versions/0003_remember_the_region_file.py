"""Keep where the region file of a run was, so that what to do next can name it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    with op.batch_alter_table("run") as batch:
        batch.add_column(sa.Column("region_file", sa.Text(), server_default=sa.text("''"), nullable=False))


def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table("run") as batch:
        batch.drop_column("region_file")
