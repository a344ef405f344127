"""Keep who holds a lock, what was done for which night, who was told, and what was delivered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply the change."""
    with op.batch_alter_table("source") as batch:
        batch.add_column(sa.Column("torn", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "lock_holder",
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.String(length=32), nullable=False),
        sa.Column("beat_at", sa.String(length=32), nullable=False),
        sa.Column("run_id", _ID),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_lock_holder_run_id_run")),
        sa.PrimaryKeyConstraint("what", name=op.f("pk_lock_holder")),
    )
    op.create_table(
        "night",
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("due_at", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.String(length=32), nullable=False),
        sa.Column("finished_at", sa.String(length=32)),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("exit_code", sa.Integer()),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("run_id", _ID),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_night_run_id_run")),
        sa.PrimaryKeyConstraint("job", "due_at", name=op.f("pk_night")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "appointment",
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("due_at", sa.String(length=32), nullable=False),
        sa.Column("noted_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_appointment")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notice",
        sa.Column("id", _ID, nullable=False),
        sa.Column("recipient", sa.String(length=60), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("trouble", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("run_id", _ID),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("sent_at", sa.String(length=32)),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_notice_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("recipient", "level", "subject", name=op.f("uq_notice_recipient_level_subject")),
    )
    op.create_index(op.f("ix_notice_state"), "notice", ["state"])
    op.create_table(
        "payload",
        sa.Column("id", _ID, nullable=False),
        sa.Column("source_id", _ID, nullable=False),
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", _ID, nullable=False),
        sa.Column("stored", _ID, nullable=False),
        sa.Column("kept_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_payload_run_id_run")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_payload_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payload")),
    )
    op.create_index(op.f("ix_payload_source_id_run_id"), "payload", ["source_id", "run_id"])
    op.create_index(op.f("ix_payload_digest"), "payload", ["digest"])
    op.create_index(op.f("ix_payload_kept_at"), "payload", ["kept_at"])


def downgrade() -> None:
    """Take the change back; nothing of the catalogue is lost."""
    for table in ("payload", "notice", "appointment", "night", "lock_holder"):
        op.drop_table(table)
    op.drop_column("source", "torn")
