"""What the tests of ``lueckenlos review`` share: a small region, and questions about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.cli.conftest import Cli

__all__ = ["DOGS", "DOGS_RECORD", "FORMULA", "SAID", "WASTE", "rows", "state_of", "status", "write_region"]

WASTE, DOGS = "10110", "10160"
REGION = """\
[region]
name = "Probe"
areas = ["055120000000", "055620014014"]
"""
SOURCE = """
[[source]]
id = "{name}"
type = "list"
location = "{name}.csv"
silence = "absence"
complete = true
columns = {{ area = "ars", title = "titel", status = "status", url = "link" }}
"""
FORMULA = "=CMD|'/C calc'!A0"
PORTAL = f"""\
ars;titel;status;link
055120000000;Hunde und mehr;online;https://bottrop.example/hunde
055620014014;Sperrmüll;online;https://gladbeck.example/muell
055620014014;{FORMULA};online;https://gladbeck.example/formel
055620014014;Waldfest;online;https://gladbeck.example/fest
"""
OFFICE = """\
ars;titel;status;link
055620014014;Hunde und mehr;beschrieben;
055620014014;Müll;online;https://gladbeck.example/abfall
"""
SAID = {
    "Hunde und mehr": {DOGS: ("review", 0.6), WASTE: ("review", 0.2)},
    "Sperrmüll": {WASTE: ("accepted", 0.9)},
    FORMULA: {DOGS: ("review", 0.2), WASTE: ("review", 0.2)},
    "Müll": {WASTE: ("review", 0.4)},
}
DOGS_RECORD = "portal:hunde und mehr"


def write_region(folder: Path) -> Path:
    """Write the region and its lists into a folder and return the region file."""
    (folder / "portal.csv").write_text(PORTAL, encoding="utf-8")
    (folder / "amt.csv").write_text(OFFICE, encoding="utf-8")
    text = REGION + "".join(SOURCE.format(name=name) for name in ("portal", "amt"))
    region = folder / "region.toml"
    region.write_text(text, encoding="utf-8")
    return region


def rows(cli: Cli, *more: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cli("review", "list", "--format", "json", *more).json["rows"]
    return found


def state_of(cli: Cli, record: str) -> tuple[str, list[str]]:
    states = ("review", "accepted", "rejected", "no_service", "not_in_catalogue", "unmatched")
    for row in rows(cli, *(part for state in states for part in ("--state", state))):
        if row["record"] == record:
            return row["state"], row["accepted"]
    raise LookupError(record)


def status(cli: Cli, area: str, service: str) -> str:
    found = cli("cells", "--area", area, "--service", service, "--format", "json").json["rows"]
    return str(found[0]["status"])
