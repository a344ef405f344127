"""Sending a notice to an address of the web: signed JSON, by the rules of all HTTP of this project.

Addresses are checked after they are resolved, private ones are refused unless allowed, and no redirect is
followed. An address may itself be a secret, so no message shows more of it than its host.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import requests
from pydantic_core import PydanticCustomError

from connectors.addresses import Resolver, resolve
from connectors.allowance import Allowance
from connectors.credentials import read_secret
from connectors.errors import AbortRun, ConnectorError, RetryLater
from connectors.exchange import Exchange
from connectors.policy import FetchPolicy
from connectors.retries import Patience, Transient
from connectors.wire import Wire
from sync.notify.content import Content
from sync.notify.mail import Envelope
from sync.notifysettings import NotifySettings

__all__ = ["SIGNATURE", "TIMESTAMP", "body_of", "send_webhook", "signature_of"]

#: Headers of a message: what tells it from others, when it was sent, and the signature of that and the body.
IDENTITY: Final = "Lueckenlos-Id"
TIMESTAMP: Final = "Lueckenlos-Timestamp"
SIGNATURE: Final = "Lueckenlos-Signature"
VERSION: Final = 1
ATTEMPTS: Final = 3
_BUSY: Final = frozenset({408, 425, 429})
#: What is said of sources in other words than of an address that messages go to: it has no operator to ask,
#: and its settings stand elsewhere.
_OTHER_WORDS: Final = {
    code: f"hook_{code}"
    for code in (
        "address_private",
        "address_forbidden",
        "host_not_allowed",
        "host_unknown",
        "host_unresolved",
        "unreachable",
        "timed_out",
        "too_slow",
        "rate_too_low",
        "connection_broken",
        "certificate_invalid",
    )
}


def signature_of(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a message: HMAC-SHA256 over its timestamp, a dot and its body, in hex."""
    signed = timestamp.encode() + b"." + body
    return f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def body_of(settings: NotifySettings, envelope: Envelope, content: Content, note: str) -> bytes:
    """Return a notice as JSON. ``id`` is the same if it is sent a second time."""
    workbook = content.workbook
    said = {
        "version": VERSION,
        "id": envelope.identity,
        "recipient": settings.id,
        "level": envelope.level,
        "region": envelope.region,
        "created_at": envelope.created_at,
        "language": content.language,
        "title": content.title,
        "text": content.lead,
        "sections": [
            {"heading": block.heading, "lines": list(block.lines)} for block in content.blocks if block.lines
        ],
        "area": {"ars": workbook.ars, "level": workbook.level} if workbook and workbook.ars else None,
        "note": note,
    }
    return json.dumps(said, ensure_ascii=False).encode()


def send_webhook(
    settings: NotifySettings,
    envelope: Envelope,
    body: bytes,
    now: datetime,
    *,
    sleep: Callable[[float], None] = time.sleep,
    resolver: Resolver = resolve,
) -> None:
    """Send a message. Raise RetryLater if nobody took it, AbortRun if the settings name what is not there."""
    url = _address(settings)
    named = "secret_env" if settings.secret_env else "secret_file"
    secret = read_secret(named, variable=settings.secret_env, file=settings.secret_file)
    headers = {
        "User-Agent": FetchPolicy().user_agent,
        "Content-Type": "application/json; charset=utf-8",
        "Accept-Encoding": "identity",
        IDENTITY: envelope.identity,
        TIMESTAMP: str(int(now.timestamp())),
    }
    if secret:
        headers[SIGNATURE] = signature_of(secret, headers[TIMESTAMP], body)
    request = requests.Request("POST", url, headers=headers, data=body).prepare()
    host = urlsplit(url).hostname or ""
    patience = Patience(ATTEMPTS, settings.timeout, sleep, random.Random())  # noqa: S311 -- no secret
    wire = Wire(
        resolver,
        allow_private=settings.allow_private,
        connect_timeout=min(10.0, settings.timeout),
        ca_bundle=settings.ca_bundle or None,
    )
    try:
        patience.try_again(lambda: _once(settings, wire, request, host))
    except ConnectorError as error:
        raise _without_address(error, host) from None
    finally:
        wire.close()


def _once(settings: NotifySettings, wire: Wire, request: requests.PreparedRequest, host: str) -> None:
    """Send it once. Raise Transient where another attempt may help, RetryLater where none does."""
    policy = FetchPolicy(settings.allow_private, settings.allowed_hosts, deadline=settings.timeout)
    allowance = Allowance(time.monotonic, seconds=settings.timeout, idle=settings.timeout)
    with Exchange(wire, policy, allowance).answer(request) as response:
        status = response.status_code
    if response.is_redirect:
        raise RetryLater("notify_redirected", host=host)
    if status in _BUSY or status >= 500:
        raise Transient(RetryLater("notify_status", host=host, status=status))
    if not 200 <= status < 300:
        raise RetryLater("notify_status", host=host, status=status)


def _address(settings: NotifySettings) -> str:
    """Return where to send to. Raise AbortRun if it is not there or no message may go there."""
    named = "url_env" if settings.url_env else "url_file"
    url = settings.url or read_secret(named, variable=settings.url_env, file=settings.url_file)
    try:
        settings.require_safe(url)
    except PydanticCustomError:
        raise AbortRun("notify_url", id=settings.id) from None
    return url


def _without_address(error: ConnectorError, host: str) -> ConnectorError:
    """Return an error without the address, as its path may be a secret, in words for a recipient."""
    params = {name: value for name, value in error.params.items() if name not in {"url", "target"}}
    if error.code in _OTHER_WORDS:
        return type(error)(_OTHER_WORDS[error.code], **{**params, "host": host})
    if len(params) == len(error.params):
        return error
    return type(error)(error.code, **params, url=host)
