"""The page of the last night: what the last sync did, source by source, and what it moved.

What messages say is left out, and commands name neither paths nor databases: the page is for everybody.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, func, select

from catalogue.history import stored_moment
from catalogue.reports.morning import Morning, morning
from catalogue.reports.morning_words import (
    Section,
    compared_words,
    duration_words,
    headline,
    moved_words,
    sections,
)
from catalogue.reports.page.frame import Frame
from catalogue.reports.page.setting import Setting
from catalogue.tables import link_run, run

__all__ = ["PAGE", "morning_page"]

PAGE: Final = "nacht.html"


def morning_page(setting: Setting, frame: Frame, connection: Connection) -> tuple[str, str]:
    """Return the page with its name; of a moment of the past it shows the last run until then."""
    found = _public(_found(connection, frame))
    text = setting.text
    parts = {one.name: one for one in sections(found, text, figures=False)}
    page = setting.page(
        "morning.html",
        PAGE,
        section="morning",
        headline=headline(found, text),
        compared=compared_words(found, text),
        before=_chosen(parts, "held", "night"),
        sources=[line for line in found.sources if line.state != "unread"],
        said=parts["sources"].lines if "sources" in parts else (),
        after=_chosen(parts, "figures", "areas", "unknown", "links"),
        duration=lambda seconds: "–" if seconds is None else duration_words(round(seconds), text),
        moved=lambda line: moved_words(line, text),
    )
    return PAGE, page


def _chosen(parts: dict[str, Section], *names: str) -> list[Section]:
    return [parts[name] for name in names if name in parts]


def _found(connection: Connection, frame: Frame) -> Morning:
    past = frame.options.filters.as_of
    if past is None:
        return morning(connection, now=frame.now)
    synced = (run.c.region != "", run.c.id.not_in(select(link_run.c.run_id)))
    query = select(func.max(run.c.id)).where(*synced, run.c.started_at <= stored_moment(past))
    number = connection.scalar(query)
    if number is None:
        return Morning("none")
    # What is held is told as it is today; nobody knows how it was.
    return replace(morning(connection, number, now=frame.now), held=())


def _public(found: Morning) -> Morning:
    """Return the report without what sources and steps said, which may name paths and machines."""
    lines = tuple(replace(line, message="", params={}, next_command="") for line in found.sources)
    held = tuple(replace(one, message="", params={}) for one in found.held)
    night = found.night
    if night is not None:
        # How long a pause lasts and which sources it is about is no message of theirs.
        steps = tuple(
            one if one.state == "waiting" else replace(one, code="", params={}) for one in night.steps
        )
        night = replace(night, steps=steps)
    return replace(found, sources=lines, held=held, night=night)
