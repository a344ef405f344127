"""``lueckenlos review import``: a filled-in sheet back, all of its decisions or none.

Records are recognised by their name, wherever the row stands. Rows without decision are passed over. A record
that changed since the export, or that somebody else has decided about, is shown and left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from sqlalchemy import Connection

from catalogue.errors import CatalogueError, ImportRejected, LineError
from catalogue.matching.patterns import RECORD, SCOPES
from catalogue.matching.review import Change, Signature, Wish, put_on_record, take_back
from catalogue.matching.rulings import ACCEPTED, REJECTED, VERDICTS, Act, Acts, Service
from catalogue.reports.review_names import FoundRecord, find_meant, find_record
from catalogue.reports.review_sheet import stamp_of
from catalogue.reports.review_wishes import Reach, accepting, assigning, nothing, rejecting
from cli import exits
from cli.help import Command
from cli.options import FormatOption, OutOption, code_of
from cli.output import Output
from cli.review_view import (
    LONGEST_REASON,
    TABLE_ROWS,
    ByOption,
    DryRunOption,
    Task,
    YesOption,
    actor_of,
    perform,
    write_effect,
)
from cli.session import session_of
from cli.sheetcells import text_of
from connectors.errors import AbortRun
from connectors.tabular import Row, Table, TableOptions, Value

__all__ = ["ConflictRow", "add_to"]

COLUMNS = ("record", "decision", "services", "applies_to", "reason", "stamp")
UNDONE = "undone"
MOST_BYTES = 64 << 20
MOST_ROWS = 50_000
MOST_ERRORS = 100


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A row that was left alone, as its record is not what it was when the sheet was made."""

    line: int
    record: str
    kind: str
    decision: str
    said_by: str
    said_at: str


class _Filled(NamedTuple):
    """One row with a decision, as it is written."""

    line: int
    record: str
    verdict: str
    services: tuple[str, ...]
    scope: str
    reason: str
    stamp: str


class _Wrong(Exception):
    """A row that cannot be taken."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params: dict[str, str | int | float] = dict(params)


def add_to(group: typer.Typer) -> None:
    """Add the command."""
    group.command("import", cls=Command)(_import)


def _import(
    context: typer.Context,
    file: Annotated[Path, typer.Argument()],
    by: ByOption = "",
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, default_limit=TABLE_ROWS)
    filled = read_sheet(file)
    planned = _Plan(file.name, filled)
    wide = any(row.scope != RECORD for row in filled)
    task = Task("review import", planned.work, actor_of(by), wide, yes, dry_run)
    with session.open_store() as store:
        effect = perform(store, task)
    more: dict[str, object] = {"file": file.name, "decisions": len(filled), "unchanged": planned.unchanged}
    write_effect(session, output, task, effect, more | {"conflicts": planned.conflicts})
    text = session.text
    if planned.unchanged:
        session.say(text("review.unchanged", count=text.number(planned.unchanged)))
    for one in planned.conflicts:
        said = text(f"review.conflict_{one.kind}", by=one.said_by, at=text.moment(one.said_at))
        session.say(f"{text('word.line')} {one.line}: {one.record}: {said}")
    if planned.conflicts:
        raise typer.Exit(exits.SOME)


def read_sheet(path: Path) -> list[_Filled]:
    """Return the rows with a decision. Raise ImportRejected with the errors by line, or OSError."""
    if not path.exists():
        raise ImportRejected("review_file_absent", [], file=str(path))
    if path.stat().st_size > MOST_BYTES:
        raise ImportRejected("review_too_large", [], file=path.name, megabytes=MOST_BYTES >> 20)
    table = _open(path)
    found: list[_Filled] = []
    errors: list[LineError] = []
    for count, row in enumerate(table.rows(), start=1):
        if count > MOST_ROWS:
            raise ImportRejected("review_too_many", [], file=path.name, rows=MOST_ROWS)
        try:
            filled = _filled(row)
        except _Wrong as wrong:
            errors.append(LineError(row.number, wrong.code, wrong.params))
        else:
            found += [filled] if filled is not None else []
        if len(errors) >= MOST_ERRORS:
            break
    if errors:
        raise ImportRejected("review_rows", errors, file=path.name, count=len(errors))
    return found


def _open(path: Path) -> Table:
    """Return the table with the columns that count. Raise ImportRejected if one of them is missing."""
    from connectors.fileformat import open_table  # reading workbooks takes time to load

    try:
        return open_table(path, path.name, TableOptions(), {name: name for name in COLUMNS})
    except AbortRun as error:
        if error.code != "list_column_missing":
            raise
        column, present = str(error.params["column"]), str(error.params["present"])
        raise ImportRejected("review_column", [], file=path.name, column=column, present=present) from None


def _filled(row: Row) -> _Filled | None:
    """Return a row as it is written; None if nothing was decided."""
    if row.shape == "long":
        raise _Wrong("review_row_long")
    values = {name: _written(name, row.values) for name in COLUMNS}
    if not values["decision"]:
        if values["services"]:
            raise _Wrong("review_row_undecided", services=values["services"])
        return None
    verdict = code_of("review_state", values["decision"], (*VERDICTS, UNDONE))
    if verdict not in (*VERDICTS, UNDONE):
        raise _Wrong("review_row_decision", given=values["decision"])
    scope = code_of("pattern_scope", values["applies_to"], SCOPES) if values["applies_to"] else RECORD
    if scope not in SCOPES:
        raise _Wrong("review_row_scope", given=values["applies_to"])
    services = tuple(values["services"].replace(",", " ").replace(";", " ").replace("|", " ").split())
    if services and verdict not in {ACCEPTED, REJECTED}:
        raise _Wrong("review_row_services", services=values["services"])
    if not values["record"]:
        raise _Wrong("review_row_record")
    if len(values["reason"]) > LONGEST_REASON:
        raise _Wrong("review_row_reason", most=LONGEST_REASON)
    return _Filled(row.number, values["record"], verdict, services, scope, values["reason"], values["stamp"])


def _written(name: str, values: Mapping[str, Value]) -> str:
    """Return what a cell says. Raise _Wrong if it holds no text."""
    written = text_of(values[name])
    if written is None:
        raise _Wrong("review_row_value", column=name)
    return written


class _Plan:
    """Turns rows into decisions inside the transaction that makes them."""

    def __init__(self, name: str, filled: list[_Filled]) -> None:
        self.name = name
        self.filled = filled
        self.conflicts: list[ConflictRow] = []
        self.unchanged = 0

    def work(self, connection: Connection, signature: Signature) -> list[Change]:
        """Make all decisions. Raise ImportRejected if a single row cannot be taken."""
        self.conflicts, self.unchanged = [], 0
        acts = Acts.load(connection)
        wishes: list[Wish] = []
        undone: list[int] = []
        errors: list[LineError] = []
        lines: dict[int, int] = {}
        for row in self.filled:
            try:
                record = find_record(connection, row.record)
                _require_first(record, lines.setdefault(record.id, row.line), row.line)
                about = acts.about(record.source_id, record.ref, record.title, record.official_title)
                self._plan(connection, row, record, about, wishes, undone)
            except (CatalogueError, _Wrong) as wrong:
                errors.append(LineError(row.line, wrong.code, wrong.params))
            if len(errors) >= MOST_ERRORS:
                break
        if errors:
            raise ImportRejected("review_rows", errors, file=self.name, count=len(errors))
        changes = take_back(connection, undone, signature) if undone else []
        return [*changes, *put_on_record(connection, wishes, signature)]

    def _plan(
        self,
        connection: Connection,
        row: _Filled,
        record: FoundRecord,
        about: list[Act],
        wishes: list[Wish],
        undone: list[int],
    ) -> None:
        last = max(about, key=lambda act: act.number, default=None)
        stamp = stamp_of(about, record.title, record.official_title, record.reported_keys)
        if row.stamp != stamp:
            self._compare(connection, row, record, last, stamp)
        elif row.verdict == UNDONE:
            undone += [last.number] if last is not None else []
            self.unchanged += last is None
        else:
            wish = _wish(connection, row, record)
            said = last is not None and (last.pattern, last.verdict) == (wish.pattern, wish.verdict)
            if said and last is not None and set(last.services) == set(wish.services):
                self.unchanged += 1
            else:
                wishes.append(wish)

    def _compare(
        self, connection: Connection, row: _Filled, record: FoundRecord, last: Act | None, stamp: str
    ) -> None:
        """Note a row whose record is another one than at the export: as a conflict, or as done already."""
        if last is None and row.verdict == UNDONE:
            self.unchanged += 1
            return
        if last is not None and row.verdict == last.verdict:
            named = [find_meant(connection, one) for one in row.services]
            pattern = Reach(row.scope).wish(record, row.verdict, named).pattern
            if pattern == last.pattern and (not named or set(named) == set(last.services)):
                self.unchanged += 1
                return
        decided = row.stamp.partition("-")[0] != stamp.partition("-")[0]
        self.conflicts.append(
            ConflictRow(
                row.line,
                record.name,
                "decided" if decided else "record",
                row.verdict,
                last.actor if last and decided else "",
                last.decided_at if last and decided else "",
            )
        )


def _require_first(record: FoundRecord, first: int, line: int) -> None:
    if first != line:
        raise _Wrong("review_row_twice", record=record.name, first=first)


def _wish(connection: Connection, row: _Filled, record: FoundRecord) -> Wish:
    reach = Reach(row.scope, row.reason)
    named: list[Service] = [find_meant(connection, one) for one in row.services]
    if row.verdict == ACCEPTED:
        return assigning(record, named, reach) if named else accepting(connection, record, (), reach)
    if row.verdict == REJECTED:
        return rejecting(connection, record, named, reach)
    return nothing(record, row.verdict, reach)
