"""The transport below the HTTP client: connections to checked addresses, reads with a deadline.

``requests`` hands every request to an adapter. This one keeps what ``requests`` and ``urllib3`` do about
HTTP and TLS, and replaces two steps: connections are opened to the very addresses that were checked
(the host name stays in the Host header and is what the certificate must name), and every single read,
of headers as well as of bodies, asks the attempt's allowance how long it may wait.
"""

from __future__ import annotations

import http.client
import io
import socket
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.connection import create_connection

from connectors.addresses import Resolver, checked_addresses
from connectors.allowance import Allowance
from connectors.errors import RetryLater
from connectors.retries import Transient

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["Wire"]

_BUFFER_SIZE = 65_536


@dataclass(frozen=True)
class _Attempt:
    """What the connections that serve one attempt have to keep to."""

    allowance: Allowance
    resolver: Resolver
    allow_private: bool
    connect_timeout: float
    responses: list[http.client.HTTPResponse] = field(default_factory=list)


_attempt: ContextVar[_Attempt] = ContextVar("attempt")


class _TimedReader(io.RawIOBase):
    """The incoming side of a socket, where each read waits no longer than the allowance says."""

    def __init__(self, sock: socket.socket, allowance: Allowance) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._allowance = allowance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        self._sock.settimeout(self._allowance.timeout())
        try:
            size = self._raw.readinto(buffer)
        except TimeoutError:
            self._allowance.timed_out()
            raise
        self._allowance.received(size or 0)
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    """A response whose status line, headers and body are read through a timed reader."""

    def __init__(
        self,
        sock: socket.socket,
        debuglevel: int = 0,
        method: str | None = None,
        url: str | None = None,
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        attempt = _attempt.get()
        attempt.responses.append(self)
        untimed = self.fp
        self.fp = io.BufferedReader(_TimedReader(sock, attempt.allowance), _BUFFER_SIZE)
        untimed.close()


def _open_socket(connection: HTTPConnection) -> socket.socket:
    attempt = _attempt.get()
    host, port = connection.host, connection.port or connection.default_port
    addresses = checked_addresses(
        attempt.resolver,
        host,
        port,
        allow_private=attempt.allow_private,
        timeout=min(attempt.allowance.timeout(), attempt.connect_timeout),
    )
    failure: OSError | None = None
    for address in addresses:
        patience = min(attempt.allowance.timeout(), attempt.connect_timeout)
        try:
            # An address literal: nothing is resolved a second time.
            return create_connection((address, port), patience, socket_options=connection.socket_options)
        except OSError as error:
            failure = error
    raise Transient(RetryLater("unreachable", host=host)) from failure


class _CheckedConnection(HTTPConnection):
    response_class = _TimedResponse

    def _new_conn(self) -> socket.socket:
        return _open_socket(self)


class _CheckedTlsConnection(HTTPSConnection):
    response_class = _TimedResponse

    def _new_conn(self) -> socket.socket:
        return _open_socket(self)


class _CheckedPool(HTTPConnectionPool):
    ConnectionCls = _CheckedConnection


class _CheckedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _CheckedTlsConnection


class Wire(HTTPAdapter):
    """Sends one request over a connection that keeps to the address rules and to the allowance.

    Only this adapter is used, never a ``requests`` session: a session keeps cookies, reads proxies and
    passwords from the environment, and reads the bodies of redirects without any limit.
    """

    POOLS: ClassVar[dict[str, type[HTTPConnectionPool]]] = {
        "http": _CheckedPool,
        "https": _CheckedTlsPool,
    }

    def __init__(
        self,
        resolver: Resolver,
        *,
        allow_private: bool,
        connect_timeout: float,
        ca_bundle: str | None,
    ) -> None:
        self._resolver = resolver
        self._allow_private = allow_private
        self._connect_timeout = connect_timeout
        self._ca_bundle = ca_bundle
        super().__init__()

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any
    ) -> None:
        """Prepare the connections; called by the base class."""
        super().init_poolmanager(connections, maxsize, block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = self.POOLS

    def exchange(self, request: PreparedRequest, allowance: Allowance) -> Response:
        """Send a request and return the response, its body unread. Redirects are not followed."""
        timeout = allowance.timeout()
        attempt = _Attempt(allowance, self._resolver, self._allow_private, self._connect_timeout)
        token = _attempt.set(attempt)
        try:
            return self.send(
                request,
                stream=True,
                timeout=(timeout, timeout),
                verify=self._ca_bundle or True,
                proxies={},
            )
        except BaseException:
            # urllib3 forgets a response whose headers it refuses; its socket would stay open.
            for response in attempt.responses:
                response.close()
            raise
        finally:
            _attempt.reset(token)
