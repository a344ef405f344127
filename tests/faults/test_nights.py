"""Whole nights through the fault proxy: no wrong gap, and one clean night puts everything right.

The promise in full: what is shown as missing, described or a form after a spoilt night is so in the truth
as well; what a spoilt night made doubtful is unknown, with a source to blame; what rests on a source that
could not be read is marked stale; and after one clean night the catalogue says what it says where nothing
ever went wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from catalogue.store import Store
from cli.demo.check import check
from cli.demo.truthfile import truth_path
from sync.judging import TORN_READINGS
from sync.report import RunReport
from tests.cli.demo.support import Generated
from tests.faults.nights import Behind, Cell, Theatre, cell_rows, delivered_rows
from tests.faults.proxy import ALTERED, FAULTS, FLIP, FaultProxy

NewStore = Callable[[], Store]
Cells = dict[tuple[str, str], Cell]
GAPS = frozenset({"missing", "described", "form"})
#: One source of each kind, feeds in three packings.
ONE_OF_EACH = frozenset(
    {
        "marl",
        "dorsten",
        "land-nrw",
        "gelsenkirchen",
        "bereitstelldienst",
        "pvog",
        "portal-marl",
        "web-marl",
        "dashboard",
    }
)
#: Reasons for not knowing that a source can be blamed for.
TROUBLE = frozenset({"source_failed", "source_stale", "list_incomplete", "never_asked", "match_under_review"})
RATES = (0.05, 0.1, 0.2, 0.3)


@pytest.fixture
def proxy(request: pytest.FixtureRequest) -> Iterator[FaultProxy]:
    """A proxy that injects all faults, or those that a test names; these into unencrypted answers, too."""
    kinds = getattr(request, "param", FAULTS)
    with FaultProxy(seed=1, kinds=kinds, encrypted=kinds is FAULTS) as running:
        yield running


@pytest.fixture
def server(generated: Generated, proxy: FaultProxy) -> Iterator[Behind]:
    with Behind(generated.folder, proxy) as running:
        yield running


def stage_of(
    generated: Generated, server: Behind, folder: Path, only: frozenset[str] = frozenset()
) -> Theatre:
    return Theatre(generated.facts, server, folder, only)


def wrong_gaps(cells: Cells, truth: Cells) -> set[tuple[str, str]]:
    """Return the cells that are shown as a gap though they are known to be none."""
    shown = {key for key, cell in cells.items() if cell["status"] in GAPS}
    return {key for key in shown if truth[key]["status"] in {"online", "not_competent"}}


def contradictions(cells: Cells, truth: Cells) -> set[tuple[str, str]]:
    """Return the cells that claim something else than the truth; not to know it is no contradiction."""
    differing = {key for key, cell in cells.items() if cell["status"] != truth[key]["status"]}
    return {key for key in differing if cells[key]["status"] not in {"unknown", "not_competent"}}


def assert_doubts_have_a_cause(cells: Cells, truth: Cells, report: RunReport) -> int:
    """Assert that what is no longer known is so for a reason that lies with a source; return how many."""
    new = {key for key, cell in cells.items() if (cell["status"], truth[key]["status"]) != ("unknown",) * 2}
    doubtful = [key for key in new if cells[key]["status"] == "unknown"]
    assert {cells[key]["reason"] for key in doubtful} <= TROUBLE | {"competence_unresolved"}
    if any(cells[key]["reason"] == "source_failed" for key in doubtful):
        assert any(outcome.state == "failed" for outcome in report.sources)
    return len(doubtful)


def assert_stale_marks_are_right(cells: Cells, report: RunReport) -> int:
    """Assert that exactly what rests on sources that could not be read is marked; return how much."""
    worn = {outcome.source for outcome in report.sources if not outcome.good}
    marked = 0
    for cell in cells.values():
        behind = set(cell["sources"])  # type: ignore[call-overload]
        if cell["status"] in {"online", "form", "described"} and behind:
            marked += bool(cell["stale"])
            assert not cell["stale"] or behind & worn
            assert cell["stale"] or not behind <= worn
    return marked


def test_a_small_region_is_right_in_a_spoilt_night_and_whole_after_a_clean_one(
    generated: Generated, server: Behind, tmp_path: Path, new_store: NewStore
) -> None:
    theatre = stage_of(generated, server, tmp_path, ONE_OF_EACH)
    calm, store = new_store(), new_store()
    assert {outcome.state for outcome in theatre.night(calm).sources} == {"ok"}
    truth = cell_rows(calm)
    theatre.night(store)

    report = theatre.night(store, rate=0.3)

    spoilt = cell_rows(store)
    assert len(set(server.proxy.injected)) >= 8
    assert len(theatre.troubled(report)) >= 4
    assert contradictions(spoilt, truth) == set()
    assert_doubts_have_a_cause(spoilt, truth, report)
    assert_stale_marks_are_right(spoilt, report)
    theatre.night(store)
    assert cell_rows(store) == truth


@pytest.mark.faults
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_the_demo_region_is_right_at_rising_rates_and_whole_after_one_clean_night(
    generated: Generated,
    server: Behind,
    tmp_path: Path,
    new_store: NewStore,
    figures: dict[str, str],
    seed: int,
) -> None:
    server.proxy.seed = seed
    theatre = stage_of(generated, server, tmp_path)
    calm, store = new_store(), new_store()
    theatre.night(calm)
    assert check(calm, truth_path(generated.folder, 1), server.hosts.names).differences == []
    truth = cell_rows(calm)
    theatre.night(store)
    injected: Counter[str] = Counter()
    requests, doubtful, stale = 0, [], []

    for rate in RATES:
        report = theatre.night(store, rate=rate)
        spoilt = cell_rows(store)
        assert contradictions(spoilt, truth) == set()
        assert wrong_gaps(spoilt, truth) == set()
        doubtful.append(assert_doubts_have_a_cause(spoilt, truth, report))
        stale.append(assert_stale_marks_are_right(spoilt, report))
        injected += server.proxy.injected
        requests += server.proxy.requests

    assert set(injected) == set(FAULTS)
    theatre.night(store)
    assert cell_rows(store) == truth
    assert check(store, truth_path(generated.folder, 1), server.hosts.names).differences == []
    figures[f"proxy, sources known, seed {seed}"] = (
        f"{len(RATES)} nights, {requests} requests, {injected.total()} faults; 0 of {len(truth)} cells "
        f"contradict the truth; unknown {doubtful}, marked stale {stale}; 0 differ after one clean night"
    )


@pytest.mark.faults
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [12, 21, 22])
def test_a_region_whose_first_nights_are_spoilt_is_whole_after_one_clean_night(
    generated: Generated,
    server: Behind,
    tmp_path: Path,
    new_store: NewStore,
    figures: dict[str, str],
    seed: int,
) -> None:
    # A source that was never read without failures is a doubt until these are how it is; from then on, what
    # only the rest of it shows may be called missing (docs/reliability.md). Nothing else may be wrong.
    server.proxy.seed = seed
    theatre = stage_of(generated, server, tmp_path)
    calm, store = new_store(), new_store()
    theatre.night(calm)
    truth = cell_rows(calm)
    in_part = {str(source) for cell in truth.values() for source in cell["sources"]}  # type: ignore[attr-defined]
    wrong = []

    for rate in RATES:
        report = theatre.night(store, rate=rate)
        in_part &= theatre.troubled(report)
        spoilt = cell_rows(store)
        found = contradictions(spoilt, truth)
        assert all(in_part & set(truth[key]["sources"]) for key in found)  # type: ignore[call-overload]
        wrong.append(len(wrong_gaps(spoilt, truth)))
        assert_stale_marks_are_right(spoilt, report)

    assert not any(wrong[: TORN_READINGS - 1])
    theatre.night(store)
    assert cell_rows(store) == truth
    assert check(store, truth_path(generated.folder, 1), server.hosts.names).differences == []
    figures[f"proxy, sources never read before, seed {seed}"] = (
        f"{len(RATES)} nights; cells of {len(truth)} called a gap while the one source that shows them "
        f"online was never read to its end: {wrong}; 0 differ after one clean night"
    )


@pytest.mark.faults
@pytest.mark.timeout(900)
@pytest.mark.parametrize("proxy", [(FLIP,), ALTERED], indirect=True, ids=["one-letter", "stretches"])
def test_what_nobody_can_see_is_gone_after_clean_nights(
    generated: Generated, server: Behind, tmp_path: Path, new_store: NewStore, figures: dict[str, str]
) -> None:
    # No promise: unencrypted web pages and lists say nothing about what happened to them on their way.
    theatre = stage_of(generated, server, tmp_path)
    calm, store = new_store(), new_store()
    theatre.night(calm)
    theatre.night(store)
    truth = cell_rows(calm)

    theatre.night(store, rate=0.3)
    spoilt = cell_rows(store)
    altered = server.proxy.injected.total()
    theatre.night(store)
    theatre.night(store)

    after = cell_rows(store)
    assert altered > 100
    lasting = {key for key in truth if after[key] != truth[key]}
    # A list that is called a part takes nothing back, not even what was never written.
    behind = [after[key]["sources"] for key in lasting]
    assert all(sources == ("gelsenkirchen",) for sources in behind)
    figures[f"altered unseen, unencrypted: {', '.join(server.proxy.kinds)}"] = (
        f"{altered} answers altered: {len(contradictions(spoilt, truth))} of {len(truth)} cells contradict "
        f"the truth that night, {len(wrong_gaps(spoilt, truth))} of them as a gap; "
        f"{len(lasting)} after clean nights"
    )


def test_what_was_delivered_is_the_same_after_a_clean_night(
    generated: Generated, server: Behind, tmp_path: Path, new_store: NewStore
) -> None:
    # Feeds, which come whole or not at all.
    theatre = stage_of(
        generated, server, tmp_path, frozenset({"bund", "marl", "dorsten", "kreis-recklinghausen"})
    )
    calm, store = new_store(), new_store()
    theatre.night(calm)
    before = delivered_rows(calm)

    states = Counter(outcome.state for _ in range(5) for outcome in theatre.night(store, rate=0.3).sources)
    theatre.night(store)

    assert states["failed"] >= 2
    assert states["ok"] == 4
    assert states["ok"] + states["failed"] + states["unchanged"] == 20
    assert delivered_rows(store) == before
