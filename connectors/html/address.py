"""Addresses of pages: what may be fetched, the canonical form, and the identity behind it.

The same page is reached under many addresses: with sessions, with the way one came, below other paths, on a
second host. Its identity is the host with what the address's family says identifies a page (and the tenant,
where several municipalities share a portal), else the canonical address without its scheme.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from w3lib.url import canonicalize_url

from connectors.html.ruleset import PageRules
from connectors.urls import is_fetchable

__all__ = ["Address", "Joiner", "host_of", "identify", "tidy_url"]

LONGEST_URL = 2_000
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid|session_?id)=[^/?#;]*", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
_SIMPLE = re.compile(r"[A-Za-z0-9_~%\-][A-Za-z0-9_~/%.\-]*(?:[?#][^\s\\]*)?")
_DEFAULT_PORT = {"http": ":80", "https": ":443"}


class Address(NamedTuple):
    """Where a page is and which page it is.

    ``url`` is what to fetch (absolute, no fragment, no session, no tracking), ``canonical`` the same with
    sorted parameters and without those that only say how one came there. ``identity`` is equal for two
    addresses of one page, ``family`` the pattern that told it, ``kind`` the kind of page that its address
    promises (empty if none), ``tenant`` the municipality that a shared portal was asked for.
    """

    url: str
    canonical: str
    identity: str
    family: str = ""
    kind: str = ""
    tenant: str = ""


class Joiner:
    """Makes links absolute against one base; the common forms without parsing anything."""

    __slots__ = ("base", "folder", "origin", "scheme")

    def __init__(self, base: str) -> None:
        base = base if is_fetchable(base) else ""
        parts = urlsplit(base)
        self.base = base
        self.scheme = parts.scheme
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.folder = self.origin + (parts.path.rpartition("/")[0] or "") + "/"

    def join(self, href: str) -> str:
        """Return the absolute http(s) address of a link without fragment; empty if it has none."""
        if not href.isprintable():  # browsers take line breaks out as well
            href = "".join(letter for letter in href if letter.isprintable())
        if href.startswith(("http://", "https://")):
            return _absolute(href)
        if not href or href[0] == "#" or not self.scheme:
            return ""
        if href[0] == "/" and href[1:2] != "/" and "/." not in href:
            url = self.origin + href
        elif _SIMPLE.fullmatch(href) and "/." not in href:
            url = self.folder + href
        else:
            try:
                return _absolute(urljoin(self.base, href))
            except ValueError:
                return ""
        url = url.partition("#")[0].replace(" ", "%20")
        return url if len(url) <= LONGEST_URL else ""


def _absolute(url: str) -> str:
    """Return an absolute address without fragment; empty if it is none or names a user."""
    url = url.partition("#")[0].strip().replace(" ", "%20")
    if len(url) > LONGEST_URL or not is_fetchable(url) or "@" in url.split("/", 3)[2]:
        return ""
    return url


def host_of(url: str) -> str:
    """Return the host of an absolute address in small letters, without port and user."""
    authority = url.partition("://")[2].split("/", 1)[0].split("?", 1)[0]
    return authority.rpartition("@")[2].partition(":")[0].lower()


def tidy_url(url: str, rules: PageRules) -> str:
    """Return what to fetch: without fragment, session, tracking and print view; all else as it was."""
    url = url.partition("#")[0]
    if ";" in url:
        url = _PATH_SESSION.sub("", url)
    head, mark, query = url.partition("?")
    if not mark:
        return url
    kept = [pair for pair in query.split("&") if pair and not rules.dropped_always(_name(pair))]
    return f"{head}?{'&'.join(kept)}" if kept else head


def identify(url: str, rules: PageRules) -> Address | None:
    """Return what an address stands for; None if it is no address of a page that may be fetched."""
    if not is_fetchable(url) or len(url) > LONGEST_URL:
        return None
    url = tidy_url(url, rules)
    if not is_fetchable(url):  # what was taken off its end has laid bare a blank
        return None
    low = url.lower()
    tenant = _tenant(url, rules)
    family, kind, key = "", "", ""
    for rule in rules.addresses:
        if rule.word in low and all(word in low for word in rule.others):
            found = rule.pattern.search(url)
            if found:
                family, kind = rule.name, rule.kind
                groups = found.groupdict()
                tenant = tenant or (groups.pop("tenant", None) or "").lower()
                key = "/".join(value for name, value in groups.items() if value and name != "tenant")
                break
    try:
        canonical = _canonical(url, rules)
    except ValueError:
        return None
    host = _folded_host(canonical, rules)
    if key:
        # A parameter that repeats what the path says of the tenant must not make a second page of it.
        repeated = "=" in tenant and tenant.partition("=")[2] in key.split("/")
        identity = f"{host}|{family}|{key.rstrip('/')}" + (f"|{tenant}" if tenant and not repeated else "")
    else:
        rest = canonical.partition("://")[2].partition("/")[2]
        path, mark, query = rest.partition("?")
        identity = f"{host}/{_INDEX.sub('', '/' + path).strip('/')}{mark}{query}"
    return Address(url, canonical, identity, family, kind, tenant)


def _name(pair: str) -> str:
    """Return the name of a parameter; of a plugin's ``tx_x[name]`` the part in brackets."""
    name = pair.partition("=")[0].replace("%5B", "[").replace("%5D", "]").replace("%5b", "[")
    if name.endswith("]") and name.startswith("tx_"):
        return ""
    return name


def _tenant(url: str, rules: PageRules) -> str:
    query = url.partition("?")[2]
    if not query:
        return ""
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if value and name.lower() in rules.tenants:
            return f"{name.lower()}={value.lower()}"
    return ""


def _canonical(url: str, rules: PageRules) -> str:
    head, mark, query = url.partition("?")
    kept = [pair for pair in query.split("&") if not rules.dropped_from_identity(_name(pair))]
    address = canonicalize_url(head + (mark if kept and mark else "") + "&".join(kept))
    scheme, _, rest = address.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.removesuffix(_DEFAULT_PORT.get(scheme, ''))}{slash}{path}"


def _folded_host(url: str, rules: PageRules) -> str:
    host = url.partition("://")[2].partition("/")[0].partition("?")[0]
    for prefix in rules.host_prefixes:
        if host.startswith(prefix) and host.count(".") > 1:
            return host[len(prefix) :]
    return host
