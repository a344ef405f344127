"""Promise 18: killed at any moment, run again, a sync ends where an undisturbed one does."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from tests.conftest import ENGINES, LEFT_OUT
from tests.databases import Databases
from tests.reliability.killing import Undisturbed

#: ``make faults`` sets this; a run of the tests only looks at a few moments.
FULL = os.environ.get("LUECKENLOS_FAULTS") == "full"
TIMES = 200 if FULL else 4
SERVICES = 300 if FULL else 40


@pytest.fixture(scope="module", params=ENGINES)
def undisturbed(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Undisturbed]:
    folder = tmp_path_factory.mktemp("killing")
    if request.param == "sqlite":
        made = databases.sqlite(folder, reference=True)
    elif databases.server.url:
        made = databases.postgresql(reference=True)
    else:
        pytest.skip(LEFT_OUT)
    with made as url:
        yield Undisturbed(url, folder, SERVICES)


@pytest.mark.timeout(7_200 if FULL else 600)
def test_a_sync_killed_at_random_moments_ends_as_if_nothing_had_been(undisturbed: Undisturbed) -> None:
    seed = random.randrange(1 << 32)
    found = undisturbed.kill(TIMES, random.Random(seed))
    print(f"seed {seed}: {found.killed} of {found.tried} at work, {sorted(found.applied)} sources done")
    assert found.differing == []
    assert found.killed > 0
