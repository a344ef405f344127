"""Earlier states, explained figures and the trend on the command line."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from catalogue.causes import CAUSES
from catalogue.history import RULES
from catalogue.reports.figures import FIGURES
from catalogue.reports.trend import BREAKS
from catalogue.store import open_store
from catalogue.tables import edition
from catalogue.texts import Texts
from cli.asof import read_as_of
from cli.problems import UsageProblem
from tests.cli.conftest import Cli
from tests.databases import Databases
from tests.sample_region import copy_region, sync_region

#: Fields of cells and of coverage that are as they were; what rests on offers and on today is not.
KEPT = {
    "ars",
    "level",
    "ozg_id",
    "status",
    "reason",
    "competent",
    "online_url",
    "own",
    "since",
    "sources",
} | {
    "cells",
    "leaves",
    *FIGURES,
}
MORE = "055620032032;99041006017000;Elterngeld;online;https://re.example/elterngeld;"


@pytest.fixture(scope="module")
def two_nights(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The sample region after two nights (2 and 3 November 2026): one offer came and one went."""
    folder = tmp_path_factory.mktemp("nights")
    with databases.sqlite(folder, reference=True) as url:
        store = open_store(url)
        files = copy_region(folder / "files")
        sync_region(store, files, 1)
        portal = files.parent / "portal.csv"
        lines = portal.read_text(encoding="utf-8").splitlines()
        portal.write_text("\n".join([lines[0], *lines[2:], MORE]) + "\n", encoding="utf-8")
        sync_region(store, files, 2)
        sync_region(store, files, 3)  # only now a source that lacks it is believed
        store.close()
        yield url


@pytest.fixture
def nights(two_nights: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LUECKENLOS_DB", two_nights)
    return two_nights


def figures(cli: Cli, *options: str) -> dict[str, int]:
    row = cli("coverage", *options, "--format", "json").json["rows"][-1]
    return {name: row[name] for name in FIGURES}


def test_each_figure_moves_by_the_sum_of_its_causes(cli: Cli, nights: str) -> None:
    period = ("--from", "2026-11-03", "--to", "2026-11-04")
    answer = cli("changes", *period, "--figures", "--format", "json").json
    before, after = figures(cli, "--as-of", "2026-11-02"), figures(cli, "--as-of", "2026-11-04")
    assert before["any_count"] != after["any_count"] or before["gaps"] != after["gaps"]
    sums: defaultdict[str, int] = defaultdict(int)
    for row in answer["rows"]:
        if not row["ars"] and row["contribution"] is not None:
            assert (row["before"], row["after"]) == (before[row["figure"]], after[row["figure"]])
            sums[row["figure"]] += row["contribution"]
    assert {name: after[name] - before[name] for name in sums} == sums
    assert {row["figure"] for row in answer["rows"] if not row["ars"]} == set(FIGURES)


def test_the_list_of_changes_ends_with_the_figures_of_all(cli: Cli, nights: str) -> None:
    shown = cli("changes", "--from", "03.11.2026", "--to", "04.11.2026")
    assert "Kennzahlen" in shown.out
    assert "zurückgezogen -1" in shown.out
    assert "nicht gemessen" in shown.out
    meta = cli("changes", "--from", "2026-11-03", "--format", "json").json["meta"]
    assert {row["figure"] for row in meta["figures"]} == set(FIGURES)


def test_the_former_names_of_the_options_still_work(cli: Cli, nights: str) -> None:
    new = cli("changes", "--from", "2026-11-03", "--to", "2026-11-04", "--format", "csv").out
    assert cli("changes", "--since", "2026-11-03", "--until", "2026-11-04", "--format", "csv").out == new


@pytest.mark.parametrize("options", [(), ("--figures",)])
def test_a_period_before_the_first_sync_has_no_zeros(cli: Cli, nights: str, options: tuple[str, ...]) -> None:
    period = ("changes", "--from", "2020-01-01", "--to", "2020-02-01", *options)
    answer = cli(*period)
    assert (answer.code, answer.out.count("\n")) == (0, 1)
    assert answer.out.startswith("Dieser Zeitraum liegt vor dem ersten Stand")
    told = cli(*period, "--format", "json").json
    assert (told["rows"], len(told["meta"]["notes"])) == ([], 1)
    assert told["meta"].get("figures", []) == []


def test_a_status_filter_limits_changes_and_leaves_figures_out(cli: Cli, nights: str) -> None:
    answer = cli("changes", "--from", "2026-11-01", "--status", "online", "--format", "json").json
    assert answer["meta"]["figures"] == []
    assert "Mit --status" in answer["meta"]["notes"][0]
    refused = cli("changes", "--from", "2026-11-01", "--status", "online", "--figures")
    assert refused.code != 0


def test_a_period_that_ends_before_it_begins_is_refused(cli: Cli, nights: str) -> None:
    assert cli("changes", "--from", "2026-11-04", "--to", "2026-11-03").code == 2
    refused = cli("changes", "--from", "2026-11-04", "--to", "2026-11-01")
    assert refused.code == 2
    assert "endet (2026-11-01)" in refused.err


@pytest.mark.parametrize("command", ["gaps", "cells", "coverage"])
def test_a_day_of_the_past_is_shown_as_it_ended(cli: Cli, nights: str, command: str) -> None:
    first, later = (
        cli(command, "--as-of", day, "--format", "json").json for day in ("2026-11-02", "2026-11-04")
    )
    assert first["rows"] != later["rows"]
    now = cli(command, "--format", "json").json["rows"]
    kept = KEPT & set(now[0])
    assert [{name: row[name] for name in kept} for row in later["rows"]] == [
        {name: row[name] for name in kept} for row in now
    ]
    meta = first["meta"]
    assert (meta["run"], meta["as_of"]) == (1, "2026-11-02T01:30:00+00:00")
    assert meta["filters"]["as_of"].startswith("2026-11-0")
    assert "Lauf 1" in meta["notes"][0]
    assert "Lauf 1" in cli(command, "--as-of", "2026-11-02").out
    beside = cli(command, "--as-of", "2026-11-02", "--format", "csv")
    assert "Lauf 1" in beside.err
    assert "Lauf 1" not in beside.out


def test_what_is_not_kept_is_refused_and_says_since_when_it_is(cli: Cli, nights: str) -> None:
    refused = cli("gaps", "--as-of", "2026-11-01")
    assert refused.code != 0
    first = datetime(2026, 11, 2, 1, 30, tzinfo=UTC).astimezone()
    assert f"ab {first:%Y-%m-%d %H:%M}" in refused.err
    inflated = cli("coverage", "--as-of", "2026-11-02", "--without-inflated")
    assert "--without-inflated" in inflated.err
    assert inflated.code != 0


def test_a_day_to_come_is_refused(cli: Cli, nights: str) -> None:
    refused = cli("gaps", "--as-of", "2999-01-01")
    assert refused.code == 2
    assert "Zukunft" in refused.err


def test_a_day_ends_with_its_last_second_and_a_moment_is_itself() -> None:
    day, moment = read_as_of("2026-11-02"), read_as_of("2026-11-02T01:30:00+00:00")
    assert day is not None
    assert (day.hour, day.minute, day.second) == (23, 59, 59)
    assert moment is not None
    assert moment.isoformat() == moment.fromisoformat("2026-11-02T01:30:00+00:00").astimezone().isoformat()
    assert read_as_of("") is None
    with pytest.raises(UsageProblem):
        read_as_of("gestern")


def test_the_trend_ends_with_what_coverage_says(cli: Cli, nights: str) -> None:
    rows = cli("trend", "--as-of", "2026-11-04", "--format", "json").json["rows"]
    assert rows[0]["date"] == "2026-11-02"
    assert {row["level"] for row in rows} == {"region"}
    last = figures(cli, "--as-of", "2026-11-04")
    assert {name: rows[-1][name] for name in FIGURES} == last
    assert len({row["any_count"] for row in rows} | {row["gaps"] for row in rows}) > 1


def test_the_trend_of_areas_is_shown_when_they_are_asked_for(cli: Cli, nights: str) -> None:
    one = table(cli("trend", "--area", "Gladbeck", "--format", "csv").out)
    assert {row["area"] for row in one} == {"Gladbeck"}
    two = table(cli("trend", "--area", "Gladbeck", "--area", "Bottrop", "--format", "csv").out)
    assert {row["level"] for row in two} >= {"gemeinde", "selection"}
    every = table(cli("trend", "--by-area", "--format", "csv").out)
    assert {row["level"] for row in every} == {"gemeinde", "kreis", "region"}


def table(written: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written.removeprefix("\ufeff")), delimiter=";"))


@pytest.mark.parametrize("days", ["0", "-1", "zehn", "123456", "1.5"])
def test_days_are_a_whole_number_from_one(cli: Cli, nights: str, days: str) -> None:
    assert cli("trend", "--days", days).code == 2


def test_a_break_is_named_and_explained(cli: Cli, nights: str) -> None:
    store = open_store(nights)
    changed = edition.c.run_id > 1
    with store.write() as connection:
        connection.execute(update(edition).where(changed).values(rules=f"{RULES}x"))
    try:
        shown = cli("trend").out
        row = cli("trend", "--format", "json").json["rows"]
    finally:
        with store.write() as connection:
            connection.execute(update(edition).values(rules=RULES))
        store.close()
    assert "andere Regeln" in shown
    assert "Ab diesem Tag ist anders gezählt" in shown
    assert Counter(code for one in row for code in one["breaks"])["rules"] == 1


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_code_has_its_word(language: str) -> None:
    text = Texts(language)
    for section, codes in (("cause", CAUSES), ("figure", FIGURES), ("break", BREAKS)):
        for code in codes:
            assert text.find(f"{section}.{code}"), (section, code)
