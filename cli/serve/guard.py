"""What every request passes first: only our names, only reading, only so much, and headers for browsers."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cli.serve.hosts import Hosts
from cli.serve.problems import language_of, problem
from cli.texts import Texts

__all__ = ["Guard"]

READING: Final = frozenset({"GET", "HEAD"})
ALLOWED: Final = "GET, HEAD, OPTIONS"
#: Bytes of path and query together.
LONGEST_ADDRESS = 8_000
#: Requests that may be under way at once; more are sent away at once instead of waiting for minutes.
MOST_AT_ONCE = 1_000
INTERFACE = ("/api/", "/v1/", "/metrics", "/healthz", "/readyz")
#: The page brings all it needs with it; answers of the interface need nothing.
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """The outermost part of the application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        report: Callable[[BaseException], None],
        hosts: Hosts | None = None,
        most_at_once: int = MOST_AT_ONCE,
    ) -> None:
        """``report`` is told of errors nobody else dealt with; ``hosts`` are the names of this server."""
        self._app = app
        self._hosts = hosts or Hosts()
        self._report = report
        self._most_at_once = most_at_once
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or say why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        sender = _Sender(send, is_data=scope["path"].startswith(INTERFACE), is_head=scope["method"] == "HEAD")
        refused = self._refusal(request)
        if refused is not None:
            await refused(scope, receive, sender)
            return
        self._under_way += 1
        try:
            method = "GET" if scope["method"] == "HEAD" else scope["method"]
            await self._app({**scope, "method": method}, receive, sender)
        except Exception as error:  # whatever it is, the server goes on
            if not sender.started:
                self._report(error)
                detail = Texts(language_of(request))("serve.defect")
                await problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, "defect", detail)(
                    scope, receive, sender
                )
        finally:
            self._under_way -= 1

    def _refusal(self, request: Request) -> Response | None:
        # A request without a name, as HTTP/1.0 may send it, comes from no browser.
        if not all(self._hosts.knows(one) for one in request.headers.getlist("host")):
            detail = Texts(language_of(request))("serve.host_unknown")
            return problem(request, HTTPStatus.MISDIRECTED_REQUEST, "host_unknown", detail)
        text = Texts(language_of(request)) if request.method not in READING else None
        if request.method == "OPTIONS":
            # Browsers ask by OPTIONS before they fetch from elsewhere; who answers that stands behind us.
            return None if "access-control-request-method" in request.headers else _allowed()
        if text is not None:
            status = HTTPStatus.METHOD_NOT_ALLOWED
            return problem(request, status, "method_not_allowed", text("serve.http_405"), {"Allow": ALLOWED})
        scope = request.scope
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > LONGEST_ADDRESS:
            detail = Texts(language_of(request))("serve.http_414", most=LONGEST_ADDRESS)
            return problem(request, HTTPStatus.REQUEST_URI_TOO_LONG, "address_too_long", detail)
        if self._under_way >= self._most_at_once:
            detail = Texts(language_of(request))("serve.too_many")
            return problem(request, HTTPStatus.SERVICE_UNAVAILABLE, "too_many", detail, {"Retry-After": "5"})
        return None


def _allowed() -> Response:
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Allow": ALLOWED})


class _Sender:
    """Sends an answer with the headers every answer has; to HEAD without its body."""

    def __init__(self, send: Send, *, is_data: bool, is_head: bool) -> None:
        self._send = send
        self._is_data = is_data
        self._is_head = is_head
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(raw=list(message["headers"]))
            for name, value in _HEADERS.items():
                headers[name] = value
            headers["Content-Security-Policy"] = _DATA_POLICY if self._is_data else _PAGE_POLICY
            message = {**message, "headers": headers.raw}
        elif message["type"] == "http.response.body" and self._is_head:
            if message.get("more_body", False):
                return
            message = {**message, "body": b""}
        await self._send(message)
