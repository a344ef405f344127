"""What websites, portals and services show on a night, and what their servers need for that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from cli.demo.facts import Facts, Place
from cli.demo.objects import Content, Shown
from cli.demo.portals.content import Pages
from cli.demo.sources import BROKEN_TENANTS, LOG, ROOF_HOST, SourceSpec, hosts_of, place_of, state_of
from cli.demo.web.dashboard import Listed, dashboard_document
from cli.demo.web.log import append_blocks, log_content
from cli.demo.web.portals import (
    broken_pages,
    citko_pages,
    liferay_pages,
    participation_pages,
    portal_shows,
    projects_show,
    roof_pages,
)
from cli.demo.web.pvog import pvog_document, pvog_shows
from cli.demo.web.retelling import Recipe, retell, state_texts
from cli.demo.web.sites import render
from cli.demo.web.world import World

__all__ = ["Stage"]

_SITE = Recipe(18)


class _Tenant(NamedTuple):
    """One body of a source: its name there, the host of its pages, and its place among the others."""

    spec: SourceSpec
    city: str
    place: Place
    host: str
    number: int


@dataclass
class Stage:
    """Shows night after night what the sources besides the feeds have."""

    facts: Facts
    world: World

    def __post_init__(self) -> None:
        self._blocks: list[dict[str, object]] = []
        self._logged = Content()
        self._feeds: list[dict[str, Content]] = []

    def content(self, spec: SourceSpec, night: int, feeds: dict[str, Content]) -> Content:
        """Return what a source shows on a night; of a broken portal nothing."""
        if spec.id == LOG:
            self._feeds.append(feeds)
            content = log_content(self._feeds[max(0, night - 2)])
            append_blocks(self._blocks, content, self._logged, f"2026-11-{15 + night:02d}T01:30:00+01:00")
            self._logged = content
            return content
        found = Content()
        for shown in self._shown(spec, night):
            found.add(shown)
        return found

    def _shown(self, spec: SourceSpec, night: int) -> list[Shown]:
        if spec.packing == "pvog":
            return pvog_shows(self.world, spec.id)
        broken = BROKEN_TENANTS.get(spec.id) if state_of(spec.id, night) == "part" else ""
        return [
            shown
            for tenant in self._tenants(spec)
            if tenant.city != broken
            for shown in self._of(tenant, night)
        ]

    def _tenants(self, spec: SourceSpec) -> list[_Tenant]:
        hosts = hosts_of(spec)
        return [
            _Tenant(spec, city, place_of(self.facts, city), hosts[min(number, len(hosts) - 1)], number)
            for number, city in enumerate(spec.cities)
        ]

    def _of(self, tenant: _Tenant, night: int) -> list[Shown]:
        source, place, host = tenant.spec.id, tenant.place, tenant.host
        if tenant.spec.packing == "participation":
            return projects_show(self.facts, place, tenant.number, source, host)
        if tenant.spec.packing != "site":
            return portal_shows(self.world, place, source, host, tenant.spec.packing)
        shown = [*retell(self.world, place, source, _SITE), *state_texts(self.world, place, source)]
        return _improve(shown, host) if night > 1 else shown

    def documents(self, spec: SourceSpec, night: int, rows: Sequence[Listed]) -> dict[str, dict[str, object]]:
        """Return by host what its server needs on a night; ``rows`` are those of the dashboard."""
        hosts = hosts_of(spec)
        if spec.packing == "pvog":
            return {hosts[0]: {**pvog_document(self.world), "old": night == 1}}
        if spec.packing == "dashboard":
            return {hosts[0]: dashboard_document(self.facts, rows)}
        if spec.id == LOG:
            return {hosts[0]: {"kind": "log", "expires": night == 2, "blocks": list(self._blocks)}}
        return {host: _document(pages) for host, pages in self._pages(spec, night).items()}

    def _pages(self, spec: SourceSpec, night: int) -> dict[str, Pages]:
        tenants = self._tenants(spec)
        if spec.packing == "participation":
            return {tenants[0].host: participation_pages([tenant.place for tenant in tenants])}
        found = {}
        broken = BROKEN_TENANTS.get(spec.id) if state_of(spec.id, night) == "part" else ""
        for tenant in tenants:
            pages = _render(tenant, self._of(tenant, night))
            found[tenant.host] = broken_pages(pages) if tenant.city == broken else pages
        if spec.packing == "citko":
            instances = [(tenant.city, f"https://{tenant.host}/") for tenant in tenants]
            found[ROOF_HOST] = roof_pages([*instances, ("Waltrop", "https://serviceportal.waltrop.example/")])
        return found


def _render(tenant: _Tenant, shown: list[Shown]) -> Pages:
    if tenant.spec.packing == "site":
        return render(tenant.place, tenant.spec.product, shown)
    make = citko_pages if tenant.spec.packing == "citko" else liferay_pages
    return make(tenant.place, shown, tenant.host)


def _document(pages: Pages) -> dict[str, object]:
    """Return pages in a form that JSON can hold: status, type, encoding and text by target."""
    return {
        "kind": "pages",
        "pages": {
            target: [page.status, page.content_type, encoding, page.body.decode(encoding)]
            for target, page in pages.items()
            for encoding in ["cp1252" if b"windows-1252" in page.body[:400] else "utf-8"]
        },
    }


def _improve(shown: list[Shown], host: str) -> list[Shown]:
    """Return what a website shows after one of its forms became an online service."""
    found = list(shown)
    for place, each in enumerate(found):
        if each.status == "form" and each.certain == "sure":
            url = f"https://{host}/online/neu-{each.id.number}"
            found[place] = replace(each, status="online", url=url)
            break
    return found
