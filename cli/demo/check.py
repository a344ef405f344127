"""Compares the product's cells with the truth that lies beside the demo's deliveries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from catalogue.reports.cells import cells
from catalogue.store import Store

__all__ = ["Check", "Difference", "TruthCell", "check", "read_truth"]

#: What is compared; the link only where the truth names one.
_COMPARED = ("status", "reason", "satisfied_level", "operator", "competent", "leaves_online")


@dataclass(frozen=True)
class TruthCell:
    """What a cell must say."""

    ars: str
    area: str
    level: str
    ozg_id: str
    title: str
    status: str
    reason: str
    satisfied_level: str
    operator: str
    competent: str
    leaves_online: int
    story: str
    online_url: str


@dataclass(frozen=True)
class Difference:
    """A cell that does not say what it must; ``field`` is empty if it is missing, or one too many."""

    ars: str
    ozg_id: str
    title: str
    field: str
    expected: str
    found: str


@dataclass(frozen=True)
class Check:
    """The result of a comparison."""

    areas: int
    services: int
    cells: int
    differences: list[Difference]


def read_truth(path: Path) -> list[TruthCell]:
    """Read a truth file."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return [TruthCell(**cell) for cell in document["cells"]]


def check(store: Store, path: Path) -> Check:
    """Compare every cell with the truth file at ``path``."""
    truth = {(cell.ars, cell.ozg_id): cell for cell in read_truth(path)}
    with store.read() as connection:
        found = {(row.ars, row.ozg_id): row for row in cells(connection)}
    differences = [
        Difference(*key, "", "", str(key in truth), str(key in found))
        for key in sorted(truth.keys() ^ found.keys())
    ]
    for key, cell in truth.items():
        row = found.get(key)
        if row is None:
            continue
        names = (*_COMPARED, "online_url") if cell.online_url else _COMPARED
        for name in names:
            expected, said = getattr(cell, name), getattr(row, name)
            if expected != said:
                differences.append(Difference(*key, cell.title, name, str(expected), str(said)))
    return Check(
        areas=len({ars for ars, _ in truth}),
        services=len({ozg_id for _, ozg_id in truth}),
        cells=len(truth.keys() | found.keys()),
        differences=differences,
    )
