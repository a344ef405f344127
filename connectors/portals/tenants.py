"""Tenants of portals: which municipality a page belongs to, told by its address.

A tenant's address is a host, a host with the beginning of a path, or either with a parameter. Whatever
does not begin like it, or lacks the parameter, is of somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlencode, urljoin, urlsplit, urlunsplit

from connectors.portals.plainaddress import PlainAddress, parameters_of, plain_address
from connectors.urls import is_fetchable

__all__ = ["Tenant", "Tenants", "parse_tenant"]

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Tenant:
    """One municipality of a portal. ``prefix`` begins and ends with a slash."""

    area: str
    scheme: str
    host: str  # with port where it is not the usual one
    prefix: str
    parameters: tuple[tuple[str, str], ...]

    @property
    def address(self) -> str:
        """Return the address of the tenant's first page."""
        query = f"?{urlencode(self.parameters)}" if self.parameters else ""
        return f"{self.scheme}://{self.host}{self.prefix}{query}"

    def relative(self, url: str) -> PlainAddress | None:
        """Return what follows the tenant's own address in one of its pages', or None for any other page."""
        try:
            parts = urlsplit(url)
            if _folded(_host_of(parts)) != _folded(self.host):
                return None
            if not (parts.path or "/").startswith(self.prefix):
                return None
            inside = plain_address(f"{parts.path[len(self.prefix) :]}?{parts.query}")
        except ValueError:
            return None
        if any(value not in inside.values(name) for name, value in self.parameters):
            return None
        return inside

    def absolute(self, address: str) -> str:
        """Return the full address of a relative one, the tenant's parameters with it."""
        base = f"{self.scheme}://{self.host}{self.prefix}"
        # A colon in the first segment would be taken for a scheme.
        url = urljoin(base, quote(f"./{address}", safe="/?&=%:;,+@!$'()*~"))
        if not self.parameters:
            return url
        return f"{url}{'&' if '?' in url else '?'}{urlencode(self.parameters)}"

    def settle(self, url: str) -> str:
        """Return a page's address with the tenant's own scheme and host.

        Portals link to themselves with and without TLS or www; asking for both would read all twice.
        """
        parts = urlsplit(url)
        return urlunsplit((self.scheme, self.host, parts.path, parts.query, ""))


class Tenants:
    """All tenants of a source, and whose page an address is."""

    def __init__(self, tenants: tuple[Tenant, ...]) -> None:
        self.all = tenants
        self.by_area = {tenant.area: tenant for tenant in tenants}
        self._of_host: dict[str, list[Tenant]] = {}
        for tenant in sorted(tenants, key=lambda tenant: (-len(tenant.prefix), -len(tenant.parameters))):
            self._of_host.setdefault(_folded(tenant.host), []).append(tenant)

    def owner(self, url: str) -> tuple[Tenant, PlainAddress] | None:
        """Return the tenant a page belongs to, and its relative address; None if it is nobody's."""
        for tenant in self._of_host.get(_host(url), ()):
            inside = tenant.relative(url)
            if inside is not None:
                return tenant, inside
        return None

    def shares_host(self, url: str) -> bool:
        """Tell whether a page is on a host of any tenant."""
        return _host(url) in self._of_host


def parse_tenant(address: str, area: str) -> Tenant:
    """Return a tenant by its address as people write it; https is meant where no scheme is given.

    Raise ValueError if the address is none that could be fetched.
    """
    text = address.strip()
    if "://" not in text:
        text = f"https://{text}"
    if not is_fetchable(text) or any(character.isspace() for character in text):
        raise ValueError(address)
    parts = urlsplit(text)
    if parts.username or parts.password or parts.fragment:
        raise ValueError(address)
    path = parts.path or "/"
    prefix = path if path.endswith("/") else f"{path}/"
    return Tenant(area, parts.scheme, _host_of(parts), prefix, parameters_of(parts.query))


def _host(url: str) -> str:
    try:
        return _folded(_host_of(urlsplit(url)))
    except ValueError:
        return ""


def _host_of(parts: SplitResult) -> str:
    """Return host and port in one spelling. Raise ValueError for a port that is none."""
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    port = parts.port
    return shown if port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f"{shown}:{port}"


def _folded(host: str) -> str:
    return host.removeprefix("www.")
