"""Fixtures for tests of the catalogue."""

from __future__ import annotations

import pytest

from catalogue.store import Store
from tests.catalogue.importing import AREAS, LEIKA, OZG, bring


@pytest.fixture
def small_store(store: Store) -> Store:
    """A store with a few areas, OZG services and LeiKa services."""
    for content in (AREAS, OZG, LEIKA):
        bring(store, content)
    return store
