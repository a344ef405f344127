"""A real mail server on the loopback interface that keeps what it takes, and refuses what a test wants."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

__all__ = ["AUTHORITY", "MailServer", "Taken", "raw_server", "settings_for"]

#: Certificate and key of the server, signed by itself: also the authority to trust.
AUTHORITY = Path(__file__).parents[2] / "samples" / "notify" / "mail.example.pem"


@dataclass(frozen=True)
class Taken:
    """A mail as the server took it: its envelope, its bytes, and whether it came encrypted."""

    sender: str
    to: tuple[str, ...]
    raw: bytes
    encrypted: bool
    logged_in: bool

    @property
    def message(self) -> EmailMessage:
        """Return the mail as a program reads it."""
        found = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def text(self) -> str:
        """Return its plain text."""
        body = self.message.get_body(("plain",))
        assert body is not None
        return str(body.get_content())


@dataclass
class MailServer:
    """The server; a context manager. ``security`` is starttls, tls or none."""

    security: str = "starttls"
    certificate: Path = AUTHORITY
    password: str = ""
    refused: set[str] = field(default_factory=set)
    answer: str = "250 taken"  # to every mail
    taken: list[Taken] = field(default_factory=list)
    #: Names that tried to log in.
    logins: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        context = None
        if self.security != "none":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
        more: dict[str, Any] = {"auth_require_tls": self.security == "starttls"}
        if self.security == "starttls":
            more |= {"tls_context": context, "require_starttls": True}
        if self.password:
            more |= {"authenticator": self._check, "auth_required": True}
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=_free_port(),
            ssl_context=context if self.security == "tls" else None,
            **more,
        )
        self._controller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        """Return the port it listens at."""
        return int(self._controller.port)

    def _check(
        self, _server: object, _session: object, _envelope: object, _kind: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        return AuthResult(success=data.password.decode() == self.password, handled=False)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return f"550 no such person {address}"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(  # noqa: N802 - as above
        self, _server: Any, session: Session, envelope: Envelope
    ) -> str:
        if self.answer.startswith("250"):
            assert isinstance(envelope.original_content, bytes)
            encrypted = self.security == "tls" or session.ssl is not None
            self.taken.append(
                Taken(
                    str(envelope.mail_from),
                    tuple(envelope.rcpt_tos),
                    envelope.original_content,
                    encrypted,
                    bool(session.authenticated),
                )
            )
        return self.answer


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings_for(port: int, *, security: str = "starttls", **more: object) -> dict[str, object]:
    """Return the settings of a recipient whose mail server listens at a port of this machine."""
    return {
        "id": "leitung",
        "kind": "email",
        "to": ("anna@stadt.example",),
        "sender": "luecken@stadt.example",
        "host": "127.0.0.1",
        "port": port,
        "security": security,
        "ca_bundle": "" if security == "none" else str(AUTHORITY),
        "timeout": 5,
        **more,
    }


@contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[tuple[int, list[bytes]]]:
    """Give the port of a server that says what a function says, and all that was said to it."""
    heard: list[bytes] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            recorder = _Recorder(self.request, heard)
            try:
                talk(recorder)  # type: ignore[arg-type] # it answers as a socket does
            except OSError:
                return

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.005,))
        thread.start()
        try:
            yield int(server.server_address[1]), heard
        finally:
            server.shutdown()
            thread.join()


class _Recorder:
    def __init__(self, sock: socket.socket, heard: list[bytes]) -> None:
        self._sock = sock
        self._heard = heard

    def recv(self, size: int) -> bytes:
        data = self._sock.recv(size)
        self._heard.append(data)
        return data

    def sendall(self, data: bytes) -> None:
        self._sock.sendall(data)

    def close(self) -> None:
        self._sock.close()
