"""``lueckenlos health``: one look for monitoring, for people, programs and plug-ins."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Final

import typer
from sqlalchemy import Connection
from sqlalchemy import text as sql
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from catalogue.errors import CatalogueError, StoreError
from catalogue.messages import has_text
from catalogue.reports.health import STATES, HealthCheck, Limits, check_health, disk_checks, may_write, worst
from catalogue.reports.runs import Params
from catalogue.store import default_url, redact
from cli import exits
from cli.blocks import Block, Heading, Line
from cli.calling import program
from cli.help import Command
from cli.meta import describe_call
from cli.options import FormatOption, OutOption
from cli.output import Output, Result, field_names, opened
from cli.problems import UsageProblem
from cli.serve.database import Library, TooSlow
from cli.session import Session, session_of
from cli.texts import Texts, printable
from cli.view import Column, grid, next_line

__all__ = ["HealthRow", "add_to"]

#: Exit codes by the worst state: those of the house, and those that plug-ins have to give.
_EXITS: Final = {"ok": exits.OK, "warning": exits.SOME, "critical": exits.NONE}
_PLUGIN_EXITS: Final = {"ok": 0, "warning": 1, "critical": 2}
PLUGIN = "plugin"
#: So much trouble is told in the one line of a plug-in.
MOST_TOLD = 5
#: So many reasons are named why notices were not sent.
MOST_CAUSES = 3
#: How long all questions together may take.
SECONDS = 10.0
_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class HealthRow:
    """One thing that was looked at; docs/data-dictionary.md explains every field."""

    check: str
    subject: str
    state: str
    text: str
    code: str
    params: Params
    value: float | None
    unit: str
    limit: float | None
    since: str
    next_command: str


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("health", cls=Command)(_health)


def _health(
    context: typer.Context,
    max_age: Annotated[str, typer.Option("--max-age")] = "26",
    critical_age: Annotated[str, typer.Option("--critical-age")] = "50",
    max_run: Annotated[str, typer.Option("--max-run")] = "6",
    max_late: Annotated[str, typer.Option("--max-late")] = "2",
    max_link_age: Annotated[str, typer.Option("--max-link-age")] = "50",
    max_unknown: Annotated[str, typer.Option("--max-unknown")] = "0",
    min_free: Annotated[str, typer.Option("--min-free")] = "1000",
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, more=(PLUGIN,))
    limits = Limits(
        hours=_number("--max-age", max_age),
        critical_hours=_number("--critical-age", critical_age),
        run_hours=_number("--max-run", max_run),
        link_hours=_number("--max-link-age", max_link_age),
        late_hours=_number("--max-late", max_late),
        unknown=int(_number("--max-unknown", max_unknown)),
        free_megabytes=int(_number("--min-free", min_free)),
    )
    found = _look(session, limits)
    state = worst(found)
    rows = [_row(one, session.text) for one in found]
    if output.format == PLUGIN:
        with opened(output.path) as stream:
            stream.write(f"{_plugin_line(rows, state, session.text)}\n".encode(errors="replace"))
        raise typer.Exit(_PLUGIN_EXITS[state])
    usable = all(one.state == "ok" for one in found if one.check == "database")
    code = _EXITS[state] if usable else exits.DATABASE
    meta = {
        **describe_call(session, "health"),
        "state": state,
        "exit_code": code,
        "limits": {one.name: getattr(limits, one.name) for one in fields(limits)},
    }
    output.write(
        Result(field_names(HealthRow), rows, lambda shown: _blocks(shown, state, session.text), meta),
        session.text,
    )
    if session.hides_password and any(row.next_command for row in rows):
        session.say(session.text("view.password_left_out"))
    if code:
        raise typer.Exit(code)


def _number(option: str, written: str) -> float:
    """Return a limit; both decimal marks are understood. Raise UsageProblem."""
    try:
        value = float(written.strip().replace(",", "."))
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise UsageProblem("health_limit", option=option, given=written[:40])
    return value


def _look(session: Session, limits: Limits) -> list[HealthCheck]:
    """Return all checks; where the database cannot be asked, that is the one that says so."""
    places = {"temporary": Path(tempfile.gettempdir())}
    try:
        url = _url(session)
        if url.get_backend_name() == "sqlite" and url.database:
            places["database"] = Path(url.database).expanduser().absolute().parent
        checks = [*_of_database(session, url, limits)]
    except TooSlow:
        checks = [HealthCheck("database", "", "critical", "database_slow", {"seconds": int(SECONDS)})]
    except CatalogueError as error:
        checks = [HealthCheck("database", "", "critical", error.code, dict(error.params))]
    except SQLAlchemyError as error:
        why: Params = {"why": type(error).__name__}
        checks = [HealthCheck("database", "", "critical", "database_broken", why)]
    return [*checks, *disk_checks(places, limits)]


def _url(session: Session) -> URL:
    wanted = session.database or default_url()
    try:
        return make_url(wanted)
    except (ArgumentError, ValueError):
        raise StoreError("database_url", database=redact(wanted)) from None


def _of_database(session: Session, url: URL, limits: Limits) -> list[HealthCheck]:
    """Return what the database says, asked by a connection that cannot write."""

    def question(connection: Connection) -> list[HealthCheck]:
        session.use_region_of(connection)
        revision = str(connection.scalar(sql("SELECT version_num FROM alembic_version")))
        told: Params = {"database": redact(str(url)), "revision": revision}
        reading = session.text.commands["lueckenlos"]
        if not may_write(connection):
            _call_as_another_account(session)
        called = session.text.commands
        checks = check_health(
            connection, session.now(), limits, called["sync"], reading, called["lueckenlos"]
        )
        return [HealthCheck("database", "", "ok", "database", told), *checks]

    with closing(Library(url, SECONDS)) as library:
        return library.ask(question)


def _call_as_another_account(session: Session) -> None:
    """Let commands that write not name the database of an account that may only read."""
    called = session.text.commands
    region = called["sync"].removeprefix(f"{called['lueckenlos']} sync")
    session.text.call_as(program(), region)


def _row(one: HealthCheck, text: Texts) -> HealthRow:
    return HealthRow(
        check=one.check,
        subject=one.subject,
        state=one.state,
        text=_told(one, text),
        code=one.code,
        params=one.params,
        value=one.value,
        unit=one.unit,
        limit=one.limit,
        since=one.since,
        next_command=one.next_command,
    )


#: Parameters that are codes, and the section of their words.
_WORDS: Final = {"standing": "standing", "reason": "reason", "what": "lock", "place": "place"}


def _told(one: HealthCheck, text: Texts) -> str:
    if not has_text(f"health.{one.code}"):  # what the store itself says of its database
        return text.error(one.code, one.params)
    shown: dict[str, object] = {}
    for name, value in one.params.items():
        if name in _WORDS:
            shown[name] = text.word(_WORDS[name], str(value))
        elif name == "state":
            shown[name] = text.word("state", str(value))
        elif name == "due":
            shown[name] = text.moment(str(value))
        elif name in {"run", "last", "going", "pid"}:
            shown[name] = value
        elif isinstance(value, int | float):
            shown[name] = text.number(value)
        else:
            shown[name] = printable(str(value))
    said = text(f"health.{one.code}", **shown)
    return f"{said}: {_causes(one, text)}" if one.causes else said


def _causes(one: HealthCheck, text: Texts) -> str:
    """Return the first reasons in words, and how many more there are."""
    told = [text.error(code, params).rstrip(".") for code, params in one.causes[:MOST_CAUSES]]
    more = len(one.causes) - MOST_CAUSES
    said = "; ".join(told)
    return f"{said} {text('health.more_causes', count=text.number(more))}" if more > 0 else said


def _blocks(rows: Sequence[HealthRow], state: str, text: Texts) -> list[Block]:
    """Return the headline, what is not in order first, and the commands that help."""
    worse = [row for row in rows if row.state != "ok"]
    counts = {name: text.number(sum(row.state == name for row in rows)) for name in STATES}
    blocks: list[Block] = [Line(text(f"health.head_{state}", all=text.number(len(rows)), **counts))]
    sources = [row for row in rows if row.check == "source"]
    good = [row for row in rows if row.state == "ok" and row.check != "source"]
    shown = sorted(worse, key=lambda row: -STATES.index(row.state)) + good
    blocks.append(grid(_COLUMNS, shown, text))
    if sources:
        fine = sum(row.state == "ok" for row in sources)
        blocks.append(Line(text("health.sources", good=text.number(fine), all=text.number(len(sources)))))
    commands = {row.next_command: _named(row, text) for row in worse if row.next_command}
    if commands:
        blocks.append(Heading(text("health.next")))
        blocks += [next_line(name, command, text) for command, name in commands.items()]
    return blocks


def _named(row: HealthRow, text: Texts) -> str:
    """Return what a check looked at, as people call it: sources and jobs have names, the rest has words."""
    subject = row.subject if row.check in {"source", "held", "night"} else ""
    return f"{text.word('health_check', row.check)} {subject}".strip()


def _plugin_line(rows: Sequence[HealthRow], state: str, text: Texts) -> str:
    """Return the line of a plug-in: state, what is wrong, and figures behind a bar."""
    worse = sorted((row for row in rows if row.state != "ok"), key=lambda row: -STATES.index(row.state))
    said = "; ".join(row.text for row in worse[:MOST_TOLD]).replace("|", "/")
    if len(worse) > MOST_TOLD:
        said += " " + text("health.more", count=text.number(len(worse) - MOST_TOLD))
    said = said or text("health.head_ok", all=len(rows)).replace("|", "/")
    figures = " ".join(_figure(row) for row in rows if row.value is not None and row.check in _FIGURES)
    return f"LUECKENLOS {state.upper()} - {said} | {figures}".rstrip(" |")


#: Checks whose figures a plug-in tells; those of single sources would be too many.
_FIGURES: Final = frozenset({"run", "unknown", "links", "disk", "held", "notices", "night"})
_UNITS: Final = {"hours": "s", "megabytes": "MB"}


def _figure(row: HealthRow) -> str:
    """Return a figure as plug-ins write them: name, value with unit, and the limit of a warning."""
    factor = _SECONDS_PER_HOUR if row.unit == "hours" else 1
    value = round((row.value or 0) * factor)
    name = "_".join(part for part in (row.check, row.subject) if part).replace("'", "").replace("=", "")
    limit = "" if row.limit is None else f";{round(row.limit * factor)}"
    if row.check == "disk" and limit:
        limit += ":"  # a warning is due below it
    return f"'{name}'={value}{_UNITS.get(row.unit, '')}{limit}"


_COLUMNS: tuple[Column[HealthRow], ...] = (
    Column("state", lambda text, row: text.word("health_state", row.state)),
    Column("health_check", lambda text, row: text.word("health_check", row.check)),
    Column("health_said", lambda _, row: row.text),
)
