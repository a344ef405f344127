"""The application put together: the interface, the routes of the dashboard, and the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query
from fastapi.openapi.utils import get_openapi
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp

from cli.app_version import program_version
from cli.serve.answers import PATIENCE_SECONDS, Answers
from cli.serve.dashboard import DEFINITION_HEADER, dashboard
from cli.serve.desk import Desk
from cli.serve.guard import Guard
from cli.serve.hosts import Hosts
from cli.serve.metrics import health_routes
from cli.serve.pages import META_HEADER, json_response
from cli.serve.problems import add_handlers
from cli.serve.queries import Asked
from cli.serve.schemas import PROBLEM_SCHEMA, PROBLEMS
from cli.serve.site import Site
from cli.serve.tables import tables
from cli.serve.watch import Watch

__all__ = ["API", "DASHBOARD", "build", "described"]

API = "/api/v1"
DASHBOARD = "/v1"
OPENAPI = f"{API}/openapi.json"
TITLE = "Lückenlos"
DESCRIPTION = (
    "Which online public services municipalities offer and lack, with evidence, for reading only. Not "
    "official; docs/schnittstelle.md says what each figure means."
)
READING = ["GET", "HEAD"]


def build(
    desk: Desk,
    *,
    site: Path | None = None,
    origins: Sequence[str] = (),
    hosts: Hosts | None = None,
    report: Callable[[BaseException], None] = lambda _: None,
    patience: float = PATIENCE_SECONDS,
) -> ASGIApp:
    """Return the whole application.

    ``site`` is the folder of pages, ``origins`` the places whose pages may read the interface in a browser,
    ``hosts`` the names under which it answers; ``report`` is told of errors that the operator has to know.
    Answers may be ``patience`` seconds old.
    """
    app = described(desk)
    add_handlers(app, report)
    app.include_router(health_routes(desk, report))
    app.add_route(API, _to_interface, include_in_schema=False)
    if site is not None:
        app.mount("/", Site(site))
    else:
        app.add_route("/", _to_interface, include_in_schema=False)
    prefixes = (f"{API}/", f"{DASHBOARD}/")
    answering: ASGIApp = Answers(app, watch=Watch(desk.state), prefixes=prefixes, patience=patience)
    if origins:
        answering = CORSMiddleware(
            answering,
            allow_origins=origins,
            allow_methods=READING,
            expose_headers=["ETag", "Link", META_HEADER, DEFINITION_HEADER],
        )
    return Guard(answering, report=report, hosts=hosts)


def described(desk: Desk) -> FastAPI:
    """Return the routes of the interface with their description."""
    app = FastAPI(
        title=TITLE,
        version=program_version(),
        description=DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.include_router(_overview(app), prefix=API)
    app.include_router(tables(desk), prefix=API)
    app.include_router(dashboard(desk), prefix=DASHBOARD)
    return app


def _overview(app: FastAPI) -> APIRouter:
    router = APIRouter()

    @router.get(
        "/",
        responses={200: {"description": "Addresses."}, **PROBLEMS},
        tags=["catalogue"],
        operation_id="overview",
    )
    async def overview(query: Annotated[Asked, Query()]) -> Response:  # noqa: ARG001 - only checked
        """Return what there is to ask."""
        paths = sorted(openapi(app)["paths"])
        return json_response(
            {"name": TITLE, "version": program_version(), "openapi": OPENAPI, "paths": paths}
        )

    @router.get("/openapi.json", include_in_schema=False)
    async def description(query: Annotated[Asked, Query()]) -> Response:  # noqa: ARG001
        return JSONResponse(openapi(app))

    return router


def openapi(app: FastAPI) -> dict[str, Any]:
    """Return the description of the interface (OpenAPI)."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = schema["components"]["schemas"]
        schemas["Problem"] = PROBLEM_SCHEMA
        # The framework describes errors of its own, which never get out here.
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        for operations in schema["paths"].values():
            for operation in operations.values():
                operation["responses"].pop("422", None)
        app.openapi_schema = schema
    return app.openapi_schema


async def _to_interface(_: Request) -> Response:
    """Send whoever asks for a page where there is none to what there is."""
    return RedirectResponse(f"{API}/", status_code=307)
