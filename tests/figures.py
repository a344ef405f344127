"""What tests measure: it is shown after them, whichever process of a parallel run they ran in.

A test that measures something puts it into ``figures``, to be put into docs/reliability.md.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

__all__ = ["figures", "show_figures"]

#: How what was measured is called among the properties of a test, which come back from other processes.
_PROPERTY = "measured"


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """What was measured, by what it is about."""
    measured: dict[str, str] = {}
    yield measured
    request.node.user_properties += [(_PROPERTY, f"{name}: {said}") for name, said in measured.items()]


def show_figures(terminalreporter: pytest.TerminalReporter) -> None:
    """Write what was measured, if anything was."""
    reports = [one for some in terminalreporter.stats.values() for one in some]
    properties = [pair for one in reports for pair in getattr(one, "user_properties", ())]
    if measured := sorted({said for name, said in properties if name == _PROPERTY}):
        terminalreporter.section("faults, with figures")
        for said in measured:
            terminalreporter.write_line(said)
