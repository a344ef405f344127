"""What a question is limited to: areas, themes, services and statuses, checked before anything is read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, func, or_, select

from catalogue.errors import NotFound
from catalogue.history import areas_at, edition_at, state_at
from catalogue.keys import Ars, KeyFormatError, parse_area_key
from catalogue.levels import LEVELS
from catalogue.matching.words import normalise
from catalogue.naming import NamedArea, labels_of
from catalogue.tables import area, cell, leika_service, ozg_service, region_area
from catalogue.verdict import STATUSES

__all__ = [
    "EVERYTHING",
    "Filters",
    "RegionArea",
    "Selection",
    "areas_now",
    "areas_with",
    "find_area",
    "find_service",
    "select_among",
    "select_cells",
]

#: More choices than this are counted, not listed.
CHOICES_SHOWN = 5


@dataclass(frozen=True)
class Filters:
    """What to look at, as people write it; what is empty limits nothing.

    ``areas`` are regional keys, municipality keys or names within the region, ``services`` OZG ids, LeiKa
    keys or parts of titles. ``level`` chooses between areas of one name; where none is named it limits the
    areas. ``as_of`` is the moment to look at instead of now; names and themes are always those of now.
    """

    areas: tuple[str, ...] = ()
    level: str = ""
    themes: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    as_of: datetime | None = None


EVERYTHING = Filters()


@dataclass(frozen=True)
class RegionArea:
    """One area of the region; ``label`` is its name as no other area of the region has it."""

    id: int
    ars: str
    ags: str
    name: str
    level: str
    type: str
    label: str


@dataclass(frozen=True)
class Selection:
    """Filters that were found in the catalogue; ``None`` limits nothing.

    ``cells`` has all columns of the table ``cell``, as they are or as they were at ``as_of``; what is read
    with :meth:`condition` is read from there.
    """

    areas: tuple[RegionArea, ...]  # in the order of the region
    limited: bool  # fewer areas than the region has
    themes: frozenset[str] | None
    services: frozenset[str] | None
    statuses: frozenset[str] | None
    as_of: datetime | None = None
    cells: FromClause = cell

    def condition(self) -> ColumnElement[bool]:
        """Return the condition on ``cells``."""
        return self.condition_on(self.cells)

    def condition_on(self, rows: FromClause) -> ColumnElement[bool]:
        """Return the condition on rows that have the columns of ``cell``."""
        parts = [rows.c.area_id.in_([one.id for one in self.areas])] if self.limited else []
        if self.themes is not None:
            of_themes = select(ozg_service.c.ozg_id).where(ozg_service.c.theme.in_(sorted(self.themes)))
            parts.append(rows.c.ozg_id.in_(of_themes))
        if self.services is not None:
            parts.append(rows.c.ozg_id.in_(sorted(self.services)))
        if self.statuses is not None:
            parts.append(rows.c.status.in_(sorted(self.statuses)))
        return and_(True, *parts)


def select_cells(
    connection: Connection, filters: Filters, *, allowed: Sequence[str] = STATUSES, past: bool = False
) -> Selection:
    """Find what the filters name. Raise NotFound, with what was probably meant, for what does not exist.

    ``allowed`` are the statuses the question knows. With ``past`` it can be answered for a moment of the
    past, as it reads nothing but ``Selection.cells``; else filters with ``as_of`` are refused.
    """
    region = areas_now(connection)
    if not region:
        raise NotFound("region_empty")
    cells: FromClause = cell
    if filters.as_of is not None:
        if not past:
            raise NotFound("as_of_unsupported")
        held = edition_at(connection, filters.as_of).run_id
        cells = state_at(held)
        region = areas_with(connection, select(areas_at(held).c.area_id))
    return select_among(connection, filters, region, allowed=allowed, cells=cells)


def select_among(
    connection: Connection,
    filters: Filters,
    region: list[RegionArea],
    *,
    allowed: Sequence[str] = STATUSES,
    cells: FromClause = cell,
) -> Selection:
    """Find what the filters name among these areas. Raise NotFound for what does not exist."""
    _require_level(filters.level)
    if filters.areas:
        wanted = {_area(region, connection, given, filters.level).id for given in filters.areas}
        areas = tuple(one for one in region if one.id in wanted)
    else:
        areas = tuple(one for one in region if filters.level in {"", one.level})
    return Selection(
        areas=areas,
        limited=len(areas) < len(region),
        themes=_themes(connection, filters.themes),
        services=_services(connection, filters.services),
        statuses=_statuses(filters.statuses, allowed),
        as_of=filters.as_of,
        cells=cells,
    )


def find_area(connection: Connection, given: str, level: str = "") -> RegionArea:
    """Return the area of the region that is meant. Raise NotFound if none or several are."""
    region = areas_now(connection)
    if not region:
        raise NotFound("region_empty")
    _require_level(level)
    return _area(region, connection, given, level)


def areas_now(connection: Connection) -> list[RegionArea]:
    """Return the areas of the region in its order."""
    return areas_with(connection, select(region_area.c.area_id))


def areas_with(connection: Connection, ids: Select[*tuple[Any, ...]]) -> list[RegionArea]:
    """Return the areas with these ids in the order of the region; those that left it come last."""
    columns = [area.c[name] for name in ("id", "ars", "ags", "name", "level", "type")]
    query = (
        select(*columns)
        .outerjoin(region_area, region_area.c.area_id == area.c.id)
        .where(area.c.id.in_(ids))
        .order_by(region_area.c.position.is_(None), region_area.c.position, area.c.ars, area.c.level)
    )
    rows = connection.execute(query).all()
    labels = labels_of(
        connection, [NamedArea(row.id, row.ars, row.name, row.type, row.level) for row in rows]
    )
    return [RegionArea(**row._mapping, label=labels[row.id]) for row in rows]


def _require_level(level: str) -> None:
    if level and level not in LEVELS:
        raise NotFound("level_unknown", given=level, known=", ".join(LEVELS))


def _area(region: list[RegionArea], connection: Connection, given: str, level: str) -> RegionArea:
    found = [one for one in _called(region, given) if level in {"", one.level}]
    if len(found) == 1:
        return found[0]
    if found:
        choices = "; ".join(f"{_with_kind(one)} ({one.level}, {one.ars})" for one in found)
        raise NotFound("area_choice", given=given, choices=choices)
    if _exists(connection, given):
        raise NotFound("area_outside_region", given=given, known=_some(one.label for one in region))
    near = _near(given, {one.name: one.label for one in region})
    if near:
        raise NotFound("area_not_found", given=given, near=near)
    raise NotFound("area_unlike", given=given)


def _with_kind(one: RegionArea) -> str:
    return f"{one.type} {one.label}" if one.level == "gemeinde" else one.label


def _called(region: list[RegionArea], given: str) -> list[RegionArea]:
    """Return the areas with this key, or this name, with or without its type or level before it."""
    try:
        key = parse_area_key(given)
    except KeyFormatError:
        name = normalise(given)
        return [
            one
            for one in region
            if name == normalise(one.label)
            or name in {normalise(f"{before} {one.name}") for before in ("", one.type, one.level)}
        ]
    attribute = "ars" if isinstance(key, Ars) else "ags"
    return [one for one in region if getattr(one, attribute) == str(key)]


def _exists(connection: Connection, given: str) -> bool:
    try:
        key = str(parse_area_key(given))
    except KeyFormatError:
        wanted = func.lower(area.c.name) == given.strip().lower()
    else:
        wanted = or_(area.c.ars == key, area.c.ags == key)
    return connection.scalar(select(area.c.id).where(wanted).limit(1)) is not None


def _themes(connection: Connection, given: Iterable[str]) -> frozenset[str] | None:
    """Return the themes meant: each by its name, or by the words it begins with if no other does."""
    known = list(connection.scalars(select(ozg_service.c.theme).distinct().order_by(ozg_service.c.theme)))
    found = set()
    for name in given:
        wanted = normalise(name)
        exact = [theme for theme in known if normalise(theme) == wanted]
        begun = [theme for theme in known if wanted and normalise(theme).startswith(wanted)]
        meant = exact or begun
        if len(meant) != 1:
            raise _theme_not_found(name, meant, known)
        found.add(meant[0])
    return frozenset(found) or None


def _theme_not_found(given: str, meant: list[str], known: list[str]) -> NotFound:
    if meant:
        return NotFound("theme_choice", given=given, choices="; ".join(meant))
    words = {word: theme for theme in known for word in theme.split() if len(word) > 1}
    near = _near(given, {**words, **{theme: theme for theme in known}}, cutoff=0.7)
    if near:
        return NotFound("theme_near", given=given, near=near, known="; ".join(known))
    return NotFound("theme_not_found", given=given, known="; ".join(known))


def _statuses(given: Iterable[str], allowed: Sequence[str]) -> frozenset[str] | None:
    for status in given:
        if status not in allowed:
            raise NotFound("status_not_found", given=status, known=", ".join(allowed))
    return frozenset(given) or None


def _services(connection: Connection, given: Iterable[str]) -> frozenset[str] | None:
    return frozenset(find_service(connection, name) for name in given) or None


def find_service(connection: Connection, given: str) -> str:
    """Return the OZG id of the service that is meant by id, LeiKa key or a part of its title.

    Raise NotFound if none or several are.
    """
    text = given.strip()
    if connection.scalar(select(ozg_service.c.ozg_id).where(ozg_service.c.ozg_id == text)):
        return text
    key = text.replace(" ", "")
    query = select(leika_service.c.ozg_id).where(leika_service.c.leika_key == key)
    of_key = connection.execute(query).first()
    if of_key is not None:
        if of_key[0] is None:
            raise NotFound("leika_without_bundle", given=given)
        return str(of_key[0])
    return _service_by_title(connection, given)


def _service_by_title(connection: Connection, given: str) -> str:
    query = select(ozg_service.c.ozg_id, ozg_service.c.title).order_by(ozg_service.c.ozg_id)
    titles: dict[str, str] = dict(connection.execute(query).all())
    wanted = normalise(given)
    exact = [ozg_id for ozg_id, title in titles.items() if normalise(title) == wanted]
    part = [ozg_id for ozg_id, title in titles.items() if wanted and wanted in normalise(title)]
    meant = exact or part or _bundles_of_name(connection, wanted)
    if len(meant) == 1:
        return meant[0]
    if meant:
        choices = _some(f"{ozg_id} {titles[ozg_id]}" for ozg_id in meant)
        raise NotFound("service_choice", given=given, count=len(meant), choices=choices)
    near = _near(given, {title: f"{ozg_id} {title}" for ozg_id, title in titles.items()})
    if near:
        raise NotFound("service_not_found", given=given, near=near)
    place = select(area.c.ars).join(region_area, region_area.c.area_id == area.c.id)
    first = connection.scalar(
        place.where(area.c.level == "gemeinde").order_by(region_area.c.position).limit(1)
    )
    raise NotFound("service_unlike", given=given, area=f" --area {first} --level gemeinde" if first else "")


def _bundles_of_name(connection: Connection, wanted: str) -> list[str]:
    """Return the OZG ids of LeiKa services of this name, or else of those whose names contain it."""
    query = select(leika_service.c.name, leika_service.c.ozg_id).where(leika_service.c.ozg_id.is_not(None))
    named = [(normalise(name), ozg_id) for name, ozg_id in connection.execute(query)]
    exact = {ozg_id for name, ozg_id in named if name == wanted}
    return sorted(exact or {ozg_id for name, ozg_id in named if wanted and wanted in name})


def _near(given: str, known: Mapping[str, str], cutoff: float = 0.5) -> str:
    """Return what is shown for the names most like the given one; empty if none is."""
    folded = {normalise(name): shown for name, shown in known.items()}
    close = difflib.get_close_matches(normalise(given), folded, n=3, cutoff=cutoff)
    return "; ".join(dict.fromkeys(folded[name] for name in close))


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = len(listed) - CHOICES_SHOWN
    return "; ".join(listed[:CHOICES_SHOWN]) + (f" … (+{more})" if more > 0 else "")
