"""``lueckenlos sources explain-record``: everything known about one record of a source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from catalogue.reports.record import LifeRow, ObjectRow, RecordExplanation, RejectionRow, explain_record
from catalogue.reports.recordplaces import CellUse, PlaceRow
from cli.blocks import Block, Facts, Heading, Line
from cli.help import Command
from cli.meta import describe_question
from cli.options import FormatOption, OutOption
from cli.output import Output, Result, field_names, plain
from cli.recordview import key_facts, match_facts, page_facts, reasons_words
from cli.session import session_of
from cli.texts import Texts, printable
from cli.view import area_words

__all__ = ["add_to"]


def add_to(group: typer.Typer) -> None:
    """Add the command to its group."""
    group.command("explain-record", cls=Command)(_explain_record)


def _explain_record(
    context: typer.Context,
    source: Annotated[str, typer.Argument()],
    ref: Annotated[str, typer.Argument()],
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    text = session.text
    with session.reading() as connection:
        found = explain_record(connection, source, ref)
        meta = describe_question(connection, session, "sources explain-record")
    meta |= {
        "source": found.source,
        "ref": found.ref,
        "record_class": found.object_class,
        "active": found.active,
        "advisory": found.advisory,
        "life": plain(found.life) if found.life else None,
        "objects": [plain(one) for one in found.objects],
        "keys": [plain(one) for one in found.keys],
        "matches": [plain(one) for one in found.matches],
        "rejections": [plain(one) for one in found.rejections],
        "places": found.total,
    }
    output.write(
        Result(field_names(PlaceRow), found.places, lambda rows: _blocks(found, rows, text), meta), text
    )


def _blocks(found: RecordExplanation, places: Sequence[PlaceRow], text: Texts) -> list[Block]:
    name = text.word("record_class", found.object_class)
    blocks: list[Block] = [
        Heading(text("sources.explained", ref=printable(found.ref), source=found.source, name=name))
    ]
    if found.life is not None:
        blocks.append(Facts(_life(found.life, text)))
    for one in found.objects:
        blocks += [Heading(text.word("record_class", one.object_class)), Facts(_object(one, text))]
    if found.objects:
        blocks += [
            Heading(text("sources.meaning")),
            Facts([*key_facts(found.keys, text), *match_facts(found.matches, text)]),
        ]
    if found.rejections:
        blocks.append(Heading(text("sources.noted")))
        blocks += [Line(_noted(found.ref, one, text)) for one in found.rejections]
    blocks.append(Heading(text("sources.places", count=text.number(found.total))))
    for place in places:
        blocks += [Line(""), Line(f"  {_place(place, text)}"), Facts(_place_facts(place, text))]
    if found.total > len(places):
        blocks.append(Line(text("sources.more_places", count=text.number(found.total - len(places)))))
    if not found.total:
        blocks.append(Line(text("sources.no_places")))
    return blocks


def _life(life: LifeRow, text: Texts) -> list[tuple[str, str]]:
    steps = (
        ("first", life.first_run, life.first_at),
        ("changed", life.changed_run, life.changed_at),
        ("vanished", life.vanished_run, life.vanished_at),
        ("withdrawn", life.withdrawn_run, life.withdrawn_at),
    )
    return [
        (text.word("life_step", step), text("sources.in_run", run=run, at=text.moment(at)))
        for step, run, at in steps
        if run is not None
    ]


def _object(one: ObjectRow, text: Texts) -> list[tuple[str, str]]:
    facts = [
        (text.word("delivered", name), text.truth(value) if isinstance(value, bool) else printable(value))
        for name, value in one.fields.items()
        if value != ""
    ]
    facts.append((text("column.ref"), printable(one.ref)))
    facts.append((text("column.life"), _life_words(one.life, text)))
    facts.append((text("column.fingerprint"), one.fingerprint))
    return facts


def _life_words(life: LifeRow, text: Texts) -> str:
    run = life.withdrawn_run or life.vanished_run
    return text(f"life.{life.life}", run=run, first=text.moment(life.first_at))


def _noted(ref: str, one: RejectionRow, text: Texts) -> str:
    said = text(f"issue.{one.kind}", record=printable(ref) or "–", detail=printable(one.detail) or "–")
    where = text("sources.in_run", run=one.run, at=text.moment(one.at))
    return f"{where}, {text.word('severity', one.severity)}: {said}"


def _place(place: PlaceRow, text: Texts) -> str:
    title = printable(place.title or place.record)
    if place.ars:
        area = area_words(place.area, place.level, text)
    elif place.area_reported:
        area = text("sources.unknown_area", given=printable(place.area_reported))
    else:
        area = text("sources.no_area")
    return text("sources.record", title=title, status=text.word("status", place.status), area=area)


def _place_facts(place: PlaceRow, text: Texts) -> list[tuple[str, str]]:
    facts = [
        (text("column.counts"), text.truth(place.counts)),
        (text("column.no_cell"), reasons_words(place.reasons, text)),
        *((text("column.cell"), _cell(one, text)) for one in place.cells),
        (text("column.url"), place.url),
        (text("column.unit"), place.unit),
        (text("column.operator"), text.word("operator", place.operator) if place.operator else ""),
        (text("column.role"), printable(place.role)),
        (text("column.observed_at"), place.observed_at),
        (text("column.note"), place.note),
        *page_facts(place, text),
        (text("column.ref"), place.ref),
    ]
    if place.counts and not place.cells:
        facts.append((text("column.cell"), text("sources.no_cells")))
    return [(name, value) for name, value in facts if value]


def _cell(one: CellUse, text: Texts) -> str:
    area = area_words(one.area, one.level, text)
    status = text.word("status", one.status)
    key = "sources.cell_decided" if one.decides else "sources.cell_counted"
    return text(key, area=area, service=f"{one.ozg_id} {one.title}".strip(), status=status)
