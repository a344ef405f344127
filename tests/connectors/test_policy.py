"""What the HTTP client promises by default, and how it introduces itself."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest

from connectors import policy
from connectors.fetch import FetchPolicy


def test_private_addresses_are_refused_unless_allowed() -> None:
    assert not FetchPolicy().allow_private


def test_the_client_names_the_project_and_its_purpose() -> None:
    assert FetchPolicy().user_agent.startswith("Lueckenlos/")
    assert "public services" in FetchPolicy().user_agent


def test_a_copy_that_was_never_installed_has_no_release(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(policy, "version", missing)
    assert policy._user_agent().startswith("Lueckenlos/dev ")
