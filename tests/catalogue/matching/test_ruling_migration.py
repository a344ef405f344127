"""Databases of older versions keep what people had decided in them."""

from __future__ import annotations

from alembic import command
from sqlalchemy import insert, select, text

from catalogue.matching.meanings import meanings
from catalogue.store import Store, _alembic_config
from catalogue.tables import match, ruling, source
from tests.catalogue.applying import add_source

DOGS, WASTE, HUNT = "10160", "10110", "10130"


def row(pattern: str, ozg_id: str, state: str, *, person: bool) -> dict[str, object]:
    return {
        "source_id": 1,
        "pattern": pattern,
        "ozg_id": ozg_id,
        "leika_key": "",
        "method": "key",
        "score": 1.0,
        "state": state,
        "actor": "A. Muster" if person else "key/1",
        "by_person": person,
        "decided_at": "2026-01-01T00:00:00+00:00",
        "reason": "",
    }


def go_back(store: Store) -> None:
    with store.write() as connection:
        config = _alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")


def test_decisions_that_stood_among_the_matches_go_on_record(store: Store) -> None:
    add_source(store, "stadt")
    go_back(store)
    said = [
        row("a", DOGS, "accepted", person=True),
        row("a", WASTE, "accepted", person=True),
        row("a", HUNT, "accepted", person=False),
        row("b", DOGS, "rejected", person=True),
        row("b", WASTE, "review", person=False),
        row("c", WASTE, "review", person=False),
    ]
    with store.write() as connection:
        connection.execute(insert(match), said)
    store.upgrade()
    with store.read() as connection:
        columns = (ruling.c.act, ruling.c.scope, ruling.c.pattern, ruling.c.verdict, ruling.c.ozg_id)
        acts = connection.execute(select(*columns).order_by(ruling.c.id)).all()
        assert [tuple(act[1:]) for act in acts] == [
            ("record", "a", "accepted", DOGS),
            ("record", "a", "accepted", WASTE),
            ("record", "b", "rejected", DOGS),
        ]
        assert acts[0].act == acts[1].act != acts[2].act
        found = meanings(connection, {1: ["a", "b", "c"]})
        assert found[1, "a"].accepted == ((WASTE, ""), (DOGS, ""))
        assert found[1, "b"].state == "rejected"  # as before, the machine's word about it counts no more
        assert found[1, "c"].state == "review"
        assert connection.scalar(select(source.c.matched_by)) == "key/1"


def test_going_back_keeps_the_matches(store: Store) -> None:
    add_source(store, "stadt")
    with store.write() as connection:
        connection.execute(insert(match), [row("a", DOGS, "accepted", person=True)])
    go_back(store)
    with store.read() as connection:
        assert connection.execute(text("SELECT by_person FROM match")).scalar_one()
