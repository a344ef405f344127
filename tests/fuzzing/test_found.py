"""What fuzzing begins with and what it found is read without a fault, and so is what is like it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing.targets import FOUND, TARGETS, Target

FOUND_INPUTS = sorted(path for path in FOUND.glob("*/*") if path.is_file())
SEEDS = {name: target.seeds() for name, target in TARGETS.items()}


def test_what_was_found_is_read() -> None:
    for path in FOUND_INPUTS:
        TARGETS[path.parent.name].run(path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_there_is_something_to_begin_with(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name].run(seed)
    assert len(SEEDS[name]) > 1


def changed(name: str) -> st.SearchStrategy[bytes]:
    """Return inputs in which pieces are cut out, doubled, or replaced by words of the language."""
    words = st.one_of(st.sampled_from(TARGETS[name].words).map(str.encode), st.binary(max_size=8))
    places = st.integers(0, 1_000_000)
    change = st.tuples(places, st.integers(0, 400), words)

    def apply(drawn: tuple[bytes, list[tuple[int, int, bytes]]]) -> bytes:
        content, changes = drawn
        for place, length, word in changes:
            at = place % (len(content) + 1)
            content = content[:at] + word + content[at + length :]
        return content

    return st.tuples(st.sampled_from(SEEDS[name]), st.lists(change, min_size=1, max_size=6)).map(apply)


@pytest.mark.parametrize(("name", "target"), TARGETS.items(), ids=TARGETS)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_what_is_like_it_is_read_as_well(name: str, target: Target, data: st.DataObject) -> None:
    target.run(data.draw(changed(name)))
