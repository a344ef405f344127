"""``/metrics`` for Prometheus, and the two questions that start-up and supervision ask.

The figures are asked of the database when somebody comes for them, and kept for a few seconds. Labels are
source ids, jobs and fixed codes, never areas or services, so that their number stays small.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from time import monotonic
from typing import Final

from fastapi import APIRouter
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from catalogue.errors import StoreError
from catalogue.reports.measures import Measures, measure
from cli.app_version import program_version
from cli.serve.database import TooSlow
from cli.serve.desk import Desk

__all__ = ["METRICS", "PATHS", "health_routes"]

#: How long figures are kept: several servers of Prometheus may come at the same time.
KEPT_SECONDS = 5.0
METRICS: Final = "/metrics"
ALIVE: Final = "/healthz"
READY: Final = "/readyz"
PATHS: Final = (METRICS, ALIVE, READY)
#: What a run or a night may have come to.
RUN_STATES: Final = ("ok", "partial", "failed", "aborted")
NIGHT_STATES: Final = ("running", "ok", "partial", "failed", "aborted", "missed")


def health_routes(desk: Desk, report: Callable[[BaseException], None]) -> APIRouter:
    """Return the routes; ``report`` is told of errors that the operator has to know."""
    router = APIRouter(include_in_schema=False)
    figures = _Figures(desk, report)

    @router.get(METRICS)
    async def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Gauges(*await figures.now()))
        return Response(encode(registry), headers={"Content-Type": content_type, "Cache-Control": "no-store"})

    @router.get(ALIVE)
    async def alive() -> Response:
        return _said("ok")

    @router.get(READY)
    async def ready() -> Response:
        try:
            await desk.ask(_nothing)
        except StoreError as error:
            report(error)
            return _said(error.code, 503)
        except TooSlow:
            return _said("too_slow", 503)
        return _said("ok")

    return router


def _said(status: str, code: int = 200) -> Response:
    return JSONResponse({"status": status}, code, headers={"Cache-Control": "no-store"})


def _nothing(_: Connection) -> None:
    """Ask nothing: that the schema is the right one is looked at before every question."""


class _Figures:
    """Asks for the figures, once for all who want them within some seconds."""

    def __init__(self, desk: Desk, report: Callable[[BaseException], None]) -> None:
        self._desk = desk
        self._report = report
        self._lock: asyncio.Lock | None = None
        self._known: tuple[Measures | None, float, float] | None = None
        self._asked_at = 0.0

    async def now(self) -> tuple[Measures | None, float, float]:
        """Return the figures (None if the database cannot be asked), when, and how long it took."""
        self._lock = self._lock or asyncio.Lock()
        async with self._lock:
            begun = monotonic()
            if self._known is None or begun - self._asked_at > KEPT_SECONDS:
                found = await self._ask()
                self._asked_at = monotonic()
                self._known = found, self._desk.now().timestamp(), self._asked_at - begun
            return self._known

    async def _ask(self) -> Measures | None:
        try:
            return await self._desk.ask(lambda connection: measure(connection, self._desk.now()))
        except (StoreError, TooSlow, SQLAlchemyError) as error:
            self._report(error)
            return None


class _Gauges(Collector):
    """The figures as Prometheus wants them; docs/ueberwachung.md lists all of them."""

    def __init__(self, measures: Measures | None, now: float, took: float) -> None:
        self._measures = measures
        self._now = now
        self._took = took

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield all figures; without a database only that there is none."""
        found = self._measures
        up = found is not None
        yield _one("database_up", "Whether the catalogue's database could be asked (1) or not (0).", up)
        yield _one("measure_seconds", "How long asking for these figures took.", self._took)
        version = {"version": program_version(), "schema": found.revision if found else ""}
        build = _family("build_info", "Version of the program and of the database's schema.", *version)
        build.add_metric(list(version.values()), 1)
        yield build
        if found is not None:
            yield from _of_runs(found)
            yield from self._of_sources(found)
            yield from _of_catalogue(found)
            yield from _of_operation(found)

    def _of_sources(self, found: Measures) -> Iterator[GaugeMetricFamily]:
        good = {one.source: one.good_at for one in found.sources}
        ages = {key: None if at is None else max(0.0, self._now - at) for key, at in good.items()}
        yield _by(
            "source_last_success_timestamp_seconds", "When a source was last read well.", "source", good
        )
        yield _by("source_age_seconds", "How long ago a source was last read well.", "source", ages)
        limits: dict[str, float | None] = {one.source: one.stale_after for one in found.sources}
        yield _by("source_stale_after_seconds", "From what age on a source is stale.", "source", limits)
        objects: dict[str, float | None] = {one.source: one.objects for one in found.sources}
        yield _by("source_objects", "Records of the last complete delivery applied.", "source", objects)
        standing = _family(
            "source_standing", "How a source stands; 1 with its present standing.", "source", "standing"
        )
        for one in found.sources:
            standing.add_metric([one.source, one.standing], 1)
        yield standing
        yield _one("deliveries_held", "Deliveries that wait for somebody to release them.", found.held)


def _of_runs(found: Measures) -> Iterator[GaugeMetricFamily]:
    runs = found.runs
    yield _by(
        "run_last_end_timestamp_seconds",
        "When the last run of a kind ended.",
        "kind",
        {one.kind: one.ended_at for one in runs},
    )
    yield _by(
        "run_last_success_timestamp_seconds",
        "When the last good run of a kind ended, be it complete or in part.",
        "kind",
        {one.kind: one.good_at for one in runs},
    )
    yield _by(
        "run_last_duration_seconds",
        "How long the last run of a kind took.",
        "kind",
        {one.kind: one.seconds for one in runs},
    )
    yield _by(
        "run_running",
        "Runs of a kind that are said to be going on.",
        "kind",
        {one.kind: one.running for one in runs},
    )
    yield _states(
        "run_last_state",
        "What the last run of a kind came to; 1 with its state.",
        "kind",
        {one.kind: one.state for one in runs if one.state},
        RUN_STATES,
    )


def _of_catalogue(found: Measures) -> Iterator[GaugeMetricFamily]:
    yield _one("region_areas", "Areas of the region.", found.areas)
    yield _by("cells", "Cells of competent areas by status.", "status", found.cells)
    yield _by("cells_unknown", "Unknown cells of competent areas by reason.", "reason", found.unknown)
    yield _one("cells_gaps", "Gaps: services an area has to offer and does not offer online.", found.gaps)
    yield _by("links", "Links behind online offers by state.", "state", found.links)


def _of_operation(found: Measures) -> Iterator[GaugeMetricFamily]:
    started = _family("lock_started_timestamp_seconds", "Since when a lock is held.", "what")
    beat = _family("lock_beat_timestamp_seconds", "When the holder of a lock last said it lives.", "what")
    for one in found.holders:
        started.add_metric([one.what], datetime.fromisoformat(one.started_at).timestamp())
        beat.add_metric([one.what], datetime.fromisoformat(one.beat_at).timestamp())
    yield started
    yield beat
    yield _by(
        "night_last_start_timestamp_seconds",
        "When the last night of a job began.",
        "job",
        {one.job: one.started_at for one in found.jobs},
    )
    yield _by(
        "night_next_timestamp_seconds",
        "When the next night of a job is due.",
        "job",
        {one.job: one.next_at for one in found.jobs},
    )
    yield _states(
        "night_last_state",
        "What the last night of a job came to; 1 with its state.",
        "job",
        {one.job: one.state for one in found.jobs if one.state},
        NIGHT_STATES,
    )
    yield _by("notices", "Notices that were not sent, by state.", "state", found.notices)


def _family(name: str, said: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lueckenlos_{name}", said, labels=labels)


def _one(name: str, said: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lueckenlos_{name}", said, value=float(value))


def _by(name: str, said: str, label: str, values: Mapping[str, float | None]) -> GaugeMetricFamily:
    """Return one figure for each value of a label; what is not known is left out."""
    family = _family(name, said, label)
    for key, value in values.items():
        if value is not None:
            family.add_metric([key], value)
    return family


def _states(
    name: str, said: str, label: str, states: Mapping[str, str], known: tuple[str, ...]
) -> GaugeMetricFamily:
    family = _family(name, said, label, "state")
    for key, state in states.items():
        for one in known:
            family.add_metric([key, one], float(one == state))
    return family
