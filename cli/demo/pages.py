"""What the demo shows, as blocks for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection

from catalogue.reports.coverage import coverage
from catalogue.reports.gaps import GapList
from cli.blocks import Block, Facts, Heading, Line
from cli.coverage import coverage_blocks
from cli.demo.check import Check, Difference, TruthCell
from cli.demo.folder import DemoFolder
from cli.demo.hints import hints
from cli.demo.play import NightResult
from cli.demo.sources import SOURCES, kind_of
from cli.demo.truthfile import truth_path
from cli.gaps import gaps_blocks
from cli.texts import Texts

__all__ = ["files_page", "hints_page", "kinds_page", "night_page", "region_page"]

GAPS_SHOWN = 10
DIFFERENCES_SHOWN = 10
INDENT = "  "


def night_page(result: NightResult, text: Texts) -> Iterator[Block]:
    """Tell what was read, what was not and why, and whether all cells say what they must."""
    report = result.report
    yield Heading(text("demo.night", night=result.night))
    yield Line(
        text(
            "demo.read",
            good=sum(outcome.good for outcome in report.sources),
            sources=len(report.sources),
            cells=text.number(report.cells_new + report.cells_changed),
            seconds=text.number(result.seconds),
        )
    )
    for outcome in report.sources:
        if not outcome.good:
            message = text.error(outcome.message, {**outcome.params, "source": outcome.source})
            yield Line(INDENT + text("demo.source", source=outcome.source, message=message))
    yield from _check(result.check, text)


def kinds_page(text: Texts) -> Iterator[Block]:
    """Tell how many sources of each kind there are."""
    counts = Counter(kind_of(spec) for spec in SOURCES)
    kinds = ", ".join(text(f"demo.kind_{kind}", count=count) for kind, count in counts.items())
    yield Line(text("demo.kinds", kinds=kinds))


def _check(result: Check, text: Texts) -> Iterator[Block]:
    yield Line(
        text(
            "demo.checked",
            areas=result.areas,
            services=result.services,
            cells=text.number(result.cells),
            differences=text.number(len(result.differences)),
        )
    )
    reported = text.number(result.disagreements)
    yield Line(text("demo.also_checked", waiting=text.number(result.waiting), disagreements=reported))
    for difference in result.differences[:DIFFERENCES_SHOWN]:
        yield Line(INDENT + _difference(difference, text))
    more = len(result.differences) - DIFFERENCES_SHOWN
    if more > 0:
        yield Line(INDENT + text("demo.more_differences", count=text.number(more)))


def _difference(difference: Difference, text: Texts) -> str:
    place = {"ars": difference.ars, "ozg_id": difference.ozg_id}
    if not difference.field:
        return text("demo.difference_missing", **place)
    said = {"field": difference.field, "found": difference.found, "expected": difference.expected}
    return text("demo.difference", title=difference.title, **place, **said)


def region_page(connection: Connection, found: GapList, text: Texts) -> Iterator[Block]:
    """Show coverage and the first gaps, as the commands of these names do."""
    yield Heading(text("demo.coverage"))
    yield from coverage_blocks(coverage(connection), "competent", text)
    yield Heading(text("demo.gaps"))
    yield from gaps_blocks(found, found.rows[:GAPS_SHOWN], text)


def files_page(folder: DemoFolder, night: int, text: Texts) -> Iterator[Block]:
    """List what was written."""
    written = {
        "gaps_csv": folder.gaps_csv,
        "gaps_json": folder.gaps_json,
        "region": folder.region,
        "truth": truth_path(folder.deliveries, night, "csv"),
        "deliveries": folder.deliveries,
    }
    yield Heading(text("demo.files"))
    yield Facts([(str(path), text(f"demo.file_{name}")) for name, path in written.items()])


def hints_page(folder: DemoFolder, truth: list[TruthCell], night: int, text: Texts) -> Iterator[Block]:
    """Say what to try next: commands that work as they stand."""
    yield Heading(text("demo.next"))
    for hint in hints(folder, truth, night, text):
        yield Line(f"# {hint.meaning}")
        yield Line(INDENT + hint.command)
