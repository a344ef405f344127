"""``sources explain-record``: everything known about one record, its life, its matches and its cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from catalogue.messages import LANGUAGES, has_text, keys, text
from catalogue.store import open_store
from catalogue.tables import match
from sync.region import read_region
from sync.run import Options, Silent, sync
from tests.cli.conftest import Cli
from tests.cli.sourcefiles import LIST, add_source, region_file, site
from tests.connectors.site_pages import described, list_page
from tests.databases import Databases
from tests.faultserver import FaultServer
from tests.sync.xzufi import message, online, remove, responsibility, service, write_message

GOOD = "".join(LIST.splitlines(keepends=True)[:6])
BOTTROP = "055120000000|99001009004000"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture(scope="module")
def list_database(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database with one list, synced; for reading only."""
    folder = tmp_path_factory.mktemp("list")
    (folder / "liste.csv").write_text(LIST, encoding="utf-8")
    region = region_file(folder, add_source("liste", "liste.csv"))
    with databases.sqlite(folder, reference=True) as url:
        store = open_store(url)
        assert sync(store, read_region(region), Options(executor="inline"), Silent()).state == "ok"
        store.close()
        yield url


@pytest.fixture
def listed(list_database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the command line look at the synced list."""
    monkeypatch.setenv("LUECKENLOS_DB", list_database)
    return list_database


@pytest.fixture
def own_list(cli: Cli, database: str, tmp_path: Path) -> Path:
    """The region file of a list that was synced into a database of one's own, to be changed."""
    (tmp_path / "liste.csv").write_text(LIST, encoding="utf-8")
    region = region_file(tmp_path, add_source("liste", "liste.csv"))
    assert cli("sync", "--region", region).code == 0
    return region


def about(cli: Cli, source: str, ref: str) -> Any:
    answer = cli("sources", "explain-record", source, ref, "--format", "json")
    assert answer.code == 0, answer.err
    return answer.json


def test_a_record_is_told_as_delivered_with_its_match_and_its_cell(cli: Cli, listed: str) -> None:
    found = about(cli, "liste", BOTTROP)
    meta, (place,) = found["meta"], found["rows"]
    assert (meta["record_class"], meta["life"]["life"], meta["life"]["first_run"]) == (
        "offering",
        "active",
        1,
    )
    (described_service,) = meta["objects"]
    assert described_service["fields"]["title"] == "Sperrmüll"
    assert described_service["fields"]["reported_keys"] == "99001009004000"
    assert [(one["key"], one["state"], one["ozg_id"]) for one in meta["keys"]] == [
        ("99001009004000", "known", "10110")
    ]
    assert [(one["ozg_id"], one["method"], one["state"]) for one in meta["matches"]] == [
        ("10110", "key", "accepted")
    ]
    assert (place["counts"], place["reasons"]) == (True, [])
    assert [(one["area"], one["ozg_id"], one["status"], one["decides"]) for one in place["cells"]] == [
        ("Bottrop", "10110", "online", True)
    ]
    shown = cli("sources", "explain-record", "liste", BOTTROP).out
    assert "Bottrop, 10110 Abfallentsorgung: online – dieser Datensatz hat entschieden" in shown


@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        ("055129999999|99001009004000", "area_unknown"),
        ("055130000000|99001009004000", "area_not_in_region"),
        ("055620014014|hunde und mehr", "under_review"),
    ],
)
def test_a_record_that_supports_no_cell_says_why(cli: Cli, listed: str, ref: str, reason: str) -> None:
    (place,) = about(cli, "liste", ref)["rows"]
    assert (place["counts"], place["reasons"], place["cells"]) == (False, [reason], [])
    assert text("de", f"no_cell.{reason}") in cli("sources", "explain-record", "liste", ref).out


def test_a_rejected_match_supports_nothing(cli: Cli, database: str, own_list: Path) -> None:
    store = open_store(database)
    with store.write() as connection:
        rejected = {"state": "rejected", "by_person": True, "actor": "Amt 10"}
        connection.execute(update(match).values(rejected).where(match.c.leika_key == "99001009004000"))
    store.close()
    found = about(cli, "liste", BOTTROP)
    assert found["rows"][0]["reasons"] == ["unmatched"]
    assert [(one["state"], one["actor"]) for one in found["meta"]["matches"]] == [("rejected", "Amt 10")]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"areas": '["055620014014"]'}, "area_outside"), ({"advisory": "true"}, "advisory")],
)
def test_settings_that_keep_a_record_from_cells_are_the_reason(
    cli: Cli, database: str, tmp_path: Path, settings: dict[str, str], reason: str
) -> None:
    (tmp_path / "liste.csv").write_text(LIST, encoding="utf-8")
    cli("sync", "--region", region_file(tmp_path, add_source("liste", "liste.csv", **settings)))
    (place,) = about(cli, "liste", BOTTROP)["rows"]
    assert (place["counts"], place["reasons"]) == (False, [reason])
    of_cell = cli("explain", "Bottrop", "10110", "--format", "json").json["rows"]
    assert [row["counts"] for row in of_cell if row["ref"] == BOTTROP] == [False]


def test_the_life_of_a_record_is_told_run_by_run(cli: Cli, database: str, tmp_path: Path) -> None:
    table = tmp_path / "liste.csv"
    region = region_file(tmp_path, add_source("liste", "liste.csv", allowed_shrink="1.0"))
    states = []
    for content in (GOOD, GOOD.replace("https://bottrop.example/sperrmuell", "https://b.example/neu")):
        table.write_text(content, encoding="utf-8")
        cli("sync", "--region", region)
    states.append(about(cli, "liste", BOTTROP)["meta"]["life"])
    without = "".join(line for line in GOOD.splitlines(keepends=True) if "bottrop" not in line)
    for number in range(2):
        table.write_text(without + "\n" * number, encoding="utf-8")
        cli("sync", "--region", region)
        states.append(about(cli, "liste", BOTTROP)["meta"]["life"])
    told = [
        (one["life"], one["first_run"], one["changed_run"], one["vanished_run"], one["withdrawn_run"])
        for one in states
    ]
    assert told[0] == ("active", 1, 2, None, None)
    assert told[1] == ("vanished", 1, 2, 3, None)
    assert (told[2][0], told[2][4]) == ("withdrawn", 4)
    assert all(one["first_at"] and one["changed_at"] for one in states)
    (place,) = about(cli, "liste", BOTTROP)["rows"]
    assert place["reasons"][0] == "withdrawn"
    assert "zurückgezogen" in cli("sources", "explain-record", "liste", BOTTROP).out


def test_a_source_that_left_the_region_file_still_explains_its_records(cli: Cli, own_list: Path) -> None:
    cli("sync", "--region", region_file(own_list.parent))
    found = about(cli, "liste", BOTTROP)
    assert not found["meta"]["active"]
    assert found["rows"][0]["reasons"] == ["source_inactive"]


@pytest.fixture
def feed(cli: Cli, database: str, tmp_path: Path) -> Path:
    """A region file with a XZuFi delivery, synced."""
    parts = (
        service("S1", "99102013104000", "Hundesteuer Anmeldung"),
        online("OD1", "https://bottrop.example/hunde"),
        responsibility("Z1", "S1", "055120000000", "055620014014"),
    )
    write_message(tmp_path / "1.xml", message(*parts))
    source = '[[source]]\nid = "feed"\ntype = "xzufi"\nlocation = "1.xml"\ndelivery = "increment"\n'
    region = region_file(tmp_path, source)
    assert cli("sync", "--region", region).code == 0
    return region


@pytest.mark.parametrize(
    ("ref", "name", "objects"),
    [
        ("A:Z1", "offering", ["service", "online_service"]),
        ("A:S1", "service", ["service"]),
        ("A:OD1", "online_service", ["online_service"]),
    ],
)
def test_records_of_every_class_lead_to_their_offerings(
    cli: Cli, feed: Path, ref: str, name: str, objects: list[str]
) -> None:
    found = about(cli, "feed", ref)
    assert found["meta"]["record_class"] == name
    assert [one["object_class"] for one in found["meta"]["objects"]] == objects
    assert [(row["area"], row["status"], row["counts"]) for row in found["rows"]] == [
        ("Bottrop", "online", True),
        ("Gladbeck", "online", True),
    ]
    assert found["meta"]["places"] == 2


def test_an_online_service_that_was_deleted_no_longer_makes_its_offering_online(cli: Cli, feed: Path) -> None:
    write_message(feed.parent / "1.xml", message(remove("Onlinedienst", "OD1")))
    assert cli("sync", "--region", feed).code == 0
    found = about(cli, "feed", "A:Z1")
    assert [row["status"] for row in found["rows"]] == ["described", "described"]
    online_service = found["meta"]["objects"][1]
    assert (online_service["life"]["life"], online_service["life"]["withdrawn_run"]) == ("withdrawn", 2)


def test_a_row_that_was_never_taken_is_told_by_what_was_noted(cli: Cli, listed: str) -> None:
    found = about(cli, "liste", "8")
    assert (found["meta"]["record_class"], found["meta"]["life"], found["rows"]) == ("rejected", None, [])
    assert [(one["run"], one["kind"], one["detail"]) for one in found["meta"]["rejections"]] == [
        (1, "row_status_unknown", "vielleicht")
    ]
    assert "Der Status „vielleicht“ ist unbekannt" in cli("sources", "explain-record", "liste", "8").out


@pytest.mark.parametrize("given", ["05512000", "055120000000|9900100900400O", "sperrmüll"])
def test_a_ref_that_is_not_there_is_told_the_near_ones(cli: Cli, listed: str, given: str) -> None:
    answer = cli("sources", "explain-record", "liste", given)
    assert (answer.code, answer.out) == (2, "")
    assert "Ähnlich sind: " in answer.err
    assert "99001009004000" in answer.err


@pytest.mark.parametrize("given", ["%", "_", "", "Xyzzy:Plugh", "\N{SNOWMAN}" * 500])
def test_a_ref_like_no_other_is_told_where_refs_are_to_be_had(cli: Cli, listed: str, given: str) -> None:
    answer = cli("sources", "explain-record", "liste", given)
    assert (answer.code, "sources preview" in answer.err) == (2, True)


def test_a_source_that_was_never_synced_is_told_what_to_do(cli: Cli, database: str, tmp_path: Path) -> None:
    answer = cli("sources", "explain-record", "liste", "1")
    assert (answer.code, "sources preview" in answer.err) == (2, True)


def test_a_misspelt_source_is_told_the_near_one(cli: Cli, listed: str) -> None:
    assert "Gemeint ist wohl: liste." in cli("sources", "explain-record", "lsite", BOTTROP).err
    assert "Bekannt sind: liste." in cli("sources", "explain-record", "xyzzy", BOTTROP).err


@pytest.fixture
def town(cli: Cli, database: str, tmp_path: Path, server: FaultServer) -> str:
    """The ref of an offering of a website that was synced; its page leads to an online service."""
    for number in range(1, 4):
        title = "Sperrmüll anmelden" if number == 3 else f"Hund Nummer {number} anmelden"
        server.add(f"/dienstleistung/{number}", described(number, title), "text/html")
    pages = (f"dienstleistung/{number}" for number in range(1, 4))
    address = server.add("/leistungen", list_page(pages), "text/html")
    assert cli("sync", "--region", region_file(tmp_path, site(address))).code == 0
    found = cli("cells", "--area", "055620032032", "--service", "10110", "--format", "json").json["rows"]
    assert [row["status"] for row in found] == ["online"]
    (shown,) = cli("explain", "055620032032", "10110", "--format", "json").json["rows"]
    return str(shown["ref"])


def test_a_page_shows_its_links_flags_and_level_in_both_explanations(cli: Cli, town: str) -> None:
    (place,) = about(cli, "stadt", town)["rows"]
    of_cell = cli("explain", "055620032032", "10110", "--format", "json").json["rows"][0]
    for row in (place, of_cell):
        assert row["page"].endswith("/dienstleistung/3")
        assert row["links"][0] == {
            "kind": "online",
            "url": "https://portal.beispielstadt.example/antrag/3",
            "label": "Online beantragen",
            "operator": row["links"][0]["operator"],
        }
        assert {"online_submit", "info_text"} <= {one["flag"] for one in row["evidence"]}
        assert (row["maturity"], row["maturity_rules"].partition("/")[0]) == (3, "rgm11")
    for shown in (
        cli("explain", "055620032032", "10110").out,
        cli("sources", "explain-record", "stadt", town).out,
    ):
        assert "Online-Antrag „Online beantragen“" in shown
        assert "3 nach rgm11" in shown


def test_a_cell_has_the_level_of_the_offering_that_decided_it(cli: Cli, town: str) -> None:
    cells = cli("cells", "--area", "055620032032", "--format", "json").json["rows"]
    judged = {
        row["ozg_id"]: (row["maturity"], row["maturity_rules"]) for row in cells if row["maturity_rules"]
    }
    assert judged["10110"][0] == 3
    assert all(row["maturity"] is None for row in cells if row["ozg_id"] not in judged)
    assert all(row["maturity"] is None for row in cells if row["status"] in {"unknown", "missing"})
    assert "Reifegrad" in cli("cells", "--area", "055620032032", "--service", "10110").out
    assert "Reifegrad" not in cli("cells", "--area", "055120000000", "--service", "10110").out


def test_every_flag_of_the_documentation_has_a_word() -> None:
    section = Path("docs/merkmale.md").read_text(encoding="utf-8").partition("| Merkmal | bedeutet |")[2]
    table = section.partition("\n\n")[0]
    flags = [
        part for line in table.splitlines() for part in line.split("|")[1:2] for part in part.split("`")[1::2]
    ]
    assert len(flags) > 20
    assert [flag for flag in flags if not has_text(f"flag.{flag}")] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ref", [BOTTROP, "055129999999|99001009004000", "8"])
def test_tables_show_no_codes_of_messages(cli: Cli, listed: str, language: str, ref: str) -> None:
    answer = cli("sources", "explain-record", "liste", ref, "--lang", language)
    assert (answer.code, answer.err) == (0, "")
    for code in ("column.", "sources.", "issue.", "no_cell.", "area_unknown", "reported_keys", "row_status"):
        assert code not in answer.out


def test_every_reason_is_documented_and_has_a_word() -> None:
    section = Path("docs/data-dictionary.md").read_text(encoding="utf-8").partition("### records: reasons")[2]
    documented = re.findall(r"^\| `(\w+)` \|", section.partition("\n#")[0], re.MULTILINE)
    worded = [key.removeprefix("no_cell.") for key in keys("de") if key.startswith("no_cell.")]
    assert sorted(documented) == sorted(worded)
