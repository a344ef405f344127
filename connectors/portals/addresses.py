"""What an address of a portal is: a list, a description of a service, a start of one, or nothing to open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple
from urllib.parse import unquote_plus

from connectors.crawl.pages import DETAIL, LIST, Target
from connectors.crawl.patterns import clean
from connectors.portals.plainaddress import PlainAddress, plain_address
from connectors.portals.profile import Profile
from connectors.portals.tenants import Tenant, Tenants

__all__ = ["ROOF", "PortalMap", "Sight"]

#: The group of the page that forwards to all tenants.
ROOF = "roof"

SightKind = Literal["list", "detail", "closed", "other", "foreign", "outside"]


class Sight(NamedTuple):
    """What an address is, seen from a page of one tenant.

    ``identity`` is the same for all addresses of one page or service within the source. ``foreign`` is the
    page of another tenant (or of nobody we know on the same host), ``outside`` any other host.
    """

    kind: SightKind
    identity: str = ""
    meaning: str = ""  # of closed addresses: online, login, none
    shared: bool = False
    flags: tuple[str, ...] = ()
    operator: str = ""


class PortalMap:
    """Judges addresses by a profile, for the tenants of one source."""

    def __init__(self, profile: Profile, tenants: Tenants) -> None:
        self._profile = profile
        self._tenants = tenants
        self._ignored = frozenset(profile.ignored_parameters)
        starts = [plain_address(address) for page in profile.list for address in page.addresses]
        self._starts = {self._key(start, {name for name, _ in start.parameters}) for start in starts}
        #: Parameters that make one page of a list another; all others only say how one came there.
        self._telling = {name for start in starts for name, _ in start.parameters}
        self._telling |= {name for rule in profile.more for name in rule.query}

    def see(self, url: str, area: str) -> Sight:
        """Return what an address is for the tenant of an area."""
        owned = self._tenants.owner(url)
        if owned is None:
            return Sight("foreign" if self._tenants.shares_host(url) else "outside")
        tenant, inside = owned
        return self._within(tenant, inside) if tenant.area == area else Sight("foreign")

    def judge(self, url: str, found_on: str, group: str) -> Target | None:
        """Tell the crawl whether to open an address, as a :class:`~connectors.crawl.pages.Strategy` does."""
        if group == ROOF:
            return Target(LIST, ROOF, ROOF) if not found_on else None
        sight = self.see(url, group)
        if sight.kind == "list" or (not found_on and sight.kind == "other"):
            return Target(LIST, sight.identity or f"{group} list {url}", group)
        # What a description links to is described elsewhere: lists name everything there is.
        if sight.kind == "detail" and found_on in {LIST, DETAIL}:
            return Target(DETAIL, sight.identity, group)
        return None

    def to_open(self, urls: Iterable[str], area: str) -> tuple[str, ...]:
        """Return those addresses that are lists or details of the tenant, as they are to be fetched."""
        tenant = self._tenants.by_area[area]
        found: dict[str, None] = {}
        for url in urls:
            if self.see(url, area).kind in {"list", "detail"}:
                found[self._bare(clean(tenant.settle(url)))] = None
        return tuple(found)

    def _bare(self, url: str) -> str:
        """Return an address without the parameters that the profile ignores, the others as they were."""
        address, mark, query = url.partition("?")
        if not mark or not self._ignored:
            return url
        kept = [
            pair for pair in query.split("&") if unquote_plus(pair.partition("=")[0]) not in self._ignored
        ]
        return f"{address}?{'&'.join(kept)}" if kept else address

    def _within(self, tenant: Tenant, inside: PlainAddress) -> Sight:
        plain = self._without_ignored(tenant, inside)
        for closed in self._profile.closed:
            number = closed.find(plain)
            if number is not None:
                identity = f"{tenant.area}/{closed.name}/{number}"
                known = closed.meaning, closed.shared, closed.flags, closed.operator
                return Sight("closed", identity, *known)
        for detail in self._profile.detail:
            number = detail.find(plain)
            if number:
                return Sight("detail", f"{tenant.area}/{detail.name}/{number}")
        if any(rule.find(plain) is not None for rule in self._profile.other):
            return Sight("other")
        key = self._key(plain, self._telling)
        if key in self._starts or any(rule.find(plain) is not None for rule in self._profile.more):
            return Sight("list", f"{tenant.area} list {key}")
        return Sight("other")

    def _without_ignored(self, tenant: Tenant, inside: PlainAddress) -> PlainAddress:
        if not inside.parameters:
            return inside
        dropped = self._ignored | {name for name, _ in tenant.parameters}
        kept = tuple((name, value) for name, value in inside.parameters if name not in dropped)
        return PlainAddress(inside.path, kept)

    def _key(self, address: PlainAddress, telling: set[str]) -> str:
        told = sorted(pair for pair in address.parameters if pair[0] in telling and pair[1])
        return f"{address.path.rstrip('/')}?{told}" if told else address.path.rstrip("/")
