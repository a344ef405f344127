"""Which names in a request are this server's."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from cli.serve.hosts import Hosts, host_name
from tests.cli.conftest import Cli
from tests.cli.serve.asking import Browser, browsing


@pytest.mark.parametrize(
    "header",
    [
        "localhost",
        "LOCALHOST:8080",
        "localhost.",
        "app.localhost:1",
        "127.0.0.1",
        "127.0.0.1:8080",
        "192.0.2.7:8080",
        "[::1]",
        "[2001:db8::1]:8080",
    ],
)
def test_this_machine_and_addresses_are_known(header: str) -> None:
    assert Hosts().knows(header)


@pytest.mark.parametrize(
    "header",
    [
        "",
        ":8080",
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "notlocalhost",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example",
        "evil.example@127.0.0.1",
        "2130706433",
        "0x7f000001",
        "127.1",
        "::1",
        "[::1",
        "[::1].evil.example",
        "127.0.0.1:80:80",
        "127.0.0.1:８０",
        "localhost, evil.example",
    ],
)
def test_strangers_are_not_known(header: str) -> None:
    assert not Hosts(["katalog.example"]).knows(header)


def test_names_that_were_given_are_known_in_any_spelling() -> None:
    hosts = Hosts([host_name("Katalog.Example."), host_name("städte.example")])
    for header in ("katalog.example", "KATALOG.example:443", "katalog.example.", "xn--stdte-hra.example"):
        assert hosts.knows(header), header
    assert not hosts.knows("www.katalog.example")


def test_any_name_can_be_allowed() -> None:
    assert Hosts(["*"]).knows("whatever.example")


@pytest.mark.parametrize(
    "written", ["", " ", "*", "a b", "http://x", "x:80", "x/y", "-x", "x..y", "." * 3, "ä" * 300]
)
def test_what_is_no_name_is_none(written: str) -> None:
    assert host_name(written) == ""


@given(st.text(max_size=60))
def test_whatever_stands_in_a_request_is_known_or_not(header: str) -> None:
    assert Hosts(["katalog.example"]).knows(header) in {True, False}


@pytest.mark.parametrize("path", ["/", "/api/v1/runs", "/v1/data", "/metrics", "/healthz", "/readyz", "/x"])
def test_nothing_is_answered_under_the_name_of_a_stranger(browser: Browser, path: str) -> None:
    answer = browser.get(path, host="evil.example")
    assert (answer.status, answer.json["code"]) == (421, "host_unknown")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_server_answers_under_its_names(synced_database: str) -> None:
    with browsing(synced_database, hosts=Hosts(["katalog.example"])) as browser:
        for host in ("katalog.example", "127.0.0.1:8080"):
            assert browser.get("/api/v1/", host=host).status == 200


def test_a_name_that_is_none_is_refused_by_the_command(cli: Cli, region: str) -> None:
    answer = cli("serve", "--host-name", "http://katalog.example/", "--db", region)
    assert (answer.code, answer.out) == (2, "")
    assert "--host-name" in answer.err or "Name" in answer.err
