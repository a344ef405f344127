"""A region of one XZuFi feed and one list, and what must hold whatever happened to them."""

from __future__ import annotations

from catalogue.reports.database import damage
from catalogue.upkeep.check import findings, unsound_constraints
from tests.faultserver import FaultServer
from tests.sync.miniature import BOTTROP, GLADBECK, KREIS
from tests.sync.scenario import DELIVERED, Scenario
from tests.sync.xzufi import message, online, responsibility, service

__all__ = [
    "DOGS",
    "FEED",
    "HUNT",
    "PARKING",
    "WASTE",
    "add_feed",
    "assert_sound",
    "feed",
    "feed_of",
    "known",
    "serve",
]

WASTE, DOGS, HUNT, PARKING = "99001009004000", "99102013104000", "99057001001000", "99108001001000"
FEED = "/feed.xml"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SPEAKS = 'silence = "absence"'


def feed_of(count: int = 6, *more: str, created_at: str = "") -> str:
    """Return a whole delivery: Bottrop offers the registration of dogs, and ``count`` services more."""
    operations = [
        service("S1", DOGS, "Hundesteuer Anmeldung"),
        online("OD1", "https://bottrop.example/hunde"),
        responsibility("Z1", "S1", BOTTROP),
    ]
    for number in range(count):
        operations += [
            service(f"M{number}", f"{99_900_000_000_000 + number}"),
            responsibility(f"ZM{number}", f"M{number}", BOTTROP),
        ]
    return message(*operations, *more, created_at=created_at)


def feed(count: int = 6, *more: str, created_at: str = "") -> bytes:
    """Return the same as the bytes of a file."""
    return (HEAD + feed_of(count, *more, created_at=created_at)).encode()


def add_feed(scenario: Scenario, location: str, settings: str = SPEAKS) -> None:
    """Configure a feed at an address of this machine or in a file, and a list beside it that is well."""
    scenario.add_list("kreis", f"{KREIS};{HUNT};online;https://kreis.example/jagd")
    scenario.sources["stadt"] = (
        f'type = "xzufi"\nlocation = "{location}"\nallow_private = true\nareas = ["{BOTTROP}"]\n{settings}'
    )


def serve(scenario: Scenario, server: FaultServer, fault: str = "", settings: str = SPEAKS) -> None:
    """Let the feed be asked from a server, with a fault if one is named."""
    add_feed(scenario, server.url(FEED, fault=fault), settings)


def known(scenario: Scenario) -> dict[str, list[tuple[object, ...]]]:
    """Return what was delivered and all cells that are not about the list."""
    return scenario.dump(*DELIVERED)


def assert_sound(scenario: Scenario) -> None:
    """Assert what must hold after every fault, whichever it was."""
    with scenario.store.read() as connection:
        assert (damage(connection), unsound_constraints(connection), findings(connection)) == ([], [], [])
        numbers = {row.id for row in scenario.rows("source")}
        runs = {row.id for row in scenario.rows("run")}
        assert {run.state for run in scenario.rows("run")} <= {"ok", "partial", "failed", "aborted"}
    for row in scenario.rows("offering"):
        assert row.source_id in numbers
        assert row.first_run in runs
    gaps = {key for key, cell in scenario.cells().items() if cell.status in {"missing", "described", "form"}}
    assert scenario.gaps() <= gaps
    assert GLADBECK not in {ars for ars, _ in scenario.gaps()}, "no source speaks about Gladbeck"
