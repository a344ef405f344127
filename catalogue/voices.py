"""What the silence of sources says: absence, or nothing yet.

A source is heard in the areas the region file gives it. Where its settings name the area, its silence
counts at once; where it has the area only because it has all of the region's, its silence counts once
it shows something of that area: the feed of one city says nothing about its neighbours. A source speaks
for all themes unless its settings limit it.

``missing`` may only be said when every source that should show the service was read completely and
lately, and when no configured source is still unread.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import Connection, exists, select

from catalogue.lookup import AreaIndex
from catalogue.tables import offering, source, source_area, source_theme

__all__ = [
    "UNREAD",
    "Silence",
    "Voice",
    "VoiceState",
    "load_limits",
    "load_sources",
    "load_voices",
    "silence",
]


class VoiceState(StrEnum):
    """How much a source's last reading is worth."""

    OK = "ok"
    NEVER = "never"  # nobody tried to read it yet
    UNREAD = "unread"  # every attempt failed so far
    FAILED = "failed"  # it was read once; the last attempt failed
    HELD = "held"  # the last delivery was not believed
    STALE = "stale"  # not read for longer than the settings allow
    PART = "part"  # what was read is only a part of it
    TORN = "torn"  # it was never read without failures, and not often enough to be sure that they stay


class Voice(NamedTuple):
    """One source as heard in an area."""

    source_id: int
    key: str
    speaks: bool
    state: VoiceState
    themes: frozenset[str]  # empty: all themes


class Silence(NamedTuple):
    """What it means if nothing was found: a status, the reason if unknown, and who says so."""

    status: str
    reason: str
    sources: str


#: States that forbid to speak of absence, with the reason they give; the worst first.
_DOUBTS = (
    (VoiceState.UNREAD, "source_failed"),
    (VoiceState.FAILED, "source_failed"),
    (VoiceState.NEVER, "never_asked"),
    (VoiceState.HELD, "source_stale"),
    (VoiceState.STALE, "source_stale"),
    (VoiceState.TORN, "list_incomplete"),
    (VoiceState.PART, "list_incomplete"),
)
#: States in which nobody knows yet what a source shows, so that nothing can be called missing.
UNREAD: Final = frozenset({VoiceState.NEVER, VoiceState.UNREAD, VoiceState.TORN})


def load_sources(connection: Connection, now: datetime, *, advisory: bool = False) -> dict[int, Voice]:
    """Return the active sources with their state, by number; second opinions only with ``advisory``."""
    themes: dict[int, set[str]] = defaultdict(set)
    for source_id, theme in connection.execute(select(source_theme.c.source_id, source_theme.c.theme)):
        themes[source_id].add(theme)
    counted = source.c.active if advisory else source.c.active & ~source.c.advisory
    return {
        row.id: Voice(row.id, row.key, row.speaks, _state(row, now), frozenset(themes[row.id]))
        for row in connection.execute(select(source).where(counted)).all()
    }


def load_voices(
    connection: Connection, now: datetime, above: Mapping[int, Sequence[int]]
) -> dict[int, list[Voice]]:
    """Return the active sources heard in areas, by area number; ``above`` tells what is above each area.

    A source of an area above is heard below as well, since what it shows is inherited; it does not speak
    there, but as long as it is unread nothing can be called missing.
    """
    voices = load_sources(connection, now)
    areas = sorted({step for area_id, steps in above.items() for step in (area_id, *steps)})
    assigned: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    query = select(source_area.c.area_id, source_area.c.source_id, source_area.c.named).where(
        source_area.c.area_id.in_(areas)
    )
    for area_id, source_id, named in connection.execute(query.order_by(source_area.c.source_id)):
        if source_id in voices:
            assigned[area_id].append((source_id, named))
    shown = _shown_areas(connection, list(above))
    heard: dict[int, list[Voice]] = {}
    for area_id, steps in above.items():
        inherited = {source_id for step in steps for source_id, _ in assigned[step]}
        of_area = {source_id: voices[source_id]._replace(speaks=False) for source_id in sorted(inherited)}
        for source_id, named in assigned[area_id]:
            speaks = voices[source_id].speaks and (named or (source_id, area_id) in shown)
            of_area[source_id] = voices[source_id]._replace(speaks=speaks)
        heard[area_id] = list(of_area.values())
    return heard


def load_limits(connection: Connection, areas: AreaIndex) -> dict[int, frozenset[int]]:
    """Return the only areas in which a source counts, for each source whose settings name its areas.

    These are the named areas and everything below. What such a source shows elsewhere does not count, as
    nobody would miss it there while the source cannot be read.
    """
    named: dict[int, set[int]] = defaultdict(set)
    query = select(source_area.c.source_id, source_area.c.area_id).where(source_area.c.named)
    for source_id, area_id in connection.execute(query):
        named[source_id].update((area_id, *areas.descendants(area_id)))
    return {source_id: frozenset(of_source) for source_id, of_source in named.items()}


def _shown_areas(connection: Connection, areas: Sequence[int]) -> set[tuple[int, int]]:
    """Return the pairs of source and area, of those assigned, of which the source shows any offering."""
    pair = source_area.c
    shows = exists().where(
        offering.c.area_id == pair.area_id,
        offering.c.source_id == pair.source_id,
        offering.c.withdrawn_run.is_(None),
    )
    query = select(pair.source_id, pair.area_id).where(pair.area_id.in_(areas), pair.named.is_(False), shows)
    return {(source_id, area_id) for source_id, area_id in connection.execute(query)}


class _SourceRow(NamedTuple):
    applied_at: str | None
    attempted_at: str | None
    state: str
    complete: bool
    stale_after_hours: int
    torn: int


def _state(row: object, now: datetime) -> VoiceState:
    seen = _SourceRow(*(getattr(row, name) for name in _SourceRow._fields))
    if seen.applied_at is None:
        return VoiceState.UNREAD if seen.attempted_at else VoiceState.NEVER
    if seen.state in {"failed", "held"}:
        return VoiceState(seen.state)
    if seen.torn:
        return VoiceState.TORN
    age = now - datetime.fromisoformat(seen.applied_at)
    if age.total_seconds() > seen.stale_after_hours * 3600:
        return VoiceState.STALE
    return VoiceState.OK if seen.complete else VoiceState.PART


def silence(voices: list[Voice], theme: str) -> Silence:
    """Tell what it means that no source shows a service of this theme in an area."""
    speakers = [voice for voice in voices if voice.speaks and (not voice.themes or theme in voice.themes)]
    concerned = {voice.source_id: voice for voice in voices if voice.state in UNREAD}
    concerned |= {voice.source_id: voice for voice in speakers}
    for state, reason in _DOUBTS:
        doubtful = [voice.key for voice in concerned.values() if voice.state is state]
        if doubtful:
            return Silence("unknown", reason, " ".join(sorted(doubtful)))
    if not speakers:
        return Silence("unknown", "never_asked", "")
    return Silence("missing", "", " ".join(sorted(voice.key for voice in speakers)))
