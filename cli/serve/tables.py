"""The lists of the interface: areas, services, cells, gaps, coverage, changes, sources and runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from catalogue.reports.cellpages import CellKey, cell_page, gap_page
from catalogue.reports.cells import CellRow
from catalogue.reports.changes import ChangeRow, change_page
from catalogue.reports.coverage import DEFINITIONS, CoverageRow, coverage
from catalogue.reports.directory import AreaRow, ServiceRow, area_rows, service_rows
from catalogue.reports.filters import RegionArea, areas_now
from catalogue.reports.runs import runs
from catalogue.reports.sources import sources
from catalogue.verdict import GAP_STATUSES
from cli.serve.cursors import CursorInvalid, read_cursor, write_cursor
from cli.serve.desk import MOMENTARY, Desk
from cli.serve.pages import Listing, about, cut, list_response
from cli.serve.problems import language_of
from cli.serve.public import PublicRun, PublicSource, public_run, public_source
from cli.serve.queries import AreaQuery, CellQuery, ChangeQuery, CoverageQuery, ListQuery, ServiceQuery
from cli.serve.schemas import listed
from cli.texts import Texts

__all__ = ["tables"]

#: The newest run comes first, so that its key has to be the lowest.
_BEYOND_RUNS = 10**12
LONGEST_NUMBER = 18


def tables(desk: Desk) -> APIRouter:
    """Return the routes of all lists."""
    router = APIRouter()

    async def answer(
        request: Request, query: ListQuery, question: Callable[[Connection], Listing]
    ) -> Response:
        return list_response(request, query, await desk.ask(question))

    def region(request: Request, connection: Connection) -> list[RegionArea]:
        return desk.shared(request, areas_now, connection)

    @router.get("/areas", responses=listed(AreaRow), tags=["catalogue"], operation_id="areas")
    async def areas(request: Request, query: Annotated[AreaQuery, Query()]) -> Response:
        """Return the areas of the region, by regional key and level."""
        return await answer(request, query, lambda connection: _areas(connection, query))

    @router.get("/services", responses=listed(ServiceRow), tags=["catalogue"], operation_id="services")
    async def services(request: Request, query: Annotated[ServiceQuery, Query()]) -> Response:
        """Return the OZG services, by id."""
        return await answer(request, query, lambda connection: _services(connection, query))

    @router.get("/cells", responses=listed(CellRow), tags=["verdicts"], operation_id="cells")
    async def cells(request: Request, query: Annotated[CellQuery, Query()]) -> Response:
        """Return what is known about each service in each area, by regional key, level and OZG id."""
        return await answer(
            request, query, lambda connection: _cells(connection, query, region(request, connection))
        )

    @router.get("/gaps", responses=listed(CellRow), tags=["verdicts"], operation_id="gaps")
    async def gaps(request: Request, query: Annotated[CellQuery, Query()]) -> Response:
        """Return what areas have to offer and do not offer online, by regional key, level and OZG id."""
        return await answer(
            request, query, lambda connection: _gaps(connection, query, region(request, connection))
        )

    @router.get("/coverage", responses=listed(CoverageRow), tags=["verdicts"], operation_id="coverage")
    async def covered(request: Request, query: Annotated[CoverageQuery, Query()]) -> Response:
        """Return how much is online in each area, by four definitions; `meta.total` is all areas."""
        text = Texts(language_of(request))
        return await answer(request, query, lambda connection: _coverage(connection, query, text))

    @router.get("/changes", responses=listed(ChangeRow), tags=["verdicts"], operation_id="changes")
    async def changed(request: Request, query: Annotated[ChangeQuery, Query()]) -> Response:
        """Return which verdicts moved in a period and why, in the order they did."""
        return await answer(request, query, lambda connection: _changes(connection, query))

    @router.get("/sources", responses=listed(PublicSource), tags=["origin"], operation_id="sources")
    async def read(request: Request, query: Annotated[ListQuery, Query()]) -> Response:
        """Return the sources and how they stand at the moment, by their keys."""
        setattr(request.state, MOMENTARY, True)
        return await answer(request, query, lambda connection: _sources(connection, query, desk))

    @router.get("/runs", responses=listed(PublicRun), tags=["origin"], operation_id="runs")
    async def ran(request: Request, query: Annotated[ListQuery, Query()]) -> Response:
        """Return the runs, the newest first."""
        return await answer(request, query, lambda connection: _runs(connection, query))

    return router


def _areas(connection: Connection, query: AreaQuery) -> Listing:
    filters = query.filters()
    keyed = [((row.ars, row.level), row) for row in area_rows(connection, filters)]
    rows, following = cut("areas", keyed, query)
    return Listing(AreaRow, rows, following, {**about(connection, filters), "total": len(keyed)})


def _services(connection: Connection, query: ServiceQuery) -> Listing:
    filters = query.filters()
    keyed = [((row.ozg_id,), row) for row in service_rows(connection, filters)]
    rows, following = cut("services", keyed, query)
    return Listing(ServiceRow, rows, following, {**about(connection, filters), "total": len(keyed)})


def _cells(connection: Connection, query: CellQuery, region: list[RegionArea]) -> Listing:
    filters = query.filters()
    after = _after("cells", query)
    found = cell_page(connection, filters, after=after, limit=query.limit, region=region)
    meta = {
        **about(connection, filters),
        "total": sum(found.statuses.values()),
        "statuses": found.statuses,
    }
    return Listing(CellRow, found.rows, write_cursor("cells", found.next) if found.next else "", meta)


def _gaps(connection: Connection, query: CellQuery, region: list[RegionArea]) -> Listing:
    filters = query.filters()
    after = _after("gaps", query)
    found = gap_page(connection, filters, after=after, limit=query.limit, region=region)
    meta = {
        **about(connection, filters),
        "total": found.total,
        "statuses": list(GAP_STATUSES),
        "voluntary": found.voluntary,
        "stale": found.stale,
        "unknown": found.unknown,
        "unresolved": found.unresolved._asdict(),
        "remarks": found.remarks._asdict(),
    }
    return Listing(CellRow, found.rows, write_cursor("gaps", found.next) if found.next else "", meta)


def _after(kind: str, query: ListQuery) -> CellKey | None:
    key = read_cursor(kind, query.cursor, len(CellKey._fields))
    return None if key is None else CellKey(*key)


def _coverage(connection: Connection, query: CoverageQuery, text: Texts) -> Listing:
    filters = query.filters()
    *rows, total = coverage(connection, filters, query.scope)
    keyed = sorted((((row.ars, row.level), row) for row in rows), key=lambda pair: pair[0])
    shown, following = cut("coverage", keyed, query)
    meta = {
        **about(connection, filters),
        "total": total,
        "scope": query.scope,
        "denominator": text(f"denominator.{query.scope}"),
        "definitions": {name: text(f"definition.{name}") for name in DEFINITIONS},
    }
    return Listing(CoverageRow, shown, following, meta)


def _changes(connection: Connection, query: ChangeQuery) -> Listing:
    filters = query.filters()
    since, until = query.period()
    key = read_cursor("changes", query.cursor, 1)
    after = _number(key[0]) if key else 0
    found = change_page(connection, filters, since=since, until=until, after=after, limit=query.limit)
    meta = {**about(connection, filters), "since": _written(since), "until": _written(until)}
    following = write_cursor("changes", (str(found.next),)) if found.next is not None else ""
    return Listing(ChangeRow, found.rows, following, meta)


def _number(written: str) -> int:
    """Return the number of a change in a cursor; a database has none with more digits."""
    if written.isascii() and written.isdigit() and len(written) <= LONGEST_NUMBER:
        return int(written)
    raise CursorInvalid


def _written(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _sources(connection: Connection, query: ListQuery, desk: Desk) -> Listing:
    keyed = sorted(
        (((row.source,), row) for row in sources(connection, desk.now())), key=lambda pair: pair[0]
    )
    rows, following = cut("sources", keyed, query)
    meta = {**about(connection), "total": len(keyed)}
    return Listing(PublicSource, [public_source(row) for row in rows], following, meta)


def _runs(connection: Connection, query: ListQuery) -> Listing:
    keyed = [((f"{_BEYOND_RUNS - row.run}",), row) for row in runs(connection)]
    rows, following = cut("runs", keyed, query)
    meta = {**about(connection), "total": len(keyed)}
    return Listing(PublicRun, [public_run(row) for row in rows], following, meta)
