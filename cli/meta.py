"""What JSON says beside the rows: which question was asked, of which region, when, by which definitions."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection

from catalogue.reports.filters import EVERYTHING, Filters
from catalogue.reports.region import region_now
from cli.app_version import program_version
from cli.session import Session

__all__ = ["describe_call", "describe_question"]

Meta = dict[str, object]


def describe_call(session: Session, command: str) -> Meta:
    """Return what is true of every answer."""
    return {
        "command": command,
        "version": program_version(),
        "language": session.language,
        "generated_at": session.now().isoformat(timespec="seconds"),
    }


def describe_question(
    connection: Connection, session: Session, command: str, filters: Filters = EVERYTHING
) -> Meta:
    """Return what is true of an answer about the region: its name, its age and what it is limited to."""
    region = region_now(connection)
    limits = {name: value for name, value in asdict(filters).items() if value}
    return {
        **describe_call(session, command),
        "region": region.name,
        "areas": region.areas,
        "run": region.run,
        "as_of": region.as_of,
        "filters": limits,
    }
