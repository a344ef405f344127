"""Compare a newer list of services with the catalogue: what would change, and what it moves.

Nothing is written here. A list says something about the services it names and nothing about those it lacks:
these are reported and stay. Where it says nothing about a field, what is known stays as well. A new OZG
service is taken in only with an id, a title and a theme that the catalogue already has.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Connection, func, select

from catalogue.tables import cell, leika_service, ozg_service, region_area

__all__ = [
    "KINDS",
    "Bundle",
    "Difference",
    "DifferenceRow",
    "Effects",
    "Listed",
    "compare",
]

#: What a row of the difference may be about, in the order of the report.
KINDS: Final = (
    "new",
    "name",
    "types",
    "ozg_id",
    "ozg_unknown",
    "ozg_silent",
    "vanished",
    "ozg_new",
    "ozg_incomplete",
    "ozg_title",
    "ozg_theme",
    "theme_unknown",
)
LEIKA: Final = leika_service.name
OZG: Final = ozg_service.name
_SIGNS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class Bundle(NamedTuple):
    """An OZG service as a newer list names it; ``theme`` is a name, or a code made of it."""

    ozg_id: str
    title: str
    theme: str


class Listed(NamedTuple):
    """A LeiKa service as a newer list names it.

    ``types`` None and no bundles mean that the list does not say.
    """

    key: str
    name: str
    types: tuple[str, ...] | None
    bundles: tuple[Bundle, ...]
    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One difference; docs/data-dictionary.md explains every field."""

    kind: str
    table: str
    key: str
    name: str
    before: str
    after: str
    related: tuple[str, ...]
    cells: int


class Effects(NamedTuple):
    """What applying moves: OZG services whose content changes, their cells, new cells."""

    services: int
    cells: int
    new_cells: int


class LeikaRow(NamedTuple):
    """A row of the table of LeiKa services."""

    key: str
    name: str
    types: str
    ozg_id: str


class OzgRow(NamedTuple):
    """A row of the table of OZG services."""

    ozg_id: str
    title: str
    theme: str


@dataclass(frozen=True)
class Difference:
    """All differences, what they move, and the rows of both tables as the newer list wants them."""

    rows: tuple[DifferenceRow, ...]
    effects: Effects
    leika: tuple[LeikaRow, ...]
    ozg: tuple[OzgRow, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many differences of each kind there are; kinds without any are left out."""
        found = Counter(row.kind for row in self.rows)
        return {kind: found[kind] for kind in KINDS if found[kind]}


def compare(connection: Connection, listed: Iterable[Listed], *, whole: bool) -> Difference:
    """Compare a newer list with the catalogue; only a ``whole`` one tells what vanished."""
    return _Comparison(connection, listed).make(whole=whole)


class _Comparison:
    """One comparison; collects rows while it goes through the list."""

    def __init__(self, connection: Connection, listed: Iterable[Listed]) -> None:
        self.listed = {one.key: one for one in sorted(listed, key=_key_of)}
        columns = (leika_service.c[name] for name in LeikaRow._fields[1:])
        services = connection.execute(select(leika_service.c.leika_key, *columns)).all()
        self.leika = {key: LeikaRow(key, name, types, ozg_id or "") for key, name, types, ozg_id in services}
        bundles = connection.execute(select(*(ozg_service.c[name] for name in OzgRow._fields))).all()
        self.ozg = {row[0]: OzgRow(*row) for row in bundles}
        self.themes = {_code_of(row.theme): row.theme for row in self.ozg.values()}
        counted = select(cell.c.ozg_id, func.count()).group_by(cell.c.ozg_id)
        self.cells: dict[str, int] = dict(connection.execute(counted).all())
        self.areas = connection.scalar(select(func.count()).select_from(region_area)) or 0
        self.rows: list[DifferenceRow] = []

    def make(self, *, whole: bool) -> Difference:
        bundles = self._bundles()
        services = [self._service(one, bundles) for one in self.listed.values()]
        if whole:
            self._vanished()
        self.rows.sort(key=lambda row: (KINDS.index(row.kind), row.key))
        merged = {**self.leika, **{row.key: row for row in services}}
        effects = self._effects(merged, {**self.ozg, **bundles})
        return Difference(tuple(self.rows), effects, tuple(services), tuple(bundles.values()))

    # --- OZG services ------------------------------------------------------------------------------

    def _bundles(self) -> dict[str, OzgRow]:
        """Return the OZG services that the list names, as they will be, without incomplete ones."""
        said: dict[str, list[Bundle]] = defaultdict(list)
        for one in self.listed.values():
            for bundle in one.bundles:
                said[bundle.ozg_id].append(bundle)
        wanted = {ozg_id: self._bundle(ozg_id, names) for ozg_id, names in sorted(said.items())}
        return {ozg_id: row for ozg_id, row in wanted.items() if row is not None}

    def _bundle(self, ozg_id: str, said: list[Bundle]) -> OzgRow | None:
        code = _most_often(one.theme for one in said)
        wanted = OzgRow(ozg_id, _most_often(one.title for one in said), self.themes.get(_code_of(code), ""))
        known = self.ozg.get(ozg_id)
        if known is None:
            if not (wanted.title and wanted.theme):
                self._note_ozg("ozg_incomplete", wanted, "", code)
                return None
            self._note_ozg("ozg_new", wanted, "", wanted.theme, self.areas)
            return wanted
        if code and not wanted.theme:
            self._note_ozg("theme_unknown", known, known.theme, code)
        wanted = OzgRow(ozg_id, wanted.title or known.title, wanted.theme or known.theme)
        if wanted.title != known.title:
            self._note_ozg("ozg_title", wanted, known.title, wanted.title)
        if wanted.theme != known.theme:
            self._note_ozg("ozg_theme", wanted, known.theme, wanted.theme, self._rest_on(ozg_id))
        return wanted

    # --- LeiKa services ----------------------------------------------------------------------------

    def _service(self, one: Listed, bundles: Mapping[str, OzgRow]) -> LeikaRow:
        known = self.leika.get(one.key)
        ozg_id = self._ozg_id(one, known, bundles)
        types = "|".join(one.types or ())
        if known is None:
            self._note("new", one, "", ozg_id, self._rest_on(ozg_id))
            return LeikaRow(one.key, one.name, types, ozg_id)
        if one.types is None or set(one.types) == set(known.types.split("|")):
            types = known.types
        if one.name != known.name:
            self._note("name", one, known.name, one.name)
        if types != known.types:
            self._note("types", one, known.types, types, self._rest_on(ozg_id))
        if ozg_id != known.ozg_id:
            self._note("ozg_id", one, known.ozg_id, ozg_id, self._rest_on(known.ozg_id, ozg_id))
        return LeikaRow(one.key, one.name, types, ozg_id)

    def _ozg_id(self, one: Listed, known: LeikaRow | None, bundles: Mapping[str, OzgRow]) -> str:
        """Return the OZG service a service will belong to; what the list leaves open stays as it is."""
        before = known.ozg_id if known is not None else ""
        named = [bundle.ozg_id for bundle in one.bundles]
        usable = [ozg_id for ozg_id in named if ozg_id in bundles]
        if before in named:
            return before
        if usable:
            return usable[0]
        if named:
            self._note("ozg_unknown", one, before, named[0])
        elif before:
            self._note("ozg_silent", one, before, "")
        return before

    def _vanished(self) -> None:
        """Note the services that the list lacks, each with those that name it as a relative."""
        heirs: dict[str, list[str]] = defaultdict(list)
        for one in self.listed.values():
            for key in one.related:
                heirs[key].append(one.key)
        for key, row in self.leika.items():
            if key not in self.listed:
                gone = Listed(key, row.name, None, (), tuple(heirs[key]))
                self._note("vanished", gone, row.ozg_id, row.ozg_id)

    # --- effects -----------------------------------------------------------------------------------

    def _effects(self, leika: Mapping[str, LeikaRow], ozg: Mapping[str, OzgRow]) -> Effects:
        """Count the OZG services whose leaves, types or theme change, and what rests on them."""
        before, after = _contents(self.leika, self.ozg), _contents(leika, ozg)
        moved = [ozg_id for ozg_id in before if before[ozg_id] != after[ozg_id]]
        new = len(after) - len(before)
        return Effects(len(moved) + new, self._rest_on(*moved), new * self.areas)

    def _rest_on(self, *ozg_ids: str) -> int:
        return sum(self.cells.get(ozg_id, 0) for ozg_id in set(ozg_ids))

    def _note(self, kind: str, one: Listed, before: str, after: str, cells: int = 0) -> None:
        self.rows.append(DifferenceRow(kind, LEIKA, one.key, one.name, before, after, one.related, cells))

    def _note_ozg(self, kind: str, row: OzgRow, before: str, after: str, cells: int = 0) -> None:
        self.rows.append(DifferenceRow(kind, OZG, row.ozg_id, row.title, before, after, (), cells))


def _key_of(one: Listed) -> str:
    return one.key


def _contents(leika: Mapping[str, LeikaRow], ozg: Mapping[str, OzgRow]) -> dict[str, tuple[object, ...]]:
    """Return by OZG service what its cells rest on: its theme, its leaves, its types."""
    leaves: dict[str, set[str]] = defaultdict(set)
    types: dict[str, set[str]] = defaultdict(set)
    parents = set(_parents(leika))
    for key, row in leika.items():
        types[row.ozg_id].add(row.types)
        if key not in parents:
            leaves[row.ozg_id].add(key)
    return {ozg_id: (row.theme, leaves[ozg_id], types[ozg_id]) for ozg_id, row in ozg.items()}


def _parents(keys: Iterable[str]) -> Iterator[str]:
    """Yield the keys of objects and acts that have something below them."""
    for key in keys:
        if key[8:] != "000000":
            yield key[:8] + "000000"
        if key[11:] != "000":
            yield key[:11] + "000"


def _most_often(names: Iterable[str]) -> str:
    """Return the name that most entries give; of several the first one. Empty if there is none."""
    counted = Counter(name for name in names if name).most_common(1)
    return counted[0][0] if counted else ""


def _code_of(theme: str) -> str:
    """Return a theme as a code: ``Ein- & Auswanderung`` is ``ein_auswanderung``."""
    plain = unicodedata.normalize("NFC", theme).casefold().translate(_SIGNS)
    return "_".join(re.findall(r"[a-z0-9]+", plain))
