"""``lueckenlos export``: a workbook for each area, and one for the whole region."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from catalogue.drafts import draft_folder
from cli.asof import AsOfOption, read_as_of
from cli.help import Command
from cli.options import AreaOption, LevelOption, filters_of
from cli.priorities import ListOption, PriorityRulesOption, priority_rules_of
from cli.problems import UsageProblem
from cli.session import Session, session_of
from cli.signals import SignalRulesOption, rules_of
from cli.workbook import question_of
from cli.writing import writing_to

if TYPE_CHECKING:
    from catalogue.reports.workbook.material import Question
    from catalogue.reports.workbook.writing import Written

__all__ = ["add_to", "export_workbooks"]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export", cls=Command)(_export)


def _export(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out")],
    everything: Annotated[bool, typer.Option("--all")] = False,
    area: AreaOption = None,
    level: LevelOption = "",
    as_of: AsOfOption = "",
    signal_rules: SignalRulesOption = None,
    priority_rules: PriorityRulesOption = None,
    lists: ListOption = None,
) -> None:
    session = session_of(context)
    if everything == bool(area) or (everything and level):
        raise UsageProblem("export_areas")
    filters = filters_of(area=area, level=level, as_of=read_as_of(as_of))
    urgency = priority_rules_of(priority_rules, lists)
    question = question_of(session, filters, rules_of(signal_rules), urgency)
    with writing_to(out):
        written = export_workbooks(session, question, out, whole=everything)
    text = session.text
    if everything:
        for name in _left_behind(out, written):
            session.say(text("workbook.left_behind", file=name))
    session.say(text("workbook.done", count=text.number(len(written)), folder=out))


def export_workbooks(session: Session, question: Question, folder: Path, *, whole: bool) -> list[str]:
    """Write the workbooks of the chosen areas into a folder and return their names.

    They are written beside the old ones, which are replaced one by one when all are complete. Raise
    NotFound for what the question names in vain, OSError if writing fails.
    """
    from catalogue.reports.workbook.writing import write_workbooks

    _make(folder)
    names = []
    with draft_folder(folder / "mappen") as draft:

        @contextmanager
        def opened(name: str) -> Iterator[BinaryIO]:
            with (draft / name).open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())

        with session.reading() as connection:
            for one in write_workbooks(connection, question, session.text, opened, whole=whole):
                names.append(one.file)
                session.say(_progress(session, one))
        for name in names:
            (draft / name).replace(folder / name)
    return names


def _make(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageProblem("export_folder", path=str(folder))
    folder.mkdir(parents=True, exist_ok=True)


def _progress(session: Session, one: Written) -> str:
    text, unclear = session.text, one.rows["unclear"]
    said = text(
        "workbook.exported",
        file=one.file,
        gaps=text.number(one.rows["gaps"]),
        unclear=text.number(unclear),
        unknown=text.number(one.unknown),
        unresolved=text.number(unclear - one.unknown),
    )
    return f"{one.done}/{one.total} {said}"


def _left_behind(folder: Path, written: list[str]) -> list[str]:
    """Return files of areas that are no longer there, or have another name by now."""
    from catalogue.reports.workbook.writing import is_area_file

    names = sorted(path.name for path in folder.iterdir() if is_area_file(path.name))
    return [name for name in names if name not in set(written)]
