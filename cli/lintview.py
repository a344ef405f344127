"""The findings of a delivery as rows for files, made one by one, and as the view for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import overload

from catalogue.lint.bench import Finding
from catalogue.lint.report import CheckResult, LintReport
from catalogue.lint.subject import Subject
from cli.blocks import Block, Facts, Heading, Line
from cli.texts import Texts, printable
from cli.view import Column, grid

__all__ = ["FindingRow", "FindingRows", "report_blocks"]


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding; docs/data-dictionary.md explains every field."""

    source: str
    severity: str
    check: str
    fim: tuple[str, ...]
    record_class: str
    ref: str
    title: str
    element: str
    found: str
    count: int
    message: str
    hint: str


class FindingRows(Sequence[FindingRow]):
    """All findings of a report. Each row is made when it is asked for: there may be millions."""

    def __init__(self, report: LintReport, source: str, text: Texts) -> None:
        self._report = report
        self._source = source
        self._text = text
        self._fim = {one.check: one.fim for one in report.results}

    def __len__(self) -> int:
        return len(self._report)

    def __iter__(self) -> Iterator[FindingRow]:
        return map(self._row, self._report)

    @overload
    def __getitem__(self, index: int) -> FindingRow: ...

    @overload
    def __getitem__(self, index: slice) -> list[FindingRow]: ...

    def __getitem__(self, index: int | slice) -> FindingRow | list[FindingRow]:
        """Return rows by their number, by reading all before them."""
        if isinstance(index, slice):
            return list(islice(self, *index.indices(len(self))))
        number = range(len(self))[index]
        return next(islice(self, number, None))

    def _row(self, found: Finding) -> FindingRow:
        return FindingRow(
            source=self._source,
            severity=found.severity,
            check=found.check,
            fim=self._fim[found.check],
            record_class=found.record_class,
            ref=found.ref,
            title=found.title,
            element=found.element,
            found=found.found,
            count=found.times,
            message=_message(found, self._text),
            hint=self._text(f"lint_hint.{found.check}"),
        )


def _message(found: Finding, text: Texts) -> str:
    """Return what is wrong in words: the check's name, or what the reader remarked."""
    if not found.check.startswith("reader_"):
        return text(f"lint.{found.check}")
    # Where only the number is known, there is no record to name.
    shown = {"record": printable(found.ref) or "–", "detail": printable(found.found) or "–"}
    return text(f"issue.{found.element}", **shown)


def report_blocks(report: LintReport, subject: Subject, rules: str, samples: int, text: Texts) -> list[Block]:
    """Return the report for people: totals, then each check with some of its findings."""
    kind = "fresh" if subject.fresh else "applied"
    head = text(f"lint_view.{kind}", source=subject.source, day=text.day(subject.delivered_at))
    told = [(place, one) for place, one in enumerate(report.results) if one.findings]
    shoulds = sum(one.findings for _, one in told) - report.musts
    totals = {"musts": text.number(report.musts), "shoulds": text.number(shoulds), "rules": rules}
    key = "lint_view.total" if told else "lint_view.nothing"
    blocks: list[Block] = [Heading(head), Line(text(key, **totals))]
    if told:
        blocks += [Line(""), grid(_TOTALS, [one for _, one in told], text)]
    for place, one in told:
        blocks += _of_check(report, place, one, samples, text)
    return [*blocks, *_unable(report, text)]


def _of_check(
    report: LintReport, place: int, result: CheckResult, samples: int, text: Texts
) -> Iterator[Block]:
    severity = text.word("lint_severity", result.severity)
    name = text(f"lint.{result.check}")
    count = text.number(result.findings)
    yield Heading(text("lint_view.check", severity=severity, name=name, code=result.check, count=count))
    found = list(report.of_check(place, samples))
    rows = [one for one in found if one.times == 1]
    if result.check.startswith("reader_"):
        yield from (Line(f"  {_message(one, text)}") for one in rows)
    elif rows:
        yield grid(_FINDINGS, rows, text)
    for one in found:
        if one.times > 1:
            words = text("lint_view.counted", count=text.number(one.times))
            yield Line(f"  {words}" if not one.element else f"  {words}: {_message(one, text)}")
    more = result.findings - sum(one.times for one in found)
    if more:
        yield Line(text("lint_view.more", count=text.number(more)))
    yield Line(text("lint_view.hint", hint=text(f"lint_hint.{result.check}")))


def _unable(report: LintReport, text: Texts) -> list[Block]:
    """Return which checks were not made, by reason."""
    reasons: dict[str, list[str]] = {}
    for one in report.results:
        if one.unable:
            reasons.setdefault(one.unable, []).append(text(f"lint.{one.check}"))
    facts = [(text.word("lint_unable", reason), "; ".join(names)) for reason, names in reasons.items()]
    return [Heading(text("lint_view.unable")), Facts(facts)]


_TOTALS: tuple[Column[CheckResult], ...] = (
    Column("check_severity", lambda text, one: text.word("lint_severity", one.severity)),
    Column("check", lambda text, one: text(f"lint.{one.check}")),
    Column("findings", right=True),
)
_FINDINGS: tuple[Column[Finding], ...] = (
    Column("kind", lambda text, one: text.word("record_class", one.record_class)),
    Column("ref"),
    Column("title", optional=True),
    Column("element", lambda text, one: text.word("lint_element", one.element), optional=True),
    Column("found", optional=True),
)
