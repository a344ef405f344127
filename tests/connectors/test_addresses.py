"""Which network addresses may be connected to."""

from __future__ import annotations

import ipaddress
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.addresses import checked_addresses, forbidden_by, resolve
from connectors.errors import RetryLater
from connectors.retries import Transient

PUBLIC_V4 = "93.184.215.14"
PUBLIC_V6 = "2a00:1450:4001:81d::200e"


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("::1", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("::", "unspecified"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "private"),
        ("fd00::1", "private"),
        ("fec0::1", "private"),
        ("169.254.169.254", "link_local"),
        ("fe80::1", "link_local"),
        ("fe80::1%eth0", "link_local"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("255.255.255.255", "reserved"),
        ("240.0.0.1", "reserved"),
        ("192.0.2.1", "reserved"),
        ("198.18.0.1", "reserved"),
        ("2001:db8::1", "reserved"),
        ("2001::1", "reserved"),
        ("100::1", "reserved"),
        ("4000::1", "reserved"),
        # the same addresses, wrapped
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:10.0.0.1", "private"),
        ("::127.0.0.1", "reserved"),
        ("64:ff9b::7f00:1", "loopback"),
        ("64:ff9b::a9fe:a9fe", "link_local"),
        ("64:ff9b:1::a00:1", "private"),
        ("2002:7f00:1::1", "loopback"),
        ("2002:c0a8:101::", "private"),
        ("no address", "malformed"),
        ("2130706433", "malformed"),
    ],
)
def test_addresses_that_no_public_source_has_are_forbidden(address: str, rule: str) -> None:
    assert forbidden_by(address) == rule


@pytest.mark.parametrize(
    "address",
    [PUBLIC_V4, PUBLIC_V6, "172.32.0.1", "100.128.0.1", f"::ffff:{PUBLIC_V4}", "64:ff9b::5db8:d70e"],
)
def test_public_addresses_are_allowed(address: str) -> None:
    assert forbidden_by(address) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "fd00::1", "::ffff:10.0.0.1"])
def test_a_source_may_be_allowed_in_the_own_network(address: str) -> None:
    assert forbidden_by(address, allow_private=True) is None


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0", "240.0.0.1"])
def test_some_addresses_are_never_allowed(address: str) -> None:
    assert forbidden_by(address, allow_private=True) is not None


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_changes_no_verdict(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    mapped = ipaddress.IPv6Address((0xFFFF << 32) | number)
    translated = ipaddress.IPv6Address((0x64FF9B << 96) | number)
    tunnelled = ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1)
    verdict = forbidden_by(str(address))
    assert [forbidden_by(str(each)) for each in (mapped, translated, tunnelled)] == [verdict] * 3


@given(st.ip_addresses())
def test_what_python_calls_not_global_is_never_allowed(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if not address.is_global:
        # Some registered exceptions are reachable, yet no place for a source.
        assert forbidden_by(str(address)) is not None or _wraps_public(address)


def _wraps_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return False
    return address.sixtofour is not None or address.ipv4_mapped is not None


def check(answers: list[str] | Exception, *, allow_private: bool = False) -> list[str]:
    def resolver(host: str, port: int) -> list[str]:
        if isinstance(answers, Exception):
            raise answers
        return answers

    found = checked_addresses(resolver, "stadt.example", 443, allow_private=allow_private, timeout=1.0)
    return list(found)


def test_all_checked_addresses_are_returned_in_order() -> None:
    assert check([PUBLIC_V6, PUBLIC_V4]) == [PUBLIC_V6, PUBLIC_V4]


def test_one_private_address_among_public_ones_is_refused() -> None:
    with pytest.raises(RetryLater) as caught:
        check([PUBLIC_V4, "10.0.0.1"])
    assert caught.value.code == "address_private"
    assert caught.value.params == {
        "host": "stadt.example", "address": "10.0.0.1", "rule": "private",
    }  # fmt: skip


def test_an_address_that_cannot_be_allowed_has_its_own_message() -> None:
    with pytest.raises(RetryLater, match="address_forbidden"):
        check(["169.254.169.254"], allow_private=True)


@pytest.mark.parametrize(
    "failure",
    [socket.gaierror(socket.EAI_NONAME, "no such name"), UnicodeError("label too long")],
)
def test_a_name_that_does_not_exist_is_not_tried_again(failure: Exception) -> None:
    with pytest.raises(RetryLater, match="host_unknown"):
        check(failure)


def test_a_name_without_addresses_does_not_exist() -> None:
    with pytest.raises(RetryLater, match="host_unknown"):
        check([])


def test_a_name_server_that_fails_for_now_is_tried_again() -> None:
    with pytest.raises(Transient) as caught:
        check(socket.gaierror(socket.EAI_AGAIN, "try again"))
    assert caught.value.error.code == "host_unresolved"


def test_a_name_server_that_hangs_is_given_up() -> None:
    release = threading.Event()

    def hanging(host: str, port: int) -> list[str]:
        release.wait(10)
        return [PUBLIC_V4]

    with pytest.raises(Transient) as caught:
        checked_addresses(hanging, "stadt.example", 443, allow_private=False, timeout=0.05)
    release.set()
    assert caught.value.error.code == "host_unresolved"


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
def test_however_an_address_is_written_it_resolves_to_itself(host: str) -> None:
    assert resolve(host, 80) == ["127.0.0.1"]
