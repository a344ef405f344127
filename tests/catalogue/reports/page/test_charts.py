from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from catalogue.reports.page.charts import HEIGHT, WIDTH, Point, chart_of

FIRST = date(2026, 1, 1)


def points_of(line: str) -> list[tuple[float, float]]:
    pairs = (pair.split(",") for pair in line.split())
    return [(float(x), float(y)) for x, y in pairs]


def test_a_line_goes_in_steps_and_breaks_where_the_measure_changed() -> None:
    chart = chart_of(
        [
            Point(FIRST, 0.25, 0.5),
            Point(FIRST + timedelta(days=10), 0.5, 0.5),
            Point(FIRST + timedelta(days=20), 0.75, 1.0, ("catalogue",)),
        ],
        FIRST + timedelta(days=40),
    )
    assert chart is not None
    first, second = map(points_of, chart.lines)
    assert len(first) == 4
    assert len(second) == 2
    # The first line holds its last share until the break and says nothing about what comes after.
    assert first[-1][0] == second[0][0] == chart.breaks[0]
    assert first[-1][1] > second[0][1]
    assert second[-1][0] == chart.right


def test_without_anything_unknown_there_is_no_band() -> None:
    chart = chart_of([Point(FIRST, 0.5, 0.5)], FIRST)
    assert chart is not None
    assert chart.bands == ()


def test_there_is_no_drawing_without_points() -> None:
    assert chart_of([], FIRST) is None


@given(
    st.lists(
        st.tuples(st.integers(0, 800), st.floats(0, 1), st.floats(0, 1), st.booleans()),
        min_size=1,
        max_size=40,
        unique_by=lambda one: one[0],
    )
)
def test_everything_lies_within_the_drawing(raw: list[tuple[int, float, float, bool]]) -> None:
    points = [
        Point(FIRST + timedelta(days=day), min(low, high), max(low, high), ("rules",) * broken)
        for day, low, high, broken in sorted(raw)
    ]
    chart = chart_of(points, FIRST + timedelta(days=400))
    assert chart is not None
    drawn = [pair for line in (*chart.lines, *chart.bands) for pair in points_of(line)]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in drawn)
    assert len(chart.lines) == 1 + sum(bool(point.breaks) for point in points[1:])
    places = [x for x, _ in chart.days]
    assert places == sorted(places)
