"""What a portal says of one municipality: its pages put together, each service once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from catalogue.records import Evidence, Issue, Link, Offering, Service, Severity, Status
from connectors.html.address import host_of
from connectors.html.maturity import RULES, judge
from connectors.html.wording import fold
from connectors.portals.items import is_button
from connectors.portals.outcome import Listed, Outcome, Way, slug
from connectors.portals.profile import Profile

__all__ = ["Portfolio"]

#: Classes of detail pages that are broken: what they describe is not known tonight.
ERRORS = frozenset({"error"})
#: Classes of pages of which nothing says that they are no description of a service.
DOUBTFUL = frozenset({"fragment", "list", "other"})


@dataclass
class Portfolio:
    """Everything the pages of one tenant say; lists first, then details, in the order they are added."""

    area: str
    profile: Profile
    allowed_broken: float = 0.05  # share of details; no portal is without dead entries
    foreign: int = 0
    broken_lists: list[str] = field(default_factory=list)
    broken_details: list[str] = field(default_factory=list)
    _listed: dict[str, Listed] = field(default_factory=dict)  # by identity of the page that describes it
    _loose: list[Listed] = field(default_factory=list)  # without such a page
    _found: dict[str, Offering] = field(default_factory=dict)
    _issues: list[Issue] = field(default_factory=list)
    _read: set[str] = field(default_factory=set)
    _used: set[str] = field(default_factory=set)  # ways that belong to a service with a page

    @property
    def broken(self) -> list[str]:
        """Return the pages for which the tenant cannot be called complete: lists, or too many details."""
        many = len(self.broken_details) > self.allowed_broken * len(self._read)
        return self.broken_lists + (self.broken_details if many else [])

    def add_list(self, url: str, outcome: Outcome) -> None:
        """Take in what a list says."""
        if outcome.kind in ERRORS:
            self.broken_lists.append(url)
        self.foreign += outcome.foreign
        for service in outcome.listed:
            if not service.detail:
                own = tuple(way for way in service.ways if way.identity)
                self._loose.append(service._replace(ways=own or service.ways))
                continue
            known = self._listed.get(service.detail)
            self._listed[service.detail] = service if known is None else _united(known, service)

    def add_detail(self, identity: str, url: str, outcome: Outcome) -> None:
        """Take in what a page about a service says."""
        self._read.add(identity)
        listed = self._listed.get(identity, Listed(""))
        if outcome.kind in ERRORS:
            self.broken_details.append(url)
        elif outcome.kind == "entry":
            self._add_entry(identity, url, outcome, listed)
        else:
            self._add_services(identity, url, outcome, listed)

    def offerings(self) -> Iterator[Offering]:
        """Yield the offerings, each once; to be asked when everything was added."""
        for identity, service in self._listed.items():
            # A page that could not be read takes nothing away: its list may show an online service.
            if identity not in self._read and not self.profile.assign:
                own = [way for way in service.ways if way.identity]
                if own:
                    self._put(self._from_way(service, own[0], identity))
        titles: dict[str, set[str]] = {}
        for service in self._loose:
            for way in service.ways[:1]:
                titles.setdefault(way.identity, set()).add(slug(service.title))
        for service in self._loose:
            way = service.ways[0]
            if way.identity and way.identity in self._used:
                continue
            # An address that stands for several services is the identity of none of them.
            shared = way.shared or len(titles[way.identity]) > 1
            self._put(self._from_way(service, way, self._ref(service, way, shared=shared)))
        yield from self._found.values()

    def issues(self) -> Iterator[Issue]:
        """Yield what is irregular; to be asked after the offerings."""
        yield from self._issues
        if self.foreign:
            yield Issue(Severity.NOTICE, "portal_foreign_tenant", self.area, str(self.foreign))

    def _add_services(self, identity: str, url: str, outcome: Outcome, listed: Listed) -> None:
        named = _named(outcome.listed)
        if len(named) > 1:
            # One page, several services: each is known by its own way in, none by the page's address.
            unit = next((offering.unit for offering in outcome.offerings if offering.unit), "")
            self._loose += [each._replace(page=url, unit=each.unit or unit) for each in named]
            return
        ways = _own_ways(outcome.listed) or [way for way in listed.ways if way.identity]
        if not outcome.offerings:
            self._notice("portal_page_no_service", url, outcome.kind)
            if outcome.kind in DOUBTFUL and listed.title:
                # The list calls it a service; that its page is hard to read must not make it missing.
                self._put(
                    self._from_way(listed._replace(page=url), ways[0] if ways else Way("", ""), identity)
                )
            return
        for offering in outcome.offerings:
            whole = offering
            if len(outcome.offerings) == 1 and ways:
                whole = _with_way(offering, ways[0])
                self._used.update(way.identity for way in ways if not way.shared)
            elif listed.labelled_online and offering.status is not Status.ONLINE:
                self._notice("portal_label_without_link", url, offering.service.title)
                said = Evidence("contradiction", listed.title, "")
                whole = offering._replace(evidence=(*offering.evidence, said))
            self._put(self._with_operator(whole._replace(note=", ".join(listed.synonyms))))

    def _add_entry(self, identity: str, url: str, outcome: Outcome, listed: Listed) -> None:
        """Take in an entry that is no service, as evidence for the one it is assigned to."""
        text = fold(f"{outcome.title} {listed.title} {listed.category}")
        rule = next((rule for rule in self.profile.assign if re.search(rule.pattern, text)), None)
        if rule is None:
            self._notice("portal_entry_unassigned", url, outcome.title)
            return
        status = self._status(outcome.status) or self._status(listed.status) or Status.DESCRIBED
        online = status is Status.ONLINE
        flags = ("info_text", "online_submit") if online else ("info_text",)
        self._put(
            Offering(
                ref=identity,
                area=self.area,
                service=Service(identity, rule.title, keys=rule.keys),
                status=status,
                url=url if online else "",
                operator=self.profile.operator,
                note=outcome.title,
                page=url,
                evidence=tuple(Evidence(flag, outcome.title, url) for flag in flags),
                level=judge(set(flags)).level,
                level_rules=RULES,
            )
        )

    def _status(self, text: str) -> Status | None:
        folded = fold(text)
        found = (rule.status for rule in self.profile.status if folded and re.fullmatch(rule.pattern, folded))
        word = next(found, None)
        return Status(word) if word else None

    def _ref(self, service: Listed, way: Way, *, shared: bool) -> str:
        """Return the identity of a service that has no page of its own."""
        if not way.identity:
            return f"{self.area}/{host_of(way.url)}/{slug(service.title)}"
        return f"{way.identity}#{slug(service.title)}" if shared else way.identity

    def _from_way(self, service: Listed, way: Way, ref: str) -> Offering:
        """Return what the link into a service shows by itself."""
        labelled = service.labelled_online or self.profile.items.elsewhere == "online"
        online = bool(way.identity) or (bool(way.url) and labelled)
        flags = ["online_submit", *way.flags] if online else ["info_text"]
        kind = "online" if online else "information"
        return self._with_operator(
            Offering(
                ref=ref,
                area=self.area,
                service=Service(ref, service.title),
                status=Status.ONLINE if online else Status.DESCRIBED,
                url=way.url if online else "",
                unit=service.unit,
                operator=way.operator,
                page=service.page,
                links=(Link(kind, way.url, way.label, way.operator),) if way.url else (),
                evidence=tuple(Evidence(flag, way.label or service.title, way.url) for flag in flags),
                level=judge(set(flags)).level,
                level_rules=RULES,
            )
        )

    def _with_operator(self, offering: Offering) -> Offering:
        return offering._replace(operator=offering.operator or self.profile.operator)

    def _put(self, offering: Offering) -> None:
        """Keep an offering; of two with the same identity the one that shows more."""
        known = self._found.get(offering.ref)
        if known is None or _weight(offering) > _weight(known):
            self._found[offering.ref] = offering

    def _notice(self, kind: str, place: str, detail: str) -> None:
        self._issues.append(Issue(Severity.NOTICE, kind, place, detail))


def _weight(offering: Offering) -> tuple[int, int]:
    rank = {Status.ONLINE: 2, Status.FORM: 1}.get(offering.status, 0)
    return rank, len(offering.evidence) + len(offering.links) + bool(offering.page)


def _united(known: Listed, other: Listed) -> Listed:
    """Return what two lists say of the same page."""
    ways = tuple(dict.fromkeys((*known.ways, *other.ways)))
    return known._replace(
        ways=ways,
        category=" ".join(dict.fromkeys(filter(None, (known.category, other.category)))),
        unit=known.unit or other.unit,
        status=known.status or other.status,
        labelled_online=known.labelled_online or other.labelled_online,
        synonyms=tuple(dict.fromkeys((*known.synonyms, *other.synonyms))),
    )


def _named(listed: tuple[Listed, ...]) -> list[Listed]:
    """Return those ways of a detail page that name a service of their own, each once."""
    found: dict[tuple[str, str], Listed] = {}
    for service in listed:
        own = [way for way in service.ways if way.identity]
        if own and service.title and not is_button(service.title):
            found.setdefault((own[0].identity, slug(service.title)), service._replace(ways=tuple(own)))
    return list(found.values())


def _own_ways(listed: tuple[Listed, ...]) -> list[Way]:
    return [way for service in listed for way in service.ways]


def _with_way(offering: Offering, way: Way) -> Offering:
    """Return the description of a service with the way into it that its portal shows.

    Who runs what the way leads to runs the service, whatever else the page links to.
    """
    flags = {evidence.flag for evidence in offering.evidence}
    added = [flag for flag in ("online_submit", *way.flags) if flag not in flags]
    linked = any(link.url == way.url and link.kind == "online" for link in offering.links)
    others = tuple(link for link in offering.links if link.url != way.url or link.kind == "online")
    links = others if linked else (Link("online", way.url, way.label, way.operator), *others)
    said = tuple(Evidence(flag, way.label, way.url) for flag in added)
    return offering._replace(
        status=Status.ONLINE,
        url=offering.url if offering.status is Status.ONLINE and offering.url else way.url,
        operator=way.operator or offering.operator,
        links=links,
        evidence=(*offering.evidence, *said),
        level=judge(flags | set(added)).level,
        level_rules=RULES,
    )
