"""What to try next: commands that work as they stand, each with a cell that tells a story."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from cli.calling import program
from cli.demo.check import TruthCell
from cli.demo.folder import DemoFolder
from cli.texts import Texts

__all__ = ["Hint", "hints", "program"]

#: Stories worth explaining, each by one cell.
_TOLD = (
    "own_online",
    "kreis_online",
    "land_online",
    "title_only",
    "dead_link",
    "state_text",
    "participation",
    "form",
    "silence",
    "kreis_task",
    "review",
    "list_incomplete",
    "source_failed",
    "held",
    "part_read",
    "withdrawn",
)


class Hint(NamedTuple):
    """A command and what it shows."""

    command: str
    meaning: str


def hints(folder: DemoFolder, truth: Sequence[TruthCell], night: int, text: Texts) -> Iterator[Hint]:
    """Yield what to try next after the last night."""
    today = datetime.now(UTC).astimezone().date()
    call = program()
    asking = f"{call} --db {shlex.quote(folder.url)}"
    for told in _told(truth):
        meaning = text(f"demo.explain_{told.story}", area=told.area, title=told.title)
        yield Hint(f"{asking} explain {told.ars} {told.ozg_id}", meaning)
    yield Hint(f"{asking} gaps --area Marl", text("demo.try_gaps"))
    yield Hint(f"{asking} crosscheck --area Marl", text("demo.try_crosscheck"))
    yield Hint(f"{asking} coverage --format json", text("demo.try_coverage"))
    again = f"{call} demo --out {shlex.quote(str(folder.path))}"
    if night == 1:
        yield Hint(f"{again} --nights 2", text("demo.try_second_night"))
    else:
        yield Hint(f"{asking} changes --since {today}", text("demo.try_changes"))
    if night < 3:
        yield Hint(f"{again} --nights 3", text("demo.try_nights"))


def _told(truth: Sequence[TruthCell]) -> Iterator[TruthCell]:
    """Yield one cell for each story, where possible each time of another city.

    Services that somebody in the region offers online come first: they say most about the others.
    """
    shown: Counter[str] = Counter()
    offered = {cell.ozg_id for cell in truth if cell.leaves_online}

    def rank(cell: TruthCell) -> tuple[bool, bool, int, bool]:
        return cell.level != "gemeinde", cell.ozg_id not in offered, shown[cell.ars], _is_odd(cell)

    for story in _TOLD:
        telling = [cell for cell in truth if cell.story == story]
        if telling:
            told = min(telling, key=rank)
            shown[told.ars] += 1
            yield told


def _is_odd(cell: TruthCell) -> bool:
    """Tell whether the area is not competent although the story is not about that."""
    return cell.competent != "yes" and cell.status != "not_competent"
