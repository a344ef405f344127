"""What a staged delivery would bring: its first records with what they mean, and counts of all of them.

Read from the stage and the catalogue by the same rules as applying it; nothing is written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection

from catalogue.details import Details, read_details
from catalogue.reports.recordrows import (
    ELSEWHERE,
    EvidenceRow,
    KeyRow,
    LinkRow,
    MatchRow,
    evidence_rows,
    link_rows,
    maturity_of,
)
from catalogue.reports.recordstage import Audience, Staged
from catalogue.reports.recordtotals import Irregular, Services, count_classes, irregular_places, try_services

__all__ = ["PreviewRow", "Previewed", "preview_stage"]

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One record with what it would mean; docs/data-dictionary.md explains every field."""

    number: int
    ref: str
    kind: str
    pairs: int
    ars: str
    area: str
    level: str
    area_reported: str
    record: str
    title: str
    official_title: str
    keys: tuple[KeyRow, ...]
    decision: str
    matches: tuple[MatchRow, ...]
    status: str
    url: str
    unit: str
    operator: str
    observed_at: str
    note: str
    page: str
    links: tuple[LinkRow, ...]
    evidence: tuple[EvidenceRow, ...]
    acts: tuple[str, ...]
    maturity: int | None
    maturity_rules: str
    reasons: tuple[str, ...]


class Previewed(NamedTuple):
    """The first records, the number of objects by class, what services mean, and notices by kind."""

    rows: list[PreviewRow]
    classes: dict[str, int]
    services: Services
    notices: dict[str, Irregular]


def preview_stage(connection: Connection, stage: Path, audience: Audience, count: int) -> Previewed:
    """Return the first ``count`` records of a merged stage and what is to be said about all."""
    with closing(sqlite3.connect(stage)) as opened:
        opened.row_factory = sqlite3.Row
        staged = Staged(connection, opened, audience)
        rows = list(_rows(staged, count))
        services, undecided = try_services(staged)
        return Previewed(rows, count_classes(staged), services, {**irregular_places(staged), **undecided})


def _rows(staged: Staged, count: int) -> Iterator[PreviewRow]:
    """Yield the first offerings in the order of the delivery, or its services if it has none."""
    offerings = staged.stage.execute(
        "SELECT ref, kind, service_ref, provider_ref, area_raw, (SELECT count(*) FROM stage_offering AS own "
        "WHERE own.ref = this.ref AND own.op = 1) AS pairs FROM stage_offering AS this "
        "WHERE op = 1 AND n = 0 ORDER BY opno LIMIT ?",
        (count,),
    ).fetchall()
    for number, row in enumerate(offerings, start=1):
        yield _offering(staged, number, row)
    if not offerings:
        services = "SELECT ref FROM stage_service WHERE op = 1 ORDER BY opno LIMIT ?"
        for number, (ref,) in enumerate(staged.stage.execute(services, (count,)).fetchall(), start=1):
            yield _service(staged, number, ref)


def _offering(staged: Staged, number: int, row: Any) -> PreviewRow:
    area_id = staged.areas.resolve(row["area_raw"])
    place = None if area_id is None else staged.areas[area_id]
    record = staged.service(row["service_ref"])
    said = staged.statement(row["ref"])
    status, url, provider = (said["status"], said["url"], said["unit"]) if said else staged.shown(row, record)
    matches, decision = staged.decide(row["service_ref"], record)
    operator = said["operator"] if said else ""
    return PreviewRow(
        number=number,
        ref=row["ref"],
        kind=row["kind"],
        pairs=row["pairs"],
        ars=place.ars if place else "",
        area=staged.area_name(place.id) if place else "",
        level=place.level if place else "",
        area_reported=row["area_raw"],
        **_named(staged, row["service_ref"], record),
        decision=decision,
        matches=matches,
        status=status,
        url=url,
        unit=provider,
        operator=operator,
        **_said(said),
        reasons=(
            *(["advisory"] if staged.audience.advisory else []),
            *staged.doubts(area_id),
            *(_undecided(decision) if record else ["record_unknown"]),
            *(["absent"] if status == "absent" else []),
            *(["operator_elsewhere"] if operator in ELSEWHERE else []),
        ),
    )


def _service(staged: Staged, number: int, ref: str) -> PreviewRow:
    record = staged.service(ref)
    matches, decision = staged.decide(ref, record)
    return PreviewRow(
        number=number,
        ref=ref,
        kind="service",
        pairs=0,
        ars="",
        area="",
        level="",
        area_reported="",
        **_named(staged, ref, record),
        decision=decision,
        matches=matches,
        status="",
        url=record["form_url"] if record else "",
        unit="",
        operator="",
        **_said(None),
        reasons=("no_offering", *_undecided(decision)),
    )


def _named(staged: Staged, ref: str, record: Fields | None) -> dict[str, Any]:
    """Return what is known of the service behind a record."""
    return {
        "record": ref,
        "title": record["title"] if record else "",
        "official_title": record["official_title"] if record else "",
        "keys": staged.names.key_rows(record["reported_keys"].split()) if record else (),
    }


def _said(said: Fields | None) -> dict[str, Any]:
    """Return what a source says about an offering beyond its status."""
    details = read_details(said["details"]) if said else Details()
    return {
        "observed_at": said["observed_at"] if said else "",
        "note": said["note"] if said else "",
        "page": details.page,
        "links": link_rows(details),
        "evidence": evidence_rows(details),
        "acts": details.acts,
        "maturity": maturity_of(said["level"]) if said else None,
        "maturity_rules": said["level_rules"] if said else "",
    }


def _undecided(decision: str) -> list[str]:
    return {"none": ["unmatched"], "review": ["under_review"]}.get(decision, [])
