"""Check the labelled links of the test web for thirty nights and print what came of it, kind by kind.

    python benchmarks/links.py [--nights 30]

Nobody but this machine is asked; nights pass by a clock of their own. The result is JSON: how many working
links were called broken (none may be), the share of dead ones found within four nights, and what became of
each kind.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sqlalchemy import insert  # noqa: E402

from catalogue.store import Store, open_store  # noqa: E402
from catalogue.tables import area, reference_release  # noqa: E402
from tests.linkworld.nights import Outcome, simulate  # noqa: E402
from tests.linkworld.world import World, all_sites  # noqa: E402


def main() -> None:
    """Run and print; end with 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--nights", type=int, default=30)
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, World(all_sites()) as world:
        store = _store(Path(folder))
        outcome = simulate(store, world, given.nights)
        store.close()
        requests = sum(world.asked.values())
    result = _result(outcome) | {"requests": requests, "seconds": round(time.monotonic() - began, 1)}
    print(json.dumps(result, indent=1, ensure_ascii=False))
    sys.exit(bool(outcome.wrongly) or outcome.share < 0.95)


def _store(folder: Path) -> Store:
    """Return a database with a single area."""
    store = open_store(f"sqlite:///{folder / 'links.sqlite'}")
    store.upgrade()
    release = {
        "id": 1,
        "table_name": "area",
        "origin": "x",
        "licence": "x",
        "as_of": "",
        "imported_at": "",
        "digest": "",
    }
    place = {
        "id": 1,
        "level": "gemeinde",
        "ars": "055120000000",
        "ags": "05512000",
        "name": "x",
        "type": "Stadt",
    }
    with store.write() as connection:
        connection.execute(insert(reference_release).values(**release, rows=1))
        connection.execute(
            insert(area).values(**place, kreisfrei=True, plz="", municipal_status="", release_id=1)
        )
    return store


def _result(outcome: Outcome) -> dict[str, object]:
    return {
        "links": outcome.links.total(),
        "kinds": len(outcome.links),
        "nights": len(outcome.reports),
        "working": outcome.links.total() - outcome.dead,
        "working_called_broken": sorted(outcome.wrongly),
        "dead": outcome.dead,
        "dead_found_within_four_nights": outcome.soon,
        "share": round(outcome.share, 4),
        "missed": dict(sorted(outcome.missed.items())),
        "by_kind": {
            kind: {"links": outcome.links[kind], "results": dict(results.most_common())}
            for kind, results in sorted(outcome.kinds.items())
        },
    }


if __name__ == "__main__":
    main()
