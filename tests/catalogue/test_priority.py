from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from catalogue.priority import PARTS, Bounds, Facts, Priority, PriorityPart, prioritise

BOUNDS = Bounds((40.0, 30.0, 15.0, 15.0), 3, 1_000, 500_000, 730)
NOTHING = Facts(lists=(), peers=0, peers_online=0, population=None, age=None)

weights = st.floats(0, 100, allow_nan=False).map(lambda value: round(value, 2))
names = st.text("abcdefgh", min_size=1, max_size=3)
lists = st.dictionaries(names, st.floats(0, 1, allow_nan=False), max_size=4)


@st.composite
def bounds(draw: st.DrawFn) -> Bounds:
    start = draw(st.integers(1, 10**6))
    return Bounds(
        draw(st.tuples(weights, weights, weights, weights)),
        draw(st.integers(1, 10)),
        start,
        draw(st.integers(start + 1, 10**7)),
        draw(st.integers(1, 5_000)),
    )


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    peers = draw(st.integers(0, 400))
    return Facts(
        lists=tuple(draw(lists).items()),
        peers=peers,
        peers_online=draw(st.integers(0, peers)),
        population=draw(st.none() | st.integers(0, 10**8)),
        age=draw(st.none() | st.integers(-5, 20_000)),
    )


def part(priority: Priority, code: str) -> PriorityPart:
    return priority.parts[PARTS.index(code)]


@given(facts(), bounds())
def test_the_points_of_the_parts_add_up_to_the_priority(found: Facts, limits: Bounds) -> None:
    priority = prioritise(found, limits)
    assert [one.code for one in priority.parts] == list(PARTS)
    assert round(sum(one.points for one in priority.parts), 1) == priority.points
    assert 0 <= priority.points <= 100
    assert all(0 <= one.points <= one.of for one in priority.parts)


@given(facts(), bounds())
def test_what_is_possible_adds_up_to_100_unless_nothing_that_counts_is_measured(
    found: Facts, limits: Bounds
) -> None:
    priority = prioritise(found, limits)
    counted = sum(weight for weight, one in zip(limits.weights, priority.parts, strict=True) if one.measured)
    assert round(sum(one.of for one in priority.parts), 1) == (100 if counted else 0)


@given(facts(), bounds(), names, st.floats(0, 1, allow_nan=False))
def test_one_more_list_never_lowers_a_priority(
    found: Facts, limits: Bounds, name: str, weight: float
) -> None:
    known = dict(found.lists)
    known[name] = max(weight, known.get(name, 0.0))
    more = prioritise(found._replace(lists=tuple(known.items())), limits)
    assert more.points >= prioritise(found, limits).points


@given(facts(), bounds(), st.integers(1, 400))
def test_one_more_comparable_area_that_has_it_never_lowers_a_priority(
    found: Facts, limits: Bounds, more: int
) -> None:
    online = min(found.peers, found.peers_online + more)
    higher = prioritise(found._replace(peers_online=online), limits)
    assert higher.points >= prioritise(found, limits).points


@given(facts(), bounds(), st.integers(0, 10**7), st.integers(0, 10_000))
def test_more_people_and_a_longer_time_never_lower_a_priority(
    found: Facts, limits: Bounds, people: int, days: int
) -> None:
    if found.population is None or found.age is None:
        return
    higher = found._replace(population=found.population + people, age=found.age + days)
    assert prioritise(higher, limits).points >= prioritise(found, limits).points


def test_everything_gives_all_points() -> None:
    found = Facts((("a", 0.6), ("b", 0.6)), 3, 3, 500_000, 730)
    priority = prioritise(found, BOUNDS)
    assert priority.points == 100
    assert [one.points for one in priority.parts] == [40, 30, 15, 15]


def test_each_part_shows_the_figure_behind_it() -> None:
    priority = prioritise(Facts((("sdg", 0.6), ("fokus", 0.2)), 8, 2, 31_404, 73), BOUNDS)
    assert [(one.points, one.of, one.detail) for one in priority.parts] == [
        (32, 40, "fokus sdg"),
        (7.5, 30, "2/8"),
        (8.3, 15, "31404"),
        (1.5, 15, "73"),
    ]


def test_too_few_comparable_areas_are_not_measured_and_the_others_fill_the_scale() -> None:
    priority = prioritise(Facts((("sdg", 1.0),), 2, 2, 500_000, 730), BOUNDS)
    assert part(priority, "peers") == PriorityPart("peers", 0, 0, "few_peers", measured=False)
    assert priority.points == 100
    assert [one.of for one in priority.parts] == [57.2, 0, 21.4, 21.4]


def test_what_is_not_known_is_said_and_takes_nothing_away() -> None:
    known = prioritise(Facts((), 4, 2, 1_000, 0), BOUNDS)
    unknown = prioritise(Facts((), 4, 2, None, None), BOUNDS)
    assert [one.detail for one in unknown.parts[2:]] == ["population_unknown", "age_unknown"]
    assert not any(one.measured for one in unknown.parts[2:])
    assert unknown.points > known.points


def test_being_on_no_list_is_known() -> None:
    priority = prioritise(NOTHING, BOUNDS)
    assert part(priority, "lists") == PriorityPart("lists", 0, 100, "", measured=True)
    assert priority.points == 0


def test_where_only_unmeasured_parts_count_there_are_no_points() -> None:
    priority = prioritise(NOTHING, BOUNDS._replace(weights=(0.0, 1.0, 0.0, 0.0)))
    assert (priority.points, sum(one.of for one in priority.parts)) == (0, 0)


def test_nobody_and_nobody_yet_are_the_lowest_values() -> None:
    assert part(prioritise(Facts((), 0, 0, 0, 0), BOUNDS), "population").points == 0
    assert part(prioritise(Facts((), 0, 0, 1, -3), BOUNDS), "age").detail == "0"
