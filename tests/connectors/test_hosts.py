"""Which hosts may be asked."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from connectors.hosts import HostPattern, is_allowed

PATTERN: TypeAdapter[str] = TypeAdapter(HostPattern)


@pytest.mark.parametrize(
    ("pattern", "host", "allowed"),
    [
        ("stadt.example", "stadt.example", True),
        ("Stadt.Example", "STADT.example.", True),
        ("stadt.example", "www.stadt.example", False),
        ("stadt.example", "stadt.example.org", False),
        ("*.stadt.example", "www.stadt.example", True),
        ("*.stadt.example", "a.b.stadt.example", True),
        ("*.stadt.example", "stadt.example", False),
        ("*.stadt.example", "boese-stadt.example", False),
        ("müller.example", "xn--mller-kva.example", True),
        ("[::1]", "::1", True),
        ("127.0.0.1", "127.0.0.1", True),
    ],
)
def test_a_pattern_is_a_host_or_everything_below_one(pattern: str, host: str, allowed: bool) -> None:
    assert is_allowed(host, [PATTERN.validate_python(pattern)]) is allowed


def test_without_patterns_every_host_is_allowed() -> None:
    assert is_allowed("stadt.example", ())


@pytest.mark.parametrize(
    "given", ["", "https://stadt.example", "stadt.example:80", "stadt.example/a", "*", "a b", "*.*.x"]
)
def test_what_is_no_host_is_refused(given: str) -> None:
    with pytest.raises(ValidationError):
        PATTERN.validate_python(given)
