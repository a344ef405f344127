"""A small catalogue beside which deliveries are looked at; one for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from catalogue.store import Store
from catalogue.tables import metadata
from tests.catalogue.applying import clear
from tests.catalogue.importing import AREAS, LEIKA, OZG, bring


@pytest.fixture(scope="module")
def catalogue(module_store: Store) -> Iterator[Store]:
    """A store with a few areas, OZG services and LeiKa services; to be left as it is."""
    for content in (AREAS, OZG, LEIKA):
        bring(module_store, content)
    yield module_store
    clear(module_store, *reversed(metadata.sorted_tables))
