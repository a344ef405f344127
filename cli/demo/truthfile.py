"""Writes the truth of a night: what every cell must say, what is really offered, and who tells it how."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from cli.demo.chance import SEED
from cli.demo.facts import Facts
from cli.demo.history import Night
from cli.demo.objects import Shown
from cli.demo.rules import Truth

__all__ = ["COLUMNS", "INVENTED", "truth_path", "write_truth"]

#: What every file of the demo says about itself.
INVENTED = (
    "Alle Angebote dieser Demo sind erfunden. Echt sind nur Gebiete, Leistungskatalog und Zuständigkeiten."
)
COLUMNS = ("ars", "area", "level", "ozg_id", "title", *Truth._fields)


def truth_path(folder: Path, night: int, suffix: str = "json") -> Path:
    """Return where the truth of a night lies."""
    return folder / f"wahrheit-{night}.{suffix}"


def write_truth(facts: Facts, folder: Path, night: Night) -> None:
    """Write the truth of a night: all of it as JSON, the cells as CSV as well."""
    rows = [_row(facts, key, cell) for key, cell in night.truth.items()]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    truth_path(folder, night.number, "csv").write_bytes(text.getvalue().encode())
    parts = {
        "cells": (dict(zip(COLUMNS, row, strict=True)) for row in rows),
        "disagreements": _disagreements(night),
        "offers": _offers(facts, night),
        "told": _told(night),
    }
    head = {"note": INVENTED, "seed": SEED, "night": night.number}
    document = json.dumps(head, ensure_ascii=False)[:-1]
    for name, entries in parts.items():
        document += f',\n"{name}": [\n{_lines(entries)}\n]'
    truth_path(folder, night.number).write_bytes(f"{document}}}\n".encode())


def _lines(entries: Iterable[object]) -> str:
    return ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)


def _row(facts: Facts, key: tuple[str, str], cell: Truth) -> tuple[str | int, ...]:
    place = facts.places[key[0]]
    service = facts.services[key[1]]
    return (place.ars, place.name, place.level, service.ozg_id, service.title, *cell)


def _disagreements(night: Night) -> Iterator[object]:
    """Yield how cells disagree with the dashboard; several kinds where either is right."""
    for (ars, ozg_id), kinds in night.disagreements.items():
        yield {"ars": ars, "ozg_id": ozg_id, "kinds": kinds}


def _offers(facts: Facts, night: Night) -> Iterator[object]:
    """Yield what bodies really offer, as far as websites and services may retell it."""
    for ars, reals in night.offers.items():
        for real in reals:
            title = facts.services[real.ozg_id].title
            yield {"ars": ars, "ozg_id": real.ozg_id, "title": title, "how": real.how, "url": real.url}


def _told(night: Night) -> Iterator[object]:
    """Yield how each website, portal and service tells each offer, and which of them it omits."""
    for source, content in night.contents.items():
        shown = content.of(Shown)
        told = {(each.step[1], ozg_id) for each in shown for ozg_id in each.means}
        for each in shown:
            for ozg_id in each.means:
                row = {"source": source, "ars": each.step[1], "ozg_id": ozg_id, "told": each.told}
                yield row | {"title": each.title, "status": each.status, "url": each.url}
        for ars in dict.fromkeys(each.step[1] for each in shown):
            for real in night.offers.get(ars, ()):
                if (ars, real.ozg_id) not in told:
                    yield {"source": source, "ars": ars, "ozg_id": real.ozg_id, "told": "omitted"}
