"""The rules of the truth: what the product must say, told a second time and more simply.

Nothing here calls the code that is to be checked. The demo knows what it meant with each object it
wrote; from that and from what happened to each source follows what every cell must say. Only who is
competent is taken over as given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cli.demo.facts import Facts, Place, ServiceFacts, Step
from cli.demo.objects import Content, Entry, Id, Kind, OnlineService, Responsibility, Row, Service

__all__ = ["Heard", "Offer", "Offers", "Truth", "Visible", "judge", "read_offers"]

_STRENGTH = {"described": 1, "form": 2, "online": 3}


class Offer(NamedTuple):
    """What a visible object says about one service in one area."""

    how: str  # online, form, described, absent
    sure: bool  # false: it could be this service
    url: str
    keys: tuple[str, ...]  # LeiKa keys it stands for
    story: str
    lasting: bool  # also in the newest delivery that was believed


class Heard(NamedTuple):
    """A source as heard in one area: its own, or one of an area above, as what that shows is inherited.

    ``state`` is ok, never (nothing of it ever arrived), failed or held (what arrived last was not usable or
    not believed). ``speaks`` tells whether its silence means absence, for ``themes`` or for all.
    """

    state: str
    speaks: bool
    themes: tuple[str, ...]


class Visible(NamedTuple):
    """What the catalogue must know of a source: its objects, and which are in the newest delivery."""

    objects: dict[tuple[str, Id], Entry]
    newest: Content


class Truth(NamedTuple):
    """What one cell must say, and in one word why."""

    status: str
    reason: str
    satisfied_level: str
    operator: str
    competent: str
    leaves_online: int
    story: str
    online_url: str


Offers = dict[tuple[Step, str], list[Offer]]


def read_offers(known: Iterable[Visible]) -> Offers:
    """Return what all visible objects say, by area and OZG id."""
    visible = list(known)
    services = _objects(visible, Service)
    online = _objects(visible, OnlineService)
    offers: Offers = defaultdict(list)
    for source in visible:
        for key, entry in source.objects.items():
            lasting = key in source.newest.objects
            if isinstance(entry, Row):
                said = Offer(entry.status, True, entry.url, (entry.key,), "", lasting)
                offers[entry.step, entry.ozg_id].append(said)
            elif isinstance(entry, Responsibility):
                for service in (services[number] for number in entry.services if number in services):
                    url = online[entry.provider].url if entry.online else ""
                    for area, ozg_id, sure in _meant(entry, service):
                        keys = service.known_as or service.keys
                        said = Offer(_how(entry, service), sure, url, keys, entry.story, lasting)
                        offers[area, ozg_id].append(said)
    return offers


def _how(entry: Responsibility, service: Service) -> str:
    if entry.online:
        return "online"
    return "form" if service.form_url else "described"


def _meant(entry: Responsibility, service: Service) -> Iterator[tuple[Step, str, bool]]:
    """Yield the areas and services that a responsibility is for, and whether that is sure."""
    for area in entry.areas:
        if area.step is not None:
            yield from ((area.step, ozg_id, True) for ozg_id in service.means)
            yield from ((area.step, ozg_id, False) for ozg_id in service.may_mean)


def _objects(visible: Iterable[Visible], kind: type[Kind]) -> dict[Id, Kind]:
    return {
        entry.id: entry for source in visible for entry in source.objects.values() if isinstance(entry, kind)
    }


def judge(facts: Facts, place: Place, service: ServiceFacts, offers: Offers, heard: list[Heard]) -> Truth:
    """Return what a cell must say."""
    competence = facts.competences[place.ars, service.ozg_id]
    of_step = {step: offers.get((step, service.ozg_id), []) for step in place.chain}
    sure = [(step, each) for step in place.chain for each in of_step[step] if each.sure]
    unsure = [each.how for step in place.chain for each in of_step[step] if not each.sure]
    step, best = _best(sure)
    level = step[0] if step else ""
    online = {key for _, each in sure if each.how == "online" for key in each.keys}

    def cell(status: str, reason: str, story: str, level: str = "", url: str = "") -> Truth:
        operator = "own" if level == place.level else level
        leaves = len(online & {*service.leaves}) if status == "online" else 0
        return Truth(status, reason, level, operator, competence.verdict, leaves, story, url)

    # 1. What anybody shows online for this area is online.
    if best is not None and best.how == "online":
        links = {each.url for where, each in sure if where == step and each.how == "online"}
        return cell("online", "", _story(best, level, place), level, best.url if len(links) == 1 else "")
    # 2. What somebody else has to offer is no gap of this area.
    if competence.verdict == "no":
        mentioned = best is not None and level == place.level
        return cell("not_competent", "", "mentioned" if mentioned else f"{competence.tier or 'other'}_task")
    # 3. An offer that could be this service, and would be a better one than all that is known: unknown.
    shown = _STRENGTH[best.how] if best is not None else 0
    if any(_STRENGTH[how] > shown for how in unsure):
        return cell("unknown", "match_under_review", "review", level)
    # 4. A source of this area that was never read could show more than is known.
    never = any(each.state == "never" for each in heard)
    if best is not None:
        if never:
            return cell("unknown", "source_failed", "source_failed", level)
        return cell(best.how, "", _story(best, level, place), level)
    # 5. Nothing is known, and nobody knows who would have to offer it.
    if competence.verdict == "unresolved":
        return cell("unknown", "competence_unresolved", "unresolved")
    # 6. Nothing is known. May that be called absence?
    return cell(*_silence(service, heard, [each for _, each in sure if each.how == "absent"]))


def _best(offers: list[tuple[Step, Offer]]) -> tuple[Step | None, Offer | None]:
    """Return the best offer; of equals the nearest."""
    found = [(step, each) for step, each in offers if each.how != "absent"]
    if not found:
        return None, None
    return max(found, key=lambda pair: _STRENGTH[pair[1].how])


def _silence(service: ServiceFacts, heard: list[Heard], absent: list[Offer]) -> tuple[str, str, str]:
    """Tell what it means that nothing is known: status, reason and story."""
    states = {each.state for each in heard if each.state == "never"}
    speakers = [each for each in heard if each.speaks and (not each.themes or service.theme in each.themes)]
    states |= {each.state for each in speakers}
    if states & {"never", "failed"}:
        return "unknown", "source_failed", "source_failed"
    if "held" in states:
        return "unknown", "source_stale", "held"
    if speakers and service.leaves:
        return "missing", "", "silence"
    if speakers:
        return "unknown", "catalogue_incomplete", "no_key"
    if not absent:
        return "unknown", "never_asked", "never_asked"
    if {*service.leaves} <= {key for each in absent for key in each.keys}:
        return "missing", "", "asked_in_vain"
    return "unknown", "list_incomplete", "list_incomplete"


def _story(best: Offer, level: str, place: Place) -> str:
    if not best.lasting:
        return "vanished"
    if best.story:
        return best.story
    if best.how != "online":
        return best.how if level == place.level else f"{level}_{best.how}"
    return "own_online" if level == place.level else f"{level}_online"
