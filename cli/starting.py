"""``lueckenlos init``: a region file to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.calling import REGION_FILE
from cli.help import Command
from cli.problems import UsageProblem
from cli.session import session_of

__all__ = ["LIST_FILE", "add_to"]

#: The list that the region file reads; empty but for its header, to be filled in.
LIST_FILE = "eigene-angebote.csv"
TEMPLATES = Path(__file__).parent / "templates"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init", cls=Command)(_init)


def _init(
    context: typer.Context,
    region: Annotated[Path, typer.Option("--region", envvar="LUECKENLOS_REGION")] = Path(REGION_FILE),
) -> None:
    session = session_of(context)
    session.use_region(region)
    beside = region.parent / LIST_FILE
    _write_new(region, (TEMPLATES / REGION_FILE).read_text(encoding="utf-8"))
    session.say(session.text("init.written", path=region))
    if not beside.exists():
        _write_new(beside, (TEMPLATES / LIST_FILE).read_text(encoding="utf-8"))
        session.say(session.text("init.written", path=beside))
    session.say(session.text("init.next"))


def _write_new(path: Path, content: str) -> None:
    """Write a file that does not exist yet. Raise UsageProblem if it does, OSError if that fails."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(content)
    except FileExistsError:
        raise UsageProblem("file_exists", path=str(path)) from None
