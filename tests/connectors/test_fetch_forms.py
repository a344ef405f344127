"""Asking whether something changed, sending forms, and headers that are meant for one server only."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.errors import AbortRun, ConnectorError, RejectDelivery, RetryLater
from connectors.fetch import Fetcher, Validators
from tests.faultserver import Call, FaultServer
from tests.misbehaviours import DATE

MakeFetcher = Callable[..., Fetcher]
SECRET = "geheim-4711"
FORM = {"grant_type": "client_credentials", "client_secret": SECRET, "scope": "ä & ö=ü"}
PAGE = b"<html>Seite</html>"


def echo(call: Call) -> None:
    call.answer(json.dumps([call.method, call.form.decode(), call.headers]).encode())


def test_a_small_answer_comes_with_validators(fetcher: Fetcher, server: FaultServer) -> None:
    answer = fetcher.get(server.add("/page", PAGE))
    assert answer.validators.etag
    assert answer.validators.last_modified == DATE
    assert not answer.not_modified


def test_what_did_not_change_is_not_sent_again(fetcher: Fetcher, server: FaultServer) -> None:
    first = fetcher.get(server.add("/page", PAGE))
    second = fetcher.get(first.url, validators=first.validators)
    assert (second.status, second.body, second.not_modified) == (304, b"", True)
    assert second.validators == first.validators


def test_what_changed_is_sent_again_with_new_validators(fetcher: Fetcher, server: FaultServer) -> None:
    first = fetcher.get(server.add("/page", PAGE))
    server.add("/page", b"anders")
    second = fetcher.get(first.url, validators=Validators(etag=first.validators.etag))
    assert (second.status, second.body) == (200, b"anders")
    assert second.validators.etag != first.validators.etag


def test_nothing_is_unchanged_that_was_not_asked_about(fetcher: Fetcher, server: FaultServer) -> None:
    for validators in (None, Validators()):
        with pytest.raises(RetryLater, match="http_status"):
            fetcher.get(server.url(fault="status=304"), validators=validators)


def test_conditions_and_other_headers_go_together(fetcher: Fetcher, server: FaultServer) -> None:
    url = server.add("/echo", echo)
    told = json.loads(fetcher.get(url, headers={"X-Key": "1"}, validators=Validators(etag='"a"')).body)[2]
    assert (told["x-key"], told["if-none-match"]) == ("1", '"a"')


def test_a_form_is_posted_as_one(fetcher: Fetcher, server: FaultServer) -> None:
    method, form, headers = json.loads(fetcher.post_form(server.add("/token", echo), FORM).body)
    assert method == "POST"
    assert form == f"grant_type=client_credentials&client_secret={SECRET}&scope=%C3%A4+%26+%C3%B6%3D%C3%BC"
    assert headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("fault", ["redirect=1", "redirect-loop", "redirect-file"])
def test_a_form_follows_no_redirect(fetcher: Fetcher, server: FaultServer, fault: str) -> None:
    server.add("/token", echo)
    with pytest.raises(RetryLater) as caught:
        fetcher.post_form(server.url("/token", fault=fault), FORM)
    assert caught.value.code in {"form_redirected", "redirect_unusable"}
    assert len(server.requests) == 1


def test_a_form_never_reaches_another_server(fetcher: Fetcher, server: FaultServer) -> None:
    with FaultServer() as other:
        away = server.url(fault=f"redirect-to={other.add('/token', echo)}")
        with pytest.raises(RetryLater, match="form_redirected"):
            fetcher.post_form(away, FORM)
        assert other.requests == []


@pytest.mark.parametrize(
    "fault", ["status=401", "status=500", "endless", "gzip-bomb=64", "hang", "reset=50", "redirect-loop"]
)
def test_a_form_has_the_limits_of_a_small_answer_and_is_never_shown(
    make_fetcher: MakeFetcher, server: FaultServer, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    caplog.set_level("DEBUG")
    fetcher = make_fetcher(deadline=0.3, attempts=2, max_bytes=10_000)
    with pytest.raises(ConnectorError) as caught:
        fetcher.post_form(server.url("/token", fault=fault), FORM)
    assert isinstance(caught.value, RetryLater | RejectDelivery)
    assert SECRET not in f"{caught.value!r} {caught.value} {caplog.text}"


def test_a_form_is_sent_again_where_the_server_recovers(
    fetcher: Fetcher, server: FaultServer, pauses: list[float]
) -> None:
    server.add("/token", echo)
    server.misbehave("/token", "status=503", times=2)
    assert json.loads(fetcher.post_form(server.url("/token"), FORM).body)[1].count(SECRET) == 1
    assert len(pauses) == 2


def test_a_form_needs_a_web_address(fetcher: Fetcher) -> None:
    with pytest.raises(AbortRun, match="bad_url"):
        fetcher.post_form("ftp://stadt.example/", FORM)


def test_a_download_and_a_probe_carry_headers_to_the_server_they_are_for(
    fetcher: Fetcher, server: FaultServer, tmp_path: Path
) -> None:
    headers = {"Authorization": f"Bearer {SECRET}"}
    url = server.add("/echo", echo)
    fetcher.download(url, tmp_path / "echo", headers=headers)
    assert json.loads((tmp_path / "echo").read_bytes())[2]["authorization"] == f"Bearer {SECRET}"
    assert json.loads(fetcher.probe(url, headers=headers).body)[2]["authorization"] == f"Bearer {SECRET}"


def test_a_download_leaves_its_headers_behind_when_it_is_redirected_away(
    fetcher: Fetcher, server: FaultServer, tmp_path: Path
) -> None:
    with FaultServer() as other:
        away = server.url(fault=f"redirect-to={other.add('/echo', echo)}")
        fetcher.download(away, tmp_path / "echo", headers={"Authorization": f"Bearer {SECRET}"})
    assert SECRET not in (tmp_path / "echo").read_text()
