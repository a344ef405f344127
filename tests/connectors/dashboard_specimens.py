"""Good dashboards for the contract suite: areas as JSON in pages, and as CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from connectors.assignment import AssignedArea, Assignment
from connectors.dashboard import DashboardConnector
from tests.connectors.dashboard_server import ALL, DashboardServer, row
from tests.connectors.specimens import PERSONAL, Specimen
from tests.faultserver import Call

__all__ = ["DASHBOARD"]

NAME, MAIL, PHONE = PERSONAL
CITY, KREIS = "055620032032", "055620000000"
ASSIGNED = Assignment(
    areas=(
        AssignedArea(CITY, "gemeinde", "Recklinghausen"),
        AssignedArea(KREIS, "kreis", "Recklinghausen"),
    )
)
SETTINGS = {"allow_private": True, "per_second": 1_000.0, "page_size": 1_000}


def _areas(count: int) -> Mapping[str, bytes | Callable[[Call], None]]:
    rows = [
        row(
            f"99{number:012d}",
            CITY if number % 2 else KREIS,
            f"https://stadt.example/{number}",
            ansprechpartner=NAME,
            art_flaechendeckung=f"kreisweit flächendeckend, Tel. {PHONE}, {MAIL}",
        )
        for number in range(1, count + 1)
    ]
    return DashboardServer(rows, (CITY, KREIS), delimiter=";").handlers()


DASHBOARD = (
    Specimen(
        "dashboard_json",
        DashboardConnector,
        SETTINGS,
        _areas,
        "/api",
        large=5_000,
        steps=(f"{ALL}/{CITY}", f"{ALL}/{KREIS}"),
        assignment=ASSIGNED,
    ),
    Specimen(
        "dashboard_csv",
        DashboardConnector,
        {**SETTINGS, "filetype": "csv"},
        _areas,
        "/api",
        large=5_000,
        steps=(f"{ALL}/{KREIS}",),
        assignment=ASSIGNED,
    ),
)
