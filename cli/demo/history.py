"""Night after night: what arrives, what is believed, and what the catalogue must know then."""

from __future__ import annotations

from dataclasses import dataclass

from cli.demo.cast import Cast
from cli.demo.facts import KREIS, Facts, Place
from cli.demo.objects import Content
from cli.demo.rules import Heard, Truth, Visible, judge, read_offers
from cli.demo.sources import INCREMENTAL, SOURCES, SourceSpec, content_of, state_of

__all__ = ["Night", "nights"]

#: What a source is heard as, by what happened to it, if it was read before.
_HEARD = {"ok": "ok", "down": "failed", "cut": "failed", "shrunk": "held"}


@dataclass(frozen=True)
class Night:
    """One night: what each source has, and what every cell must say afterwards."""

    number: int
    contents: dict[str, Content]
    truth: dict[tuple[str, str], Truth]  # by regional key and OZG id


@dataclass
class _Memory:
    """What was believed of one source: the newest delivery and the one before it."""

    newest: Content | None = None
    before: Content | None = None
    state: str = "never"

    def read(self, content: Content, state: str) -> None:
        """Take in what happened to the source on one night."""
        if state == "ok":
            self.newest, self.before = content, self.newest
        self.state = _HEARD[state] if self.newest is not None else "never"

    def visible(self, spec: SourceSpec) -> Visible | None:
        """Return what must be known: nothing goes before two deliveries in a row have lacked it.

        What an increment deletes goes at once, and rows of a list never go, as it may be a part.
        """
        if self.newest is None:
            return None
        objects = dict(self.newest.objects)
        if self.before is not None and spec.id != INCREMENTAL:
            objects = {**self.before.objects, **objects}
        return Visible(objects, self.newest)


def nights(facts: Facts, last: int) -> list[Night]:
    """Return the nights from the first to ``last``."""
    cast = Cast.choose(facts)
    memories = {spec.id: _Memory() for spec in SOURCES}
    found: list[Night] = []
    for number in range(1, last + 1):
        contents = {spec.id: content_of(facts, cast, spec, number) for spec in SOURCES}
        for spec in SOURCES:
            memories[spec.id].read(contents[spec.id], state_of(spec.id, number))
        truth = _truth(facts, memories)
        if found:
            truth = {key: _told(cell, found[-1].truth[key]) for key, cell in truth.items()}
        found.append(Night(number, contents, truth))
    return found


def _truth(facts: Facts, memories: dict[str, _Memory]) -> dict[tuple[str, str], Truth]:
    visible = [memories[spec.id].visible(spec) for spec in SOURCES]
    offers = read_offers(each for each in visible if each is not None)
    truth = {}
    for place in facts.places.values():
        concerned = [
            Heard(memories[spec.id].state, _speaks(facts, spec, place), spec.themes)
            for spec in SOURCES
            if any(ars in _areas(facts, spec) for _, ars in place.chain)
        ]
        for ozg_id, service in facts.services.items():
            truth[place.ars, ozg_id] = judge(facts, place, service, offers, concerned)
    return truth


def _areas(facts: Facts, spec: SourceSpec) -> tuple[str, ...]:
    """Return the areas that a source is about, as the region file assigns them: all if it names none."""
    return _shown(facts, spec) if spec.named and spec.cities else tuple(facts.places)


def _speaks(facts: Facts, spec: SourceSpec, place: Place) -> bool:
    """Tell whether a source's silence says anything about an area: only where it shows anything at all."""
    return spec.speaks and place.ars in _shown(facts, spec)


def _shown(facts: Facts, spec: SourceSpec) -> tuple[str, ...]:
    return tuple(KREIS if name == "Kreis" else facts.named(name).ars for name in spec.cities)


def _told(cell: Truth, before: Truth) -> Truth:
    """Name the story of a change where it is one of the demo's."""
    if cell.status == "online" and before.status in ("missing", "form", "described"):
        story = "improved" if before.status != "missing" else "new_offer"
        return cell._replace(story="late_service" if cell.story == "late_service" else story)
    if before.status in ("online", "form", "described") and cell.status == "missing":
        return cell._replace(story="withdrawn")
    if before.reason in ("source_failed", "source_stale") and not cell.reason:
        return cell._replace(story="recovered")
    return cell
