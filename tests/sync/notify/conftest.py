"""A mail server, and nights that end with notices sent through it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sync.notify.mailserver import MailServer
from tests.sync.notify.nights import Nights
from tests.sync.scenario import Scenario


@pytest.fixture
def server() -> Iterator[MailServer]:
    """Give a mail server that wants STARTTLS."""
    with MailServer() as running:
        yield running


@pytest.fixture
def nights(scenario: Scenario, server: MailServer) -> Nights:
    """Give nights of a region without recipients yet."""
    return Nights(scenario, server)
