"""Measure how well titles are matched, beside a plain baseline; print the figures as JSON.

    python matching.py [--set FILE] [--rounds 5]

FILE has the columns of tests/samples/matching/titles.csv, the default. ``shipped`` is the matcher as it is.
``folds`` is the same with its calibration fitted on four fifths of the services and measured on the rest, all
rows of a service in one fold. ``unseen`` leaves out, for each title, the wordings that say exactly the same:
as if nobody had thought of it. The baseline is a token-set fuzzy match against the catalogue's own names, its
threshold fitted on the same folds. Intervals are Wilson's, at 95 per cent.
"""

from __future__ import annotations

import argparse
import copy
import csv
import hashlib
import json
import math
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from rapidfuzz import fuzz, process  # noqa: E402

from catalogue.matching.decision import CALIBRATION, Calibration, judge  # noqa: E402
from catalogue.matching.matcher import Matcher  # noqa: E402
from catalogue.matching.names import NameIndex  # noqa: E402
from catalogue.matching.outcome import ACCEPTED, Page  # noqa: E402
from catalogue.matching.reference import Reference, packaged_reference  # noqa: E402
from catalogue.matching.words import normalise  # noqa: E402

SAMPLE = HERE.parent / "tests" / "samples" / "matching" / "titles.csv"
FOLDS = 5
#: What the thresholds are fitted for: so many of the accepted are right.
WANTED = 0.98
STEPS = [0.6 + number / 50 for number in range(20)]
SPEED_TITLES = 10_000


class Labelled(NamedTuple):
    """One row of the set."""

    page: Page
    ozg_ids: frozenset[str]
    kind: str


class Answer(NamedTuple):
    """What was answered to one row."""

    chosen: frozenset[str]  # empty: not accepted
    best: tuple[str, ...]


class Unseen(NameIndex):
    """An index that does not know the names that say exactly what the title says."""

    def _overlaps(
        self, title: Mapping[str, float], counted: Mapping[str, float]
    ) -> dict[int, tuple[float, float, float]]:
        whole = sum(title.values())
        return {
            number: found
            for number, found in super()._overlaps(title, counted).items()
            if not (found[0] > 0.985 * whole and found[2] > 0.985 * self._totals[number])
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--set", type=Path, default=SAMPLE)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    rows = read(given.set)
    reference = packaged_reference()
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        matcher = Matcher.load(reference, Path(folder))
        built = time.perf_counter() - started
        started = time.perf_counter()
        Matcher.load(reference, Path(folder))
        loaded = time.perf_counter() - started
    index = matcher.index
    unseen = copy.copy(index)
    unseen.__class__ = Unseen
    fitted = [fit(index, unseen, training) for training, _ in folds(rows)]
    results = {
        "set": given.set.name,
        "rows": len(rows),
        "shipped": figures(rows, [answer(index, row, CALIBRATION) for row in rows]),
        "folds": across(rows, lambda number, row: answer(index, row, fitted[number])),
        "unseen_shipped": figures(rows, [answer(unseen, row, CALIBRATION) for row in rows]),
        "unseen_folds": across(rows, lambda number, row: answer(unseen, row, fitted[number])),
        "baseline_folds": baseline(rows, reference),
        "calibrations": [[round(value, 2) for value in one] for one in fitted],
        "calibration_of_all": [round(value, 2) for value in fit(index, unseen, rows)],
        "seconds": {
            "build": round(built, 2),
            "load": round(loaded, 2),
            "titles": SPEED_TITLES,
            "match": round(speed(matcher, rows, given.rounds), 2),
        },
    }
    print(json.dumps(results, indent=1))


def read(path: Path) -> list[Labelled]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            Labelled(
                Page(row["title"], row["unit"], row["snippet"]),
                frozenset(filter(None, row["ozg_ids"].split("|"))),
                row["kind"],
            )
            for row in csv.DictReader(stream)
        ]


def fold_of(row: Labelled) -> int:
    """Return the fold of a row: that of its service, or its own where it has none."""
    group = min(row.ozg_ids) if row.ozg_ids else row.page.title
    return hashlib.sha256(group.encode()).digest()[0] % FOLDS


def folds(rows: Sequence[Labelled]) -> list[tuple[list[Labelled], list[Labelled]]]:
    numbers = [fold_of(row) for row in rows]
    return [
        (
            [row for row, number in zip(rows, numbers, strict=True) if number != fold],
            [row for row, number in zip(rows, numbers, strict=True) if number == fold],
        )
        for fold in range(FOLDS)
    ]


def across(rows: Sequence[Labelled], answered: Callable[[int, Labelled], Answer]) -> dict[str, object]:
    """Return the figures of all rows, each answered with what was fitted without its fold."""
    return figures(rows, [answered(fold_of(row), row) for row in rows])


def answer(index: NameIndex, row: Labelled, calibration: Calibration) -> Answer:
    found = judge(index, row.page, calibration)
    chosen = frozenset(one.ozg_id for one in found.chosen) if found.decision == ACCEPTED else frozenset()
    return Answer(chosen, tuple(one.ozg_id for one in found.candidates[:5]))


def fit(index: NameIndex, unseen: NameIndex, rows: Sequence[Labelled]) -> Calibration:
    """Fit the certainty by logistic regression on titles seen and unseen, then the threshold."""
    points: list[tuple[tuple[float, float, float], bool]] = []
    for one in (index, unseen):
        for row in rows:
            found = judge(one, row.page)
            if found.candidates:
                best = found.candidates[0]
                points.append(((1.0, min(best.fit.score, 1.0), found.lead), best.ozg_id in row.ozg_ids))
    terms = regress(points)
    for least in STEPS:
        calibration = Calibration(*terms, least)
        answers = [answer(one, row, calibration) for one in (index, unseen) for row in rows]
        accepted = [(row, one) for row, one in zip([*rows, *rows], answers, strict=True) if one.chosen]
        if sum(is_right(row, one) for row, one in accepted) >= WANTED * len(accepted):
            return calibration
    return Calibration(*terms, STEPS[-1])


def regress(points: Sequence[tuple[tuple[float, float, float], bool]]) -> tuple[float, float, float]:
    """Return the weights of a logistic regression with a little shrinkage, by gradient ascent."""
    weights = [0.0, 0.0, 0.0]
    for _ in range(6_000):
        gradient = [-0.01 * weight for weight in weights]
        for point, right in points:
            terms = sum(weight * value for weight, value in zip(weights, point, strict=True))
            miss = right - 1 / (1 + math.exp(-terms))
            for place, value in enumerate(point):
                gradient[place] += miss * value
        weights = [weight + 10 * slope / len(points) for weight, slope in zip(weights, gradient, strict=True)]
    return weights[0], weights[1], weights[2]


def baseline(rows: Sequence[Labelled], reference: Reference) -> dict[str, object]:
    """Return the figures of a token-set fuzzy match against the catalogue's names."""
    names = [(normalise(title), ozg_id) for ozg_id, title in reference.ozg]
    names += [(normalise(name), ozg_id) for _, name, ozg_id in reference.leika if ozg_id]
    texts = [text for text, _ in names]
    found: dict[Labelled, tuple[float, tuple[str, ...]]] = {}
    for row in rows:
        fitting = process.extract(normalise(row.page.title), texts, scorer=fuzz.token_set_ratio, limit=60)
        ids = tuple(dict.fromkeys(names[place][1] for _, _, place in fitting))[:5]
        found[row] = (fitting[0][1], ids)

    def answered(row: Labelled, least: float) -> Answer:
        score, ids = found[row]
        return Answer(frozenset(ids[:1]) if score >= least else frozenset(), ids)

    thresholds = []
    for training, _ in folds(rows):
        fitting = [least for least in range(50, 101) if precision(training, answered, least) >= WANTED]
        thresholds.append(min(fitting, default=100))
    return across(rows, lambda number, row: answered(row, thresholds[number]))


def precision(rows: Sequence[Labelled], answered: Callable[[Labelled, float], Answer], least: float) -> float:
    accepted = [(row, one) for row in rows if (one := answered(row, least)).chosen]
    return sum(is_right(row, one) for row, one in accepted) / len(accepted) if accepted else 1.0


def is_right(row: Labelled, one: Answer) -> bool:
    """Tell whether all that was chosen is among what the row may mean."""
    return bool(one.chosen) and one.chosen <= row.ozg_ids


def figures(rows: Sequence[Labelled], answers: Sequence[Answer]) -> dict[str, object]:
    pairs = list(zip(rows, answers, strict=True))
    accepted = [(row, one) for row, one in pairs if one.chosen]
    services = [(row, one) for row, one in pairs if row.kind == "service"]
    others = [one for row, one in pairs if row.kind == "not_a_service"]
    return {
        "right_of_accepted": share(sum(is_right(row, one) for row, one in accepted), len(accepted)),
        "services_accepted": share(sum(bool(one.chosen) for _, one in services), len(services)),
        "right_in_first_five": share(
            sum(bool(row.ozg_ids & set(one.best)) for row, one in services), len(services)
        ),
        "non_services_accepted": share(sum(bool(one.chosen) for one in others), len(others)),
    }


def share(count: int, of: int) -> dict[str, object]:
    """Return a share with its 95 per cent interval (Wilson)."""
    if not of:
        return {"share": None, "count": 0, "of": 0}
    z = 1.96
    middle = (count / of + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(count * (of - count) / of**3 + z * z / (4 * of * of))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return {
        "share": round(count / of, 3),
        "low": round(low, 3),
        "high": round(high, 3),
        "count": count,
        "of": of,
    }


def speed(matcher: Matcher, rows: Sequence[Labelled], rounds: int) -> float:
    """Return the median of the processor seconds for distinct titles, made of those of the set."""
    pages = [
        rows[number % len(rows)].page._replace(title=f"{rows[number % len(rows)].page.title} {number}")
        for number in range(SPEED_TITLES)
    ]
    measured = []
    for _ in range(rounds):
        started = time.process_time()
        for page in pages:
            matcher.match(page)
        measured.append(time.process_time() - started)
    return sorted(measured)[len(measured) // 2]


if __name__ == "__main__":
    main()
