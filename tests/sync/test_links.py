"""Checking links, night after night: what is called broken, what is kept, and what is never done."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from catalogue.errors import StoreError
from catalogue.links_book import Known, Seen
from catalogue.reports.links import last_link_run, link_detail, links
from catalogue.reports.runs import runs
from catalogue.store import Store
from catalogue.tables import link_check, link_target, run
from connectors.errors import AbortRun
from connectors.linkcheck.observation import Link, Observation
from connectors.linkcheck.round import Visitor
from sync import links as module
from sync.links import LinkOptions, LinkReport, check_links, plan_links
from sync.lock import LockHeld, only_one
from sync.record import close_dead_runs
from tests.linkworld.nights import link_cells, moment, settings, simulate
from tests.linkworld.site import Site, Visit, article
from tests.linkworld.world import World, all_sites

SQLITE = pytest.mark.parametrize("reference_store", ["sqlite"], indirect=True)
#: Kinds that make a check wait for real; the whole run of the benchmark has them.
SLOW = {"times-out", "head-hangs"}


def page(visit: Visit) -> None:
    visit.send(article("Hund anmelden"))


def gone(visit: Visit) -> None:
    visit.send(b"", "404 Not Found")


@pytest.fixture
def world() -> Iterator[World]:
    """Three hosts that answer, one whose page is gone, one that is gone itself."""
    sites = [Site("page", True, f"stadt-{n}.example", page) for n in range(3)]
    lost = Site("lost", False, "weg.example", page, network=lambda night: "nxdomain")
    with World([*sites, Site("gone", False, "alt.example", gone), lost]) as running:
        yield running


def check(store: Store, world: World, night: int = 1, **more: object) -> LinkReport:
    world.night = night
    options = LinkOptions(now=lambda: moment(night), resolver=world.resolve, **more)  # type: ignore[arg-type]
    return check_links(store, settings(), options)


def states(store: Store) -> dict[str, str]:
    with store.read() as connection:
        rows = connection.execute(select(link_target.c.url, link_target.c.state))
        return {url.partition("//")[2].partition(":")[0]: state for url, state in rows}


@SQLITE
@pytest.mark.timeout(240)
def test_no_working_link_is_called_broken_and_dead_ones_are_found_in_four_nights(
    reference_store: Store,
) -> None:
    with World([site for site in all_sites(most=1) if site.kind not in SLOW]) as world:
        outcome = simulate(reference_store, world, 7)
    assert len(outcome.links) > 55
    assert outcome.wrongly == {}
    # What a script would say cannot be seen; one of each kind is more than 5 % here.
    assert {missed.partition(" ")[0] for missed in outcome.missed} <= {"app-without-service"}


def test_links_stand_where_their_nights_have_brought_them(reference_store: Store, world: World) -> None:
    link_cells(reference_store, [url for url, _ in world.links()])
    for night in (1, 2, 3):
        report = check(reference_store, world, night)
    alive = {f"stadt-{n}.example": "ok" for n in range(3)}
    assert states(reference_store) == alive | {"alt.example": "broken", "weg.example": "suspect"}
    assert [url.partition(":8")[0].rpartition("/")[0] for url in report.newly_broken] != []
    check(reference_store, world, 4)
    assert states(reference_store) == alive | {"alt.example": "broken", "weg.example": "broken"}


def test_what_answers_again_is_told(reference_store: Store, world: World) -> None:
    link_cells(reference_store, [url for url, _ in world.links()])
    for night in (1, 2, 3):
        check(reference_store, world, night)
    site = world.sites["alt.example"]
    site.answer = page
    report = check(reference_store, world, 4)
    assert report.recovered == [world.url(site)]
    assert states(reference_store)["alt.example"] == "ok"


def test_each_link_is_asked_for_once_a_night_however_often_it_is_checked(
    reference_store: Store, world: World
) -> None:
    urls = [url for url, _ in world.links()]
    link_cells(reference_store, [*urls, *(f"{url}#abschnitt" for url in urls)])
    first = check(reference_store, world)
    again = check(reference_store, world)
    assert (first.checked, again.due, again.checked) == (len(urls), 0, 0)
    pages = [
        count for (_, method, _, target), count in world.asked.items() if method == "GET" and "4711" in target
    ]
    assert set(pages) == {1}


def test_an_outage_of_our_own_network_gives_no_strikes(reference_store: Store, world: World) -> None:
    link_cells(reference_store, [url for url, _ in world.links()])
    check(reference_store, world, 1)
    before = states(reference_store)
    for night, trouble in enumerate(("nxdomain", "again", "refused", "nxdomain", "refused"), start=2):
        world.outage = trouble
        report = check(reference_store, world, night)
        assert report.own_network
        assert report.state == "failed"
        assert set(report.kinds) <= {"own_network", "not_found"}
    assert states(reference_store) == before | {f"stadt-{n}.example": "unclear" for n in range(3)}
    world.outage = ""
    assert not check(reference_store, world, 7).own_network


def test_what_was_seen_before_an_interruption_is_kept(reference_store: Store, world: World) -> None:
    link_cells(reference_store, [url for url, _ in world.links()])

    class Impatient(Exception):
        pass

    def interrupt(visit: Visit) -> None:
        page(visit)
        raise_in_check.set()

    raise_in_check = threading.Event()
    world.sites["stadt-2.example"].answer = interrupt

    def now() -> object:
        if raise_in_check.is_set():
            raise_in_check.clear()
            raise KeyboardInterrupt
        return moment(1)

    with pytest.raises(KeyboardInterrupt):
        check_links(reference_store, settings(hosts_at_once=1), LinkOptions(now=now, resolver=world.resolve))  # type: ignore[arg-type]
    with reference_store.read() as connection:
        newest = runs(connection)[0]
        seen = connection.scalar(select(func.count()).select_from(link_target)) or 0
        spans = connection.scalar(select(func.count()).select_from(link_check)) or 0
    assert (newest.kind, newest.state) == ("links", "aborted")
    assert seen == spans
    report = check(reference_store, world)
    assert report.due == 5 - seen
    assert len(states(reference_store)) == 5


def checks(store: Store) -> Counter[int]:
    """Return how many links were checked how often."""
    with store.read() as connection:
        rows = connection.execute(
            select(func.sum(link_check.c.checks)).group_by(link_check.c.target_id)
        ).scalars()
        return Counter(int(number) for number in rows)


def test_what_is_written_is_not_written_again_when_telling_of_it_fails(
    reference_store: Store, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was to be told is dead, or a signal comes just then."""
    monkeypatch.setattr(module, "BATCH", 2)
    link_cells(reference_store, [url for url, _ in world.links()])

    def tell(_done: int, _total: int) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        check(reference_store, world, progress=tell)
    assert set(checks(reference_store)) == {1}
    check(reference_store, world)
    assert checks(reference_store) == {1: 5}


def test_what_was_half_written_when_somebody_interrupted_is_written_once(
    reference_store: Store, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    link_cells(reference_store, [url for url, _ in world.links()])
    interruptions = iter([KeyboardInterrupt])
    whole = module.write_seen

    def write_seen(connection: Connection, seen: Sequence[Seen], known: dict[str, Known]) -> None:
        whole(connection, seen, known)
        for interruption in interruptions:
            raise interruption

    monkeypatch.setattr(module, "write_seen", write_seen)
    with pytest.raises(KeyboardInterrupt):
        check(reference_store, world)
    assert set(checks(reference_store)) == {1}
    check(reference_store, world)
    assert checks(reference_store) == {1: 5}


def test_a_wrong_setting_ends_the_check_before_anybody_is_asked(reference_store: Store, world: World) -> None:
    link_cells(reference_store, [url for url, _ in world.links()])
    with pytest.raises(AbortRun):
        check_links(
            reference_store, settings(ca_bundle="gibt-es-nicht.pem"), LinkOptions(resolver=world.resolve)
        )
    assert world.asked == Counter()


@SQLITE
def test_what_a_writing_sync_keeps_out_is_written_later(
    reference_store: Store, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = iter(range(3))
    whole = module.write_seen

    def write_seen(*given: object) -> None:
        if next(refusals, None) is not None:
            raise StoreError("database_locked", database="x")
        whole(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "write_seen", write_seen)
    link_cells(reference_store, [url for url, _ in world.links()])
    report = check(reference_store, world)
    assert (report.state, report.checked, len(states(reference_store))) == ("ok", 5, 5)
    assert next(refusals, None) is None


@SQLITE
def test_a_defect_at_one_host_leaves_its_links_for_another_night(
    reference_store: Store, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = Visitor.visit_host

    def visit_host(self: Visitor, found: Sequence[Link]) -> Iterator[Observation]:
        if "stadt-1" in found[0].url:
            raise ZeroDivisionError
        return whole(self, found)

    monkeypatch.setattr(Visitor, "visit_host", visit_host)
    link_cells(reference_store, [url for url, _ in world.links()])
    report = check(reference_store, world)
    assert (report.state, report.checked, report.left) == ("partial", 4, 1)
    assert "stadt-1.example" in caplog.text


def test_a_plan_asks_nobody(reference_store: Store, world: World) -> None:
    link_cells(reference_store, [url for url, _ in world.links()])
    planned = plan_links(reference_store, settings(skip_hosts=("weg.example",)), LinkOptions(limit=3))
    assert (planned.wanted, planned.skipped, len(planned.due), len(planned.hosts)) == (5, 1, 3, 3)
    assert world.asked == Counter()


def test_links_with_strikes_come_first_then_the_oldest(reference_store: Store, world: World) -> None:
    link_cells(reference_store, [url for url, _ in world.links()])
    check(reference_store, world, 1)
    check(reference_store, world, 2, limit=2)
    world.night = 3
    planned = plan_links(reference_store, settings(), LinkOptions(now=lambda: moment(3)))
    hosts = [url.partition("//")[2].partition(":")[0] for url in planned.due]
    assert set(hosts[:2]) == {"alt.example", "weg.example"}


def test_only_links_of_the_named_areas_are_checked(reference_store: Store, world: World) -> None:
    urls = [url for url, _ in world.links()]
    first, second = link_cells(reference_store, urls, areas=2)
    assert check(reference_store, world, area_ids=(first,)).checked == 3
    assert check(reference_store, world, area_ids=(second,)).checked == 2


def test_the_time_of_a_night_is_limited(reference_store: Store, world: World) -> None:
    link_cells(reference_store, [url for url, _ in world.links()])
    moments = iter([moment(1)] * 3)

    def now() -> object:
        return next(moments, moment(1) + timedelta(hours=1))

    options = LinkOptions(now=now, resolver=world.resolve)  # type: ignore[arg-type]
    report = check_links(reference_store, settings(minutes=1, hosts_at_once=1), options)
    assert report.state == "partial"
    assert report.left > 0


def test_a_host_is_asked_one_request_at_a_time(reference_store: Store) -> None:
    busy: Counter[str] = Counter()
    most: Counter[str] = Counter()
    lock = threading.Lock()

    def counting(visit: Visit) -> None:
        with lock:
            busy["ziel"] += 1
            most["ziel"] = max(most["ziel"], busy["ziel"])
        visit.call.pause(0.01)
        # Before the answer, as the next request may come as soon as it has arrived.
        with lock:
            busy["ziel"] -= 1
        page(visit)

    target = Site("target", True, "ziel.example", counting, others=counting)
    sites = [Site("away", True, f"stadt-{n}.example", gone) for n in range(6)]
    with World([target, *sites]) as world:
        for site in sites:
            site.answer = lambda visit: visit.redirect(world.url(target))
        link_cells(reference_store, [world.url(site) for site in sites])
        check(reference_store, world)
    assert most == {"ziel": 1}


def test_two_checks_cannot_run_at_once_but_a_sync_can_run_beside_one(
    reference_store: Store, world: World
) -> None:
    link_cells(reference_store, [url for url, _ in world.links()])
    with only_one(reference_store, "sync"):
        assert check(reference_store, world).checked == 5
    with only_one(reference_store, "links"), pytest.raises(LockHeld):
        check(reference_store, world, 2)


def test_a_sync_does_not_end_a_check_in_the_log(reference_store: Store, world: World) -> None:
    link_cells(reference_store, [url for url, _ in world.links()])
    check(reference_store, world)
    with reference_store.write() as connection:
        connection.execute(run.update().where(run.c.id == 2).values(state="running"))
        assert close_dead_runs(connection) == 0
        assert close_dead_runs(connection, of_links=True) == 1


def test_the_run_log_knows_a_check_of_links(reference_store: Store, world: World) -> None:
    link_cells(reference_store, [url for url, _ in world.links()])
    report = check(reference_store, world)
    with reference_store.read() as connection:
        newest, last = runs(connection)[0], last_link_run(connection)
    assert (newest.run, newest.kind, newest.state) == (report.run_id, "links", "ok")
    assert last is not None
    assert (last.checked, last.ok, last.dead, last.own_network) == (5, 3, 2, False)


def test_checks_that_say_the_same_are_one_row(reference_store: Store, world: World) -> None:
    link_cells(reference_store, [url for url, _ in world.links()])
    for night in (1, 2, 3, 4, 9):
        check(reference_store, world, night)
    with reference_store.read() as connection:
        row, checks, uses = link_detail(connection, world.url(world.sites["stadt-0.example"]))
        listed = links(connection, states=("broken",))
    # Of the days without a check nobody knows anything, so that they part the rows.
    assert [one.checks for one in checks] == [1, 4]
    assert (row.state, row.cells, len(uses)) == ("ok", 1, 1)
    assert {one.url for one in listed} == {world.url(site) for site in world.sites.values() if not site.alive}


@SQLITE
def test_what_is_older_than_the_book_is_kept_goes(
    reference_store: Store, world: World, tmp_path: Path
) -> None:
    link_cells(reference_store, [url for url, _ in world.links()])
    check(reference_store, world, 1)
    with reference_store.write() as connection:
        connection.exec_driver_sql("UPDATE cell SET online_url = ''")
    check(reference_store, world, 500)
    assert states(reference_store) == {}
