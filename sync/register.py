"""Write the region file's areas and sources into the catalogue, noting what that makes due."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import Connection, Table, and_, delete, insert, select, update

from catalogue.cells import note_other_rules
from catalogue.due import areas_touched_by, note_due
from catalogue.history import drop_area
from catalogue.keys import KeyFormatError, parse_area_key
from catalogue.lookup import AreaIndex
from catalogue.tables import (
    area,
    ozg_service,
    region_area,
    run,
    source,
    source_area,
    source_theme,
)
from connectors.contract import SourceSettings, find_kind
from sync.region import AreaEntry, Named, Region, RegionError, RegionFileError

__all__ = ["Plan", "plan", "register", "settings_digest", "unknown_names"]


class Plan:
    """A region file with its areas resolved: area numbers of the region and of each source."""

    def __init__(self, region: Region, areas: list[int], of_source: dict[str, list[int]]) -> None:
        self.region = region
        self.areas = areas
        self.of_source = of_source


def plan(connection: Connection, region: Region) -> Plan:
    """Resolve all areas and themes the region file names. Raise RegionFileError naming every unknown one."""
    named = region.named()
    index = AreaIndex.load(connection)
    errors: list[RegionError] = []
    areas: list[int] = []
    for entry in region.areas:
        areas.extend(_resolve(connection, index, entry, named, errors))
    of_source: dict[str, list[int]] = {}
    for settings in region.sources:
        own = [
            area_id
            for key in settings.areas
            for area_id in _resolve(connection, index, AreaEntry(key=key), named, errors)
        ]
        of_source[settings.id] = own or areas
    errors.extend(_unknown_themes(connection, named))
    if errors:
        raise RegionFileError(region.path, errors)
    return Plan(region, list(dict.fromkeys(areas)), of_source)


def unknown_names(connection: Connection, named: Named) -> list[RegionError]:
    """Return an error for every area and theme of a region file that the catalogue lacks, each once."""
    index = AreaIndex.load(connection)
    errors: list[RegionError] = []
    for entry in dict.fromkeys(named.areas):
        _resolve(connection, index, entry, named, errors)
    return [*errors, *_unknown_themes(connection, named)]


def _resolve(
    connection: Connection, index: AreaIndex, entry: AreaEntry, named: Named, errors: list[RegionError]
) -> list[int]:
    if entry.name:
        return _by_name(connection, index, entry, named, errors)
    raw = entry.children_of or entry.key
    line = named.line_of(raw)
    try:
        parse_area_key(raw)
    except KeyFormatError:
        errors.append(RegionError(line, "areas", "area_key_format", {"given": raw}))
        return []
    found = index.resolve(raw)
    if found is None:
        errors.append(RegionError(line, "areas", "area_unknown", {"given": raw}))
        return []
    if not entry.children_of:
        return [found]
    children = list(index.descendants(found, "gemeinde"))
    if not children:
        errors.append(RegionError(line, "areas", "area_without_children", {"given": raw}))
    return children


def _by_name(
    connection: Connection, index: AreaIndex, entry: AreaEntry, named: Named, errors: list[RegionError]
) -> list[int]:
    line = named.line_of(entry.name)
    if not entry.level:
        errors.append(RegionError(line, "areas", "area_name_without_level", {"name": entry.name}))
        return []
    found = index.by_name(entry.name, level=entry.level, land=entry.land)
    if len(found) == 1:
        return [found[0].id]
    if found:
        errors.append(RegionError(line, "areas", "area_name_ambiguous", {"name": entry.name}))
        return []
    within = and_(area.c.level == entry.level, area.c.ars.startswith(entry.land))
    names = connection.scalars(select(area.c.name).where(within)).all()
    near = difflib.get_close_matches(entry.name, names, n=1)
    params: dict[str, str | int] = {"name": entry.name, "level": entry.level}
    if near:
        errors.append(RegionError(line, "areas", "area_name_near", {**params, "near": near[0]}))
    else:
        errors.append(RegionError(line, "areas", "area_name_unknown", params))
    return []


def _unknown_themes(connection: Connection, named: Named) -> Iterator[RegionError]:
    known = sorted(connection.scalars(select(ozg_service.c.theme).distinct()))
    for theme in dict.fromkeys(named.themes):
        if theme in known:
            continue
        line = named.line_of(theme)
        near = difflib.get_close_matches(theme, known, n=1, cutoff=0.3)
        if near:
            yield RegionError(line, "silence_themes", "theme_unknown_near", {"given": theme, "near": near[0]})
        else:
            listed = "; ".join(known)
            yield RegionError(line, "silence_themes", "theme_unknown", {"given": theme, "known": listed})


def settings_digest(settings: SourceSettings) -> str:
    """Return a hash of everything that changes how a source is read."""
    version = find_kind(settings.type).reader_version
    content = f"{version}\n{settings.model_dump_json(exclude=set(settings.access))}"
    return blake2b(content.encode(), digest_size=16).hexdigest()


def register(connection: Connection, planned: Plan, run_id: int, now: datetime) -> dict[str, int]:
    """Bring areas and sources in the catalogue to what the region file says; return the sources' numbers.

    Writes only what differs. Cells of areas that left the region go, with their last change on record.
    """
    # A name that is no text would stop the run; it is only used to propose commands.
    file = str(planned.region.path.absolute()).encode(errors="replace").decode()
    connection.execute(update(run).values(region_file=file).where(run.c.id == run_id))
    _register_areas(connection, planned.areas, run_id, now)
    numbers: dict[str, int] = {}
    known = {row.key: row for row in connection.execute(select(source)).all()}
    for settings in planned.region.sources:
        values: dict[str, str | int | bool] = {
            "kind": settings.type,
            "name": settings.label,
            "trust": settings.trust,
            "speaks": settings.speaks,
            "advisory": settings.is_advisory,
            "active": True,
            "stale_after_hours": settings.stale_after_hours,
        }
        row = known.get(settings.id)
        if row is None:
            number = _add_source(connection, settings.id, values)
        else:
            number = row.id
            differing = {name: value for name, value in values.items() if getattr(row, name) != value}
            if differing:
                connection.execute(update(source).values(differing).where(source.c.id == number))
                note_due(connection, areas_touched_by(connection, number), "region", number)
        numbers[settings.id] = number
        _assign(connection, source_area, "area_id", number, planned.of_source[settings.id])
        _note_naming(connection, number, named=bool(settings.areas))
        _assign(connection, source_theme, "theme", number, list(settings.silence_themes))
    for key, row in known.items():
        if key not in numbers and row.active:
            connection.execute(update(source).values(active=False).where(source.c.id == row.id))
            note_due(connection, areas_touched_by(connection, row.id), "region", row.id)
    return numbers


def _add_source(connection: Connection, key: str, values: dict[str, str | int | bool]) -> int:
    blank = {
        "key": key,
        "settings_digest": "",
        "state": "never",
        "complete": False,
        "objects": 0,
        "voice": "",
        "matched_release": 0,
    }
    added = connection.execute(insert(source).values(blank | values)).inserted_primary_key
    if added is None:  # pragma: no cover - both databases return the key of a single row
        raise RuntimeError(key)
    return int(added[0])


def _assign(
    connection: Connection, table: Table, column: str, source_id: int, wanted: Sequence[int | str]
) -> None:
    """Make a source's rows of an assigning table the wanted ones."""
    own = table.c.source_id == source_id
    known = set(connection.scalars(select(table.c[column]).where(own)))
    gone, fresh = known - set(wanted), set(wanted) - known
    for value in gone:
        connection.execute(delete(table).where(own, table.c[column] == value))
    if fresh:
        extra = {"named": False} if table is source_area else {}
        rows = [{"source_id": source_id, column: value} | extra for value in sorted(fresh, key=str)]
        connection.execute(insert(table), rows)
    if gone or fresh:
        areas = areas_touched_by(connection, source_id)
        if column == "area_id":
            areas |= {int(value) for value in gone}
        note_due(connection, sorted(areas), "region", source_id)


def _note_naming(connection: Connection, source_id: int, *, named: bool) -> None:
    """Keep whether the source's own settings name its areas: its silence counts at once then."""
    other = (source_area.c.source_id == source_id, source_area.c.named.is_(not named))
    areas = connection.scalars(select(source_area.c.area_id).where(*other)).all()
    if areas:
        connection.execute(update(source_area).values(named=named).where(*other))
        note_due(connection, areas, "region", source_id)


def _register_areas(connection: Connection, areas: list[int], run_id: int, now: datetime) -> None:
    query = select(region_area.c.area_id).order_by(region_area.c.position)
    known = list(connection.scalars(query))
    if known == areas:
        return
    connection.execute(delete(region_area))
    rows = [{"area_id": area_id, "position": place} for place, area_id in enumerate(areas)]
    connection.execute(insert(region_area), rows)
    note_due(connection, [area_id for area_id in areas if area_id not in set(known)], "region")
    note_other_rules(connection)
    for area_id in set(known) - set(areas):
        drop_area(connection, area_id, run_id, now)
