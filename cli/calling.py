"""How this program is called: what it proposes to do next has to work as it stands.

A proposed command names the database and the region file, unless those are used anyway. A password is
never part of it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from catalogue.store import redact

__all__ = [
    "PROGRAM",
    "REGION_FILE",
    "database_words",
    "environment",
    "hides_password",
    "program",
    "region_words",
]

PROGRAM = "lueckenlos"
#: The region file where none is named.
REGION_FILE = "lueckenlos.toml"


def environment(name: str) -> str:
    """Return an environment variable without white space around it; empty if it is not set."""
    return os.environ.get(name, "").strip()


def program() -> str:
    """Return how this program can be called from where it was called."""
    started = Path(sys.argv[0])
    found = shutil.which(PROGRAM)
    if started.stem != PROGRAM or not started.exists():
        return PROGRAM
    if found is not None and Path(found).samefile(started):
        return PROGRAM
    return shlex.quote(_from_here(started))


def database_words(database: str) -> str:
    """Return the option for a database as part of a command, a blank before it.

    Empty for the database that is used anyway, and for an address that is none.
    """
    if database in {"", environment("LUECKENLOS_DB")} or redact(database) == "?":
        return ""
    shown = _without_password(redact(database)) if hides_password(database) else database
    return f" --db {shlex.quote(shown)}"


def hides_password(database: str) -> bool:
    """Tell whether a database's address has a password that no proposed command repeats."""
    try:
        return redact(database) != make_url(database).render_as_string(hide_password=False)
    except (ArgumentError, ValueError):
        return False


def _without_password(shown: str) -> str:
    url = make_url(shown)
    bare = URL.create(url.drivername, url.username, None, url.host, url.port, url.database, url.query)
    return bare.render_as_string(hide_password=False)


def region_words(region: Path) -> str:
    """Return the option for a region file as part of a command, a blank before it.

    Empty for the file that is used anyway.
    """
    usual = environment("LUECKENLOS_REGION") or REGION_FILE
    if region.absolute() == Path(usual).absolute():
        return ""
    return f" --region {shlex.quote(_from_here(region))}"


def _from_here(path: Path) -> str:
    """Return a path from this folder on, if it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
