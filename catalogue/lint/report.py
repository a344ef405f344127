"""The report on a delivery: what every check found, to be read as often as wanted, a row at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from catalogue.errors import NotFound
from catalogue.lint.bench import Bench, Finding
from catalogue.lint.checks import CHECKS, NOT_KEPT, Check, ordered_checks
from catalogue.lint.disk import file_errors
from catalogue.lint.functions import Functions
from catalogue.lint.lookups import ask_about_claims, ask_about_deletions, ask_about_references
from catalogue.lint.rules import MUST, LintRules
from catalogue.lint.subject import Subject
from catalogue.lint.unable import Unable

__all__ = ["CheckResult", "LintReport", "lint"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What became of a check; docs/data-dictionary.md explains every field."""

    check: str
    severity: str
    fim: tuple[str, ...]
    findings: int
    unable: str


class LintReport:
    """The findings of all checks. They lie in the stage's file; the report is of use while that is open."""

    def __init__(self, bench: Bench, checks: list[Check], results: list[CheckResult]) -> None:
        self._bench = bench
        self._checks = checks
        self.results = results

    @property
    def musts(self) -> int:
        """Return how often something was found that must not be."""
        return sum(one.findings for one in self.results if one.severity == MUST)

    def __len__(self) -> int:
        """Return the number of rows; one may stand for many findings of which only the number is known."""
        return self._bench.size()

    def __iter__(self) -> Iterator[Finding]:
        """Yield all findings, those that must not be first, by check and record."""
        for place in range(len(self._checks)):
            yield from self.of_check(place)

    def of_check(self, place: int, most: int = -1) -> Iterator[Finding]:
        """Yield the findings of the check at a place in ``results``; at most so many, -1 for all."""
        check = self._checks[place]
        for row in self._bench.findings(place, most):
            yield Finding(check.code, check.severity, *row)


@contextmanager
def lint(connection: Connection, subject: Subject, rules: LintRules, now: datetime) -> Iterator[LintReport]:
    """Make all checks of a delivery and give the report. The stage is used up.

    Raise NotFound for rules that name a check nobody knows. The catalogue is asked only before the report
    is given, so that reading it keeps no transaction open. Raise OSError where the disk is full.
    """
    _require_known(rules)
    functions = Functions(connection, rules)
    with (
        file_errors(subject.stage),
        closing(Bench(subject, functions, now.date(), rules.stale_days)) as bench,
    ):
        ask_about_references(connection, bench)
        ask_about_claims(connection, bench)
        if subject.fresh:
            ask_about_deletions(connection, bench)
        yield _make(bench, rules)


def _require_known(rules: LintRules) -> None:
    known = {check.code for check in CHECKS}
    for given in (*rules.severity, *rules.fim):
        if given not in known:
            raise NotFound("lint_check_unknown", given=given, known=", ".join(sorted(known)))


def _make(bench: Bench, rules: LintRules) -> LintReport:
    checks = ordered_checks(rules)
    unable: dict[str, str] = {}
    for place, check in enumerate(checks):
        found = check.look(bench)
        if isinstance(found, Unable):
            unable[check.code] = found.value
        else:
            bench.note(place, found)
    totals = bench.totals()
    results = [
        CheckResult(
            check=check.code,
            severity=check.severity,
            fim=rules.fim.get(check.code, ()),
            findings=totals.get(place, 0),
            unable=unable.get(check.code, ""),
        )
        for place, check in enumerate(checks)
    ]
    results += [CheckResult(code, "", (), 0, Unable.NOT_KEPT.value) for code in NOT_KEPT]
    return LintReport(bench, checks, results)
