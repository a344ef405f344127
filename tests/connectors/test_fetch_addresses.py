"""Where the HTTP client goes, and where it never does."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import responses
from pydantic import TypeAdapter

from connectors import wire
from connectors.errors import AbortRun, RetryLater
from connectors.fetch import Fetcher, FetchPolicy
from connectors.hosts import HostPattern
from tests.faultserver import FaultServer

MakeFetcher = Callable[..., Fetcher]
PUBLIC = "93.184.215.14"
CERTIFICATE = Path(__file__).parents[1] / "samples" / "fetch" / "feeds.example.pem"


@pytest.fixture
def public_only(pauses: list[float]) -> Iterator[Fetcher]:
    """Give a client as it is by default: private addresses are out of bounds."""
    with Fetcher(sleep=pauses.append) as fetcher:
        yield fetcher


def refusal(fetcher: Fetcher, url: str) -> RetryLater:
    with pytest.raises(RetryLater) as caught:
        fetcher.get(url)
    return caught.value


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0.0.0.0"]
)
def test_this_machine_is_out_of_bounds_however_it_is_written(
    public_only: Fetcher, server: FaultServer, host: str
) -> None:
    error = refusal(public_only, server.url("/secret", host=host))
    assert error.code in {"address_private", "address_forbidden"}
    assert error.params["rule"] in {"loopback", "unspecified"}
    assert server.connections == 0


@pytest.mark.parametrize(
    ("host", "rule"),
    [
        ("[::1]", "loopback"),
        ("[::ffff:127.0.0.1]", "loopback"),
        ("[::ffff:7f00:1]", "loopback"),
        ("[64:ff9b::10.0.0.1]", "private"),
        ("[2002:a00:1::]", "private"),
        ("10.0.0.1", "private"),
        ("192.168.0.1", "private"),
        ("169.254.169.254", "link_local"),
        ("224.0.0.1", "multicast"),
    ],
)
def test_private_and_special_addresses_are_out_of_bounds(
    public_only: Fetcher, monkeypatch: pytest.MonkeyPatch, host: str, rule: str
) -> None:
    monkeypatch.setattr(wire, "create_connection", None)
    assert refusal(public_only, f"http://{host}/").params["rule"] == rule


def test_a_public_name_that_leads_to_this_machine_is_out_of_bounds(server: FaultServer) -> None:
    with Fetcher(resolver=lambda host, port: ["127.0.0.1"]) as fetcher:
        error = refusal(fetcher, server.url("/secret", host="stadt.example"))
    assert error.params == {"host": "stadt.example", "address": "127.0.0.1", "rule": "loopback"}
    assert server.connections == 0


def test_the_connection_goes_to_the_very_address_that_was_checked(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [[PUBLIC], ["127.0.0.1"]]
    connected: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(wire, "create_connection", connect)
    policy = FetchPolicy(attempts=1)
    with Fetcher(policy, resolver=lambda host, port: answers.pop(0)) as fetcher:
        error = refusal(fetcher, server.url("/secret", host="stadt.example"))
    assert error.code == "unreachable"
    assert connected == [(PUBLIC, server.port)]
    assert len(answers) == 1


def test_every_connection_is_checked_anew(server: FaultServer) -> None:
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    policy = FetchPolicy(allow_private=True)
    with Fetcher(policy, resolver=lambda host, port: answers.pop(0)) as fetcher:
        fetcher.get(server.url(fault="echo", host="stadt.example"))
        error = refusal(fetcher, server.url(fault="echo", host="stadt.example"))
    assert error.params["rule"] == "link_local"
    assert server.connections == 1


def test_the_next_address_is_tried_if_one_does_not_answer(server: FaultServer) -> None:
    server.add("/feed.xml", b"<feed/>")
    policy = FetchPolicy(allow_private=True, attempts=1)
    with Fetcher(policy, resolver=lambda host, port: ["127.0.0.2", "127.0.0.1"]) as fetcher:
        assert fetcher.get(server.url("/feed.xml", host="stadt.example")).body == b"<feed/>"


def test_the_server_is_told_the_name_and_not_the_address(server: FaultServer) -> None:
    policy = FetchPolicy(allow_private=True)
    with Fetcher(policy, resolver=lambda host, port: ["127.0.0.1"]) as fetcher:
        answer = fetcher.get(server.url(fault="echo", host="stadt.example"))
    assert json.loads(answer.body)["host"] == f"stadt.example:{server.port}"


@pytest.fixture
def tls_server() -> Iterator[FaultServer]:
    with FaultServer(tls=CERTIFICATE) as running:
        yield running


@pytest.fixture
def tls_fetcher(pauses: list[float]) -> Iterator[Fetcher]:
    policy = FetchPolicy(allow_private=True, ca_bundle=str(CERTIFICATE), deadline=2.0)
    with Fetcher(policy, sleep=pauses.append, resolver=lambda host, port: ["127.0.0.1"]) as fetcher:
        yield fetcher


def test_a_certificate_must_name_the_host_that_was_asked_for(
    tls_fetcher: Fetcher, tls_server: FaultServer, pauses: list[float]
) -> None:
    tls_server.add("/feed.xml", b"<feed/>")
    assert tls_fetcher.get(tls_server.url("/feed.xml", host="feeds.example")).body == b"<feed/>"
    error = refusal(tls_fetcher, tls_server.url("/feed.xml", host="andere.example"))
    assert error.code == "certificate_invalid"
    assert pauses == []


def test_an_unknown_authority_is_not_trusted(make_fetcher: MakeFetcher) -> None:
    with FaultServer(tls=CERTIFICATE) as tls_server:
        assert refusal(make_fetcher(), tls_server.url("/feed.xml")).code == "certificate_invalid"


@pytest.mark.parametrize("fault", ["slow-head=0.05", "slow-body=0.05"])
def test_encryption_does_not_lengthen_the_deadline(tls_server: FaultServer, fault: str) -> None:
    policy = FetchPolicy(allow_private=True, ca_bundle=str(CERTIFICATE), deadline=0.5)
    start = time.monotonic()
    with Fetcher(policy, resolver=lambda host, port: ["127.0.0.1"]) as fetcher:
        error = refusal(fetcher, tls_server.url(fault=fault, host="feeds.example"))
    assert error.code == "too_slow"
    assert time.monotonic() - start < 1.5


@pytest.mark.parametrize("fault", ["reset=50", "short=50", "chunk-cut=50"])
def test_encryption_does_not_hide_a_broken_answer(
    tls_fetcher: Fetcher, tls_server: FaultServer, pauses: list[float], fault: str
) -> None:
    error = refusal(tls_fetcher, tls_server.url(fault=fault, host="feeds.example"))
    assert (error.code, len(pauses)) == ("connection_broken", 3)


def test_encryption_is_never_given_up_on_the_way(
    tls_fetcher: Fetcher, tls_server: FaultServer, server: FaultServer
) -> None:
    target = server.url("/feed.xml")
    error = refusal(tls_fetcher, tls_server.url(fault=f"redirect-to={target}", host="feeds.example"))
    assert (error.code, error.params["target"]) == ("redirect_downgrade", target)
    assert server.connections == 0


def test_five_redirects_are_followed_and_the_sixth_is_not(
    make_fetcher: MakeFetcher, server: FaultServer
) -> None:
    server.add("/feed.xml", b"<feed/>")
    fetcher = make_fetcher()
    assert fetcher.get(server.url("/feed.xml", fault="redirect=5")).body == b"<feed/>"
    server.hits.clear()
    error = refusal(fetcher, server.url("/feed.xml", fault="redirect=6"))
    assert (error.code, error.params["limit"]) == ("too_many_redirects", 5)
    assert sum(server.hits.values()) == 6


def test_a_redirect_loop_ends(make_fetcher: MakeFetcher, server: FaultServer, pauses: list[float]) -> None:
    assert refusal(make_fetcher(), server.url(fault="redirect-loop")).code == "too_many_redirects"
    assert (sum(server.hits.values()), pauses) == (6, [])


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "ftp://stadt.example/", "gopher://stadt.example/", "http://[::1/", "https://"],
)
def test_redirects_lead_to_web_addresses_only(
    make_fetcher: MakeFetcher, server: FaultServer, target: str
) -> None:
    error = refusal(make_fetcher(), server.url(fault=f"redirect-to={target}"))
    assert error.code == "redirect_unusable"


@pytest.mark.parametrize("fault", ["redirect-garbage", "redirect-to=http://*/", "redirect-nowhere"])
def test_redirects_to_nowhere_are_errors(make_fetcher: MakeFetcher, server: FaultServer, fault: str) -> None:
    error = refusal(make_fetcher(), server.url(fault=fault))
    assert error.code in {"redirect_unusable", "http_status"}
    assert sum(server.hits.values()) == 1


@pytest.mark.parametrize(("address", "rule"), [("127.0.0.1", "loopback"), ("169.254.169.254", "link_local")])
def test_a_public_server_cannot_redirect_into_the_own_network(
    public_only: Fetcher, server: FaultServer, address: str, rule: str
) -> None:
    with responses.RequestsMock() as mock:
        target = f"http://{address}:{server.port}/secret"
        mock.get("http://stadt.example/", status=302, headers={"Location": target})
        mock.add_passthru(target)
        assert refusal(public_only, "http://stadt.example/").params["rule"] == rule
    assert server.connections == 0


def test_a_metadata_address_is_out_of_bounds_even_for_private_sources(
    make_fetcher: MakeFetcher, server: FaultServer
) -> None:
    error = refusal(make_fetcher(), server.url(fault="redirect-private"))
    assert (error.code, error.params["rule"]) == ("address_forbidden", "link_local")


def test_headers_and_passwords_stay_with_the_server_they_were_given_for(
    make_fetcher: MakeFetcher, server: FaultServer
) -> None:
    headers = {"X-Api-Key": "geheim", "Accept": "application/json"}
    with FaultServer() as other:
        away = server.url(fault=f"redirect-to={other.url(fault='echo')}")
        away = away.replace("http://", "http://anna:geheim@")
        told = json.loads(make_fetcher().get(away, headers=headers).body)
    assert "x-api-key" not in told
    assert "authorization" not in told
    assert told["accept"] == "application/json"


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.1.", "*.0.0.1"])
def test_a_host_that_is_allowed_is_asked(
    make_fetcher: MakeFetcher, server: FaultServer, allowed: str
) -> None:
    server.add("/feed.xml", b"<feed/>")
    allowed = TypeAdapter(HostPattern).validate_python(allowed)
    assert make_fetcher(allowed_hosts=(allowed,)).get(server.url("/feed.xml")).body == b"<feed/>"


def test_another_host_than_the_allowed_ones_is_neither_asked_nor_looked_up(
    make_fetcher: MakeFetcher, server: FaultServer
) -> None:
    with FaultServer() as other:
        there = other.url("/feed.xml", host="localhost")
        client = make_fetcher(allowed_hosts=("127.0.0.1",))
        for url in (there, server.url(fault=f"redirect-to={there}")):
            error = refusal(client, url)
            assert (error.code, error.params) == (
                "host_not_allowed",
                {"host": "localhost", "allowed": "127.0.0.1"},
            )
        assert other.connections == 0


def test_a_bundle_of_authorities_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AbortRun) as caught:
        Fetcher(FetchPolicy(ca_bundle=str(tmp_path / "none.pem")))
    assert (caught.value.code, caught.value.params) == (
        "ca_bundle_absent",
        {"file": str(tmp_path / "none.pem")},
    )


def test_headers_and_passwords_survive_a_redirect_at_home(
    make_fetcher: MakeFetcher, server: FaultServer
) -> None:
    home = server.url(fault=f"redirect-to={server.url(fault='echo')}")
    home = home.replace("http://", "http://anna:geheim@")
    told = json.loads(make_fetcher().get(home, headers={"X-Api-Key": "geheim"}).body)
    assert told["x-api-key"] == "geheim"
    assert told["authorization"].startswith("Basic ")


def test_a_redirect_may_name_its_target_in_utf_8(make_fetcher: MakeFetcher, server: FaultServer) -> None:
    server.add("/%C3%BCbersicht.xml", b"<feed/>")
    with responses.RequestsMock() as mock:
        mock.add_passthru(server.url())
        location = server.url("/übersicht.xml").encode().decode("latin-1")
        mock.get("http://stadt.example/", status=301, headers={"Location": location})
        assert make_fetcher().get("http://stadt.example/").body == b"<feed/>"
