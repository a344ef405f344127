"""``lueckenlos serve``: a server for the interface and the page, until somebody ends it."""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
import traceback
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from catalogue.errors import CatalogueError
from catalogue.reports.region import region_now
from cli.help import Command
from cli.problems import UsageProblem
from cli.serve.hosts import Hosts, host_name
from cli.session import Session, session_of

__all__ = ["add_to"]

HIGHEST_PORT = 65_535
BACKLOG = 2_048
#: Scheme, host and perhaps a port, as browsers send it.
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve", cls=Command)(_serve)


def _serve(
    context: typer.Context,
    host: Annotated[str, typer.Option("--host")] = "127.0.0.1",
    port: Annotated[str, typer.Option("--port")] = "8080",
    site: Annotated[Path | None, typer.Option("--site")] = None,
    allow_origin: Annotated[list[str] | None, typer.Option("--allow-origin")] = None,
    host_names: Annotated[list[str] | None, typer.Option("--host-name")] = None,
) -> None:
    session = session_of(context)
    number = _port(port)
    origins = [_origin(one) for one in allow_origin or ()]
    names = [_name(one) for one in host_names or ()]
    if site is not None and not site.is_dir():
        raise UsageProblem("serve_site", path=str(site))
    with session.open_store() as store:
        url = store.engine.url
        with store.read() as connection:
            if not region_now(connection).areas:
                session.say(session.text("serve.no_region"))
    # Loading a web framework takes longer than most commands need as a whole.
    from cli.serve.app import build
    from cli.serve.database import Library
    from cli.serve.desk import Desk
    from cli.serve.running import run

    with closing(Library(url)) as library, closing(_listening(host, number)) as listening:
        _announce(session, listening, site, origins)
        # What the server is told to listen under is a name of its own as well.
        hosts = Hosts([*names, *filter(None, [host_name(host)])])
        app = build(Desk(library), site=site, origins=origins, hosts=hosts, report=_Reporter(session))
        run(app, listening)
    session.say(session.text("serve.ended"))


def _port(given: str) -> int:
    if (
        given.isascii()
        and given.isdigit()
        and len(given) <= len(str(HIGHEST_PORT))
        and int(given) <= HIGHEST_PORT
    ):
        return int(given)
    raise UsageProblem("serve_port", given=given)


def _origin(given: str) -> str:
    if given == "*" or _ORIGIN.fullmatch(given):
        return given
    raise UsageProblem("serve_origin", given=given)


def _name(given: str) -> str:
    """Return a name under which the server is to answer. Raise UsageProblem if it is none."""
    name = given.strip() if given.strip() == "*" else host_name(given)
    if not name:
        raise UsageProblem("serve_host_name", given=given)
    return name


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raise UsageProblem if that address or port cannot be had."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise UsageProblem("serve_host", host=host, why=_why(error)) from None
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            raise UsageProblem("serve_port_taken", port=port) from None
        raise UsageProblem("serve_host", host=host, why=_why(error)) from None
    return listening


def _why(error: OSError | UnicodeError) -> str:
    return getattr(error, "strerror", None) or type(error).__name__


def _announce(session: Session, listening: socket.socket, site: Path | None, origins: list[str]) -> None:
    """Say where the server is, and to whom it is open."""
    text = session.text
    address, port = listening.getsockname()[:2]
    url = f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
    is_own = ipaddress.ip_address(address.partition("%")[0]).is_loopback
    if not is_own:
        session.say(text("serve.open"))
    if "*" in origins:
        session.say(text("serve.open_origin"))
    if not is_own:
        session.say(text("serve.names"))
    session.say(text("serve.page", folder=site, url=url) if site is not None else text("serve.no_page"))
    session.say(text("serve.ready", url=url))


class _Reporter:
    """Tells the operator what went wrong, each kind of trouble once until another one comes."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._said = ""

    def __call__(self, error: BaseException) -> None:
        text = self._session.text
        if isinstance(error, CatalogueError):
            line = text("serve.trouble", why=text.error(error.code, error.params))
        else:
            line = text("serve.broken", kind=type(error).__name__)
        if line != self._said:
            self._said = line
            self._session.say(line)
        if self._session.verbose:
            traceback.print_exception(error)
