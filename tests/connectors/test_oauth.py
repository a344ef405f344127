"""Tokens are renewed in time, tried again once, and never shown."""

from __future__ import annotations

import json
import logging
import pickle
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from catalogue import messages
from connectors.errors import AbortRun, ConnectorError, RetryLater
from connectors.fetch import Fetcher
from connectors.oauth import OAuthSettings, TokenKeeper
from tests.connectors.bereitstelldienst_server import CLIENT, SECRET, TOKENS, LogServer, jwt
from tests.faultserver import Call, FaultServer

REFUSED = RetryLater("http_status", url="https://dienst.example/", status=401)


class Clock:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> LogServer:
    monkeypatch.setenv("LOG_SECRET", SECRET)
    return LogServer(server)


def settings_of(**given: object) -> OAuthSettings:
    known = {"token_url": "/token", "client_id": CLIENT, "client_secret_env": "LOG_SECRET"}
    return OAuthSettings.model_validate({**known, **given})


def keeper(service: LogServer, fetcher: Fetcher, clock: Clock, **given: object) -> TokenKeeper:
    return TokenKeeper(settings_of(**given), service.server.url(TOKENS), fetcher, clock=clock)


def used(keeper: TokenKeeper) -> str:
    """Return the token that a request is given."""
    return keeper.call(lambda headers: headers["Authorization"])


def answering(content: object) -> Callable[[Call], None]:
    return lambda call: call.answer(json.dumps(content).encode())


def test_a_token_is_asked_for_with_the_clients_credentials(
    service: LogServer, fetcher: Fetcher, clock: Clock
) -> None:
    assert used(keeper(service, fetcher, clock)) == "Bearer token-1"
    assert service.forms == [
        {"grant_type": ["client_credentials"], "client_id": [CLIENT], "client_secret": [SECRET]}
    ]


def test_whatever_else_a_server_wants_is_a_matter_of_settings(
    service: LogServer,
    fetcher: Fetcher,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    file = tmp_path / "client"
    file.write_text("aus-der-datei\n", encoding="utf-8")
    monkeypatch.setenv("PORTAL_PASSWORD", "kennwort")
    told = keeper(
        service,
        fetcher,
        clock,
        grant="password",
        scope="lesen alles",
        client_id="",
        client_id_file=str(file),
        token_fields={"audience": "pvog"},
        token_fields_env={"password": "PORTAL_PASSWORD"},
    )
    used(told)
    assert service.forms[0] == {
        "grant_type": ["password"],
        "scope": ["lesen alles"],
        "client_id": ["aus-der-datei"],
        "client_secret": [SECRET],
        "audience": ["pvog"],
        "password": ["kennwort"],
    }


def test_a_token_is_used_until_shortly_before_its_end(
    service: LogServer, fetcher: Fetcher, clock: Clock
) -> None:
    holder = keeper(service, fetcher, clock)
    assert used(holder) == "Bearer token-1"
    clock.now += 269
    assert used(holder) == "Bearer token-1"
    clock.now += 2
    assert used(holder) == "Bearer token-2"


def test_a_token_of_a_few_seconds_is_used_for_nearly_all_of_them(
    service: LogServer, fetcher: Fetcher, clock: Clock
) -> None:
    service.expires_in = 10
    holder = keeper(service, fetcher, clock)
    used(holder)
    clock.now += 8.9
    assert used(holder) == "Bearer token-1"
    clock.now += 0.2
    assert used(holder) == "Bearer token-2"


def test_a_token_whose_end_nobody_tells_is_used_until_it_is_refused(
    service: LogServer, fetcher: Fetcher, clock: Clock
) -> None:
    service.expires_in = None
    holder = keeper(service, fetcher, clock)
    used(holder)
    clock.now += 1_000_000
    assert used(holder) == "Bearer token-1"


@pytest.mark.parametrize(
    ("token", "life"),
    [
        (jwt(exp=2_000, iat=1_900), 89),
        ("not.a.token", None),
        ("a.bm90IGpzb24.c", None),
        ("a.W10.c", None),
        (jwt(exp=100, iat=200), None),
        (jwt(exp=100), None),
        (jwt(iat=100), None),
        (jwt(exp=float("inf")), None),
    ],
)
def test_a_json_web_token_tells_its_own_end(
    service: LogServer, fetcher: Fetcher, clock: Clock, token: str, life: int | None
) -> None:
    service.server.add(TOKENS, answering({"access_token": token, "token_type": "Bearer"}))
    holder = keeper(service, fetcher, clock)
    assert used(holder) == f"Bearer {token}"
    clock.now += life or 10_000_000
    used(holder)
    assert service.server.hits[TOKENS] == 1
    clock.now += 60
    used(holder)
    assert service.server.hits[TOKENS] == (2 if life else 1)


def test_a_json_web_token_without_a_beginning_began_now(
    service: LogServer, fetcher: Fetcher, clock: Clock
) -> None:
    token = jwt(exp=time.time() + 1_000)
    service.server.add(TOKENS, answering({"access_token": token}))
    holder = keeper(service, fetcher, clock)
    for pause, asked in ((0, 1), (900, 1), (100, 2)):
        clock.now += pause
        used(holder)
        assert service.server.hits[TOKENS] == asked


@pytest.mark.parametrize("expires_in", ["300", 300.0])
def test_a_number_of_seconds_may_be_written_in_any_way(
    service: LogServer, fetcher: Fetcher, clock: Clock, expires_in: object
) -> None:
    service.server.add(TOKENS, answering({"access_token": "t", "expires_in": expires_in}))
    holder = keeper(service, fetcher, clock)
    for pause, asked in ((0, 1), (269, 1), (2, 2)):
        clock.now += pause
        used(holder)
        assert service.server.hits[TOKENS] == asked


def test_a_refused_token_is_replaced_once(service: LogServer, fetcher: Fetcher, clock: Clock) -> None:
    holder = keeper(service, fetcher, clock)
    used(holder)
    given = []

    def request(headers: object) -> str:
        given.append(headers)
        if len(given) == 1:
            raise REFUSED
        return "done"

    assert holder.call(request) == "done"
    assert given == [{"Authorization": "Bearer token-1"}, {"Authorization": "Bearer token-2"}]


def test_a_second_refusal_is_an_error(service: LogServer, fetcher: Fetcher, clock: Clock) -> None:
    given = []

    def request(headers: object) -> str:
        given.append(headers)
        raise REFUSED

    with pytest.raises(RetryLater) as caught:
        keeper(service, fetcher, clock).call(request)
    assert caught.value.code == "oauth_token_refused"
    assert len(given) == len(service.forms) == 2


def test_other_failures_of_a_request_cost_no_token(
    service: LogServer, fetcher: Fetcher, clock: Clock
) -> None:
    def request(_headers: object) -> str:
        raise RetryLater("http_status", url="https://dienst.example/", status=403)

    with pytest.raises(RetryLater, match="403"):
        keeper(service, fetcher, clock).call(request)
    assert len(service.forms) == 1


def test_wrong_credentials_have_their_own_message(
    service: LogServer, fetcher: Fetcher, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_SECRET", "falsch-4711")
    with pytest.raises(RetryLater) as caught:
        used(keeper(service, fetcher, clock))
    assert (caught.value.code, caught.value.params["status"]) == ("oauth_refused", 401)
    assert "falsch" not in messages.text("de", "error.oauth_refused", **caught.value.params)


def test_a_missing_secret_aborts_before_anything_is_sent(
    service: LogServer, fetcher: Fetcher, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOG_SECRET")
    with pytest.raises(AbortRun, match="secret_not_set"):
        used(keeper(service, fetcher, clock))
    assert service.server.requests == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "–"),
        (b"<html>Wartung</html>", "–"),
        (b"[" * 100_000, "–"),
        (b'["geheim"]', "–"),
        (b"{}" + b" " * 300_000, "–"),
        (b"{}", "access_token"),
        (b'{"access_token": 5}', "access_token"),
        (b'{"access_token": ""}', "access_token"),
        (b'{"access_token": "geheim\\r\\nX-Other: 1"}', "access_token"),
        (b'{"access_token": "geheim", "token_type": "mac"}', "token_type"),
        (b'{"access_token": "geheim", "token_type": null}', "token_type"),
    ],
)
def test_an_answer_without_a_usable_token_is_refused_and_not_shown(
    service: LogServer, fetcher: Fetcher, clock: Clock, body: bytes, field: str
) -> None:
    service.server.add(TOKENS, lambda call: call.answer(body))
    with pytest.raises(RetryLater) as caught:
        used(keeper(service, fetcher, clock))
    assert (caught.value.code, caught.value.params["field"]) == ("oauth_answer", field)
    assert "geheim" not in repr(caught.value)


@pytest.mark.parametrize("fault", ["endless", "gzip-bomb=64", "redirect=1", "status=500", "brotli"])
def test_a_misbehaving_token_server_can_be_retried_later(
    service: LogServer, make_fetcher: Callable[..., Fetcher], clock: Clock, fault: str
) -> None:
    fetcher = make_fetcher(max_bytes=10_000, attempts=2)
    url = service.server.url(TOKENS, fault=fault)
    with pytest.raises(RetryLater) as caught:
        used(TokenKeeper(settings_of(), url, fetcher, clock=clock))
    assert messages.text("de", f"error.{caught.value.code}", **caught.value.params)


def test_a_token_shows_nowhere(
    service: LogServer, fetcher: Fetcher, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    holder = keeper(service, fetcher, clock)
    used(holder)
    with pytest.raises(TypeError) as refused:
        pickle.dumps(holder)
    with pytest.raises(ConnectorError) as caught:
        holder.call(lambda _headers: fetcher.get(service.server.url("/fehlt")))
    shown = f"{holder!r} {refused.value!r} {caught.value!r} {caplog.text} {settings_of()!r}"
    assert "token-1" not in shown
    assert SECRET not in shown


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"token_url": "token"}, "setting_safe_address"),
        ({"token_url": "//anderswo.example/token"}, "setting_safe_address"),
        ({"token_url": "https://anna:geheim@dienst.example/token"}, "setting_safe_address"),
        ({"token_url": "http://dienst.example/token"}, "setting_unencrypted"),
        ({"client_id_env": "PORTAL_ID"}, "setting_one_of"),
        ({"client_secret_file": "geheim.txt"}, "setting_one_of"),
        ({"client_secret_env": "kein Name"}, "string_pattern_mismatch"),
        ({"token_fields": {"password": "geheim"}}, "setting_secret"),
        ({"token_fields": {"refresh_token": "geheim"}}, "setting_secret"),
        ({"token_fields": {"grant_type": "password"}}, "setting_own"),
        ({"token_fields_env": {"client_secret": "PORTAL"}}, "setting_own"),
        ({"token_fields": {"a": "1"}, "token_fields_env": {"a": "PORTAL"}}, "setting_own"),
        ({"grant": ""}, "string_pattern_mismatch"),
    ],
)
def test_settings_that_cannot_be_are_explained(given: dict[str, object], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings_of(**given)
    assert [error["type"] for error in caught.value.errors()] == [code]
