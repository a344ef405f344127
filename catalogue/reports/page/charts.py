"""A share over time as a drawing: where lines, bands and breaks lie; templates make the SVG of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

__all__ = ["Chart", "Point", "chart_of"]

#: The drawing's size and margins in its own units; it is scaled to the page.
WIDTH: Final = 720
HEIGHT: Final = 300
LEFT: Final = 52
RIGHT: Final = 16
TOP: Final = 16
BOTTOM: Final = 36
#: At most so many days are written below the line.
MOST_DAYS_WRITTEN: Final = 6


class Point(NamedTuple):
    """A share from a day on: its bounds, and what changed on that day so that it is another measure."""

    day: date
    low: float
    high: float
    breaks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A drawing. Each line and its band goes from one break to the next, as SVG points."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    lines: tuple[str, ...]
    bands: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    breaks: tuple[float, ...]
    days: tuple[tuple[float, date], ...]
    shares: tuple[tuple[float, int], ...]  # per cent


def chart_of(points: Sequence[Point], until: date) -> Chart | None:
    """Return the drawing of a share that holds from each point to the next; None without any point."""
    if not points:
        return None
    scale = _Scale(points[0].day, max(until, points[-1].day))
    lines: list[list[tuple[float, float]]] = []
    bands: list[list[tuple[float, float]]] = []
    ends = [point.day for point in points[1:]] + [scale.end]
    for point, end in zip(points, ends, strict=True):
        if not lines or point.breaks:
            lines.append([])
            bands.append([])
        start, stop = scale.x(point.day), scale.x(end)
        lines[-1] += [(start, scale.y(point.low)), (stop, scale.y(point.low))]
        bands[-1] += [(start, scale.y(point.high)), (stop, scale.y(point.high))]
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        top=TOP,
        bottom=HEIGHT - BOTTOM,
        lines=tuple(_written(line) for line in lines),
        bands=tuple(
            _written([*line, *reversed(band)])
            for line, band in zip(lines, bands, strict=True)
            if any(low != high for (_, low), (_, high) in zip(line, band, strict=True))
        ),
        dots=tuple((scale.x(point.day), scale.y(point.low)) for point in points),
        breaks=tuple(scale.x(point.day) for point in points if point.breaks),
        days=scale.days(points),
        shares=tuple((scale.y(share / 100), share) for share in (0, 25, 50, 75, 100)),
    )


class _Scale:
    """Where days and shares lie."""

    def __init__(self, begin: date, end: date) -> None:
        self.begin, self.end = begin, end
        self._days = max(1, (end - begin).days)

    def x(self, day: date) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (day - self.begin).days / self._days, 1)

    def y(self, share: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - share), 1)

    def days(self, points: Sequence[Point]) -> tuple[tuple[float, date], ...]:
        """Return the days that are written: the first, the last, and others that have room between."""
        known = sorted({self.begin, self.end, *(point.day for point in points)})
        room = (WIDTH - LEFT - RIGHT) / MOST_DAYS_WRITTEN
        kept = [self.begin]
        for day in known:
            if self.x(day) - self.x(kept[-1]) >= room and self.x(self.end) - self.x(day) >= room:
                kept.append(day)
        return tuple((self.x(day), day) for day in dict.fromkeys([*kept, self.end]))


def _written(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
