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
from cli.demo.objects import Content, Entry, Id, Kind, OnlineService, Responsibility, Row, Service, Shown

__all__ = ["Heard", "Offer", "Offers", "Truth", "Visible", "judge", "online_links", "read_offers"]

_STRENGTH = {"described": 1, "form": 2, "online": 3}
#: What these operate is not the area's own offer.
_OTHERS = ("kreis", "land", "bund")


class Offer(NamedTuple):
    """What a visible object says about one service in one area."""

    how: str  # online, form, described, absent
    certain: str  # sure; waits: it could be this service; worded: it is, but may wait; perhaps: may wait
    url: str
    keys: tuple[str, ...]  # LeiKa keys it stands for
    story: str
    lasting: bool  # also in the newest delivery that was believed
    operator: str = ""


class Heard(NamedTuple):
    """A source as heard in one area: its own, or one of an area above, as what that shows is inherited.

    ``state`` is ok, never (nothing of it ever arrived), failed or held (what arrived last was not usable or
    not believed), part (not everything could be read). ``speaks`` tells whether its silence means absence,
    for ``themes`` or for all.
    """

    state: str
    speaks: bool
    themes: tuple[str, ...]


class Visible(NamedTuple):
    """What the catalogue must know of a source: its objects, and which are in the newest delivery."""

    objects: dict[tuple[str, Id], Entry]
    newest: Content


class Truth(NamedTuple):
    """What one cell must say, and in one word why.

    Where ``may_wait`` is yes, the cell may as well be unknown because a name in other words waits for a
    decision. Where it is yes or leaves, such a name adds a key that only the matcher knows.
    """

    status: str
    reason: str
    satisfied_level: str
    operator: str
    competent: str
    leaves_online: int
    story: str
    online_url: str
    may_wait: str = ""


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
                said = Offer(entry.status, "sure", entry.url, (entry.key,), "", lasting)
                offers[entry.step, entry.ozg_id].append(said)
            elif isinstance(entry, Shown):
                keys = entry.known_as or entry.keys
                how = Offer(
                    entry.status, entry.certain, entry.url, keys, entry.story, lasting, entry.operator
                )
                for ozg_id in entry.means:
                    offers[entry.step, ozg_id].append(how)
                for ozg_id in entry.may_mean:
                    offers[entry.step, ozg_id].append(how._replace(certain="perhaps"))
            elif isinstance(entry, Responsibility):
                for service in (services[number] for number in entry.services if number in services):
                    url = online[entry.provider].url if entry.online else ""
                    for area, ozg_id, certain in _meant(entry, service):
                        keys = service.known_as or service.keys
                        said = Offer(_how(entry, service), certain, url, keys, entry.story, lasting)
                        offers[area, ozg_id].append(said)
    return offers


def _how(entry: Responsibility, service: Service) -> str:
    if entry.online:
        return "online"
    return "form" if service.form_url else "described"


def _meant(entry: Responsibility, service: Service) -> Iterator[tuple[Step, str, str]]:
    """Yield the areas and services that a responsibility is for, and how certain that is."""
    unsure = "waits" if service.keys else "perhaps"
    for area in entry.areas:
        if area.step is not None:
            yield from ((area.step, ozg_id, service.certain) for ozg_id in service.means)
            yield from ((area.step, ozg_id, unsure) for ozg_id in service.may_mean)


def _objects(visible: Iterable[Visible], kind: type[Kind]) -> dict[Id, Kind]:
    return {
        entry.id: entry for source in visible for entry in source.objects.values() if isinstance(entry, kind)
    }


def judge(facts: Facts, place: Place, service: ServiceFacts, offers: Offers, heard: list[Heard]) -> Truth:
    """Return what a cell must say."""
    known = [(step, each) for step in place.chain for each in offers.get((step, service.ozg_id), [])]
    decided = [(step, each) for step, each in known if each.certain in ("sure", "worded")]
    waiting = [each.how for _, each in known if each.certain == "waits"]
    cell = _judge(facts, place, service, _Known(decided, waiting, heard))
    if all(each.certain in ("sure", "waits") for _, each in known):
        return cell
    sure = [(step, each) for step, each in known if each.certain == "sure"]
    waiting = [each.how for _, each in known if each.certain != "sure"]
    undecided = _judge(facts, place, service, _Known(sure, waiting, heard))
    if undecided.story == "review" or undecided != cell:
        return cell._replace(may_wait="yes")
    # Which key a name in other words stands for is the matcher's business.
    named = any(each.certain == "worded" and each.how == "online" for _, each in known)
    return cell._replace(may_wait="leaves" if named else "")


class _Known(NamedTuple):
    """What there is to know about one cell."""

    sure: list[tuple[Step, Offer]]
    waiting: list[str]  # what offers that wait for a decision would show
    heard: list[Heard]


def _judge(facts: Facts, place: Place, service: ServiceFacts, known: _Known) -> Truth:
    competence = facts.competences[place.ars, service.ozg_id]
    sure = known.sure
    step, best = _best(sure)
    level = step[0] if step else ""
    online = {key for _, each in sure if each.how == "online" for key in each.keys}

    def cell(status: str, reason: str, story: str, shown: Offer | None = None, url: str = "") -> Truth:
        operator = satisfied = ""
        if shown is not None:
            operator = shown.operator or ("own" if level == place.level else level)
            satisfied = operator if operator in _OTHERS else level
        leaves = len(online & {*service.leaves}) if status == "online" else 0
        return Truth(status, reason, satisfied, operator, competence.verdict, leaves, story, url)

    # 1. What anybody shows online for this area is online.
    if best is not None and best.how == "online":
        links = {each.url for where, each in sure if where == step and each.how == "online"}
        return cell("online", "", _story(best, level, place), best, best.url if len(links) == 1 else "")
    # 2. What somebody else has to offer is no gap of this area.
    if competence.verdict == "no":
        mentioned = best is not None and level == place.level
        return cell("not_competent", "", "mentioned" if mentioned else f"{competence.tier or 'other'}_task")
    # 3. An offer that could be this service, and would be a better one than all that is known: unknown.
    strength = _STRENGTH[best.how] if best is not None else 0
    if any(_STRENGTH[how] > strength for how in known.waiting):
        return cell("unknown", "match_under_review", "review", best)
    # 4. A source of this area that was never read could show more than is known.
    never = any(each.state == "never" for each in known.heard)
    if best is not None:
        if never:
            return cell("unknown", "source_failed", "source_failed", best)
        return cell(best.how, "", _story(best, level, place), best)
    # 5. Nothing is known, and nobody knows who would have to offer it.
    if competence.verdict == "unresolved":
        return cell("unknown", "competence_unresolved", "unresolved")
    # 6. Nothing is known. May that be called absence?
    return cell(*_silence(service, known.heard, [each for _, each in sure if each.how == "absent"]))


def _best(offers: list[tuple[Step, Offer]]) -> tuple[Step | None, Offer | None]:
    """Return the best offer; of equals the nearest, then one's own, then that of the earliest source."""
    found = [(step, each) for step, each in offers if each.how != "absent"]
    if not found:
        return None, None
    nearest = list(dict.fromkeys(step for step, _ in found))

    def worth(pair: tuple[Step, Offer]) -> tuple[int, int, bool]:
        step, each = pair
        foreign = each.operator in _OTHERS and each.operator != step[0]
        return _STRENGTH[each.how], -nearest.index(step), not foreign

    return max(found, key=worth)


def online_links(place: Place, ozg_id: str, offers: Offers) -> set[str]:
    """Return the links of what is certainly online for an area, at the nearest level that has any."""
    for step in place.chain:
        links = {each.url for each in offers.get((step, ozg_id), []) if _is_online(each)}
        if links:
            return links
    return set()


def _is_online(offer: Offer) -> bool:
    return offer.how == "online" and offer.certain in ("sure", "worded")


def _silence(service: ServiceFacts, heard: list[Heard], absent: list[Offer]) -> tuple[str, str, str]:
    """Tell what it means that nothing is known: status, reason and story."""
    states = {each.state for each in heard if each.state == "never"}
    speakers = [each for each in heard if each.speaks and (not each.themes or service.theme in each.themes)]
    states |= {each.state for each in speakers}
    if states & {"never", "failed"}:
        return "unknown", "source_failed", "source_failed"
    if "held" in states:
        return "unknown", "source_stale", "held"
    if "part" in states:
        return "unknown", "list_incomplete", "part_read"
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
    if best.operator in _OTHERS:
        return f"{best.operator}_{best.how}"
    if best.how != "online":
        return best.how if level == place.level else f"{level}_{best.how}"
    return "own_online" if level == place.level else f"{level}_online"
