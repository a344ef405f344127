"""Databases for tests: a copy of a prepared one for each test, on SQLite and on PostgreSQL.

One PostgreSQL server serves a whole test session, however many processes share it. It is the one at
``LUECKENLOS_TEST_POSTGRES``, else one started from the binaries of the pgserver wheel, else from
installed ones. Whoever needs it first starts it; the process that began the session stops it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from catalogue.reference import load_packaged
from catalogue.store import open_store

if TYPE_CHECKING:
    from pwd import struct_passwd

DEMANDED = "LUECKENLOS_TEST_POSTGRES"
START_SECONDS = 120
#: Accounts that may run PostgreSQL for root, which it refuses to serve.
UNPRIVILEGED = ("postgres", "nobody")

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0777
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
"""


@dataclass
class Server:
    """What became of the search for a PostgreSQL server."""

    url: str = ""  # empty: there is none
    origin: str = ""
    binaries: str = ""  # folder of the server's programs, if this session started it
    failures: list[str] = field(default_factory=list)

    @property
    def demanded(self) -> bool:
        """Tell whether somebody said which server to use; then it must not be left out."""
        return bool(os.environ.get(DEMANDED))


class Databases:
    """The prepared databases of one test session and the copies made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = FileLock(folder / "lock")
        self._token = folder.name.rpartition("-")[2].lower()

    @property
    def server(self) -> Server:
        """Return the PostgreSQL server, looking for one at the first call of the session."""
        note = self.folder / "server.json"
        with self._lock:
            if not note.exists():
                note.write_text(json.dumps(asdict(_find_server(self.folder))), encoding="utf-8")
            return Server(**json.loads(note.read_text(encoding="utf-8")))

    @property
    def noted_server(self) -> Server | None:
        """Return what became of the search, or None if no test needed a server."""
        note = self.folder / "server.json"
        return Server(**json.loads(note.read_text(encoding="utf-8"))) if note.exists() else None

    @contextmanager
    def sqlite(self, folder: Path, *, reference: bool) -> Iterator[str]:
        """Give the URL of a new SQLite database in a folder."""
        prepared = self.folder / ("reference.sqlite" if reference else "empty.sqlite")
        with self._lock:
            if not prepared.exists():
                draft = prepared.with_suffix(".draft")
                _prepare(f"sqlite:///{draft}", reference=reference)
                draft.rename(prepared)
        path = folder / f"{uuid.uuid4().hex}.sqlite"
        shutil.copyfile(prepared, path)
        yield f"sqlite:///{path}"

    @contextmanager
    def postgresql(self, *, reference: bool) -> Iterator[str]:
        """Give the URL of a new database on the PostgreSQL server."""
        server = make_url(self.server.url)
        prepared = self._name("reference" if reference else "empty")
        with self._lock, _administrator(server) as connection:
            if not _exists(connection, prepared):
                draft = self._name("draft")
                connection.execute(text(f'CREATE DATABASE "{draft}"'))
                _prepare(_shown(server.set(database=draft)), reference=reference)
                connection.execute(text(f'ALTER DATABASE "{draft}" RENAME TO "{prepared}"'))
        name = self._name(uuid.uuid4().hex)
        with _administrator(server) as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{prepared}"'))
        try:
            yield _shown(server.set(database=name))
        finally:
            with _administrator(server) as connection:
                connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))

    def restart(self) -> None:
        """Stop the server as a crash does and start it again; only for one that nobody else uses."""
        binaries = Path(self.server.binaries)
        _run(binaries, self.folder, "pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")
        _run(binaries, self.folder, "pg_ctl", "-D", "data", "-l", "data/server.log", "-w", "start")

    def close(self) -> None:
        """Stop the server if this session started it, and remove everything."""
        server = self.noted_server
        if server is not None and server.binaries:
            _run(Path(server.binaries), self.folder, "pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")
        elif server is not None and server.url:
            self._drop_prepared(make_url(server.url))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _drop_prepared(self, server: URL) -> None:
        with _administrator(server) as connection:
            for kind in ("draft", "empty", "reference"):
                connection.execute(text(f'DROP DATABASE IF EXISTS "{self._name(kind)}" WITH (FORCE)'))

    def _name(self, kind: str) -> str:
        return f"lueckenlos_test_{self._token}_{kind}"


def _prepare(url: str, *, reference: bool) -> None:
    store = open_store(url)
    try:
        store.upgrade()
        if reference:
            load_packaged(store)
    finally:
        store.close()


def _find_server(folder: Path) -> Server:
    demanded = os.environ.get(DEMANDED)
    if demanded:
        return _demanded_server(demanded)
    server = Server()
    for origin, binaries in _binaries():
        try:
            usable = _reachable(binaries, folder)
            _start(usable, folder)
        except (OSError, subprocess.SubprocessError) as error:
            server.failures.append(f"{origin}: {_reason(error, folder)}")
            shutil.rmtree(folder / "data", ignore_errors=True)
        else:
            server.url = f"postgresql+psycopg://postgres@/postgres?host={folder / 'sockets'}"
            server.origin, server.binaries = origin, str(usable)
            return server
    if not server.failures:
        server.failures.append("no PostgreSQL server programs on this machine")
    return server


def _demanded_server(raw: str) -> Server:
    try:
        url = make_url(raw).set(drivername="postgresql+psycopg")
        with _administrator(url) as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        first_line = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        return Server(failures=[f"{DEMANDED}: {first_line}"])
    return Server(_shown(url), DEMANDED)


def _binaries() -> Iterator[tuple[str, Path]]:
    """Yield where server programs may lie, the preferred ones first."""
    # The wheel is only looked up: its own start code changes the permissions of folders.
    wheel = importlib.util.find_spec("pgserver")
    for location in (wheel.submodule_search_locations or ()) if wheel else ():
        yield "pgserver wheel", Path(location) / "pginstall" / "bin"
    on_path = shutil.which("pg_ctl")
    if on_path:
        yield "programs on PATH", Path(on_path).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    for path in sorted(installed, key=lambda path: path.parent.name.zfill(4), reverse=True):
        yield "installed programs", path


def _reachable(binaries: Path, folder: Path) -> Path:
    """Return the programs' folder, or a copy of it where the account that runs them cannot look."""
    if not (binaries / "initdb").exists():
        raise FileNotFoundError(f"no initdb in {binaries}")
    try:
        _run(binaries, folder, "initdb", "--version")
    except (OSError, subprocess.SubprocessError):
        # The wheel's programs find their libraries beside the package, so the layout is kept.
        package, libraries = binaries.parent.parent, binaries.parents[2] / "pgserver.libs"
        copy = folder / "programs"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(binaries.parent, copy / package.name / binaries.parent.name, symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name)
        return copy / package.name / binaries.parent.name / binaries.name
    return binaries


def _start(binaries: Path, folder: Path) -> None:
    account = _account()
    for name in ("data", "sockets"):
        path = folder / name
        path.mkdir(mode=0o700, exist_ok=True)
        if account is not None:
            os.chown(path, account.pw_uid, account.pw_gid)
    options = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
    _run(binaries, folder, "initdb", "-D", "data", *options)
    with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(SETTINGS.format(sockets=folder / "sockets"))
    _run(binaries, folder, "pg_ctl", "-D", "data", "-l", "data/server.log", "-w", "start")


def _run(binaries: Path, folder: Path, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL, as an unprivileged account if this process is root's."""
    account = _account()
    with (folder / "programs.log").open("ab") as log:
        # A file and no pipe: the server keeps its starter's output open.
        subprocess.run(
            [str(binaries / program), *arguments],
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=True,
            timeout=START_SECONDS,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )


def _account() -> struct_passwd | None:
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd

    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    found = next((known[name] for name in UNPRIVILEGED if name in known), None)
    if found is None:
        raise FileNotFoundError(f"none of the accounts {', '.join(UNPRIVILEGED)} exists")
    return found


def _reason(error: Exception, folder: Path) -> str:
    lines: list[str] = []
    for log in (folder / "programs.log", folder / "data" / "server.log"):
        if log.exists():
            lines.extend(log.read_text(encoding="utf-8", errors="replace").splitlines()[-3:])
    return " | ".join([str(error), *(line.strip() for line in lines if line.strip())])


@contextmanager
def _administrator(url: URL) -> Iterator[Connection]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _exists(connection: Connection, name: str) -> bool:
    query = text("SELECT count(*) FROM pg_database WHERE datname = :name")
    return bool(connection.scalar(query, {"name": name}))


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)
