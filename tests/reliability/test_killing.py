"""Promise 18: killed at any moment and done again, a night ends where an undisturbed one does.

The catalogues are compared by content: sources, what they delivered, what was decided about it, cells with
their whole history and its causes, links and their checks. None may be damaged, and no run be left "running".
"""

from __future__ import annotations

import os
import random

import pytest

from tests.reliability.killing import Moment, Undisturbed

#: How often the long form kills; ``LUECKENLOS_TEST_SEED`` does the moments of an earlier run again.
TIMES = int(os.environ.get("LUECKENLOS_TEST_KILLS", "200"))
SEED = os.environ.get("LUECKENLOS_TEST_SEED", "")


def test_a_night_killed_in_any_of_its_phases_ends_as_if_nothing_had_been(undisturbed: Undisturbed) -> None:
    """While it begins, applies a source, has just applied one, computes cells, has done so, checks links."""
    night = undisturbed.night(2)
    steps = [
        night.step("beginning", 0.9),
        night.step("applying-2", 0.99),
        night.step("applying-3", 0.01),
        night.step("cells", 0.7),
        night.step("finishing", 0.5),
        night.step("links", 0.5),
    ]

    found = undisturbed.kill([Moment(2, step) for step in steps], next_night=False)

    assert found.differing == []
    assert set(found.phases) == {"beginning", "applying-2", "applying-3", "cells", "finishing", "links"}


@pytest.mark.faults
@pytest.mark.timeout(60 + 30 * TIMES)
def test_a_night_killed_at_random_moments_ends_as_if_nothing_had_been(
    undisturbed: Undisturbed, request: pytest.FixtureRequest, figures: dict[str, str]
) -> None:
    seed = int(SEED) if SEED else random.randrange(1 << 32)

    found = undisturbed.kill(undisturbed.random_moments(TIMES, random.Random(seed)))

    figures[f"promise 18, {request.node.callspec.id}"] = (
        f"{TIMES} kills, seed {seed}, {len(found.differing)} differences, {dict(found.phases)}"
    )
    assert found.differing == [], f"seed {seed}"
    assert sum(found.phases.values()) == TIMES
