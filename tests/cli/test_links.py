"""``lueckenlos links`` as officers and operators see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogue.store import open_store
from cli import exits
from cli import links as module
from sync.links import LinkOptions
from tests.cli.conftest import Cli
from tests.linkworld.nights import link_cells, moment
from tests.linkworld.site import Site, Visit, article
from tests.linkworld.world import World


def page(visit: Visit) -> None:
    visit.send(article("Hund anmelden"))


def gone(visit: Visit) -> None:
    visit.send(b"", "404 Not Found")


@pytest.fixture
def world() -> Iterator[World]:
    """A host that answers, and one that has lost its page."""
    sites = [Site("page", True, "stadt.example", page), Site("gone", False, "alt.example", gone)]
    with World(sites) as running:
        yield running


@pytest.fixture
def nights(database: str, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """Let commands check the world of a night that a test chooses; returns the options that lead there."""
    store = open_store(database)
    link_cells(store, [url for url, _ in world.links()])
    store.close()

    def options(area_ids: tuple[int, ...] | None, limit: int, _now: object) -> LinkOptions:
        return LinkOptions(area_ids, limit, lambda: moment(world.night), world.resolve)

    monkeypatch.setattr(module, "LinkOptions", options)
    file = tmp_path / "links.toml"
    file.write_text("delay = 0\nallow_private = true\ndeadline = 2\n", encoding="utf-8")
    return [Path("--settings"), file]


def url_of(world: World, host: str) -> str:
    return world.url(world.sites[host])


def test_a_check_tells_what_became_broken_and_what_to_do(cli: Cli, world: World, nights: list[Path]) -> None:
    for world.night in (1, 2):
        assert cli("links", "check", *nights).code == exits.OK
    world.night = 3
    answer = cli("links", "check", *nights, "--format", "json")
    assert answer.code == exits.OK
    (row,) = answer.json["rows"]
    assert (row["url"], row["state"], row["strikes"], row["cells"]) == (
        url_of(world, "alt.example"),
        "broken",
        3,
        1,
    )
    assert "404" in row["problem"]
    assert "Adresse" in row["fix"]
    meta = answer.json["meta"]
    assert meta["newly_broken"] == [row["url"]]
    assert meta["kinds"] == {"answered": 1, "not_found": 1}
    assert meta["link_run"]["checked"] == 2
    assert "2 von 2 Links geprüft" in answer.err


def test_a_second_check_in_the_same_night_asks_nobody(cli: Cli, world: World, nights: list[Path]) -> None:
    cli("links", "check", *nights)
    asked = sum(world.asked.values())
    answer = cli("links", "check", *nights)
    assert (answer.code, sum(world.asked.values())) == (exits.OK, asked)
    assert "0 Links geprüft" in answer.out


def test_a_limit_of_0_checks_all_that_is_due(cli: Cli, world: World, nights: list[Path]) -> None:
    answer = cli("links", "check", *nights, "--limit", "0", "--format", "json").json
    assert answer["meta"]["link_run"]["checked"] == 2


def test_a_dry_run_names_the_hosts_and_asks_none(cli: Cli, world: World, nights: list[Path]) -> None:
    answer = cli("links", "check", *nights, "--dry-run", "--format", "json")
    assert {row["host"].partition(":8")[0] for row in answer.json["rows"]} != set()
    assert (answer.json["meta"]["due"], len(answer.json["rows"]), sum(world.asked.values())) == (2, 2, 0)
    assert "Gefragt wurde niemand" in cli("links", "check", *nights, "--dry-run").out


def test_links_that_are_left_are_told_by_the_exit_code(cli: Cli, world: World, nights: list[Path]) -> None:
    world.outage = "nxdomain"
    answer = cli("links", "check", *nights)
    assert answer.code == exits.NONE
    assert "eigene Netz" in answer.out


def test_links_are_listed_by_state_in_words_of_either_language(
    cli: Cli, world: World, nights: list[Path]
) -> None:
    for world.night in (1, 2, 3):
        cli("links", "check", *nights)
    for state in ("defekt", "broken"):
        listed = cli("links", "list", "--state", state, "--format", "json").json["rows"]
        assert [row["url"] for row in listed] == [url_of(world, "alt.example")]
    assert cli("links", "list", "--format", "csv").out.count("\n") == 3
    assert "404" in cli("links", "list").out
    assert "does not exist" in cli("--lang", "en", "links", "list").out


def test_one_link_is_shown_with_its_checks_and_who_rests_on_it(
    cli: Cli, world: World, nights: list[Path]
) -> None:
    for world.night in (1, 2):
        cli("links", "check", *nights)
    answer = cli("links", "show", url_of(world, "alt.example") + "#teil", "--format", "json").json
    assert answer["meta"]["link"]["state"] == "suspect"
    assert [row["strikes"] for row in answer["rows"]] == [2, 1]
    assert len(answer["meta"]["used_by"]) == 1
    assert "verdächtig" in cli("links", "show", url_of(world, "alt.example")).out


def test_a_broken_link_is_told_beside_the_gaps(cli: Cli, world: World, nights: list[Path]) -> None:
    for world.night in (1, 2, 3):
        cli("links", "check", *nights)
    assert "Link defekt seit 02.11.2026" in cli("gaps").out
    (dead,) = cli("gaps", "--format", "json").json["meta"]["dead_links"]
    assert dead["url"] == url_of(world, "alt.example")


def test_before_the_first_check_the_list_says_what_to_do(cli: Cli, region: str) -> None:
    assert "links check" in cli("links", "list").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list", "--state", "kaputt"], "kaputt"),
        (["show", "https://nie.example/"], "nie.example"),
        (["show", "kein link"], "kein link"),
        (["check", "--settings", "gibt-es-nicht.toml"], "gibt-es-nicht.toml"),
        (["check", "--area", "Atlantis"], "Atlantis"),
    ],
)
def test_what_does_not_exist_is_named(cli: Cli, region: str, arguments: list[str], said: str) -> None:
    answer = cli("links", *arguments)
    assert answer.code == exits.USAGE
    assert said in answer.err


def test_a_wrong_setting_is_told_with_its_line(cli: Cli, region: str, tmp_path: Path) -> None:
    file = tmp_path / "links.toml"
    file.write_text('contact = "x"\ndelay = -1\n', encoding="utf-8")
    answer = cli("links", "check", "--settings", file)
    assert answer.code == exits.USAGE
    assert "2" in answer.err
    assert "docs/linkpruefung.md" in answer.err
