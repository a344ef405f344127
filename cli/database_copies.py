"""``lueckenlos db backup``, ``restore`` and ``move``: the whole database in another place."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from catalogue.upkeep.backup import write_backup
from catalogue.upkeep.content import TableContent
from catalogue.upkeep.restore import opened_backup
from catalogue.upkeep.transfer import Listener, require_other, transfer
from cli.app_version import program_version
from cli.blocks import Block
from cli.help import Command
from cli.meta import describe_call
from cli.options import FormatOption
from cli.output import Output, Result, Value, field_names
from cli.session import Session, session_of
from cli.view import Column, grid
from sync.lock import only_one

__all__ = ["add_to_group"]

#: Tables with fewer rows are written before anybody could read that they are.
ROWS_WORTH_TELLING = 10_000


def add_to_group(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("backup", cls=Command)(_backup)
    group.command("restore", cls=Command)(_restore)
    group.command("move", cls=Command)(_move)


def _backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument()],
    output_format: FormatOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, None)
    with session.open_store() as store:
        saved = write_backup(store, file, program_version(), _listener(session))
        shown = store.shown_url
    text, manifest = session.text, saved.manifest
    session.say(
        text("upkeep.saved", database=shown, file=str(file), megabytes=text.number(_megabytes(saved.bytes)))
    )
    meta = {
        "database": shown,
        "file": str(file),
        "bytes": saved.bytes,
        "revision": manifest.revision,
        "made_at": manifest.made_at.isoformat(timespec="seconds"),
        "sha256": manifest.database_sha256,
    }
    _show(session, output, "db backup", manifest.tables, meta)


def _restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument()],
    replace: Annotated[bool, typer.Option("--replace")] = False,
    output_format: FormatOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, None)
    # The backup first: one that is refused must not leave an empty database behind.
    with opened_backup(file) as backup, session.open_store(new=True) as store, only_one(store):
        restored = backup.restore(store, replace=replace, listen=_listener(session))
        shown = store.shown_url
    made_at = restored.manifest.made_at.isoformat(timespec="seconds")
    session.say(
        session.text("upkeep.restored", database=shown, file=str(file), moment=session.text.moment(made_at))
    )
    meta = {
        "database": shown,
        "file": str(file),
        "revision": restored.manifest.revision,
        "made_at": made_at,
        "sha256": restored.manifest.database_sha256,
    }
    _show(session, output, "db restore", restored.tables, meta)


def _move(
    context: typer.Context,
    to: Annotated[str, typer.Option("--to")],
    replace: Annotated[bool, typer.Option("--replace")] = False,
    output_format: FormatOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, None)
    with ExitStack() as stack:
        source = stack.enter_context(session.open_store())
        target = stack.enter_context(session.open_store(to.strip(), new=True))
        require_other(source, target)  # before the locks: the second would seem to be another process's
        # A sync must not go on in a database that is being left, nor begin in the one that is filled.
        stack.enter_context(only_one(source))
        stack.enter_context(only_one(target))
        if target.current_revision() is None:
            target.upgrade()
        written = transfer(source, target, replace=replace, listen=_listener(session))
        meta = {"database": source.shown_url, "to": target.shown_url}
    session.say(session.text("upkeep.moved", **meta))
    _show(session, output, "db move", written, meta)


def _listener(session: Session) -> Listener:
    def tell(table: str, rows: int) -> None:
        if rows >= ROWS_WORTH_TELLING:
            session.say(session.text("upkeep.table", table=table, rows=session.text.number(rows)))

    return tell


def _megabytes(count: int) -> float:
    return round(count / 1_000_000, 1)


def _show(
    session: Session,
    output: Output,
    command: str,
    rows: Sequence[TableContent],
    meta: dict[str, str] | dict[str, Value],
) -> None:
    def blocks(shown: Sequence[TableContent]) -> list[Block]:
        return [grid(_COLUMNS, shown, session.text)]

    whole = {**describe_call(session, command), **meta}
    output.write(Result(field_names(TableContent), rows, blocks, whole), session.text)


_COLUMNS: tuple[Column[TableContent], ...] = (
    Column("table"),
    Column("rows", right=True),
    Column("content_hash"),
)
