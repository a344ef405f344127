"""The program, made to stay at some moment of a sync: ``python -m tests.cli.ending_child MOMENT ARGUMENTS``.

It says ``ready`` when it has come to that moment: ``applying`` and ``computing`` are a statement of the
database that never ends, ``parsing`` processes that never end; these write their numbers into the folder
``LUECKENLOS_TEST_FOLDER``. ``none`` stays nowhere.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from sqlalchemy import Connection

import sync.judging
import sync.prepare
import sync.run
from catalogue.staging import StageSummary
from cli.main import main
from connectors.contract import Part

__all__ = ["hang"]

#: Statements that never end, by kind of database.
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(1000)",
}


def hang(_kind: str, _settings: str, _part: Part, _stage: Path) -> StageSummary:
    """Parse nothing, for ever, in a process of its own."""
    (Path(os.environ["LUECKENLOS_TEST_FOLDER"]) / str(os.getpid())).touch()
    threading.Event().wait()
    raise AssertionError


def _stay(connection: Connection, *_: object) -> None:
    print("ready", flush=True)
    connection.exec_driver_sql(ENDLESS[connection.dialect.name])


def _main() -> int:
    moment = sys.argv.pop(1)
    if moment == "applying":
        sync.judging.apply_delivery = _stay
    elif moment == "computing":
        sync.run.recompute = _stay  # type: ignore[assignment]
    elif moment == "parsing":
        sync.prepare._executor_for = lambda *_: "processes"
        sync.prepare.stage_part = hang
    return main()


if __name__ == "__main__":
    sys.exit(_main())
