"""One service as a page shows it, and the record it becomes."""

from __future__ import annotations

from dataclasses import dataclass

from catalogue.records import Evidence, Link, Offering, Service, Status
from connectors.html.maturity import RULES

__all__ = ["FoundKey", "PageService"]


@dataclass(frozen=True)
class FoundKey:
    """A LeiKa key as found, unchecked, and where on the page."""

    key: str
    origin: str


@dataclass(frozen=True)
class PageService:
    """What one page says about one service.

    ``name`` tells the services of one page apart (empty if there is one), ``level`` is a candidate by the
    rules named in ``maturity.RULES``, ``highest`` the level it may reach under conditions the page names.
    """

    title: str
    name: str
    page: str
    status: Status
    level: int
    highest: int
    url: str = ""
    unit: str = ""
    operator: str = ""
    keys: tuple[FoundKey, ...] = ()
    acts: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    has_text: bool = False
    modified_at: str = ""

    @property
    def flags(self) -> frozenset[str]:
        """Return the names of all evidence flags."""
        return frozenset(entry.flag for entry in self.evidence)

    def offering(self, area: str, ref: str) -> Offering:
        """Return the record for an area; ``ref`` is the page's, to which the service's name is added."""
        own_ref = f"{ref}#{self.name}" if self.name else ref
        service = Service(
            ref=own_ref,
            title=self.title,
            keys=tuple(found.key for found in self.keys),
            form_url=next((link.url for link in self.links if link.kind == "form"), ""),
            has_text=self.has_text,
            modified_at=self.modified_at,
        )
        return Offering(
            ref=own_ref,
            area=area,
            service=service,
            status=self.status,
            url=self.url,
            unit=self.unit,
            operator=self.operator,
            observed_at=self.modified_at,
            page=self.page,
            links=self.links,
            evidence=self.evidence,
            level=self.level,
            level_rules=RULES,
            acts=self.acts,
        )
