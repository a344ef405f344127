"""Let the link check run over the labelled web, night after night, with a clock of its own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select

from catalogue.store import Store
from catalogue.tables import area, cell, link_target, region_area, run
from connectors.linkcheck.settings import LinkSettings
from sync.links import LinkOptions, LinkReport, check_links
from tests.linkworld.world import CERTIFICATES, World

__all__ = ["FIRST", "Outcome", "link_cells", "moment", "settings", "simulate"]

FIRST = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
#: The certificate that is trusted and expired; the other one is not trusted at all.
TRUSTED = str(CERTIFICATES["expired"])
#: Nights within which a dead link has to be found.
SOON = 4


def settings(**more: object) -> LinkSettings:
    """Return settings for servers of our own: no gap between requests, little patience."""
    return LinkSettings(
        **(
            {"delay": 0.0, "deadline": 1.5, "allow_private": True, "hosts_at_once": 16, "ca_bundle": TRUSTED}
            | more
        )
    )  # type: ignore[arg-type]


def moment(night: int) -> datetime:
    """Return when a night's check begins; the first has number 1."""
    return FIRST + timedelta(days=night - 1)


def link_cells(store: Store, urls: Sequence[str], areas: int = 1) -> list[int]:
    """Fill a database that has areas with cells online at these addresses; return the areas' numbers."""
    facts = _facts()
    with store.write() as connection:
        query = select(area.c.id).where(area.c.level == "gemeinde").order_by(area.c.ars).limit(areas)
        ids = [int(one) for one in connection.scalars(query)]
        connection.execute(
            insert(region_area), [{"area_id": one, "position": n} for n, one in enumerate(ids)]
        )
        values = {"started_at": FIRST.isoformat(), "finished_at": FIRST.isoformat(), "region": "x", "pid": 1}
        added = connection.execute(insert(run).values(state="ok", version="x", host="x", **values))
        run_id = added.inserted_primary_key[0] if added.inserted_primary_key else 0
        rows = [
            facts
            | {"area_id": ids[n % areas], "ozg_id": f"{10_000 + n}", "online_url": url, "run_id": run_id}
            for n, url in enumerate(urls)
        ]
        connection.execute(insert(cell), rows)
    return ids


def _facts() -> dict[str, object]:
    """Return what all these cells say."""
    texts = dict.fromkeys(("reason", "evidence_ref"), "")
    flags = dict.fromkeys(("voluntary", "gap", "stale"), False)
    return {
        **texts,
        **flags,
        "status": "online",
        "satisfied_level": "gemeinde",
        "operator": "own",
        "competent": "yes",
        "competent_tier": "gemeinde",
        "competence_rule": "x",
        "confidence": "high",
        "own": True,
        "leaves_online": 1,
        "leaves": 1,
        "sources": "portal",
        "since": FIRST.isoformat(),
    }


@dataclass
class Outcome:
    """What the nights came to, against the labels."""

    links: Counter[str] = field(default_factory=Counter)  # by kind
    found: dict[str, int] = field(default_factory=dict)  # the first night in which a link was called broken
    wrongly: dict[str, int] = field(default_factory=dict)  # of those, the ones that work
    kinds: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reports: list[LinkReport] = field(default_factory=list)
    missed: Counter[str] = field(default_factory=Counter)
    dead: int = 0
    soon: int = 0

    @property
    def share(self) -> float:
        """Return the share of dead links that were found within four nights."""
        return self.soon / self.dead if self.dead else 1.0


def simulate(store: Store, world: World, nights: int) -> Outcome:
    """Check all links of the world once a night and compare with the labels."""
    links = dict(world.links())
    link_cells(store, list(links))
    outcome = Outcome(Counter(site.kind for site in links.values()))
    for night in range(1, nights + 1):
        world.night = night
        now = moment(night)
        options = LinkOptions(now=lambda now=now: now, resolver=world.resolve)  # type: ignore[misc]
        outcome.reports.append(check_links(store, settings(), options))
        with store.read() as connection:
            query = select(
                link_target.c.url, link_target.c.state, link_target.c.result, link_target.c.result_kind
            )
            for url, state, result, kind in connection.execute(query):
                site = links[url]
                outcome.kinds[site.kind][f"{result}/{kind}"] += 1
                if state == "broken":
                    outcome.found.setdefault(url, night)
                    if site.alive:
                        outcome.wrongly.setdefault(url, night)
    for url, site in links.items():
        if not site.alive:
            outcome.dead += 1
            if outcome.found.get(url, nights + 1) <= SOON:
                outcome.soon += 1
            else:
                outcome.missed[f"{site.kind} {url}"] = outcome.found.get(url, 0)
    return outcome
