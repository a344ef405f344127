"""Keep where each link stands, what was seen of it, and which runs looked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "link_target",
        sa.Column("id", _ID, nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("since", sa.String(length=32), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("struck_night", sa.String(length=10), nullable=False),
        sa.Column("failing_since", sa.String(length=32), nullable=False),
        sa.Column("last_ok", sa.String(length=32), nullable=False),
        sa.Column("checked_at", sa.String(length=32), nullable=False),
        sa.Column("result", sa.String(length=10), nullable=False),
        sa.Column("result_kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("final_url", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("span_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_target")),
        sa.UniqueConstraint("digest", name=op.f("uq_link_target_digest")),
    )
    op.create_index(op.f("ix_link_target_state"), "link_target", ["state"])
    op.create_table(
        "link_check",
        sa.Column("target_id", _ID, nullable=False),
        sa.Column("first_at", sa.String(length=32), nullable=False),
        sa.Column("last_at", sa.String(length=32), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("final_url", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["target_id"], ["link_target.id"], name=op.f("fk_link_check_target_id_link_target")
        ),
        sa.PrimaryKeyConstraint("target_id", "first_at", name=op.f("pk_link_check")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_link_check_last_at"), "link_check", ["last_at"])
    op.create_table(
        "link_run",
        sa.Column("run_id", _ID, autoincrement=False, nullable=False),
        sa.Column("fresh_days", sa.Integer(), nullable=False),
        sa.Column("rules", sa.String(length=20), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("ok", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("dead", sa.Integer(), nullable=False),
        sa.Column("unclear", sa.Integer(), nullable=False),
        sa.Column("newly_broken", sa.Integer(), nullable=False),
        sa.Column("recovered", sa.Integer(), nullable=False),
        sa.Column("own_network", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_link_run_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_link_run")),
    )


def downgrade() -> None:
    """Take the change back; what was seen of links is lost, their runs stay in the log."""
    op.drop_table("link_run")
    op.drop_table("link_check")
    op.drop_table("link_target")
