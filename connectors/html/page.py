"""One page from bytes to facts: :func:`read_page` is all that a crawler needs.

Pure: no network, no clock, no catalogue. Whatever the bytes are, reading ends, in bounded time and memory,
and never fails; what could not be read is said in ``warnings``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from connectors.html.address import Address, Joiner, host_of, identify, tidy_url
from connectors.html.classify import Verdict, Viewed, classify
from connectors.html.dates import modified_at
from connectors.html.decode import decode_page
from connectors.html.extract import Basis, service_of, services_of
from connectors.html.hosts import Operators
from connectors.html.keys import leika_keys
from connectors.html.lines import Outline
from connectors.html.linktypes import Typing
from connectors.html.outline import outline
from connectors.html.parts import Part, parts_of
from connectors.html.personal import scrub
from connectors.html.ruleset import PageRules
from connectors.html.service import PageService
from connectors.html.several import (
    Group,
    are_named,
    are_teasers,
    groups_of,
    remaining_parts,
    repeats_sections,
)
from connectors.html.structured import Head, Marked, read_head, read_marked
from connectors.html.titles import Title, find_title
from connectors.html.tree import PageAddress, Rare, Tree, page_links, parse
from connectors.html.units import find_unit
from connectors.html.wording import fold

__all__ = ["PageReading", "read_page"]


#: A title that names more than one thing.
_LISTED = re.compile(r"\bund\b|[,&/]")


@dataclass(frozen=True)
class PageReading:
    """What one page says.

    ``kind`` is service, multi, list, unit, fragment, easy_language, news, form_tool, booking, error, foreign
    or other; only service and multi have services. ``canonical`` is the address in its canonical form,
    ``identity`` equal for all addresses of the page. ``modified_at`` is ISO 8601 or empty.
    """

    kind: str
    reason: str
    url: str
    canonical: str
    identity: str
    language: str
    title: str
    services: tuple[PageService, ...]
    links: tuple[PageAddress, ...]
    modified_at: str
    warnings: tuple[str, ...]
    tenant: str = ""


class _Page(NamedTuple):
    """A parsed page with what was found in it so far."""

    source: str
    folded: str
    tree: Tree
    head: Head
    marked: Marked
    outline: Outline
    parts: list[Part]
    title: Title
    address: Address
    joiner: Joiner


def read_page(body: bytes, url: str, declared_charset: str | None, rules: PageRules) -> PageReading:
    """Return what a page says. ``url`` is where it was fetched, ``declared_charset`` that of its header."""
    decoded = decode_page(body, declared_charset)
    tree = parse(decoded.text)
    warnings = [*decoded.warnings, *tree.complaints]
    page = _look_at(tree, url, rules)
    if not page.outline.complete:
        warnings.append("page_cut")
    groups = groups_of(page.parts, page.title, rules)
    typing = Typing(page.address.url, page.joiner, Operators(page.address.url, rules), rules)
    verdict = _verdict(page, groups, typing, rules)
    changed = modified_at(page.head, page.marked, page.folded, page.source, rules)
    services: tuple[PageService, ...] = ()
    if verdict.kind in ("service", "multi"):
        # On a page of several services the unit of one is not that of the others.
        common = remaining_parts(page.parts, groups) if verdict.kind == "multi" else page.parts
        basis = _basis(page, typing, changed, common, rules)
        if verdict.kind == "multi":
            services = services_of(groups, basis)
        else:
            services = service_of(page.title.text, page.parts, basis)
    return PageReading(
        kind=verdict.kind,
        reason=scrub(verdict.reason, rules),
        url=page.address.url,
        canonical=page.address.canonical,
        identity=page.address.identity,
        language=page.head.language,
        title=scrub(page.title.text, rules),
        services=services,
        links=_links(page, verdict, rules),
        modified_at=changed,
        warnings=tuple(dict.fromkeys(warnings)),
        tenant=page.address.tenant,
    )


def _links(page: _Page, verdict: Verdict, rules: PageRules) -> tuple[PageAddress, ...]:
    rare = Rare(following=verdict.kind not in ("service", "multi"), embedded=verdict.rule == "script_only")
    return page_links(page.tree, page.joiner, page.outline, rules, rare)


def _look_at(tree: Tree, url: str, rules: PageRules) -> _Page:
    root, source = tree.root, tree.source
    head = read_head(root)
    joiner = _joiner(head, url)
    address = _address(head, url, joiner, rules)
    marked = read_marked(root, source, head, rules)
    body = root.find("body")
    outlined = outline(root if body is None else body, rules, source)
    parts = parts_of(outlined.lines, rules)
    title = find_title(outlined.lines, head, marked, rules)
    kept = (line.text for part in parts if part.section != "release" for line in part.lines)
    return _Page(source, "\n".join(kept).lower(), tree, head, marked, outlined, parts, title, address, joiner)


def _joiner(head: Head, url: str) -> Joiner:
    """Return what links are relative to: the page's base if it is an address, else its own."""
    own = Joiner(url)
    base = own.join(head.base) if head.base else ""
    return Joiner(base) if base else own


def _address(head: Head, url: str, joiner: Joiner, rules: PageRules) -> Address:
    """Return the address of the page, by its canonical link where that is believable.

    Some templates call the list canonical for all its pages: a canonical address of another host, or one that
    lacks what identifies the page, is not believed.
    """
    own = identify(url, rules) or Address(tidy_url(url, rules), url, url)
    stated = identify(joiner.join(head.canonical), rules) if head.canonical else None
    if stated is None or stated.identity == own.identity:
        return own
    same_host = host_of(stated.url).removeprefix("www.") == host_of(own.url).removeprefix("www.")
    path = stated.canonical.partition("://")[2].partition("/")[2]
    if (
        not same_host
        or not path
        or (own.family and stated.family != own.family)
        or own.tenant != stated.tenant
    ):
        return own
    if not own.family and len(path) < 3:
        return own
    return stated._replace(url=own.url)


def _verdict(page: _Page, groups: list[Group], typing: Typing, rules: PageRules) -> Verdict:
    if page.address.tenant and rules.own_tenants:
        tenant = page.address.tenant.partition("=")[2] or page.address.tenant
        if tenant not in rules.own_tenants:
            return Verdict("foreign", "tenant", page.address.tenant)
    viewed = Viewed(
        outline=page.outline,
        parts=page.parts,
        folded=page.folded,
        title=page.title,
        language=page.head.language,
        source=page.source,
        address_kind=page.address.kind,
        address_family=page.address.family,
        marked_service=bool(page.marked.name or page.marked.keys),
        several=len(groups),
        named=_are_named(page, groups, typing, rules),
        repeated=repeats_sections(groups),
        online=typing.has_online(page.parts),
    )
    return classify(viewed, rules)


def _are_named(page: _Page, groups: list[Group], typing: Typing, rules: PageRules) -> bool:
    if len(groups) < 2 or page.marked.name or page.marked.keys or are_teasers(groups, rules):
        return False
    title = page.title.text
    about = "name" if rules.titles.service.fullmatch(fold(title)) and not _LISTED.search(title) else ""
    if page.address.kind == "service" or rules.titles.act.fullmatch(title):
        about = "one"
    return are_named(groups, remaining_parts(page.parts, groups), about, typing.starts, rules)


def _basis(page: _Page, typing: Typing, changed: str, common: list[Part], rules: PageRules) -> Basis:
    side = parts_of(page.outline.side, rules) if page.outline.side else []
    return Basis(
        page=page.address.canonical,
        typing=typing,
        rules=rules,
        unit=find_unit(common, side, page.marked, rules),
        keys=leika_keys(page.marked, page.address.url, page.parts, page.folded),
        marked=page.marked,
        generic=any(part.section == "release" for part in page.parts),
        stale=_stale(page.folded, changed, rules),
        modified_at=changed,
    )


def _stale(text: str, changed: str, rules: PageRules) -> str:
    """Return what makes a page outdated, in words; empty if nothing does."""
    for rule, pattern, unless in rules.stale:
        if rule.before and changed and changed[:10] < rule.before:
            return f"{rule.name}: {changed[:10]}"
        if pattern is None or (rule.words and not any(word in text for word in rule.words)):
            continue
        if (found := pattern.search(text)) and not unless.search(text):
            return f"{rule.name}: {found[0]}"
    return ""
