"""One attempt at a request: redirects followed by hand, the status judged, the body read with limits."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import requests
from requests.utils import get_auth_from_url, urldefragauth
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import TimeoutError as WireTimeoutError

from connectors.allowance import Allowance, Exceeded
from connectors.errors import AbortRun, ConnectorError, RejectDelivery, RetryLater
from connectors.hosts import is_allowed
from connectors.inflate import CompressionBroken, Inflater, RatioExceeded
from connectors.policy import FetchPolicy
from connectors.retries import Transient, parse_retry_after
from connectors.urls import is_fetchable, origin, redact
from connectors.wire import Wire

__all__ = ["Exchange"]

_CHUNK = 65_536
#: Bytes that may come in before a body starts, and around each chunk of it (framing included).
_AMOUNT = 1_048_576
_COMPLETE = frozenset({200, 203, 204})
_NOT_MODIFIED = 304
_BUSY = frozenset({408, 425, 429})
#: What another server than the one that was asked may be told, besides who is asking.
_HARMLESS_HEADERS = frozenset({"accept", "accept-language", "if-none-match", "if-modified-since"})


@dataclass
class Exchange:
    """The state of one attempt.

    With a ``form`` the request is a POST of it. Forms may hold secrets, so they are shown nowhere and
    follow no redirect. Others follow one only where ``may_follow`` agrees, if it is given.
    """

    wire: Wire
    policy: FetchPolicy
    allowance: Allowance
    form: Mapping[str, str] | None = field(default=None, repr=False)
    may_follow: Callable[[str], bool] | None = None

    @contextmanager
    def open(self, url: str, headers: Mapping[str, str]) -> Iterator[requests.Response]:
        """Give the final response to a request, its body unread, and close it afterwards.

        Raise AbortRun for an address that cannot be fetched, RetryLater for a status that is no
        success, and Transient where another attempt may help.
        """
        with closing(self._follow(url, headers)) as response:
            self._judge(response, conditional=_is_conditional(headers))
            yield response

    @contextmanager
    def answer(self, request: requests.PreparedRequest) -> Iterator[requests.Response]:
        """Give whatever answers a prepared request, a redirect or an error included; its body is unread.

        Raise RetryLater, and Transient where another attempt may help.
        """
        with closing(self._send(request)) as response:
            yield response

    def body(self, response: requests.Response, limit: int) -> Iterator[bytes]:
        """Yield the body, its content encoding undone. Raise RejectDelivery beyond a limit."""
        url = redact(response.url)
        inflater = self._inflater(response)
        too_large = RejectDelivery("too_large", url=url, limit=limit)
        if _declared_length(response) > limit:
            raise too_large
        received = given = 0
        for data in self._raw_chunks(response):
            received += len(data)
            for piece in _inflate(inflater, data, url, self.policy.max_ratio):
                given += len(piece)
                if given > limit:
                    raise too_large
                yield piece
            if received > limit:
                raise too_large
        if inflater is not None:
            with _translated(url):
                inflater.finish()

    def _follow(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        if not is_fetchable(url):
            raise AbortRun("bad_url", url=redact(url))
        auth = get_auth_from_url(url)
        first = request = self._prepare(url, headers, auth)
        for _ in range(self.policy.max_redirects + 1):
            response = self._send(request)
            if not response.is_redirect:
                return response
            with closing(response):
                target = _target(response)
            if self.form is not None:
                raise RetryLater("form_redirected", url=redact(url), target=redact(target))
            if self.may_follow is not None and not self.may_follow(target):
                raise RetryLater("redirect_unwanted", url=redact(url), target=redact(target))
            at_home = origin(target) == origin(str(first.url))
            shown = _harmless(headers) if not at_home else headers
            request = self._prepare(target, shown, auth if at_home else ("", ""), response.url)
        raise RetryLater("too_many_redirects", url=redact(url), limit=self.policy.max_redirects)

    def _prepare(
        self,
        url: str,
        headers: Mapping[str, str],
        auth: tuple[str, str],
        redirected_from: str | None = None,
    ) -> requests.PreparedRequest:
        own = {"User-Agent": self.policy.user_agent, "Accept": "*/*", "Accept-Encoding": "gzip"}
        request = requests.Request(
            "GET" if self.form is None else "POST",
            urldefragauth(url),
            headers={**own, **headers},
            data=self.form,
            auth=auth if any(auth) else None,
        )
        try:
            return request.prepare()
        except (requests.RequestException, ValueError) as error:
            if redirected_from is None:
                raise AbortRun("bad_url", url=redact(url)) from error
            raise _unusable(redirected_from, url) from error

    def _send(self, request: requests.PreparedRequest) -> requests.Response:
        host = urlsplit(str(request.url)).hostname or ""
        if not is_allowed(host, self.policy.allowed_hosts):
            raise RetryLater("host_not_allowed", host=host, allowed=", ".join(self.policy.allowed_hosts))
        self.allowance.grant(_AMOUNT)
        with _translated(redact(str(request.url))):
            return self.wire.exchange(request, self.allowance)

    def _judge(self, response: requests.Response, *, conditional: bool) -> None:
        status = response.status_code
        if status in _COMPLETE or (conditional and status == _NOT_MODIFIED):
            return
        url = redact(response.url)
        if status not in _BUSY and status < 500:
            raise RetryLater("http_status", url=url, status=status)
        wait = parse_retry_after(response.headers.get("Retry-After"), response.headers.get("Date"))
        if wait is None:
            raise Transient(RetryLater("http_status", url=url, status=status))
        error = RetryLater("http_status", url=url, status=status, retry_after=round(wait))
        raise Transient(error, wait)

    def _inflater(self, response: requests.Response) -> Inflater | None:
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        framing = response.headers.get("Transfer-Encoding", "").strip().lower()
        if framing not in {"", "identity", "chunked"}:
            # http.client would hand out the framing as if it were content.
            encoding = framing
        elif encoding in {"", "identity"}:
            return None
        elif encoding in {"gzip", "x-gzip", "deflate"}:
            return Inflater(self.policy.max_ratio)
        shown = "".join(character for character in encoding[:40] if character.isprintable())
        raise RejectDelivery("encoding_unknown", url=redact(response.url), encoding=shown)

    def _raw_chunks(self, response: requests.Response) -> Iterator[bytes]:
        raw: BaseHTTPResponse = response.raw
        url = redact(response.url)
        while True:
            self.allowance.grant(_AMOUNT)
            with _translated(url):
                data = raw.read(_CHUNK, decode_content=False)
            if not data:
                return
            yield data


def _inflate(inflater: Inflater | None, data: bytes, url: str, max_ratio: int) -> Iterator[bytes]:
    if inflater is None:
        yield data
        return
    pieces = inflater.feed(data)
    while True:
        try:
            with _translated(url):
                piece = next(pieces, None)
        except RatioExceeded as error:
            raise RejectDelivery("decompression_bomb", url=url, ratio=max_ratio) from error
        if piece is None:
            return
        yield piece


def _is_conditional(headers: Mapping[str, str]) -> bool:
    return any(name.lower() in {"if-none-match", "if-modified-since"} for name in headers)


def _harmless(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() in _HARMLESS_HEADERS}


def _declared_length(response: requests.Response) -> int:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _target(response: requests.Response) -> str:
    """Return where a redirect leads. Raise RetryLater if nobody should go there."""
    location = response.headers["Location"]
    try:
        # Header bytes arrive as Latin-1 characters; addresses are UTF-8 where not ASCII.
        target = urljoin(response.url, location.encode("latin-1").decode("utf-8").strip())
    except ValueError as error:
        raise _unusable(response.url, location) from error
    if not is_fetchable(target):
        raise _unusable(response.url, target)
    if origin(response.url)[0] == "https" and origin(target)[0] == "http":
        raise RetryLater("redirect_downgrade", url=redact(response.url), target=redact(target))
    return target


def _unusable(url: str, target: str) -> RetryLater:
    return RetryLater("redirect_unusable", url=redact(url), target=redact(target))


@contextmanager
def _translated(url: str) -> Iterator[None]:
    """Turn whatever goes wrong inside the libraries into this package's errors."""
    try:
        yield
    except (ConnectorError, Transient, RatioExceeded):
        raise
    except Exceeded as error:
        raise _exceeded(error, url) from error
    except (requests.Timeout, WireTimeoutError) as error:
        raise Transient(RetryLater("timed_out", url=url)) from error
    except CompressionBroken as error:
        raise Transient(RetryLater("connection_broken", url=url)) from error
    except Exception as error:
        # Hostile framing reaches corners of the libraries that raise anything, ValueError included.
        if _is_certificate_failure(error):
            raise RetryLater("certificate_invalid", url=url) from error
        raise Transient(RetryLater("connection_broken", url=url)) from error


def _exceeded(error: Exceeded, url: str) -> Exception:
    if error.limit == "deadline":
        return RetryLater("too_slow", url=url, seconds=round(error.seconds))
    if error.limit == "rate":
        return RetryLater("rate_too_low", url=url, seconds=round(error.seconds))
    return Transient(RetryLater("connection_broken", url=url))


def _is_certificate_failure(error: BaseException | None) -> bool:
    depth = 0
    while error is not None and depth < 10:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
        depth += 1
    return False
