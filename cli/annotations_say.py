"""``lueckenlos annotations set`` and ``clear``: say something about one cell, or take all of it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

import typer
from sqlalchemy import Connection

from catalogue.annotations import NOTHING_SAID, CellKey, Fields, histories, standing
from catalogue.annotations_text import fitting
from catalogue.annotations_writing import Signature, put_on_record, writing
from catalogue.errors import NotFound
from catalogue.reports.filters import find_area, find_service
from cli.annotations_view import ByOption, Cells, Done, write_done
from cli.help import Command
from cli.options import FormatOption, LevelOption, OutOption, read_day, read_level
from cli.output import Output
from cli.problems import UsageProblem
from cli.review_view import DryRunOption, actor_of
from cli.session import Session, session_of

__all__ = ["add_to"]

AreaArgument = Annotated[str, typer.Argument()]
ServiceArgument = Annotated[str, typer.Argument()]


def add_to(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("set", cls=Command)(_set)
    group.command("clear", cls=Command)(_clear)


def _set(
    context: typer.Context,
    area: AreaArgument,
    service: ServiceArgument,
    level: LevelOption = "",
    planned: Annotated[str | None, typer.Option("--planned")] = None,
    not_offered: Annotated[str | None, typer.Option("--not-offered")] = None,
    covered_by: Annotated[str | None, typer.Option("--covered-by")] = None,
    comment: Annotated[str | None, typer.Option("--comment")] = None,
    unit: Annotated[str | None, typer.Option("--unit")] = None,
    by: ByOption = "",
    dry_run: DryRunOption = False,
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    change = _change_of({"not_offered": not_offered, "covered_by": covered_by, "": comment}, planned, unit)
    work = _Work(session_of(context), "annotations set", by, dry_run, Output.choose(output_format, out))
    work.carry_out((area, service, level), change)


def _clear(
    context: typer.Context,
    area: AreaArgument,
    service: ServiceArgument,
    level: LevelOption = "",
    by: ByOption = "",
    dry_run: DryRunOption = False,
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    work = _Work(session_of(context), "annotations clear", by, dry_run, Output.choose(output_format, out))
    work.carry_out((area, service, level), _take_back)


Change = Callable[[Fields], Fields]


def _change_of(texts: Mapping[str, str | None], planned: str | None, unit: str | None) -> Change:
    """Return what options change; each of ``texts`` is said with its kind."""
    given = {kind: written for kind, written in texts.items() if written is not None}
    if len(given) > 1:
        raise UsageProblem("annotation_one_text")
    if not given and planned is None and unit is None:
        raise UsageProblem("annotation_nothing")
    day = planned and planned.strip() and read_day("--planned", planned)

    def change(said: Fields) -> Fields:
        for kind, written in given.items():
            said = said._replace(kind=kind or said.kind, comment=written)
            if not (kind or written.strip() or said.kind == "planned"):
                said = said._replace(kind="")  # its reason was taken back
        if planned is not None:
            said = said._replace(planned_for=day or "", kind=_planned_kind(said.kind, bool(day)))
        return said if unit is None else said._replace(unit=unit)

    return change


def _planned_kind(kind: str, has_day: bool) -> str:
    """Return the kind of a remark whose day was named or taken back; other kinds stay."""
    if kind in {"", "planned"}:
        return "planned" if has_day else ""
    return kind


def _take_back(said: Fields) -> Fields:
    if said == NOTHING_SAID:
        raise NotFound("annotation_none")
    return NOTHING_SAID


@dataclass(frozen=True)
class _Work:
    """One change of one cell's remark."""

    session: Session
    command: str
    by: str
    dry_run: bool
    output: Output

    def carry_out(self, named: tuple[str, str, str], change: Change) -> None:
        """Say something about the cell of an area and a service at a level. Raise NotFound, RemarkUnfit."""
        session = self.session
        via = self.command.rpartition(" ")[2]
        signature = Signature(actor_of(self.by), session.now().isoformat(timespec="seconds"), via)
        with session.open_store() as store, writing(store, keep=not self.dry_run) as connection:
            key, area_id = _find(connection, named)
            before = standing(histories(connection, [area_id]).get(key, ()))
            after = fitting(change(before))
            written = put_on_record(connection, {key: after}, signature)
            rows = Cells(connection).changes(key, before, after)
        done = Done(self.command, signature.actor, not self.dry_run, written, rows)
        write_done(session, self.output, done)


def _find(connection: Connection, named: tuple[str, str, str]) -> tuple[CellKey, int]:
    place = find_area(connection, named[0], read_level(named[2]))
    return (place.ars, place.level, find_service(connection, named[1])), place.id
