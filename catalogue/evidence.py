"""What sources show for an area and an OZG service, read from the offerings in one pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Final, cast

from sqlalchemy import Connection, exists, select

from catalogue.bulk import stream_rows
from catalogue.levels import FOREIGN_OPERATORS
from catalogue.tables import area, match, offering, online_service, service_record, source, statement

__all__ = ["ABSENT", "DESCRIBED", "FORM", "ONLINE", "Evidence", "EvidenceReader", "Waiting"]

ABSENT: Final = 0
DESCRIBED: Final = 1
FORM: Final = 2
ONLINE: Final = 3

_RANK_OF_STATUS = {"online": ONLINE, "form": FORM, "described": DESCRIBED, "absent": ABSENT}
#: Rank, weight, source, ref, link, operator and first run of one offering.
Shown = tuple[int, int, int, str, str, str, int]
#: Area, record, online service, kind, source, ref and first run of one offering.
_Offered = tuple[int, int, int | None, str, int, str, int]
#: What waits under review for a cell: by source, the highest status it would show.
Waiting = dict[int, int]
_UNSTATED = (DESCRIBED, "", "")
BATCH_ROWS = 20_000
#: Taken off the trust in what another level operates: of equal statuses the area's own offer speaks.
FOREIGN_WEIGHT: Final = 1_000
#: Less than any weight.
_NO_WEIGHT: Final = -2 * FOREIGN_WEIGHT
#: More areas than this are read by one scan of the table.
MOST_AREAS_BY_INDEX = 200


class Evidence:
    """The best offering of one OZG service in one area, and what the others add."""

    __slots__ = (
        "absent",
        "first_run",
        "leaves",
        "operator",
        "rank",
        "ref",
        "source_id",
        "sources",
        "url",
        "weight",
    )

    def __init__(self, source_id: int) -> None:
        self.rank = ABSENT
        self.weight = _NO_WEIGHT
        self.source_id = source_id
        self.ref = ""
        self.url = ""
        self.operator = ""
        self.first_run = 0
        self.leaves: set[str] | None = None  # LeiKa leaves that are online
        self.absent: set[str] | None = None  # LeiKa leaves asked for and not found
        self.sources: tuple[int, ...] = (source_id,)

    def add(self, leaf: str, shown: Shown) -> None:
        """Take in one offering; the higher status wins, then the weight, then the older source."""
        rank, weight, source_id, ref, _, _, _ = shown
        if source_id not in self.sources:
            self.sources += (source_id,)
        if rank == ABSENT:
            self.absent = {leaf} if self.absent is None else self.absent | {leaf}
            return
        if rank == ONLINE and leaf:
            if self.leaves is None:
                self.leaves = {leaf}
            else:
                self.leaves.add(leaf)
        if rank > self.rank or (
            rank == self.rank and (weight, -source_id, ref) > (self.weight, -self.source_id, self.ref)
        ):
            self.rank, self.weight, self.source_id, self.ref, self.url, self.operator, self.first_run = shown


class EvidenceReader:
    """Reads evidence for areas; holds what all areas share (records, matches, links)."""

    def __init__(
        self,
        connection: Connection,
        leaves: frozenset[str],
        limits: Mapping[int, frozenset[int]] = MappingProxyType({}),
    ) -> None:
        """Load what all areas share; ``limits`` names the only areas in which some sources count."""
        self.connection = connection
        self.limits = limits
        #: The services of each record, each with its LeiKa key if that is a leaf, else an empty one.
        self.accepted: dict[int, list[tuple[str, str]]] = {}
        self.review: dict[int, list[str]] = {}
        self.forms: dict[int, str] = {}
        self.trust: dict[int, int] = dict(
            connection.execute(
                select(source.c.id, source.c.trust).where(source.c.active, ~source.c.advisory)
            ).all()
        )
        #: Areas that can operate what they show themselves, with the word that says so.
        self.operating: dict[int, str] = dict(
            connection.execute(
                select(area.c.id, area.c.level).where(area.c.level.in_(FOREIGN_OPERATORS))
            ).all()
        )
        self.urls: dict[int, str] = dict(
            connection.execute(
                select(online_service.c.id, online_service.c.url).where(
                    online_service.c.withdrawn_run.is_(None), online_service.c.url != ""
                )
            ).all()
        )
        self._load_matches(leaves)

    def _load_matches(self, leaves: frozenset[str]) -> None:
        live = service_record.c.withdrawn_run.is_(None)
        forms = select(service_record.c.id, service_record.c.form_url).where(
            live, service_record.c.form_url != ""
        )
        self.forms = dict(self.connection.execute(forms).all())
        query = (
            select(service_record.c.id, match.c.ozg_id, match.c.leika_key, match.c.state)
            .join(
                match,
                (match.c.source_id == service_record.c.source_id) & (match.c.pattern == service_record.c.ref),
            )
            .where(live)
        )
        for record_id, ozg_id, key, state in self.connection.execute(query):
            if state == "accepted":
                leaf = key if key in leaves else ""
                self.accepted.setdefault(record_id, []).append((ozg_id, leaf))
            elif state == "review":
                self.review.setdefault(record_id, []).append(ozg_id)

    def read(
        self, areas: Sequence[int]
    ) -> tuple[dict[int, dict[str, Evidence]], dict[int, dict[str, Waiting]]]:
        """Return the evidence and what waits under review, each by area and OZG id."""
        said = self._statements(areas)
        found: dict[int, dict[str, Evidence]] = {area_id: {} for area_id in areas}
        waiting: dict[int, dict[str, Waiting]] = {area_id: {} for area_id in areas}
        accepted, review, trust, rank_of = self.accepted, self.review, self.trust, self.rank_of
        limits, operating = self.limits, self.operating
        for area_id, record_id, online_id, kind, source_id, ref, first_run in chain.from_iterable(
            self._offerings(areas)
        ):
            weight = trust.get(source_id)
            of_area = found.get(area_id)
            if (
                weight is None
                or of_area is None
                or (source_id in limits and area_id not in limits[source_id])
            ):
                continue
            if kind == "direct":
                rank, url, operator = said.get((source_id, ref), _UNSTATED)
                if operator in FOREIGN_OPERATORS and operator != operating.get(area_id):
                    weight -= FOREIGN_WEIGHT
            else:
                rank, url = rank_of(kind, record_id, online_id)
                operator = ""
            for ozg_id, leaf in accepted.get(record_id, ()):
                evidence = of_area.get(ozg_id)
                if evidence is None:
                    evidence = of_area[ozg_id] = Evidence(source_id)
                evidence.add(leaf, (rank, weight, source_id, ref, url, operator, first_run))
            if record_id in review and rank != ABSENT:
                for ozg_id in review[record_id]:
                    ranks = waiting[area_id].setdefault(ozg_id, {})
                    ranks[source_id] = max(rank, ranks.get(source_id, rank))
        return found, waiting

    def rank_of(self, kind: str, record_id: int, online_id: int | None) -> tuple[int, str]:
        """Return what an offering of a XZuFi delivery shows, and its link."""
        if kind == "online":
            url = self.urls.get(online_id, "") if online_id is not None else ""
            return (ONLINE if url else DESCRIBED), url
        form = self.forms.get(record_id, "")
        return (FORM if form or kind == "form" else DESCRIBED), form

    def _offerings(self, areas: Sequence[int]) -> Iterator[list[_Offered]]:
        """Yield the offerings of areas in batches."""
        query = select(
            offering.c.area_id,
            offering.c.record_id,
            offering.c.online_id,
            offering.c.kind,
            offering.c.source_id,
            offering.c.ref,
            offering.c.first_run,
        ).where(offering.c.withdrawn_run.is_(None), offering.c.record_id.is_not(None))
        if len(areas) <= MOST_AREAS_BY_INDEX:
            query = query.where(offering.c.area_id.in_(areas))
        else:
            query = query.where(offering.c.area_id.is_not(None))
        yield from cast("Iterator[list[_Offered]]", stream_rows(self.connection, query))

    def _statements(self, areas: Sequence[int]) -> dict[tuple[int, str], tuple[int, str, str]]:
        if not self.connection.scalar(select(exists().select_from(statement))):
            return {}
        query = (
            select(
                statement.c.source_id,
                statement.c.ref,
                statement.c.status,
                statement.c.url,
                statement.c.operator,
            )
            .join(
                offering,
                (offering.c.source_id == statement.c.source_id) & (offering.c.ref == statement.c.ref),
            )
            .where(offering.c.withdrawn_run.is_(None))
        )
        if len(areas) <= MOST_AREAS_BY_INDEX:
            query = query.where(offering.c.area_id.in_(areas))
        return {
            (source_id, ref): (_RANK_OF_STATUS[status], url, operator)
            for source_id, ref, status, url, operator in self.connection.execute(query)
        }
