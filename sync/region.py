"""The region file: which areas a region has and which sources it reads.

TOML, one table ``[region]`` and one ``[[source]]`` for each source. Everything wrong with it is reported at
once, each error with file, line and key, before anything is touched.
"""

from __future__ import annotations

import contextlib
import difflib
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from catalogue.messages import has_text
from connectors.contract import SourceSettings, kinds

__all__ = ["AreaEntry", "Named", "Region", "RegionError", "RegionFileError", "read_region"]

LARGEST_FILE = 1 << 20  # bytes
LONGEST_SHOWN = 60  # characters of whatever the file says, repeated in an error
AreaLevel = Literal["bund", "land", "regierungsbezirk", "kreis", "gemeindeverband", "gemeinde"]


@dataclass(frozen=True)
class RegionError:
    """One error: the line (0 if it belongs to the whole file), the key, a message code, parameters."""

    line: int
    key: str
    code: str
    params: dict[str, str | int]


class RegionFileError(Exception):
    """The region file cannot be used; ``errors`` says why, by line.

    ``named`` are the areas and themes in it that can be read all the same, to be looked up before anybody
    has to mend the file a second time.
    """

    def __init__(self, path: Path, errors: Sequence[RegionError], named: Named | None = None) -> None:
        super().__init__(str(path), errors)
        self.path = path
        self.errors = sorted(errors, key=lambda error: error.line)
        self.named = named


class AreaEntry(BaseModel):
    """One entry of ``areas``: a key, a name with its level, or all children of an area."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    key: str = Field(default="", description="ARS or AGS, as text.")
    name: str = Field(default="", description="Name of the area; needs level.")
    level: AreaLevel | None = Field(default=None, description="gemeinde, kreis, gemeindeverband, land …")
    land: str = Field(
        default="05", pattern="^[0-9]{2}$", description="Two-digit key of the Land the name is looked up in."
    )
    children_of: str = Field(default="", description="ARS of an area; stands for its Gemeinden.")

    @model_validator(mode="after")
    def _check_one_way(self) -> Self:
        given = [value for value in (self.key, self.name, self.children_of) if value]
        if len(given) != 1 or (self.level and not self.name):
            raise PydanticCustomError("area_entry", "give a key, or name and level, or children_of")
        return self


class RegionSettings(BaseModel):
    """The table ``[region]``."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, description="Name of the region, as reports show it.")
    areas: tuple[AreaEntry, ...] = Field(min_length=1, description="The areas, in the order of reports.")


@dataclass(frozen=True)
class Named:
    """The areas and themes that a region file names, valid or not; ``text`` is the whole file."""

    areas: tuple[AreaEntry, ...]
    themes: tuple[str, ...]
    text: str

    def line_of(self, value: str) -> int:
        """Return the line on which a text between quotation marks first occurs; 0 if nowhere."""
        return _lines_of_values(self.text).get(value, 0)


@dataclass(frozen=True)
class Region:
    """A valid region file."""

    path: Path
    name: str
    areas: tuple[AreaEntry, ...]
    sources: tuple[SourceSettings, ...]
    text: str

    def named(self) -> Named:
        """Return everything the catalogue has to know."""
        of_sources = (AreaEntry(key=key) for settings in self.sources for key in settings.areas)
        themes = (theme for settings in self.sources for theme in settings.silence_themes)
        return Named((*self.areas, *of_sources), tuple(themes), self.text)


_QUOTED = re.compile(r""""([^"]*)"|'([^']*)'""")


@lru_cache(maxsize=1)
def _lines_of_values(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        for value in _QUOTED.finditer(line):
            found.setdefault((value[1] or value[2] or "").strip(), number)
    return found


def read_region(path: Path) -> Region:
    """Read and check a region file. Raise RegionFileError with every error found."""
    text = _read_text(path)
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise RegionFileError(path, [_syntax_error(error, text)]) from None
    lines = _Lines(text)
    errors = list(_control_characters(document, lines))
    errors += [
        _unknown_key(lines.of(name), name, ["region", "source"])
        for name in document
        if name not in {"region", "source"}
    ]
    settings = _region_settings(document.get("region"), lines, errors)
    sources = _sources(document.get("source", []), path.parent, lines, errors)
    if errors or settings is None:
        raise RegionFileError(path, errors, _named(document, text))
    return Region(path, settings.name, settings.areas, tuple(sources), text)


def _named(document: dict[str, object], text: str) -> Named:
    """Return the areas and themes of a file with errors, as far as each of them can be read."""
    region = document.get("region")
    given = _list(region.get("areas")) if isinstance(region, dict) else []
    themes: list[str] = []
    tables = document.get("source")
    for table in _list(tables):
        if isinstance(table, dict):
            given += _list(table.get("areas"))
            themes += [theme for theme in _list(table.get("silence_themes")) if isinstance(theme, str)]
    themes = [theme.strip() for theme in themes]
    return Named(tuple(_entries(given)), tuple(themes), text)


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _entries(given: list[object]) -> Iterator[AreaEntry]:
    for entry in given:
        with contextlib.suppress(ValidationError):
            yield AreaEntry.model_validate(entry if isinstance(entry, dict) else {"key": entry})


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise RegionFileError(path, [RegionError(0, "", "region_too_large", {})])
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise RegionFileError(path, [RegionError(0, "", "region_absent", {})]) from None
    except UnicodeDecodeError:
        raise RegionFileError(path, [RegionError(0, "", "region_encoding", {})]) from None
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "?"
        raise RegionFileError(path, [RegionError(0, "", "region_unreadable", {"why": why})]) from None


def _syntax_error(error: Exception, text: str) -> RegionError:
    """Explain why a file is no TOML; beside its own error the reader lets two of Python's through."""
    if not isinstance(error, tomllib.TOMLDecodeError):
        deep = isinstance(error, RecursionError)
        why = "Too many brackets inside each other" if deep else "A number is too long"
        return RegionError(0, "", "region_syntax", {"why": why})
    found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    line = int(found.group(1)) if found else text.count("\n") + 1  # "at end of document"
    why = str(error).partition(" (at ")[0]
    return RegionError(line, "", "region_syntax", {"why": why})


def _control_characters(document: dict[str, object], lines: _Lines) -> Iterator[RegionError]:
    """Find texts with characters that are no text; not every database can keep them."""
    waiting: list[tuple[str, object]] = list(document.items())
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend((f"{place}.{key}", inner) for key, inner in value.items())
        elif isinstance(value, list):
            waiting.extend((f"{place}.{number}", inner) for number, inner in enumerate(value))
        elif isinstance(value, str) and _CONTROL.search(value):
            line = lines.of(place) or lines.of(place.rpartition(".")[0])
            yield RegionError(line, _shown(_TABLE_PLACE.sub("", place)), "region_control_character", {})


_TABLE_PLACE = re.compile(r"^(?:region|source\.[0-9]+)\.")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _shown(text: str) -> str:
    """Return what the file says as part of one line."""
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_SHOWN else f"{plain[: LONGEST_SHOWN - 1]}…"


def _unknown_key(line: int, key: str, known: Sequence[str]) -> RegionError:
    key = _shown(key)
    near = difflib.get_close_matches(key.rpartition(".")[2], known, n=1, cutoff=0.6)
    if near:
        return RegionError(line, key, "region_unknown_key_near", {"near": near[0]})
    return RegionError(line, key, "region_unknown_key", {"known": ", ".join(known)})


def _region_settings(table: object, lines: _Lines, errors: list[RegionError]) -> RegionSettings | None:
    if not isinstance(table, dict):
        errors.append(RegionError(0, "region", "region_table_missing", {}))
        return None
    areas = table.get("areas")
    if isinstance(areas, list):
        entries = [entry if isinstance(entry, dict) else {"key": entry} for entry in areas]
        table = {**table, "areas": entries}
    try:
        return RegionSettings.model_validate(table)
    except ValidationError as error:
        errors.extend(_explain(error, "region", lines, list(RegionSettings.model_fields)))
        return None


def _sources(tables: object, folder: Path, lines: _Lines, errors: list[RegionError]) -> list[SourceSettings]:
    if not (isinstance(tables, list) and all(isinstance(table, dict) for table in tables)):
        errors.append(RegionError(lines.of("source"), "source", "region_source_brackets", {}))
        return []
    found: list[SourceSettings] = []
    for number, table in enumerate(tables):
        settings = _source(table, f"source.{number}", folder, lines, errors)
        if settings is None:
            continue
        if settings.id in {other.id for other in found}:
            line = lines.of(f"source.{number}.id")
            errors.append(RegionError(line, "id", "region_source_twice", {"id": settings.id}))
        found.append(settings)
    return found


def _source(
    table: dict[str, object], place: str, folder: Path, lines: _Lines, errors: list[RegionError]
) -> SourceSettings | None:
    kind = table.get("type")
    known = sorted(kinds())
    if not isinstance(kind, str) or kind not in known:
        line = lines.of(f"{place}.type") or lines.of(place)
        given = _shown(kind) if isinstance(kind, str) else "–"
        params: dict[str, str | int] = {"given": given or "–", "known": ", ".join(known)}
        errors.append(RegionError(line, "type", "region_source_type", params))
        return None
    model = kinds()[kind].settings_model
    try:
        return model.model_validate(_with_absolute_paths(table, folder, model.local_files))
    except ValidationError as error:
        errors.extend(_explain(error, place, lines, list(model.model_fields)))
        return None


def _with_absolute_paths(table: dict[str, object], folder: Path, files: Sequence[str]) -> dict[str, object]:
    """Local paths are meant relative to the region file, not to where the command was started.

    Of ``files``, only values with a dot or a slash are paths; others are names.
    """
    found = dict(table)
    for key in ("location", *files):
        value = table.get(key)
        if isinstance(value, str) and (key == "location" or re.search(r"[./\\]", value)):
            found[key] = _absolute(value, folder)
    return found


def _absolute(location: str, folder: Path) -> str:
    if "://" in location or not location.strip():
        return location
    try:
        path = Path(location.strip()).expanduser()
        return str(path if path.is_absolute() else (folder / path).resolve())
    except (RuntimeError, ValueError):  # nobody has such a home folder, or no path is written like this
        return location


def _explain(error: ValidationError, place: str, lines: _Lines, known: Sequence[str]) -> list[RegionError]:
    explained = []
    details = error.errors(include_url=False, include_input=False)
    for detail in details:
        parts = [str(part) for part in detail["loc"] if part != "[key]"]
        key = _shown(".".join(parts))
        if detail["type"] == "too_short" and any(
            other["loc"][: len(parts)] == detail["loc"] and other is not detail for other in details
        ):
            continue  # it would hold enough if what it holds were right
        line = lines.of(".".join([place, *parts])) or lines.of(f"{place}.{parts[0] if parts else ''}")
        line = line or lines.of(place)
        if detail["type"] == "extra_forbidden":
            nested = list(AreaEntry.model_fields) if place == "region" and len(parts) > 1 else known
            explained.append(_unknown_key(line, key, nested))
        elif detail["type"] == "missing":
            explained.append(RegionError(line, key, "region_key_missing", {}))
        else:
            explained.append(_value_error(line, key, detail))
    return explained


#: What pydantic calls an error, and our message for it.
_VALUE_CODES = {
    "string_type": "region_value_text",
    "string_too_short": "region_value_empty",
    "too_short": "region_value_empty",
    "string_pattern_mismatch": "region_value_pattern",
    "int_type": "region_value_number",
    "int_parsing": "region_value_number",
    "int_from_float": "region_value_number",
    "float_type": "region_value_number",
    "float_parsing": "region_value_number",
    "bool_type": "region_value_bool",
    "bool_parsing": "region_value_bool",
    "tuple_type": "region_value_list",
    "model_type": "region_value_table",
    "model_attributes_type": "region_value_table",
    "dict_type": "region_value_table",
    "literal_error": "region_value_choice",
    "area_entry": "region_area_entry",
    "greater_than": "region_value_greater",
    "greater_than_equal": "region_value_least",
    "less_than_equal": "region_value_most",
}
#: The name under which pydantic tells a limit or the choices, and ours.
_CONTEXT = {"expected": "choices", "ge": "limit", "gt": "limit", "le": "limit", "pattern": "pattern"}


def _value_error(line: int, key: str, detail: ErrorDetails) -> RegionError:
    """Name an error of pydantic in our words; its own (English) words where there are none."""
    context = detail.get("ctx", {})
    code = _VALUE_CODES.get(detail["type"])
    if code is None:
        if has_text(f"error.{detail['type']}"):
            params = {name: str(value) for name, value in context.items()}
            return RegionError(line, key, detail["type"], {**params})
        why = detail["msg"].removeprefix("Value error, ")
        return RegionError(line, key, "region_value", {"why": why})
    params = {
        _CONTEXT[name]: str(value).replace(" or ", ", ")
        for name, value in context.items()
        if name in _CONTEXT
    }
    return RegionError(line, key, code, {**params})


class _Lines:
    """Where in the file a key stands; TOML readers do not tell."""

    _TABLE = re.compile(r"^\s*\[\[?\s*([A-Za-z0-9_.-]+)\s*\]\]?\s*(?:#.*)?$")
    _KEY = re.compile(r"^\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*=")

    def __init__(self, text: str) -> None:
        self._lines: dict[str, int] = {}
        place = ""
        counts: dict[str, int] = {}
        for number, line in enumerate(text.split("\n"), start=1):
            if table := self._TABLE.match(line):
                place = table.group(1)
                if line.lstrip().startswith("[["):
                    self._lines.setdefault(place, number)
                    counts[place] = counts.get(place, -1) + 1
                    place = f"{place}.{counts[place]}"
                elif place.startswith("source.") and "source" in counts:
                    place = place.replace("source.", f"source.{counts['source']}.", 1)
                self._lines.setdefault(place, number)
            elif key := self._KEY.match(line):
                self._lines.setdefault(f"{place}.{key.group(1)}" if place else key.group(1), number)

    def of(self, place: str) -> int:
        """Return the line of a place like ``source.0.location``; 0 if it is not in the file."""
        return self._lines.get(place, 0)
