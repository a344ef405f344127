"""``lueckenlos db prune``: forget details of old readings, and give back the room they took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from catalogue.payloads_book import Forgotten, forget_payloads
from catalogue.store import Store
from catalogue.upkeep.check import sizes
from catalogue.upkeep.prune import Pruned, compact, prune
from cli.blocks import Block, Line
from cli.calling import REGION_FILE
from cli.help import Command
from cli.meta import describe_call
from cli.options import FormatOption
from cli.output import Output, Result, field_names
from cli.payloads import folder_of
from cli.problems import UsageProblem
from cli.session import session_of
from cli.texts import Texts
from cli.view import Column, grid
from sync.lock import only_one

__all__ = ["add_to_group"]

DEFAULT_DAYS = "180"
_MOST_DIGITS = 5


def add_to_group(group: typer.Typer) -> None:
    """Add the command."""
    group.command("prune", cls=Command)(_prune)


def _prune(
    context: typer.Context,
    older_than: Annotated[str, typer.Option("--older-than")] = DEFAULT_DAYS,
    payloads: Annotated[bool, typer.Option("--payloads")] = False,
    region: Annotated[Path, typer.Option("--region", envvar="LUECKENLOS_REGION")] = Path(REGION_FILE),
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    output_format: FormatOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, None)
    before = session.now() - timedelta(days=_days(older_than))
    folder, keep_days = folder_of(session, region) if payloads else (None, 0)
    files: Forgotten | None = None
    with session.open_store() as store, only_one(store):
        bytes_before = _bytes(store)
        rows = prune(store, before, keep=not dry_run)
        if folder is not None:
            files = forget_payloads(
                store, folder, session.now() - timedelta(days=keep_days), keep=not dry_run
            )
            rows.append(Pruned("payload", files.rows, files.rows_left))
        if not dry_run:
            compact(store)
        bytes_after = _bytes(store)
        database = store.shown_url
    meta = {
        **describe_call(session, "db prune"),
        "database": database,
        "before": before.isoformat(timespec="seconds"),
        "dry_run": dry_run,
        "bytes_before": bytes_before,
        "bytes": bytes_after,
        "payloads": _of_files(folder, keep_days, files),
    }
    text = session.text

    def blocks(shown: Sequence[Pruned]) -> list[Block]:
        said = text(
            "upkeep.would_prune" if dry_run else "upkeep.pruned",
            day=text.moment(before.isoformat()),
            before=text.number(round(bytes_before / 1_000_000, 1)),
            after=text.number(round(bytes_after / 1_000_000, 1)),
        )
        return [grid(_COLUMNS, shown, text), Line(said), *_file_lines(files, keep_days, dry_run, text)]

    output.write(Result(field_names(Pruned), rows, blocks, meta), text)


def _of_files(folder: Path | None, keep_days: int, files: Forgotten | None) -> dict[str, object]:
    """Return what became of the kept files; nothing if they were not asked for."""
    if folder is None or files is None:
        return {}
    return {
        "folder": str(folder),
        "keep_days": keep_days,
        "files_removed": files.files,
        "files_kept": files.files_left,
        "bytes_removed": files.freed,
    }


def _file_lines(files: Forgotten | None, keep_days: int, dry_run: bool, text: Texts) -> list[Block]:
    if files is None:
        return []
    said = text(
        "payloads.would_forget" if dry_run else "payloads.forgot",
        days=keep_days,
        files=text.number(files.files),
        left=text.number(files.files_left),
        megabytes=text.number(round(files.freed / 1_000_000, 1)),
    )
    return [Line(said)]


def _days(written: str) -> int:
    given = written.strip()
    if not given.isascii() or not given.isdigit() or len(given) > _MOST_DIGITS:
        raise UsageProblem("number", option="--older-than", given=written)
    return int(given)


def _bytes(store: Store) -> int:
    with store.read() as connection:
        return sizes(connection).total


_COLUMNS: tuple[Column[Pruned], ...] = (
    Column("table", section="pruned_table"),
    Column("removed", right=True),
    Column("kept", right=True),
)
