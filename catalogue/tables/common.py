"""What all tables share: the metadata with its naming, and columns that occur in many of them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData

__all__ = ["Id", "lifecycle", "metadata", "release"]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: SQLite gives integer primary keys only to INTEGER, PostgreSQL wants 64 bits.
Id = BigInteger().with_variant(Integer, "sqlite")


def release() -> Column[int]:
    """Return the column that leads to a row's origin and date."""
    return Column("release_id", ForeignKey("reference_release.id"), nullable=False)


def lifecycle() -> list[Column[int]]:
    """Return the columns that tell when an object came, changed and went."""
    return [
        Column("fingerprint", BigInteger, nullable=False),
        Column("first_run", Id, nullable=False),
        Column("changed_run", Id, nullable=False),
        Column("vanished_run", Id),
        Column("withdrawn_run", Id),
    ]
