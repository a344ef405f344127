"""Nights that nobody disturbs, on both databases; the tests of a module disturb copies of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import ENGINES, LEFT_OUT
from tests.databases import Databases
from tests.figures import figures
from tests.reliability.killing import Nursery, Undisturbed
from tests.reliability.web import Web

__all__ = ["figures"]


@pytest.fixture(scope="package")
def nursery() -> Iterator[Nursery]:
    """A process that does nights in processes of their own."""
    with Nursery() as running:
        yield running


@pytest.fixture(scope="package", params=ENGINES)
def undisturbed(
    request: pytest.FixtureRequest,
    databases: Databases,
    nursery: Nursery,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Undisturbed]:
    """Three nights of sync and links on a database."""
    folder = tmp_path_factory.mktemp("nights")
    if request.param == "sqlite":
        made = databases.sqlite(folder, reference=False)
    elif databases.server.url:
        made = databases.postgresql(reference=False)
    else:
        pytest.skip(LEFT_OUT)
    with made as url, Web() as web:
        nights = Undisturbed(url, folder, nursery, web)
        try:
            yield nights
        finally:
            nights.close()
