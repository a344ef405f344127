"""Asking for one address: HEAD or GET, redirects followed by hand, every hop by the rules of all fetching."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Final, NamedTuple
from urllib.parse import urljoin, urlsplit

import requests
from requests.utils import urldefragauth

from connectors.addresses import Resolver, resolve
from connectors.allowance import Allowance
from connectors.errors import ConnectorError, RejectDelivery
from connectors.exchange import Exchange
from connectors.fetch import Validators
from connectors.linkcheck.observation import Reply
from connectors.linkcheck.sight import look_at
from connectors.policy import FetchPolicy
from connectors.retries import Transient
from connectors.urls import is_fetchable, origin, redact
from connectors.wire import Wire

__all__ = ["Asker", "Failed", "failure_of"]

MOST_REDIRECTS: Final = 8
NO_VALIDATORS: Final = Validators()
PAGES: Final = frozenset({"text/html", "application/xhtml+xml", ""})
#: Codes of the fetching rules, as observations name them.
_NAMES: Final = {
    "host_unknown": "name_unknown",
    "host_unresolved": "name_unclear",
    "timed_out": "timed_out",
    "too_slow": "timed_out",
    "rate_too_low": "timed_out",
    "certificate_invalid": "certificate",
    "address_private": "private",
    "address_forbidden": "private",
    "host_not_allowed": "private",
}

Turn = Callable[[str], AbstractContextManager[None]]


class Failed(NamedTuple):
    """Why there is no reply; one of ``observation.FAILURES``."""

    why: str


class _Hop(NamedTuple):
    """One response: a reply, and where it leads to if it is a redirect."""

    reply: Reply
    target: str = ""


@dataclass(frozen=True)
class Asking:
    """How to ask: the method, how much of a page to read, and whether to go where it leads."""

    method: str = "GET"
    limit: int = 0  # bytes; 0: the body stays unread
    follow: bool = True
    validators: Validators = NO_VALIDATORS


HEAD: Final = Asking("HEAD")


class Asker:
    """Asks for addresses. ``turn`` gives the right to ask a host now; it may be used by several threads."""

    def __init__(self, policy: FetchPolicy, turn: Turn, *, resolver: Resolver = resolve) -> None:
        self._policy = policy
        self._turn = turn
        self._wire = Wire(
            resolver,
            allow_private=policy.allow_private,
            connect_timeout=policy.connect_timeout,
            ca_bundle=policy.ca_bundle,
        )

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()

    def ask(self, url: str, asking: Asking = HEAD) -> Reply | Failed:
        """Return the last response on the way from an address, or why there is none.

        Raise RetryLater("cancelled") if nobody waits for it any more. Headers name who asks and nothing else.
        """
        hops: list[str] = []
        sets_cookie = False
        address = url
        while True:
            try:
                hop = self._hop(address, asking if not hops else replace(asking, validators=NO_VALIDATORS))
            except Transient as failure:
                return Failed(failure_of(failure.error, failure.__cause__))
            except ConnectorError as error:
                if error.code == "cancelled":
                    raise
                return Failed(failure_of(error, error.__cause__))
            reply = replace(hop.reply, hops=tuple(hops), sets_cookie=sets_cookie or hop.reply.sets_cookie)
            if not hop.target or not asking.follow:
                return reply
            if not is_fetchable(hop.target):
                return Failed("bad_redirect")
            if origin(address)[0] == "https" and origin(hop.target)[0] == "http":
                return Failed("downgrade")
            if len(hops) == MOST_REDIRECTS:
                return Failed("too_many_redirects")
            sets_cookie = reply.sets_cookie
            address = hop.target
            hops.append(address)

    def _hop(self, url: str, asking: Asking) -> _Hop:
        allowance = Allowance(time.monotonic, seconds=self._policy.deadline, idle=self._policy.deadline)
        exchange = Exchange(self._wire, self._policy, allowance)
        request = self._prepared(url, asking)
        with self._turn(urlsplit(url).hostname or ""), exchange.answer(request) as response:
            target = _target(response) if response.is_redirect else ""
            reply = _reply(response)
            if target or asking.method == "HEAD" or not asking.limit or reply.status == 304:
                return _Hop(reply, target)
            if reply.content_type not in PAGES:
                return _Hop(reply)
            sight = look_at(_first(exchange, response, asking.limit), response.url, _charset(response))
        return _Hop(replace(reply, sight=sight), sight.refresh if reply.status == 200 else "")

    def _prepared(self, url: str, asking: Asking) -> requests.PreparedRequest:
        headers = {
            "User-Agent": self._policy.user_agent,
            "Accept": "text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.8",
            "Accept-Language": "de, en;q=0.5",
            "Accept-Encoding": "gzip",
            **asking.validators.headers(),
        }
        try:
            return requests.Request(asking.method, urldefragauth(url), headers=headers).prepare()
        except (requests.RequestException, ValueError):
            raise RejectDelivery("bad_url", url=redact(url)) from None


def failure_of(error: ConnectorError, cause: BaseException | None) -> str:
    """Return the failure that an error of the fetching rules stands for.

    That nobody listens is told from silence and from ways that lead nowhere: only the first says that the
    server means it.
    """
    if error.code == "unreachable":
        return "refused" if isinstance(cause, ConnectionRefusedError) else "timed_out"
    if error.code == "bad_url":
        return "bad_redirect"
    if isinstance(error, RejectDelivery):
        return "unreadable"
    return _NAMES.get(error.code, "broken_off")


def _reply(response: requests.Response) -> Reply:
    headers = response.headers
    return Reply(
        url=response.url,
        status=response.status_code,
        content_type=headers.get("Content-Type", "").partition(";")[0].strip().lower()[:100],
        sets_cookie="Set-Cookie" in headers,
        challenged="challenge" in headers.get("cf-mitigated", "").lower(),
        validators=Validators(
            _sendable(headers.get("ETag", "")), _sendable(headers.get("Last-Modified", ""))
        ),
    )


def _target(response: requests.Response) -> str:
    """Return where a redirect leads; what nobody can follow comes back as an address nobody can fetch."""
    location = response.headers["Location"]
    try:
        # Header bytes arrive as Latin-1 characters; addresses are UTF-8 where not ASCII.
        return (
            urljoin(response.url, location.encode("latin-1").decode("utf-8").strip()).partition("#")[0] or "-"
        )
    except ValueError:
        return "-"


def _first(exchange: Exchange, response: requests.Response, limit: int) -> bytes:
    """Return no more than the first bytes of a body; what follows is not read."""
    body = bytearray()
    for piece in exchange.body(response, 1 << 40):
        body += piece
        if len(body) >= limit:
            break
    return bytes(body[:limit])


def _charset(response: requests.Response) -> str | None:
    _, found, rest = response.headers.get("Content-Type", "").lower().partition("charset=")
    return rest.partition(";")[0].strip(" \"'")[:40] or None if found else None


def _sendable(value: str) -> str:
    return value if len(value) <= 300 and value.isascii() and value.isprintable() else ""
