"""The morning's page in words: a headline that cannot be misread, then sections of lines.

Mails and terminals show the same lines. What comes from sources is made printable; whoever writes HTML has to
escape it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from catalogue.reports.morning import Morning, NightLine, StepLine
from catalogue.reports.morning_links import LinksMoved
from catalogue.reports.morning_sources import Deviation, HeldDelivery, SourceLine
from catalogue.reports.movement import Explained
from catalogue.reports.runs import RunRow
from catalogue.texts import Texts, printable

__all__ = [
    "Section",
    "compared_words",
    "deviation_words",
    "duration_words",
    "headline",
    "moved_words",
    "plain_text",
    "sections",
]

#: So many links are named one by one, of those that broke and of those that answer again.
MOST_LINKS: Final = 20
#: So many sources are named that a run left out and that are not well.
MOST_SOURCES: Final = 20
#: So many areas are named where cells rest on a link.
MOST_AREAS: Final = 3
_COUNTS: Final = ("new", "changed", "vanished", "withdrawn", "rejected")


class Section(NamedTuple):
    """Lines under a title; ``name`` is its code."""

    name: str
    title: str
    lines: tuple[str, ...]


def headline(found: Morning, text: Texts) -> str:
    """Return the first sentence: whether all is well, and if not, what kind of trouble there is."""
    this = found.run
    if this is None:
        if found.night is None:
            return text("morning.head_none")
        return text("morning.head_night_failed", at=text.moment(found.night.due_at))
    told = {"run": _runs(found.runs or (this.run,), text), "at": text.moment(this.started_at)}
    read = [line for line in found.sources if line.state != "unread"]
    waiting = found.night.waiting if found.night is not None else None
    if found.standing == "running" and waiting is not None and this.state != "running":
        return text("morning.head_waiting", **told, **_again(waiting, text))
    if found.standing == "aborted" and this.state == "running":
        return text("morning.head_abandoned", **told)
    if found.standing in {"running", "aborted"}:
        return text(f"morning.head_{found.standing}", **told)
    if found.standing == "empty":
        return text("morning.head_empty" if read else "morning.head_no_sources", **told)
    if found.standing in {"failed", "partial"}:
        return _trouble(found, this, told, text)
    if this.kind == "links":
        checked = found.links.run.checked if found.links else 0
        return text("morning.head_links", **told, count=text.number(checked))
    if this.kind != "sync":
        return text("morning.head_other", **told, kind=text.word("run_kind", this.kind))
    return text(f"morning.head_{found.standing}", **told, all=text.number(len(read)))


def _trouble(found: Morning, this: RunRow, told: dict[str, str], text: Texts) -> str:
    """Return what failed: sources that the run read, or only what is around it."""
    read = [line for line in found.sources if line.state != "unread"]
    bad = sum(not line.good for line in read)
    changes = found.moved.changes if found.moved else 0
    told |= {"count": text.number(bad), "all": text.number(len(read)), "changed": text.number(changes)}
    if this.state == "ok" and not bad:
        if found.night is not None and found.night.trouble:
            return text("morning.head_night", **told, steps=_bad_steps(found.night, text))
        if found.failed_elsewhere:
            return text("morning.head_elsewhere", **told)
    if not read:
        return text(f"morning.head_{found.standing}_other", **told)
    moved = "_moved" if found.standing == "failed" and changes else ""
    return text(f"morning.head_{found.standing}{moved}", **told)


def _runs(numbers: Sequence[int], text: Texts) -> str:
    """Return which syncs are told of: the first one, then those that read some sources again."""
    first, *again = map(str, numbers)
    return text("morning.runs_again", run=first, again=", ".join(again)) if again else first


def _bad_steps(night: NightLine, text: Texts) -> str:
    said = [f"{text.word('step', one.step)} {text.word('state', one.state)}" for one in night.bad_steps]
    return ", ".join(said) or text.word("state", night.state)


def plain_text(found: Morning, text: Texts) -> str:
    """Return the whole page as lines of text, for mails; lines are not wrapped."""
    lines = [headline(found, text), *compared_words(found, text)]
    for section in sections(found, text):
        lines += ["", section.title, *(f"  {line}" for line in section.lines)]
    return "\n".join(lines) + "\n"


def compared_words(found: Morning, text: Texts) -> list[str]:
    """Return which other sources are not well, how long the run took, and what it is compared with.

    There is nothing of that to say about runs of other kinds.
    """
    this, before = found.run, found.before
    if this is None or this.kind == "links" or (this.kind != "sync" and before is None):
        return []
    seconds = _between(this.started_at, this.finished_at)
    code = ("took" if seconds is not None else "unfinished") + ("" if before else "_first")
    told = {"before": before.run, "at": text.moment(before.started_at)} if before else {}
    return [
        *_elsewhere(found.failed_elsewhere, text),
        text(f"morning.{code}", duration=duration_words(seconds or 0, text), **told),
    ]


def _elsewhere(sources: Sequence[str], text: Texts) -> Iterator[str]:
    if sources:
        more = f" (+{len(sources) - MOST_SOURCES})" if len(sources) > MOST_SOURCES else ""
        yield text("morning.elsewhere", sources=", ".join(sources[:MOST_SOURCES]) + more)


def _between(started: str, finished: str) -> int | None:
    if not finished:
        return None
    seconds = (datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds()
    return max(0, round(seconds))


def sections(found: Morning, text: Texts, *, figures: bool = True) -> list[Section]:
    """Return what there is to say below the headline, what has to be done first.

    Without ``figures`` the section of sources says only what no table of them shows.
    """
    parts: list[tuple[str, Iterator[str]]] = [
        ("held", _held(found.held, text)),
        ("night", _night(found.night, text)),
        ("sources", _sources(found, text, figures=figures)),
        ("figures", _figures(found, text)),
        ("areas", _areas(found, text)),
        ("unknown", _unknown(found, text)),
        ("links", _links(found.links, text)),
    ]
    made = [Section(name, text(f"morning.{name}"), tuple(lines)) for name, lines in parts]
    return [one for one in made if one.lines or (one.name == "sources" and found.sources)]


def _held(held: Sequence[HeldDelivery], text: Texts) -> Iterator[str]:
    for one in held:
        why = text.error(one.message, one.params) if one.message else ""
        told = {"source": one.source, "since": text.moment(one.since), "why": why}
        if one.over_run is not None:
            code = "held_released" if one.by_hand else "held_over"
            yield text(f"morning.{code}", **told, run=one.over_run).rstrip()
            continue
        yield text("morning.held_line", **told).rstrip()
        if one.next_command:
            code = "held_command" if "--accept" in one.next_command else "held_unacceptable"
            yield text(f"morning.{code}", source=one.source, command=one.next_command)


def _night(night: NightLine | None, text: Texts) -> Iterator[str]:
    if night is None:
        return
    # The page of a night is written during it, and read long afterwards.
    state = text("morning.night_so_far") if night.state == "running" else text.word("state", night.state)
    yield text("morning.night_line", job=printable(night.job), due=text.moment(night.due_at), state=state)
    for one in night.steps:
        told = {
            "step": text.word("step", one.step),
            "state": text.word("state", one.state),
            "duration": duration_words(round(one.seconds), text),
        }
        if one.code:
            params = _again(one, text) if one.state == "waiting" else one.params
            yield text("morning.step_why", **told, why=text.error(one.code, params))
        else:
            yield text("morning.step", **told)


def _again(waiting: StepLine, text: Texts) -> dict[str, object]:
    """Return how many sources are read again after a pause, and from when on."""
    params = waiting.params
    return {**params, "due": text.moment(str(params.get("due", "")))}


def _sources(found: Morning, text: Texts, *, figures: bool) -> Iterator[str]:
    for line in found.sources:
        if line.state == "unread":
            continue
        if figures:
            yield _source(line, text)
        if line.message:
            yield text("morning.why", source=line.source, why=text.error(line.message, line.params))
        if line.deviations:
            said = deviation_words(line.deviations, text)
            count = text.number(line.compared)
            yield text("morning.remarkable", source=line.source, found=said, count=count)
        if line.next_command and line.state != "held":
            yield text("morning.next", source=line.source, command=line.next_command)
    unread = [line.source for line in found.of("unread")]
    if unread:
        yield text("morning.unread", sources=", ".join(unread))


def _source(line: SourceLine, text: Texts) -> str:
    state = text.word("state", line.state)
    if line.good:
        moved = moved_words(line, text)
        said = text(
            "morning.source_line",
            source=line.source,
            state=state,
            read=text.number(line.read),
            moved=moved,
        )
    else:
        said = text("morning.source_short", source=line.source, state=state)
    if line.seconds is not None:
        said += ", " + text("morning.took_source", duration=duration_words(line.seconds, text))
    return said + (", " + text("morning.by_hand") if line.accepted_by_hand else "")


def moved_words(line: SourceLine, text: Texts) -> str:
    """Return what was new, changed and gone of a source; counts of nothing are left out."""
    said = [
        text(f"morning.moved_{name}", count=text.number(getattr(line, name)))
        for name in _COUNTS
        if getattr(line, name)
    ]
    return ", ".join(said) or text("morning.moved_nothing")


def deviation_words(found: Sequence[Deviation], text: Texts) -> str:
    """Return what is remarkable about a source, with what would be usual."""
    said = []
    for one in found:
        shown = _seconds_words if one.figure == "seconds" else _count_words
        told = {"value": shown(one.value, text), "usual": shown(one.usual, text)}
        said.append(text(f"morning.deviation_{one.figure}", **told))
    return ", ".join(said)


def _seconds_words(value: float, text: Texts) -> str:
    return duration_words(round(value), text)


def _count_words(value: float, text: Texts) -> str:
    return text.number(int(value) if value == int(value) else value)


def duration_words(seconds: int, text: Texts) -> str:
    """Return a duration in the two largest units it has."""
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return text("morning.duration_seconds", seconds=rest)
    hours, of_hour = divmod(minutes, 60)
    if not hours:
        return text("morning.duration_minutes", minutes=minutes, seconds=rest)
    return text("morning.duration_hours", hours=text.number(hours), minutes=of_hour)


def _figures(found: Morning, text: Texts) -> Iterator[str]:
    moved = found.moved
    if moved is None:
        return
    if moved.problem:
        yield text.error(moved.problem, moved.params)
    elif not moved.changes:
        yield text("morning.figures_none")
    for row in moved.figures if moved.changes else ():
        yield _figure(row, text)


def _figure(row: Explained, text: Texts) -> str:
    before, after = row.before or 0, row.after or 0
    told = {
        "figure": text.word("figure", row.figure),
        "before": text.number(before),
        "after": text.number(after),
        "change": text.signed(after - before),
    }
    causes = ", ".join(
        text("morning.cause", cause=text.word("cause", one.cause), change=text.signed(one.change))
        for one in row.contributions
    )
    return text("morning.figure_causes", **told, causes=causes) if causes else text("morning.figure", **told)


def _areas(found: Morning, text: Texts) -> Iterator[str]:
    if found.moved is None or found.before is None:
        return  # in the first run everything moved everywhere
    for one in found.moved.areas:
        figures = {
            name: text.number(getattr(one, name))
            for name in (
                "online_before",
                "online_after",
                "gaps_before",
                "gaps_after",
                "unknown_before",
                "unknown_after",
            )
        }
        yield text("morning.area", area=printable(one.area), **figures)
    if found.moved.more_areas:
        yield text("morning.more_areas", count=text.number(found.moved.more_areas))


def _unknown(found: Morning, text: Texts) -> Iterator[str]:
    for one in found.unknown:
        told = {"reason": text.word("reason", one.reason), "after": text.number(one.after)}
        if one.before is None:
            yield text("morning.reason_first", **told)
        elif one.before == one.after:
            yield text("morning.reason_same", **told)
        else:
            change = text.signed(one.after - one.before)
            yield text("morning.reason", **told, before=text.number(one.before), change=change)


def _links(found: LinksMoved | None, text: Texts) -> Iterator[str]:
    if found is None:
        return
    row = found.run
    counts = {
        name: text.number(getattr(row, name)) for name in ("checked", "due", "ok", "moved", "dead", "unclear")
    }
    state = text.word("state", row.state)
    yield text("morning.links_checked", run=row.run, at=text.moment(row.started_at), state=state, **counts)
    if row.own_network:
        yield text("morning.links_own_network")
    for link in found.broken[:MOST_LINKS]:
        told = {"url": printable(link.url), "kind": text.word("link_kind", link.kind)}
        if link.cells:
            areas = ", ".join(map(printable, link.areas[:MOST_AREAS]))
            more = f" +{len(link.areas) - MOST_AREAS}" if len(link.areas) > MOST_AREAS else ""
            yield text("morning.link_broken", **told, count=text.number(link.cells), areas=areas + more)
        else:
            yield text("morning.link_broken_unused", **told)
    for url in found.recovered[:MOST_LINKS]:
        yield text("morning.link_recovered", url=printable(url))
    left = sum(max(0, len(one) - MOST_LINKS) for one in (found.broken, found.recovered))
    if left:
        yield text("morning.links_more", count=text.number(left))
