"""CKAN's action API: one call after the other, with its answers and errors in our words.

Written after CKAN's API guide and its own views (CKAN 2.10 to 2.12): each action is a POST of a JSON object
or, with a file, of a form, to ``/api/3/action/NAME`` with the token in the header Authorization; the answer
is a JSON object with ``success`` and ``result`` or ``error``. The token goes to the named portal only: a
redirect is an error.
"""

from __future__ import annotations

import ipaddress
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import requests

from catalogue.reports.opendata.metadata import Ckan
from cli.problems import UsageProblem
from cli.publish_upload import Upload
from cli.texts import printable
from connectors.addresses import resolve
from connectors.allowance import Allowance
from connectors.errors import AbortRun, RejectDelivery, RetryLater
from connectors.exchange import Exchange
from connectors.policy import FetchPolicy
from connectors.retries import Patience, Transient, parse_retry_after
from connectors.urls import is_fetchable, redact
from connectors.wire import Wire

__all__ = ["CkanApi", "Refused", "open_api"]

Answer = dict[str, Any]

MOST_ANSWER_BYTES: Final = 16 << 20
#: A portal may take its time after it has everything: it may look into what it was given.
UPLOAD_IDLE_SECONDS: Final = 300.0
UPLOAD_SECONDS: Final = 600.0
SLOWEST_UPLOAD: Final = 20_000  # bytes per second
_LONGEST_REASON: Final = 300
_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class Refused(Exception):
    """CKAN refused what was given; ``fields`` says what is wrong with which field, in its own words."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        super().__init__(dict(fields))
        self.fields = dict(fields)


@dataclass(frozen=True)
class _Call:
    """One call: the action, how to make its request, and the time it may take (seconds)."""

    action: str
    prepare: Callable[[Allowance], requests.PreparedRequest]
    seconds: float
    idle: float


def open_api(place: str, token: str, settings: Ckan) -> CkanApi:
    """Return the way to a portal. Raise UsageProblem for an address that cannot be or must not be used."""
    parts = urlsplit(place) if is_fetchable(place) else None
    if parts is None or parts.query or parts.fragment or "@" in parts.netloc or "/api" in parts.path:
        raise UsageProblem("publish_ckan_url", url=redact(place))
    own = _is_own(parts.hostname or "")
    if parts.scheme == "http" and not own and not settings.plain_http:
        raise UsageProblem("publish_ckan_http", url=redact(place))
    policy = FetchPolicy(allow_private=own or settings.private_network, ca_bundle=settings.ca_bundle)
    return CkanApi(place.rstrip("/"), token, settings.organisation, policy)


def _is_own(host: str) -> bool:
    """Tell whether an address as it is written belongs to this machine or a private network."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_private


class CkanApi:
    """Calls actions of one portal with one token."""

    def __init__(self, place: str, token: str, organisation: str, policy: FetchPolicy) -> None:
        self.place = place
        self._token = token
        self._organisation = organisation
        self._policy = policy
        self._patience = Patience(
            policy.attempts,
            policy.max_wait,
            time.sleep,
            random.Random(),  # noqa: S311 -- jitter is no secret
        )
        self._wire = Wire(
            resolve,
            allow_private=policy.allow_private,
            connect_timeout=policy.connect_timeout,
            ca_bundle=policy.ca_bundle,
        )

    def __repr__(self) -> str:
        return f"CkanApi({self.place!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wire.close()

    def show(self, name: str) -> Answer | None:
        """Return a data set by its name; None if there is none. Raise as ``call``."""
        return self._ask("package_show", {"id": name}, again=True)

    def call(self, action: str, content: Mapping[str, object], *, again: bool) -> Answer:
        """Call an action and return its result; with ``again`` another attempt does no harm.

        Raise Refused if CKAN does not accept the content, AbortRun if it does not allow the action,
        RetryLater and RejectDelivery for everything else.
        """
        result = self._ask(action, content, again=again)
        if result is None:
            raise RetryLater("ckan_failed", action=action, status=404, why="Not Found")
        return result

    def upload(
        self, action: str, fields: Mapping[str, str], path: Path, media_type: str, *, again: bool
    ) -> Answer:
        """Call an action with a file. Raise as ``call``, RejectDelivery also for a file that is too large."""
        size = path.stat().st_size

        def prepare(allowance: Allowance) -> requests.PreparedRequest:
            body = Upload(fields, path, media_type, allowance.timeout)
            return self._request(action, body, body.content_type)

        seconds = UPLOAD_SECONDS + size / SLOWEST_UPLOAD
        call = _Call(action, prepare, seconds, UPLOAD_IDLE_SECONDS)
        too_large = RejectDelivery("ckan_too_large", file=path.name, bytes=size)
        try:
            result = self._attempt(call, too_large, again=again)
        except Refused as refused:
            if "upload" in refused.fields:
                raise too_large from None
            raise
        if result is None:
            raise RetryLater("ckan_failed", action=action, status=404, why="Not Found")
        return result

    def _ask(self, action: str, content: Mapping[str, object], *, again: bool) -> Answer | None:
        body = json.dumps(content).encode()
        call = _Call(
            action,
            lambda _allowance: self._request(action, body, "application/json"),
            self._policy.deadline,
            self._policy.deadline,
        )
        too_large = RejectDelivery("ckan_too_large", file=action, bytes=len(body))
        return self._attempt(call, too_large, again=again)

    def _attempt(self, call: _Call, too_large: RejectDelivery, *, again: bool) -> Answer | None:
        def once() -> Answer | None:
            return self._once(call, too_large)

        if again:
            return self._patience.try_again(once)
        try:
            return once()
        except Transient as failure:
            raise failure.error from failure.__cause__

    def _request(self, action: str, body: bytes | Upload, content_type: str) -> requests.PreparedRequest:
        headers = {
            "User-Agent": self._policy.user_agent,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Authorization": self._token,
            "Content-Type": content_type,
        }
        return requests.Request("POST", self._url(action), headers=headers, data=body).prepare()

    def _url(self, action: str) -> str:
        return f"{self.place}/api/3/action/{action}"

    def _once(self, call: _Call, too_large: RejectDelivery) -> Answer | None:
        allowance = Allowance(time.monotonic, seconds=call.seconds, idle=call.idle)
        exchange = Exchange(self._wire, self._policy, allowance)
        with exchange.answer(call.prepare(allowance)) as response:
            status = response.status_code
            if response.is_redirect:
                target = redact(response.headers.get("Location", ""))
                raise AbortRun("ckan_redirected", url=redact(self._url(call.action)), target=target)
            if status == requests.codes.request_entity_too_large:
                raise too_large
            body = b"".join(exchange.body(response, MOST_ANSWER_BYTES))
            wait = parse_retry_after(response.headers.get("Retry-After"), response.headers.get("Date"))
        return self._judge(call.action, status, _parsed(body), wait)

    def _judge(self, action: str, status: int, answer: Answer | None, wait: float | None) -> Answer | None:
        """Return the result; None for what does not exist."""
        if answer is not None and answer.get("success") is True:
            result = answer.get("result")
            return result if isinstance(result, dict) else {}
        said = answer.get("error") if answer is not None else None
        error = said if isinstance(said, dict) else {}
        why = self._reason(error)
        if status in _BUSY:
            params: dict[str, str | int | float] = {"action": action, "status": status, "why": why}
            if wait is not None:
                params["retry_after"] = round(wait)
            raise Transient(RetryLater("ckan_failed", **params), wait)
        if status in {requests.codes.unauthorized, requests.codes.forbidden}:
            raise AbortRun("ckan_denied", action=action, why=why, organisation=self._organisation)
        if not error:
            raise RetryLater("ckan_odd", url=redact(self.place), action=action, status=status)
        if status == requests.codes.not_found:
            return None
        if error.get("__type") == "Validation Error":
            raise Refused({name: value for name, value in error.items() if name != "__type"})
        raise RetryLater("ckan_failed", action=action, status=status, why=why)

    def _reason(self, error: Mapping[str, object]) -> str:
        """Return what CKAN says about an error in one line, without the token in case it is repeated."""
        said = error.get("message") or {name: value for name, value in error.items() if name != "__type"}
        shown = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False, default=str)
        return shorten(shown.replace(self._token, "…")) or "–"


def shorten(written: str) -> str:
    """Return a text of a portal for a message: one line, not too long."""
    shown = printable(written)
    return shown if len(shown) <= _LONGEST_REASON else shown[: _LONGEST_REASON - 1] + "…"


def _parsed(body: bytes) -> Answer | None:
    """Return the JSON object of an answer; None if it is none."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
