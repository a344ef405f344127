"""Bring together what a sheet says about a cell and what others have said since it was written.

A field of the sheet says something only where it differs from what stood when the sheet was written. Others
are in its way only if they changed the same field meanwhile, and to something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from catalogue.annotations import Fields

__all__ = ["MINE", "THEIRS", "Edit", "Merged", "edits", "merge"]

#: What to do about fields that others changed as well: keep the sheet's word or theirs.
MINE, THEIRS = "mine", "theirs"


class Edit(NamedTuple):
    """One field that somebody changed: from what stood when the sheet was written, to what it says now."""

    field: str
    base: str
    value: str


class Merged(NamedTuple):
    """What follows, and the edits that contradict what others said since."""

    said: Fields
    conflicts: tuple[Edit, ...]


def edits(base: Fields, given: Mapping[str, str]) -> list[Edit]:
    """Return what a sheet changes; fields that are not given say nothing."""
    return [
        Edit(field, getattr(base, field), value)
        for field, value in given.items()
        if value != getattr(base, field)
    ]


def merge(theirs: Fields, changed: Iterable[Edit], take: str = "") -> Merged:
    """Apply edits to what stands now.

    With conflicts, what stands is left as it is as a whole, unless ``take`` says whose word counts in them.
    """
    listed = list(changed)
    conflicts = tuple(one for one in listed if getattr(theirs, one.field) not in {one.base, one.value})
    if conflicts and not take:
        return Merged(theirs, conflicts)
    dropped = conflicts if take == THEIRS else ()
    return Merged(
        theirs._replace(**{one.field: one.value for one in listed if one not in dropped}), conflicts
    )
