"""Ask the whole country's cells what reports ask, against a bare table of offerings with covering indexes.

    python benchmarks/questions.py [--rounds 3]

Both sides hold all 10,952 Gemeinden × 557 services with the same gaps (about 71 per cent). The baseline is a
table of 3,000,000 offerings with title and link, and covering indexes (municipality, service) and
(service, municipality); the product answers from its cells. Prints JSON: the median seconds of both and their
ratio, question by question; the promise is at most 2.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import time
from pathlib import Path

from sqlalchemy import text
from sync_xzufi import WORK, fresh_store

DATABASE = WORK / "country.sqlite"
LAND = "16"
#: A number from 0 to 99 for each pair, spread evenly.
DRAW = "((a.id * 7919 + CAST(o.ozg_id AS INTEGER) * 104729) % 9973) % 100"

CELLS = f"""
INSERT INTO cell (area_id, ozg_id, status, reason, satisfied_level, operator, online_url, competent,
 competent_tier, competence_rule, confidence, voluntary, gap, own, stale, leaves_online, leaves, sources,
 evidence_ref, since, run_id)
SELECT a.id, o.ozg_id,
 CASE WHEN {DRAW} < 29 THEN 'online' WHEN {DRAW} < 40 THEN 'described' ELSE 'missing' END,
 '', 'gemeinde', 'own', 'https://stadt.example/dienst/' || o.ozg_id, 'yes', 'gemeinde', 'einschaetzung',
 'hoch', 0, {DRAW} >= 29, 1, 0, 1, 3, 'land', 'L1:' || a.id || o.ozg_id, '2026-01-01T00:00:00+00:00', 1
FROM area a CROSS JOIN ozg_service o WHERE a.level = 'gemeinde' ORDER BY a.id, o.ozg_id
"""
#: Every pair that is online, those with a draw below 20 twice: about three million rows.
BARE = f"""
CREATE TABLE bare
 (id INTEGER PRIMARY KEY, area_id INTEGER NOT NULL, ozg_id TEXT NOT NULL, title TEXT, url TEXT);
INSERT INTO bare (area_id, ozg_id, title, url)
 SELECT a.id, o.ozg_id, o.title, 'https://stadt.example/dienst/' || o.ozg_id || '/' || twice.n
 FROM area a CROSS JOIN ozg_service o CROSS JOIN (SELECT 1 AS n UNION ALL SELECT 2) AS twice
 WHERE a.level = 'gemeinde' AND {DRAW} < CASE twice.n WHEN 1 THEN 29 ELSE 20 END;
CREATE INDEX bare_area ON bare (area_id, ozg_id);
CREATE INDEX bare_service ON bare (ozg_id, area_id);
ANALYZE;
"""
IN_LAND = f"SELECT id FROM area WHERE level = 'gemeinde' AND ars >= '{LAND}' AND ars < '{int(LAND) + 1}'"
SHOWN = "SELECT area_id, count(DISTINCT ozg_id) AS n FROM bare GROUP BY area_id"
GAPS = "SELECT area_id, count(*) AS n FROM cell WHERE gap = 1 GROUP BY area_id"
#: Each question, the baseline's statement and ours.
QUESTIONS = (
    ("gaps per municipality", f"SELECT area_id, 557 - n FROM ({SHOWN})", GAPS),
    (
        "municipalities per service",
        "SELECT ozg_id, count(DISTINCT area_id) FROM bare GROUP BY ozg_id",
        "SELECT ozg_id, count(*) FROM cell WHERE status = 'online' GROUP BY ozg_id",
    ),
    (
        "gap list of one Land",
        f"""SELECT a.id, o.ozg_id FROM ({IN_LAND}) a CROSS JOIN ozg_service o WHERE NOT EXISTS
            (SELECT 1 FROM bare b WHERE b.area_id = a.id AND b.ozg_id = o.ozg_id)""",
        f"SELECT area_id, ozg_id FROM cell WHERE area_id IN ({IN_LAND}) AND gap = 1",
    ),
    (
        "number of gaps",
        """SELECT count(*) FROM area a CROSS JOIN ozg_service o WHERE a.level = 'gemeinde' AND NOT EXISTS
            (SELECT 1 FROM bare b WHERE b.area_id = a.id AND b.ozg_id = o.ozg_id)""",
        "SELECT count(*) FROM cell WHERE gap = 1",
    ),
    (
        "state matrix of one Land",
        f"""SELECT a.id, o.ozg_id, EXISTS
            (SELECT 1 FROM bare b WHERE b.area_id = a.id AND b.ozg_id = o.ozg_id)
            FROM ({IN_LAND}) a CROSS JOIN ozg_service o""",
        f"SELECT area_id, ozg_id, status FROM cell WHERE area_id IN ({IN_LAND})",
    ),
    (
        "gaps per Land",
        f"SELECT substr(a.ars, 1, 2), sum(557 - n) FROM ({SHOWN}) JOIN area a ON a.id = area_id GROUP BY 1",
        f"SELECT substr(a.ars, 1, 2), sum(n) FROM ({GAPS}) JOIN area a ON a.id = area_id GROUP BY 1",
    ),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if not DATABASE.exists():
        prepare(DATABASE)
    connection = sqlite3.connect(DATABASE)
    connection.execute("PRAGMA cache_size=-65536")
    answers = {}
    for name, bare, ours in QUESTIONS:
        times: dict[str, list[float]] = {"baseline": [], "cells": []}
        rows = {}
        for _ in range(given.rounds + 1):
            for side, query in (("baseline", bare), ("cells", ours)):
                begin = time.perf_counter()
                rows[side] = len(connection.execute(query).fetchall())
                times[side].append(time.perf_counter() - begin)
        bare_time, our_time = (statistics.median(times[side][1:]) for side in ("baseline", "cells"))
        ratio = round(our_time / bare_time, 2)
        answers[name] = {
            "rows": rows,
            "baseline": round(bare_time, 3),
            "cells": round(our_time, 3),
            "ratio": ratio,
        }
    print(json.dumps(answers, indent=1))


def prepare(path: Path) -> None:
    """Fill a database with the whole country's cells and the baseline's offerings."""
    unfinished = path.with_suffix(".part")
    store = fresh_store(unfinished)
    with store.write() as connection:
        connection.execute(
            text(
                "INSERT INTO run (id, started_at, state, region, version, host, pid)"
                " VALUES (1, '', 'ok', '', '', '', 0)"
            )
        )
        connection.execute(text(CELLS))
        connection.execute(text("ANALYZE"))
    store.close()
    bare = sqlite3.connect(unfinished)
    bare.executescript(BARE)
    bare.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    bare.close()
    unfinished.rename(path)


if __name__ == "__main__":
    main()
