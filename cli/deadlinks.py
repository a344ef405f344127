"""What has to be said beside a list of gaps: services that are online, with a link that is broken."""

from __future__ import annotations

from collections.abc import Sequence

from catalogue.reports.checked import DeadLink
from cli.texts import Texts, printable
from cli.view import area_words

__all__ = ["dead_link_notes"]

SHOWN = 10


def dead_link_notes(found: Sequence[DeadLink], text: Texts) -> list[str]:
    """Return a line for each of the first broken links, and how many more there are."""
    notes = [
        text(
            "links.dead_link",
            since=text.day(one.since),
            area=area_words(one.area, one.level, text),
            ozg_id=one.ozg_id,
            title=printable(one.title),
            url=printable(one.url),
        )
        for one in found[:SHOWN]
    ]
    more = len(found) - SHOWN
    return [*notes, text("links.dead_links_more", count=text.number(more))] if more > 0 else notes
