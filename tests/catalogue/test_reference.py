from __future__ import annotations

import ast
import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from catalogue import tables
from catalogue.errors import NotFound
from catalogue.levels import LEVELS
from catalogue.messages import LANGUAGES, keys
from catalogue.reference import (
    TABLES,
    ImportResult,
    load_packaged,
    origin_of,
    releases,
)
from catalogue.store import Store
from tests.catalogue.importing import (
    AREAS,
    LEIKA,
    OZG,
    bring,
    everything,
    ids_of_areas,
    rows,
)

PACKAGE = Path(__file__).parents[2] / "catalogue"
DOCS = Path(__file__).parents[2] / "docs"


# --- the packaged tables ---------------------------------------------------------------------------


def test_the_packaged_tables_are_complete(reference_store: Store) -> None:
    with reference_store.read() as connection:
        counts = {
            name: connection.scalar(select(func.count()).select_from(tables.metadata.tables[name]))
            for name in TABLES
        }
        per_level = select(tables.area.c.level, func.count()).group_by(tables.area.c.level)
        levels: dict[Any, Any] = dict(connection.execute(per_level).all())
    assert counts == {
        "area": 12_601,
        "ozg_service": 557,
        "leika_type": 21,
        "leika_service": 4_813,
        "competence": 557,
        "competence_rule": 36,
        "youth_office": 32,
    }
    assert levels == {
        "bund": 1,
        "land": 16,
        "regierungsbezirk": 29,
        "kreis": 400,
        "gemeindeverband": 1_203,
        "gemeinde": 10_952,
    }


def test_every_area_but_the_bund_has_a_parent_on_a_level_above(reference_store: Store) -> None:
    child, parent = tables.area.alias("child"), tables.area.alias("parent")
    query = select(child.c.level, parent.c.level).outerjoin_from(
        child, parent, child.c.parent_id == parent.c.id
    )
    with reference_store.read() as connection:
        pairs = {(level, above) for level, above in connection.execute(query)}
    assert ("bund", None) in pairs
    assert all(LEVELS.index(above) < LEVELS.index(level) for level, above in pairs if level != "bund")


def test_leaves_and_levels_of_the_packaged_services_are_those_of_the_catalogue(
    reference_store: Store,
) -> None:
    leika = tables.leika_service.c
    with reference_store.read() as connection:
        per_level = select(leika.level, func.count()).group_by(leika.level)
        levels: dict[Any, Any] = dict(connection.execute(per_level).all())
        leaves = connection.scalar(select(func.count()).where(leika.leaf))
    assert levels == {"lo": 1_812, "lov": 2_025, "lovd": 976}
    assert leaves == 2_870


def test_every_packaged_row_has_an_origin(reference_store: Store) -> None:
    with reference_store.read() as connection:
        known = releases(connection)
        assert {release.table for release in known} == set(TABLES)
        assert all(release.origin and release.licence and release.imported_at for release in known)
        city = origin_of(connection, "area", "055620014014")
        federation = origin_of(connection, "area", ("bund", "000000000000"))
        assert "Destatis" in city.origin
        assert (city.as_of, city.rows) == ("2025-08-31", 12_600)
        assert federation.origin.startswith("Lückenlos")
        assert "Gert Hammes" in origin_of(connection, "ozg_service", "10110").licence
        assert origin_of(connection, "competence", "05/10110").table == "competence"


@pytest.mark.parametrize(
    ("table", "key"), [("area", "999999999999"), ("ozg_service", "1"), ("competence", "10110")]
)
def test_a_row_that_does_not_exist_has_no_origin(reference_store: Store, table: str, key: str) -> None:
    with reference_store.read() as connection, pytest.raises(NotFound, match="reference_row"):
        origin_of(connection, table, key)


def test_loading_the_packaged_tables_again_changes_nothing(reference_store: Store) -> None:
    with reference_store.read() as connection:
        before = everything(connection)
    counts = load_packaged(reference_store)
    with reference_store.read() as connection:
        assert everything(connection) == before
    assert counts["area"] == 12_601


def test_every_rule_and_assessment_is_about_a_known_service(reference_store: Store) -> None:
    services = {row[0] for row in rows(reference_store, "ozg_service", "ozg_id")}
    assert {row[0] for row in rows(reference_store, "competence", "ozg_id")} == services
    assert {row[0] for row in rows(reference_store, "competence_rule", "ozg_id")} < services


def packaged_folder(folder: Path, as_of: str, areas: str) -> Path:
    folder.mkdir()
    (folder / "areas.csv.gz").write_bytes(gzip.compress(areas.encode()))
    (folder / "ozg.csv").write_text(OZG, encoding="utf-8")
    entry = '[[release]]\ntable = "{}"\nfile = "{}"\norigin = "Paket"\nlicence = "CC0-1.0"\nas_of = "{}"\n'
    document = entry.format("area", "areas.csv.gz", as_of) + entry.format("ozg_service", "ozg.csv", as_of)
    (folder / "releases.toml").write_text(document, encoding="utf-8")
    return folder


def test_a_newer_package_extends_what_there_is_and_abolishes_areas_it_lacks(
    small_store: Store, tmp_path: Path
) -> None:
    bring(small_store, "ozg_id,title,theme\n19999,Eigene Leistung,Eigenes\n")
    before = ids_of_areas(small_store)
    newer = AREAS.replace("kreis,055620000000", "kreis,055630000000").replace("055620", "055630")
    newer = newer.replace("05562", "05563")
    counts = load_packaged(small_store, packaged_folder(tmp_path / "new", "2027-01-01", newer))
    assert counts["ozg_service"] == 3
    assert ids_of_areas(small_store).items() >= before.items()
    abolished = rows(small_store, "area", "ars", "abolished_on")
    assert ("055620014014", "2027-01-01") in abolished
    assert ("055630014014", None) in abolished


def test_an_older_package_leaves_a_younger_table_alone(small_store: Store, tmp_path: Path) -> None:
    bring(small_store, OZG.replace("Wohnsitz", "Wohnung"))
    load_packaged(small_store, packaged_folder(tmp_path / "old", "2020-01-01", AREAS))
    assert ("10124", "Wohnung") in rows(small_store, "ozg_service", "ozg_id", "title")


def test_the_packaged_areas_are_stored_in_the_same_bytes_on_every_machine() -> None:
    stored = (PACKAGE / "data" / "areas.csv.gz").read_bytes()
    assert stored[4:8] == bytes(4), "no time in the header"
    assert stored[3] == 0, "no file name in the header"


# --- extending and replacing -----------------------------------------------------------------------


def test_a_file_adds_rows_changes_rows_and_leaves_the_others(small_store: Store) -> None:
    more = "ozg_id,title,theme,situation\n10124,Wohnsitzmeldung,Wohnen,Umzug\n10117,Grundsteuer,Steuern,\n"
    assert bring(small_store, more) == ImportResult("ozg_service", 1, 1, 0, 0, 0)
    assert rows(small_store, "ozg_service", "ozg_id", "title") == [
        ("10110", "Abfallentsorgung"),
        ("10117", "Grundsteuer"),
        ("10124", "Wohnsitzmeldung"),
    ]


def test_replacing_removes_what_the_file_lacks(small_store: Store) -> None:
    result = bring(small_store, LEIKA.rpartition("99001003004007")[0], replace=True)
    assert result == ImportResult("leika_service", 0, 0, 2, 1, 0)
    assert len(rows(small_store, "leika_service", "leika_key")) == 2


def test_the_same_file_again_changes_nothing(small_store: Store) -> None:
    with small_store.read() as connection:
        before = everything(connection)
    assert bring(small_store, LEIKA, replace=True) == ImportResult("leika_service", 0, 0, 3, 0, 0)
    with small_store.read() as connection:
        assert everything(connection) == before


def test_a_column_the_file_lacks_keeps_its_value(small_store: Store) -> None:
    bring(small_store, "level,ars,name,parent_ars\ngemeinde,055620014014,Stadt Gladbeck,055620000000\n")
    found = rows(small_store, "area", "ars", "name", "population", "plz", "municipal_status")
    assert (
        "055620014014",
        "Stadt Gladbeck",
        75_499,
        "45964",
        "grosse_kreisangehoerige_stadt",
    ) in found


def test_areas_keep_their_ids_and_are_never_deleted(small_store: Store) -> None:
    before = ids_of_areas(small_store)
    kept = "".join(line for line in AREAS.splitlines(keepends=True) if "Gladbeck" not in line)
    assert bring(small_store, kept, replace=True, as_of="2026-07-01").removed == 1
    assert ids_of_areas(small_store) == before
    assert ("055620014014", "2026-07-01") in rows(small_store, "area", "ars", "abolished_on")
    assert bring(small_store, kept, replace=True, as_of="2026-08-01").removed == 0
    assert bring(small_store, AREAS, replace=True).changed == 1
    assert ids_of_areas(small_store) == before
    assert ("055620014014", None) in rows(small_store, "area", "ars", "abolished_on")


def test_the_bund_stays_though_no_official_table_has_it(small_store: Store) -> None:
    without = "".join(line for line in AREAS.splitlines(keepends=True) if not line.startswith("bund"))
    assert bring(small_store, without.replace("000000000000", ""), replace=True).removed == 0


def test_an_area_may_move_to_another_kreis(small_store: Store) -> None:
    moved = "level,ars,name,parent_ars\ngemeinde,055620014014,Gladbeck,055130000000\n"
    assert bring(small_store, moved).changed == 1
    ids = ids_of_areas(small_store)
    parents: dict[Any, Any] = dict(rows(small_store, "area", "id", "parent_id"))
    assert parents[ids["gemeinde", "055620014014"]] == ids["kreis", "055130000000"]


def test_a_kreisfreie_stadt_is_part_of_its_own_kreis(small_store: Store) -> None:
    ids = ids_of_areas(small_store)
    parents: dict[Any, Any] = dict(rows(small_store, "area", "id", "parent_id"))
    assert parents[ids["gemeinde", "055130000000"]] == ids["kreis", "055130000000"]


def test_leaves_are_recomputed_after_an_import(small_store: Store) -> None:
    def leaves() -> dict[object, object]:
        return dict(rows(small_store, "leika_service", "leika_key", "leaf"))

    assert leaves() == {"99001002000000": False, "99001002004000": True, "99001003004007": True}
    bring(small_store, "leika_key,name,ozg_id\n99001003000000,Bioabfall,10110\n99001002004001,Altpapier x,\n")
    assert leaves() == {
        "99001002000000": False,
        "99001002004000": False,
        "99001002004001": True,
        "99001003000000": False,
        "99001003004007": True,
    }
    bring(small_store, "leika_key,name,ozg_id\n99001002000000,Altpapier,10110\n", replace=True)
    assert leaves() == {"99001002000000": True}
    assert rows(small_store, "leika_service", "level", "types") == [("lo", "2/3")]


def test_unknown_but_well_formed_keys_are_kept_and_counted(small_store: Store) -> None:
    result = bring(small_store, "ars,name,own,confidence\n055620014014,Gladbeck,1,hoch\n")
    assert result.unknown == 0
    result = bring(small_store, "ars,name,own,confidence\n059999999999,Nirgendwo,0,mittel\n")
    assert (result.new, result.unknown) == (1, 1)
    result = bring(small_store, "land,ozg_id,primary_tier,confidence\n05,19999,gemeinde,hoch\n")
    assert (result.new, result.unknown) == (1, 1)


def test_keys_of_other_catalogues_may_be_imported(small_store: Store) -> None:
    assert bring(small_store, "leika_key,name,ozg_id\n77000000000317,Eigene Leistung,10110\n").new == 1


def test_rows_belong_to_the_release_that_said_them_last(small_store: Store) -> None:
    bring(small_store, OZG.replace("Wohnsitz", "Wohnung"), as_of="2026-06-01", origin="Neueres Amt")
    with small_store.read() as connection:
        assert [release.origin for release in releases(connection, "ozg_service")] == ["Amt", "Neueres Amt"]
        for ozg_id in ("10110", "10124"):
            assert origin_of(connection, "ozg_service", ozg_id).as_of == "2026-06-01"
        assert origin_of(connection, "leika_service", "99001002000000").origin == "Amt"


def test_the_same_facts_from_another_origin_are_a_release_of_their_own(small_store: Store) -> None:
    bring(small_store, OZG, origin="Zweites Amt")
    with small_store.read() as connection:
        assert origin_of(connection, "ozg_service", "10110").origin == "Zweites Amt"


def test_an_import_has_the_cells_of_all_areas_of_the_region_computed_again(small_store: Store) -> None:
    ids = ids_of_areas(small_store)
    gladbeck = ids["gemeinde", "055620014014"]
    with small_store.write() as connection:
        connection.execute(insert(tables.region_area), [{"area_id": gladbeck, "position": 0}])
    bring(small_store, OZG)
    assert rows(small_store, "area_due", "area_id") == []
    bring(small_store, OZG.replace("Wohnsitz", "Wohnung"))
    bring(small_store, OZG)
    assert rows(small_store, "area_due", "area_id", "cause", "source_id") == [(gladbeck, "reference", 0)]


# --- messages --------------------------------------------------------------------------------------


def raised_codes() -> set[str]:
    """Return all codes of errors that keys, reference tables and competence may raise."""
    paths = [PACKAGE / "keys.py", PACKAGE / "competence.py", *(PACKAGE / "reference").glob("*.py")]
    code = re.compile(r"(import|leika|ozg|ars|ags|area)_[a-z_]+|reference_row")
    names = {"KeyFormatError", "FieldError", "ImportRejected", "NotFound", "_rejected", "add", "_text"}
    found: set[str] = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if called in names:
                    found.update(
                        argument.value
                        for argument in node.args
                        if isinstance(argument, ast.Constant)
                        and isinstance(argument.value, str)
                        and code.fullmatch(argument.value)
                    )
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_has_a_message(language: str) -> None:
    codes = raised_codes()
    assert len(codes) > 30
    assert {f"error.{code}" for code in codes} <= keys(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_level_status_and_table_has_a_word(language: str, reference_store: Store) -> None:
    statuses = {row[0] for row in rows(reference_store, "area", "municipal_status")} - {""}
    wanted = {f"municipal_status.{status}" for status in statuses}
    wanted |= {f"level.{level}" for level in LEVELS} | {f"reference_table.{table}" for table in TABLES}
    assert wanted <= keys(language)
