"""Blocks are fetched from where the last run stopped, as far as the log goes, and with one valid token."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from catalogue.records import Completeness, Memory
from connectors.assignment import NOTHING, Assignment
from connectors.bereitstelldienst import BereitstelldienstSettings
from connectors.errors import ConnectorError
from connectors.fetch import Fetcher
from tests.connectors.bereitstelldienst_reading import LOG, Read, connector, remembering
from tests.connectors.bereitstelldienst_server import (
    BLOCKS,
    SECRET,
    TOKENS,
    LogServer,
    block,
    delete,
    message,
    unit,
)
from tests.connectors.observing import assert_explained
from tests.faultserver import Call, FaultServer


@pytest.fixture
def service(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> LogServer:
    monkeypatch.setenv("LOG_SECRET", SECRET)
    return LogServer(server, list(LOG))


@pytest.fixture
def read(service: LogServer, fetcher: Fetcher, tmp_path: Path) -> Callable[..., Read]:
    def reading(assignment: Assignment = NOTHING, **settings: object) -> Read:
        folder = tmp_path / f"night-{len(list(tmp_path.iterdir()))}"
        return Read(connector(service, fetcher, **settings), folder, assignment)

    return reading


def refusal(
    read: Callable[..., Read], assignment: Assignment = NOTHING, **settings: object
) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        read(assignment, **settings)
    assert_explained(caught.value)
    return caught.value


def test_the_first_run_reads_everything_from_the_beginning(
    service: LogServer, read: Callable[..., Read]
) -> None:
    first = read()
    assert service.indexes == [0, 2, 4]
    assert [record.ref for record in first.objects] == ["L1:1", "L1:2", "L1:1", "L1:3", "L1:2"]
    assert first.memory == [Memory("cursor", "5")]
    assert {end.scope for end in first.ends if isinstance(end, Completeness)} == {"everything"}
    assert first.last == Completeness("everything", since="0", until="5")
    assert first.issues == []


def test_a_later_run_reads_what_came_since(service: LogServer, read: Callable[..., Read]) -> None:
    service.log += [delete(3), unit(4), unit(5)]
    later = read(remembering(5))
    assert service.indexes == [5, 7]
    assert [record.ref for record in later.objects] == ["L1:3", "L1:4", "L1:5"]
    assert later.memory == [Memory("cursor", "8")]
    assert {end.scope for end in later.ends if isinstance(end, Completeness)} == {"increment"}
    assert later.last == Completeness("increment", since="5", until="8", reach="caught_up")


def test_a_run_in_which_nothing_came_has_the_same_digest_every_night(read: Callable[..., Read]) -> None:
    quiet = [read(remembering(5)) for _ in range(2)]
    assert [len(night.delivery.parts) for night in quiet] == [1, 1]
    assert quiet[0].delivery.digest == quiet[1].delivery.digest != read().delivery.digest
    assert quiet[0].memory == [Memory("cursor", "5")]


def test_the_same_blocks_from_elsewhere_in_the_log_have_another_digest(
    service: LogServer, read: Callable[..., Read]
) -> None:
    service.log = [unit(1), unit(1), unit(1)]
    assert read(remembering(1)).delivery.digest != read(remembering(2)).delivery.digest


@pytest.mark.parametrize("limits", [{"blocks_per_run": 2}, {"bytes_per_run": 1_500}])
def test_a_first_run_that_stops_early_is_no_more_than_a_beginning(
    service: LogServer, read: Callable[..., Read], limits: dict[str, int]
) -> None:
    first = read(**limits)
    assert service.indexes == [0, 2]
    assert first.last == Completeness("increment", since="0", until="4", reach="begun")
    assert first.memory == [Memory("cursor", "4")]
    assert [(issue.kind, issue.detail) for issue in first.issues] == [("log_goes_on", "4")]


def test_a_later_run_that_stops_early_is_behind(read: Callable[..., Read]) -> None:
    later = read(remembering(1), blocks_per_run=1)
    assert later.last == Completeness("increment", since="1", until="3", reach="behind")


def test_a_run_that_comes_to_the_end_with_its_last_block_is_not_stopped(read: Callable[..., Read]) -> None:
    assert read(blocks_per_run=3).last.scope == "everything"


def test_empty_blocks_in_between_are_passed_over(service: LogServer, read: Callable[..., Read]) -> None:
    service.answers = {
        2: block("", following=3, complete=False),
        3: block(None, following=4, complete=False),
    }
    night = read()
    assert service.indexes == [0, 2, 3, 4]
    assert len(night.delivery.parts) == 3
    assert (night.last.scope, night.issues) == ("everything", [])


def test_a_message_without_operations_is_fine(service: LogServer, read: Callable[..., Read]) -> None:
    service.answers = {5: block(message(), following=5, complete=True)}
    night = read(remembering(5))
    assert (night.objects, night.issues, night.last.reach) == ([], [], "caught_up")


def test_a_block_that_counts_objects_and_has_none_is_noted(
    service: LogServer, read: Callable[..., Read]
) -> None:
    service.answers = {2: block("", following=4, complete=False, anzahlObjekte=2)}
    assert [(issue.kind, issue.record, issue.detail) for issue in read().issues] == [
        ("block_hollow", "index=2", "2")
    ]


def test_the_filter_and_the_parameters_of_the_address_are_asked_with_every_block(
    service: LogServer, read: Callable[..., Read]
) -> None:
    read(filter="05%", location=service.server.url(f"{BLOCKS}?version=3&index=9&ars=01"))
    assert service.asked == [f"version=3&ars=05%25&index={index}" for index in (0, 2, 4)]


def test_parameters_may_be_called_otherwise(
    server: FaultServer, service: LogServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    asked: list[str] = []

    def answer(call: Call) -> None:
        asked.append(call.target.partition("?")[2])
        call.answer(block("", following=0, complete=True).replace(b"vollstaendig", b"done"))

    server.add(BLOCKS, answer)
    names = {"index": "from", "area": "region", "complete": "done"}
    assert len(connector(service, fetcher, names=names).acquire(tmp_path).parts) == 1
    assert asked == ["region=%25&from=0"]


def test_the_next_address_is_followed_where_it_asks_for_the_same(
    service: LogServer, read: Callable[..., Read]
) -> None:
    service.names_next = False
    url = service.server.url(f"{BLOCKS}?index=2&ars=%25&seite=zwei")
    service.answers = {0: block(message(unit(1)), following=2, complete=False, naechsteAnfrageUrl=url)}
    read()
    assert service.asked == ["ars=%25&index=0", "index=2&ars=%25&seite=zwei", "ars=%25&index=4"]


@pytest.mark.parametrize(
    "next_url",
    [
        "{home}/anderswo?index=2&ars=%25",
        "{home}{blocks}?index=3&ars=%25",
        "{home}{blocks}?index=2&index=9&ars=%25",
        "{home}{blocks}?index=2",
        "{home}{blocks}?index=2&ars=05%25",
        "{home}{blocks}/../../../anderswo?index=2&ars=%25",
        "http://localhost:{port}{blocks}?index=2&ars=%25",
        "http://anna:geheim@127.0.0.1:{port}{blocks}?index=2&ars=%25",
        "{blocks}?index=2&ars=%25",
        "file:///etc/passwd",
        "http://[",
        "",
        "{home}{blocks}?index=2&ars=%25&" + "a=1&" * 200,
    ],
)
def test_any_other_next_address_is_replaced_by_our_own(
    service: LogServer, read: Callable[..., Read], next_url: str
) -> None:
    service.names_next = False
    url = next_url.format(home=service.server.url("").rstrip("/"), blocks=BLOCKS, port=service.server.port)
    service.answers = {0: block(message(unit(1)), following=2, complete=False, naechsteAnfrageUrl=url)}
    read()
    assert service.asked == [f"ars=%25&index={index}" for index in (0, 2, 4)]
    assert {call.target.partition("?")[0] for call in service.server.requests} == {BLOCKS, TOKENS}


def test_nothing_but_the_blocks_is_left_in_the_folder(read: Callable[..., Read], tmp_path: Path) -> None:
    read()
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "000001.xml",
        "000002.xml",
        "000003.xml",
        "stretch.json",
    ]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"location": "daten/log"}, "setting_safe_address"),
        ({"location": "https://anna:geheim@dienst.example/"}, "setting_safe_address"),
        ({"location": "http://dienst.example/", "allow_private": False}, "setting_unencrypted"),
        ({"filter": "Bottrop"}, "string_pattern_mismatch"),
        ({"names": {"colour": "farbe"}}, "literal_error"),
        ({"blocks_per_run": 0}, "greater_than_equal"),
    ],
)
def test_settings_that_cannot_be_are_explained(
    service: LogServer, given: dict[str, object], code: str
) -> None:
    known = {"id": "pvog", "type": "bereitstelldienst", **service.settings, "token_url": "/token"}
    with pytest.raises(ValidationError) as caught:
        BereitstelldienstSettings.model_validate({**known, **given})
    assert [error["type"] for error in caught.value.errors()] == [code]


def test_only_settings_that_change_what_is_read_make_a_source_forget() -> None:
    kept = BereitstelldienstSettings.model_fields.keys() - BereitstelldienstSettings.access
    assert kept == {
        "id", "type", "areas", "silence", "silence_themes", "advisory",
        "location", "filter", "generation", "names",
    }  # fmt: skip
