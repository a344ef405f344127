"""``lueckenlos annotations import``: what officers wrote into a sheet, all of it or nothing.

Rows are recognised by their id, wherever they stand. A row that says what it said at the export says nothing.
Where somebody else has changed the same field since, both are shown, and nothing is written about that cell
until somebody says whose word counts.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from sqlalchemy import Connection

from catalogue.annotations import Act, CellKey, Fields, base_of, histories, said_by, standing
from catalogue.annotations_merge import MINE, THEIRS, Edit, edits, merge
from catalogue.annotations_text import fitting
from catalogue.annotations_writing import Signature, put_on_record, writing
from catalogue.errors import RemarkUnfit
from catalogue.reports.annotation_sheet import row_id
from cli import exits
from cli.annotations_sheet import Errors, GivenRow, Place, read_sheets
from cli.annotations_view import COLUMN_OF, ByOption, Cells, Done, FieldChange, say, write_done
from cli.help import Command
from cli.options import FormatOption, OutOption
from cli.output import Output
from cli.problems import UsageProblem
from cli.review_view import TABLE_ROWS, DryRunOption, actor_of
from cli.session import Session, session_of
from cli.texts import Texts, printable

__all__ = ["ConflictRow", "add_to"]


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A field that others changed since the export; docs/data-dictionary.md explains every field."""

    sheet: str
    line: int
    cell: str
    ars: str
    area: str
    level: str
    ozg_id: str
    title: str
    field: str
    exported: str
    mine: str
    theirs: str
    by: str
    at: str


class _Said(NamedTuple):
    """One changed field of a sheet, and where it stands."""

    edit: Edit
    place: Place


def add_to(group: typer.Typer) -> None:
    """Add the command."""
    group.command("import", cls=Command)(_import)


def _import(
    context: typer.Context,
    file: Annotated[Path, typer.Argument()],
    take: Annotated[str, typer.Option("--take")] = "",
    by: ByOption = "",
    dry_run: DryRunOption = False,
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, default_limit=TABLE_ROWS)
    if take not in {"", MINE, THEIRS}:
        raise UsageProblem("annotation_take", given=take)
    signature = Signature(actor_of(by), session.now().isoformat(timespec="seconds"), "import")
    rows = _read(session, file)
    with session.open_store() as store, writing(store, keep=not dry_run) as connection:
        work = _Import(connection, file.name, take)
        work.carry_out(rows, signature)
    more = {
        "file": file.name,
        "rows_read": len(rows),
        "unchanged": len(rows) - work.touched,
        "take": take,
        "conflicts": work.conflicts,
    }
    done = Done("annotations import", signature.actor, not dry_run, work.written, work.rows)
    write_done(session, output, done, more)
    for one in work.conflicts:
        session.say(_conflict_line(one, take, session.text))
    if work.conflicts and not take:
        session.say(session.text("annotation.take"))
        raise typer.Exit(exits.SOME)


def _read(session: Session, file: Path) -> list[GivenRow]:
    """Read the sheets of a file; on a terminal the rows are counted meanwhile."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description} {task.completed}", markup=False),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task(session.text("annotation.reading"), total=None)
        return read_sheets(file, lambda count: bar.update(task, completed=count))


class _Import:
    """Brings rows of a sheet together with what stands now, inside one transaction."""

    def __init__(self, connection: Connection, file: str, take: str) -> None:
        self._connection = connection
        self._cells = Cells(connection)
        self._take = take
        self._errors = Errors(file)
        self.conflicts: list[ConflictRow] = []
        self.rows: list[FieldChange] = []
        self.written = 0
        self.touched = 0  # rows that say something new

    def carry_out(self, rows: Sequence[GivenRow], signature: Signature) -> None:
        """Write what the rows say. Raise ImportRejected if a single one cannot be taken."""
        places = (self._cells.area(row.key) for row in rows)
        known = histories(self._connection, {place.id for place in places if place is not None})
        wanted: dict[CellKey, Fields] = {}
        for key, said in self._changed(rows, known).items():
            fields = self._merged(key, said, known.get(key, ()))
            if fields is not None:
                wanted[key] = fields
        self._errors.reject()
        self.written = put_on_record(self._connection, wanted, signature)

    def _changed(
        self, rows: Iterable[GivenRow], known: dict[CellKey, tuple[Act, ...]]
    ) -> dict[CellKey, dict[str, _Said]]:
        """Return the fields that were changed since the export; one cell may stand on several sheets."""
        found: dict[CellKey, dict[str, _Said]] = defaultdict(dict)
        for row in rows:
            base = base_of(row.key, known.get(row.key, ()), row.stamp)
            changed = edits(base, row.said)
            self.touched += bool(changed)
            for edit in changed:
                place = row.places[edit.field]
                first = found[row.key].setdefault(edit.field, _Said(edit, place))
                if first.edit.value != edit.value:
                    self._errors.add(place, "annotation_row_twice", {"first": first.place.shown})
        return found

    def _merged(self, key: CellKey, said: dict[str, _Said], acts: tuple[Act, ...]) -> Fields | None:
        """Return what is to be written about a cell; None if nothing is."""
        first = next(iter(said.values())).place
        title = self._cells.title(key)
        if self._cells.area(key) is None or title is None:
            self._errors.add(first, "annotation_row_unknown", {"given": row_id(*key)})
            return None
        theirs = standing(acts)
        after, contradicted = merge(theirs, [one.edit for one in said.values()], self._take)
        self.conflicts += [self._conflict(key, said[one.field], acts) for one in contradicted]
        if after == theirs:
            return None
        try:
            after = fitting(after)
        except RemarkUnfit as unfit:
            place = said[unfit.field].place if unfit.field in said else first
            self._errors.add(place, unfit.code, unfit.params)
            return None
        self.rows += self._cells.changes(key, theirs, after)
        return after

    def _conflict(self, key: CellKey, said: _Said, acts: tuple[Act, ...]) -> ConflictRow:
        edit, (sheet, line, cell) = said
        place = self._cells.area(key)
        by, at = said_by(acts, edit.field)
        return ConflictRow(
            sheet,
            line,
            cell,
            key[0],
            place.label if place else "",
            key[1],
            key[2],
            self._cells.title(key) or "",
            COLUMN_OF[edit.field],
            edit.base,
            edit.value,
            getattr(standing(acts), edit.field),
            by,
            at,
        )


def _conflict_line(one: ConflictRow, take: str, text: Texts) -> str:
    place = f"{one.sheet}!{one.cell}" if one.sheet else one.cell
    said = text(
        f"annotation.conflict_{take or 'open'}",
        column=text.word("annotation_header", one.field),
        mine=say(one.field, one.mine, text),
        theirs=say(one.field, one.theirs, text),
        by=one.by,
        at=text.moment(one.at),
    )
    return f"{text('word.line')} {one.line}: {place}: {printable(one.area)}, {one.ozg_id}: {said}"
