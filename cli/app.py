"""The command line put together: global options, and one module for each group of commands."""

from __future__ import annotations

import importlib
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cli.calling import PROGRAM
from cli.help import CommandInfo, Group, describe
from cli.logs import LOG_FILE, LOG_FORMAT
from cli.session import session_of
from cli.texts import Texts

__all__ = ["GROUPS", "build", "describe_app"]

#: Modules with a function ``add_to``, in the order of the help.
GROUPS = (
    "cli.demo.command",
    "cli.starting",
    "cli.database",
    "cli.reference",
    "cli.syncing",
    "cli.nightly",
    "cli.schedule",
    "cli.gaps",
    "cli.coverage",
    "cli.cells",
    "cli.export",
    "cli.report",
    "cli.solutions",
    "cli.quickwins",
    "cli.explain",
    "cli.entry",
    "cli.conflicts",
    "cli.signals",
    "cli.crosscheck",
    "cli.changes",
    "cli.trend",
    "cli.publish",
    "cli.runs",
    "cli.sources",
    "cli.payloads",
    "cli.lint",
    "cli.match",
    "cli.review",
    "cli.annotations",
    "cli.links",
    "cli.notify",
    "cli.health",
    "cli.serve.command",
)


def _root(
    context: typer.Context,
    db: Annotated[str, typer.Option("--db", envvar="LUECKENLOS_DB")] = "",
    lang: Annotated[str, typer.Option("--lang", envvar="LUECKENLOS_LANG")] = "",  # noqa: ARG001 - cli.main reads it
    verbose: Annotated[bool, typer.Option("--verbose")] = False,
    log_format: Annotated[str, typer.Option("--log-format", envvar=LOG_FORMAT)] = "",  # noqa: ARG001 - as does
    log_file: Annotated[str, typer.Option("--log-file", envvar=LOG_FILE)] = "",  # noqa: ARG001 - cli.main
    show_version: Annotated[bool, typer.Option("--version")] = False,  # noqa: ARG001 - as does this
) -> None:
    session = session_of(context)
    session.use(db.strip())
    session.verbose = session.verbose or verbose


def build() -> TyperGroup:
    """Return the whole command line."""
    app = typer.Typer(
        name=PROGRAM,
        cls=Group,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback(cls=Group)(_root)
    for name in GROUPS:
        module: Any = importlib.import_module(name)
        module.add_to(app)
    command = typer.main.get_command(app)
    if not isinstance(command, TyperGroup):  # pragma: no cover - an app with commands is a group
        raise TypeError(type(command).__name__)
    return command


def describe_app(language: str) -> CommandInfo:
    """Return everything about all commands in the words of one language."""
    return describe(build(), (), Texts(language))
