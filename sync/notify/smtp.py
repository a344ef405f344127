"""Sending a mail: encrypted as the settings demand, or not at all, and within a time.

Nothing of a mail and no password leaves this machine before the connection is what the settings say it has to
be. What a server answers is never repeated in messages: it may name people.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import ipaddress
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

from connectors.credentials import read_secret
from connectors.errors import AbortRun, RetryLater
from sync.notifysettings import NotifySettings

__all__ = ["hash_of", "send_mail"]

#: Bytes a server may say in one conversation; a proper one needs some hundred.
MOST_ANSWERED: Final = 262_144
_READY: Final = 220


def hash_of(address: str) -> str:
    """Return what the book keeps of an address: enough to know it again, and not to read it."""
    return hashlib.blake2b(address.lower().encode(), digest_size=12).hexdigest()


def send_mail(settings: NotifySettings, message: EmailMessage, to: Sequence[str]) -> list[str]:
    """Send a mail to some addresses and return those the server refused.

    Raise RetryLater if it could be sent to nobody, AbortRun if the settings name what is not there.
    """
    named = "password_env" if settings.password_env else "password_file"
    password = read_secret(named, variable=settings.password_env, file=settings.password_file)
    context = _context(settings)
    with _named(settings), _connected(settings, context) as client:
        if settings.security == "starttls":
            client.starttls(context=context)
            client.ehlo_or_helo_if_needed()
        elif settings.security == "none":
            _require_plain_allowed(settings, client)
        if settings.user:
            client.login(settings.user, password)
        refused = client.send_message(message, settings.sender, list(to))
        with contextlib.suppress(smtplib.SMTPException, OSError):
            client.quit()  # what was taken is taken, whatever it says to that
    return list(refused)


def _context(settings: NotifySettings) -> ssl.SSLContext:
    if settings.ca_bundle and not Path(settings.ca_bundle).is_file():
        raise AbortRun("ca_bundle_absent", file=settings.ca_bundle)
    try:
        return ssl.create_default_context(cafile=settings.ca_bundle or None)
    except (OSError, ValueError):
        raise AbortRun("ca_bundle_unusable", file=settings.ca_bundle) from None


class _Bounded(io.RawIOBase):
    """What a server says, up to a limit: one that never stops talking is cut off."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._left = MOST_ANSWERED

    def readline(self, size: int | None = -1, /) -> bytes:
        line: bytes = self._stream.readline(size)
        self._left -= len(line)
        if self._left < 0:
            raise OSError("too much")
        return line

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Careful(smtplib.SMTP):
    """Connects when told to, and reads no more of a server's answers than anybody needs."""

    def __init__(self, settings: NotifySettings, **more: Any) -> None:
        # Not the name of this machine, which is nobody's business.
        super().__init__(local_hostname="localhost.localdomain", timeout=settings.timeout, **more)
        self._host = settings.host  # the name that the certificate has to bear

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = _Bounded(self.sock.makefile("rb"))
        return super().getreply()


class _CarefulTls(_Careful, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


@contextmanager
def _connected(settings: NotifySettings, context: ssl.SSLContext) -> Iterator[smtplib.SMTP]:
    """Give a connection that is cut when the time is over, however slowly the server talks."""
    tls = settings.security == "tls"
    client = _CarefulTls(settings, context=context) if tls else _Careful(settings)
    late = threading.Event()
    watch = threading.Timer(settings.timeout, _cut, [client, late])
    watch.daemon = True
    watch.start()
    try:
        code, answer = client.connect(settings.host, settings.smtp_port)
        if code != _READY:
            raise smtplib.SMTPConnectError(code, answer)
        yield client
    except (smtplib.SMTPException, OSError) as error:
        # The library calls a wait that lasted too long a lost connection.
        if late.is_set() or isinstance(error.__context__, TimeoutError):
            raise TimeoutError from error
        raise
    finally:
        watch.cancel()
        client.close()


def _cut(client: smtplib.SMTP, late: threading.Event) -> None:
    late.set()
    sock = client.sock
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _require_plain_allowed(settings: NotifySettings, client: smtplib.SMTP) -> None:
    """Raise RetryLater unless the machine that answers is this one, or plain text is allowed."""
    peer = client.sock.getpeername()[0] if client.sock is not None else ""
    try:
        near = ipaddress.ip_address(peer.partition("%")[0]).is_loopback
    except ValueError:
        near = False
    if not (near or settings.allow_plain):
        raise RetryLater("notify_plain", host=settings.host)


@contextmanager
def _named(settings: NotifySettings) -> Iterator[None]:
    """Turn what goes wrong into the errors of this project, without what the server said."""
    host, port = settings.host, settings.smtp_port
    try:
        yield
    except RetryLater:
        raise
    except ssl.SSLCertVerificationError as error:
        raise RetryLater("notify_certificate", host=host) from error
    except ssl.SSLError as error:
        raise RetryLater("notify_tls", host=host, port=port) from error
    except smtplib.SMTPNotSupportedError as error:
        wanted = "notify_no_starttls" if settings.security == "starttls" else "notify_unsupported"
        raise RetryLater(wanted, host=host) from error
    except smtplib.SMTPAuthenticationError as error:
        raise RetryLater("notify_login_refused", host=host, status=error.smtp_code) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise RetryLater("notify_all_refused", host=host, count=len(error.recipients)) from error
    except smtplib.SMTPResponseException as error:
        raise RetryLater("notify_refused", host=host, status=error.smtp_code) from error
    except TimeoutError as error:
        raise RetryLater("notify_timed_out", host=host, seconds=settings.timeout) from error
    except UnicodeError as error:
        raise RetryLater("notify_letters", host=host) from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise RetryLater("notify_unreachable", host=host, port=port) from error
