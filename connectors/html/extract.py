"""The services of a page: what is offered, how, by whom, with the words that show it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from catalogue.records import Evidence, Link
from connectors.html.acts import acts_in
from connectors.html.cues import Hit, Text, find_cues
from connectors.html.flags import Findings, evidence_of
from connectors.html.lines import TEXT, Line
from connectors.html.linktypes import Typed, Typing
from connectors.html.maturity import judge
from connectors.html.parts import Part
from connectors.html.personal import scrub
from connectors.html.ruleset import PageRules
from connectors.html.service import FoundKey, PageService
from connectors.html.several import Group
from connectors.html.structured import Marked
from connectors.html.units import FoundUnit, find_unit
from connectors.html.wording import fold

__all__ = ["Basis", "service_of", "services_of"]

_FOREIGN_TIER = re.compile(
    r"zuständig(e stelle)?( ist|:)? (ist )?(der |die |das )?"
    r"(?P<unit>(land)?kreis\b|landratsamt|kreisverwaltung|bundesamt|bezirksregierung)"
)
_NOT_SLUG = re.compile(r"[^a-z0-9äöüß]+")


@dataclass(frozen=True)
class Basis:
    """What all services of a page share."""

    page: str
    typing: Typing
    rules: PageRules
    unit: FoundUnit
    keys: tuple[FoundKey, ...]
    marked: Marked
    generic: bool
    stale: str
    modified_at: str


class _Material(NamedTuple):
    """What was read of one service, before it is judged."""

    title: str
    hits: list[Hit]
    links: list[Typed]
    text: Text


def service_of(title: str, parts: list[Part], basis: Basis) -> tuple[PageService, ...]:
    """Return the service of a page about one; several if its acts differ in how they can be done."""
    material = _read(title, parts, basis)
    split = _by_acts(material, basis.rules)
    if len(split) == 1:
        return (_judged(split[0][1], acts_in(title, basis.rules), "", basis),)
    return tuple(_judged(one, acts, _slug("-".join(acts)), basis) for acts, one in split)


def services_of(groups: list[Group], basis: Basis) -> tuple[PageService, ...]:
    """Return the services of a page about several, each with a name of its own."""
    found: dict[str, PageService] = {}
    for group in groups:
        title = scrub(group.name, basis.rules).strip(" …")
        name = group.anchor if group.anchor and group.anchor not in found else _slug(title)
        while name in found:
            name += "-2"
        unit = find_unit(group.parts, [], Marked(), basis.rules)
        bare = replace(basis, keys=(), marked=Marked(), unit=unit if unit.name else basis.unit)
        material = _read(title, group.parts, bare)
        found[name] = _judged(material, acts_in(title, basis.rules), name, bare)
    return tuple(found.values())


def _read(title: str, parts: list[Part], basis: Basis) -> _Material:
    text = Text(parts)
    links = basis.typing.links_of(parts, text)
    known = {typed.link.url for typed in links if typed.link.kind == "online"}
    for channel in basis.marked.channels[:10]:
        typed = basis.typing.channel(channel.url, channel.name)
        if typed is not None and typed.link.url not in known:
            links = [typed, *(other for other in links if other.link.url != typed.link.url)]
    online = any(typed.link.kind == "online" for typed in links)
    hits = find_cues(text, basis.rules, online=online)
    if basis.marked.terms:
        terms = Part("", False, "", TEXT, "", [Line(TEXT, basis.marked.terms)])
        hits += find_cues(Text([terms]), basis.rules, online=online)
    return _Material(title, hits, links, text)


def _judged(material: _Material, acts: tuple[str, ...], name: str, basis: Basis) -> PageService:
    findings = Findings(material.title, material.hits, material.links, basis.generic, basis.stale)
    evidence = evidence_of(findings, basis.rules)
    maturity = judge({entry.flag for entry in evidence})
    links = tuple(typed.link for typed in material.links)
    start = _start(links)
    operator = _operator(start, material.text.lower, basis)
    extra = [Evidence("operator", operator)] if operator else []
    extra += [Evidence("leika_key", found.origin) for found in basis.keys]
    return PageService(
        title=scrub(material.title, basis.rules).strip(),
        name=name,
        page=basis.page,
        status=maturity.status,
        level=maturity.level,
        highest=maturity.highest,
        url=start.url if start else "",
        unit=basis.unit.name,
        operator=operator,
        keys=basis.keys,
        acts=acts,
        links=links,
        evidence=(*evidence, *extra),
        has_text=bool(material.text.lower.strip()),
        modified_at=basis.modified_at,
    )


def _start(links: tuple[Link, ...]) -> Link | None:
    """Return the link that starts the service: into an online procedure, else a form."""
    for kind in ("online", "form"):
        for link in links:
            if link.kind == kind:
                return link
    return None


def _operator(start: Link | None, text: str, basis: Basis) -> str:
    """Return who operates the service: by its link, else by the unit; empty if the page does not tell."""
    if start is not None and start.kind == "online":
        return start.operator
    if basis.unit.tier:
        return basis.unit.tier
    if found := _FOREIGN_TIER.search(text):
        unit = found["unit"]
        return "bund" if unit == "bundesamt" else "land" if unit == "bezirksregierung" else "kreis"
    # A text of the Land without a unit says nothing of who is responsible here.
    return "own" if basis.unit.name or start is not None or not basis.generic else ""


def _by_acts(material: _Material, rules: PageRules) -> list[tuple[tuple[str, ...], _Material]]:
    """Split what was read by acts, if some can be done online and others explicitly cannot."""
    online = [typed for typed in material.links if typed.link.kind == "online"]
    whole: list[tuple[tuple[str, ...], _Material]] = [((), material)]
    if not online:
        return whole
    labelled = [acts_in(f"{typed.link.label} {typed.sentence[:200]}", rules) for typed in online]
    done = {act for acts in labelled for act in acts}
    refused: dict[str, list[Hit]] = {}
    for hit in material.hits:
        if hit.flag == "online_negated":
            for act in acts_in(hit.sentence, rules):
                if act not in done:
                    refused.setdefault(act, []).append(hit)
    if done and all(labelled):
        for typed in material.links:
            if typed.link.kind == "form":
                for act in acts_in(typed.link.label, rules):
                    if act not in done:
                        refused.setdefault(act, [])
    if not refused:
        return whole
    return _split(material, done, refused, rules)


def _split(
    material: _Material, done: set[str], refused: dict[str, list[Hit]], rules: PageRules
) -> list[tuple[tuple[str, ...], _Material]]:
    taken_back = {hit.sentence for hits in refused.values() for hit in hits}
    titled = [act for act in acts_in(material.title, rules) if act not in refused]
    can = tuple(dict.fromkeys([*titled, *sorted(done)]))
    of_refused = [typed for typed in material.links if _is_of(typed, refused, rules)]
    hits = [hit for hit in material.hits if hit.sentence not in taken_back]
    links = [typed for typed in material.links if typed not in of_refused]
    found = [(can, material._replace(hits=hits, links=links))]
    left = [hit for hit in material.hits if not hit.with_online]
    found.append((tuple(refused), material._replace(hits=left, links=of_refused)))
    return found


def _is_of(typed: Typed, refused: dict[str, list[Hit]], rules: PageRules) -> bool:
    acts = set(acts_in(typed.link.label, rules))
    return typed.link.kind in ("form", "booking") and bool(acts) and acts <= set(refused)


def _slug(text: str) -> str:
    return _NOT_SLUG.sub("-", fold(text)).strip("-")[:80] or "service"
