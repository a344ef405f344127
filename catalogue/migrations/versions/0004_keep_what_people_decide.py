"""Keep what people decide about records apart from what follows, and which matcher decided the rest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply the change."""
    with op.batch_alter_table("source") as batch:
        batch.add_column(sa.Column("matched_by", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.create_table(
        "ruling",
        sa.Column("id", _ID, nullable=False),
        sa.Column("act", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("source_id", _ID, nullable=True),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("ozg_id", sa.String(length=5), nullable=False),
        sa.Column("leika_key", sa.String(length=14), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("undone_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("undone_at", sa.String(length=32), server_default=sa.text("''"), nullable=False),
        sa.Column("undone_reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_ruling_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruling")),
    )
    op.create_index(op.f("ix_ruling_pattern"), "ruling", ["pattern"])
    op.create_index(op.f("ix_ruling_act"), "ruling", ["act"])
    # Whoever had written decisions of people straight into the table of matches keeps them.
    op.execute(
        "INSERT INTO ruling (act, scope, source_id, pattern, title, verdict, ozg_id, leika_key, actor, "
        "decided_at, reason) SELECT match.id, 'record', match.source_id, match.pattern, "
        "COALESCE((SELECT service_record.title FROM service_record WHERE service_record.source_id = "
        "match.source_id AND service_record.ref = match.pattern), ''), match.state, match.ozg_id, "
        "match.leika_key, match.actor, match.decided_at, match.reason FROM match "
        "WHERE match.by_person AND match.state IN ('accepted', 'rejected') ORDER BY match.id"
    )
    # Several services that a person had accepted for one record are one act: the newest of its rows.
    op.execute(
        "UPDATE ruling SET act = (SELECT MAX(other.act) FROM ruling AS other WHERE other.source_id = "
        "ruling.source_id AND other.pattern = ruling.pattern AND other.verdict = 'accepted') "
        "WHERE verdict = 'accepted'"
    )
    # Until now the machine's rows stood beside those that overruled them.
    op.execute(
        "DELETE FROM match WHERE NOT by_person AND EXISTS (SELECT 1 FROM match AS said WHERE said.by_person "
        "AND said.source_id = match.source_id AND said.pattern = match.pattern)"
    )
    op.execute(
        "UPDATE source SET matched_by = COALESCE((SELECT MAX(match.actor) FROM match WHERE "
        "match.source_id = source.id AND NOT match.by_person), '')"
    )


def downgrade() -> None:
    """Take the change back; what people decided stays in the matches it led to."""
    op.drop_table("ruling")
    # Not in a batch: that would make the table anew, and others point to its rows.
    op.drop_column("source", "matched_by")
