"""Check the links behind online offers: host by host, several hosts at a time, written batch by batch.

Threads ask and judge nothing; one thread judges and writes. What nobody answered is kept back until the end
of the night, when it can be told whether the network that fails is ours.
"""

from __future__ import annotations

import logging
import random
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from sqlalchemy import Connection, insert, update

from catalogue import tables
from catalogue.errors import StoreError
from catalogue.links import stored
from catalogue.links_book import Known, Seen, due_links, forget_old, known_links, write_seen
from catalogue.links_wanted import wanted_links
from catalogue.store import Store
from connectors.addresses import Resolver, resolve
from connectors.assignment import Assignment
from connectors.crawl.politeness import Gates, Pace
from connectors.errors import ConnectorError
from connectors.fetch import Fetcher, Validators
from connectors.hosts import is_allowed
from connectors.linkcheck import words
from connectors.linkcheck.asking import Asker
from connectors.linkcheck.judging import Judgement, judge
from connectors.linkcheck.observation import NOBODY, Link, Observation
from connectors.linkcheck.round import Visitor
from connectors.linkcheck.settings import LinkSettings
from connectors.linkcheck.starts import starts_a_form
from sync.links_outage import OWN_NETWORK, Night
from sync.lock import Hold, only_one
from sync.record import close_dead_runs, start_run

__all__ = ["LinkOptions", "LinkPlan", "LinkReport", "check_links", "plan_links"]

log = logging.getLogger(__name__)

#: Links whose outcome is written in one transaction, and seconds after which fewer are.
BATCH = 100
BATCH_SECONDS = 5.0
#: How often the end of a check waits for a sync that is writing; each time as long as the database waits.
MOST_WAITS = 20
#: Seconds after which somebody who waits for outcomes looks whether the night is over.
LOOK_ROUND = 0.5


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _tell_nobody(_done: int, _total: int) -> None:
    """Take note of nothing."""


@dataclass(frozen=True)
class LinkOptions:
    """What to check: links of some areas (by number) or of the whole region, and at most how many."""

    area_ids: Collection[int] | None = None
    limit: int = 0  # 0: as many as the settings allow
    now: Callable[[], datetime] = field(default=_utc_now)
    resolver: Resolver = resolve
    progress: Callable[[int, int], None] = _tell_nobody


@dataclass(frozen=True)
class LinkPlan:
    """What a check would ask: all links that are wanted, and those of them that are due, host by host."""

    wanted: int
    skipped: int  # on hosts that the settings leave out
    due: list[str]
    known: dict[str, Known]

    @property
    def hosts(self) -> dict[str, list[str]]:
        """Return the due links by scheme, host and port, in their order."""
        found: dict[str, list[str]] = defaultdict(list)
        for url in self.due:
            parts = urlsplit(url)
            found[f"{parts.scheme}://{parts.netloc}"].append(url)
        return dict(found)


@dataclass
class LinkReport:
    """What a check did. ``left`` links are due and were not reached; ``state`` is ok, partial or failed."""

    run_id: int
    due: int
    results: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    newly_broken: list[str] = field(default_factory=list)
    recovered: list[str] = field(default_factory=list)
    own_network: bool = False
    skipped: int = 0

    @property
    def checked(self) -> int:
        """Return how many links were asked for or left alone for a reason."""
        return self.results.total()

    @property
    def left(self) -> int:
        """Return how many links were due and not reached."""
        return self.due - self.checked

    @property
    def state(self) -> str:
        """Return ok, partial if links are left, failed if nothing at all answered."""
        if self.due and self.own_network and not self.results["ok"] + self.results["moved"]:
            return "failed"
        return "partial" if self.left else "ok"


def plan_links(store: Store, settings: LinkSettings, options: LinkOptions) -> LinkPlan:
    """Return what a check would ask now, without asking anybody."""
    with store.read() as connection:
        wanted = wanted_links(connection, options.area_ids)
        asked = [url for url in wanted if not _is_skipped(url, settings)]
        known = known_links(connection, asked)
    due = due_links(asked, known, options.now())
    most = min(options.limit or settings.most_links, settings.most_links)
    return LinkPlan(len(wanted), len(wanted) - len(asked), due[:most], known)


def _is_skipped(url: str, settings: LinkSettings) -> bool:
    return bool(settings.skip_hosts) and is_allowed(urlsplit(url).hostname or "", settings.skip_hosts)


def check_links(store: Store, settings: LinkSettings, options: LinkOptions) -> LinkReport:
    """Check the links that are due and write where each stands.

    What was seen is kept even if the check is interrupted. Raise LockHeld if another check runs, LockLost if
    another process has taken the lock, AbortRun if the settings name what is not there, StoreError if the
    database fails.
    """
    with only_one(store, "links") as hold:
        planned = plan_links(store, settings, options)
        with Fetcher(settings.policy(), resolver=options.resolver) as fetcher:
            return _Check(store, settings, options, planned).perform(fetcher, hold)


class _Check:
    """The state of one check."""

    def __init__(self, store: Store, settings: LinkSettings, options: LinkOptions, planned: LinkPlan) -> None:
        self.store, self.settings, self.options = store, settings, options
        self.known = planned.known
        self.hosts = deque(planned.hosts.values())
        self.assignment = Assignment()
        self.seen: SimpleQueue[Observation | None] = SimpleQueue()
        self.night = Night()
        self.silent: list[Seen] = []
        self.started = options.now()
        self.report = LinkReport(0, len(planned.due), skipped=planned.skipped)
        self.delays: dict[str, float] = {}
        self.pace = Pace(self.assignment, settings.gap, gates=Gates(), rng=random.Random())  # noqa: S311

    def perform(self, fetcher: Fetcher, hold: Hold) -> LinkReport:
        self.hold = hold
        self._begin()
        hold.note_run(self.report.run_id)
        state = "aborted"
        asker = Asker(self.settings.policy(), self._turn, resolver=self.options.resolver)
        try:
            with self._workers(asker, fetcher) as number:
                self._collect(number)
            self._judge_silence()
            state = self.report.state
        finally:
            asker.close()
            self._end(state)
        return self.report

    @contextmanager
    def _turn(self, host: str) -> Iterator[None]:
        self.assignment.check()
        with self.pace.turn(host, self.delays.get(host, 0.0)):
            yield

    @contextmanager
    def _workers(self, asker: Asker, fetcher: Fetcher) -> Iterator[int]:
        """Let threads visit the hosts; give how many there are. They die with the process if need be."""
        visitor = Visitor(
            asker,
            fetcher,
            self.delays.__setitem__,
            self.settings.obey_robots,
            self.settings.max_bytes,
        )
        number = min(self.settings.hosts_at_once, len(self.hosts))
        threads = [
            threading.Thread(target=self._visit_hosts, args=(visitor,), name=f"links {one}", daemon=True)
            for one in range(number)
        ]
        for thread in threads:
            thread.start()
        try:
            yield number
        finally:
            self.assignment.stop.set()

    def _visit_hosts(self, visitor: Visitor) -> None:
        """Visit one host after the other until none is left; then hand over None."""
        try:
            while not self.assignment.stop.is_set():
                try:
                    urls = self.hosts.popleft()
                except IndexError:
                    break
                self._visit_host(visitor, [self._link(url) for url in urls])
        finally:
            self.seen.put(None)

    def _visit_host(self, visitor: Visitor, found: Sequence[Link]) -> None:
        """Hand over what is seen of a host; links after a defect of ours are left for another night."""
        try:
            for seen in visitor.visit_host(found):
                self.seen.put(seen)
        except ConnectorError as error:
            if error.code != "cancelled":
                log.exception("links of %s", urlsplit(found[0].url).netloc)
        except Exception:
            log.exception("links of %s", urlsplit(found[0].url).netloc)

    def _link(self, url: str) -> Link:
        known = self.known.get(url)
        works = known is not None and known.result in {"ok", "moved"}
        validators = Validators(known.etag, known.last_modified) if known and works else Validators()
        return Link(url, starts_a_form(url, self.settings.start_paths), validators)

    def _collect(self, working: int) -> None:
        """Judge and write what the threads see, until all are done or time is up."""
        batch: list[Seen] = []
        until = self.started + timedelta(minutes=self.settings.minutes)
        written = self.options.now()
        try:
            while working and self.options.now() < until:
                try:
                    one = self.seen.get(timeout=LOOK_ROUND)
                except Empty:
                    continue
                if one is None:
                    working -= 1
                else:
                    batch += self._judged(one)
                waited = (self.options.now() - written).total_seconds()
                if len(batch) >= BATCH or (batch and waited >= BATCH_SECONDS):
                    batch, written = self._written(batch), self.options.now()
        finally:
            # Also what was seen before somebody pressed Ctrl-C is known.
            self._write_at_last(batch)

    def _judged(self, seen: Observation) -> Iterable[Seen]:
        judgement = judge(seen)
        before = self.known.get(seen.link.url)
        known_dead = before is not None and before.standing.strikes > 0
        self.night.note(seen.link.url, judgement.kind, known_dead=known_dead)
        validators = seen.reply.validators if seen.reply else Validators()
        one = self._row(seen.link.url, judgement, validators)
        if judgement.kind in NOBODY:
            self.silent.append(one)
            return ()
        return (one,)

    def _row(self, url: str, judgement: Judgement, validators: Validators) -> Seen:
        return Seen(
            url,
            judgement.result,
            judgement.kind,
            self.options.now(),
            judgement.status,
            judgement.final_url,
            judgement.detail,
            validators.etag,
            validators.last_modified,
        )

    def _judge_silence(self) -> None:
        """Write where nobody answered, now that it can be told whose network it was."""
        self.report.own_network = bool(self.silent) and self.night.is_outage
        if self.report.own_network:
            result, kind = OWN_NETWORK.result, OWN_NETWORK.kind
            self.silent = [one._replace(result=result, kind=kind) for one in self.silent]
        self._write_at_last(self.silent)

    def _written(self, batch: list[Seen]) -> list[Seen]:
        """Write a batch; return it again if a sync is writing for longer than we wait, for the next time."""
        try:
            self._write(batch)
        except StoreError as error:
            if error.code != "database_locked":
                raise
            log.warning("links: %s", error.code)
            return batch
        return []

    def _write_at_last(self, batch: list[Seen]) -> None:
        """Write what is left; raise StoreError if a sync goes on writing for very long."""
        for _ in range(MOST_WAITS):
            batch = self._written(batch)
            if not batch:
                return
        self._write(batch)

    def _write(self, batch: Sequence[Seen]) -> None:
        """Write what was seen, but for what an earlier attempt has written that was broken off only then."""
        if not batch:
            return
        with self.store.write() as connection:
            self._know(connection, [one.url for one in batch])
            news = [one for one in batch if not self._is_written(one)]
            before = {one.url: self._state(one.url) for one in news}
            write_seen(connection, news, self.known)
            self.hold.confirm(connection)
        for one in news:
            self.report.results[one.result] += 1
            self.report.kinds[one.kind] += 1
            state = self._state(one.url)
            if state == "broken" and before[one.url] != "broken":
                self.report.newly_broken.append(one.url)
            elif before[one.url] == "broken" and state != "broken":
                self.report.recovered.append(one.url)
        self.options.progress(self.report.checked, self.report.due)

    def _know(self, connection: Connection, urls: Sequence[str]) -> None:
        """Look up how links stand: an attempt that was broken off may have been kept or not."""
        stands = known_links(connection, urls)
        self.known.update(stands)
        for url in set(urls) - stands.keys():
            self.known.pop(url, None)

    def _is_written(self, one: Seen) -> bool:
        known = self.known.get(one.url)
        return known is not None and known.checked_at == stored(one.at)

    def _state(self, url: str) -> str:
        known = self.known.get(url)
        return known.standing.state if known else ""

    def _begin(self) -> None:
        with self.store.write() as connection:
            close_dead_runs(connection, of_links=True)
            self.report.run_id = start_run(connection, "", self.started)
            connection.execute(insert(tables.link_run).values(run_id=self.report.run_id, **self._figures()))

    def _end(self, state: str) -> None:
        now = self.options.now()
        run = update(tables.run).where(tables.run.c.id == self.report.run_id)
        figures = update(tables.link_run).where(tables.link_run.c.run_id == self.report.run_id)
        with self.store.write() as connection:
            forget_old(connection, now)
            connection.execute(run.values(state=state, finished_at=now.isoformat(timespec="seconds")))
            connection.execute(figures.values(self._figures()))

    def _figures(self) -> dict[str, int | str | bool]:
        report = self.report
        return {
            "fresh_days": self.settings.fresh_days,
            "rules": words.version(),
            "due": report.due,
            "checked": report.checked,
            "ok": report.results["ok"],
            "moved": report.results["moved"],
            "dead": report.results["dead"],
            "unclear": report.results["unclear"],
            "newly_broken": len(report.newly_broken),
            "recovered": len(report.recovered),
            "own_network": report.own_network,
        }
