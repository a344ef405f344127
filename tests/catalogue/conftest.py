"""Fixtures for tests of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from catalogue.store import Store
from catalogue.tables import metadata
from tests.catalogue.applying import add_areas, clear
from tests.catalogue.importing import AREAS, LEIKA, OZG, bring


@pytest.fixture
def small_store(store: Store) -> Store:
    """A store with a few areas, OZG services and LeiKa services."""
    for content in (AREAS, OZG, LEIKA):
        bring(store, content)
    return store


@pytest.fixture
def empty_store(module_store: Store) -> Iterator[Store]:
    """A store without rows; quicker than ``store``, but its schema must be left as it is."""
    yield module_store
    clear(module_store, *reversed(metadata.sorted_tables))


@pytest.fixture
def area_store(empty_store: Store) -> Store:
    """The same with a few municipalities."""
    add_areas(empty_store)
    return empty_store
