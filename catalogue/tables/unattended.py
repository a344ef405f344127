"""What nobody watches: who holds a lock, what was done for which night, who was told, what was kept."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from catalogue.tables.common import Id, metadata

__all__ = ["appointment", "lock_holder", "night", "notice", "payload"]

#: The process that holds a lock of the database, as long as it says every few seconds that it lives.
lock_holder = Table(
    "lock_holder",
    metadata,
    Column("what", String(10), primary_key=True),  # sync, links, night, schedule
    Column("token", String(32), nullable=False),  # of this one holding; another process has another
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", String(32), nullable=False),
    Column("beat_at", String(32), nullable=False),
    Column("run_id", ForeignKey("run.id")),
)

#: What was started for a calendar day of Europe/Berlin, so that it is started once, whatever clocks do.
night = Table(
    "night",
    metadata,
    Column("job", String(60), nullable=False),  # its name in the region file
    Column("due_at", String(32), nullable=False),  # local date and time it was meant for, without offset
    Column("started_at", String(32), nullable=False),
    Column("finished_at", String(32)),
    Column("state", String(10), nullable=False),  # running, ok, partial, failed, aborted, missed
    Column("exit_code", Integer),
    Column("tries", Integer, nullable=False),  # how often it was started; 0 if it was missed
    Column("run_id", ForeignKey("run.id")),
    Column("steps", Text, nullable=False),  # JSON: each step with its state, code, params, seconds
    PrimaryKeyConstraint("job", "due_at"),
    sqlite_with_rowid=False,
)

#: The next moment of each job, noted before it comes: whoever wakes up late finds what was due meanwhile.
appointment = Table(
    "appointment",
    metadata,
    Column("job", String(60), primary_key=True),
    Column("due_at", String(32), nullable=False),  # local date and time, as in night
    Column("noted_at", String(32), nullable=False),
    sqlite_with_rowid=False,
)

#: What was told to whom: written before it is sent, so that nothing is lost between the two.
notice = Table(
    "notice",
    metadata,
    Column("id", Id, primary_key=True),
    Column("recipient", String(60), nullable=False),  # id of the table in the region file
    Column("level", String(10), nullable=False),  # error, change, digest
    Column("subject", Text, nullable=False),  # what it was about: the night, or the week and the area
    Column("trouble", String(64), nullable=False),  # hash of what is told, so that it is not told every night
    Column("content", Text, nullable=False),  # JSON: what is told, in whose words, and who has it already
    Column("run_id", ForeignKey("run.id")),
    Column("created_at", String(32), nullable=False),
    Column("sent_at", String(32)),
    Column("tries", Integer, nullable=False),
    Column("state", String(10), nullable=False),  # waiting, sent, failed
    Column("code", String(40), nullable=False),  # why it could not be sent
    UniqueConstraint("recipient", "level", "subject"),
    Index(None, "state"),
)

#: Files of deliveries that are kept for a while, compressed, in a folder beside the database.
payload = Table(
    "payload",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("run_id", ForeignKey("run.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", String(64), nullable=False),  # of the content, which is also where it lies
    Column("size", Id, nullable=False),  # bytes as delivered
    Column("stored", Id, nullable=False),  # bytes as kept
    Column("kept_at", String(32), nullable=False),
    Index(None, "source_id", "run_id"),
    Index(None, "digest"),
    Index(None, "kept_at"),
)
