"""Helpers for tests of checks: a delivery in a few words, and what is found about it."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from catalogue.lint.report import lint
from catalogue.lint.rules import LintRules, packaged_lint_rules
from catalogue.lint.subject import Subject, applied_subject, fresh_subject
from catalogue.records import (
    Completeness,
    Offering,
    OfferKind,
    OnlineService,
    Record,
    Responsibility,
    Service,
    Status,
    Unit,
)
from catalogue.store import Store
from tests.catalogue.applying import stage

__all__ = [
    "GLADBECK",
    "KEY",
    "NOW",
    "TITLE",
    "Checked",
    "check_applied",
    "check_fresh",
    "feed",
    "offer",
    "service",
]

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
GLADBECK = "055620014014"
#: A key of the small catalogue, and a title that goes with it.
KEY, TITLE = "99001002004000", "Altpapier Entsorgung"

Row = tuple[str, str, str, str]


@dataclass(frozen=True)
class Checked:
    """Findings as (class, ref, element, found) by check, why checks were not made, and severities."""

    found: dict[str, list[Row]]
    unable: dict[str, str]
    severities: dict[str, str]
    counts: dict[str, int]
    musts: int


def service(ref: str = "L:1", title: str = TITLE, **values: object) -> Service:
    """Return a service about which there is nothing to find but what ``values`` change."""
    said: dict[str, object] = {"keys": (KEY,), "has_text": True}
    return Service(ref, title, **(said | values))  # type: ignore[arg-type]


def offer(ref: str = "1", **values: object) -> Offering:
    """Return a direct offering with nothing to find."""
    said: dict[str, object] = {
        "area": GLADBECK,
        "service": service(ref),
        "status": Status.ONLINE,
        "url": "https://stadt.example/altpapier",
        "unit": "Amt",
    }
    return Offering(ref, **(said | values))  # type: ignore[arg-type]


def feed(*more: Record) -> list[Record]:
    """Return a delivery with nothing to find, and what is added to it or takes the place of its own."""
    replaced = {(type(one), getattr(one, "ref", "")) for one in more}
    usual: list[Service | Unit | OnlineService | Responsibility] = [
        service(),
        Unit("L:amt", "Amt für Abfall", GLADBECK),
        OnlineService("L:online", "Altpapier online", "https://stadt.example/altpapier", "01"),
        Responsibility("L:z1", OfferKind.UNIT, "L:amt", ("L:1",), (GLADBECK,)),
        Responsibility("L:z2", OfferKind.ONLINE, "L:online", ("L:1",), (GLADBECK,)),
    ]
    return [*(one for one in usual if (type(one), one.ref) not in replaced), *more]


def check_fresh(
    store: Store, records: Iterable[Record], scope: str = "everything", rules: LintRules | None = None
) -> Checked:
    """Look at records as a fresh delivery of the source ``feed``."""
    with tempfile.TemporaryDirectory() as folder, store.read() as connection:
        path, summary = stage(Path(folder), [*records, Completeness(scope)])
        return _check(store, fresh_subject(connection, "feed", path, summary), rules)


def check_applied(store: Store, source: str = "feed") -> Checked:
    """Look at what the catalogue has of a source."""
    with tempfile.TemporaryDirectory() as folder, store.read() as connection:
        return _check(store, applied_subject(connection, source, Path(folder) / "applied.sqlite"), None)


def _check(store: Store, subject: Subject, rules: LintRules | None) -> Checked:
    found: dict[str, list[Row]] = defaultdict(list)
    with store.read() as connection, lint(connection, subject, rules or packaged_lint_rules(), NOW) as report:
        for one in report:
            found[one.check].append((one.record_class, one.ref, one.element, one.found))
        assert len(report) == sum(map(len, found.values()))
        return Checked(
            found=dict(found),
            unable={one.check: one.unable for one in report.results if one.unable},
            severities={one.check: one.severity for one in report.results},
            counts={one.check: one.findings for one in report.results if one.findings},
            musts=report.musts,
        )
