"""The survey of a region: which areas are asked for what, in which order, and what that adds up to.

Each area is asked for the descriptions of every key, for its online services, and for the details of what is
new or changed. What was learnt is written when an area is done, so that memory holds one area at a time.
Requests run side by side, but what is written has the order of the areas and keys, whoever answers first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeVar

from pydantic import BaseModel

from catalogue.keys import KeyFormatError, LeikaKey
from catalogue.records import Issue, Severity
from connectors.assignment import Assignment
from connectors.errors import ConnectorError, RejectDelivery
from connectors.pvog_answers import Description, Detail, OnlineService
from connectors.pvog_desk import Desk
from connectors.pvog_detail import MOST_LINKS, facts_of, fetch_detail, shown_links, stamp_of
from connectors.pvog_facts import FOUND, AreaLine, EndLine, Facts, IssueLine, ServiceLine, ShownLink, recall
from connectors.pvog_lists import Listing, list_online_services, list_services, note_failed
from connectors.pvog_places import sort_places
from connectors.pvog_settings import PvogSettings

__all__ = ["Survey"]

Given = TypeVar("Given")
Found = TypeVar("Found")
Groups = Sequence[tuple[str, ...]]

MOST_KEYS: Final = 50
MOST_OF_AREA: Final = 128 << 20  # bytes of lists; what is kept of them is less
LONGEST_NAME: Final = 1_000
LONGEST_DETAIL: Final = 120


@dataclass
class _Area:
    """What was learnt about one area so far; ``whole`` is true as long as nothing is missing."""

    ars: str
    found: dict[str, Description] = field(default_factory=dict)
    links: dict[str, list[ShownLink]] = field(default_factory=dict)
    facts: dict[str, Facts] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    whole: bool = True
    torn: bool = False  # something is missing that may be there another time
    shown: int = 0  # entries of any list, asked for or not
    size: int = 0  # bytes of the lists

    def add(self, listing: Listing[Description] | Listing[OnlineService]) -> None:
        self.issues += listing.issues
        self.whole = self.whole and listing.whole
        self.torn = self.torn or listing.torn
        self.shown += listing.count
        self.size += listing.size
        if self.size > MOST_OF_AREA:
            raise RejectDelivery("pvog_too_much", area=self.ars, limit=MOST_OF_AREA)

    def doubt(self, issue: Issue) -> None:
        self.issues.append(issue)
        self.whole = False

    def tear(self, issue: Issue) -> None:
        """Take note of a question without an answer; there may be one the next time."""
        self.doubt(issue)
        self.torn = True


class Survey:
    """Asks PVOG about areas and keys, and writes down what it learns."""

    def __init__(
        self,
        settings: PvogSettings,
        desk: Desk,
        assignment: Assignment,
        write: Callable[[BaseModel], None],
    ) -> None:
        self._settings = settings
        self._desk = desk
        self._assignment = assignment
        self._write = write
        self._done = self._total = 0

    def run(self, areas: Sequence[str], keys: Sequence[str]) -> None:
        """Ask for everything and write it down, the end included. Raise ConnectorError."""
        settings = self._settings
        size = settings.keys_per_request
        groups = [tuple(keys[start : start + size]) for start in range(0, len(keys), size)]
        online: Groups = groups if settings.asks_online_by_key else [()]
        asked = len(groups) * settings.services + len(online) * settings.online_services
        self._total = asked * len(areas)
        whole, torn, taken = True, False, 0
        self._pool = ThreadPoolExecutor(settings.parallel)
        try:
            for ars in areas:
                area = self._ask(ars, groups, online, frozenset(keys))
                self._write_area(area, keys)
                whole, torn = whole and area.whole, torn or area.torn
                taken += len(area.found)
                if 0 < self._assignment.limit <= taken:
                    whole = False
                    break
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._assignment.check()
        templates = (settings.services_path, settings.online_path)
        self._desk.conclude(*templates)
        self._write(EndLine(scope="everything" if whole else "part", torn=torn))

    def _ask(self, ars: str, groups: Groups, online: Groups, keys: frozenset[str]) -> _Area:
        area = _Area(ars)
        settings, desk = self._settings, self._desk
        if settings.services:
            for listing in self._in_order(lambda group: list_services(desk, settings, ars, group), groups):
                area.add(listing)
                for description in listing.items:
                    _take_description(description, area, frozenset(listing.keys))
                if 0 < self._assignment.limit <= len(area.found):
                    _take_sample(area, self._assignment.limit)
                    break
        if settings.online_services:
            items: list[OnlineService] = []
            for shown in self._in_order(
                lambda group: list_online_services(desk, settings, ars, group), self._asked(online, area)
            ):
                area.add(shown)
                items += shown.items
            if not settings.services and 0 < self._assignment.limit < len(items):
                area.doubt(_sampled(area, self._assignment.limit))
                items = items[: self._assignment.limit]
            if not settings.services:
                self._look_up(area, items, keys)
            for item in items:
                _take_online_service(item, area)
        if settings.details:
            self._fetch_details(area)
        if settings.lists_areas and not area.shown and area.whole:
            # What the Bund offers is shown everywhere: PVOG does not know such an area, or knows nothing now.
            area.doubt(Issue(Severity.NOTICE, "pvog_area_silent", ars))
        return area

    def _asked(self, groups: Groups, area: _Area) -> Groups:
        """Return the groups of keys to ask online services for: for a sample only those of what was found."""
        if not self._assignment.limit or not area.found:
            return groups
        wanted = {key for found in area.found.values() for key in found.leikakeys or ()}
        return [group for group in groups if not group or wanted & set(group)]

    def _in_order(self, work: Callable[[Given], Found], given: Iterable[Given]) -> Iterator[Found]:
        """Do work side by side; yield the results in the order of what was given."""
        waiting: deque[Future[Found]] = deque()
        for each in given:
            waiting.append(self._pool.submit(work, each))
            if len(waiting) > 2 * self._settings.parallel:
                yield self._result(waiting)
        while waiting:
            yield self._result(waiting)

    def _result(self, waiting: deque[Future[Found]]) -> Found:
        result = waiting.popleft().result()
        self._done += 1
        self._assignment.progress(self._done, self._total)
        self._assignment.check()
        return result

    def _look_up(self, area: _Area, items: Iterable[OnlineService], keys: frozenset[str]) -> None:
        """Find out what online services are for, where no list of descriptions told."""
        wanted = list(
            dict.fromkeys(
                attached.id
                for item in items
                for attached in item.service_descriptions or ()
                if attached.id not in area.found
            )
        )
        self._total += len(wanted)
        for identifier, outcome in self._in_order(
            lambda identifier: self._detail(area.ars, identifier), wanted
        ):
            if isinstance(outcome, ConnectorError):
                area.tear(note_failed(f"{area.ars} {identifier}", outcome))
            elif keys & {_plain(key) for key in outcome.leikakeys or ()}:
                _take_description(outcome, area, keys)
                area.facts[identifier] = facts_of(outcome, outcome)

    def _detail(self, ars: str, identifier: str) -> tuple[str, Detail | ConnectorError]:
        """Fetch details; what fails and can be survived is returned, as it must not stop the others."""
        try:
            detail = fetch_detail(self._desk, self._settings, ars, identifier)
        except ConnectorError as error:
            self._desk.note_failure(error)
            return identifier, error
        self._desk.note_success()
        return identifier, detail

    def _fetch_details(self, area: _Area) -> None:
        """Fetch the details of what moved by its own dates; of the rest is known what they said."""
        moved = []
        for identifier, description in area.found.items():
            if identifier in area.facts:
                continue
            known = recall(self._assignment.memory.get(f"{area.ars}|{identifier}"))
            if known is not None:
                area.facts[identifier] = known
            stamp = stamp_of(description)
            if known is None or not stamp or known.stamp != stamp:
                moved.append(identifier)
        self._total += len(moved)
        for identifier, outcome in self._in_order(
            lambda identifier: self._detail(area.ars, identifier), moved
        ):
            if isinstance(outcome, ConnectorError):
                area.tear(note_failed(f"{area.ars} {identifier}", outcome))
            else:
                area.facts[identifier] = facts_of(outcome, area.found[identifier])

    def _write_area(self, area: _Area, keys: Sequence[str]) -> None:
        absent = self._absent(area, keys)
        for issue in area.issues:
            self._write(IssueLine(issue=issue))
        for description in area.found.values():
            self._write(_line(description, area))
        self._write(AreaLine(area=area.ars, found=len(area.found), absent=absent))

    def _absent(self, area: _Area, keys: Sequence[str]) -> tuple[str, ...]:
        """Return the keys that the area was asked for in vain, as far as that proves anything."""
        settings = self._settings
        if not (area.whole and area.shown and settings.asked_means_absent and settings.asks_everything):
            return ()
        before = self._assignment.memory.get(f"{FOUND}|{area.ars}", "")
        known = int(before) if before.isdigit() else 0
        if len(area.found) < known * (1 - settings.allowed_shrink):
            detail = f"{known} → {len(area.found)}"
            area.issues.append(Issue(Severity.NOTICE, "pvog_shrunk", area.ars, detail))
            return ()
        there = {key for found in area.found.values() for key in found.leikakeys or ()}
        return tuple(key for key in keys if key not in there)


def _take_sample(area: _Area, count: int) -> None:
    """Keep so many descriptions: somebody only wants to look."""
    area.found = dict(list(area.found.items())[:count])
    area.doubt(_sampled(area, count))


def _sampled(area: _Area, count: int) -> Issue:
    return Issue(Severity.NOTICE, "pvog_sampled", area.ars, str(count))


def _take_description(description: Description, area: _Area, keys: frozenset[str]) -> None:
    """Keep a description if it is for a key that was asked for, and holds in the area."""
    if not keys & {_plain(key) for key in description.leikakeys or ()}:
        shown = f"{area.ars} {','.join(sorted(keys))}: {','.join(description.leikakeys or ())}"
        area.issues.append(
            Issue(Severity.SKIPPED, "pvog_key_foreign", description.id, shown[:LONGEST_DETAIL])
        )
        return
    places = sort_places(description.ars or (), area.ars)
    for raw in places.unusable[:1]:
        area.issues.append(Issue(Severity.NOTICE, "pvog_ars_unusable", description.id, raw[:LONGEST_DETAIL]))
    if not places.near and places.elsewhere:
        area.doubt(Issue(Severity.SKIPPED, "pvog_elsewhere", description.id, area.ars))
        return
    if not places.near:
        area.issues.append(Issue(Severity.NOTICE, "pvog_without_ars", description.id, area.ars))
    area.found.setdefault(description.id, _kept(description, places.near))


def _kept(description: Description, near: tuple[str, ...]) -> Description:
    """Return what is needed of a description: there may be thousands, each valid in thousands of areas."""
    links = description.online_service_links
    return Description.model_construct(
        id=description.id,
        name=(description.name or "")[:LONGEST_NAME],
        leikakeys=[_plain(key) for key in (description.leikakeys or ())[:MOST_KEYS]],
        ars=list(near),
        online_service_links=None if links is None else links[:MOST_LINKS],
        organisation_ids=(description.organisation_ids or [])[:MOST_KEYS],
        last_update=(description.last_update or "")[:LONGEST_DETAIL],
        external_last_update=(description.external_last_update or "")[:LONGEST_DETAIL],
    )


def _take_online_service(item: OnlineService, area: _Area) -> None:
    """Add an online service to the descriptions it belongs to."""
    if not item.service_descriptions:
        area.doubt(Issue(Severity.SKIPPED, "pvog_online_unattached", item.id, area.ars))
        return
    urls = tuple(url for link in shown_links(item.links or ()) for url in link.urls)
    for attached in item.service_descriptions:
        if attached.id in area.found and urls:
            places = sort_places(attached.ars or (), area.ars).near
            shown = ShownLink(id=item.id, title=(item.name or "")[:LONGEST_NAME], urls=urls, places=places)
            area.links.setdefault(attached.id, []).append(shown)


def _line(description: Description, area: _Area) -> ServiceLine:
    facts = area.facts.get(description.id)
    own = description.online_service_links
    listed = shown_links(own) if own is not None else (facts.links if facts is not None else ())
    return ServiceLine(
        area=area.ars,
        id=description.id,
        name=description.name or "",
        keys=tuple(description.leikakeys or ()),
        places=tuple(description.ars or ()),
        links=_merged((*listed, *area.links.get(description.id, ()))),
        updated=description.last_update or description.external_last_update or "",
        facts=facts,
    )


def _merged(links: Iterable[ShownLink]) -> tuple[ShownLink, ...]:
    """Return the links, each online service once with all that was said about it."""
    merged: dict[str, ShownLink] = {}
    for link in links:
        name = link.id or link.urls[0]
        known = merged.get(name)
        if known is not None:
            urls = tuple(dict.fromkeys((*known.urls, *link.urls)))
            places = tuple(dict.fromkeys((*known.places, *link.places)))
            link = known.model_copy(
                update={"urls": urls, "places": places, "title": known.title or link.title}
            )
        merged[name] = link
    return tuple(merged.values())[:MOST_LINKS]


def _plain(key: str) -> str:
    """Return a key without the blanks and dots that people put in; one that is none stays as it is."""
    try:
        return str(LeikaKey.parse(key))
    except KeyFormatError:
        return key.strip()
