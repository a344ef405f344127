"""What the address of a PostgreSQL server says about connections, beside what its driver understands.

``pool_size``, ``max_overflow``, ``pool_timeout`` and ``reader_timeout`` in the query of the address are
ours; everything else (``sslmode``, ``sslrootcert``, ``application_name``, ``options``) goes to the driver.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.engine import URL

from catalogue.errors import StoreError

__all__ = ["ServerSettings", "driver_defaults", "read_settings"]

#: How the server's lists of connections name this program.
APPLICATION = "lueckenlos"
#: How long to wait for a server that does not answer at all.
CONNECT_SECONDS = 10
#: Largest value of each of our settings; nobody needs more, and a slip of the keyboard is noticed.
_LARGEST = {"pool_size": 500, "max_overflow": 500, "pool_timeout": 3600, "reader_timeout": 86_400}
_SMALLEST = {"pool_size": 1}


class ServerSettings(NamedTuple):
    """How many connections may be open, how long to wait for one, and how long a reader may ask."""

    pool_size: int = 5
    max_overflow: int = 10  # connections beyond those that are kept
    pool_timeout: int = 30  # seconds
    reader_timeout: int = 0  # seconds for one statement; 0: as the server has it


def driver_defaults(url: URL) -> dict[str, str | int]:
    """Return what the driver is told where the address says nothing about it."""
    defaults: dict[str, str | int] = {"application_name": APPLICATION, "connect_timeout": CONNECT_SECONDS}
    return {name: value for name, value in defaults.items() if name not in url.query}


def read_settings(url: URL) -> tuple[URL, ServerSettings]:
    """Return the address for the driver and our settings in it. Raise StoreError if one is no number."""
    given = {name: _number(name, url.query[name]) for name in ServerSettings._fields if name in url.query}
    return url.difference_update_query(ServerSettings._fields), ServerSettings(**given)


def _number(name: str, written: str | tuple[str, ...]) -> int:
    smallest, largest = _SMALLEST.get(name, 0), _LARGEST[name]
    if isinstance(written, str) and written.isascii() and written.isdigit() and len(written) < 10:
        number = int(written)
        if smallest <= number <= largest:
            return number
    shown = written if isinstance(written, str) else ", ".join(written)
    raise StoreError("database_setting", name=name, given=shown[:40], smallest=smallest, largest=largest)
