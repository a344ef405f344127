"""Whatever a Bereitstelldienst does wrong ends in a named error, and the token goes nowhere else."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from urllib.parse import quote

import pytest

from catalogue import messages
from connectors.assignment import NOTHING, Assignment
from connectors.errors import ConnectorError, RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from tests.connectors.bereitstelldienst_reading import LOG, Read, connector, remembering
from tests.connectors.bereitstelldienst_server import (
    BLOCKS,
    SECRET,
    TOKENS,
    LogServer,
    block,
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


def test_the_token_goes_to_no_other_server(service: LogServer, read: Callable[..., Read]) -> None:
    told: list[dict[str, str]] = []

    def answer(call: Call) -> None:
        told.append(call.headers)
        call.answer(block("", following=5, complete=True))

    with FaultServer() as other:
        service.server.add("/fort", lambda call: None)
        away = f"/~redirect-to={quote(other.add('/log', answer), safe='')}/fort"
        read(remembering(5), location=service.server.url(away), token_url=service.server.url(TOKENS))
    assert len(told) == 1
    assert "authorization" not in told[0]


def test_a_token_that_ends_in_the_middle_is_replaced(service: LogServer, read: Callable[..., Read]) -> None:
    given = service.give_block

    def forgetting(call: Call) -> None:
        given(call)
        if len(service.asked) == 2 and len(service.forms) == 1:
            service.valid.clear()

    service.server.add(BLOCKS, forgetting)
    assert read().last.scope == "everything"
    assert service.indexes == [0, 2, 4]
    assert len(service.forms) == 2


def test_a_server_that_refuses_every_token_is_asked_twice(
    service: LogServer, read: Callable[..., Read]
) -> None:
    service.server.add(BLOCKS, lambda call: call.answer(b"", "401 Unauthorized"))
    assert refusal(read).code == "oauth_token_refused"
    assert (service.server.hits[BLOCKS], service.server.hits[TOKENS]) == (2, 2)


@pytest.mark.parametrize("status", [404, 410])
def test_a_remembered_index_that_is_gone_says_how_to_begin_again(
    service: LogServer, read: Callable[..., Read], status: int
) -> None:
    service.server.misbehave(BLOCKS, f"status={status}")
    error = refusal(read, remembering(4_711))
    assert (error.code, error.params["index"]) == ("log_cursor_gone", 4_711)
    assert "generation" in messages.text("de", "error.log_cursor_gone", **error.params)
    assert refusal(read).code == "http_status"


def test_a_block_that_is_gone_in_the_middle_is_no_matter_of_memory(
    service: LogServer, read: Callable[..., Read]
) -> None:
    service.server.misbehave(BLOCKS, "status=404", first=2)
    assert refusal(read, remembering(1)).code == "http_status"


@pytest.mark.parametrize(
    "fault", ["status=500", "status=503", "busy=1", "reset=50", "short=50", "chunk-cut=50"]
)
def test_a_server_that_recovers_costs_no_block(
    service: LogServer, read: Callable[..., Read], pauses: list[float], fault: str
) -> None:
    whole = read().objects
    for first in (1, 2, 3):
        service.server.hits.clear()
        service.server.misbehave(BLOCKS, fault, first=first, times=2)
        assert read().objects == whole
    assert len(pauses) == 6


def test_a_server_that_does_not_recover_ends_the_run(service: LogServer, read: Callable[..., Read]) -> None:
    service.server.misbehave(BLOCKS, "busy=86400", first=2)
    error = refusal(read)
    assert (error.code, error.params["retry_after"]) == ("postponed", 86_400)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (block(message(unit(1)), following=2, complete=False), "log_stands_still"),
        (block(message(unit(1)), following=1, complete=True), "log_stands_still"),
        (b'{"xzufiObjekte": "", "vollstaendig": true}', "envelope_field"),
        (block(message(unit(1)), following=9, complete=True)[:-40], "envelope_truncated"),
        (b"<html>Wartung</html>", "envelope_foreign"),
    ],
)
def test_a_block_that_leads_nowhere_rejects_the_delivery(
    service: LogServer, read: Callable[..., Read], answer: bytes, code: str
) -> None:
    service.answers = {2: answer}
    error = refusal(read)
    assert isinstance(error, RejectDelivery)
    assert error.code == code
    assert service.indexes == [0, 2]


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (message(unit(1))[:-9], "xml_truncated"),
        ("<!DOCTYPE a><a/>", "xml_doctype"),
        ("<html/>", "html_instead_of_xml"),
        ("<a/>", "xzufi_foreign_root"),
        (message(unit(1)).replace("Süd", "S\x01d"), "xml_malformed"),
        ("Wartung", "not_xml"),
    ],
)
def test_a_whole_envelope_around_broken_xml_rejects_the_delivery(
    service: LogServer, read: Callable[..., Read], xml: str, code: str
) -> None:
    service.answers = {2: block(xml, following=4, complete=False)}
    error = refusal(read)
    assert isinstance(error, RejectDelivery)
    assert (error.code, error.params["file"]) == (code, "index=2")


@pytest.mark.parametrize(
    "content_type", ["text/html", "application/xml", "", "application/json; charset=latin1"]
)
def test_what_a_block_is_called_does_not_matter(
    service: LogServer, read: Callable[..., Read], content_type: str
) -> None:
    answer = block(message(unit(1)), following=5, complete=True)
    service.server.add(BLOCKS, lambda call: call.answer(answer, Content_Type=content_type))
    assert [record.ref for record in read().objects] == ["L1:1"]


def test_json_is_in_utf_8_whatever_else_is_claimed(service: LogServer, read: Callable[..., Read]) -> None:
    service.answers = {0: '{"vollstaendig": true, "x": "ä"}'.encode("latin-1")}
    assert refusal(read).code == "envelope_encoding"


def test_a_cancelled_run_asks_for_no_further_block(service: LogServer, read: Callable[..., Read]) -> None:
    stop = Event()
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        told.append((done, total))
        if done == 2:
            stop.set()

    with pytest.raises(RetryLater, match="cancelled"):
        read(replace(NOTHING, stop=stop, progress=progress))
    assert (service.indexes, told) == ([0, 2], [(1, 0), (2, 0)])


def test_a_check_gets_a_token_and_looks_at_the_beginning(
    service: LogServer, fetcher: Fetcher, make_fetcher: Callable[..., Fetcher]
) -> None:
    assert_explained(connector(service, fetcher).check())
    assert (service.indexes, len(service.forms)) == ([0], 1)
    service.answers = {0: block(message(unit(1)) * 10_000, following=1, complete=True)}
    assert connector(service, make_fetcher(max_bytes=5_000)).check().ok


@pytest.mark.parametrize("answer", [b"<html>Anmeldung</html>", b"", b"\xff\xfe"])
def test_a_check_notices_what_is_no_block(service: LogServer, fetcher: Fetcher, answer: bytes) -> None:
    service.answers = {0: answer}
    with pytest.raises(RetryLater) as caught:
        connector(service, fetcher).check()
    assert caught.value.code == "envelope_foreign"
    assert_explained(caught.value)


def test_secrets_travel_into_no_other_process(service: LogServer, fetcher: Fetcher) -> None:
    source = connector(service, fetcher)
    source.check()
    dumped = pickle.dumps(source)
    assert SECRET.encode() not in dumped
    assert b"token-1" not in dumped


def test_a_stretch_that_was_damaged_on_the_disk_is_refused(
    service: LogServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    source = connector(service, fetcher)
    part = source.acquire(tmp_path).parts[-1]
    for damage in (b"", b"[1]", b"{}"):
        part.path.write_bytes(damage)
        with pytest.raises(RejectDelivery, match="file_unreadable"):
            list(source.read(part))
