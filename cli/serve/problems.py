"""What went wrong, as programs and people read it: RFC 9457 with a code and a sentence in two languages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from catalogue.errors import CatalogueError, NotFound, StoreError
from catalogue.messages import LANGUAGES
from cli.problems import UsageProblem
from cli.serve.choosing import chosen_language
from cli.serve.cursors import CursorInvalid
from cli.serve.database import TooSlow
from cli.texts import Texts, printable

__all__ = ["Problem", "add_handlers", "language_of", "problem"]

#: The routes of the dashboard know no media type of their own for errors.
PLAIN_JSON_PREFIX = "/v1/"
SHOWN = 60  # characters of what was given
RETRY_SECONDS = "30"
#: Messages by the kind of error pydantic finds; all others get a general one.
_VALUES = {
    "extra_forbidden": "serve.parameter_unknown",
    "greater_than_equal": "serve.value_range",
    "int_parsing": "serve.value_number",
    "less_than_equal": "serve.value_range",
    "literal_error": "serve.value_choice",
    "missing": "serve.value_missing",
}


class Problem(BaseModel):
    """An error; `code` stays the same, `detail` is a sentence in the language that was asked for."""

    type: str
    title: str
    status: int
    detail: str
    code: str


def language_of(request: Request) -> str:
    """Return the language a request asks for, by its parameter or else by its header."""
    given = request.query_params.get("lang", "")
    return given if given in LANGUAGES else chosen_language(request.headers)


def problem(
    request: Request,
    status: HTTPStatus,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the answer to a request that cannot be fulfilled."""
    said = Problem(
        type="about:blank",
        title=status.phrase,
        status=status.value,
        detail=printable(detail),
        code=code,
    )
    plain = request.url.path.startswith(PLAIN_JSON_PREFIX)
    body = json.dumps(said.model_dump(), ensure_ascii=False).encode(errors="replace")
    return Response(
        body,
        status.value,
        {**(headers or {}), "Content-Language": language_of(request), "Cache-Control": "no-store"},
        media_type="application/json" if plain else "application/problem+json",
    )


def add_handlers(app: FastAPI, report: Callable[[BaseException], None]) -> None:
    """Let every error end in a problem; ``report`` is told of those the operator has to mend."""

    def unavailable(request: Request, error: StoreError) -> Response:
        report(error)
        # Where the database lies is nobody's business out there.
        detail = Texts(language_of(request))("serve.unavailable")
        wait = {"Retry-After": RETRY_SECONDS}
        return problem(request, HTTPStatus.SERVICE_UNAVAILABLE, error.code, detail, wait)

    def too_slow(request: Request, _: TooSlow) -> Response:
        detail = Texts(language_of(request))("serve.too_slow")
        wait = {"Retry-After": RETRY_SECONDS}
        return problem(request, HTTPStatus.SERVICE_UNAVAILABLE, "too_slow", detail, wait)

    def defect(request: Request, error: Exception) -> Response:
        report(error)
        detail = Texts(language_of(request))("serve.defect")
        return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, "defect", detail)

    handlers: Mapping[type[Exception], Callable[[Request, Any], Response]] = {
        StoreError: unavailable,
        TooSlow: too_slow,
        NotFound: _not_found,
        UsageProblem: _usage,
        CursorInvalid: _cursor,
        RequestValidationError: _invalid,
        HTTPException: _http,
        Exception: defect,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, _in_loop(handler))


def _in_loop(handler: Callable[[Request, Any], Response]) -> Any:
    """Return a handler that needs no thread of its own."""

    async def handle(request: Request, error: Exception) -> Response:
        return handler(request, error)

    return handle


def _not_found(request: Request, error: CatalogueError) -> Response:
    text = Texts(language_of(request))
    return problem(request, HTTPStatus.NOT_FOUND, error.code, text.error(error.code, error.params))


def _usage(request: Request, error: UsageProblem) -> Response:
    text = Texts(language_of(request))
    params = {**error.params}
    if "option" in params:  # what is an option of a command is a parameter here
        params["option"] = str(params["option"]).lstrip("-").replace("-", "_")
    return problem(request, HTTPStatus.BAD_REQUEST, error.code, text(f"usage.{error.code}", **params))


def _cursor(request: Request, _: CursorInvalid) -> Response:
    detail = Texts(language_of(request))("serve.cursor")
    return problem(request, HTTPStatus.BAD_REQUEST, "cursor_invalid", detail)


def _invalid(request: Request, error: RequestValidationError) -> Response:
    text = Texts(language_of(request))
    said = "; ".join(dict.fromkeys(_of_value(one, text) for one in error.errors()[:5]))
    return problem(request, HTTPStatus.BAD_REQUEST, "parameters_invalid", said)


def _of_value(found: Mapping[str, Any], text: Texts) -> str:
    """Return what is wrong with one parameter."""
    place: Sequence[object] = found.get("loc", ())
    limits = found.get("ctx", {})
    name = next((str(part) for part in place[1:] if not isinstance(part, int)), "")
    message = _VALUES.get(found.get("type", ""), "serve.value_wrong")
    allowed = limits.get("ge", limits.get("le", ""))
    if "expected" in limits:  # written as 'json' or 'csv'
        allowed = ", ".join(re.findall(r"'([^']*)'", str(limits["expected"])))
    return text(message, name=name[:SHOWN], given=str(found.get("input", ""))[:SHOWN], allowed=allowed)


def _http(request: Request, error: HTTPException) -> Response:
    text = Texts(language_of(request))
    status = HTTPStatus(error.status_code)
    detail = text.find(f"serve.http_{status.value}") or status.phrase
    return problem(request, status, status.name.lower(), detail, error.headers)
