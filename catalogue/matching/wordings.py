"""Wordings: how people and city pages name services, reviewed, one row each with its origin.

``data/wordings.csv`` holds what a wording means: OZG services, LeiKa objects, or none of them. A kind that
begins with ``none_`` is a page that is no service (a unit, a legal text); ``outside`` is a service that the
catalogue lacks; ``umbrella`` covers several services at once; ``mention`` is a place, thing or topic that a
service deals with, while the wording alone does not say that it is offered (a Friedhof, a Wappen).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["MENTION", "NONE", "OUTSIDE", "UMBRELLA", "Wording", "read_wordings"]

NONE, OUTSIDE, UMBRELLA, MENTION = "none_", "outside", "umbrella", "mention"
PATH = Path(__file__).parent / "data" / "wordings.csv"


class Wording(NamedTuple):
    """One wording and what it stands for; several keys are alternatives or, for umbrellas, parts."""

    text: str
    ozg_ids: tuple[str, ...]
    lo_keys: tuple[str, ...]  # eight digits
    kind: str
    origin: str


def read_wordings(path: Path = PATH) -> Iterator[Wording]:
    """Yield the rows of the file."""
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield Wording(
                row["wording"],
                tuple(filter(None, row["ozg_ids"].split("|"))),
                tuple(filter(None, row["lo_keys"].split("|"))),
                row["kind"],
                row["origin"],
            )
