"""What writing workbooks costs, compared with bare XlsxWriter writing the same values.

    python benchmarks/workbook.py [--database FILE] [--areas 40]

The database is the one that sync_xzufi.py left behind: 396 municipalities × 557 services. Measured are, each
in a process of its own,

* some: a workbook about the first ``--areas`` municipalities, and how much of that is reading the catalogue;
* baseline: XlsxWriter in its mode of constant memory, writing the values of that workbook cell by cell,
  without styles, links, lists of choices, colours and layout;
* whole: a workbook about the whole region, with the peak of memory beside that of ``some``;
* city: the workbook of one municipality.

Prints JSON. Ratios are of processor seconds, as machines are shared.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import select  # noqa: E402

from catalogue.reports.filters import Filters  # noqa: E402
from catalogue.reports.workbook.material import Question, read_common, read_parts  # noqa: E402
from catalogue.reports.workbook.writing import write_workbook  # noqa: E402
from catalogue.signals_rules import packaged_rules  # noqa: E402
from catalogue.store import open_store  # noqa: E402
from catalogue.tables import area, region_area  # noqa: E402
from catalogue.texts import Texts  # noqa: E402

DATABASE = Path(__file__).parent / "work" / "sync.sqlite"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--database", type=Path, default=DATABASE)
    parser.add_argument("--areas", type=int, default=40)
    given = parser.parse_args()
    if not given.database.exists():
        raise SystemExit("run sync_xzufi.py first: its database is measured")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "some.xlsx"
        some = alone(write, given.database, given.areas, file)
        reading = alone(read, given.database, given.areas)
        baseline = alone(bare, file, Path(folder) / "bare.xlsx")
        city = alone(write, given.database, 1, Path(folder) / "city.xlsx")
        whole = alone(write, given.database, 0, Path(folder) / "whole.xlsx")
    writing = some["processor_seconds"] - reading["processor_seconds"]
    result = {
        "some": some,
        "some_reading": reading,
        "baseline": baseline,
        "writing_to_baseline": round(writing / baseline["processor_seconds"], 2),
        "city": city,
        "whole": whole,
        "peak_whole_to_some": round(whole["peak_mb"] / some["peak_mb"], 2),
    }
    print(json.dumps(result, indent=1))


def alone(function: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    """Call a function in a process of its own, so that its memory is its own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_measured, (function, *arguments))


def _measured(function: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    wall, processor = time.perf_counter(), time.process_time()
    found = function(*arguments)
    return {
        **found,
        "processor_seconds": round(found.get("processor_seconds", time.process_time() - processor), 2),
        "seconds": round(time.perf_counter() - wall, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _question(connection: Any, areas: int) -> Question:
    query = select(area.c.ars).join(region_area, region_area.c.area_id == area.c.id)
    keys = connection.scalars(query.order_by(region_area.c.position).limit(areas or None)).all()
    asked = Question(now=datetime.now(UTC), version="0", signal_rules=packaged_rules())
    return replace(asked, filters=Filters(areas=tuple(keys), level="gemeinde")) if areas else asked


def write(database: Path, areas: int, file: Path) -> dict[str, Any]:
    """Write a workbook."""
    store = open_store(f"sqlite:///{database}")
    with store.read() as connection, file.open("wb") as stream:
        write_workbook(connection, _question(connection, areas), Texts("de"), stream)
    store.close()
    return {"megabytes": round(file.stat().st_size / 1e6, 1)}


def read(database: Path, areas: int) -> dict[str, Any]:
    """Read what a workbook is made of."""
    store = open_store(f"sqlite:///{database}")
    with store.read() as connection:
        asked = _question(connection, areas)
        common = read_common(connection, asked)
        cells = sum(len(part.cells) for part in read_parts(connection, asked, common.chosen))
    store.close()
    return {"cells": cells}


def bare(file: Path, target: Path) -> dict[str, Any]:
    """Write the values of a workbook again; reading them is not measured."""
    import xlsxwriter  # type: ignore[import-untyped]  # has no types
    from openpyxl import load_workbook

    book = load_workbook(file, read_only=True)
    values = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}
    before = time.process_time()
    again = xlsxwriter.Workbook(str(target), {"constant_memory": True, "strings_to_urls": False})
    day = again.add_format({"num_format": "dd.mm.yyyy"})
    for title, rows in values.items():
        sheet = again.add_worksheet(title)
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, place, value)
                elif isinstance(value, datetime):
                    sheet.write_datetime(number, place, value, day)
                elif value is not None:
                    sheet.write_number(number, place, value)
    again.close()
    used = time.process_time() - before
    return {"processor_seconds": used, "rows": sum(map(len, values.values()))}


if __name__ == "__main__":
    main()
