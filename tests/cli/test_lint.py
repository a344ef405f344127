"""``lint``: the quality of a delivery, applied or fresh, as table, CSV and JSON."""

from __future__ import annotations

import csv
import io
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalogue.lint.report import lint
from catalogue.lint.rules import packaged_lint_rules
from catalogue.lint.subject import applied_subject
from catalogue.store import open_store
from cli.lintview import FindingRow, FindingRows
from cli.output import field_names
from cli.texts import Texts
from tests.cli.conftest import Cli
from tests.cli.sourcefiles import LIST, add_source, region_file
from tests.cli.test_process import PROGRAM, environment, region_at, silent_server
from tests.sync.xzufi import message, online, remove, responsibility, service, write_message

DICTIONARY = Path("docs/data-dictionary.md").read_text(encoding="utf-8")


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A region file with a feed in which a few things are wrong."""
    parts = (
        service("S1", "99001009004000", "Sperrmüll Entsorgung"),
        service("S2", "9900100900400", "Neue Leistung"),
        online("OD1", "https://bottrop.example/hunde;jsessionid=0815"),
        *(responsibility(f"Z{number}", "S1", "0551200000001") for number in range(7)),
        responsibility("Z8", "S9", "055120000000"),
    )
    write_message(tmp_path / "lieferung.xml", message(*parts, created_at="2026-11-19T02:00:00Z"))
    return region_file(tmp_path, '[[source]]\nid = "feed"\ntype = "xzufi"\nlocation = "lieferung.xml"\n')


def counts(answer: Any) -> dict[str, int]:
    return {one["check"]: one["findings"] for one in answer.json["meta"]["checks"] if one["findings"]}


WRONG = {
    "title_placeholder": 1,
    "key_malformed": 1,
    "service_dangling": 1,
    "area_malformed": 7,
    "link_session": 1,
    "service_unclaimed": 1,
}


def test_the_table_shows_some_of_each_check_and_counts_all(cli: Cli, database: str, feed: Path) -> None:
    cli("sync", "--region", feed)
    answer = cli("lint", "feed")
    assert answer.code == 3
    assert "Prüfbericht feed: übernommener Stand, Lieferung vom 19.11.2026" in answer.out
    assert "11 Muss-Befunde" in answer.out
    assert (
        "Muss: Gebietsschlüssel mit falscher Länge oder falschen Zeichen (area_malformed), 7 Befunde"
        in answer.out
    )
    assert answer.out.count("0551200000001") == 5
    assert "… und 2 weitere; --samples 0 zeigt alle" in answer.out
    assert "Zu tun: Den Regionalschlüssel mit 12 Ziffern eintragen" in answer.out
    assert "bottrop.example/hunde (jsessionid)" in answer.out
    assert "0815" not in answer.out
    assert "wird beim Lesen nicht aufbewahrt" in answer.out
    assert cli("lint", "feed", "--samples", "0").out.count("0551200000001") == 7


def test_a_fresh_delivery_has_the_same_findings_and_leaves_no_trace(
    cli: Cli, database: str, feed: Path
) -> None:
    fresh = cli("lint", "feed", "--fresh", "--region", feed, "--format", "json")
    assert (fresh.code, counts(fresh), fresh.json["meta"]["fresh"]) == (3, WRONG, True)
    assert "feed: wird zur Ansicht gelesen; gespeichert wird nichts." in fresh.err
    assert cli("lint", "feed").code == 2  # nothing was saved
    cli("sync", "--region", feed)
    applied = cli("lint", "feed", "--format", "json")
    assert (counts(applied), applied.json["meta"]["fresh"]) == (WRONG, False)
    assert applied.json["rows"] == fresh.json["rows"]


def test_csv_and_json_hold_everything_in_the_same_order(cli: Cli, database: str, feed: Path) -> None:
    cli("sync", "--region", feed)
    rows = cli("lint", "feed", "--format", "json").json["rows"]
    target = feed.parent / "befunde.csv"
    assert cli("lint", "feed", "--out", target).code == 3
    table = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8-sig")), delimiter=";"))
    assert [(one["check"], one["ref"]) for one in table] == [(one["check"], one["ref"]) for one in rows]
    assert tuple(table[0]) == field_names(FindingRow)
    assert [one["severity"] for one in rows] == ["must"] * 11 + ["should"]
    assert rows[0]["message"] == "Platzhalter als Bezeichnung oder Name"
    assert all(one["hint"] and one["message"] for one in rows)


def test_the_report_speaks_english(cli: Cli, database: str, feed: Path) -> None:
    cli("sync", "--region", feed)
    answer = cli("--lang", "en", "lint", "feed")
    assert "Must: " not in answer.out
    assert "must: Link with a session id (link_session), 1 finding" in answer.out


def test_without_a_must_finding_the_exit_code_is_0(cli: Cli, database: str, tmp_path: Path) -> None:
    (tmp_path / "liste.csv").write_text("".join(LIST.splitlines(keepends=True)[:2]), encoding="utf-8")
    region = region_file(tmp_path, add_source("liste", "liste.csv"))
    answer = cli("lint", "liste", "--fresh", "--region", region)
    assert (answer.code, "Keine Befunde" in answer.out) == (0, True)
    assert "kein Datensatz dieser Quelle hat diese Angabe" in answer.out


def test_what_the_reader_left_out_is_told_in_its_words(cli: Cli, database: str, tmp_path: Path) -> None:
    (tmp_path / "liste.csv").write_text(LIST, encoding="utf-8")
    region = region_file(tmp_path, add_source("liste", "liste.csv"))
    answer = cli("lint", "liste", "--fresh", "--region", region)
    assert "Zeile 8: Der Status „vielleicht“ ist unbekannt" in answer.out
    rows = cli("lint", "liste", "--fresh", "--region", region, "--format", "json").json["rows"]
    (told,) = [one for one in rows if one["element"] == "row_status_unknown"]
    assert (told["check"], told["ref"], told["found"]) == ("reader_skipped", "8", "vielleicht")
    assert told["message"].startswith("Zeile 8: Der Status")


def test_own_rules_change_severities_and_name_codes(cli: Cli, database: str, feed: Path) -> None:
    rules = feed.parent / "regeln.toml"
    rules.write_text(
        'rules = "stadt/1"\nstale_days = 365\n'
        '[severity]\nservice_unclaimed = "must"\n[fim]\nkey_malformed = ["07"]\n',
        encoding="utf-8",
    )
    answer = cli("lint", "feed", "--fresh", "--region", feed, "--rules", rules, "--format", "json")
    found = {one["check"]: one for one in answer.json["rows"]}
    assert "title_placeholder" not in found
    assert found["service_unclaimed"]["severity"] == "must"
    assert (found["key_malformed"]["fim"], found["area_malformed"]["fim"]) == (["07"], [])
    assert answer.json["meta"]["rules"] == "stadt/1"


def test_an_increment_is_not_blamed_for_what_it_leaves_out(cli: Cli, database: str, feed: Path) -> None:
    cli("sync", "--region", feed)
    changes = message(service("S3", "99001009004000", "Sperrmüll"), remove("Leistung", "S77"))
    write_message(feed.parent / "lieferung.xml", changes)
    feed.write_text(feed.read_text(encoding="utf-8") + 'delivery = "increment"\n', encoding="utf-8")
    answer = cli("lint", "feed", "--fresh", "--region", feed, "--format", "json")
    assert (answer.code, counts(answer)) == (0, {"deletion_orphan": 1})
    unable = {one["check"]: one["unable"] for one in answer.json["meta"]["checks"]}
    assert (unable["service_unclaimed"], unable["service_dangling"]) == ("not_whole", "")


def test_a_delivery_that_cannot_be_read_is_code_4(cli: Cli, database: str, feed: Path) -> None:
    (feed.parent / "lieferung.xml").unlink()
    answer = cli("lint", "feed", "--fresh", "--region", feed)
    assert (answer.code, "es gibt nichts zu prüfen" in answer.out, "gibt es nicht" in answer.err) == (
        4,
        True,
        True,
    )
    found = cli("lint", "feed", "--fresh", "--region", feed, "--format", "json").json
    assert (found["rows"], found["meta"]["state"], found["meta"]["exit_code"]) == ([], "failed", 4)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lint", "anders"], "Die Datenbank kennt keine Quelle „anders“"),
        (["lint", "feed", "--samples", "viele"], "--samples"),
        (["lint", "feed", "--rules", "keine.toml"], "keine.toml"),
        (["lint", "feed", "--format", "xml"], "xml"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(
    cli: Cli, database: str, words: list[str], said: str
) -> None:
    answer = cli(*words)
    assert (answer.code, said in answer.err) == (2, True)


def test_rows_are_made_one_by_one_and_in_any_part(
    cli: Cli, database: str, feed: Path, tmp_path: Path
) -> None:
    cli("sync", "--region", feed)
    store = open_store(database)
    with store.read() as connection:
        subject = applied_subject(connection, "feed", tmp_path / "stage.sqlite")
        with lint(connection, subject, packaged_lint_rules(), datetime(2026, 11, 20, tzinfo=UTC)) as report:
            rows = FindingRows(report, "feed", Texts("en"))
            everything = list(rows)
            assert (len(rows), rows[0], rows[-1]) == (12, everything[0], everything[-1])
            assert rows[2:5] == everything[2:5]
            with pytest.raises(IndexError):
                rows[12]
    store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX's")
def test_ctrl_c_ends_a_fresh_delivery_quietly(database: str, tmp_path: Path) -> None:
    with silent_server() as (url, asked):
        region = region_at(tmp_path / "silent", url)
        process = subprocess.Popen(
            [*PROGRAM, "lint", "portal", "--fresh", "--region", str(region)],
            env=environment(database),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        assert asked.wait(30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, "Traceback" in err) == (130, "", False)


def test_every_field_is_in_the_data_dictionary(cli: Cli, database: str, feed: Path) -> None:
    section = re.split(r"\n## ", DICTIONARY.partition("\n## lint\n")[2])[0]
    table = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert tuple(table[: len(field_names(FindingRow))]) == field_names(FindingRow)
    cli("sync", "--region", feed)
    meta = cli("lint", "feed", "--format", "json").json["meta"]
    (feed.parent / "lieferung.xml").unlink()
    failed = cli("lint", "feed", "--fresh", "--region", feed, "--format", "json").json["meta"]
    assert [name for name in {**meta, **failed} if f"`{name}`" not in DICTIONARY] == []
