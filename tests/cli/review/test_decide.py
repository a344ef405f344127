"""``lueckenlos review``: what waits for a decision, everything about a record, and deciding."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from catalogue.matching import ledger
from tests.cli.conftest import Cli
from tests.cli.review.asking import DOGS, DOGS_RECORD, FORMULA, WASTE, rows, state_of, status


def test_the_list_names_records_with_their_candidates_and_effect(cli: Cli) -> None:
    found = {row["record"]: row for row in rows(cli)}
    assert set(found) == {DOGS_RECORD, "amt:hunde und mehr", "amt:müll", f"portal:{FORMULA.lower()}"}
    dogs = found[DOGS_RECORD]
    assert (dogs["ozg_id"], dogs["score"], dogs["candidates"], dogs["similar"]) == (DOGS, 0.6, 2, 2)
    assert dogs["online_cells"] == 1
    tie = found[f"portal:{FORMULA.lower()}"]
    assert (tie["ozg_id"], tie["accept_cells"]) == ("", None)


def test_the_list_is_paged(cli: Cli) -> None:
    names = [row["record"] for row in rows(cli)]
    answer = cli("review", "list", "--offset", "1", "--limit", "2", "--format", "json").json
    assert [row["record"] for row in answer["rows"]] == names[1:3]
    assert (answer["meta"]["total"], answer["meta"]["offset"]) == (4, 1)


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_tables_show_no_codes(cli: Cli, language: str) -> None:
    cli("review", "accept", DOGS_RECORD, "--reason", "gefragt")
    for question in (["list"], ["list", "--state", "accepted"], ["show", DOGS_RECORD]):
        shown = cli("review", *question, "--lang", language)
        assert shown.code == 0
        for code in ("column.", "review_", "match_under_review", "words", "not_in_catalogue"):
            assert code not in shown.out


def test_show_tells_texts_candidates_offers_cells_and_history(cli: Cli) -> None:
    cli("review", "reject", DOGS_RECORD, "--service", WASTE, "--reason", "kein Abfall")
    answer = cli("review", "show", DOGS_RECORD, "--format", "json").json
    assert [(row["ozg_id"], row["state"], row["actor"]) for row in answer["rows"]] == [
        (WASTE, "rejected", "A. Muster"),
        (DOGS, "review", ledger.ACTOR),
    ]
    meta = answer["meta"]
    assert meta["texts"]["title"] == "Hunde und mehr"
    assert [row["area"] for row in meta["offered"]] == ["Bottrop"]
    assert {row["ozg_id"] for row in meta["cells"]} == {WASTE, DOGS}
    assert [(row["verdict"], row["reason"]) for row in meta["history"]] == [("rejected", "kein Abfall")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "portal:gibt es nicht"], "hat keinen Datensatz"),
        (["show", "prtal:hunde und mehr"], "portal"),
        (["show", "hunde und mehr"], "amt:hunde und mehr; portal:hunde und mehr"),
        (["list", "--state", "offen"], "Möglich sind"),
        (["list", "--source", "stadt"], "amt, portal"),
        (["list", "--offset", "eins"], "ganze Zahl"),
        (["accept", f"portal:{FORMULA.lower()}"], "keiner ist besser"),
        (["accept", "portal:waldfest"], "assign"),
        (["accept", DOGS_RECORD, "--service", "10000"], "kein Vorschlag"),
        (["reject", DOGS_RECORD, "--service", WASTE, "--no-service"], "schließen einander aus"),
        (["accept", DOGS_RECORD, "--in-source"], "--all-similar"),
        (["accept", DOGS_RECORD, "--by", "x" * 101], "höchstens 100"),
        (["assign", DOGS_RECORD, "--service", "99999"], "Leistung"),
        (["undo", DOGS_RECORD], "noch niemand entschieden"),
        (["export", "--out", "a.ods"], ".xlsx"),
    ],
)
def test_what_cannot_be_meant_is_told_with_the_next_step(cli: Cli, arguments: list[str], said: str) -> None:
    answer = cli("review", *arguments)
    assert answer.code == 2
    assert said in answer.err


def test_accepting_takes_the_best_candidate_and_computes_the_cells(cli: Cli) -> None:
    answer = cli("review", "accept", DOGS_RECORD, "--format", "json").json
    assert answer["meta"]["applied"] is True
    assert answer["meta"]["by"] == "A. Muster"
    assert {(row["ozg_id"], row["new_status"], row["cause"]) for row in answer["meta"]["moves"]} >= {
        (DOGS, "online", "match")
    }
    assert status(cli, "Bottrop", DOGS) == "online"
    assert state_of(cli, DOGS_RECORD) == ("accepted", [DOGS])
    assert state_of(cli, "amt:hunde und mehr")[0] == "review"


def test_a_second_service_is_accepted_beside_the_first(cli: Cli) -> None:
    cli("review", "accept", DOGS_RECORD, "--service", DOGS, "--service", WASTE)
    assert state_of(cli, DOGS_RECORD) == ("accepted", [WASTE, DOGS])


def test_assigning_takes_a_service_that_nobody_proposed(cli: Cli) -> None:
    cli("review", "assign", "portal:waldfest", "--service", "10120")
    assert state_of(cli, "portal:waldfest") == ("accepted", ["10120"])


def test_rejecting_leaves_the_other_candidates(cli: Cli) -> None:
    cli("review", "reject", DOGS_RECORD)
    (row,) = [row for row in rows(cli) if row["record"] == DOGS_RECORD]
    assert (row["ozg_id"], row["candidates"], row["said_by"]) == (WASTE, 1, "A. Muster")


@pytest.mark.parametrize(("option", "state"), [("--no-service", "no_service"), ("--not-in-catalogue",) * 2])
def test_a_record_can_be_no_service_at_all(cli: Cli, option: str, state: str) -> None:
    cli("review", "reject", DOGS_RECORD, option)
    assert state_of(cli, DOGS_RECORD)[0] == state.removeprefix("--").replace("-", "_")
    assert "hunde und mehr" not in cli("sources", "list").out.partition("amt")[0]


def test_undoing_brings_back_what_was(cli: Cli) -> None:
    before = rows(cli)
    cli("review", "accept", DOGS_RECORD)
    cli("review", "undo", DOGS_RECORD, "--reason", "Irrtum")
    assert rows(cli) == before
    (act,) = cli("review", "show", DOGS_RECORD, "--format", "json").json["meta"]["history"]
    assert (act["undone_by"], act["undone_reason"]) == ("A. Muster", "Irrtum")


def test_a_decision_for_all_similar_titles_is_shown_first(cli: Cli) -> None:
    shown = cli("review", "accept", DOGS_RECORD, "--all-similar")
    assert "Nichts geändert" in shown.out
    assert "amt:hunde und mehr" in shown.out
    assert state_of(cli, DOGS_RECORD)[0] == "review"

    done = cli("review", "accept", DOGS_RECORD, "--all-similar", "--yes", "--format", "json").json
    assert [row["record"] for row in done["rows"]] == [DOGS_RECORD, "amt:hunde und mehr"]
    assert state_of(cli, "amt:hunde und mehr") == ("accepted", [DOGS])

    assert "Nichts geändert" in cli("review", "undo", DOGS_RECORD).out
    cli("review", "undo", DOGS_RECORD, "--yes")
    assert state_of(cli, "amt:hunde und mehr")[0] == "review"


def test_a_decision_for_all_similar_titles_of_one_source(cli: Cli) -> None:
    answer = cli("review", "reject", DOGS_RECORD, "--no-service", "--all-similar", "--in-source", "--yes")
    assert answer.code == 0
    assert state_of(cli, DOGS_RECORD)[0] == "no_service"
    assert state_of(cli, "amt:hunde und mehr")[0] == "review"


def dump(database: str) -> list[str]:
    """Return all that is in a database; the lock comes and goes, and leaves its marks on the bytes."""
    with closing(sqlite3.connect(database)) as connection:
        return list(connection.iterdump())


def test_a_dry_run_changes_nothing(cli: Cli, database: str) -> None:
    cli("review", "list")
    before = dump(database)
    answer = cli("review", "accept", DOGS_RECORD, "--dry-run", "--format", "json").json
    assert (answer["meta"]["applied"], answer["meta"]["run"]) == (False, None)
    assert answer["meta"]["cells_moved"] > 0
    assert dump(database) == before
