"""The accounts of a shared server, made by docs/postgresql/roles.sql."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock
from sqlalchemy import delete, insert, select, text, update

from catalogue.errors import StoreError
from catalogue.reference import load_packaged
from catalogue.reports.health import Limits, check_health, may_write
from catalogue.reports.measures import measure
from catalogue.reports.morning import morning
from catalogue.store import Store, open_store
from catalogue.tables import area, run
from catalogue.upkeep.backup import write_backup
from catalogue.upkeep.check import findings, sizes, unsound_constraints
from cli.serve.database import Library
from tests.databases import Databases
from tests.sample_region import copy_region, sync_region

SCRIPT = Path("docs/postgresql/roles.sql").read_text(encoding="utf-8")
ROLES = ("lueckenlos_owner", "lueckenlos_writer", "lueckenlos_reader")
RUN = {"started_at": "2026", "state": "ok", "region": "", "version": "1", "host": "h", "pid": 1}
As = Callable[[str], Store]


def run_script(store: Store) -> None:
    """Run the script as the administrator of the server."""
    with store.maintain() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(SCRIPT)


@pytest.fixture(scope="module")
def shared(module_store: Store, databases: Databases) -> Iterator[Store]:
    """A database whose roles were made before it was filled, by its administrator."""
    # Roles belong to the whole server, which several processes of a test session share.
    with FileLock(databases.folder / "roles.lock"):
        run_script(module_store)
        yield module_store
        with module_store.maintain() as connection:
            for role in ROLES:
                connection.execute(text(f"DROP OWNED BY {role} CASCADE"))
                connection.execute(text(f"DROP ROLE {role}"))


@pytest.fixture(scope="module")
def account(shared: Store) -> Iterator[As]:
    """Opens the database with the account of a role."""
    stores: list[Store] = []

    def open_as(role: str) -> Store:
        url = shared.engine.url.set(username=f"lueckenlos_{role}")
        stores.append(open_store(url.render_as_string(hide_password=False)))
        return stores[-1]

    yield open_as
    for one in stores:
        one.close()


pytestmark = pytest.mark.parametrize("module_store", ["postgresql"], indirect=True)


def test_the_script_may_run_again(shared: Store) -> None:
    run_script(shared)


def test_the_owner_takes_the_schema_back_and_makes_it_again_for_all(account: As, shared: Store) -> None:
    with shared.write() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    run_script(shared)
    owner = account("owner")
    owner.upgrade()
    load_packaged(owner)
    with account("reader").read() as connection:
        assert connection.execute(select(area.c.id).limit(1)).first()
    run_script(shared)  # the table with the schema's number is there now


@pytest.mark.parametrize("statement", [insert(run).values(RUN), update(area).values(name="x"), delete(area)])
def test_the_reader_cannot_write(account: As, statement: object) -> None:
    with pytest.raises(StoreError, match="database_forbidden"), account("reader").write() as connection:
        connection.execute(statement)  # type: ignore[call-overload]


@pytest.mark.parametrize("role", ["writer", "reader"])
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE more (n integer)",
        "ALTER TABLE area ADD COLUMN more integer",
        "DROP TABLE cell",
        "TRUNCATE cell",
        "UPDATE alembic_version SET version_num = '0001'",
    ],
)
def test_only_the_owner_changes_the_schema(account: As, role: str, statement: str) -> None:
    with pytest.raises(StoreError, match="database_forbidden"), account(role).write() as connection:
        connection.execute(text(statement))


def test_the_writer_can_do_a_whole_sync(account: As, tmp_path: Path) -> None:
    writer = account("writer")
    assert sync_region(writer, copy_region(tmp_path)).state == "ok"


def test_serving_checking_and_backing_up_need_no_more_than_reading(account: As, tmp_path: Path) -> None:
    reader = account("reader")
    saved = write_backup(reader, tmp_path / "backup.zip", "1")
    with reader.read() as connection:
        assert (findings(connection), unsound_constraints(connection)) == ([], [])
        assert sizes(connection).total > 1_000_000
    library = Library(reader.engine.url)
    assert library.state() == library.state()
    assert library.ask(lambda connection: connection.scalar(select(area.c.ars).limit(1)))
    now = datetime.now(UTC)
    assert library.ask(lambda connection: check_health(connection, now, Limits(), "sync"))
    assert library.ask(lambda connection: measure(connection, now)).revision
    assert library.ask(morning).standing
    library.close()
    assert saved.manifest.engine == "postgresql"


@pytest.mark.parametrize(("role", "may"), [("owner", True), ("writer", True), ("reader", False)])
def test_health_knows_whether_its_account_may_write(account: As, role: str, may: bool) -> None:
    with account(role).read() as connection:
        assert may_write(connection) is may


def test_others_cannot_even_connect(shared: Store) -> None:
    with shared.write(keep=False) as connection:
        connection.execute(text("CREATE ROLE somebody"))
        allowed = "SELECT has_database_privilege('somebody', current_database(), 'CONNECT')"
        assert connection.scalar(text(allowed)) is False
