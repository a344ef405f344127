from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalogue.priority import PriorityPart
from catalogue.reference import Release
from catalogue.reference.difference import DifferenceRow
from catalogue.reports.annotations import AnnotationRow, HistoryRow
from catalogue.reports.annotations import SheetRow as AnnotationSheetRow
from catalogue.reports.cells import CellRow
from catalogue.reports.changes import ChangeRow, Movement
from catalogue.reports.conflicts import ConflictRow, Unclaimed
from catalogue.reports.coverage import CoverageRow
from catalogue.reports.crosscheck import CrosscheckRow, CrosscheckSummary
from catalogue.reports.database import TableRow
from catalogue.reports.directory import AreaRow, ServiceRow
from catalogue.reports.entries import ChoiceRow, EntryRow, SaidRow
from catalogue.reports.explain import CompetenceRow, LeikaRow, VerdictRow, VoiceRow
from catalogue.reports.links import LinkCheckRow, LinkRunRow
from catalogue.reports.links import LinkRow as CheckedLink
from catalogue.reports.morning import NightLine
from catalogue.reports.morning_links import LinksMoved
from catalogue.reports.morning_moved import Moved, ReasonMoved
from catalogue.reports.morning_sources import HeldDelivery, SourceLine
from catalogue.reports.notices import NoticeRow
from catalogue.reports.onlineservices import OnlineRow
from catalogue.reports.opendata.files import PublishedFile
from catalogue.reports.payloads import PayloadRow
from catalogue.reports.quickwins import HavingMember, LackingMember, QuickWin
from catalogue.reports.record import LifeRow, ObjectRow, RejectionRow
from catalogue.reports.recordplaces import CellUse, PlaceRow
from catalogue.reports.recordpreview import PreviewRow
from catalogue.reports.recordrows import EvidenceRow, KeyRow, LinkRow, MatchRow
from catalogue.reports.review import ReviewRow
from catalogue.reports.review_record import ActRow, ConcernedCell, OfferedRow
from catalogue.reports.review_record import CandidateRow as ReviewCandidate
from catalogue.reports.review_sheet import SheetRow
from catalogue.reports.runs import IssueRow, RunRow, SourceRunRow
from catalogue.reports.signals import SignalRow
from catalogue.reports.solutions import LackingRow, SolutionRow
from catalogue.reports.sources import SourceRow
from catalogue.reports.trail import OfferingRow
from catalogue.reports.trend import TrendPoint
from catalogue.solutions import Ready
from catalogue.upkeep.check import Finding
from catalogue.upkeep.content import TableContent
from catalogue.upkeep.prune import Pruned
from cli.annotations_import import ConflictRow as AnnotationConflict
from cli.annotations_view import FieldChange
from cli.conflicts import ConflictCount
from cli.health import HealthRow
from cli.links import HostRow
from cli.movement import FigureRow
from cli.nightly import PlanRow, StepRow
from cli.notify import PreviewRow as NoticePreview
from cli.notify import TestRow as NoticeTest
from cli.output import field_names
from cli.publish_ckan import CkanRow
from cli.review_import import ConflictRow as ReviewConflict
from cli.review_upgrade import CoverageChange, StatusChange
from cli.review_view import DecidedRow
from cli.schedule import JobRow
from cli.serve.public import PublicRun, PublicSource
from cli.signals import SignalCount
from cli.sources_check import CheckRow
from cli.syncing import OutcomeRow
from sync.deciding import Move
from tests.cli.conftest import Cli

DOCUMENT = Path("docs/data-dictionary.md").read_text(encoding="utf-8")
SECTIONS = {
    "## cells": field_names(CellRow),
    "## coverage": field_names(CoverageRow),
    "## explain": field_names(OfferingRow),
    "### explain: verdict": field_names(VerdictRow),
    "### explain: competence": field_names(CompetenceRow),
    "### explain: leika": field_names(LeikaRow),
    "### explain: voices": field_names(VoiceRow),
    "## entry": field_names(EntryRow),
    "### entry: chosen": field_names(ChoiceRow),
    "### entry: said": field_names(SaidRow),
    "## conflicts": field_names(ConflictRow),
    "### conflicts: by area": field_names(ConflictCount),
    "### conflicts: unclaimed": field_names(Unclaimed),
    "## signals": field_names(SignalRow),
    "### signals: by area": field_names(SignalCount),
    "## crosscheck": field_names(CrosscheckRow),
    "### crosscheck: summary": field_names(CrosscheckSummary),
    "## changes": field_names(ChangeRow),
    "### changes: movements": field_names(Movement),
    "### changes: figures": field_names(FigureRow),
    "## trend": field_names(TrendPoint),
    "## runs": field_names(RunRow),
    "### runs: sources": field_names(SourceRunRow),
    "### runs: issues": field_names(IssueRow),
    "### runs show": field_names(SourceLine),
    "### runs show: held": field_names(HeldDelivery),
    "### runs show: moved": field_names(Moved),
    "### runs show: unknown": field_names(ReasonMoved),
    "### runs show: links": field_names(LinksMoved),
    "### runs show: night": field_names(NightLine),
    "## health": field_names(HealthRow),
    "## sources list": field_names(SourceRow),
    "## sources check": field_names(CheckRow),
    "## sources preview": field_names(PreviewRow),
    "## sources explain-record": field_names(PlaceRow),
    "### records: life": field_names(LifeRow),
    "### records: objects": field_names(ObjectRow),
    "### records: keys": field_names(KeyRow),
    "### records: matches": field_names(MatchRow),
    "### records: links": field_names(LinkRow),
    "### records: evidence": field_names(EvidenceRow),
    "### records: rejections": field_names(RejectionRow),
    "### records: cells": field_names(CellUse),
    "## sync": field_names(OutcomeRow),
    "## notify list": field_names(NoticeRow),
    "## notify preview": field_names(NoticePreview),
    "## notify test": field_names(NoticeTest),
    "## nightly": field_names(StepRow),
    "### nightly: plan": field_names(PlanRow),
    "## schedule": field_names(JobRow),
    "## review list": field_names(ReviewRow),
    "## review show": field_names(ReviewCandidate),
    "### review show: offered": field_names(OfferedRow),
    "### review show: cells": field_names(ConcernedCell),
    "### review show: history": field_names(ActRow),
    "## review accept, reject, assign, undo, import, upgrade": field_names(DecidedRow),
    "### review: moves": field_names(Move),
    "### review import: conflicts": field_names(ReviewConflict),
    "### review upgrade: statuses": field_names(StatusChange),
    "### review upgrade: coverage": field_names(CoverageChange),
    "## review export": field_names(SheetRow),
    "## annotations list": field_names(AnnotationRow),
    "## annotations history": field_names(HistoryRow),
    "## annotations set, clear, import": field_names(FieldChange),
    "### annotations import: conflicts": field_names(AnnotationConflict),
    "## annotations export": field_names(AnnotationSheetRow),
    "## reference list": Release._fields,
    "## reference fetch fim": field_names(DifferenceRow),
    "## payloads list": field_names(PayloadRow),
    "## db check": field_names(TableRow),
    "### db check: findings": field_names(Finding),
    "## db backup, restore, move": field_names(TableContent),
    "## db prune": field_names(Pruned),
    "### gaps: priority parts": field_names(PriorityPart),
    "## solutions": field_names(SolutionRow),
    "### solutions: ready": field_names(Ready),
    "### solutions: lacking": field_names(LackingRow),
    "## quickwins": field_names(QuickWin),
    "### quickwins: have": field_names(HavingMember),
    "### quickwins: lack": field_names(LackingMember),
    "## publish": field_names(PublishedFile),
    "### publish: ckan": field_names(CkanRow),
    "## links list": field_names(CheckedLink),
    "### links: run": field_names(LinkRunRow),
    "### links check: dry run": field_names(HostRow),
    "## links show": field_names(LinkCheckRow),
    "### serve: areas": field_names(AreaRow),
    "### serve: services": field_names(ServiceRow),
    "### serve: sources": field_names(PublicSource),
    "### serve: runs": field_names(PublicRun),
    "### serve: data": field_names(OnlineRow),
}
#: JSON's name for what Python writes.
TYPES = {
    "str": "string",
    "int": "number",
    "float": "number",
    "bool": "boolean",
    "Params": "object",
    "Counts": "object",
}


def documented(heading: str) -> list[tuple[str, str]]:
    """Return names and types of the first table of a section."""
    section = DOCUMENT.partition(f"\n{heading}\n")[2]
    section = re.split(r"\n##", section)[0]
    return re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE)


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_field_is_documented_in_its_order(heading: str) -> None:
    assert [name for name, _ in documented(heading)] == list(SECTIONS[heading])


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("## cells", CellRow),
        ("## coverage", CoverageRow),
        ("## explain", OfferingRow),
        ("## entry", EntryRow),
        ("### entry: chosen", ChoiceRow),
        ("### entry: said", SaidRow),
        ("## conflicts", ConflictRow),
        ("## signals", SignalRow),
        ("### db check: findings", Finding),
        ("## db backup, restore, move", TableContent),
        ("## db prune", Pruned),
        ("## crosscheck", CrosscheckRow),
        ("### crosscheck: summary", CrosscheckSummary),
        ("## reference fetch fim", DifferenceRow),
        ("### gaps: priority parts", PriorityPart),
        ("## solutions", SolutionRow),
        ("### solutions: ready", Ready),
        ("### solutions: lacking", LackingRow),
        ("## quickwins", QuickWin),
        ("### quickwins: have", HavingMember),
        ("### quickwins: lack", LackingMember),
        ("## changes", ChangeRow),
        ("### changes: figures", FigureRow),
        ("## trend", TrendPoint),
        ("## runs", RunRow),
        ("### runs: sources", SourceRunRow),
        ("### runs show", SourceLine),
        ("### runs show: held", HeldDelivery),
        ("### runs show: unknown", ReasonMoved),
        ("## health", HealthRow),
        ("## sources list", SourceRow),
        ("## sources check", CheckRow),
        ("## sources preview", PreviewRow),
        ("## sources explain-record", PlaceRow),
        ("### records: life", LifeRow),
        ("### records: matches", MatchRow),
        ("### records: rejections", RejectionRow),
        ("### records: cells", CellUse),
        ("## sync", OutcomeRow),
        ("## nightly", StepRow),
        ("### nightly: plan", PlanRow),
        ("## schedule", JobRow),
        ("## review list", ReviewRow),
        ("## review show", ReviewCandidate),
        ("### review show: history", ActRow),
        ("## review accept, reject, assign, undo, import, upgrade", DecidedRow),
        ("### review: moves", Move),
        ("### review upgrade: coverage", CoverageChange),
        ("## review export", SheetRow),
        ("## annotations list", AnnotationRow),
        ("## annotations history", HistoryRow),
        ("## annotations set, clear, import", FieldChange),
        ("### annotations import: conflicts", AnnotationConflict),
        ("## annotations export", AnnotationSheetRow),
        ("## links list", CheckedLink),
        ("### links: run", LinkRunRow),
        ("### links check: dry run", HostRow),
        ("## links show", LinkCheckRow),
        ("### serve: areas", AreaRow),
        ("### serve: services", ServiceRow),
        ("### serve: sources", PublicSource),
        ("### serve: runs", PublicRun),
        ("### serve: data", OnlineRow),
    ],
)
def test_every_type_is_the_one_of_the_program(heading: str, row: type) -> None:
    for name, written in documented(heading):
        kind, _, empty = str(row.__annotations__[name]).partition(" | ")
        expected = TYPES.get(kind, "array")
        assert written == (f"{expected} or null" if empty else expected), name


@pytest.mark.parametrize(
    "question",
    [
        ["gaps"],
        ["cells", "--area", "Gladbeck"],
        ["coverage"],
        ["explain", "Bottrop", "10110"],
        ["entry", "Bottrop", "10110"],
        ["conflicts"],
        ["signals"],
        ["coverage", "--without-inflated"],
        ["changes", "--from", "2026-11-01"],
        ["changes", "--from", "2026-11-01", "--figures"],
        ["trend"],
        ["runs"],
        ["runs", "1"],
        ["runs", "show"],
        ["health"],
        ["sources", "list"],
        ["sources", "check", "--region", "tests/samples/region/region.toml"],
        ["sources", "preview", "portal", "--region", "tests/samples/region/region.toml"],
        ["sources", "explain-record", "portal", "055120000000|99001009004000"],
        ["review", "list"],
        ["review", "show", "portal:hunde und mehr"],
        ["review", "accept", "portal:hunde und mehr", "--service", "10160", "--dry-run"],
        ["review", "upgrade"],
        ["annotations", "list"],
        ["annotations", "history", "Bottrop", "10110"],
        ["annotations", "set", "Bottrop", "10110", "--comment", "x", "--by", "x", "--dry-run"],
        ["reference", "list"],
        ["db", "check"],
        ["db", "prune", "--dry-run"],
        ["solutions", "10110"],
        ["quickwins"],
    ],
    ids=" ".join,
)
def test_every_field_of_meta_is_documented(cli: Cli, region: str, question: list[str]) -> None:
    meta = cli(*question, "--format", "json").json["meta"]
    for name in meta:
        assert f"`{name}`" in DOCUMENT, name
