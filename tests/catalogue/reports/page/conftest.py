"""The site of the sample region, written once for each engine."""

from __future__ import annotations

import pytest

from catalogue.reports.filters import Filters
from catalogue.reports.page.frame import Options
from catalogue.reports.page.site import build_site
from catalogue.store import Store
from tests.catalogue.reports.page.reading import NOW, THEMES, Site, nobody


@pytest.fixture(scope="session")
def site(region_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site of the sample region after its first night; tests only read it."""
    folder = tmp_path_factory.mktemp("site") / "seite"
    options = Options(version="1.2.3", filters=Filters(themes=THEMES))
    report = build_site(region_store, folder, options, NOW, nobody)
    return Site(folder, region_store, report)
