"""Deciding once is enough: the ledger under a thousand deliveries, matchers and catalogues."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, func, insert, select, update

from catalogue.matching import ledger
from catalogue.matching.keyed import Decider
from catalogue.matching.ledger import expect_matching, match_everything, match_source
from catalogue.matching.meanings import UNMATCHED, Meaning, meanings
from catalogue.matching.patterns import Pattern, record_pattern, title_pattern
from catalogue.matching.review import Change, Signature, Wish, put_on_record, take_back
from catalogue.matching.rulings import ACCEPTED, NO_SERVICE, NOT_IN_CATALOGUE, REJECTED, REVIEW
from catalogue.matching.words import normalise
from catalogue.store import Store
from catalogue.tables import (
    area,
    area_due,
    leika_service,
    match,
    offering,
    reference_release,
    ruling,
    service_record,
    source,
)
from tests.catalogue.applying import add_source
from tests.catalogue.importing import AREAS, bring

WASTE, DOGS, PARKING, FINDS = "10110", "10160", "10173", "10244"
OZG = f"""\
ozg_id,title,theme,situation
{WASTE},Abfallentsorgung,Umwelt,Wohnen
{DOGS},Hundehaltung,Hobby,Tiere
{PARKING},Parkausweise und Zufahrtsberechtigungen,Mobilität,Parken
{FINDS},Fundsachen,Recht,Verlust
"""
LEIKA = f"""\
leika_key;name;ozg_id
99102013000000;Hundesteuer;{DOGS}
99102013104000;Hundesteuer Anmeldung;{DOGS}
99001009004000;Sperrmüll Entsorgung;{WASTE}
99108001001000;Bewohnerparkausweis Erteilung;{PARKING}
99012001000000;Fundsachen;{FINDS}
"""
TITLES = (
    "Hundesteuer Anmeldung",
    "Hunde und mehr",
    "Hundesport im Park",
    "Sperrmüll Entsorgung",
    "Abfall und Hunde",
    "Parken für Hundehalter",
    "Fundsachen",
    "Ordnungsamt",
    "",
)
KEYS = ("", "99102013104000", "99001009004000", "99108001001000", "99102013077000", "99777001001000")
NOW = "2026-11-20T10:00:00+00:00"
PERSON = Signature("A. Muster", NOW)


@pytest.fixture
def catalogue(store: Store) -> Store:
    for content in (AREAS, OZG, LEIKA):
        bring(store, content)
    add_source(store, "stadt")
    add_source(store, "portal")
    return store


def deliver(
    connection: Connection, run: int, records: dict[str, tuple[str, str]], source_id: int = 1
) -> None:
    """Write records as a delivery leaves them, those that differ marked as changed, and match them."""
    known = {
        row.ref: (row.title, row.reported_keys)
        for row in connection.execute(select(service_record).where(service_record.c.source_id == source_id))
    }
    for ref, (title, keys) in records.items():
        content = {"title": title, "reported_keys": keys, "changed_run": run, "withdrawn_run": None}
        if ref not in known:
            empty = dict.fromkeys(
                ("official_title", "reported_types", "form_url", "valid_from", "valid_to", "modified_at"), ""
            )
            row = {"source_id": source_id, "ref": ref, "has_text": True, "fingerprint": 0, "first_run": run}
            connection.execute(insert(service_record).values(**empty, **row, **content))
        elif known[ref] != (title, keys):
            mine = (service_record.c.source_id == source_id, service_record.c.ref == ref)
            connection.execute(update(service_record).where(*mine).values(content))
    match_source(connection, source_id, run, NOW)


def offer_in(connection: Connection, ref: str, area_id: int, source_id: int = 1) -> None:
    mine = (service_record.c.source_id == source_id, service_record.c.ref == ref)
    record_id = connection.scalar(select(service_record.c.id).where(*mine))
    row = {"kind": "direct", "service_ref": ref, "provider_ref": "", "area_raw": "", "role": ""}
    places = {"source_id": source_id, "ref": ref, "n": 0, "area_id": area_id, "record_id": record_id}
    life = {"fingerprint": 0, "first_run": 1, "changed_run": 1}
    connection.execute(insert(offering).values(**row, **places, **life))


def meaning(connection: Connection, ref: str, source_id: int = 1) -> Meaning:
    return meanings(connection, {source_id: [ref]})[source_id, ref]


def say(connection: Connection, verdict: str, *ozg_ids: str, about: Pattern, title: str = "") -> list[Change]:
    services = tuple((ozg_id, "") for ozg_id in ozg_ids)
    return put_on_record(connection, [Wish(about, verdict, services, title or about.key)], PERSON)


@contextmanager
def matcher(name: str) -> Iterator[None]:
    """Let the matcher be another version."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "ACTOR", name)
        yield


def other_reference(connection: Connection, number: int) -> None:
    """Move a key to another bundle and call the table newer, as an import does."""
    owner = (DOGS, FINDS)[number % 2]
    mine = leika_service.c.leika_key == "99102013104000"
    connection.execute(update(leika_service).where(mine).values(ozg_id=owner))
    newest = connection.execute(
        select(reference_release).order_by(reference_release.c.id.desc()).limit(1)
    ).one()
    row = {name: value for name, value in newest._mapping.items() if name != "id"}
    connection.execute(insert(reference_release).values(row | {"table_name": "leika_service"}))


def meant(connection: Connection, ref: str) -> set[str]:
    """Return the services that a record means or may mean."""
    found = meaning(connection, ref)
    return {ozg_id for ozg_id, _ in found.accepted} | {row.ozg_id for row in found.waiting}


class _Model:
    """What must hold for each record, kept apart from the program: what people said last."""

    def __init__(self) -> None:
        self.refused: dict[str, set[str]] = {}
        self.meant: dict[str, set[str]] = {}

    def check(self, connection: Connection, ref: str) -> None:
        shown = meant(connection, ref)
        assert not shown & self.refused.get(ref, set()), ref
        if ref in self.meant:
            assert shown == self.meant[ref], ref
            found = meaning(connection, ref)
            assert found.said_by == PERSON.actor
            assert not found.waiting

    def accept(self, ref: str, services: set[str]) -> None:
        self.meant[ref] = services
        self.refused[ref] = self.refused.get(ref, set()) - services

    def reject(self, ref: str, service: str) -> None:
        self.refused.setdefault(ref, set()).add(service)
        left = self.meant.pop(ref, set()) - {service}
        if left:
            self.meant[ref] = left

    def nothing(self, ref: str) -> None:
        self.meant[ref] = set()


def decide_at_random(connection: Connection, dice: random.Random, model: _Model, ref: str) -> None:
    """Let a person say something about a record."""
    about, kind = record_pattern(1, ref), dice.choice((ACCEPTED, REJECTED, REJECTED, NO_SERVICE))
    services = dice.sample((WASTE, DOGS, PARKING, FINDS), dice.choice((1, 1, 2)))
    if kind == NO_SERVICE:
        say(connection, dice.choice((NO_SERVICE, NOT_IN_CATALOGUE)), about=about)
        model.nothing(ref)
    elif kind == ACCEPTED:
        say(connection, ACCEPTED, *services, about=about)
        model.accept(ref, set(services))
    elif model.meant.get(ref) != set():  # of what is nothing, nothing can be rejected any more
        say(connection, REJECTED, services[0], about=about)
        model.reject(ref, services[0])


def test_a_matcher_is_expected_only_where_a_run_has_something_to_decide(
    catalogue: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected: list[int] = []
    with catalogue.write() as connection:
        deliver(connection, 1, {"a": ("Hundesteuer Anmeldung", "")})
        deliver(connection, 2, {"a": ("Fundsachen", "")})
        for run in (2, 3):
            monkeypatch.setattr(Decider, "expect", lambda _, run=run: expected.append(run))
            expect_matching(connection, 1, run)
        assert expected == [2]  # nothing changed in the third

        connection.execute(update(source).where(source.c.id == 1).values(matched_release=0))
        expect_matching(connection, 1, 3)
    assert expected == [2, 3]  # the reference is newer than what was decided


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_what_people_decided_survives_a_thousand_syncs(catalogue: Store) -> None:
    dice, model = random.Random(4), _Model()
    refs = [f"r{number}" for number in range(12)]
    with catalogue.write() as connection:
        said = 0
        for run in range(1, 1_001):
            present = dice.sample(refs, dice.randrange(1, len(refs) + 1))  # others, in another order
            records = {ref: (dice.choice(TITLES), dice.choice(KEYS)) for ref in present}
            if run % 97 == 0:
                other_reference(connection, run)
            with matcher(f"title/{run // 50}"):
                deliver(connection, run, records)
                if run % 61 == 0:
                    match_everything(connection, 1, NOW)
                if run % 20 == 5:
                    decide_at_random(connection, dice, model, dice.choice(present))
            acts = connection.scalar(select(func.count()).select_from(ruling)) or 0
            assert acts >= said
            said = acts
            for ref in present:
                model.check(connection, ref)
        assert len(model.meant) + sum(map(bool, model.refused.values())) > 10
        assert said > 40


def test_a_rejected_pair_stays_away_whatever_the_record_becomes(catalogue: Store) -> None:
    with catalogue.write() as connection:
        deliver(connection, 1, {"a": ("Hundesteuer Anmeldung", "99102013104000")})
        assert meaning(connection, "a").accepted == ((DOGS, "99102013104000"),)
        say(connection, REJECTED, DOGS, about=record_pattern(1, "a"))
        assert meaning(connection, "a").state == REJECTED
        for run, content in enumerate((("Hundesteuer", ""), ("Hunde", "99102013000000")), start=2):
            deliver(connection, run, {"b": ("Fundsachen", ""), "a": content})
            assert DOGS not in meant(connection, "a")


def test_a_title_can_be_decided_for_all_sources_and_for_what_comes_later(catalogue: Store) -> None:
    with catalogue.write() as connection:
        deliver(connection, 1, {"a": ("Hunde und mehr", "")})
        deliver(connection, 1, {"x": ("HUNDE und  mehr", ""), "y": ("Fundsachen", "")}, source_id=2)
        changes = say(
            connection, ACCEPTED, DOGS, about=title_pattern("hunde und mehr"), title="Hunde und mehr"
        )
        assert [(one.source, one.ref) for one in changes] == [("stadt", "a"), ("portal", "x")]
        deliver(connection, 2, {"z": ("Hunde & mehr?", ""), "a2": ("Hunde und mehr!", "")})
        assert meaning(connection, "a2").accepted == ((DOGS, ""),)
        assert meaning(connection, "z").said_by == ""


def test_a_title_can_be_decided_for_one_source_only(catalogue: Store) -> None:
    with catalogue.write() as connection:
        for source_id in (1, 2):
            deliver(connection, 1, {"a": ("Hunde und mehr", "")}, source_id)
        say(connection, NO_SERVICE, about=title_pattern("hunde und mehr", 2), title="Hunde und mehr")
        assert meaning(connection, "a", 2).state == NO_SERVICE
        assert meaning(connection, "a", 1).said_by == ""


def test_taking_back_lets_the_next_weaker_word_count_and_keeps_the_history(catalogue: Store) -> None:
    with catalogue.write() as connection:
        deliver(connection, 1, {"a": ("Hundesteuer Anmeldung", "")})
        before = meaning(connection, "a")
        say(connection, ACCEPTED, WASTE, about=title_pattern(normalise("Hundesteuer Anmeldung")))
        say(connection, NO_SERVICE, about=record_pattern(1, "a"))
        (change,) = take_back(connection, [2], Signature("B. Beispiel", NOW), "a mistake")
        assert (change.before.state, change.after.accepted) == (NO_SERVICE, ((WASTE, ""),))
        take_back(connection, [1], PERSON)
        assert meaning(connection, "a") == before
        rows = connection.execute(select(ruling).order_by(ruling.c.act)).all()
        assert [(row.undone_by, row.undone_reason) for row in rows] == [
            ("A. Muster", ""),
            ("B. Beispiel", "a mistake"),
        ]


def test_a_decision_about_a_key_follows_the_key_into_another_bundle(catalogue: Store) -> None:
    key = "99102013104000"
    with catalogue.write() as connection:
        deliver(connection, 1, {"a": ("Ordnungsamt", "")})
        put_on_record(connection, [Wish(record_pattern(1, "a"), ACCEPTED, ((DOGS, key),), "")], PERSON)
        other_reference(connection, 1)
        deliver(connection, 2, {})
        assert meaning(connection, "a").accepted == ((FINDS, key),)


def test_deciding_makes_the_areas_due_in_which_the_record_is_offered(catalogue: Store) -> None:
    with catalogue.write() as connection:
        deliver(connection, 1, {"a": ("Hunde", ""), "b": ("Fundsachen", "")})
        first, second = connection.scalars(select(area.c.id).where(area.c.level == "gemeinde")).all()
        offer_in(connection, "a", first)
        offer_in(connection, "b", second)
        connection.execute(area_due.delete())
        say(connection, NO_SERVICE, about=record_pattern(1, "a"))
        assert connection.execute(select(area_due.c.area_id, area_due.c.cause)).all() == [(first, "match")]


def test_a_newer_matcher_decides_only_what_is_new_until_it_is_let(catalogue: Store) -> None:
    with catalogue.write() as connection:
        deliver(connection, 1, {"a": ("Hundesteuer Anmeldung", ""), "b": ("Fundsachen", "")})
        with matcher("title/99"):
            deliver(connection, 2, {"a": ("Hundesteuer Anmeldung", ""), "b": ("Sperrmüll Entsorgung", "")})
        actors = dict(connection.execute(select(match.c.pattern, match.c.actor)).all())
        by = connection.scalar(select(source.c.matched_by).where(source.c.id == 1))
    assert actors == {"a": ledger.ACTOR, "b": "title/99"}
    assert by == ledger.ACTOR


def test_a_record_nothing_is_like_means_nothing(catalogue: Store) -> None:
    with catalogue.write() as connection:
        deliver(connection, 1, {"a": ("", "")})
        assert meaning(connection, "a").state == UNMATCHED


def test_what_is_under_review_names_its_best_candidate_only_if_there_is_one(catalogue: Store) -> None:
    with catalogue.write() as connection:
        deliver(connection, 1, {"a": ("", "99108999001000")})
        found = meaning(connection, "a")
        assert found.state == REVIEW
        assert found.best is not None
        row = found.waiting[0]
        assert found._replace(waiting=(row, row._replace(ozg_id=DOGS))).best is None
