"""One line that says that a newer matcher waits: no sync applies it without somebody's having seen it."""

from __future__ import annotations

from collections.abc import Sequence

from catalogue.matching.upgrade import Outdated
from cli.texts import Texts

__all__ = ["upgrade_line"]


def upgrade_line(outdated: Sequence[Outdated], text: Texts) -> str:
    """Return that a newer matcher waits, and for which sources."""
    names = ", ".join(one.source for one in outdated)
    records = text.number(sum(one.records for one in outdated))
    return text("review.upgrade_waits", sources=names, records=records)
