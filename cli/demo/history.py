"""Night after night: what arrives, what is believed, and what the catalogue must know then."""

from __future__ import annotations

from dataclasses import dataclass

from cli.demo.cast import KEYLESS_TITLES, Cast
from cli.demo.facts import Facts, Place
from cli.demo.objects import Content
from cli.demo.rules import Heard, Offers, Truth, Visible, judge, read_offers
from cli.demo.sources import FEEDS, INCREMENTAL, LOG, SOURCES, SourceSpec, content_of, place_of, state_of
from cli.demo.web.dashboard import Listed, dashboard_rows, disagreements
from cli.demo.web.stage import Stage
from cli.demo.web.world import Real, World

__all__ = ["Night", "nights"]

#: What a source is heard as, by what happened to it, if it was read before.
_HEARD = {
    "ok": "ok",
    "down": "failed",
    "cut": "failed",
    "gone": "failed",
    "blocked": "failed",
    "shrunk": "held",
    "part": "part",
}


@dataclass(frozen=True)
class Night:
    """One night: what each source has, and what every cell must say afterwards.

    ``documents`` hold, by source and host, what the servers of websites and services need.
    """

    number: int
    contents: dict[str, Content]
    truth: dict[tuple[str, str], Truth]  # by regional key and OZG id
    documents: dict[str, dict[str, dict[str, object]]]
    disagreements: dict[tuple[str, str], tuple[str, ...]]  # with the dashboard
    offers: dict[str, list[Real]]  # what bodies really offer, by regional key


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
        elif state == "part":
            # A part adds to what is known and takes nothing away.
            known = self.newest.objects if self.newest is not None else {}
            self.newest = Content({**known, **content.objects})
        self.state = _HEARD[state] if self.newest is not None else "never"

    def visible(self, spec: SourceSpec) -> Visible | None:
        """Return what must be known: nothing goes before two deliveries in a row have lacked it.

        What an increment deletes goes at once, and rows of a list never go, as it may be a part.
        """
        if self.newest is None:
            return None
        objects = dict(self.newest.objects)
        if self.before is not None and spec.id not in (INCREMENTAL, LOG):
            objects = {**self.before.objects, **objects}
        return Visible(objects, self.newest)


def nights(facts: Facts, last: int) -> list[Night]:
    """Return the nights from the first to ``last``."""
    cast = Cast.choose(facts)
    memories = {spec.id: _Memory() for spec in SOURCES}
    found: list[Night] = []
    rows: list[Listed] = []
    feeds = {spec.id: content_of(facts, cast, spec, 1) for spec in FEEDS}
    stage = Stage(facts, World(facts, cast, feeds))
    for number in range(1, last + 1):
        contents = {spec.id: content_of(facts, cast, spec, number) for spec in FEEDS}
        others = [spec for spec in SOURCES if spec.id not in contents]
        contents |= {spec.id: stage.content(spec, number, dict(contents)) for spec in others}
        # The dashboard knows what was online on the first night, and never learns anything new.
        rows = rows or dashboard_rows(facts, read_offers(_all_of(contents)))
        documents = {spec.id: stage.documents(spec, number, rows) for spec in others}
        for spec in SOURCES:
            memories[spec.id].read(contents[spec.id], state_of(spec.id, number))
        offers = read_offers(_visible(memories))
        truth = _truth(facts, memories, offers)
        doubts = disagreements(facts, truth, offers, rows)
        if found:
            truth = {key: _told(cell, found[-1].truth[key]) for key, cell in truth.items()}
        found.append(Night(number, contents, truth, documents, doubts, stage.world.of))
    return found


def _all_of(contents: dict[str, Content]) -> list[Visible]:
    """Return everything that sources have, whatever of it arrives."""
    return [Visible(content.objects, content) for content in contents.values()]


def _visible(memories: dict[str, _Memory]) -> list[Visible]:
    visible = [memories[spec.id].visible(spec) for spec in SOURCES]
    return [each for each in visible if each is not None]


def _truth(facts: Facts, memories: dict[str, _Memory], offers: Offers) -> dict[tuple[str, str], Truth]:
    truth = {}
    heard = [spec for spec in SOURCES if spec.packing != "dashboard"]
    for place in facts.places.values():
        concerned = [
            Heard(memories[spec.id].state, _speaks(facts, spec, place), spec.themes)
            for spec in heard
            if any(ars in _areas(facts, spec) for _, ars in place.chain)
        ]
        for ozg_id, service in facts.services.items():
            cell = judge(facts, place, service, offers, concerned)
            truth[place.ars, ozg_id] = _loosened(cell) if _is_loose(place) else cell
    return truth


def _is_loose(place: Place) -> bool:
    """Tell whether a body shows titles so far from any name that all sorts of services may wait there."""
    return place.level == "gemeinde" and place.name in KEYLESS_TITLES


def _loosened(cell: Truth) -> Truth:
    return cell if cell.status in ("online", "not_competent") else cell._replace(may_wait="yes")


def _areas(facts: Facts, spec: SourceSpec) -> tuple[str, ...]:
    """Return the areas that a source is about, as the region file assigns them: all if it names none."""
    return _shown(facts, spec) if spec.named and spec.cities else tuple(facts.places)


def _speaks(facts: Facts, spec: SourceSpec, place: Place) -> bool:
    """Tell whether a source's silence says anything about an area: only where it shows anything at all."""
    return spec.speaks and place.ars in _shown(facts, spec)


def _shown(facts: Facts, spec: SourceSpec) -> tuple[str, ...]:
    return tuple(place_of(facts, name).ars for name in spec.cities)


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
