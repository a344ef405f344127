"""Writes down what the dashboard said: each row once, however often it was shown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from catalogue.records import Issue, Severity
from connectors.dashboard_lines import AskedLine, EndLine, IssueLine, Line, RowLine
from connectors.dashboard_rows import read_row, ref_of
from connectors.pvog_places import steps_of

__all__ = ["Notebook", "Surroundings"]


class Surroundings:
    """Areas, and what lies above and below them; no areas at all mean everywhere."""

    def __init__(self, areas: Iterable[str]) -> None:
        self._areas = frozenset(areas)
        self._near = frozenset(step for area in self._areas for step in steps_of(area))

    def __contains__(self, area: str) -> bool:
        return not self._areas or area in self._near or not self._areas.isdisjoint(steps_of(area))


@dataclass
class Notebook:
    """Takes rows and writes each as a line; ``whole`` is true as long as nothing is missing."""

    write: Callable[[bytes], None]
    whole: bool = True
    #: How many different rows each area has of its own.
    own: dict[str, int] = field(default_factory=dict)
    #: Hashes of refs and of rows: a list for a country has some hundred thousand.
    _known: dict[int, int] = field(default_factory=dict)
    _rows: int = 0
    _asked: dict[str, None] = field(default_factory=dict)

    def take(self, rows: Iterable[object], place: str, near: Surroundings, first: int = 1) -> bool:
        """Write the rows of a page that concern some areas; tell whether all of them could be read.

        ``first`` is the number of the first one.
        """
        readable = True
        for number, fields in enumerate(rows, start=first):
            where = f"{place} #{number}".strip()
            row, issues = read_row(fields, where)
            if row is None:
                readable = False
                self.doubt(*issues)
            elif row.area in near:
                self._write_once(row, where, issues)
        return readable

    def _write_once(self, row: RowLine, where: str, issues: list[Issue]) -> None:
        """Write a row unless it is known: what is offered above is shown for every area below."""
        ref, content = _hash(ref_of(row)), _hash(row.model_dump_json())
        known = self._known.setdefault(ref, content)
        if known != content:
            self.note(Issue(Severity.NOTICE, "dashboard_contradiction", where, f"{row.area} {row.key}"))
        elif len(self._known) > self._rows:
            self._rows += 1
            self.own[row.area] = self.own.get(row.area, 0) + 1
            self.note(*issues)
            self._line(row)

    def note(self, *issues: Issue) -> None:
        """Write issues that leave nothing out."""
        for issue in issues:
            self._line(IssueLine(issue=issue))

    def doubt(self, *issues: Issue) -> None:
        """Write issues because of which something is missing."""
        if issues:
            self.whole = False
            self.note(*issues)

    def asked(self, *areas: str) -> None:
        """Take note that areas were read to their end."""
        self._asked.update(dict.fromkeys(areas))

    def end(self) -> None:
        """Write which areas were read to their end, and how complete all of it is."""
        for area in self._asked:
            self._line(AskedLine(area=area, rows=self.own.get(area, 0)))
        self._line(EndLine(scope="everything" if self.whole else "part"))

    def _line(self, line: Line) -> None:
        self.write(line.model_dump_json().encode() + b"\n")


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
