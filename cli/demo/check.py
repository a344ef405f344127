"""Compares the product's cells with the truth that lies beside the demo's deliveries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from catalogue.reports.cells import cells
from catalogue.reports.crosscheck import crosscheck
from catalogue.store import Store

__all__ = ["Check", "Difference", "TruthCell", "check", "invented", "read_truth"]

_WAITING = ("unknown", "match_under_review")
#: What is compared; the link only where the truth names one, the leaves (last) only where they are certain.
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
    may_wait: str = ""


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
    """The result of a comparison, in numbers of areas, services and cells."""

    areas: int
    services: int
    cells: int
    differences: list[Difference]
    waiting: int = 0  # cells that wait for a decision, as the truth allows
    disagreements: int = 0  # of cells with the second opinion, as reported


def read_truth(path: Path) -> list[TruthCell]:
    """Read a truth file."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return [TruthCell(**cell) for cell in document["cells"]]


def check(store: Store, path: Path, names: Mapping[str, str] = MappingProxyType({})) -> Check:
    """Compare every cell with the truth file at ``path``.

    ``names`` are the invented hosts (with scheme) by the address under which this machine serves them.
    """
    truth = {(cell.ars, cell.ozg_id): cell for cell in read_truth(path)}
    with store.read() as connection:
        found = {(row.ars, row.ozg_id): row for row in cells(connection)}
    differences = [
        Difference(*key, "", "", str(key in truth), str(key in found))
        for key in sorted(truth.keys() ^ found.keys())
    ]
    waiting = 0
    for key, cell in truth.items():
        row = found.get(key)
        if row is None:
            continue
        waits = cell.may_wait == "yes" and (row.status, row.reason) == _WAITING
        waiting += waits
        for name in _compared(cell, waits=waits):
            expected, said = getattr(cell, name), getattr(row, name)
            if name == "online_url":
                said = invented(said, names)
            if expected != said:
                differences.append(Difference(*key, cell.title, name, str(expected), str(said)))
    reported, wrong = _crosscheck(store, path)
    return Check(
        areas=len({ars for ars, _ in truth}),
        services=len({ozg_id for _, ozg_id in truth}),
        cells=len(truth.keys() | found.keys()),
        differences=[*differences, *wrong],
        waiting=waiting,
        disagreements=reported,
    )


def _crosscheck(store: Store, path: Path) -> tuple[int, list[Difference]]:
    """Compare the reported disagreements with those of the truth; return their number and what differs."""
    document = json.loads(path.read_text(encoding="utf-8"))
    expected = {(each["ars"], each["ozg_id"]): each["kinds"] for each in document["disagreements"]}
    with store.read() as connection:
        rows = crosscheck(connection, datetime.now(UTC)).rows
    said = {(row.ars, row.ozg_id): row.kind for row in rows}
    titles = {(row.ars, row.ozg_id): row.title for row in rows}
    differing = [
        key
        for key in sorted(expected.keys() | said.keys())
        if said.get(key, "") not in expected.get(key, [""])
    ]
    return len(rows), [
        Difference(
            ars,
            ozg_id,
            titles.get((ars, ozg_id), ""),
            "crosscheck",
            " / ".join(expected.get((ars, ozg_id), [])),
            said.get((ars, ozg_id), ""),
        )
        for ars, ozg_id in differing
    ]


def invented(url: str, names: Mapping[str, str]) -> str:
    """Return an address of a server of the demo with the host that it stands for."""
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    return names[base] + url[len(base) :] if base in names else url


def _compared(cell: TruthCell, *, waits: bool) -> tuple[str, ...]:
    """Return the fields that must agree."""
    if waits:
        return ("competent",)
    fields = _COMPARED[:-1] if cell.may_wait else _COMPARED
    return (*fields, "online_url") if cell.online_url else fields
