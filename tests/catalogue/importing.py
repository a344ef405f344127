"""Small reference tables for tests, and how to bring them into a store."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, select

from catalogue import tables
from catalogue.errors import ImportRejected
from catalogue.messages import LANGUAGES, text
from catalogue.reference import (
    TABLES,
    ImportResult,
    import_reference,
)
from catalogue.store import Store

AREAS = """\
level,ars,ags,name,type,parent_ars,kreisfrei,population,plz,municipal_status
bund,000000000000,,Deutschland,Bund,,0,,,
land,050000000000,05000000,Nordrhein-Westfalen,Land,000000000000,0,18034454,,
kreis,055620000000,05562000,Recklinghausen,Kreis,050000000000,0,621305,,
gemeinde,055620014014,05562014,Gladbeck,Stadt,055620000000,0,75499,45964,grosse_kreisangehoerige_stadt
kreis,055130000000,05513000,Gelsenkirchen,Kreisfreie Stadt,050000000000,1,267930,,
gemeinde,055130000000,05513000,Gelsenkirchen,Kreisfreie Stadt,055130000000,1,267930,45875,kreisfreie_stadt
"""
OZG = "ozg_id,title,theme,situation\n10110,Abfallentsorgung,Umwelt,Wohnen\n10124,Wohnsitz,Wohnen,Umzug\n"
LEIKA = """\
leika_key;name;types;ozg_id;sdg1;sdg2
99001002000000;Altpapier;2/3;10110;1;0
99001002004000;Altpapier Entsorgung;2/3;10110;1;0
99001003004007;Bioabfall Entsorgung privat;5;10110;;1
"""


def bring(
    store: Store,
    content: str,
    table: str | None = None,
    *,
    replace: bool = False,
    as_of: str = "2026-01-01",
    origin: str = "Amt",
) -> ImportResult:
    return import_reference(
        store, table, content.encode(), origin=origin, licence="CC0-1.0", as_of=as_of, replace=replace
    )


#: What a file may look like does not depend on the engine.
on_sqlite = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


class Refusal(NamedTuple):
    code: str
    lines: list[tuple[int, str]]
    error: ImportRejected


def refusal(store: Store, content: str, table: str | None = None, *, replace: bool = False) -> Refusal:
    with store.read() as connection:
        before = everything(connection)
    with pytest.raises(ImportRejected) as caught:
        bring(store, content, table, replace=replace)
    with store.read() as connection:
        assert everything(connection) == before
    error = caught.value
    for language in LANGUAGES:
        text(language, f"error.{error.code}", **error.params)
        for line in error.errors:
            text(language, f"error.{line.code}", **line.params)
    return Refusal(error.code, [(line.line, line.code) for line in error.errors], error)


def everything(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    names = (*TABLES, "reference_release", "area_due")
    return {
        name: sorted(
            (tuple(row) for row in connection.execute(select(tables.metadata.tables[name]))), key=str
        )
        for name in names
    }


def rows(store: Store, table: str, *columns: str) -> list[tuple[Any, ...]]:
    source = tables.metadata.tables[table]
    with store.read() as connection:
        found = connection.execute(select(*(source.c[name] for name in columns)))
        return sorted((tuple(row) for row in found), key=str)


def ids_of_areas(store: Store) -> dict[tuple[object, object], object]:
    return {(level, ars): area_id for level, ars, area_id in rows(store, "area", "level", "ars", "id")}
