"""``sources preview``: what a source would yield, with the reasons for everything rejected."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from catalogue.matching.patterns import record_pattern
from catalogue.matching.review import Signature, Wish, put_on_record
from catalogue.store import open_store
from catalogue.tables import source
from tests.cli.conftest import Answer, Cli
from tests.cli.sourcefiles import LIST, add_source, region_file, site
from tests.connectors.site_pages import described, list_page
from tests.faultserver import FaultServer
from tests.sync.xzufi import message, online, responsibility, service, write_message


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """A region file with one list that has a bit of everything."""
    (tmp_path / "liste.csv").write_text(LIST, encoding="utf-8")
    return region_file(tmp_path, add_source("liste", "liste.csv"))


def rows_of(answer: Answer) -> dict[str, Any]:
    return {row["ref"]: row for row in answer.json["rows"]}


def content(database: str) -> dict[str, list[Any]]:
    """Return everything in a database."""
    with sqlite3.connect(database.removeprefix("sqlite:///")) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in names}


def test_records_are_shown_with_area_keys_and_match(cli: Cli, database: str, listed: Path) -> None:
    answer = cli("sources", "preview", "liste", "--region", listed)
    assert answer.code == 0
    assert "1. „Sperrmüll“: online, Bottrop" in answer.out
    assert "99001009004000 = „Sperrmüll Entsorgung“ (OZG 10110)" in answer.out
    assert "angenommen: 10110 Abfallentsorgung" in answer.out
    assert "unbekanntes Gebiet „055129999999“" in answer.out
    assert "99999999999999 steht nicht im Katalog" in answer.out
    assert "liste: wird zur Ansicht gelesen; gespeichert wird nichts." in answer.err


def test_every_record_says_why_no_cell_would_rest_on_it(cli: Cli, database: str, listed: Path) -> None:
    rows = rows_of(cli("sources", "preview", "liste", "--region", listed, "--format", "json"))
    reasons = {ref: (row["decision"], row["reasons"]) for ref, row in rows.items()}
    assert reasons["055120000000|99001009004000"] == ("accepted", [])
    assert reasons["055129999999|99001009004000"] == ("accepted", ["area_unknown"])
    assert reasons["055130000000|99001009004000"] == ("accepted", ["area_not_in_region"])
    assert reasons["055620014014|99999999999999"][1] in (["unmatched"], ["under_review"])
    assert reasons["055620014014|hunde und mehr"] == ("review", ["under_review"])


def test_everything_rejected_is_told_with_its_reason(cli: Cli, database: str, listed: Path) -> None:
    answer = cli("sources", "preview", "liste", "--region", listed, "--format", "json")
    issues = {issue["kind"]: issue for issue in answer.json["meta"]["issues"]}
    assert issues["row_status_unknown"]["severity"] == "skipped"
    assert issues["row_status_unknown"]["samples"] == [["8", "vielleicht"]]
    assert issues["area_unknown"]["samples"] == [["", "055129999999"]]
    assert issues["service_under_review"]["count"] >= 1
    shown = cli("sources", "preview", "liste", "--region", listed).out
    assert "unbrauchbar: 1 × Zeile 8: Der Status „vielleicht“ ist unbekannt" in shown
    assert "Hinweis: 1 × Das Gebiet „055129999999“ ist unbekannt" in shown


def test_counts_are_of_the_whole_delivery_however_few_records_are_shown(
    cli: Cli, database: str, listed: Path
) -> None:
    answer = cli("sources", "preview", "liste", "-n", "2", "--region", listed, "--format", "json").json
    meta = answer["meta"]
    assert len(answer["rows"]) == 2
    assert meta["records_by_class"]["offering"] == meta["objects"] == 5
    assert meta["services"]["services"] == meta["services"]["decided"]
    assert (meta["read"], meta["rejected"]) == (7, 2)


def test_what_it_says_is_what_a_sync_then_does(cli: Cli, database: str, listed: Path) -> None:
    before = cli("sources", "preview", "liste", "--region", listed, "--format", "json").json
    after = cli("sync", "--region", listed, "--format", "json").json["rows"][0]
    kinds = {(one["severity"], one["kind"], one["count"]) for one in before["meta"]["issues"]}
    assert kinds == {(one["severity"], one["kind"], one["count"]) for one in after["issues"]}
    for row in before["rows"]:
        found = cli("sources", "explain-record", "liste", row["ref"], "--format", "json").json
        (place,) = found["rows"]
        same = ("ref", "kind", "ars", "area", "area_reported", "title", "status", "url", "unit", "record")
        assert {name: row[name] for name in same} == {name: place[name] for name in same}
        assert row["reasons"] == place["reasons"]
        assert {(one["ozg_id"], one["state"]) for one in row["matches"]} == {
            (one["ozg_id"], one["state"]) for one in found["meta"]["matches"]
        }


def test_nothing_is_written(cli: Cli, database: str, listed: Path) -> None:
    before = content(database)
    assert cli("sources", "preview", "liste", "--region", listed).code == 0
    assert content(database) == before
    assert before["source"] == []


def test_a_delivery_that_would_be_held_is_code_3(cli: Cli, database: str, listed: Path) -> None:
    table = listed.parent / "liste.csv"
    table.write_text("".join(LIST.splitlines(keepends=True)[:6]), encoding="utf-8")
    assert cli("sync", "--region", listed).code == 0
    table.write_text("".join(LIST.splitlines(keepends=True)[:2]), encoding="utf-8")
    answer = cli("sources", "preview", "liste", "--region", listed)
    assert answer.code == 3
    assert "Würde angehalten: Die Lieferung hat 1 statt 5 Datensätze" in answer.out
    meta = cli("sources", "preview", "liste", "--region", listed, "--format", "json").json["meta"]
    assert (meta["state"], meta["objects"], meta["objects_before"]) == ("held", 1, 5)
    assert [(one["message"], one["holds"]) for one in meta["objections"]] == [("delivery_shrunk", True)]


def test_the_delivery_that_is_known_already_is_shown_all_the_same(
    cli: Cli, database: str, listed: Path
) -> None:
    cli("sync", "--region", listed)
    answer = cli("sources", "preview", "liste", "--region", listed)
    assert "auf der der Katalog schon steht" in answer.out
    assert "1. „Sperrmüll“" in answer.out


def test_an_empty_delivery_shows_nothing_and_would_be_held(cli: Cli, database: str, listed: Path) -> None:
    (listed.parent / "liste.csv").write_text(LIST.splitlines()[0] + "\n", encoding="utf-8")
    answer = cli("sources", "preview", "liste", "--region", listed)
    assert answer.code == 3
    assert "keinen brauchbaren Datensatz" in answer.out


def test_a_source_that_cannot_be_read_is_code_4_with_reason_and_next_step(
    cli: Cli, database: str, listed: Path
) -> None:
    (listed.parent / "liste.csv").unlink()
    answer = cli("sources", "preview", "liste", "--region", listed)
    assert answer.code == 4
    assert "gibt es nicht" in answer.err
    assert f"lueckenlos sources check liste --region {listed}" in answer.out
    found = cli("sources", "preview", "liste", "--region", listed, "--format", "json")
    assert (found.code, found.json["rows"], found.json["meta"]["state"]) == (4, [], "failed")


def test_without_a_database_it_says_how_to_make_one(
    cli: Cli, listed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUECKENLOS_DB", f"sqlite:///{tmp_path / 'keine.sqlite'}")
    answer = cli("sources", "preview", "liste", "--region", listed)
    assert (answer.code, "db init" in answer.err) == (6, True)


@pytest.mark.parametrize("given", ["0", "-3", "1001", "viele", "²", "9" * 40])
def test_a_number_of_records_out_of_bounds_is_refused(
    cli: Cli, database: str, listed: Path, given: str
) -> None:
    answer = cli("sources", "preview", "liste", f"--records={given}", "--region", listed)
    assert (answer.code, "von 1 bis 1000" in answer.err) == (2, True)


def test_a_source_limited_to_areas_counts_what_is_elsewhere(cli: Cli, database: str, listed: Path) -> None:
    region = region_file(listed.parent, add_source("liste", "liste.csv", areas='["055620014014"]'))
    found = cli("sources", "preview", "liste", "--region", region, "--format", "json")
    assert rows_of(found)["055120000000|99001009004000"]["reasons"] == ["area_outside"]
    issues = {issue["kind"]: issue for issue in found.json["meta"]["issues"]}
    assert issues["area_outside"]["count"] == 2
    assert ["", "Bottrop"] in issues["area_outside"]["samples"]


def test_a_second_opinion_says_so_in_every_record(cli: Cli, database: str, listed: Path) -> None:
    region = region_file(listed.parent, add_source("liste", "liste.csv", advisory="true"))
    rows = rows_of(cli("sources", "preview", "liste", "--region", region, "--format", "json"))
    assert all("advisory" in row["reasons"] for row in rows.values())


def test_what_a_person_decided_outranks_the_machine(cli: Cli, database: str, listed: Path) -> None:
    cli("sync", "--region", listed)
    store = open_store(database)
    with store.write() as connection:
        number = connection.scalars(select(source.c.id)).one()
        wish = Wish(record_pattern(number, "hunde und mehr"), "accepted", (("10160", ""),), "Hunde und mehr")
        put_on_record(connection, [wish], Signature("Amt 10", "2026-11-20T10:00:00+00:00"))
    store.close()
    rows = rows_of(cli("sources", "preview", "liste", "--region", listed, "--format", "json"))
    found = rows["055620014014|hunde und mehr"]
    assert (found["decision"], found["reasons"]) == ("accepted", [])
    assert [(one["ozg_id"], one["by_person"]) for one in found["matches"]] == [("10160", True)]


def test_offerings_of_an_xzufi_delivery_are_put_together(cli: Cli, database: str, tmp_path: Path) -> None:
    parts = (
        service("S1", "99102013104000", "Hundesteuer Anmeldung"),
        online("OD1", "https://bottrop.example/hunde"),
        responsibility("Z1", "S1", "055120000000", "055620014014"),
        responsibility("Z2", "S9", "055120000000"),
    )
    write_message(tmp_path / "lieferung.xml", message(*parts))
    source = '[[source]]\nid = "feed"\ntype = "xzufi"\nlocation = "lieferung.xml"\n'
    found = cli("sources", "preview", "feed", "--region", region_file(tmp_path, source), "--format", "json")
    first, second = found.json["rows"]
    assert (first["kind"], first["status"], first["url"]) == (
        "online",
        "online",
        "https://bottrop.example/hunde",
    )
    assert (first["title"], first["area"], first["pairs"]) == ("Hundesteuer Anmeldung", "Bottrop", 2)
    assert first["unit"] == "OD1"
    assert second["reasons"] == ["record_unknown"]
    classes = found.json["meta"]["records_by_class"]
    assert classes == {"service": 1, "online_service": 1, "offering": 2}


def test_a_delivery_that_only_describes_shows_its_services(cli: Cli, database: str, tmp_path: Path) -> None:
    write_message(
        tmp_path / "lieferung.xml", message(service("S1", "9910201310400", "Hundesteuer Anmeldung"))
    )
    source = '[[source]]\nid = "feed"\ntype = "xzufi"\nlocation = "lieferung.xml"\n'
    answer = cli("sources", "preview", "feed", "--region", region_file(tmp_path, source))
    assert "1. „Hundesteuer Anmeldung“: nur beschrieben, ohne Gebiet" in answer.out
    assert "„9910201310400“ ist kein LeiKa-Schlüssel" in answer.out
    assert "sagt nicht, wo es die Leistung gibt" in answer.out


def test_an_increment_finds_what_it_refers_to_in_the_catalogue(
    cli: Cli, database: str, tmp_path: Path
) -> None:
    folder = tmp_path / "feed"
    folder.mkdir()
    whole = (service("S1", "99102013104000", "Hundesteuer Anmeldung"), online("OD1", "https://b.example/h"))
    write_message(folder / "1.xml", message(*whole))
    first = '[[source]]\nid = "feed"\ntype = "xzufi"\nlocation = "feed/1.xml"\ndelivery = "increment"\n'
    assert cli("sync", "--region", region_file(tmp_path, first)).code == 0
    write_message(folder / "2.xml", message(responsibility("Z1", "S1", "055120000000")))
    region = region_file(tmp_path, first.replace("1.xml", "2.xml"))
    found = cli("sources", "preview", "feed", "--region", region, "--format", "json").json
    (row,) = found["rows"]
    assert (row["title"], row["status"], row["reasons"]) == ("Hundesteuer Anmeldung", "online", [])
    assert found["meta"]["scope"] == "increment"


def serve_town(server: FaultServer, count: int) -> str:
    for number in range(1, count + 1):
        title = f"Hund Nummer {number} anmelden"
        server.add(f"/dienstleistung/{number}", described(number, title), "text/html")
    pages = (f"dienstleistung/{number}" for number in range(1, count + 1))
    return server.add("/leistungen", list_page(pages), "text/html")


def test_a_website_is_not_crawled_to_its_end_for_a_preview(
    cli: Cli, database: str, tmp_path: Path, server: FaultServer
) -> None:
    region = region_file(tmp_path, site(serve_town(server, 200)))
    found = cli("sources", "preview", "stadt", "-n", "4", "--region", region, "--format", "json").json
    assert [row["title"] for row in found["rows"]] == [f"Hund Nummer {n} anmelden" for n in range(1, 5)]
    assert found["meta"]["scope"] == "part"
    assert "crawl_sampled" in {issue["kind"] for issue in found["meta"]["issues"]}
    asked = [path for path in server.hits if path.startswith("/dienstleistung/")]
    assert len(asked) == 4


def test_pages_show_their_links_flags_and_level(
    cli: Cli, database: str, tmp_path: Path, server: FaultServer
) -> None:
    region = region_file(tmp_path, site(serve_town(server, 3)))
    found = cli("sources", "preview", "stadt", "--region", region, "--format", "json").json
    third = found["rows"][2]
    assert (third["maturity"], third["maturity_rules"].partition("/")[0]) == (3, "rgm11")
    assert third["links"][0]["url"] == "https://portal.beispielstadt.example/antrag/3"
    assert "online_submit" in {one["flag"] for one in third["evidence"]}
    shown = cli("sources", "preview", "stadt", "--region", region).out
    assert "Online-Antrag „Online beantragen“ https://portal.beispielstadt.example/antrag/3" in shown
    assert f"{third['maturity']} nach {third['maturity_rules']}" in shown


def test_csv_has_the_fields_of_json(cli: Cli, database: str, listed: Path) -> None:
    as_json = cli("sources", "preview", "liste", "--region", listed, "--format", "json").json["rows"]
    out = cli("sources", "preview", "liste", "--region", listed, "--format", "csv").out
    as_csv = list(csv.DictReader(io.StringIO(out.removeprefix("\ufeff")), delimiter=";"))
    assert [list(row) for row in as_csv] == [list(row) for row in as_json]


@pytest.mark.parametrize("language", ["de", "en"])
def test_tables_show_no_codes_of_messages(cli: Cli, database: str, listed: Path, language: str) -> None:
    answer = cli("sources", "preview", "liste", "--region", listed, "--lang", language)
    for code in ("column.", "sources.", "issue.", "no_cell.", "under_review", "area_unknown"):
        assert code not in answer.out
