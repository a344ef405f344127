from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.records import Status
from cli.demo.portals import participation
from cli.demo.portals.content import Project
from connectors.portals.loading import load_profile
from tests.connectors.portals.walking import Walk, settings_of, walk

PROJECTS = (
    Project(11, "Mängelmelder", "Mängelmelder"),
    Project(12, "3. Änderung des Flächennutzungsplans"),
    Project(13, "Bebauungsplan Nr. 12"),
    Project(14, "Vorhabenbezogener Bebauungsplan Nr. 7", running=False),
    Project(15, "Einwohnerversammlung Mitte", "Veranstaltung", running=False),
    Project(16, "Umgestaltung Marktplatz", "Umfrage"),
)
PAGES = participation.render({"dorsten": PROJECTS, "marl": (Project(99, "Mängelmelder Marl"),)})
ADDRESS = "https://beteiligung.nrw.example/portal/dorsten/"


@pytest.fixture(scope="module")
def found() -> Walk:
    """Give what reading the platform brought."""
    return walk(settings_of("beteiligung-nrw", ADDRESS), PAGES)


def test_a_project_is_evidence_for_the_service_it_is_assigned_to(found: Walk) -> None:
    assert {each.note: (each.service.keys, each.status) for each in found.offerings.values()} == {
        "Mängelmelder": (("99089014014000",), Status.ONLINE),
        "3. Änderung des Flächennutzungsplans": (("99012012011000",), Status.ONLINE),
        "Vorhabenbezogener Bebauungsplan Nr. 7": (("99012017109000",), Status.DESCRIBED),
        "Einwohnerversammlung Mitte": (("99030006058000",), Status.DESCRIBED),
    }


def test_the_page_of_the_project_is_the_evidence(found: Walk) -> None:
    defects = found.titled("Schadensbeseitigung an öffentlichen Einrichtungen Meldung")
    assert defects.url == f"{ADDRESS}beteiligung/themen/11"
    assert defects.operator == "own"


def test_what_has_ended_is_no_longer_online(found: Walk) -> None:
    assert found.titled("Einwohnerversammlung Durchführung").url == ""


def test_a_project_without_a_service_in_the_catalogue_is_counted_and_nothing_else(found: Walk) -> None:
    unassigned = [issue.detail for issue in found.issues if issue.kind == "portal_entry_unassigned"]
    assert unassigned == ["Bebauungsplan Nr. 12", "Umgestaltung Marktplatz"]


def test_other_tenants_of_the_platform_are_dropped_and_counted(found: Walk) -> None:
    assert not [path for path in found.opened if "/rpv/" in path or "/marl/" in path]
    assert "portal_foreign_tenant" in {issue.kind for issue in found.issues}


def test_nothing_that_takes_part_is_opened_and_no_language_twice(found: Walk) -> None:
    assert not [path for path in found.opened if "stellungnahme" in path or "prefLang" in path]
    assert len([path for path in found.opened if path.endswith(tuple("0123456789"))]) == len(PROJECTS) + 1


def test_nobody_who_is_named_on_a_project_becomes_a_record(found: Walk) -> None:
    assert "Mustermann" not in str(found)


def test_a_feed_named_in_a_profile_of_ones_own_leads_to_the_same_projects(
    found: Walk, tmp_path: Path
) -> None:
    profile = tmp_path / "mit-feed.toml"
    profile.write_text(
        'name = "mit-feed"\nextends = "beteiligung-nrw"\n'
        f'[[list]]\naddress = "{participation.FEED}"\nformat = "feed"\norigin = "eigene Prüfung"\n',
        encoding="utf-8",
    )
    by_feed = walk(settings_of(profile, ADDRESS), PAGES)
    assert by_feed.opened[0].endswith("/rss")
    assert by_feed.offerings.keys() == found.offerings.keys()


def test_every_assigned_key_is_one_of_the_catalogue() -> None:
    catalogue = Path("catalogue/data/leika_services.csv").read_text(encoding="utf-8")
    keys = [key for rule in load_profile("beteiligung-nrw").profile.assign for key in rule.keys]
    assert keys
    assert [key for key in keys if f"\n{key}," not in catalogue] == []
