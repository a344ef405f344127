"""Which network addresses may be connected to.

The rules look at the address that a name resolved to, never at how the name was written: a decimal
or octal host, a public name that points into the own network and an address wrapped into an IPv6
one all end as the number they mean. A connection is made to exactly the address that was checked.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from collections.abc import Callable, Sequence
from typing import TypeAlias

from connectors.errors import RetryLater
from connectors.retries import Transient

__all__ = ["Resolver", "checked_addresses", "forbidden_by", "resolve"]

#: Turns a host name and port into the IP addresses to try, best first. Raises OSError.
Resolver: TypeAlias = Callable[[str, int], Sequence[str]]

_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

# From the registries of special-purpose addresses. The standard library's is_private and is_global
# differ between patch releases of Python, so the ranges are spelt out.
_V4_RULES = (
    ("unspecified", "0.0.0.0/8"),
    ("private", "10.0.0.0/8"),
    ("private", "100.64.0.0/10"),
    ("loopback", "127.0.0.0/8"),
    ("link_local", "169.254.0.0/16"),
    ("private", "172.16.0.0/12"),
    ("reserved", "192.0.0.0/24"),
    ("reserved", "192.0.2.0/24"),
    ("reserved", "192.88.99.0/24"),
    ("private", "192.168.0.0/16"),
    ("reserved", "198.18.0.0/15"),
    ("reserved", "198.51.100.0/24"),
    ("reserved", "203.0.113.0/24"),
    ("multicast", "224.0.0.0/4"),
    ("reserved", "240.0.0.0/4"),
)
_V6_RULES = (
    ("unspecified", "::/128"),
    ("loopback", "::1/128"),
    ("private", "64:ff9b:1::/48"),
    ("private", "fc00::/7"),
    ("link_local", "fe80::/10"),
    ("private", "fec0::/10"),
    ("multicast", "ff00::/8"),
    ("reserved", "2001::/23"),
    ("reserved", "2001:db8::/32"),
    ("reserved", "3fff::/20"),
)
_RULES: tuple[tuple[str, _Network], ...] = tuple(
    (rule, ipaddress.ip_network(network)) for rule, network in _V4_RULES + _V6_RULES
)
_V6_GLOBAL = ipaddress.IPv6Network("2000::/3")
#: Networks that carry an IPv4 address, and how far it stands from the right end (bits).
_EMBEDDING = (
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
)
#: What a source in an own network may be allowed. The rest never hosts a source: link-local
#: addresses, for instance, answer with the credentials of cloud machines.
_ALLOWED_IF_PRIVATE = frozenset({"loopback", "private"})


def forbidden_by(address: str, *, allow_private: bool = False) -> str | None:
    """Return the rule that forbids an IP address, or None if it may be connected to."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "malformed"
    rule = _rule_of(_unwrap(parsed))
    return None if allow_private and rule in _ALLOWED_IF_PRIVATE else rule


def _unwrap(address: _Address) -> _Address:
    for network, distance in _EMBEDDING:
        if address in network:
            return ipaddress.IPv4Address((int(address) >> distance) & 0xFFFF_FFFF)
    return address


def _rule_of(address: _Address) -> str | None:
    for rule, network in _RULES:
        if address in network:
            return rule
    if isinstance(address, ipaddress.IPv6Address) and address not in _V6_GLOBAL:
        return "reserved"
    return None


def resolve(host: str, port: int) -> list[str]:
    """Ask the system for the IP addresses of a host."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


def checked_addresses(
    resolver: Resolver, host: str, port: int, *, allow_private: bool, timeout: float
) -> Sequence[str]:
    """Resolve a host and check every answer. Raise RetryLater if one of them is forbidden.

    One forbidden answer is enough: a public host has no business among private addresses.
    """
    addresses = _resolve_in_time(resolver, host, port, timeout)
    for address in addresses:
        rule = forbidden_by(address, allow_private=allow_private)
        if rule is not None:
            code = "address_private" if rule in _ALLOWED_IF_PRIVATE else "address_forbidden"
            raise RetryLater(code, host=host, address=address, rule=rule)
    if not addresses:
        raise RetryLater("host_unknown", host=host)
    return addresses


def _resolve_in_time(resolver: Resolver, host: str, port: int, timeout: float) -> Sequence[str]:
    """Resolve in a thread of its own: the system's resolver knows no time limit."""
    outcomes: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            outcomes.put(resolver(host, port))
        except (OSError, UnicodeError) as error:
            outcomes.put(error)

    threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
    try:
        outcome = outcomes.get(timeout=timeout)
    except queue.Empty:
        raise Transient(RetryLater("host_unresolved", host=host)) from None
    if isinstance(outcome, Exception):
        if isinstance(outcome, socket.gaierror) and outcome.errno == socket.EAI_AGAIN:
            raise Transient(RetryLater("host_unresolved", host=host)) from outcome
        raise RetryLater("host_unknown", host=host) from outcome
    return outcome
