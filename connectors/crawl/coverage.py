"""Whether a crawl was everything: what happened to each page, and what speaks against believing in silence.

A group counts as everything only if its lists were all read, its details too, no limit was met, and their
number is within the expected band. Otherwise the delivery is a part, and issues say why.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from typing import Final

from catalogue.records import Severity
from connectors.crawl.frontier import Frontier, Item
from connectors.crawl.job import Expectation, Job
from connectors.crawl.memory import Memories
from connectors.crawl.pages import DETAIL, LIST
from connectors.crawl.spool import Conclusion, Noted
from connectors.urls import redact

__all__ = ["FAILURES", "State", "Tally", "conclude"]

PART: Final = "part"
EVERYTHING: Final = "everything"


class State(StrEnum):
    """What became of a page."""

    READ = "read"
    GONE = "gone"  # the server says there is none, or leads to the start instead
    DUPLICATE = "duplicate"  # leads to a page that is known
    MOVED = "moved"  # leads to another host of ours, where it is asked for again
    FOREIGN = "foreign"  # leads to somebody else
    BLOCKED = "blocked"  # robots.txt does not allow it
    NOINDEX = "noindex"  # read for its links, but it does not want to be kept
    NOFOLLOW = "nofollow"  # read, but its links are not to be followed
    UNASKED = "unasked"  # robots.txt could not be had
    UNSUITABLE = "unsuitable"  # no web page
    CUT_OFF = "cut_off"
    FAILED = "failed"


#: Whether a page of such a state was learned about, so that it cannot hide anything.
LEARNED: Final = frozenset({State.READ, State.GONE, State.DUPLICATE, State.MOVED})
#: What went wrong and may go well another time; everything else lies in how a site is.
FAILURES: Final = frozenset({State.FAILED, State.CUT_OFF, State.UNASKED})
#: Severity.SKIPPED: a page that was not used though it was listed.
SEVERITIES: Final = {
    State.GONE: Severity.NOTICE,
    **dict.fromkeys(set(State) - LEARNED, Severity.SKIPPED),
}


@dataclass
class _Group:
    states: dict[str, Counter[State]] = field(default_factory=dict)

    def count(self, kind: str, *states: State) -> int:
        counted = self.states.get(kind, Counter())
        return sum(counted[state] for state in states)

    @property
    def failed(self) -> bool:
        """Tell whether any page could not be read that may be readable another time."""
        return any(states[state] for states in self.states.values() for state in FAILURES)

    def unlearned(self, *, lists: bool) -> int:
        return sum(
            count
            for kind, states in self.states.items()
            for state, count in states.items()
            if (kind == LIST) is lists
            and state not in LEARNED
            # A list that only asks not to be kept was read for its links all the same.
            and not (lists and state is State.NOINDEX)
        )


class Tally:
    """Counts what became of the pages of a crawl; shared by its threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.groups: dict[str, _Group] = {}
        self.notes: list[Noted] = []

    def note(self, item: Item, state: State, detail: str = "") -> None:
        """Note what became of a page."""
        with self._lock:
            group = self.groups.setdefault(item.target.group, _Group())
            if item.is_required or state in LEARNED - {State.GONE}:
                group.states.setdefault(item.target.kind, Counter())[state] += 1
            severity = SEVERITIES.get(state)
            if severity is not None:
                self.notes.append(
                    Noted(f"crawl_page_{state.value}", redact(item.url), detail, severity.value)
                )

    def say(self, code: str, record: str, detail: str = "") -> None:
        """Note something else that is worth an issue."""
        with self._lock:
            self.notes.append(Noted(code, record, detail))

    @property
    def lists_read(self) -> int:
        """Return how many lists were read."""
        states = (State.READ, State.NOINDEX, State.NOFOLLOW)
        return sum(group.count(LIST, *states) for group in self.groups.values())


def conclude(job: Job, tally: Tally, frontier: Frontier, memories: Memories) -> Conclusion:
    """Return what a crawl ends with; Completeness is that of the weakest group."""
    reasons: list[Noted] = []
    counts: dict[str, int] = {}
    whole: list[str] = []
    for name in sorted({start.group for start in job.starts if start.required}):
        group = tally.groups.get(name, _Group())
        shown = name or job.name
        doubts = [*_left_out(name, group, frontier), *_doubts(group, job.expectation)]
        found = [doubt._replace(record=doubt.record or shown) for doubt in doubts]
        count = group.count(DETAIL, State.READ)
        band = _band(name, count, job.expectation, memories)
        band = band and band._replace(record=shown)
        if not found and (band is None or band.code == "crawl_first_run"):
            counts[name] = count
        if not found and band is None:
            whole.append(name)
        reasons += [*found, *([band] if band else [])]
    notes = sorted(tally.notes)
    scope = PART if reasons else EVERYTHING
    torn = bool(frontier.given_up) or any(group.failed for group in tally.groups.values())
    return Conclusion(scope, (*notes, *reasons), counts, tuple(whole), dict(job.notes), torn)


def _left_out(name: str, group: _Group, frontier: Frontier) -> list[Noted]:
    """Return what was not even tried."""
    found = []
    kinds = (
        ("crawl_capped", frontier.capped),
        ("crawl_given_up", frontier.given_up),
        ("crawl_too_deep", frontier.too_deep),
    )
    for code, counted in kinds:
        for (host, of_group), count in sorted(counted.items()):
            if of_group == name:
                found.append(Noted(code, host, str(count)))
    if frontier.is_sampled:
        found.append(Noted("crawl_sampled", ""))
    if frontier.is_full:
        found.append(Noted("crawl_too_many_pages", ""))
    if not group.states:
        found.append(Noted("crawl_group_unread", ""))
    return found


def _doubts(group: _Group, expectation: Expectation) -> list[Noted]:
    """Return why the pages of a group may not be all there are."""
    found = []
    lists = group.unlearned(lists=True) + group.count(LIST, State.GONE)
    if lists:
        found.append(Noted("crawl_lists_unread", "", str(lists)))
    details = group.unlearned(lists=False)
    if details:
        found.append(Noted("crawl_details_unread", "", str(details)))
    gone = group.count(DETAIL, State.GONE)
    known = group.count(DETAIL, State.READ, State.GONE)
    if gone > expectation.allowed_gone * known:
        found.append(Noted("crawl_many_gone", "", f"{gone}/{known}"))
    if not expectation.lists_are_complete:
        found.append(Noted("crawl_no_list", ""))
    return found


def _band(name: str, count: int, expectation: Expectation, memories: Memories) -> Noted | None:
    """Return what is odd about the number of details, None if nothing is."""
    band = expectation.bands.get(name)
    if not count and (band is None or band[0]):
        return Noted("crawl_no_details", name)
    if band is None and not expectation.lists_are_complete:
        return None  # which is reason enough for a part
    if band is None:
        before = memories.count(name)
        if before is None:
            return Noted("crawl_first_run", name, str(count))
        least, most = before * (1 - expectation.tolerance), before * (1 + expectation.tolerance)
        band = round(least), round(most)
    least, most = band
    return None if least <= count <= most else Noted("crawl_outside_band", name, f"{count} ({least}-{most})")
