"""Help in the reader's language: what a command is and takes, for the terminal and for the manual.

Commands say what they are in code; every word about them stands in the message catalogue, under
``command.<path>`` and ``option.<path>_<name>`` or, for what many commands share, ``option.<name>``.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from cli import exits
from cli.calling import PROGRAM
from cli.problems import UsageProblem
from cli.session import session_of
from cli.texts import Texts

__all__ = [
    "PROGRAM",
    "Command",
    "CommandInfo",
    "Group",
    "ParameterInfo",
    "describe",
    "describe_all",
    "metavar_of",
]

WIDEST = 100
INDENT = "  "


@dataclass(frozen=True)
class ParameterInfo:
    """One option or argument of a command."""

    name: str
    flags: tuple[str, ...]  # empty for an argument
    metavar: str  # empty for a switch
    help: str
    environment: str
    required: bool
    repeatable: bool

    @property
    def signature(self) -> str:
        """Return how it is written, e.g. ``--area GEBIET``."""
        return " ".join(part for part in (", ".join(self.flags), self.metavar) if part)

    def explained(self, text: Texts) -> str:
        """Return the help with what else there is to know."""
        notes = []
        if self.repeatable:
            notes.append(text("help.repeatable"))
        if self.required and self.flags:
            notes.append(text("help.required"))
        if self.environment:
            notes.append(text("help.environment", name=self.environment))
        return f"{self.help} [{'; '.join(notes)}]" if notes else self.help


@dataclass(frozen=True)
class CommandInfo:
    """One command or group of commands."""

    path: tuple[str, ...]  # without the program's name
    help: str
    parameters: tuple[ParameterInfo, ...]
    commands: tuple[CommandInfo, ...]

    @property
    def summary(self) -> str:
        """Return the first paragraph of the help."""
        return self.help.partition("\n\n")[0]

    @property
    def usage(self) -> str:
        """Return how the command is called, without its options."""
        arguments = [
            one.metavar if one.required else f"[{one.metavar}]" for one in self.parameters if not one.flags
        ]
        return " ".join([PROGRAM, *self.path, *arguments])


def describe(command: TyperCommand | TyperGroup, path: tuple[str, ...], text: Texts) -> CommandInfo:
    """Return what a command is and takes, in words of one language."""
    key = "_".join(path) or "root"
    subcommands: Mapping[str, Any] = getattr(command, "commands", {})
    return CommandInfo(
        path=path,
        help=text(f"command.{key.replace('-', '_')}"),
        parameters=tuple(_parameter(one, key, text) for one in command.params),
        commands=tuple(describe(one, (*path, name), text) for name, one in subcommands.items()),
    )


def describe_all(info: CommandInfo) -> list[CommandInfo]:
    """Return a command and all below it, in the order of the help."""
    return [info, *(one for below in info.commands for one in describe_all(below))]


def _parameter(parameter: Any, command: str, text: Texts) -> ParameterInfo:
    is_option = parameter.param_type_name == "option"
    name = str(parameter.opts[0].lstrip("-").replace("-", "_") if is_option else parameter.name)
    switch = is_option and parameter.is_flag
    metavar = "" if switch else metavar_of(name, command, text)
    return ParameterInfo(
        name=name,
        flags=(*parameter.opts, *parameter.secondary_opts) if is_option else (),
        metavar=metavar,
        help=text.find(f"option.{command}_{name}", f"option.{name}") or text(f"option.{command}_{name}"),
        environment=parameter.envvar if isinstance(parameter.envvar, str) else "",
        required=bool(parameter.required),
        repeatable=bool(is_option and parameter.multiple),
    )


def metavar_of(name: str, command: str, text: Texts) -> str:
    """Return what stands for a value in the help of a command, whose names are joined by ``_``."""
    return text.find(f"metavar.{command}_{name}", f"metavar.{name}") or name.upper()


def render(info: CommandInfo, text: Texts, width: int) -> str:
    """Return the help page of a command."""
    rest = [text("help.options_word") if info.path or info.parameters else ""]
    if info.commands:
        rest.append(text("help.command_word"))
    lines = [f"{text('help.usage')} {info.usage} {' '.join(part for part in rest if part)}".rstrip(), ""]
    for paragraph in info.help.split("\n\n"):
        lines += [*textwrap.wrap(paragraph, width, initial_indent=INDENT, subsequent_indent=INDENT), ""]
    arguments = [(one.metavar, one.explained(text)) for one in info.parameters if not one.flags]
    options = [(one.signature, one.explained(text)) for one in info.parameters if one.flags]
    options.append(("--help", text("option.help")))
    commands = [(one.path[-1], one.summary) for one in info.commands]
    for title, entries in (("arguments", arguments), ("commands", commands), ("options", options)):
        if entries:
            lines += [text(f"help.{title}"), *_definitions(entries, width), ""]
    return "\n".join(lines)


def _definitions(entries: list[tuple[str, str]], width: int) -> list[str]:
    column = min(max(len(term) for term, _ in entries) + 4, 30)
    lines = []
    for term, meaning in entries:
        begin = f"{INDENT}{term}"
        if len(begin) > column - 2:
            lines.append(begin)
            begin = ""
        lines += textwrap.wrap(
            meaning, width, initial_indent=begin.ljust(column), subsequent_indent=" " * column
        )
    return lines


def _path_of(context: typer.Context) -> tuple[str, ...]:
    names: list[str] = []
    step: Any = context
    while step.parent is not None:
        names.insert(0, str(step.info_name))
        step = step.parent
    return tuple(names)


def _help_of(command: TyperCommand | TyperGroup, context: typer.Context) -> str:
    text = session_of(context).text
    width = min(shutil.get_terminal_size((80, 24)).columns, WIDEST)
    return render(describe(command, _path_of(context), text), text, width)


class Command(TyperCommand):
    """A command with help in the reader's language."""

    allow_extra_args = True  # so that they are refused in that language, too

    def get_help(self, ctx: Any) -> str:
        """Return the help page."""
        return _help_of(self, ctx)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; arguments it does not know are refused."""
        if ctx.args:
            raise UsageProblem("extra", given=" ".join(ctx.args), command=ctx.command_path)
        return super().invoke(ctx)


class Group(TyperGroup):
    """A group of commands with help in the reader's language."""

    def get_help(self, ctx: Any) -> str:
        """Return the help page."""
        return _help_of(self, ctx)

    def resolve_command(
        self,
        ctx: Any,  # noqa: ARG002 - the base's signature
        args: list[str],
    ) -> tuple[str | None, Any, list[str]]:
        """Find the command that is meant."""
        if args[0] not in self.commands:
            raise UsageProblem("command", given=args[0], known=", ".join(self.commands))
        return args[0], self.commands[args[0]], args[1:]

    def invoke(self, ctx: Any) -> Any:
        """Run the command that is named."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Typer would end the process here by its own code.
            raise typer.Exit(exits.PIPE) from None
