"""The file of metadata for ``publish``: read as a whole, each error with file, line and key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from catalogue.messages import has_text
from catalogue.reports.opendata.metadata import Metadata
from cli.problems import UsageProblem
from cli.texts import Texts
from connectors.tomlplace import line_of, syntax_line
from sync.region import RegionError, RegionFileError

__all__ = ["OPTIONS", "read_metadata"]

MOST_BYTES: Final = 1_000_000
#: Options that go before the file, by the key they stand for.
OPTIONS: Final = {
    "publication.base_url": "--base-url",
    "publisher.name": "--publisher",
    "terms.licence": "--licence",
    "terms.attribution": "--attribution",
}
#: What pydantic calls an error, and our message for it; others have a message under their own name.
_CODES: Final = {
    "missing": "region_key_missing",
    "string_type": "region_value_text",
    "bool_type": "region_value_bool",
    "list_type": "region_value_list",
    "string_too_short": "region_value_empty",
    "too_short": "region_value_empty",
}


def read_metadata(path: Path | None, given: Mapping[str, str], text: Texts) -> Metadata:
    """Return what the file and the options say together; ``given`` are options by their key.

    Raise RegionFileError for errors of the file, UsageProblem for those of options and for what neither says.
    """
    written = "" if path is None else _read(path)
    document = {} if path is None else _parse(path, written)
    for key, value in given.items():
        section, _, name = key.partition(".")
        if isinstance(document.setdefault(section, {}), dict):
            document[section][name] = value
    try:
        return Metadata.model_validate(document)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        _blame_options(details, given, path, text)
        known = _known(details)
        errors = [_explain(detail, written, known) for detail in details]
        raise RegionFileError(path or Path("--metadata"), errors) from None


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise _whole(path, "publish_file_absent") from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise _whole(path, "region_unreadable", why=why) from None
    if len(content) > MOST_BYTES:
        raise _whole(path, "publish_file_too_large")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _whole(path, "region_encoding") from None


def _whole(path: Path, code: str, **params: str) -> RegionFileError:
    return RegionFileError(path, [RegionError(0, "", code, {**params})])


def _parse(path: Path, written: str) -> dict[str, Any]:
    try:
        return tomllib.loads(written)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = syntax_line(error) or written.count("\n") + 1  # else it is at the end
        why = str(error).partition(" (at")[0]
        raise RegionFileError(path, [RegionError(line, "", "region_syntax", {"why": why})]) from None


def _blame_options(
    details: list[ErrorDetails], given: Mapping[str, str], path: Path | None, text: Texts
) -> None:
    """Raise UsageProblem if an option is wrong, or if there is no file and an option is missing."""
    for detail in details:
        key = _place(detail)
        if key in given:
            message = text.error(_code(detail), {"key": key, "pattern": "", "why": detail["msg"]})
            raise UsageProblem("publish_option", option=OPTIONS[key], why=message)
        if detail["type"] == "publish_attribution" and "terms.licence" in given:
            raise UsageProblem("publish_attribution_missing")
        if path is None:
            wanted = [one for one in OPTIONS if one == key or one.startswith(f"{key}.")]
            option = OPTIONS[wanted[0]] if wanted else "--metadata"
            raise UsageProblem("publish_missing", what=wanted[0] if wanted else key, option=option)


def _place(detail: ErrorDetails) -> str:
    """Return the section and key an error is about, without the places inside of lists."""
    return ".".join(str(part) for part in detail["loc"][:2] if isinstance(part, str))


def _known(details: list[ErrorDetails]) -> dict[str, str]:
    """Return what could stand where something unknown does, by section."""
    known = {"": ", ".join(Metadata.model_fields)}
    for name, field in Metadata.model_fields.items():
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            fields = getattr(kind, "model_fields", None)
            if fields and any(detail["loc"][0] == name for detail in details):
                known[name] = ", ".join(fields)
    return known


def _code(detail: ErrorDetails) -> str:
    kind = detail["type"]
    if kind in _CODES:
        return _CODES[kind]
    return kind if has_text(f"error.{kind}") else "region_value"


def _explain(detail: ErrorDetails, written: str, known: Mapping[str, str]) -> RegionError:
    place = _place(detail)
    section = place.partition(".")[0]
    # What is missing may stand in another section under the same name.
    line = line_of(detail["loc"][: 1 if detail["type"] == "missing" else 2], written)
    if detail["type"] == "extra_forbidden":
        inside = known.get(section if "." in place else "", "")
        return RegionError(line, place, "region_unknown_key", {"known": inside})
    pattern = str(detail.get("ctx", {}).get("pattern", ""))
    if pattern:
        return RegionError(line, place, "region_value_pattern", {"pattern": pattern})
    return RegionError(line, place, _code(detail), {"why": detail["msg"]})
