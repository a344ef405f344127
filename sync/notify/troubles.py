"""What is wrong after a night, and which of it is worth telling somebody who was told before.

The same trouble is told when it begins, again after so many nights, and once when it is over. Whether it is
the same is decided by a mark: a hash of what is wrong, without the figures that move by themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, NamedTuple

from catalogue.reports.runs import Params
from catalogue.reports.sources import SourceRow
from sync.night import NightReport
from sync.notify.content import Known

__all__ = ["RUN", "News", "Trouble", "mark_of", "news_of", "troubles_of_night", "troubles_of_sources"]

#: The key of the trouble that a whole sync did not take place or read nothing.
RUN: Final = "run"
#: How a source can stand that somebody should know of.
_BAD_STANDINGS: Final = frozenset({"unread", "failed", "held", "stale"})
_BAD_STEPS: Final = frozenset({"failed", "partial"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong: a source, a step of the night, or the sync as a whole.

    ``state`` is the standing of a source or the state of a step. ``code`` names a message (section ``error``)
    that says why, ``command`` the next step. ``read_at`` is when a source was last read well.
    """

    key: str  # source:<id>, step:<name> or run
    name: str
    state: str
    code: str = ""
    params: Params = field(default_factory=dict)
    command: str = ""
    read_at: str = ""

    @property
    def mark(self) -> str:
        """Return what makes it the same trouble as the night before."""
        return mark_of(self.state, self.code)


class News(NamedTuple):
    """What has to be told about troubles, and what stands after it was told.

    ``new`` and ``lasting`` are those there are now, ``over`` the ones that are gone: key and name.
    """

    new: tuple[Trouble, ...]
    lasting: tuple[tuple[Trouble, Known], ...]
    over: tuple[tuple[str, Known], ...]
    standing: dict[str, Known]


def mark_of(*parts: str) -> str:
    """Return a short hash of texts."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def troubles_of_sources(rows: Sequence[SourceRow]) -> list[Trouble]:
    """Return the sources of the region that do not stand as they should."""
    return [
        Trouble(
            key=f"source:{row.source}",
            name=row.source,
            state=row.standing,
            code=row.message if row.standing in {"unread", "failed", "held"} else "",
            params=row.params,
            command=row.next_command,
            read_at=row.read_at,
        )
        for row in rows
        if row.active and row.standing in _BAD_STANDINGS
    ]


def troubles_of_night(night: NightReport) -> list[Trouble]:
    """Return what went wrong with the night itself: steps, and a sync that read nothing at all."""
    found = []
    for step in night.steps:
        if step.state not in _BAD_STEPS or step.step == "notify":
            continue
        if step.step == "sync" and night.sync is not None:
            continue  # what is wrong with sources is told source by source
        key = RUN if step.step == "sync" else f"step:{step.step}"
        found.append(Trouble(key, step.step, step.state, step.code, dict(step.params)))
    if night.sync is not None and not night.sync.sources:
        found.append(Trouble(RUN, "sync", "failed", "notify_empty_run"))
    return found


def news_of(
    mine: Sequence[Trouble],
    before: Mapping[str, Known],
    still: Collection[str],
    today: date,
    repeat_after: int,
) -> News | None:
    """Return what to tell of the troubles that concern somebody; None if nothing of it is news.

    ``before`` is what was told and not over then; ``still`` are the keys that are not in order again,
    whomever they concern. A moment in the future (a clock was set back) counts as long ago.
    """
    day = today.isoformat()
    current = {one.key for one in mine}
    new = tuple(one for one in mine if one.key not in before or before[one.key].mark != one.mark)
    fresh = {one.key for one in new}
    lasting = tuple((one, before[one.key]) for one in mine if one.key not in fresh)
    over = tuple((key, known) for key, known in before.items() if key not in still)
    due = any(not day >= known.told > _days_before(today, repeat_after) for _, known in lasting)
    if not (new or over or due):
        return None
    standing = {one.key: Known(one.mark, _since(one, before, day), day, one.name) for one in mine}
    # Steps that were left out this night are neither there nor over.
    kept = {key: known for key, known in before.items() if key in still and key not in current}
    return News(new, lasting, over, kept | standing)


def _since(one: Trouble, before: Mapping[str, Known], day: str) -> str:
    """Return since when a trouble is there; one that only changed its kind is there as long as before."""
    return before[one.key].since if one.key in before else day


def _days_before(today: date, days: int) -> str:
    return (today - timedelta(days=days)).isoformat()
