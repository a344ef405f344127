"""``lueckenlos annotations import``: what officers wrote into a sheet, all of it or nothing.

Rows are recognised by their id, wherever they stand. A row that says what it said at the export says nothing.
Where somebody else has changed the same field since, both are shown, and nothing is written about that cell
until somebody says whose word counts.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from sqlalchemy import Connection

from catalogue.annotations import (
    NOTHING_SAID,
    Act,
    CellKey,
    Fields,
    base_of,
    histories,
    said_by,
    standing,
)
from catalogue.annotations_merge import MINE, THEIRS, Edit, edits, merge
from catalogue.annotations_text import fitting
from catalogue.annotations_writing import Signature, put_on_record, writing
from catalogue.errors import RemarkUnfit
from catalogue.reports.annotation_sheet import row_id
from cli import exits
from cli.annotations_sheet import STAND_IN, Errors, GivenRow, Place, read_sheets
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
    errors = Errors(file.name)
    rows = _read(session, file, errors)
    with session.open_store() as store, writing(store, keep=not dry_run) as connection:
        work = _Import(connection, errors, take)
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


def _read(session: Session, file: Path, errors: Errors) -> list[GivenRow]:
    """Read the sheets of a file; on a terminal the rows are counted meanwhile."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description} {task.completed}", markup=False),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task(session.text("annotation.reading"), total=None)
        return read_sheets(file, errors, lambda count: bar.update(task, completed=count))


class _Import:
    """Brings rows of a sheet together with what stands now, inside one transaction."""

    def __init__(self, connection: Connection, errors: Errors, take: str) -> None:
        self._connection = connection
        self._cells = Cells(connection)
        self._take = take
        self._errors = errors
        self.conflicts: list[ConflictRow] = []
        self.rows: list[FieldChange] = []
        self.written = 0
        self.touched = 0  # rows that say something new

    def carry_out(self, rows: Sequence[GivenRow], signature: Signature) -> None:
        """Write what the rows say. Raise ImportRejected with all errors if a single one cannot be taken."""
        places = (self._cells.area(row.key) for row in rows)
        known = histories(self._connection, {place.id for place in places if place is not None})
        wanted: dict[CellKey, Fields] = {}
        whole = []
        for row in rows:
            fits = self._fits_its_area(row)
            if row.whole and fits:
                whole.append(row)
            else:
                self._inspect(row, known.get(row.key, ()))
        for key, said in self._changed(whole, known).items():
            fields = self._merged(key, said, known.get(key, ()))
            if fields is not None:
                wanted[key] = fields
        self._errors.reject()
        self.written = put_on_record(self._connection, wanted, signature)

    def _fits_its_area(self, row: GivenRow) -> bool:
        """Tell whether a row shows the area of its id; it is an error if not."""
        if row.area is None or self._cells.is_named(row.key, row.area[0]):
            return True
        shown, place = row.area
        meant = self._cells.area(row.key)
        params = {"shown": shown, "meant": meant.label if meant else row.key[0]}
        self._errors.add(place, "annotation_row_other_area", params)
        return False

    def _inspect(self, row: GivenRow, acts: tuple[Act, ...]) -> None:
        """Find what else is wrong with a row that cannot be taken."""
        changed = edits(base_of(row.key, acts, row.stamp), row.said)
        if self._is_known(row.key, row.place):
            after = standing(acts)._replace(**{one.field: one.value for one in changed})
            self._is_fit(after, row.places, row.place)

    def _is_known(self, key: CellKey, place: Place) -> bool:
        """Tell whether there is such a cell; it is an error if not."""
        if self._cells.area(key) is not None and self._cells.title(key) is not None:
            return True
        self._errors.add(place, "annotation_row_unknown", {"given": row_id(*key)})
        return False

    def _is_fit(self, after: Fields, places: Mapping[str, Place], otherwise: Place) -> bool:
        """Tell whether a remark can be kept; all that speaks against it are errors."""
        faults = list(_faults(after))
        for unfit in faults:
            self._errors.add(places.get(unfit.field, otherwise), unfit.code, unfit.params)
        return not faults

    def _changed(
        self, rows: Iterable[GivenRow], known: dict[CellKey, tuple[Act, ...]]
    ) -> dict[CellKey, dict[str, _Said]]:
        """Return the fields that were changed since the export; one cell may stand on several sheets."""
        found: dict[CellKey, dict[str, _Said]] = defaultdict(dict)
        once: dict[tuple[CellKey, str], GivenRow] = {}
        for row in rows:
            base = base_of(row.key, known.get(row.key, ()), row.stamp)
            changed = edits(base, row.said)
            if not changed:
                continue
            self.touched += 1
            before = once.setdefault((row.key, row.place.sheet), row)
            if before.said != row.said:  # on one sheet a cell has one row: this one is somebody else's
                self._errors.add(row.place, "annotation_row_id_twice", {"first": before.place.shown})
                continue
            for edit in changed:
                place = row.places[edit.field]
                first = found[row.key].setdefault(edit.field, _Said(edit, place))
                if first.edit.value != edit.value:
                    self._errors.add(place, "annotation_row_twice", {"first": first.place.shown})
        return found

    def _merged(self, key: CellKey, said: dict[str, _Said], acts: tuple[Act, ...]) -> Fields | None:
        """Return what is to be written about a cell; None if nothing is."""
        first = next(iter(said.values())).place
        if not self._is_known(key, first):
            return None
        theirs = standing(acts)
        after, contradicted = merge(theirs, [one.edit for one in said.values()], self._take)
        self.conflicts += [self._conflict(key, said[one.field], acts) for one in contradicted]
        if after == theirs:
            return None
        if not self._is_fit(after, {field: one.place for field, one in said.items()}, first):
            return None
        after = fitting(after)
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


def _faults(said: Fields) -> Iterator[RemarkUnfit]:
    """Yield all that speaks against a remark: each field by itself, then what they lack together."""
    for field in ("planned_for", "unit", "comment"):
        try:
            fitting(NOTHING_SAID._replace(**{field: getattr(said, field)}))
        except RemarkUnfit as unfit:
            yield unfit
            said = said._replace(**{field: STAND_IN[field]})
    try:
        fitting(said)
    except RemarkUnfit as unfit:
        yield unfit


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
