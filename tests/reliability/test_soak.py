"""Promise 28: night after night of faults by chance, in one process: nothing breaks, and nothing grows.

In three of ten cases a source delivers something broken, and in one night of ten the sync is killed before.
After each night every source is wholly as it was in some night. Two nights without faults, and the catalogue
says what one says that never met any.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import select

from catalogue import tables
from catalogue.store import Store
from cli import exits
from tests.reliability.child import Job
from tests.reliability.content import Content, content_of, differences, faults_of, state_of
from tests.reliability.killing import Nursery, Undisturbed, look
from tests.reliability.nights import present_in
from tests.reliability.web import Web

NIGHTS = int(os.environ.get("LUECKENLOS_TEST_NIGHTS", "100"))
SEED = os.environ.get("LUECKENLOS_TEST_SEED", "")
#: What a server may do to a delivery so that it cannot be taken for a whole one.
REMOTE = (
    *("reset=50", "short=90", "chunk-cut=50", "gzip-cut=50", "gzip-corrupt", "chunk-garbage"),
    *("status=503", "status=404", "flaky=2", "html", "empty", "not-http", "redirect-private", "lengths"),
)
LOCAL = ("gone", "cut", "empty", "noise")
FAULTY, KILLED = 0.3, 0.1
#: Nights without faults after which nothing is left of them: what is gone is given up in the second one.
CLEAN = 3
#: Until this night a process still takes what it will always need; then its size goes up and down, so that
#: peaks of so many nights are compared.
WARM = 40
CODES = {exits.OK, exits.SOME, exits.NONE}


@dataclass
class Soaked:
    """What came of it: what is wrong, and after each night the bytes and open files of the process."""

    wrong: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    killed: int = 0


def disturb(undisturbed: Undisturbed, web: Web, rng: random.Random) -> None:
    """Break what some of the sources deliver in the night that was written last."""
    web.misbehaving.clear()
    # Of a list that is cut without a word what is there counts, as a part; it then shows two nights at once.
    for name, faults in (("redaktion.xml", (*REMOTE, "no-length=50")), ("portal.csv", REMOTE)):
        if rng.random() < FAULTY:
            web.misbehave(f"/deliveries/{name}", rng.choice(faults))
    if rng.random() < FAULTY:
        path = undisturbed.nights.folder / "umfrage.csv"
        content = path.read_bytes()
        broken = {"cut": content[: len(content) // 2], "empty": b"", "noise": rng.randbytes(5_000)}
        fault = rng.choice(LOCAL)
        path.unlink()
        if fault in broken:
            path.write_bytes(broken[fault])


def shown(store: Store) -> dict[str, frozenset[int]]:
    """Return the numbers of the services that each source shows, by their records."""
    record, source = tables.service_record, tables.source
    query = select(source.c.key, record.c.ref).join(record, record.c.source_id == source.c.id)
    with store.read() as connection:
        rows = connection.execute(query.where(record.c.vanished_run.is_(None))).all()
    feed = frozenset(int(ref.removeprefix("A:L")) for key, ref in rows if key == "redaktion")
    portal = (ref for key, ref in rows if key == "portal")
    return {"redaktion": feed, "portal": frozenset(2 * (int(k[2:5]) - 100) + int(k[5:8]) - 1 for k in portal)}


def living(content: Content) -> Content:
    """Return what is known now, without what was given up: that tells of nights that are no more."""
    state = state_of(content)
    gone = {name: [row for row in rows if row[-1] is True] for name, rows in state.items()}
    given_up = {(row[0], row[1]) for name in ("service_record", "offering") for row in gone[name]}
    with_life = ("service_record", "unit", "online_service", "specialisation", "offering")
    kept = {name: [row for row in state[name] if row[-1] is not True] for name in with_life}
    followers = {
        name: [row for row in state[name] if (row[0], row[1]) not in given_up]
        for name in ("statement", "match")
    }
    followers["match"] = [(*row[:-2], row[-1]) for row in followers["match"]]  # whenever it was decided
    return state | kept | followers


def soak(undisturbed: Undisturbed, nights: int, rng: random.Random) -> Soaked:
    """Live through nights with faults and some without, in one process that does nothing else.

    Return what came of them.
    """
    soaked = Soaked()
    web = undisturbed.web
    possible = {frozenset(present_in(night)) for night in range(7)} | {frozenset[int]()}
    with undisturbed.copy(1) as url, Nursery() as own:
        for night in range(1, nights + CLEAN + 1):
            job = replace(undisturbed.job(url, night), links_port=0, stays=True)
            if night <= nights:
                disturb(undisturbed, web, rng)
                if rng.random() < KILLED:
                    soaked.killed += 1
                    kill(undisturbed, job, rng.randint(1, 400))
            else:
                web.misbehaving.clear()
            live(own, job, soaked)
            soaked.wrong += [f"night {night}: {one}" for one in look(url, faults_of)]
            torn = [name for name, numbers in look(url, shown).items() if numbers not in possible]
            soaked.wrong += [f"night {night}: {name} is of no night" for name in torn]
        found = look(url, content_of)
    soaked.wrong += differences(living(found), living(fresh(undisturbed, nights)))
    return soaked


def kill(undisturbed: Undisturbed, job: Job, step: int) -> None:
    undisturbed.nursery.start(replace(job, stays=False, die_at=step))
    undisturbed.nursery.end()


def live(process: Nursery, job: Job, soaked: Soaked) -> None:
    process.start(job)
    code = process.end()
    said = process.said
    soaked.codes.append(code)
    soaked.memory.append(said["memory"])
    soaked.files.append(said["files"])
    if code not in CODES:
        soaked.wrong.append(f"night {job.night}: exit code {code}")


def fresh(undisturbed: Undisturbed, nights: int) -> Content:
    """Return what a catalogue says that begins with the nights without faults."""
    with undisturbed.copy(1) as url:
        for night in range(nights + 1, nights + CLEAN + 1):
            undisturbed.do(replace(undisturbed.job(url, night), links_port=0))
        return look(url, content_of)


@pytest.mark.parametrize("undisturbed", ["sqlite"], indirect=True)
def test_some_nights_with_faults_leave_nothing_behind(undisturbed: Undisturbed) -> None:
    soaked = soak(undisturbed, 5, random.Random(28))

    assert soaked.wrong == []
    assert set(soaked.codes[:5]) - {exits.OK}
    assert soaked.codes[-1] == exits.OK


@pytest.mark.faults
@pytest.mark.timeout(7_200)
def test_many_nights_with_faults_leave_nothing_behind_and_nothing_grows(
    undisturbed: Undisturbed, request: pytest.FixtureRequest, figures: dict[str, str]
) -> None:
    seed = int(SEED) if SEED else random.randrange(1 << 32)

    soaked = soak(undisturbed, NIGHTS, random.Random(seed))

    early, late = max(soaked.memory[WARM : 2 * WARM]), max(soaked.memory[-WARM:])
    codes = {code: soaked.codes.count(code) for code in sorted(set(soaked.codes))}
    peaks = [max(soaked.memory[start : start + WARM]) for start in range(0, len(soaked.memory), WARM)]
    shown = ", ".join(f"{peak / 1e6:.1f}" for peak in peaks)
    figures[f"promise 28, {request.node.callspec.id}"] = (
        f"{NIGHTS} nights, seed {seed}, {soaked.killed} killed, exit codes {codes}, "
        f"{len(soaked.wrong)} wrong; memory {early / 1e6:.1f} to {late / 1e6:.1f} MB "
        f"(peaks of {WARM} nights each: {shown}), files {soaked.files[-1]}"
    )
    assert soaked.wrong == [], f"seed {seed}"
    assert late < 1.05 * early
    assert set(soaked.files[WARM:]) == {soaked.files[-1]}
