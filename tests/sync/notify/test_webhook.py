from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from catalogue.texts import Texts
from connectors.errors import AbortRun, ConnectorError, RetryLater
from sync.notify.content import Attachable, Block, Content
from sync.notify.mail import Envelope
from sync.notify.webhook import body_of, send_webhook
from sync.notifysettings import NotifySettings
from tests.faultserver import Call, FaultServer
from tests.sync.notify.mailserver import AUTHORITY

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
ENVELOPE = Envelope("x:error:night:1", "Probe", "error", "2026-11-20T02:30:00+00:00")
CONTENT = Content("de", "Störung: a", "ACHTUNG", (Block("Neu", ("eins", "zwei")), Block("leer", ())))
SECRET = "ein-langes-geheimnis"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


def settings(url: str, **more: object) -> NotifySettings:
    table = {"id": "chat", "kind": "webhook", "url": url, "allow_private": True, "timeout": 5, **more}
    return NotifySettings.model_validate(table)


def send(url: str, pauses: list[float] | None = None, **more: Any) -> None:
    one = settings(url, **more)
    waits = pauses if pauses is not None else []
    send_webhook(one, ENVELOPE, body_of(one, ENVELOPE, CONTENT, ""), NOW, sleep=waits.append)


def refusal(url: str, **more: Any) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        send(url, **more)
    return caught.value


def answering(server: FaultServer, status: str) -> str:
    return server.add("/hook", lambda call: call.answer(b"", status))


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "202 Accepted", "204 No Content"])
def test_a_message_arrives_as_json(server: FaultServer, status: str) -> None:
    send(answering(server, status))
    (call,) = server.requests
    assert call.method == "POST"
    assert call.headers["content-type"].startswith("application/json")
    said = json.loads(call.form)
    assert (said["version"], said["recipient"], said["level"], said["region"]) == (
        1,
        "chat",
        "error",
        "Probe",
    )
    assert (said["title"], said["text"]) == ("Störung: a", "ACHTUNG")
    assert said["sections"] == [{"heading": "Neu", "lines": ["eins", "zwei"]}]
    assert call.headers["lueckenlos-id"] == said["id"]


def test_the_signature_is_over_the_moment_and_the_body(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    send(answering(server, "200 OK"), secret_env="HOOK_SECRET")
    (call,) = server.requests
    moment = call.headers["lueckenlos-timestamp"]
    assert moment == str(int(NOW.timestamp()))
    wanted = hmac.new(SECRET.encode(), moment.encode() + b"." + call.form, hashlib.sha256).hexdigest()
    assert call.headers["lueckenlos-signature"] == f"v1={wanted}"
    assert SECRET not in str(call.headers)


def test_without_a_secret_nothing_is_signed(server: FaultServer) -> None:
    send(answering(server, "200 OK"))
    assert "lueckenlos-signature" not in server.requests[0].headers


def test_the_same_notice_has_the_same_id_each_time(server: FaultServer) -> None:
    url = answering(server, "200 OK")
    send(url)
    send(url)
    assert len({call.headers["lueckenlos-id"] for call in server.requests}) == 1


def test_a_server_that_is_busy_is_asked_again(server: FaultServer) -> None:
    answers = iter(["503 Later", "429 Later", "200 OK"])
    pauses: list[float] = []
    send(server.add("/hook", lambda call: call.answer(b"", next(answers))), pauses)
    assert len(pauses) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 500, 503])
def test_what_nobody_takes_is_said_with_its_status(server: FaultServer, status: int) -> None:
    error = refusal(answering(server, f"{status} No"))
    assert (error.code, error.params["status"]) == ("notify_status", status)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(server: FaultServer, status: int) -> None:
    target = server.add("/target", b"")
    server.add("/hook", lambda call: call.answer(b"", f"{status} Go", Location=target))
    assert refusal(server.url("/hook")).code == "notify_redirected"
    assert server.hits["/target"] == 0


def test_private_addresses_need_to_be_allowed(server: FaultServer) -> None:
    table = {"id": "chat", "kind": "webhook", "url": f"https://localhost:{server.port}/hook"}
    one = NotifySettings.model_validate(table)
    with pytest.raises(RetryLater) as caught:
        send_webhook(one, ENVELOPE, b"{}", NOW)
    assert caught.value.code == "hook_address_private"
    assert "allow_private = true" in Texts("de").error(caught.value.code, caught.value.params)
    assert server.connections == 0


def test_only_allowed_hosts_are_sent_to(server: FaultServer) -> None:
    url = answering(server, "200 OK")
    assert refusal(url, allowed_hosts=("chat.example",)).code == "hook_host_not_allowed"
    assert server.connections == 0


def test_a_server_of_an_unknown_authority_gets_nothing() -> None:
    with FaultServer(tls=AUTHORITY) as server:
        url = answering(server, "200 OK")
        assert refusal(url).code == "hook_certificate_invalid"
        assert server.requests == []
        send(url, ca_bundle=str(AUTHORITY))


def test_a_recipient_that_is_away_is_no_source() -> None:
    with FaultServer() as server:
        url = server.add("/hook", b"")
    error = refusal(url)
    assert error.code == "hook_unreachable"
    said = Texts("de").error(error.code, error.params)
    assert "Quelle" not in said
    assert "Lauf" not in said


def test_a_secret_that_is_not_there_is_named_by_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOOK_SECRET", raising=False)
    assert refusal("https://chat.example/", secret_env="HOOK_SECRET").params["setting"] == "secret_env"


def test_an_answer_without_end_costs_nothing(server: FaultServer) -> None:
    """Only the status is read, never the body."""

    def endless(call: Call) -> None:
        call.send(call.head("200 OK", Content_Length=10**12))
        call.hang()

    send(server.add("/hook", endless))


def test_an_address_that_is_a_secret_is_shown_nowhere(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "/hooks/T0K3N-in-the-path"
    monkeypatch.setenv("HOOK_URL", server.url(secret))
    one = {"url": "", "url_env": "HOOK_URL"}
    server.add(secret, lambda call: call.answer(b"", "404 No"))
    server.misbehave(secret, "not-http", first=2)
    for _ in range(2):
        error = refusal(**one)
        assert "T0K3N" not in f"{error!r} {error} {error.__cause__!r}"
        assert "127.0.0.1" in str(error)


@pytest.mark.parametrize("url", ["", "ftp://x.example/", "https://user:pass@x.example/", "x\ny"])
def test_an_address_from_elsewhere_is_checked_before_it_is_used(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_URL", url)
    with pytest.raises(AbortRun) as caught:
        send("", url_env="HOOK_URL")
    assert caught.value.code in {"notify_url", "secret_not_set", "secret_unusable"}
    assert "pass" not in str(caught.value)


def test_a_digest_names_its_area_and_where_the_workbook_is(server: FaultServer) -> None:
    content = Content("de", "t", "l", workbook=Attachable("055120000000", "gemeinde", "Bottrop"))
    said = json.loads(body_of(settings("https://x.example/"), ENVELOPE, content, "Sie liegt hier"))
    assert said["area"] == {"ars": "055120000000", "level": "gemeinde"}
    assert said["note"] == "Sie liegt hier"
