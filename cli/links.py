"""``lueckenlos links``: check the links behind online offers, list where they stand, show one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from catalogue.links import STATES
from catalogue.reports.filters import Filters, select_cells
from catalogue.reports.links import LinkCheckRow, LinkRow, LinkUse, last_link_run, link_detail, links
from catalogue.rulefile import read_rule_file
from catalogue.store import Store
from cli import exits
from cli.blocks import Block, Facts, Heading, Line
from cli.help import Command, Group
from cli.meta import describe_call, describe_question
from cli.options import AreaOption, FormatOption, LevelOption, LimitOption, OutOption, code_of, filters_of
from cli.output import Output, Result, field_names, plain
from cli.session import Session, session_of
from cli.texts import Texts, printable
from cli.view import Column, grid
from connectors.linkcheck.settings import LinkSettings
from sync.links import LinkOptions, LinkPlan, LinkReport, check_links, plan_links

__all__ = ["HostRow", "add_to", "worded"]

TABLE_ROWS = 50
LINES_OF_A_CHECK = 20
#: Requests a link costs a host at most, its share of robots.txt and the stray path included.
REQUESTS_PER_LINK = 2
EXIT_CODES = {"ok": exits.OK, "partial": exits.SOME, "failed": exits.NONE}


@dataclass(frozen=True, slots=True)
class HostRow:
    """A host that a check would ask; docs/data-dictionary.md explains every field."""

    host: str
    links: int
    strikes: int
    seconds: float


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(cls=Group)
    group.command("check", cls=Command)(_check)
    group.command("list", cls=Command)(_list)
    group.command("show", cls=Command)(_show)
    app.add_typer(group, name="links", cls=Group)


def _check(
    context: typer.Context,
    area: AreaOption = None,
    level: LevelOption = "",
    settings: Annotated[Path | None, typer.Option("--settings", envvar="LUECKENLOS_LINKS")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    output_format: FormatOption = "",
    out: OutOption = None,
    limit: LimitOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit)
    most, output = output.limit, replace(output, limit=0)
    filters = filters_of(area=area, level=level)
    given = read_rule_file(settings, LinkSettings, "docs/linkpruefung.md") if settings else LinkSettings()
    with session.open_store() as store:
        options = LinkOptions(_area_ids(store, filters), most, session.now)
        if dry_run:
            _write_plan(session, output, plan_links(store, given, options), given)
            return
        with _progress(session) as listener:
            report = check_links(store, given, replace(options, progress=listener))
        _write_report(session, output, report, store)
    if EXIT_CODES[report.state]:
        raise typer.Exit(EXIT_CODES[report.state])


def _area_ids(store: Store, filters: Filters) -> tuple[int, ...] | None:
    with store.read() as connection:
        chosen = select_cells(connection, filters)
    return tuple(one.id for one in chosen.areas) if chosen.limited else None


@contextmanager
def _progress(session: Session) -> Iterator[Callable[[int, int], None]]:
    """Give somebody to tell how far the check is: a bar on a terminal, a line now and then elsewhere."""
    if not sys.stderr.isatty():
        yield _Lines(session)
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(session.text("links.checking"), total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


class _Lines:
    """Says a line for each twentieth of the links, not for each of the many small batches."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._said = -1

    def __call__(self, done: int, total: int) -> None:
        part = done * LINES_OF_A_CHECK // max(total, 1)
        if part > self._said:
            self._said = part
            text = self._session.text
            self._session.say(text("links.far", done=text.number(done), total=text.number(total)))


def _write_plan(session: Session, output: Output, planned: LinkPlan, given: LinkSettings) -> None:
    text = session.text
    rows = [
        HostRow(
            host,
            len(urls),
            sum(url in planned.known and planned.known[url].standing.strikes > 0 for url in urls),
            round((len(urls) * REQUESTS_PER_LINK + 2) * given.gap, 1),
        )
        for host, urls in planned.hosts.items()
    ]
    rows.sort(key=lambda row: (-row.links, row.host))
    meta = {
        **describe_call(session, "links check"),
        "dry_run": True,
        "wanted": planned.wanted,
        "due": len(planned.due),
        "skipped": planned.skipped,
        "settings": given.model_dump(mode="json"),
    }

    def blocks(shown: Sequence[HostRow]) -> list[Block]:
        counts = {name: text.number(int(str(meta[name]))) for name in ("wanted", "due", "skipped")}
        said = text("links.planned", hosts=text.number(len(rows)), **counts)
        return [grid(_HOST_COLUMNS, shown, text), Line(said)]

    output.write(Result(field_names(HostRow), rows, blocks, meta), text)


def _write_report(session: Session, output: Output, report: LinkReport, store: Store) -> None:
    text = session.text
    with store.read() as connection:
        moved = {*report.newly_broken, *report.recovered}
        rows = [worded(row, text) for row in links(connection) if row.url in moved]
        last = last_link_run(connection)
    meta = {
        **describe_call(session, "links check"),
        "dry_run": False,
        "state": report.state,
        "exit_code": EXIT_CODES[report.state],
        "link_run": plain(last) if last else None,
        "left": report.left,
        "skipped": report.skipped,
        "kinds": dict(sorted(report.kinds.items())),
        "newly_broken": report.newly_broken,
        "recovered": report.recovered,
    }
    result = Result(field_names(LinkRow), rows, lambda shown: _report_blocks(report, shown, text), meta)
    output.write(result, text)


def _report_blocks(report: LinkReport, rows: Sequence[LinkRow], text: Texts) -> list[Block]:
    counts = {name: text.number(report.results[name]) for name in ("ok", "moved", "dead", "unclear")}
    blocks: list[Block] = [grid(_COLUMNS, rows, text)] if rows else []
    said = text(
        "links.checked",
        run=report.run_id,
        checked=text.number(report.checked),
        broken=text.number(len(report.newly_broken)),
        recovered=text.number(len(report.recovered)),
        **counts,
    )
    blocks.append(Line(said))
    if report.own_network:
        blocks.append(Line(text("links.own_network", count=text.number(report.kinds["own_network"]))))
    if report.left:
        blocks.append(Line(text("links.left", count=text.number(report.left))))
    return blocks


def _list(
    context: typer.Context,
    state: Annotated[list[str] | None, typer.Option("--state")] = None,
    area: AreaOption = None,
    level: LevelOption = "",
    output_format: FormatOption = "",
    out: OutOption = None,
    limit: LimitOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS)
    filters = filters_of(area=area, level=level)
    states = tuple(code_of("link_state", one, STATES) for one in state or ())
    text = session.text
    with session.reading() as connection:
        rows = [worded(row, text) for row in links(connection, filters, states)]
        last = last_link_run(connection)
        meta = describe_question(connection, session, "links list", filters)
    meta |= {"states": list(states), "link_run": plain(last) if last else None}

    def blocks(shown: Sequence[LinkRow]) -> list[Block]:
        if last is None:
            return [Line(text("links.never"))]
        facts = [Line(text("links.listed", count=text.number(len(rows)), at=text.moment(last.started_at)))]
        return [grid(_COLUMNS, shown, text), *facts] if shown else list(facts)

    output.write(Result(field_names(LinkRow), rows, blocks, meta), text)


def worded(row: LinkRow, text: Texts) -> LinkRow:
    """Return a link with its problem and what to do about it in words."""
    if not row.kind:
        return row
    return replace(
        row,
        problem=text(
            f"link_problem.{row.kind}", url=printable(row.final_url) or "–", status=row.status or "–"
        ),
        fix=text(f"link_fix.{row.kind}", url=printable(row.final_url) or "–"),
    )


def _show(
    context: typer.Context,
    url: Annotated[str, typer.Argument()],
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    text = session.text
    with session.reading() as connection:
        found, checks, uses = link_detail(connection, url)
        meta = describe_question(connection, session, "links show")
    row = worded(found, text)
    meta |= {"link": plain(row), "used_by": [one._asdict() for one in uses]}
    result = Result(field_names(LinkCheckRow), checks, lambda shown: _detail(row, shown, uses, text), meta)
    output.write(result, text)


def _detail(
    row: LinkRow, checks: Sequence[LinkCheckRow], uses: Sequence[LinkUse], text: Texts
) -> list[Block]:
    facts = [
        (text("column.state"), text.word("link_state", row.state)),
        (text("column.since"), text.moment(row.since)),
        (text("column.problem"), row.problem),
        (text("column.fix"), row.fix),
        (text("column.detail_words"), printable(row.detail)),
        (text("column.strikes"), text.number(row.strikes)),
        (text("column.failing_since"), text.moment(row.failing_since) if row.failing_since else "–"),
        (text("column.last_ok"), text.moment(row.last_ok) if row.last_ok else "–"),
        (text("column.final_url"), printable(row.final_url)),
    ]
    blocks: list[Block] = [Heading(printable(row.url)), Facts([fact for fact in facts if fact[1]])]
    if uses:
        blocks.append(Heading(text("links.used_by")))
        blocks += [Line(f"{printable(use.area)}: {use.ozg_id}") for use in uses[:TABLE_ROWS]]
    return [*blocks, Heading(text("links.history")), grid(_CHECK_COLUMNS, checks, text)]


_HOST_COLUMNS: tuple[Column[HostRow], ...] = (
    Column("host_name", lambda _text, row: printable(row.host)),
    Column("links", right=True),
    Column("strikes", right=True, optional=True),
    Column("seconds", right=True),
)
_COLUMNS: tuple[Column[LinkRow], ...] = (
    Column("state", section="link_state"),
    Column("url"),
    Column("problem"),
    Column("failing_since", lambda text, row: text.day(row.failing_since) if row.failing_since else "–"),
    Column("strikes", right=True, optional=True),
    Column("last_ok", lambda text, row: text.day(row.last_ok) if row.last_ok else "–"),
    Column("cells", right=True),
)
_CHECK_COLUMNS: tuple[Column[LinkCheckRow], ...] = (
    Column("first_at", lambda text, row: text.moment(row.first_at)),
    Column("last_at", lambda text, row: text.moment(row.last_at)),
    Column("checks", right=True),
    Column("result", section="link_result"),
    Column("link_kind", lambda text, row: text.word("link_kind", row.kind)),
    Column("state", section="link_state"),
    Column("strikes", right=True),
    Column("status", right=True),
)
