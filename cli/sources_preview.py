"""``lueckenlos sources preview``: what a source would yield, before anything is saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from catalogue.reports.recordpreview import PreviewRow
from catalogue.reports.runs import IssueRow
from cli import exits
from cli.blocks import Block, Facts, Heading, Line
from cli.calling import REGION_FILE
from cli.help import Command
from cli.meta import describe_call
from cli.options import FormatOption, OutOption
from cli.output import Output, Result, field_names
from cli.problems import UsageProblem
from cli.progress import show_progress
from cli.recordview import key_facts, match_facts, page_facts, reasons_words
from cli.regionfile import region_of
from cli.session import Session, session_of
from cli.sourcefile import find_settings, source_command
from cli.texts import Texts, printable
from cli.view import area_words, issue_line
from connectors.errors import AbortRun
from sync.guard import Objection
from sync.preview import Preview, Report, preview_source

__all__ = ["add_to"]

USUAL = "20"
MOST = 1_000
_EXITS = {"ok": exits.OK, "held": exits.SOME, "failed": exits.NONE}


def add_to(group: typer.Typer) -> None:
    """Add the command to its group."""
    group.command("preview", cls=Command)(_preview)


def _preview(
    context: typer.Context,
    source: Annotated[str, typer.Argument()],
    records: Annotated[str, typer.Option("--records", "-n")] = USUAL,
    region: Annotated[Path, typer.Option("--region", envvar="LUECKENLOS_REGION")] = Path(REGION_FILE),
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    count = _read_count(records)
    known = region_of(session, region)
    settings = find_settings(known, source)
    with session.open_store() as store, _progress(session, settings.id) as report:
        found = preview_source(store, known, settings, count, report)
    text = session.text
    code = exits.USAGE if isinstance(found.error, AbortRun) else _EXITS[found.state]
    steps = _next_steps(found, session, region)
    meta = {
        **describe_call(session, "sources preview"),
        "region": known.name,
        "exit_code": code,
        **_meta(found, text),
        "next_commands": steps,
    }
    output.write(
        Result(field_names(PreviewRow), found.rows, lambda rows: _blocks(found, rows, steps, text), meta),
        text,
    )
    if found.error is not None:
        session.say(f"{text('failure.prefix')} {text.error(found.error.code, found.error.params)}")
    if code:
        raise typer.Exit(code)


def _read_count(written: str) -> int:
    if not written.isascii() or not written.isdigit() or not 1 <= int(written[:9]) <= MOST:
        raise UsageProblem("records", given=written, most=MOST)
    return int(written)


@contextmanager
def _progress(session: Session, source: str) -> Iterator[Report]:
    """Tell on standard error that a source is read, and how far it is."""
    session.say(session.text("sources.reading", source=source))
    with show_progress(session, 1) as listener:
        yield listener.source_advanced


def _meta(found: Preview, text: Texts) -> dict[str, object]:
    """Return what is said about the delivery as a whole."""
    summary = found.summary
    error = found.error
    return {
        "source": found.settings.id,
        "state": found.state,
        "message": error.code if error else "",
        "message_text": text.error(error.code, error.params) if error else "",
        "params": dict(error.params) if error else {},
        "scope": summary.scope,
        "unchanged": found.unchanged,
        "read": summary.read,
        "rejected": summary.rejected,
        "objects": summary.objects,
        "objects_before": found.before,
        "delivered_at": summary.created_at,
        "areas_assigned": found.areas,
        "records_by_class": found.classes,
        "services": found.services._asdict(),
        "objections": [
            {
                "message": one.code,
                "message_text": text.error(one.code, one.params),
                "params": one.params,
                "holds": one.holds,
            }
            for one in found.objections
        ],
        "issues": _issues(found),
        "seconds": found.seconds,
    }


def _issues(found: Preview) -> list[IssueRow]:
    return [
        IssueRow(found.settings.id, severity, kind, count, tuple(samples))
        for (severity, kind), (count, samples) in sorted(found.summary.issues.items(), reverse=True)
    ]


def _next_steps(found: Preview, session: Session, region: Path) -> list[str]:
    source = found.settings.id
    if found.error is not None:
        return [source_command(session, "check", region, source)]
    return [f"{session.text.commands['sync']} --source {source}"]


def _blocks(found: Preview, rows: Sequence[PreviewRow], steps: Sequence[str], text: Texts) -> list[Block]:
    source = found.settings.id
    if found.error is not None:
        blocks: list[Block] = [Line(text("sources.unread", source=source))]
        return [*blocks, *(Line(text("view.next", command=step)) for step in steps)]
    blocks = [Heading(text("sources.preview", source=source, shown=text.number(len(rows))))]
    for row in rows:
        blocks += [Line(""), Line(f"  {row.number}. {_title(row, text)}"), Facts(_facts(row, text))]
    if not rows:
        blocks.append(Line(text("sources.no_records")))
    blocks += [Heading(text("sources.delivery")), Facts(_totals(found, text))]
    blocks += _irregular(found, text)
    return [*blocks, *(Line(text("view.next", command=step)) for step in steps)]


def _title(row: PreviewRow, text: Texts) -> str:
    title = printable(row.title or row.official_title or row.record)
    status = text.word("status", row.status) if row.status else text.word("offer_kind", row.kind)
    return text("sources.record", title=title, status=status, area=_area(row, text))


def _area(row: PreviewRow, text: Texts) -> str:
    if row.ars:
        return area_words(row.area, row.level, text)
    if not row.area_reported:
        return text("sources.no_area")
    return text("sources.unknown_area", given=printable(row.area_reported))


def _facts(row: PreviewRow, text: Texts) -> list[tuple[str, str]]:
    pairs = text("sources.pairs", count=text.number(row.pairs)) if row.pairs > 1 else ""
    facts = [
        *key_facts(row.keys, text),
        *match_facts(row.matches, text),
        (text("column.url"), row.url),
        (text("column.unit"), row.unit),
        (text("column.operator"), text.word("operator", row.operator) if row.operator else ""),
        (text("column.observed_at"), row.observed_at),
        (text("column.note"), row.note),
        *page_facts(row, text),
        (text("column.pairs"), pairs),
        (text("column.ref"), row.ref),
        (text("column.no_cell"), reasons_words(row.reasons, text)),
    ]
    return [(name, value) for name, value in facts if value]


def _totals(found: Preview, text: Texts) -> list[tuple[str, str]]:
    summary, services = found.summary, found.services
    classes = ", ".join(
        f"{text.word('record_class', name)} {text.number(count)}" for name, count in found.classes.items()
    )
    decided = text(
        "sources.decided",
        **{name: text.number(value) for name, value in services._asdict().items()},
    )
    facts = [
        (text("column.read"), text.number(summary.read)),
        (text("column.rejected"), text.number(summary.rejected)),
        (text("column.classes"), classes or "–"),
        (text("column.services"), decided if services.services else ""),
        (text("column.scope"), text.word("scope", summary.scope) if summary.scope else "–"),
        (text("column.delivered_at"), text.moment(summary.created_at) if summary.created_at else ""),
        (text("column.areas_assigned"), text.number(found.areas)),
        (text("column.guard"), _guard(found, text)),
    ]
    return [(name, value) for name, value in facts if value]


def _guard(found: Preview, text: Texts) -> str:
    """Return what the guard would say, compared with the last good state."""
    if found.objections:
        said = [_objection(one, text) for one in found.objections]
    elif found.unchanged:
        said = [text("sources.guard_unchanged")]
    elif found.before is None:
        said = [text("sources.guard_first")]
    else:
        said = [text("sources.guard_fine", before=text.number(found.before))]
    return " ".join(said)


def _objection(one: Objection, text: Texts) -> str:
    key = "sources.guard_holds" if one.holds else "sources.guard_warns"
    return text(key, why=text.error(one.code, one.params))


def _irregular(found: Preview, text: Texts) -> list[Block]:
    issues = _issues(found)
    if not issues:
        return [Line(text("sources.nothing_irregular"))]
    blocks: list[Block] = [Heading(text("view.issues"))]
    for one in issues:
        severity = text.word("severity", one.severity)
        blocks.append(Line(f"{severity}: {issue_line(one.kind, one.count, one.samples, text)}"))
    return blocks
