"""What stands beside each CSV file: its columns and types, as W3C's "CSV on the Web" describes tables.

The name ``x.csv-metadata.json`` is the one under which that recommendation looks for it.
"""

from __future__ import annotations

from typing import Any, Final

from catalogue.messages import LANGUAGES, text
from catalogue.reports.opendata.columns import Column, Table, Type
from catalogue.reports.opendata.files import column_text
from catalogue.reports.opendata.plain import LIST_SEPARATOR

__all__ = ["csvw_of"]

_DATATYPES: Final[dict[Type, Any]] = {
    "string": "string",
    "integer": "integer",
    "number": "double",
    "boolean": {"base": "boolean", "format": "true|false"},
    "date": {"base": "date", "format": "yyyy-MM-dd"},
    "moment": {"base": "dateTime", "format": "yyyy-MM-ddTHH:mm:ssX"},
    "list": "string",
}


def csvw_of(table: Table, licence: str) -> dict[str, Any]:
    """Return the description of a table's CSV file; ``licence`` is the licence's address."""
    required = {column.name for column in table.columns if column.required}
    schema: dict[str, Any] = {"columns": [_column(table, column) for column in table.columns]}
    if required.issuperset(table.key):
        schema["primaryKey"] = list(table.key)
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "de"}],
        "url": f"{table.name}.csv",
        "dc:title": _in_languages(f"open_table.{table.name}"),
        "dc:description": _in_languages(f"open_about.{table.name}"),
        "dc:license": {"@id": licence},
        "dialect": {"encoding": "utf-8", "lineTerminators": ["\r\n"], "header": True},
        "tableSchema": schema,
    }


def _column(table: Table, column: Column) -> dict[str, Any]:
    about = column_text(table, column.name)
    described: dict[str, Any] = {
        "name": column.name,
        "titles": column.name,
        "dc:description": [{"@value": words, "@language": language} for language, words in about.items()],
        "datatype": _DATATYPES[column.type],
    }
    if column.type == "list":
        described["separator"] = LIST_SEPARATOR
    elif column.required:
        described["required"] = True
    return described


def _in_languages(key: str) -> list[dict[str, str]]:
    return [{"@value": text(language, key), "@language": language} for language in LANGUAGES]
