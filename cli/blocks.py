"""What people see: headings, lines, tables and lists of facts, on a terminal or as plain text.

On a terminal rich lays the tables out for its width. Elsewhere columns are aligned with blanks and nothing
is cut off.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

from rich.console import Console, JustifyMethod
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.texts import printable

__all__ = ["Block", "Facts", "Grid", "Heading", "Line", "fitting_widths", "print_blocks"]

GAP = "  "
#: How a table is made to fit, the nicest way first: blanks between columns, and how long a word must be
#: before it may be broken.
_WAYS = ((2, 24), (2, 14), (1, 12), (1, 10))


@dataclass(frozen=True)
class Heading:
    """A line that begins a section."""

    text: str


@dataclass(frozen=True)
class Line:
    """A line of text."""

    text: str


@dataclass(frozen=True)
class Grid:
    """A table: headers and rows of the same length; ``right`` names columns of figures by number."""

    headers: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    right: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Facts:
    """Names with values, one below the other."""

    pairs: Sequence[tuple[str, str]]


Block: TypeAlias = Heading | Line | Grid | Facts


def print_blocks(blocks: Sequence[Block], stream: BinaryIO, *, on_terminal: bool) -> None:
    """Write blocks to a stream, for a terminal or as plain text."""
    if on_terminal:
        _print_rich(blocks, stream)
        return
    text = "".join(f"{line.rstrip()}\n" for block in blocks for line in _plain_lines(block))
    stream.write(text.encode(errors="replace"))


def _print_rich(blocks: Sequence[Block], stream: BinaryIO) -> None:
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, highlight=False)
    for block in blocks:
        _print_block(console, block)
    stream.write(text.getvalue().encode(errors="replace"))


def _print_block(console: Console, block: Block) -> None:
    if isinstance(block, Heading):
        console.print(Text(f"\n{printable(block.text)}", style="bold"))
    elif isinstance(block, Line):
        console.print(Text(printable(block.text)))
    elif isinstance(block, Facts):
        table = Table.grid(padding=(0, 2))
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in block.pairs:
            table.add_row(Text(printable(name)), Text(printable(value)))
        console.print(Padding(table, (0, 0, 0, 2)))
    elif block.rows:
        _print_grid(console, block)


def _print_grid(console: Console, grid: Grid) -> None:
    """Print a table so that it fits; where not even its words do, each row as a list of facts."""
    rows = [[printable(cell) for cell in row] for row in (grid.headers, *grid.rows)]
    for gap, longest in _WAYS:
        widths = fitting_widths(rows, console.width - gap * (len(grid.headers) - 1), longest)
        if widths is not None:
            _print_table(console, rows, widths, gap, grid.right)
            return
    for row in rows[1:]:
        _print_block(console, Facts(list(zip(rows[0], row, strict=True))))
        console.print()


def _print_table(
    console: Console, rows: Sequence[Sequence[str]], widths: Sequence[int], gap: int, right: frozenset[int]
) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for number, (header, width) in enumerate(zip(rows[0], widths, strict=True)):
        justify: JustifyMethod = "right" if number in right else "left"
        table.add_column(Text(header), justify=justify, overflow="fold", width=width)
    for row in rows[1:]:
        table.add_row(*map(Text, row))
    console.print(table)


def fitting_widths(rows: Sequence[Sequence[str]], available: int, longest: int) -> list[int] | None:
    """Return a width for each column of a table that has so many places; None if that is too narrow.

    Columns get what they need, or their longest word (up to ``longest``) and a part of the rest, which
    always goes to the column that would have the most lines.
    """
    columns = [[row[number] for row in rows] for number in range(len(rows[0]))]
    natural = [max(map(_width, column)) for column in columns]
    if sum(natural) <= available:
        return natural
    widths = [
        min(longest, max((_width(word) for cell in column for word in cell.split()), default=1))
        for column in columns
    ]
    if sum(widths) > available:
        return None
    for _ in range(available - sum(widths)):
        tallest = max(range(len(widths)), key=lambda number: natural[number] / widths[number])
        widths[tallest] += 1
    return widths


def _plain_lines(block: Block) -> list[str]:
    if isinstance(block, Heading):
        return ["", printable(block.text)]
    if isinstance(block, Line):
        return [printable(block.text)]
    if isinstance(block, Facts):
        width = max((_width(name) for name, _ in block.pairs), default=0)
        return [
            f"{GAP}{_padded(printable(name), width)}{GAP}{printable(value)}" for name, value in block.pairs
        ]
    return _plain_grid(block) if block.rows else []


def _plain_grid(grid: Grid) -> list[str]:
    rows = [[printable(cell) for cell in row] for row in (grid.headers, *grid.rows)]
    widths = [max(_width(row[column]) for row in rows) for column in range(len(grid.headers))]
    return [
        GAP.join(
            _padded(cell, width, right=column in grid.right)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _width(written: str) -> int:
    """Return how many places a text takes; letters of East Asian scripts take two, accents none."""
    if written.isascii():
        return len(written)
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in written
    )


def _padded(written: str, width: int, *, right: bool = False) -> str:
    blanks = " " * (width - _width(written))
    return blanks + written if right else written + blanks
