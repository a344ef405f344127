from __future__ import annotations

import pytest

from connectors.assignment import Assignment
from connectors.errors import RetryLater


def test_nobody_waits_and_nothing_is_known_outside_of_a_run() -> None:
    assignment = Assignment()
    assignment.check()
    assignment.pause(0)
    assignment.progress(1, 2)
    assert (assignment.areas, assignment.keys, dict(assignment.memory)) == ((), (), {})


def test_a_cancelled_source_stops_at_the_next_check() -> None:
    assignment = Assignment()
    assignment.stop.set()
    with pytest.raises(RetryLater, match="cancelled"):
        assignment.check()


def test_a_cancelled_source_does_not_wait_its_pause_out() -> None:
    assignment = Assignment()
    assignment.stop.set()
    with pytest.raises(RetryLater, match="cancelled"):
        assignment.pause(3_600)
