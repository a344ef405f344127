"""The region file: which areas a region has and which sources it reads.

TOML, one table ``[region]``, one ``[[source]]`` for each source, and what is done by itself: ``[schedule]``,
``[payloads]`` and one ``[[notify]]`` for whoever wants to be told. Everything wrong with it is reported at
once, each error with file, line and key, before anything is touched.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from connectors.contract import SourceSettings, kinds
from sync.notifysettings import NotifySettings, contradictions
from sync.payloadsettings import PayloadSettings
from sync.region_errors import Lines, RegionError, control_characters, explain, shown, unknown_key
from sync.schedulesettings import ScheduleSettings, unknown_sources

__all__ = ["AreaEntry", "Named", "Region", "RegionError", "RegionFileError", "read_region"]

LARGEST_FILE = 1 << 20  # bytes
TABLES = ("region", "source", "schedule", "payloads", "notify")
Model = TypeVar("Model", bound=BaseModel)
AreaLevel = Literal["bund", "land", "regierungsbezirk", "kreis", "gemeindeverband", "gemeinde"]


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
    schedule: ScheduleSettings = field(default_factory=ScheduleSettings)
    notify: tuple[NotifySettings, ...] = ()
    payloads: PayloadSettings | None = None  # None: what is delivered is not kept

    def named(self) -> Named:
        """Return everything the catalogue has to know."""
        named = (*(one.areas for one in self.sources), *(one.areas for one in self.notify))
        keys = (AreaEntry(key=key) for areas in named for key in areas)
        themes = (theme for settings in self.sources for theme in settings.silence_themes)
        return Named((*self.areas, *keys), tuple(themes), self.text)


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
    lines = Lines(text)
    errors = list(control_characters(document, lines))
    errors += [unknown_key(lines.of(name), name, TABLES) for name in document if name not in TABLES]
    settings = _region_settings(document.get("region"), lines, errors)
    sources = _sources(document.get("source", []), path.parent, lines, errors)
    schedule = _table(document.get("schedule", {}), "schedule", ScheduleSettings, lines, errors)
    kept = _optional(document.get("payloads"), "payloads", PayloadSettings, lines, errors)
    told = _beside(document.get("notify", []), path.parent, NotifySettings.local_files)
    notify = _tables(told, "notify", NotifySettings, lines, errors)
    if not errors:
        errors += contradictions(notify, [settings.id for settings in sources], lines)
    if not errors and schedule is not None:
        errors += unknown_sources(schedule, [settings.id for settings in sources], lines)
        schedule = schedule.beside(path.parent)
    if errors or settings is None or schedule is None:
        raise RegionFileError(path, errors, _named(document, text))
    kept = kept.beside(path.parent) if kept else None
    return Region(path, settings.name, settings.areas, tuple(sources), text, schedule, tuple(notify), kept)


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


def _region_settings(table: object, lines: Lines, errors: list[RegionError]) -> RegionSettings | None:
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
        known, inside = list(RegionSettings.model_fields), list(AreaEntry.model_fields)
        errors.extend(explain(error, "region", lines, known, inside))
        return None


def _table(
    table: object, place: str, model: type[Model], lines: Lines, errors: list[RegionError]
) -> Model | None:
    """Return one table of settings; None if something is wrong with it, said in ``errors``."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        inside: Sequence[str] = getattr(model, "inside", ())
        errors.extend(explain(error, place, lines, list(model.model_fields), inside))
        return None


def _optional(
    table: object, place: str, model: type[Model], lines: Lines, errors: list[RegionError]
) -> Model | None:
    """Return a table of settings that a region file need not have."""
    return None if table is None else _table(table, place, model, lines, errors)


def _tables(
    tables: object, place: str, model: type[Model], lines: Lines, errors: list[RegionError]
) -> list[Model]:
    """Return the tables of a list of tables that are right."""
    if not (isinstance(tables, list) and all(isinstance(table, dict) for table in tables)):
        errors.append(RegionError(lines.of(place), place, "region_table_brackets", {"table": place}))
        return []
    found = [_table(table, f"{place}.{number}", model, lines, errors) for number, table in enumerate(tables)]
    return [one for one in found if one is not None]


def _sources(tables: object, folder: Path, lines: Lines, errors: list[RegionError]) -> list[SourceSettings]:
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
    table: dict[str, object], place: str, folder: Path, lines: Lines, errors: list[RegionError]
) -> SourceSettings | None:
    kind = table.get("type")
    known = sorted(kinds())
    if not isinstance(kind, str) or kind not in known:
        line = lines.of(f"{place}.type") or lines.of(place)
        given = shown(kind) if isinstance(kind, str) else "–"
        params: dict[str, str | int] = {"given": given or "–", "known": ", ".join(known)}
        errors.append(RegionError(line, "type", "region_source_type", params))
        return None
    model = kinds()[kind].settings_model
    try:
        return model.model_validate(_with_absolute_paths(table, folder, model.local_files))
    except ValidationError as error:
        errors.extend(explain(error, place, lines, list(model.model_fields)))
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


def _beside(tables: object, folder: Path, files: Sequence[str]) -> object:
    """Return tables with their local paths made absolute; whatever is no list of tables as it is."""
    if not isinstance(tables, list):
        return tables
    return [_with_absolute_paths(one, folder, files) if isinstance(one, dict) else one for one in tables]


def _absolute(location: str, folder: Path) -> str:
    if "://" in location or not location.strip():
        return location
    try:
        path = Path(location.strip()).expanduser()
        return str(path if path.is_absolute() else (folder / path).resolve())
    except (RuntimeError, ValueError):  # nobody has such a home folder, or no path is written like this
        return location
