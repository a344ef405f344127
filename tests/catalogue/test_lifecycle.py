"""Many deliveries of two sources against a model in plain Python: counts, what is active, what it means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from catalogue import tables
from catalogue.objects import Counts
from catalogue.records import Deletion, ObjectClass, OfferKind, Record, Responsibility, Service
from catalogue.store import Store
from tests.catalogue.applying import (
    AREAS,
    BOTTROP,
    GLADBECK,
    MARL,
    active,
    add_source,
    apply,
    apply_unchanged,
    clear,
)

SOURCES = ("one", "two")
SERVICE_REFS = ("L:a", "L:b", ":bare")
CLEARED = (
    tables.area_due,
    tables.offering,
    tables.service_record,
    tables.unit,
    tables.online_service,
    tables.specialisation,
    tables.statement,
    tables.source,
)

Content: TypeAlias = tuple[object, ...]


class Delivery(NamedTuple):
    """One source's delivery; ``scope`` empty means byte for byte the one before."""

    source: str
    scope: str
    operations: list[Record]


@dataclass
class Life:
    """An object as the model knows it."""

    content: Content
    record: Record
    vanished: bool = False
    withdrawn: bool = False


@dataclass
class Model:
    """What is known of one source."""

    complete: bool = False
    lives: dict[ObjectClass, dict[str, Life]] = field(
        default_factory=lambda: {ObjectClass.SERVICE: {}, ObjectClass.RESPONSIBILITY: {}}
    )

    def apply(self, delivery: Delivery) -> tuple[Counts, Counts]:
        """Apply a delivery; return the counts of services and of offerings."""
        self.complete = delivery.scope == "everything" or (delivery.scope == "increment" and self.complete)
        last = {class_and_ref(record): record for record in delivery.operations}
        counts = []
        for object_class, known in self.lives.items():
            mine = {ref: record for (of_class, ref), record in last.items() if of_class is object_class}
            counts.append(apply_class(known, mine, delivery.scope))
        return counts[0], counts[1]

    def give_up(self) -> int:
        """Withdraw what had vanished; return how much."""
        gone = [life for known in self.lives.values() for life in known.values()]
        gone = [life for life in gone if life.vanished and not life.withdrawn]
        for life in gone:
            life.withdrawn = True
        return len(gone)

    def living(self, object_class: ObjectClass) -> dict[str, Record]:
        """Return what is not withdrawn."""
        return {ref: life.record for ref, life in self.lives[object_class].items() if not life.withdrawn}


def class_and_ref(record: Record) -> tuple[ObjectClass, str]:
    if isinstance(record, Deletion):
        return record.object_class, record.ref
    assert isinstance(record, Service | Responsibility)
    kind = ObjectClass.SERVICE if isinstance(record, Service) else ObjectClass.RESPONSIBILITY
    return kind, record.ref


def content_of(record: Record) -> Content:
    if isinstance(record, Responsibility):
        return (record.provider_ref, {*record.service_refs}, {*record.areas})
    return tuple(record)


def apply_class(known: dict[str, Life], last: dict[str, Record], scope: str) -> Counts:
    counts = Counts()
    written = {ref: record for ref, record in last.items() if not isinstance(record, Deletion)}
    for ref, record in written.items():
        before = known.get(ref)
        known[ref] = Life(content_of(record), record)
        if before is None:
            counts.new += 1
        elif before == known[ref] or (
            (before.content, before.vanished, before.withdrawn) == (known[ref].content, False, False)
        ):
            counts.unchanged += 1
        else:
            counts.changed += 1
    for ref in [*known] if scope == "everything" else []:
        life = known[ref]
        if ref not in written and not life.withdrawn:
            counts.withdrawn += life.vanished
            counts.vanished += not life.vanished
            life.withdrawn, life.vanished = life.vanished, True
    for ref in last.keys() - written.keys():
        if ref not in known:
            counts.orphans += 1
        elif not known[ref].withdrawn:
            counts.withdrawn += 1
            known[ref].withdrawn = True
    return counts


View: TypeAlias = dict[int, set[tuple[str, ...]]]


def view(models: dict[str, Model]) -> View:
    """Return what every area is shown: source, ref, service and the title it has where it is known."""
    shown: View = {area_id: set() for area_id in AREAS.values()}
    for name, model in models.items():
        for ref, record in model.living(ObjectClass.RESPONSIBILITY).items():
            assert isinstance(record, Responsibility)
            for service in record.service_refs:
                bringer, title = meaning(models, name, service)
                for area in {*record.areas} & AREAS.keys():
                    shown[AREAS[area]].add((name, ref, service, bringer, title))
    return shown


def meaning(models: dict[str, Model], name: str, service: str) -> tuple[str, str]:
    """Return which source's living service is meant and its title: the own one, else the other's."""
    other = next(source for source in SOURCES if source != name)
    for source in (name,) if service.startswith(":") else (name, other):
        found = models[source].living(ObjectClass.SERVICE).get(service)
        if isinstance(found, Service):
            return source, found.title
    return "", ""


def shown_by(store: Store, ids: dict[str, int]) -> View:
    """Return the same from the database."""
    offering, record = tables.offering, tables.service_record
    living = (record.c.id == offering.c.record_id) & record.c.withdrawn_run.is_(None)
    columns = (offering.c.area_id, offering.c.source_id, offering.c.ref, offering.c.service_ref)
    query = (
        select(*columns, record.c.source_id, record.c.title)
        .select_from(offering.outerjoin(record, living))
        .where(offering.c.withdrawn_run.is_(None), offering.c.area_id.is_not(None))
    )
    names = {source_id: name for name, source_id in ids.items()}
    shown: View = {area_id: set() for area_id in AREAS.values()}
    with store.read() as connection:
        for area_id, source_id, ref, service, bringer, title in connection.execute(query):
            shown[area_id].add((names[source_id], ref, service, names.get(bringer, ""), title or ""))
    return shown


def check(store: Store, deliveries: list[Delivery]) -> None:
    clear(store, *CLEARED)
    ids = {name: add_source(store, name) for name in SOURCES}
    models = {name: Model() for name in SOURCES}
    for run, delivery in enumerate(deliveries, start=1):
        name, model, before = delivery.source, models[delivery.source], view(models)
        if not delivery.scope:
            assert (apply_unchanged(store, ids[name], run) if model.complete else 0) == (
                model.give_up() if model.complete else 0
            )
            assert shown_by(store, ids) == view(models)
            continue
        expected = model.apply(delivery)
        result = apply(store, ids[name], run, delivery.operations, delivery.scope)
        assert (result.objects, result.offerings) == expected
        responsibilities = model.living(ObjectClass.RESPONSIBILITY).values()
        assert active(store, ids[name]) == {
            (record.ref, service, area)
            for record in responsibilities
            if isinstance(record, Responsibility)
            for service in record.service_refs
            for area in record.areas or ("",)
        }
        after = view(models)
        assert shown_by(store, ids) == after
        assert {area_id for area_id in after if after[area_id] != before[area_id]} <= result.due


AREA_LISTS = st.lists(st.sampled_from([BOTTROP, GLADBECK, MARL, "nirgends"]), max_size=3).map(tuple)
SERVICES = st.tuples(st.sampled_from(SERVICE_REFS), st.sampled_from(["Alt", "Neu"])).map(
    lambda ref_and_title: Service(*ref_and_title)
)
RESPONSIBILITIES = st.builds(
    Responsibility,
    st.sampled_from(["L:y", "L:z"]),
    st.just(OfferKind.UNIT),
    st.just("L:amt"),
    st.lists(st.sampled_from(SERVICE_REFS), min_size=1, max_size=2).map(tuple),
    AREA_LISTS,
    st.just(""),
)
DELETIONS = st.sampled_from(
    [Deletion(ObjectClass.SERVICE, ref) for ref in SERVICE_REFS]
    + [Deletion(ObjectClass.RESPONSIBILITY, ref) for ref in ("L:y", "L:z")]
)
SOURCE = st.sampled_from(SOURCES)
DELIVERIES = st.lists(
    st.builds(Delivery, SOURCE, st.just("everything"), st.lists(SERVICES | RESPONSIBILITIES, max_size=5))
    | st.builds(
        Delivery,
        SOURCE,
        st.sampled_from(["increment", "part"]),
        st.lists(SERVICES | RESPONSIBILITIES | DELETIONS, max_size=5),
    )
    | st.builds(Delivery, SOURCE, st.just(""), st.just([])),
    min_size=1,
    max_size=8,
)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.mark.parametrize("module_store", ["sqlite"], indirect=True)
@settings(max_examples=60, suppress_health_check=QUIET)
@given(deliveries=DELIVERIES)
def test_the_catalogue_does_what_the_model_does(area_store: Store, deliveries: list[Delivery]) -> None:
    check(area_store, deliveries)


@pytest.mark.parametrize("module_store", ["postgresql"], indirect=True)
@settings(max_examples=12, phases=(Phase.explicit, Phase.generate), suppress_health_check=QUIET)
@given(deliveries=DELIVERIES)
def test_so_it_does_on_the_other_engine(area_store: Store, deliveries: list[Delivery]) -> None:
    check(area_store, deliveries)
