"""Good PVOGs for the contract suite: one large list, and everything asked step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from connectors.assignment import AssignedArea, Assignment
from connectors.pvog import PvogConnector
from tests.connectors.pvog_server import (
    DETAIL,
    ONLINE,
    PATHS,
    SERVICES,
    UNITS,
    PvogServer,
    Text,
    link,
    online,
    unit,
)
from tests.connectors.specimens import PERSONAL, Specimen
from tests.faultserver import Call

__all__ = ["PVOG"]

NAME, MAIL, PHONE = PERSONAL
CITY, KREIS = "055620032032", "055620000000"
KEYS = ("99050012104000", "99102013104000", "99108001001000")
ASSIGNED = Assignment(
    areas=(
        AssignedArea(CITY, "gemeinde", "Recklinghausen"),
        AssignedArea(KREIS, "kreis", "Recklinghausen"),
    ),
    keys=KEYS,
)
CLIENT = "kennung-4711"
#: The Bund's services are shown for every area; an area without any would be one that PVOG does not know.
EVERYWHERE = online("B.OD.7", "https://www.fuehrungszeugnis.bund.de/", "B.LB.577649", ars=["000000000000"])
SETTINGS = {
    **PATHS,
    "allow_private": True,
    "per_second": 1_000.0,
    "client_id_env": "PVOG_CLIENT",
    "max_pages": 2_000,
}


def _texts(count: int) -> list[Text]:
    return [
        Text(
            f"L100002.LB.{number}",
            [KEYS[number % len(KEYS)]],
            [CITY],
            name=f"Leistung Nummer {number}",
            links={CITY: [link(f"https://stadt.example/{number}", f"L100002.OD.{number}")]},
            units={CITY: [unit(f"Bürgerbüro, Tel. {PHONE}, {MAIL}")]},
            text=f"<p>Fragen Sie {NAME}, {MAIL}, {PHONE}.</p>",
            # Some do not say the units' names, so that these are asked for as well.
            detail={"organisations": None} if number % 5 == 0 else {},
        )
        for number in range(count)
    ]


def _list(count: int) -> Mapping[str, bytes | Callable[[Call], None]]:
    return PvogServer(texts=_texts(count), online=[EVERYWHERE]).handlers()


def _step_by_step(count: int) -> Mapping[str, bytes | Callable[[Call], None]]:
    services = [EVERYWHERE] + [
        online(f"L100002.OD.{number}", f"https://stadt.example/{number}", f"L100002.LB.{number}", ars=[CITY])
        for number in range(0, count, 10)
    ]
    return PvogServer(texts=_texts(count), online=services, online_per_page=10).handlers()


PVOG = (
    Specimen(
        "pvog_list",
        PvogConnector,
        {**SETTINGS, "details": False, "page_size": 500},
        _list,
        "/api",
        large=6_000,
        steps=(SERVICES,),
        assignment=ASSIGNED,
        secrets=(CLIENT,),
        environment={"PVOG_CLIENT": CLIENT},
    ),
    Specimen(
        "pvog_step_by_step",
        PvogConnector,
        SETTINGS,
        _step_by_step,
        "/api",
        large=600,
        steps=(ONLINE, DETAIL, UNITS),
        assignment=ASSIGNED,
        secrets=(CLIENT,),
        environment={"PVOG_CLIENT": CLIENT},
    ),
)
