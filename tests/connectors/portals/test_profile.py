from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from connectors.errors import AbortRun
from connectors.portals.loading import FOLDER, load_profile, shipped_profiles
from connectors.portals.plainaddress import plain_address

MINIMAL = """name = "eigenes"
description = "Mein Portal"

[[list]]
address = "leistungen"
origin = "eigene Prüfung"

[[detail]]
name = "leistung"
path = 'leistung/(?P<id>[0-9]+)'
example = "leistung/7"
origin = "eigene Prüfung"

[items]
origin = "eigene Prüfung"
"""
#: What is changed in the minimal profile, and what the error then says.
ERRORS = {
    "portal_profile_syntax": ('name = "eigenes"', "name = eigenes", 1, None),
    "portal_profile_key_unknown": ('address = "leistungen"', 'adresse = "leistungen"', 5, "list.0.adresse"),
    "portal_profile_key_missing": ('description = "Mein Portal"\n', "", 0, "description"),
    "portal_profile_value": ('name = "leistung"', "name = 7", 9, "detail.0.name"),
    "portal_profile_pattern": (
        "path = 'leistung/(?P<id>[0-9]+)'",
        "path = 'leistung/('",
        10,
        "detail.0.path",
    ),
    "portal_profile_id": ("(?P<id>[0-9]+)", "[0-9]+", 8, "detail.0"),
    "portal_profile_example": ('example = "leistung/7"', 'example = "leistung/a"', 8, "detail.0"),
    "portal_profile_selector": ("[items]", '[items]\nselect = "li >"', 15, "items.select"),
    "portal_profile_band": ("[items]", '[band]\nservices = [9, 1]\norigin = "x"\n[items]', 14, "band"),
    "portal_profile_empty": ('name = "leistung"', "", 0, "–"),
}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Give the path of a profile of one's own."""
    path = tmp_path / "mein-portal.toml"
    path.write_text(MINIMAL, encoding="utf-8")
    return path


def error_of(path: Path) -> AbortRun:
    """Return what is wrong with a profile."""
    with pytest.raises(AbortRun) as caught:
        load_profile(str(path))
    return caught.value


@pytest.mark.parametrize("name", shipped_profiles())
def test_every_shipped_profile_can_be_used_and_has_the_name_of_its_file(name: str) -> None:
    assert load_profile(name).profile.name == name


@pytest.mark.parametrize("name", shipped_profiles())
def test_every_pattern_of_a_shipped_profile_has_an_example_or_is_a_net_below_others(name: str) -> None:
    profile = load_profile(name).profile
    without = [
        rule.path
        for rule in (*profile.more, *profile.detail, *profile.closed, *profile.other)
        if not rule.example
    ]
    assert without == ([profile.closed[-2].path] if name == "citkoportal" else [])


@pytest.mark.parametrize("name", shipped_profiles())
def test_every_entry_of_a_shipped_profile_says_where_it_comes_from(name: str) -> None:
    document = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    tables = [
        table for value in document.values() for table in (value if isinstance(value, list) else [value])
    ]
    entries = [table for table in tables if isinstance(table, dict)]
    assert len(entries) > 3
    assert all(entry["origin"] for entry in entries)


def test_a_profile_of_ones_own_needs_no_python(own: Path) -> None:
    profile = load_profile(str(own)).profile
    assert profile.detail[0].find(plain_address("leistung/12?x=1")) == "12"


def test_a_profile_may_say_only_what_differs_from_a_shipped_one(tmp_path: Path) -> None:
    path = tmp_path / "stadt.toml"
    path.write_text(
        'name = "stadt"\nextends = "liferay-bis"\n[items]\nselect = ".eintrag"\n'
        '[[list]]\naddress = "a-z/{letter}"\norigin = "eigene Prüfung"\n',
        encoding="utf-8",
    )
    profile = load_profile(str(path)).profile
    shipped = load_profile("liferay-bis").profile
    assert profile.items.select == ".eintrag"
    assert profile.items.synonyms == shipped.items.synonyms  # the rest of the table is inherited
    assert profile.detail == shipped.detail
    assert [page.address for page in profile.list] == ["a-z/{letter}"]  # a list of tables is replaced
    assert profile.list[0].addresses[-3:] == ("a-z/Ä", "a-z/Ö", "a-z/Ü")


def test_only_shipped_profiles_can_be_extended(own: Path) -> None:
    own.write_text(f'extends = "{own}"\n', encoding="utf-8")
    assert error_of(own).code == "portal_profile_unknown"


@pytest.mark.parametrize("code", [code for code in ERRORS if code != "portal_profile_empty"])
def test_an_error_of_a_profile_names_file_line_and_key(own: Path, code: str) -> None:
    before, after, line, key = ERRORS[code]
    assert MINIMAL.count(before) == 1
    own.write_text(MINIMAL.replace(before, after), encoding="utf-8")
    error = error_of(own)
    assert (error.code, error.params["file"], error.params["line"]) == (code, "mein-portal.toml", line)
    assert error.params.get("key") == key


def test_a_profile_by_which_nothing_can_be_found_is_refused(own: Path) -> None:
    own.write_text(MINIMAL.partition("[[detail]]")[0] + '[items]\norigin = "x"\n', encoding="utf-8")
    assert error_of(own).code == "portal_profile_empty"


def test_the_number_of_further_errors_is_told(own: Path) -> None:
    own.write_text(MINIMAL.replace('origin = "eigene Prüfung"', ""), encoding="utf-8")
    assert error_of(own).params["more"] == 2


def test_detail_and_closed_addresses_cannot_share_a_name(own: Path) -> None:
    closed = '[[closed]]\nname = "leistung"\nmeaning = "online"\npath = "start/(?P<id>.+)"\norigin = "x"\n'
    own.write_text(MINIMAL + closed, encoding="utf-8")
    assert error_of(own).params["name"] == "leistung"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'name = "\xe4"', "portal_profile_encoding"),
        (b"#" * ((1 << 20) + 1), "portal_profile_too_large"),
        (b"a = " + b"[" * 5_000, "portal_profile_syntax"),
    ],
)
def test_a_file_that_is_no_profile_is_refused(own: Path, content: bytes, code: str) -> None:
    own.write_bytes(content)
    assert error_of(own).code == code


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert error_of(tmp_path / "fehlt.toml").code == "portal_profile_unreadable"


def test_a_name_that_is_not_shipped_is_answered_with_those_that_are() -> None:
    with pytest.raises(AbortRun) as caught:
        load_profile("citko")
    assert caught.value.params == {"given": "citko", "known": ", ".join(shipped_profiles())}


def test_the_digest_changes_with_the_file_and_not_without(own: Path) -> None:
    before = load_profile(str(own)).digest
    assert load_profile(str(own)).digest == before
    own.write_text(MINIMAL + "# anders\n", encoding="utf-8")
    assert load_profile(str(own)).digest != before
