"""Promise 26: whichever input or output fails, files, stages, database or sockets, nothing is lost by it.

The n-th fails, once or with all that follow, for n = 1, 2, 3 … until a sync gets through. Then the sync has
ended by itself with a known exit code, and the next one, which reads what failed, comes to the same state.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace

import pytest

from cli import exits
from tests.reliability.killing import Undisturbed

#: The exit codes of a sync that got through, in part or not at all, or lost a file or its database.
NAMED = {exits.OK, exits.SOME, exits.NONE, exits.FAILED, exits.DATABASE}
NIGHT = 2
#: The long form lets each call fail, or with another step each so-and-so-many-th from a first one on.
FIRST = int(os.environ.get("LUECKENLOS_TEST_FIRST", "1"))
STEP = int(os.environ.get("LUECKENLOS_TEST_STEP", "1"))
#: It has parts, so that all processors have something to do.
PARTS = 4


def fail(undisturbed: Undisturbed, number: int, *, lasting: bool) -> tuple[list[str], int, int]:
    """Let one fail, or all from it on; return what is wrong then, the exit code, and how many there were."""
    with undisturbed.copy(NIGHT) as url:
        job = replace(undisturbed.job(url, NIGHT), links_port=0)
        undisturbed.nursery.start(replace(job, fail_at=number, fails_on=lasting))
        code = undisturbed.nursery.end()
        notes = dict(undisturbed.phases())
        wrong = [] if code in NAMED else [f"exit code {code}"]
        wrong += undisturbed.wrong_after(url, job)
    return [f"call {number}: {one}" for one in wrong], code, notes.get("calls", 0)


def calls_of(undisturbed: Undisturbed) -> int:
    """Return how many inputs and outputs a sync has."""
    wrong, code, calls = fail(undisturbed, 1_000_000, lasting=False)
    assert (wrong, code) == ([], 0)
    assert calls > 0
    return calls


def test_inputs_and_outputs_that_fail_cost_nothing_but_time(undisturbed: Undisturbed) -> None:
    calls = calls_of(undisturbed)
    once, once_code, _ = fail(undisturbed, calls // 5, lasting=False)
    on, on_code, _ = fail(undisturbed, calls // 2, lasting=True)

    assert once + on == []
    assert once_code in NAMED
    assert on_code in NAMED - {exits.OK}


@pytest.mark.faults
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
def test_each_input_and_output_may_fail(
    undisturbed: Undisturbed,
    request: pytest.FixtureRequest,
    figures: dict[str, str],
    lasting: bool,
    part: int,
) -> None:
    last = calls_of(undisturbed)
    numbers = range(FIRST, last + 1, STEP)[part::PARTS]
    wrong: list[str] = []
    codes: Counter[int] = Counter()
    for number in numbers:
        found, code, _ = fail(undisturbed, number, lasting=lasting)
        wrong += found
        codes[code] += 1

    figures[f"promise 26, {request.node.callspec.id}"] = (
        f"{len(numbers)} of {last} calls failed, from {numbers[0]} to {numbers[-1]} by {numbers.step}; "
        f"{len(wrong)} differences, exit codes {dict(sorted(codes.items()))}"
    )
    assert wrong == []
    assert set(codes) <= NAMED
