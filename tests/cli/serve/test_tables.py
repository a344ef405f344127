"""The lists of the interface: they say what the commands say."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.messages import LANGUAGES
from catalogue.reports.cells import CellRow
from catalogue.reports.directory import AreaRow, ServiceRow
from catalogue.store import Store, open_store
from catalogue.tables import source
from cli.output import field_names
from tests.cli.conftest import Cli
from tests.cli.serve.asking import Browser, browsing
from tests.sample_region import copy_region, sync_region

LISTS = ("areas", "services", "cells", "gaps", "coverage", "changes", "sources", "runs")


def key(row: dict[str, str]) -> tuple[str, ...]:
    return (row["ars"], row["level"], row.get("ozg_id", ""))


def test_areas_are_those_of_the_region_in_the_order_of_their_keys(browser: Browser) -> None:
    rows = browser.get("/api/v1/areas").rows
    assert [(row["area"], row["level"]) for row in rows] == [
        ("Bottrop", "gemeinde"),
        ("Kreis Recklinghausen", "kreis"),
        ("Gladbeck", "gemeinde"),
        ("Recklinghausen", "gemeinde"),
    ]
    assert tuple(rows[0]) == field_names(AreaRow)
    assert (rows[2]["parent_ars"], rows[2]["parent_level"]) == ("055620000000", "kreis")


def test_areas_may_be_limited_to_a_level(browser: Browser) -> None:
    assert [row["area"] for row in browser.get("/api/v1/areas?level=Kreis").rows] == ["Kreis Recklinghausen"]


def test_services_come_with_their_leika_keys(browser: Browser) -> None:
    answer = browser.get("/api/v1/services?service=10110&service=10160")
    assert [row["ozg_id"] for row in answer.rows] == ["10110", "10160"]
    assert "99001009004000" in answer.rows[0]["leika_keys"]
    assert tuple(answer.rows[0]) == field_names(ServiceRow)


def test_services_may_be_limited_to_a_theme(browser: Browser) -> None:
    answer = browser.get("/api/v1/services?theme=Familie&limit=1000")
    assert {row["theme"] for row in answer.rows} == {"Familie & Kind"}
    assert answer.meta["total"] == len(answer.rows) > 10


@pytest.mark.parametrize("question", ["cells", "gaps"])
@pytest.mark.parametrize(
    ("options", "query"),
    [
        (["--area", "Bottrop"], "area=Bottrop"),
        (["--area", "Recklinghausen", "--level", "kreis"], "area=Recklinghausen&level=kreis"),
        (["--service", "10110", "--service", "10160"], "service=10110&service=10160"),
        (["--theme", "Umwelt", "--status", "missing"], "theme=Umwelt&status=fehlt"),
    ],
)
def test_verdicts_are_those_of_the_command(
    cli: Cli, region: str, browser: Browser, question: str, options: list[str], query: str
) -> None:
    said = cli(question, *options, "--format", "json").json
    answer = browser.get(f"/api/v1/{question}?{query}&limit=1000")
    # Signals and priorities cost more than a page; they are left to the commands.
    left_out = {"signals": None, "priority": None, "priority_parts": None}
    expected = [{**row, **left_out} for row in sorted(said["rows"], key=key)]
    assert [{**row, **left_out} for row in answer.rows] == expected
    assert answer.meta["total"] == len(expected)
    beside = ("voluntary", "stale", "unknown", "unresolved", "statuses", "remarks")
    for name in beside:
        assert answer.meta.get(name) == said["meta"].get(name), name


def test_coverage_is_that_of_the_command(cli: Cli, region: str, browser: Browser) -> None:
    for scope in ("competent", "all"):
        *areas, total = cli("coverage", "--scope", scope, "--format", "json").json["rows"]
        answer = browser.get(f"/api/v1/coverage?scope={scope}")
        assert answer.rows == sorted(areas, key=key)
        assert answer.meta["total"] == total
        assert "Bezug" in answer.meta["denominator"]


def test_csv_is_that_of_the_command(cli: Cli, region: str, browser: Browser) -> None:
    written = cli("changes", "--since", "2026-11-01", "--area", "Bottrop", "--format", "csv").out
    answer = browser.get("/api/v1/changes?area=Bottrop&limit=1000&format=csv")
    assert answer.body.decode() == written


@pytest.mark.parametrize("name", LISTS)
def test_every_list_comes_as_csv_with_the_same_rows(browser: Browser, name: str) -> None:
    rows = browser.get(f"/api/v1/{name}?limit=5").rows
    for answer in (
        browser.get(f"/api/v1/{name}?limit=5&format=csv"),
        browser.get(f"/api/v1/{name}?limit=5", accept="text/csv, application/json;q=0.5"),
    ):
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.table[0] == list(rows[0])
        assert len(answer.table) == len(rows) + 1


def test_csv_says_in_a_header_what_json_says_beside_the_rows(browser: Browser) -> None:
    answer = browser.get("/api/v1/gaps?limit=1&format=csv")
    for part in ('"unknown": {', '"total": ', '"next": "'):
        assert part in answer.headers["x-lueckenlos-meta"]
    assert 'rel="next"' in answer.headers["link"]


def test_text_that_looks_like_a_formula_is_harmless_in_csv(own_database: str) -> None:
    store = open_store(own_database)
    with store.write() as connection:
        connection.execute(source.update().values(name="=HYPERLINK(1)"))
    store.close()
    with browsing(own_database) as browser:
        assert {row[1] for row in browser.get("/api/v1/sources?format=csv").table[1:]} == {"'=HYPERLINK(1)"}


def test_sources_show_no_commands_and_runs_no_machines(browser: Browser) -> None:
    sources = browser.get("/api/v1/sources").rows
    assert [row["source"] for row in sources] == ["portal", "umfrage"]
    assert not {"next_command", "params", "issues"} & set(sources[0])
    runs = browser.get("/api/v1/runs").rows
    assert runs[0]["sources_ok"] == 2
    assert not {"host", "pid"} & set(runs[0])


def test_runs_come_newest_first(browser: Browser) -> None:
    numbers = [row["run"] for row in browser.get("/api/v1/runs").rows]
    assert numbers == sorted(numbers, reverse=True)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("area=Herne", "area_outside_region"),
        ("area=Nirgendwo", "area_unlike"),
        ("area=Recklinghausen", "area_choice"),
        ("service=99999", "service_unlike"),
        ("theme=Zauberei", "theme_not_found"),
        ("status=vielleicht", "status_not_found"),
        ("level=dorf", "level_unknown"),
    ],
)
def test_what_does_not_exist_is_said_in_two_languages(browser: Browser, query: str, code: str) -> None:
    said = {}
    for language in LANGUAGES:
        answer = browser.get(f"/api/v1/cells?{query}&lang={language}")
        assert (answer.status, answer.json["code"]) == (404, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-language"] == language
        said[language] = answer.json["detail"]
    assert said["de"] != said["en"]


def test_the_language_of_the_browser_decides_where_none_is_named(browser: Browser) -> None:
    english = browser.get("/api/v1/cells?area=Herne", accept_language="fr, en-GB;q=0.8, de;q=0.2")
    german = browser.get("/api/v1/cells?area=Herne", accept_language="fr")
    assert (english.headers["content-language"], german.headers["content-language"]) == ("en", "de")


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("ara=Bottrop", "„ara“"),
        ("limit=0", "Grenze ist 1"),
        ("limit=1001", "Grenze ist 1000"),
        ("limit=viele", "ganze Zahl"),
        ("limit=", "ganze Zahl"),
        ("format=xml", "Möglich sind: json, csv."),
        ("lang=fr", "Möglich sind"),
        ("area=", "„area“"),
        ("area=a%00b", "„area“"),
        ("area=" + "x" * 201, "„area“"),
        ("&".join(["area=Bottrop"] * 51), "„area“"),
        ("cursor=%25%25", "„cursor“"),
        ("cursor=abcd", "„cursor“"),
    ],
)
def test_a_parameter_that_cannot_be_meant_is_refused(browser: Browser, query: str, part: str) -> None:
    answer = browser.get(f"/api/v1/cells?{query}")
    assert answer.status == 400
    assert part in answer.json["detail"]


def test_a_period_that_ends_before_it_begins_is_refused(browser: Browser) -> None:
    answer = browser.get("/api/v1/changes?since=2026-11-04&until=2026-11-03")
    assert (answer.status, answer.json["code"]) == (400, "period_asked")
    assert "since und until" in answer.json["detail"]


def test_both_databases_give_the_same_answers(
    reference_store: Store, tmp_path: Path, browser: Browser
) -> None:
    assert sync_region(reference_store, copy_region(tmp_path / "files")).state == "ok"
    url = reference_store.engine.url.render_as_string(hide_password=False)
    with browsing(url) as other:
        for path in (*(f"/api/v1/{name}?limit=300" for name in LISTS), "/v1/data", "/v1/ars"):
            here, there = browser.get(path), other.get(path)
            assert (there.status, other.troubles) == (200, []), path
            # Sources and runs have moments and places of their own, the changes of one run no order.
            if not any(name in path for name in ("runs", "sources", "changes")):
                assert there.body == here.body, path
        one = "/api/v1/changes?area=Bottrop&service=10110"
        assert other.get(one).body == browser.get(one).body
        assert [row["state"] for row in other.get("/api/v1/sources").rows] == ["ok", "ok"]


def test_an_empty_region_is_an_error_with_the_next_step(database: str) -> None:
    with browsing(database) as browser:
        answer = browser.get("/api/v1/gaps")
        assert (answer.status, answer.json["code"]) == (404, "region_empty")
        assert browser.get("/api/v1/runs").rows == []


def test_cells_have_all_fields_of_the_command(browser: Browser) -> None:
    assert tuple(browser.get("/api/v1/cells?limit=1").rows[0]) == field_names(CellRow)
