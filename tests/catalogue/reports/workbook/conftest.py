"""Workbooks of the sample region, written once for each module."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection

from catalogue.reports.filters import Filters
from catalogue.store import Store
from tests.catalogue.reports.workbook.reading import (
    BOTTROP,
    THEMES,
    question,
    read,
    written,
)


@pytest.fixture(scope="module")
def city_bytes(region_store: Store) -> bytes:
    """The workbook of one city."""
    with region_store.read() as connection:
        return written(connection, question(areas=(BOTTROP,), level="gemeinde", themes=THEMES))


@pytest.fixture(scope="module")
def city(city_bytes: bytes) -> Any:
    """The same, read."""
    return read(city_bytes)


@pytest.fixture(scope="module")
def whole(region_store: Store) -> Any:
    """The workbook of the region, read."""
    with region_store.read() as connection:
        return read(written(connection, question(themes=THEMES)))


@pytest.fixture
def of_city(region: Connection) -> Filters:
    return Filters(areas=(BOTTROP,), level="gemeinde", themes=THEMES)
