"""What the commands of ``lueckenlos review`` share: who decides, and how effects are shown."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer
from sqlalchemy import Connection

from catalogue.matching.meanings import STATES, Meaning
from catalogue.matching.review import Change, Signature
from catalogue.reports.review import ReviewFilters
from catalogue.reports.review_names import record_name
from catalogue.store import Store
from cli.blocks import Block, Heading, Line
from cli.meta import describe_call
from cli.options import code_of, read_level
from cli.output import Output, Result, field_names
from cli.problems import UsageProblem
from cli.session import Session
from cli.texts import Texts, printable
from cli.view import Column, area_words, grid, status_words
from sync.deciding import Effect, Move, carry_out

__all__ = [
    "LONGEST_REASON",
    "TABLE_ROWS",
    "ByOption",
    "DecidedRow",
    "DryRunOption",
    "ReasonOption",
    "Task",
    "YesOption",
    "actor_of",
    "decided_rows",
    "effect_blocks",
    "filters_of_review",
    "move_columns",
    "perform",
    "reason_of",
    "record_columns",
    "write_effect",
]

ByOption = Annotated[str, typer.Option("--by", envvar="LUECKENLOS_BY")]
ReasonOption = Annotated[str, typer.Option("--reason")]
YesOption = Annotated[bool, typer.Option("--yes")]
DryRunOption = Annotated[bool, typer.Option("--dry-run")]

TABLE_ROWS = 100
LONGEST_NAME = 100
LONGEST_REASON = 2_000


@dataclass(frozen=True, slots=True)
class DecidedRow:
    """What a decision does to one record; docs/data-dictionary.md explains every field."""

    record: str
    source: str
    ref: str
    title: str
    state_before: str
    accepted_before: tuple[str, ...]
    candidates_before: int
    state_after: str
    accepted_after: tuple[str, ...]
    candidates_after: int


@dataclass(frozen=True)
class Task:
    """A change to be carried out or only shown; ``wide`` ones are only shown unless somebody says yes."""

    command: str
    work: Callable[[Connection, Signature], list[Change]]
    actor: str
    wide: bool = False
    yes: bool = False
    dry_run: bool = False

    @property
    def applied(self) -> bool:
        """Tell whether the change is kept."""
        return not self.dry_run and (self.yes or not self.wide)


def actor_of(given: str) -> str:
    """Return who decides: the one who is named, else the user of this machine. Raise UsageProblem."""
    name = " ".join(given.split())
    if not name:
        try:
            name = getpass.getuser()
        except (KeyError, OSError, ImportError):
            raise UsageProblem("review_by") from None
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise UsageProblem("review_by")
    return name


def reason_of(given: str) -> str:
    """Return the reason that was given. Raise UsageProblem if it is too long."""
    reason = given.strip()
    if len(reason) > LONGEST_REASON:
        raise UsageProblem("review_reason", most=LONGEST_REASON)
    return reason


def filters_of_review(
    area: list[str] | None,
    level: str,
    theme: list[str] | None,
    source: list[str] | None,
    state: list[str] | None,
) -> ReviewFilters:
    """Return the filters that options name."""
    return ReviewFilters(
        states=tuple(code_of("review_state", one, STATES) for one in state or ()),
        areas=tuple(area or ()),
        level=read_level(level),
        themes=tuple(theme or ()),
        sources=tuple(source or ()),
    )


def perform(store: Store, task: Task) -> Effect[list[Change]]:
    """Carry a task out, or rehearse it. Raise LockHeld while a sync is running."""

    def work(connection: Connection, at: str) -> list[Change]:
        return task.work(connection, Signature(task.actor, at))

    return carry_out(store, work, keep=task.applied)


def decided_rows(changes: Sequence[Change]) -> list[DecidedRow]:
    """Return what a decision does as rows of the output."""
    return [
        DecidedRow(
            record=record_name(one.source, one.ref),
            source=one.source,
            ref=one.ref,
            title=one.title,
            state_before=one.before.state,
            accepted_before=_accepted(one.before),
            candidates_before=len(one.before.waiting),
            state_after=one.after.state,
            accepted_after=_accepted(one.after),
            candidates_after=len(one.after.waiting),
        )
        for one in changes
    ]


def _accepted(meaning: Meaning) -> tuple[str, ...]:
    return tuple(key or ozg_id for ozg_id, key in meaning.accepted)


def write_effect(
    session: Session,
    output: Output,
    task: Task,
    effect: Effect[list[Change]],
    more: dict[str, object] | None = None,
) -> None:
    """Write what a task did or would do."""
    rows = decided_rows(effect.result)
    meta: dict[str, object] = {
        **describe_call(session, task.command),
        "applied": task.applied,
        "by": task.actor,
        "run": effect.run or None,
        "cells_moved": len(effect.moves),
        "cells_changed": effect.changed,
        "moves": effect.moves,
        **(more or {}),
    }
    text = session.text
    output.write(
        Result(field_names(DecidedRow), rows, lambda shown: effect_blocks(task, effect, shown, text), meta),
        text,
    )
    if output.format == "csv" and not task.applied:
        session.say(_ending(task, effect, text))


def effect_blocks(
    task: Task, effect: Effect[list[Change]], rows: Sequence[DecidedRow], text: Texts
) -> list[Block]:
    """Return the records and the cells before and after."""
    blocks: list[Block] = [Heading(text("review.records")), grid(record_columns(), rows, text)]
    if effect.moves:
        blocks += [
            Heading(text("review.cells")),
            grid(move_columns(), effect.moves[:TABLE_ROWS], text),
        ]
        if len(effect.moves) > TABLE_ROWS:
            blocks.append(Line(text("review.more_cells", count=text.number(len(effect.moves) - TABLE_ROWS))))
    blocks.append(Line(_ending(task, effect, text)))
    return blocks


def _ending(task: Task, effect: Effect[list[Change]], text: Texts) -> str:
    counts = {"records": text.number(len(effect.result)), "cells": text.number(len(effect.moves))}
    if task.applied:
        return text("review.applied", by=task.actor, **counts)
    return text("review.rehearsed" if task.dry_run else "review.asks", **counts)


def record_columns() -> tuple[Column[DecidedRow], ...]:
    """Return the columns of records before and after."""
    return (
        Column("review_record", lambda _text, row: printable(row.record)),
        Column("title", lambda _text, row: printable(row.title)[:60]),
        Column(
            "review_before",
            lambda text, row: _words(text, row.state_before, row.accepted_before, row.candidates_before),
        ),
        Column(
            "review_after",
            lambda text, row: _words(text, row.state_after, row.accepted_after, row.candidates_after),
        ),
    )


def _words(text: Texts, state: str, accepted: Sequence[str], candidates: int) -> str:
    word = text.word("review_state", state)
    if candidates:
        return f"{word} ({text('review.candidates', count=text.number(candidates))})"
    return f"{word}: {', '.join(accepted)}" if accepted else word


def move_columns() -> tuple[Column[Move], ...]:
    """Return the columns of cells before and after."""
    return (
        Column("area", lambda text, row: area_words(row.area, row.level, text)),
        Column("ozg_id"),
        Column("title"),
        Column("review_before", lambda text, row: status_words(text, row.old_status, row.old_reason) or "–"),
        Column("review_after", lambda text, row: status_words(text, row.new_status, row.new_reason) or "–"),
        Column("cause", section="cause"),
    )
