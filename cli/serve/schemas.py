"""What answers look like, for the description of the interface (OpenAPI)."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from cli.serve.problems import Problem

__all__ = ["PROBLEMS", "PROBLEM_SCHEMA", "Meta", "Page", "dashboard_answers", "listed", "single"]

R = TypeVar("R")


class Meta(BaseModel):
    """What is said beside the rows; docs/data-dictionary.md explains every field."""

    model_config = ConfigDict(extra="allow")

    version: str
    region: str
    areas: int
    run: int | None
    as_of: str
    filters: dict[str, Any]
    counts: dict[str, int]
    next: str | None


class Page(BaseModel, Generic[R]):
    """One page of rows."""

    meta: Meta
    rows: list[R]


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


#: Errors that every address may answer with.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: _problem("A parameter is unknown or has a value it cannot have."),
    404: _problem("An area, a service, a theme or a status that was named does not exist."),
    500: _problem("A defect of this program."),
    503: _problem("The database cannot be asked at the moment, or the question takes too long."),
}
_UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "What `If-None-Match` names is still right."}
}
PROBLEM_SCHEMA = Problem.model_json_schema()


def listed(row_type: type) -> dict[int | str, dict[str, Any]]:
    """Return the answers of an address that lists rows of a type, as JSON or CSV."""
    headers = {
        "ETag": {"schema": {"type": "string"}, "description": "Names this content."},
        "Link": {"schema": {"type": "string"}, "description": "The next page, as a relative address."},
    }
    page: Any = Page
    return {
        200: {
            "model": page[row_type],
            "description": "One page.",
            "headers": headers,
            "content": {"text/csv": {"schema": {"type": "string"}}},
        },
        **_UNCHANGED,
        **PROBLEMS,
    }


def single(model: type) -> dict[int | str, dict[str, Any]]:
    """Return the answers of an address that returns one object."""
    return {200: {"model": model, "description": "The object."}, **_UNCHANGED, **PROBLEMS}


def dashboard_answers(model: type, *, files: bool = False) -> dict[int | str, dict[str, Any]]:
    """Return the answers of a route of the dashboard; its errors have no media type of their own."""
    plain = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    problems = {status: {**said, "content": plain} for status, said in PROBLEMS.items()}
    found: dict[str, Any] = {"model": model, "description": "One page."}
    if files:
        found["content"] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {200: found, **_UNCHANGED, **problems}
