"""Writes the manual of the command line (docs/befehle.md) from the commands themselves.

``python -m cli.reference_docs docs/befehle.md``; a test fails while the manual is not up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cli.app import describe_app
from cli.calling import PROGRAM
from cli.help import CommandInfo, ParameterInfo, describe_all
from cli.texts import Texts

__all__ = ["manual", "write"]

TEMPLATE = Path(__file__).parent / "templates" / "befehle.md"
MARK = "<!-- commands -->"
LANGUAGE = "de"


def manual() -> str:
    """Return the whole manual."""
    text = Texts(LANGUAGE)
    commands = [one for one in describe_all(describe_app(LANGUAGE)) if not one.commands or not one.path]
    sections = "\n".join(_section(one, text) for one in commands)
    return TEMPLATE.read_text(encoding="utf-8").replace(MARK, sections).rstrip() + "\n"


def _section(command: CommandInfo, text: Texts) -> str:
    name = " ".join((PROGRAM, *command.path))
    lines = [
        f"## `{name}`",
        "",
        f"```\n{command.usage} {text('help.options_word')}\n```",
        "",
        command.help.strip(),
        "",
    ]
    if command.parameters:
        lines += [f"| {text('help.name')} | {text('help.meaning')} |", "|---|---|"]
        lines += [_row(one, text) for one in command.parameters]
        lines.append("")
    return "\n".join(lines)


def _row(parameter: ParameterInfo, text: Texts) -> str:
    meaning = parameter.explained(text).replace("|", "\\|")
    return f"| `{parameter.signature}` | {meaning} |"


def write(path: Path) -> None:
    """Write the manual to a file."""
    path.write_text(manual(), encoding="utf-8")


if __name__ == "__main__":  # pragma: no cover - one line that write() is tested for
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/befehle.md"))
