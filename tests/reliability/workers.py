"""Work for other processes that does not survive it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from catalogue.records import Record
from catalogue.staging import StageSummary, stage_records
from connectors.contract import Part, find_kind
from connectors.fetch import Fetcher, FetchPolicy
from sync.prepare import stage_part

__all__ = ["POISON", "stage_part_or_die_of_it"]

#: The name of the file that nobody reads to its end, in the environment that workers inherit.
POISON = "LUECKENLOS_TEST_POISON"
SURVIVED = 20  # records


def stage_part_or_die_of_it(kind: str, settings_json: str, part: Part, stage: Path) -> StageSummary:
    """Stage a part; of the poisonous one some records are read, then this process is killed."""
    if part.name != os.environ.get(POISON):
        return stage_part(kind, settings_json, part, stage)
    connector_class = find_kind(kind)
    settings = connector_class.settings_model.model_validate_json(settings_json)
    with Fetcher(FetchPolicy()) as fetcher:
        return stage_records(_poisonous(connector_class(settings, fetcher).read(part)), stage)


def _poisonous(records: Iterator[Record]) -> Iterator[Record]:
    yield from islice(records, SURVIVED)
    os.kill(os.getpid(), signal.SIGKILL)
