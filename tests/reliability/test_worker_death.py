"""Promise 25: a process that dies while it parses costs its source a night, and no other source anything."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from catalogue import tables
from catalogue.store import Store
from cli import exits
from tests.reliability.killing import Undisturbed, look

NIGHT = 2


def outcomes(store: Store) -> dict[str, tuple[str, str]]:
    """Return state and message of each source in the newest run that read it."""
    known = select(tables.source.c.key, tables.source_run.c.state, tables.source_run.c.message)
    query = known.join(tables.source_run, tables.source_run.c.source_id == tables.source.c.id)
    with store.read() as connection:
        rows = connection.execute(query.order_by(tables.source_run.c.id)).all()
    return {key: (state, message) for key, state, message in rows}


def die_over_the_feed(undisturbed: Undisturbed, *, attempts: int) -> list[str]:
    """Read a feed that kills whoever reads it, then what failed, then undisturbed; return what is wrong."""
    with undisturbed.copy(NIGHT) as url:
        job = replace(undisturbed.job(url, NIGHT), links_port=0)
        for attempt in range(attempts):
            only = ("redaktion",) if attempt else ()
            undisturbed.nursery.start(replace(job, only=only, executor="processes", poison="redaktion.xml"))
            assert undisturbed.nursery.end() == (exits.NONE if attempt else exits.SOME)
            found = look(url, outcomes)
            assert found.pop("redaktion") == ("failed", "worker_died")
            assert set(found.values()) == {("ok", "")}
        return undisturbed.wrong_after(url, job)


@pytest.mark.parametrize("undisturbed", ["sqlite"], indirect=True)
def test_who_dies_over_a_feed_takes_no_other_source_along(undisturbed: Undisturbed) -> None:
    assert die_over_the_feed(undisturbed, attempts=1) == []


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_a_feed_that_kills_each_time_is_alone_in_its_misery(
    undisturbed: Undisturbed,
) -> None:
    assert die_over_the_feed(undisturbed, attempts=3) == []
