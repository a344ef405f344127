"""``reference fetch fim``: the difference is shown first, and taken over only when somebody says so."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from catalogue import tables
from catalogue.store import open_store
from connectors.fetch import Fetcher, FetchPolicy
from tests.cli.conftest import Answer, Cli
from tests.connectors.fim_server import PATH, FimServer, entry, ozg
from tests.faultserver import FaultServer

WASTE = ozg("10110", "Abfallentsorgung", "umwelt")
#: Keys of the packaged table with other names, types and bundles, and one that it lacks.
KNOWN, NEW = "99001009004000", "99107023037000"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def portal(server: FaultServer) -> FimServer:
    fim = FimServer(
        [
            entry(KNOWN, "Sperrmüll abholen lassen", typisierung=["5"], ozg=WASTE),
            entry(
                NEW,
                "Wohngeld Mietzuschuss",
                typisierung=["2/3b"],
                ozg=[ozg("10092", "Wohngeld", "bauen_wohnen")],
            ),
        ]
    )
    fim.serve(server)
    return fim


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up on silent servers within a second and do not wait between attempts."""

    def impatient(policy: FetchPolicy) -> Fetcher:
        return Fetcher(replace(policy, deadline=1.0), sleep=lambda _seconds: None)

    monkeypatch.setattr("cli.reference_fetch.Fetcher", impatient)


@pytest.fixture
def fetch(cli: Cli, server: FaultServer, portal: FimServer, database: str) -> Cli:
    """Call the command for the small portal."""

    def call(*arguments: str | Path) -> Answer:
        return cli("reference", "fetch", "fim", "--url", server.url(PATH), "--allow-private", *arguments)

    return call


def names(database: str) -> dict[str, str]:
    store = open_store(database)
    try:
        with store.read() as connection:
            query = select(tables.leika_service.c.leika_key, tables.leika_service.c.name)
            return dict(connection.execute(query).all())
    finally:
        store.close()


def test_the_difference_is_shown_and_nothing_is_changed(fetch: Cli, database: str) -> None:
    before = names(database)
    answer = fetch("--limit", "20")
    assert answer.code == 0
    assert "2 Leistungen gelesen; das ist alles" in answer.out
    assert "Sperrmüll abholen lassen" in answer.out
    assert "neue Leistung" in answer.out
    assert "nicht mehr im Portal (bleibt)" in answer.out
    assert "Es wurde nichts übernommen" in answer.err
    assert names(database) == before


def test_the_difference_as_json_counts_kinds_and_effects(fetch: Cli) -> None:
    found = fetch("--format", "json").json
    meta = found["meta"]
    assert (meta["command"], meta["scope"], meta["read"]) == ("reference fetch fim", "everything", 2)
    assert meta["kinds"]["new"] == 1
    assert meta["kinds"]["vanished"] == 4_812
    assert set(meta["effects"]) == {"services", "cells", "new_cells"}
    rows = {(row["kind"], row["key"]): row for row in found["rows"]}
    assert rows["new", NEW]["after"] == "10092"
    assert rows["name", KNOWN]["before"] == "Sperrmüll Entsorgung"


def test_applying_takes_everything_over_and_keeps_what_the_portal_lacks(
    fetch: Cli, cli: Cli, database: str
) -> None:
    before = names(database)
    answer = fetch("--apply", "--licence", "dl-de/by-2-0")
    assert answer.code == 0
    assert "LeiKa-Leistungen: 1 neu, 1 geändert" in answer.err
    after = names(database)
    assert set(after) - set(before) == {NEW}
    assert set(before) <= set(after)
    assert after[KNOWN] == "Sperrmüll abholen lassen"
    newest = cli("reference", "list", "--format", "json").json["rows"][-1]
    assert newest["origin"].startswith("FIM-Portal")
    assert newest["licence"] == "dl-de/by-2-0"
    assert fetch("--format", "json").json["meta"]["kinds"] == {"vanished": 4_812}


def test_a_second_time_there_is_nothing_to_say(fetch: Cli, portal: FimServer) -> None:
    fetch("--apply")
    answer = fetch("--since", "01.01.2026")
    assert "Das Portal sagt nichts, was der Katalog nicht schon hat." in answer.out
    assert answer.err == ""
    assert portal.asked[-1]["updated_since"] == "2026-01-01T00:00:00"


def test_the_files_for_review_can_be_imported(fetch: Cli, cli: Cli, database: str, tmp_path: Path) -> None:
    target = tmp_path / "fim.csv"
    answer = fetch("--out", target)
    assert answer.code == 0
    assert str(target) in answer.err
    beside = tmp_path / "fim.ozg_service.csv"
    written = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8"))))
    assert {row["leika_key"] for row in written} == {KNOWN, NEW}
    for path in (beside, target):
        options = ("--origin", "Portal", "--licence", "?", "--as-of", "2026-11-20")
        assert cli("reference", "import", path, *options).code == 0
    assert names(database)[NEW] == "Wohngeld Mietzuschuss"


def test_a_change_of_services_computes_the_cells_again(
    fetch: Cli, cli: Cli, database: str, files: Path
) -> None:
    assert cli("sync", "--region", files).code == 0
    found = fetch("--apply", "--format", "json")
    assert found.json["meta"]["effects"]["cells"] > 0
    assert "Zellen neu" in found.err


def test_an_incomplete_list_is_told_and_has_its_own_exit_code(fetch: Cli, portal: FimServer) -> None:
    portal.entries.append(entry("99", "kein Schlüssel"))
    answer = fetch("--format", "json")
    assert answer.code == 3
    assert answer.json["meta"]["scope"] == "part"
    assert answer.json["meta"]["issues"] == {"fim_key_unusable": 1}
    assert "vanished" not in answer.json["meta"]["kinds"]
    assert "aber nicht alles" in fetch().out


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        ("status=503", 4, "antwortete mit Status 503"),
        ("html", 4, "antwortete nicht mit JSON"),
        ("status=422", 2, "--since und --url prüfen"),
        ("status=404", 2, "mit --url nennen"),
    ],
)
def test_a_portal_that_does_not_answer_changes_nothing(
    fetch: Cli, server: FaultServer, database: str, fault: str, code: int, said: str
) -> None:
    before = names(database)
    server.misbehave(PATH, fault)
    answer = fetch("--apply")
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert names(database) == before


def test_an_address_in_a_private_network_has_to_be_allowed(
    cli: Cli, server: FaultServer, portal: FimServer, database: str
) -> None:
    answer = cli("reference", "fetch", "fim", "--url", server.url(PATH))
    assert answer.code == 4
    assert "--allow-private" in answer.err
    assert portal.asked == []


@pytest.mark.parametrize("arguments", [("--url", "portal"), ("--since", "gestern")])
def test_wrong_options_are_refused(cli: Cli, database: str, arguments: tuple[str, str]) -> None:
    answer = cli("reference", "fetch", "fim", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert arguments[0] in answer.err
