"""The routes of the federal dashboard's data (``/v1``), filled from this catalogue.

Paths, parameters and fields are those of the dashboard's published description, so that who reads it can
read this. What the figures mean is our own definition, which the answers say: nothing here is official.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from xlsxwriter import Workbook  # type: ignore[import-untyped]  # has no types

from catalogue.reports.onlineservices import OnlineRow, OnlineServices
from cli.output import field_names, plain, write_csv
from cli.serve.choosing import chosen_format
from cli.serve.dashboardfields import PageArsDto, PageDvDataDto
from cli.serve.desk import Desk
from cli.serve.pages import json_response
from cli.serve.problems import language_of
from cli.serve.schemas import dashboard_answers
from cli.texts import Texts

__all__ = ["DEFINITION_HEADER", "dashboard"]

#: Larger pages are cut to this size, and say so.
MOST_ROWS = 2_000
HIGHEST_PAGE = 1_000_000
#: What is said with every answer, for programs; in words it stands beside the rows.
DEFINITION_HEADER = "X-Lueckenlos-Definition"
DEFINITION = "unofficial; shown=online by our sources; counted=any, by area; links=not checked"
FILE_TYPE = "application/octet-stream"
LONGEST_TEXT = 32_767  # characters in a cell of a sheet
#: Written into each file instead of the moment it was made.
NO_MOMENT = datetime(1980, 1, 1, tzinfo=UTC)
ArsPath = Annotated[str, Path(pattern=r"^\d{12}$", description="Regional key of twelve digits.")]
WholeNumber = Annotated[str, Field(pattern=r"^[0-9]{1,7}$")]


class DataQuery(BaseModel):
    """Which page, in which order; numbers are text, as the dashboard has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    order: Literal["asc", "desc"] = "asc"
    page: WholeNumber = Field(default="0", description="The first page is 0.")
    size: Annotated[str, Field(pattern=r"^0*[1-9][0-9]{0,6}$")] = Field(
        default="100", description=f"Rows of a page; more than {MOST_ROWS} are cut to that."
    )

    @property
    def rows(self) -> int:
        """Return how many rows a page has."""
        return min(int(self.size), MOST_ROWS)

    @property
    def start(self) -> int:
        """Return how many rows come before the page."""
        return int(self.page) * self.rows

    @property
    def falling(self) -> bool:
        """Tell whether the last row comes first."""
        return self.order == "desc"


class AreaDataQuery(DataQuery):
    """The same for one area."""

    filetype: Literal["csv", "xlsx", "json"] | None = None
    includeAbove: Literal["true", "false"] = "true"  # noqa: N815 - the dashboard's name
    includeBelow: Literal["true", "false"] = "true"  # noqa: N815


def dashboard(desk: Desk) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["dashboard"])

    async def found(
        request: Request, query: DataQuery, ars: str = "", *, above: bool = True, below: bool = True
    ) -> tuple[list[OnlineRow], dict[str, object]]:
        text = Texts(language_of(request))

        def question(connection: Connection) -> tuple[list[OnlineRow], dict[str, object]]:
            services = desk.shared(request, OnlineServices, connection)
            keys = services.keys(ars, above=above, below=below)
            rows = services.read(connection, keys, start=query.start, count=query.rows, falling=query.falling)
            return rows, _envelope(query, len(rows), services.total(connection, keys), text)

        return await desk.ask(question)

    @router.get("/data", responses=dashboard_answers(PageDvDataDto), operation_id="findAll")
    async def data(request: Request, query: Annotated[DataQuery, Query()]) -> Response:
        """Return online services of the region and what is above it."""
        rows, envelope = await found(request, query)
        return _page(rows, envelope)

    @router.get(
        "/data/{ars}", responses=dashboard_answers(PageDvDataDto, files=True), operation_id="findByFilter"
    )
    async def of_area(request: Request, ars: ArsPath, query: Annotated[AreaDataQuery, Query()]) -> Response:
        """Return online services of one area and, unless left out, of those above and below it."""
        above, below = query.includeAbove == "true", query.includeBelow == "true"
        rows, envelope = await found(request, query, ars, above=above, below=below)
        wanted = "json" if chosen_format(request.headers) == "json" else "csv"
        kind = query.filetype or wanted
        return _page(rows, envelope) if kind == "json" else _file(rows, kind, ars)

    @router.get("/ars", responses=dashboard_answers(PageArsDto), operation_id="findAll_1")
    async def areas(request: Request, query: Annotated[DataQuery, Query()]) -> Response:
        """Return the areas of the region and what is above it."""
        services = await desk.ask(lambda connection: desk.shared(request, OnlineServices, connection))
        names = sorted(services.area_names(), reverse=query.falling)
        shown = names[query.start : query.start + query.rows]
        content = [{"ars": ars, "arsName": name} for ars, name in shown]
        return _said(
            json_response(
                {"content": content, **_envelope(query, len(shown), len(names), Texts(language_of(request)))}
            )
        )

    return router


def _page(rows: Sequence[OnlineRow], envelope: Mapping[str, object]) -> Response:
    return _said(json_response({"content": [plain(row) for row in rows], **envelope}))


def _said(response: Response) -> Response:
    response.headers[DEFINITION_HEADER] = DEFINITION
    return response


def _envelope(query: DataQuery, shown: int, total: int, text: Texts) -> dict[str, object]:
    """Return what is said about a page, in the words of the dashboard, and whose figures these are."""
    pages = -(-total // query.rows)
    number = int(query.page)
    sort = {"sorted": True, "unsorted": False, "empty": False}
    return {
        "pageable": {
            "paged": True,
            "unpaged": False,
            "pageNumber": number,
            "pageSize": query.rows,
            "offset": query.start,
            "sort": sort,
        },
        "totalPages": pages,
        "totalElements": total,
        "numberOfElements": shown,
        "size": query.rows,
        "number": number,
        "sort": sort,
        "first": number == 0,
        "last": number >= pages - 1,
        "empty": shown == 0,
        "definition": text("serve.definition"),
    }


def _file(rows: Sequence[OnlineRow], kind: str, ars: str) -> Response:
    stream = io.BytesIO()
    if kind == "csv":
        write_csv(stream, field_names(OnlineRow), rows)
    else:
        _write_workbook(stream, rows)
    name = f'attachment; filename="lueckenlos-{ars}.{kind}"'
    return _said(Response(stream.getvalue(), headers={"Content-Disposition": name}, media_type=FILE_TYPE))


def _write_workbook(stream: io.BytesIO, rows: Sequence[OnlineRow]) -> None:
    """Write a sheet whose texts are texts, whatever they begin with; keys stay text as well.

    The same rows give the same bytes, so that a file has an ETag like any other answer.
    """
    book = Workbook(stream, {"in_memory": True})
    book.set_properties({"created": NO_MOMENT})
    sheet = book.add_worksheet("Daten")
    fields = field_names(OnlineRow)
    for column, name in enumerate(fields):
        sheet.write_string(0, column, name)
        for number, row in enumerate(rows, start=1):
            value = getattr(row, name)
            if isinstance(value, str):
                sheet.write_string(number, column, _clean(value))
            elif value is not None:
                sheet.write_number(number, column, value)
    book.close()


def _clean(value: str) -> str:
    return "".join(one for one in value if one.isprintable())[:LONGEST_TEXT]
