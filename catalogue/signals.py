"""Signs that an online offer is less than it says: a pure function over offers. Nothing changes a status.

====================  ==================================================================================
``shared_link``       one link serves many OZG services of the area
``home_page``         the link leads to a home page
``generic_form``      the link leads to a general contact form
``pdf_as_online``     a document to download is offered as an online service
``generic_text``      the page is a text of the Land without anything local
``appointment``       what is online is an appointment
``status_query``      what is online is a query of a status
``foreign_location``  the link asks for the service in another place
``login_page``        the link leads to a login
====================  ==================================================================================

A cell is inflated if it is online and every online offer behind it, on whatever level, has a signal that
the rules name as excluding. One offer without such a signal is enough for it not to be.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import translate
from functools import cache
from typing import NamedTuple

from catalogue.entries_links import LinkParts, normal_link, split_link
from catalogue.entries_offers import Offer
from catalogue.evidence import ABSENT, FORM, ONLINE
from catalogue.lookup import AreaIndex
from catalogue.signals_rules import SIGNALS, Patterns, SignalRules

__all__ = ["CellSignals", "Signal", "area_signals", "signals_of"]


class Signal(NamedTuple):
    """One sign about an offer; ``detail`` says what it was recognised by."""

    code: str
    detail: str = ""


class CellSignals(NamedTuple):
    """The signals of the offers that give a bundle its status in an area."""

    found: tuple[tuple[Offer, Signal], ...]
    online: bool
    sound: tuple[Offer, ...]  # online offers without an excluding signal

    @property
    def inflated(self) -> bool:
        """Tell whether nothing online is left without those with an excluding signal."""
        return self.online and not self.sound

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the signals in their order, each once."""
        known = {signal.code for _, signal in self.found}
        return tuple(code for code in SIGNALS if code in known)


class Place(NamedTuple):
    """What signals need to know about the area: its key finds it, and who uses which link how often."""

    areas: AreaIndex
    area_id: int
    uses: Mapping[str, int]  # OZG services by link as it can be compared


def area_signals(
    index: AreaIndex, area_id: int, offers: Sequence[Offer], rules: SignalRules
) -> dict[str, CellSignals]:
    """Return the signals of an area's cells, by OZG id; ``offers`` are its own and those above it."""
    counted = [offer for offer in offers if offer.accepted and offer.rank != ABSENT]
    place = Place(index, area_id, _uses(counted))
    of_bundle: dict[str, list[Offer]] = defaultdict(list)
    for offer in counted:
        of_bundle[offer.ozg_id].append(offer)
    return {ozg_id: _of_cell(bundle, place, rules) for ozg_id, bundle in of_bundle.items()}


def _of_cell(offers: Sequence[Offer], place: Place, rules: SignalRules) -> CellSignals:
    rank = max(offer.rank for offer in offers)
    found: list[tuple[Offer, Signal]] = []
    sound: list[Offer] = []
    for offer in offers:
        if offer.rank == rank:
            signals = signals_of(offer, place, rules)
            found += ((offer, signal) for signal in signals)
            if rank == ONLINE and not any(signal.code in rules.excluding for signal in signals):
                sound.append(offer)
    return CellSignals(tuple(found), rank == ONLINE, tuple(sound))


def _uses(offers: Iterable[Offer]) -> dict[str, int]:
    services: dict[str, set[str]] = defaultdict(set)
    for offer in offers:
        if offer.rank == ONLINE and offer.url:
            services[normal_link(offer.url)].add(offer.ozg_id)
    return {link: len(ozg_ids) for link, ozg_ids in services.items()}


def signals_of(offer: Offer, place: Place, rules: SignalRules) -> tuple[Signal, ...]:
    """Return the signals of one offer in their order; an offer that shows nothing has none."""
    if offer.rank == ABSENT:
        return ()
    found = {code: detail for code, look in _BY_FLAGS.items() if (detail := look(offer))}
    parts = split_link(offer.url) if offer.url and offer.rank >= FORM else None
    if parts is not None:
        for code, see in _BY_LINK.items():
            if code not in found and (detail := see(offer, parts, place, rules)):
                found[code] = detail
    return tuple(Signal(code, found[code]) for code in SIGNALS if code in found)


def _flag(name: str, only_online: bool) -> Callable[[Offer], str]:
    def look(offer: Offer) -> str:
        return name if name in offer.flags and (offer.rank == ONLINE or not only_online) else ""

    return look


def _pdf_flags(offer: Offer) -> str:
    """Tell of a page with a form to download and no way to submit anything that is sold as online."""
    shown = "pdf_form" in offer.flags and "online_submit" not in offer.flags
    return "pdf_form" if shown and offer.rank == ONLINE else ""


#: Signals that the reading of a page has left as flags.
_BY_FLAGS: Mapping[str, Callable[[Offer], str]] = {
    "generic_text": _flag("generic_text", only_online=False),
    "appointment": _flag("appointment_only", only_online=True),
    "status_query": _flag("status_only", only_online=True),
    "pdf_as_online": _pdf_flags,
}

_See = Callable[[Offer, LinkParts, Place, SignalRules], str]


def _shared_link(offer: Offer, parts: LinkParts, place: Place, rules: SignalRules) -> str:
    count = place.uses.get(normal_link(offer.url), 0)
    least = rules.shared_hosts.get(parts.host, rules.shared_services)
    return str(count) if offer.rank == ONLINE and count >= least else ""


def _home_page(offer: Offer, parts: LinkParts, place: Place, rules: SignalRules) -> str:
    del offer, place
    segments = _segments(parts)
    if parts.parameters or parts.route:
        return ""
    if not segments:
        return parts.host
    return _fitting(rules.home_page.last, segments[-1]) if len(segments) == 1 else ""


def _generic_form(offer: Offer, parts: LinkParts, place: Place, rules: SignalRules) -> str:
    del offer, place
    return _by_patterns(rules.generic_form, parts)


def _pdf_link(offer: Offer, parts: LinkParts, place: Place, rules: SignalRules) -> str:
    del place
    if offer.rank != ONLINE:
        return ""
    return next((ending for ending in rules.pdf_as_online.endings if parts.path.endswith(ending)), "")


def _appointment(offer: Offer, parts: LinkParts, place: Place, rules: SignalRules) -> str:
    del place
    if offer.rank != ONLINE:
        return ""
    return "booking" if offer.link_kind == "booking" else _by_patterns(rules.appointment, parts)


def _status_query(offer: Offer, parts: LinkParts, place: Place, rules: SignalRules) -> str:
    del place
    if offer.rank != ONLINE:
        return ""
    return "status" if offer.link_kind == "status" else _by_patterns(rules.status_query, parts)


def _foreign_location(offer: Offer, parts: LinkParts, place: Place, rules: SignalRules) -> str:
    """Return the key of another area that the link names; keys that no table knows say nothing."""
    del offer
    for name, value in parts.parameters:
        if name.lower() in rules.foreign_location.parameters and value[:1].isdigit():
            named = place.areas.resolve(value)
            if named is not None and not _belongs(place, named):
                return value
    return ""


def _login_page(offer: Offer, parts: LinkParts, place: Place, rules: SignalRules) -> str:
    del offer, place
    return _by_patterns(rules.login_page, parts)


_BY_LINK: Mapping[str, _See] = {
    "shared_link": _shared_link,
    "home_page": _home_page,
    "generic_form": _generic_form,
    "pdf_as_online": _pdf_link,
    "appointment": _appointment,
    "status_query": _status_query,
    "foreign_location": _foreign_location,
    "login_page": _login_page,
}


def _belongs(place: Place, named: int) -> bool:
    """Tell whether an area is this one, above or below it, or the same on another level."""
    index, area_id = place.areas, place.area_id
    return (
        named in index.closure(area_id)
        or area_id in index.closure(named)
        or index.ars(named) == index.ars(area_id)
    )


def _by_patterns(patterns: Patterns, parts: LinkParts) -> str:
    """Return the first pattern that fits the address; empty if none does."""
    fitting = _fitting(patterns.hosts, parts.host)
    segments = _segments(parts) if patterns.last or patterns.segments else []
    if not fitting and segments:
        fitting = _fitting(patterns.last, segments[-1])
    return fitting or next((one for part in segments if (one := _fitting(patterns.segments, part))), "")


def _segments(parts: LinkParts) -> list[str]:
    """Return the parts of the path and of a route, the last one without the ending of a file name."""
    whole = f"{parts.path}/{parts.route.lstrip('!').lower()}" if parts.route else parts.path
    segments = [segment for segment in whole.split("/") if segment]
    if segments:
        name, dot, _ = segments[-1].rpartition(".")
        segments[-1] = name if dot and name else segments[-1]
    return segments


def _fitting(patterns: tuple[str, ...], written: str) -> str:
    """Return the first pattern that fits a text; all are tried at once, as there are very many texts."""
    if not patterns:
        return ""
    found = _compiled(patterns).match(written)
    return patterns[found.lastindex - 1] if found is not None and found.lastindex else ""


@cache
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Return one expression with a group for each pattern."""
    return re.compile("|".join(f"({translate(pattern)})" for pattern in patterns))
