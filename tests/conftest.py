"""Fixtures for all tests: databases on SQLite and PostgreSQL.

A test that takes ``store`` (schema only) or ``reference_store`` (with the packaged reference tables)
runs on both engines, each time on a database of its own. To run it on one of them only:
``@pytest.mark.parametrize("store", ["sqlite"], indirect=True)``.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import hypothesis
import pytest

from catalogue.store import Store, open_store
from tests.databases import DEMANDED, Databases
from tests.figures import show_figures

ENGINES = ("sqlite", "postgresql")
LEFT_OUT = "no PostgreSQL server"
NO_BROWSER = "no Chromium"  # as tests.browser.chromium says it, which others need not load

# Machines that run tests are shared and slow at times; the bound on time is pytest's.
hypothesis.settings.register_profile("lueckenlos", deadline=None)
hypothesis.settings.load_profile("lueckenlos")

databases_key = pytest.StashKey[Databases]()


def pytest_configure(config: pytest.Config) -> None:
    shared = getattr(config, "workerinput", {}).get("lueckenlos_databases")
    folder = Path(shared or tempfile.mkdtemp(prefix="lueckenlos-test-"))
    if not shared:
        # The account that runs PostgreSQL for root must be able to pass.
        folder.chmod(0o755)
    config.stash[databases_key] = Databases(folder)
    # What the program prepares for later calls belongs to this run, not to the tester's own cache.
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: pytest.Item) -> None:
    """Tell each process of a parallel run (pytest-xdist) where the shared databases are."""
    shared = str(node.config.stash[databases_key].folder)
    node.workerinput["lueckenlos_databases"] = shared  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and databases_key in config.stash:
        config.stash[databases_key].close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    show_figures(terminalreporter)
    _tell_of_browser(terminalreporter)
    server = config.stash[databases_key].noted_server
    if server is None:
        return
    if server.url:
        terminalreporter.write_line(f"PostgreSQL: {server.origin}")
    if server.failures:
        skipped = terminalreporter.stats.get("skipped", [])
        count = sum(LEFT_OUT in str(report.longrepr) for report in skipped)
        title = "PostgreSQL LEFT OUT" if not server.url else "PostgreSQL: second choice"
        terminalreporter.section(title, red=not server.url, yellow=bool(server.url), bold=True)
        for failure in server.failures:
            terminalreporter.write_line(failure)
        if count:
            terminalreporter.write_line(
                f"{count} database tests ran on SQLite only. Install the pgserver wheel or PostgreSQL, "
                f"or set {DEMANDED} to the URL of a server on which databases may be created.",
                red=True,
                bold=True,
            )


def _tell_of_browser(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(NO_BROWSER in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.section("BROWSER LEFT OUT", red=True, bold=True)
        terminalreporter.write_line(
            f"{count} tests of the page did not run. Install Chromium (Debian: apt install chromium), "
            "or set LUECKENLOS_TEST_BROWSER to the program of one.",
            red=True,
            bold=True,
        )


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Databases:
    """The prepared databases of this session."""
    return pytestconfig.stash[databases_key]


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Store]:
    """A database with the newest schema and no rows."""
    with _open(request.param, databases, tmp_path, reference=False) as opened:
        yield opened


@pytest.fixture(scope="module", params=ENGINES)
def module_store(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """As ``store``, but one for all tests of a module, each of which has to leave it empty."""
    with _open(request.param, databases, tmp_path_factory.mktemp("module"), reference=False) as opened:
        yield opened


@pytest.fixture(params=ENGINES)
def reference_store(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Store]:
    """A database with the packaged reference tables."""
    with _open(request.param, databases, tmp_path, reference=True) as opened:
        yield opened


@contextmanager
def _open(engine: str, databases: Databases, folder: Path, *, reference: bool) -> Iterator[Store]:
    with _database(engine, databases, folder, reference=reference) as url:
        opened = open_store(url)
        try:
            yield opened
        finally:
            opened.close()


def _database(
    engine: str, databases: Databases, folder: Path, *, reference: bool
) -> AbstractContextManager[str]:
    if engine == "sqlite":
        return databases.sqlite(folder, reference=reference)
    server = databases.server
    if not server.url:
        if server.demanded:
            pytest.fail("; ".join(server.failures), pytrace=False)
        pytest.skip(LEFT_OUT)
    return databases.postgresql(reference=reference)
