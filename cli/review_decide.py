"""``lueckenlos review accept|reject|assign|undo``: decisions of people, with what they move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import typer
from sqlalchemy import Connection

from catalogue.matching.patterns import ANY, RECORD, SOURCE
from catalogue.matching.review import Change, Signature, Wish, put_on_record, take_back
from catalogue.matching.rulings import NO_SERVICE, NOT_IN_CATALOGUE, Service
from catalogue.reports.review_names import FoundRecord, find_meant, find_record
from catalogue.reports.review_wishes import Reach, accepting, assigning, last_act, nothing, rejecting
from cli.help import Command
from cli.options import FormatOption, OutOption
from cli.output import Output
from cli.problems import UsageProblem
from cli.review_view import (
    TABLE_ROWS,
    ByOption,
    DryRunOption,
    ReasonOption,
    Task,
    YesOption,
    actor_of,
    perform,
    reason_of,
    write_effect,
)
from cli.session import session_of

__all__ = ["add_to"]

RecordsArgument = Annotated[list[str], typer.Argument()]
ServicesOption = Annotated[list[str] | None, typer.Option("--service")]
SimilarOption = Annotated[bool, typer.Option("--all-similar")]
InSourceOption = Annotated[bool, typer.Option("--in-source")]

#: Makes the decision about one record, given the services that were named.
Making = Callable[[Connection, FoundRecord, Sequence[Service], Reach], Wish]


def add_to(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("accept", cls=Command)(_accept)
    group.command("reject", cls=Command)(_reject)
    group.command("assign", cls=Command)(_assign)
    group.command("undo", cls=Command)(_undo)


def _accept(
    context: typer.Context,
    records: RecordsArgument,
    service: ServicesOption = None,
    all_similar: SimilarOption = False,
    in_source: InSourceOption = False,
    by: ByOption = "",
    reason: ReasonOption = "",
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    reach = Reach(_scope(all_similar=all_similar, in_source=in_source), reason_of(reason))
    work = _work(records, service or [], reach, accepting)
    task = Task("review accept", work, actor_of(by), reach.scope != RECORD, yes, dry_run)
    _carry_out(context, task, output_format, out)


def _reject(
    context: typer.Context,
    records: RecordsArgument,
    service: ServicesOption = None,
    no_service: Annotated[bool, typer.Option("--no-service")] = False,
    not_in_catalogue: Annotated[bool, typer.Option("--not-in-catalogue")] = False,
    all_similar: SimilarOption = False,
    in_source: InSourceOption = False,
    by: ByOption = "",
    reason: ReasonOption = "",
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    if sum((bool(service), no_service, not_in_catalogue)) > 1:
        raise UsageProblem("review_one_of")
    reach = Reach(_scope(all_similar=all_similar, in_source=in_source), reason_of(reason))
    making: Making = rejecting
    if no_service or not_in_catalogue:
        verdict = NO_SERVICE if no_service else NOT_IN_CATALOGUE
        making = lambda _connection, record, _named, reach: nothing(record, verdict, reach)  # noqa: E731
    work = _work(records, service or [], reach, making)
    task = Task("review reject", work, actor_of(by), reach.scope != RECORD, yes, dry_run)
    _carry_out(context, task, output_format, out)


def _assign(
    context: typer.Context,
    records: RecordsArgument,
    service: Annotated[list[str], typer.Option("--service")],
    all_similar: SimilarOption = False,
    in_source: InSourceOption = False,
    by: ByOption = "",
    reason: ReasonOption = "",
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    reach = Reach(_scope(all_similar=all_similar, in_source=in_source), reason_of(reason))
    making: Making = lambda _connection, record, named, reach: assigning(record, named, reach)  # noqa: E731
    work = _work(records, service, reach, making)
    task = Task("review assign", work, actor_of(by), reach.scope != RECORD, yes, dry_run)
    _carry_out(context, task, output_format, out)


def _undo(
    context: typer.Context,
    records: RecordsArgument,
    by: ByOption = "",
    reason: ReasonOption = "",
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    actor, why = actor_of(by), reason_of(reason)
    with session_of(context).reading() as connection:
        acts = [last_act(connection, find_record(connection, one)) for one in records]
    numbers = [act.number for act in acts]

    def work(connection: Connection, signature: Signature) -> list[Change]:
        return take_back(connection, numbers, signature, why)

    wide = any(act.pattern.scope != RECORD for act in acts)
    _carry_out(context, Task("review undo", work, actor, wide, yes, dry_run), output_format, out)


def _scope(*, all_similar: bool, in_source: bool) -> str:
    """Return how far a decision reaches. Raise UsageProblem."""
    if in_source and not all_similar:
        raise UsageProblem("review_in_source")
    if not all_similar:
        return RECORD
    return SOURCE if in_source else ANY


def _work(
    records: Sequence[str], services: Sequence[str], reach: Reach, making: Making
) -> Callable[[Connection, Signature], list[Change]]:
    """Return the work of deciding about records, each named once."""

    def work(connection: Connection, signature: Signature) -> list[Change]:
        named = [find_meant(connection, one) for one in services]
        found = dict.fromkeys(find_record(connection, one) for one in records)
        wishes = {(wish := making(connection, one, named, reach)).pattern: wish for one in found}
        return put_on_record(connection, list(wishes.values()), signature)

    return work


def _carry_out(context: typer.Context, task: Task, output_format: str, out: OutOption) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, default_limit=TABLE_ROWS)
    with session.open_store() as store:
        effect = perform(store, task)
    write_effect(session, output, task, effect)
