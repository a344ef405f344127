from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from catalogue import messages
from connectors.portal_settings import PortalSettings
from connectors.portals.loading import shipped_profiles
from sync.region import RegionFileError, read_region

AREA, OTHER = "055620012012", "055620014014"
TENANTS = {"serviceportal.dorsten.example": AREA, "https://portal.example/gladbeck": OTHER}
REGION = f"""[region]
name = "Probe"
areas = ["{AREA}"]

[[source]]
id = "portal"
type = "portal"
location = "https://portal.example/"
areas = ["{AREA}"]
profile = "{{profile}}"
"""
OWN = """name = "eigenes"
extends = "liferay-bis"
[items]
select = "li.eintrag"
"""


def settings(**given: object) -> PortalSettings:
    """Return settings of a portal; those of one area unless tenants are given."""
    base: dict[str, object] = {"id": "portal", "type": "portal", "profile": "citkoportal"}
    if "tenants" not in given:
        base |= {"location": "https://portal.example/", "areas": [AREA]}
    return PortalSettings.model_validate({**base, **given})


def codes(**given: object) -> list[str]:
    """Return what is wrong with settings; every code has its text."""
    with pytest.raises(ValidationError) as caught:
        settings(**given)
    found = caught.value.errors()
    for error in found:
        params = {name: str(value) for name, value in error.get("ctx", {}).items()}
        for language in messages.LANGUAGES:
            if messages.has_text(f"error.{error['type']}"):
                assert messages.text(language, f"error.{error['type']}", **params)
    return [error["type"] for error in found]


def test_a_portal_of_one_area_needs_its_address_and_the_area() -> None:
    (tenant,) = settings().everybody().all
    assert (tenant.area, tenant.address) == (AREA, "https://portal.example/")


def test_tenants_bind_each_address_to_one_area_and_name_the_areas_of_the_source() -> None:
    given = settings(tenants=TENANTS)
    assert {tenant.area: tenant.address for tenant in given.everybody().all} == {
        AREA: "https://serviceportal.dorsten.example/",
        OTHER: "https://portal.example/gladbeck/",
    }
    assert given.areas == (AREA, OTHER)


def test_areas_that_are_named_stay_as_they_are() -> None:
    assert settings(tenants=TENANTS, areas=["055620000000"]).areas == ("055620000000",)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"areas": []}, "setting_portal_area"),
        ({"areas": [AREA, OTHER]}, "setting_portal_area"),
        ({"location": ""}, "setting_portal_area"),
        ({"location": "portal.example"}, "setting_portal_location"),
        ({"location": "https://a:b@portal.example/"}, "setting_portal_address"),
        ({"tenants": {"https://x.example/#y": AREA}}, "setting_portal_address"),
        ({"tenants": {"x.example": "5562"}}, "area_key_format"),
        ({"tenants": {"x.example": AREA, "y.example": AREA}}, "setting_portal_tenant_twice"),
        ({"tenants": {"x.example": AREA, "https://x.example/": OTHER}}, "setting_portal_tenant_twice"),
        (
            {"tenants": TENANTS, "profile": "liferay-bis", "location": "https://dach.example/"},
            "setting_portal_roof",
        ),
        ({"expected": [9, 1]}, "setting_expected"),
        ({"delay": 0.1}, "setting_delay"),
        ({"profile": "citko"}, "portal_profile_unknown"),
        ({"profile": "./fehlt.toml"}, "portal_profile_unreadable"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given: dict[str, object], code: str) -> None:
    assert codes(**given) == [code]


def test_own_servers_may_be_asked_without_pause() -> None:
    assert settings(delay=0, allow_private=True).limits().delay == 0


@pytest.mark.parametrize("name", shipped_profiles())
def test_whether_silence_speaks_is_up_to_the_profile_unless_the_region_file_says(name: str) -> None:
    expected = name in {"liferay-bis", "gelsenkirchen-buergerservice"}
    assert settings(profile=name).speaks is expected
    assert settings(profile=name, silence="absence").speaks
    assert not settings(profile=name, silence="nothing").speaks


def test_another_pace_makes_nothing_forgotten() -> None:
    assert {"delay", "provider", "max_pages"} <= PortalSettings.access
    assert not {"profile", "tenants", "location", "expected", "rules"} & PortalSettings.access


def test_settings_survive_the_way_to_another_process() -> None:
    given = settings(tenants=TENANTS, expected=[1, 5])
    assert PortalSettings.model_validate_json(given.model_dump_json()) == given


def test_a_profile_is_found_beside_the_region_file(tmp_path: Path) -> None:
    (tmp_path / "mein-portal.toml").write_text(OWN, encoding="utf-8")
    region = tmp_path / "region.toml"
    region.write_text(REGION.format(profile="./mein-portal.toml"), encoding="utf-8")
    (source,) = read_region(region).sources
    assert isinstance(source, PortalSettings)
    assert source.profile == str(tmp_path / "mein-portal.toml")
    assert source.load().profile.items.select == "li.eintrag"


def test_the_name_of_a_shipped_profile_is_no_path(tmp_path: Path) -> None:
    region = tmp_path / "region.toml"
    region.write_text(REGION.format(profile="liferay-bis"), encoding="utf-8")
    (source,) = read_region(region).sources
    assert isinstance(source, PortalSettings)
    assert source.profile == "liferay-bis"


def test_what_is_wrong_with_a_profile_is_told_with_the_region_file(tmp_path: Path) -> None:
    (tmp_path / "mein-portal.toml").write_text(OWN.replace("select", "auswahl"), encoding="utf-8")
    region = tmp_path / "region.toml"
    region.write_text(REGION.format(profile="./mein-portal.toml"), encoding="utf-8")
    with pytest.raises(RegionFileError) as caught:
        read_region(region)
    (error,) = caught.value.errors
    assert (error.line, error.key, error.code) == (10, "profile", "portal_profile_key_unknown")
    line = messages.text("de", f"error.{error.code}", **error.params)
    assert line.startswith("Profil mein-portal.toml, Zeile 4: „items.auswahl“")
