"""A service's page: who has it, who lacks it, of whom it is unknown, who decides, and how it is matched."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from markupsafe import Markup
from sqlalchemy import Connection, func, select

from catalogue.annotations import CellKey, Remark, is_overdue
from catalogue.products import Products, packaged_products
from catalogue.reports.cells import CellRow
from catalogue.reports.page.frame import Frame, Service
from catalogue.reports.page.pieces import cut
from catalogue.reports.page.places import anchor, area_page, evidence_page, numbered, root_of, service_page
from catalogue.reports.page.setting import Setting
from catalogue.tables import (
    competence,
    competence_rule,
    leika_service,
    match,
    service_record,
)
from catalogue.verdict import GAP_STATUSES, STATUSES

__all__ = ["Matching", "ServiceFacts", "read_matching", "service_pages"]

#: So many titles and LeiKa services are listed, the most frequent first; the rest is counted.
MOST_TITLES: Final = 100
MOST_LEAVES: Final = 200
#: The parts of a page: their place, and which cells they hold, the first that fits.
PARTS: Final = ("haben", "fehlt", "ungeklaert", "unbekannt", "andere")


class Title(NamedTuple):
    """A title of records that was taken for the service, how, and of how many records."""

    title: str
    method: str
    records: int


class Leaf(NamedTuple):
    """A LeiKa service of the bundle."""

    key: str
    name: str


@dataclass(frozen=True)
class Matching:
    """How services are recognised and on what their competence rests, by OZG id."""

    titles: Mapping[str, Sequence[Title]]
    leaves: Mapping[str, Sequence[Leaf]]
    bases: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class ServiceFacts:
    """Everything a service's page needs."""

    service: Service
    cells: Sequence[CellRow]
    matching: Matching
    remarks: Mapping[CellKey, Remark]
    today: date


def read_matching(connection: Connection, ozg_ids: Sequence[str]) -> Matching:
    """Read what was taken for these services."""
    titles: dict[str, list[Title]] = defaultdict(list)
    query = (
        select(match.c.ozg_id, service_record.c.title, match.c.method, func.count())
        .join(
            service_record,
            (service_record.c.source_id == match.c.source_id) & (service_record.c.ref == match.c.pattern),
        )
        .where(
            match.c.state == "accepted",
            match.c.ozg_id.in_(ozg_ids),
            service_record.c.withdrawn_run.is_(None),
        )
        .group_by(match.c.ozg_id, service_record.c.title, match.c.method)
    )
    for ozg_id, *facts in connection.execute(query):
        titles[ozg_id].append(Title(*facts))
    for found in titles.values():
        found.sort(key=lambda one: (-one.records, one.title, one.method))
    leaves: dict[str, list[Leaf]] = defaultdict(list)
    keys = select(leika_service.c.ozg_id, leika_service.c.leika_key, leika_service.c.name).where(
        leika_service.c.ozg_id.in_(ozg_ids), leika_service.c.leaf
    )
    for ozg_id, *facts in connection.execute(keys.order_by(leika_service.c.leika_key)):
        leaves[ozg_id].append(Leaf(*facts))
    return Matching(titles, leaves, _bases(connection, ozg_ids))


def _bases(connection: Connection, ozg_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the legal bases and grounds that the tables name for services."""
    bases: dict[str, list[str]] = defaultdict(list)
    rules = select(competence_rule.c.ozg_id, competence_rule.c.basis).where(
        competence_rule.c.ozg_id.in_(ozg_ids)
    )
    grounds = select(competence.c.ozg_id, competence.c.reason).where(competence.c.ozg_id.in_(ozg_ids))
    for query in (rules.order_by(competence_rule.c.land), grounds.order_by(competence.c.land)):
        for ozg_id, basis in connection.execute(query):
            if basis and basis not in bases[ozg_id]:
                bases[ozg_id].append(basis)
    return bases


def service_pages(setting: Setting, frame: Frame, facts: ServiceFacts) -> Iterator[tuple[str, str]]:
    """Yield the page of a service, and further ones for the areas that have no room on it."""
    view = _View(setting, facts)
    service = facts.service
    first = service_page(service.ozg_id)
    placed = [(part, piece) for part in PARTS for piece in view.pieces(part)]
    sizes = {id(piece): part for part, piece in placed}
    pages = cut([piece for _, piece in placed])
    for number, page in enumerate(pages, start=1):
        name = numbered(first, number)
        parts: dict[str, list[Markup]] = defaultdict(list)
        for piece in page:
            parts[sizes[id(piece)]].append(piece)
        yield (
            name,
            setting.page(
                "service.html",
                name,
                section="services",
                service=service,
                theme=frame.theme(service.theme),
                page=number,
                pages=len(pages),
                first_page=first,
                parts=[view.part(part, entries) for part, entries in parts.items()],
                **(view.head() if number == 1 else {}),
            ),
        )


class _View:
    """Shows one service."""

    def __init__(self, setting: Setting, facts: ServiceFacts) -> None:
        self.setting = setting
        self.text = setting.text
        self.facts = facts
        self.root = root_of(service_page(""))
        self._products: Products = packaged_products()
        self._by_part: dict[str, list[CellRow]] = defaultdict(list)
        for cell in facts.cells:
            self._by_part[_part_of(cell)].append(cell)
        environment = setting.environment
        self._holder: Callable[..., Markup] = environment.get_template("_holder.html").module.holder  # type: ignore[attr-defined]

    def pieces(self, part: str) -> list[Markup]:
        """Return the areas of one part."""
        return [self._piece(cell) for cell in self._by_part.get(part, ())]

    def _piece(self, cell: CellRow) -> Markup:
        page = evidence_page(cell.ars, cell.level, self.facts.service.theme)
        product = self._products.recognise(cell.online_url) if cell.online_url else None
        remark = self.facts.remarks.get((cell.ars, cell.level, cell.ozg_id))
        overdue = remark is not None and is_overdue(remark.planned_for, cell.status, self.facts.today)
        return self._holder(
            cell,
            f"{self.root}{page}#{anchor(cell.ozg_id)}",
            f"{self.root}{area_page(cell.ars, cell.level)}",
            product.name if product else "",
            overdue,
            remark,
        )

    def part(self, part: str, entries: Sequence[Markup]) -> dict[str, object]:
        """Return one part of the page with its heading."""
        name, count = self.text(f"page.part_of_{part}"), self.text.number(len(self._by_part[part]))
        return {
            "place": part,
            "name": self.text("page.group", name=name, count=count),
            "lead": self.text(f"page.part_lead_{part}"),
            "entries": entries,
        }

    def head(self) -> dict[str, object]:
        """Return what only the first page says."""
        ozg_id = self.facts.service.ozg_id
        cells, matching = self.facts.cells, self.facts.matching
        competences = Counter(
            (one.competent_tier, one.competent, one.competence_rule, one.confidence) for one in cells
        )
        leaves = matching.leaves.get(ozg_id, ())
        titles = matching.titles.get(ozg_id, ())
        return {
            "counts": [
                {
                    "status": status,
                    "competent": sum(one.status == status and one.competent == "yes" for one in cells),
                    "other": sum(one.status == status and one.competent != "yes" for one in cells),
                }
                for status in STATUSES
            ],
            "competences": [
                {"tier": tier, "competent": answer, "rule": rule, "confidence": confidence, "count": count}
                for (tier, answer, rule, confidence), count in sorted(
                    competences.items(), key=lambda item: (-item[1], item[0])
                )
            ],
            "bases": matching.bases.get(ozg_id, ()),
            "leaves": leaves[:MOST_LEAVES],
            "more_leaves": max(0, len(leaves) - MOST_LEAVES),
            "titles": titles[:MOST_TITLES],
            "titles_count": len(titles),
        }


def _part_of(cell: CellRow) -> str:
    """Return the part of the page an area belongs to."""
    if cell.status == "online":
        return "haben"
    if cell.competent == "yes" and cell.status in GAP_STATUSES:
        return "fehlt"
    if cell.status == "unknown" and cell.competent == "yes":
        return "unbekannt"
    return "ungeklaert" if cell.competent == "unresolved" else "andere"
