"""Keep what cells said before, and by which definitions each state of them was made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "cell_past",
        sa.Column("area_id", _ID, nullable=False),
        sa.Column("ozg_id", sa.String(length=5), nullable=False),
        sa.Column("status", sa.String(length=14), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("satisfied_level", sa.String(length=20), nullable=False),
        sa.Column("operator", sa.String(length=20), nullable=False),
        sa.Column("online_url", sa.Text(), nullable=False),
        sa.Column("competent", sa.String(length=10), nullable=False),
        sa.Column("competent_tier", sa.String(length=20), nullable=False),
        sa.Column("competent_area_id", _ID, nullable=True),
        sa.Column("competence_rule", sa.String(length=30), nullable=False),
        sa.Column("confidence", sa.String(length=10), nullable=False),
        sa.Column("voluntary", sa.Boolean(), nullable=False),
        sa.Column("gap", sa.Boolean(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("leaves_online", sa.Integer(), nullable=False),
        sa.Column("leaves", sa.Integer(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("evidence_source", _ID, nullable=True),
        sa.Column("evidence_ref", sa.Text(), nullable=False),
        sa.Column("since", sa.String(length=32), nullable=False),
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("until_run", _ID, nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_cell_past_area_id_area")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_cell_past_run_id_run")),
        sa.ForeignKeyConstraint(["until_run"], ["run.id"], name=op.f("fk_cell_past_until_run_run")),
        sa.PrimaryKeyConstraint("area_id", "ozg_id", "until_run", name=op.f("pk_cell_past")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_cell_past_until_run"), "cell_past", ["until_run"])
    op.create_table(
        "edition",
        sa.Column("run_id", _ID, autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("rules", sa.String(length=20), nullable=False),
        sa.Column("matcher", sa.Text(), nullable=False),
        sa.Column("reference", _ID, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_edition_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_edition")),
    )
    op.drop_index(op.f("ix_cell_change_at"), table_name="cell_change")
    op.create_index(
        op.f("ix_cell_change_run_id_area_id_ozg_id"), "cell_change", ["run_id", "area_id", "ozg_id"]
    )
    # Of earlier runs only the moments are known: without rules, so that nobody takes them for whole.
    op.execute(
        "INSERT INTO edition (run_id, at, rules, matcher, reference) "
        "SELECT run_id, MAX(at), '', '', 0 FROM cell_change GROUP BY run_id"
    )


def downgrade() -> None:
    """Take the change back; what cells said before is lost."""
    op.drop_index(op.f("ix_cell_change_run_id_area_id_ozg_id"), table_name="cell_change")
    op.create_index(op.f("ix_cell_change_at"), "cell_change", ["at"])
    op.drop_table("edition")
    op.drop_table("cell_past")
