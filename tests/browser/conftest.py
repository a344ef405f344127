"""A browser for each module, and one site for all of them that nobody changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from catalogue.store import open_store
from tests.browser.chromium import LEFT_OUT, find, started
from tests.browser.region import read_nights, write_site
from tests.browser.visit import Visitor
from tests.databases import Databases


@pytest.fixture(scope="session")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the region's site; it is only read."""
    folder = tmp_path_factory.mktemp("browser")
    with databases.sqlite(folder, reference=True) as url:
        store = open_store(url)
        try:
            read_nights(store, folder / "region")
            write_site(store, folder / "seite")
        finally:
            store.close()
    return folder / "seite"


# No longer than a module: its event loop would be in the way of other tests' loops.
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A running Chromium."""
    with started(chromium) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program; without one the test is skipped, unless somebody demanded it."""
    found = find()
    if not found.program:
        if found.demanded:
            pytest.fail(found.failure, pytrace=False)
        pytest.skip(f"{LEFT_OUT}: {found.failure}")
    return found.program


@pytest.fixture(scope="session")
def site_address(chromium: str, site: Path) -> str:
    """The address of the site on disk, for those who have a browser."""
    return site.as_uri()


@pytest.fixture
def visitor(browser: Browser, site_address: str) -> Iterator[Visitor]:
    """Somebody who opens the site from disk and at the end has met nothing that should not be there."""
    with Visitor.of(browser, site_address) as opened:
        yield opened
        assert opened.troubles == []


@pytest.fixture(scope="session")
def served(site: Path) -> Iterator[str]:
    """The address of a plain web server for the site on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/stadt"
    server.shutdown()
    server.server_close()
    thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    """Serves the site below a folder, as on a server that has other things too."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/stadt"))

    def log_message(self, *_: object) -> None:
        pass
