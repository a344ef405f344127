"""The one HTTP client: bounded in time, size, redirects and patience, whatever a server does.

Every failure leaves as one of the errors of ``connectors.errors``. A fetcher keeps connections open for
reuse but no cookies, and takes neither proxies nor passwords from the environment: a proxy would
resolve names itself, and then nothing could be promised about the addresses that are connected to.
A fetcher may be shared between threads.
"""

from __future__ import annotations

import io
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from connectors.addresses import Resolver, resolve
from connectors.allowance import Allowance
from connectors.errors import AbortRun
from connectors.exchange import Exchange
from connectors.policy import FetchPolicy
from connectors.replacement import Replacement, describe
from connectors.retries import Patience
from connectors.wire import Wire

__all__ = ["Answer", "Download", "FetchPolicy", "Fetcher", "Validators"]

_DEFAULT_POLICY = FetchPolicy()
_NOT_MODIFIED = 304
_LONGEST_VALIDATOR = 1_000
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([A-Za-z0-9][A-Za-z0-9._:+-]{0,39})", re.IGNORECASE)


@dataclass(frozen=True)
class Validators:
    """What a server gave with an answer, to be asked later whether that changed."""

    etag: str = ""
    last_modified: str = ""

    def headers(self) -> dict[str, str]:
        """Return the headers of a conditional request."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value}


NO_VALIDATORS = Validators()


@dataclass(frozen=True)
class Answer:
    """A small answer, its content encoding undone.

    ``url`` is where it came from in the end, ``content_type`` the media type in lower case without
    parameters, ``charset`` the declared one where it is known to exist. Of what did not change since it
    was given the ``validators``, status is 304 and the body empty.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    content_type: str
    charset: str | None
    validators: Validators = NO_VALIDATORS

    @property
    def not_modified(self) -> bool:
        """Tell whether the server said that what is known is what there is."""
        return self.status == _NOT_MODIFIED


@dataclass(frozen=True)
class Download:
    """A file that was fetched, or found unchanged.

    ``digest`` is the BLAKE2b-128 hash (hex) of the stored bytes, ``size`` their number. Where
    ``not_modified`` is true they describe the file as it already was (empty if there is none).
    ``delimited`` tells whether the server said where the body ends; if not, a file that was cut off
    cannot be told from a whole one by HTTP, only by its content.
    """

    path: Path
    size: int
    digest: str
    validators: Validators
    final_url: str
    not_modified: bool
    content_type: str = ""
    delimited: bool = True


class Fetcher:
    """Fetches small answers into memory and files onto disk, within the limits of a policy.

    Raise AbortRun if the policy names authorities that are not there.
    """

    def __init__(
        self,
        policy: FetchPolicy = _DEFAULT_POLICY,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
        resolver: Resolver = resolve,
    ) -> None:
        if policy.ca_bundle and not Path(policy.ca_bundle).is_file():
            raise AbortRun("ca_bundle_absent", file=policy.ca_bundle)
        self.policy = policy
        self._clock = clock
        self._patience = Patience(
            policy.attempts,
            policy.max_wait,
            sleep,
            rng or random.Random(),  # noqa: S311 -- jitter is no secret
        )
        self._wire = Wire(
            resolver,
            allow_private=policy.allow_private,
            connect_timeout=policy.connect_timeout,
            ca_bundle=policy.ca_bundle,
        )

    def __reduce__(self) -> tuple[type[Self], tuple[FetchPolicy]]:
        # A copy in another process shares the policy; connections cannot travel.
        return type(self), (self.policy,)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()

    def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, validators: Validators | None = None
    ) -> Answer:
        """Fetch a small answer. Raise RetryLater, RejectDelivery or AbortRun.

        The given headers go to the server of ``url`` only, not to others it redirects to. With
        ``validators`` the server may answer that nothing changed (status 304, no body).
        """
        known = validators or NO_VALIDATORS
        asked = {**(headers or {}), **known.headers()}
        return self._patience.try_again(lambda: self._get(url, asked, known=known))

    def visit(
        self,
        url: str,
        *,
        limit: int,
        may_follow: Callable[[str], bool],
        validators: Validators | None = None,
    ) -> Answer:
        """Fetch a page for a crawl. Raise RetryLater, RejectDelivery or AbortRun.

        It may have ``limit`` bytes, and redirects are followed only where ``may_follow`` agrees to the
        target. Otherwise as ``get``.
        """
        known = validators or NO_VALIDATORS

        def once() -> Answer:
            exchange = self._exchange(self.policy.deadline / 2)
            exchange.policy = replace(self.policy, max_bytes=min(limit, self.policy.max_bytes))
            exchange.may_follow = may_follow
            return _answer(exchange, url, known.headers(), known=known)

        return self._patience.try_again(once)

    def probe(self, url: str, *, size: int = 4_096, headers: Mapping[str, str] | None = None) -> Answer:
        """Fetch no more than the first bytes of whatever is there. Raise RetryLater or AbortRun.

        Raise RejectDelivery if not even these can be read. Headers are treated as by ``get``.
        """
        return self._patience.try_again(lambda: self._get(url, headers or {}, size))

    def post_form(self, url: str, form: Mapping[str, str]) -> Answer:
        """Send a small form and fetch a small answer. Raise RetryLater, RejectDelivery or AbortRun.

        The form goes to ``url`` and nowhere else: a redirect is an error.
        """
        return self._patience.try_again(lambda: self._get(url, {}, form=form))

    def download(
        self,
        url: str,
        target: Path,
        *,
        headers: Mapping[str, str] | None = None,
        validators: Validators | None = None,
    ) -> Download:
        """Fetch a file to ``target``, which changes at once and completely or not at all.

        Raise RetryLater, RejectDelivery or AbortRun. The given headers go to the server of ``url`` only.
        With ``validators`` the server may answer that nothing changed; the target is then left alone.
        """
        known = validators or NO_VALIDATORS
        asked = {**(headers or {}), **known.headers()}
        return self._patience.try_again(lambda: self._download(url, target, asked, known))

    def _exchange(self, idle: float, form: Mapping[str, str] | None = None) -> Exchange:
        allowance = Allowance(self._clock, seconds=self.policy.deadline, idle=idle)
        return Exchange(self._wire, self.policy, allowance, form)

    def _get(
        self,
        url: str,
        headers: Mapping[str, str],
        first: int | None = None,
        known: Validators = NO_VALIDATORS,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        # Half the time for silence: a server that hangs at first may well answer a second time.
        exchange = self._exchange(self.policy.deadline / 2, form)
        return _answer(exchange, url, headers, first, known)

    def _download(self, url: str, target: Path, headers: Mapping[str, str], known: Validators) -> Download:
        # Some servers generate an export while the client waits, so silence may last to the deadline.
        exchange = self._exchange(idle=self.policy.deadline)
        with exchange.open(url, headers) as response:
            if response.status_code == _NOT_MODIFIED:
                size, digest = describe(target)
                return Download(target, size, digest, known, response.url, not_modified=True)
            exchange.allowance.extend(
                seconds=self.policy.download_deadline,
                rate=self.policy.min_rate,
                window=self.policy.rate_window,
            )
            with Replacement(target) as replacement:
                for piece in exchange.body(response, self.policy.max_download):
                    replacement.write(piece)
                replacement.commit()
        return Download(
            path=target,
            size=replacement.size,
            digest=replacement.digest,
            validators=_validators(response),
            final_url=response.url,
            not_modified=False,
            content_type=_media_type(response),
            delimited=_is_delimited(response),
        )


def _answer(
    exchange: Exchange,
    url: str,
    headers: Mapping[str, str],
    first: int | None = None,
    known: Validators = NO_VALIDATORS,
) -> Answer:
    with exchange.open(url, headers) as response:
        unchanged = response.status_code == _NOT_MODIFIED
        # Read to its end even where there is nothing to read: only then the connection is used again.
        body = _read(exchange, response, first)
    return Answer(
        url=response.url,
        status=response.status_code,
        headers=response.headers,
        body=b"" if unchanged else body,
        content_type=_media_type(response),
        charset=_charset(response),
        validators=known if unchanged else _validators(response),
    )


def _read(exchange: Exchange, response: requests.Response, first: int | None) -> bytes:
    """Return the whole body, or the first bytes of one that may be as large as any download."""
    policy = exchange.policy
    body = io.BytesIO()
    for piece in exchange.body(response, policy.max_bytes if first is None else policy.max_download):
        body.write(piece)
        if first is not None and body.tell() >= first:
            return body.getvalue()[:first]
    return body.getvalue()


def _media_type(response: requests.Response) -> str:
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _charset(response: requests.Response) -> str | None:
    declared = _CHARSET.search(response.headers.get("Content-Type", ""))
    if declared is None:
        return None
    name = declared[1].lower()
    try:
        # Unlike a mere look-up this also refuses the codecs that are no character sets.
        "x".encode(name)
    except (LookupError, ValueError):
        return None
    return name


def _is_delimited(response: requests.Response) -> bool:
    headers = response.headers
    compressed = headers.get("Content-Encoding", "identity").lower() != "identity"
    chunked = "chunked" in headers.get("Transfer-Encoding", "").lower()
    return compressed or chunked or headers.get("Content-Length", "").isdigit()


def _validators(response: requests.Response) -> Validators:
    return Validators(
        etag=_echoable(response.headers.get("ETag", "")),
        last_modified=_echoable(response.headers.get("Last-Modified", "")),
    )


def _echoable(value: str) -> str:
    """Return a header value if it can be sent back as it is."""
    fits = len(value) <= _LONGEST_VALIDATOR and value.isascii() and value.isprintable()
    return value if fits else ""
