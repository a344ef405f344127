"""What JSON says beside the rows: which question was asked, of which region, when, by which definitions."""

from __future__ import annotations

from dataclasses import asdict, replace

from sqlalchemy import Connection

from catalogue.history import edition_at
from catalogue.reports.filters import EVERYTHING, Filters, select_cells
from catalogue.reports.region import region_now
from cli.app_version import program_version
from cli.session import Session

__all__ = ["describe_call", "describe_question", "describe_region"]

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
    """Return what is true of an answer about the region: how it was asked, and :func:`describe_region`."""
    return {**describe_call(session, command), **describe_region(connection, filters)}


def describe_region(connection: Connection, filters: Filters = EVERYTHING) -> Meta:
    """Return the region an answer is about: its name, its age and what the answer is limited to.

    Of a moment of the past, its age and run are those of the state that is shown.
    """
    region = region_now(connection)
    limits: Meta = {name: value for name, value in asdict(filters).items() if value}
    if filters.as_of is not None:
        shown = edition_at(connection, filters.as_of)
        limits["as_of"] = filters.as_of.isoformat(timespec="seconds")
        areas = len(select_cells(connection, Filters(as_of=filters.as_of), past=True).areas)
        region = replace(region, run=shown.run_id, as_of=shown.at, areas=areas)
    return {
        "region": region.name,
        "areas": region.areas,
        "run": region.run,
        "as_of": region.as_of,
        "filters": limits,
    }
