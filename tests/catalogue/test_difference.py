"""What a newer list of services would change: every kind of difference, its effects, and taking it over."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from catalogue import tables
from catalogue.errors import ImportRejected
from catalogue.messages import LANGUAGES, keys
from catalogue.reference import import_reference, releases
from catalogue.reference.csvfile import read_csv
from catalogue.reference.difference import KINDS, Bundle, Difference, Listed, compare
from catalogue.reference.difference_files import apply_difference, files_of
from catalogue.reference.releases import ReleaseNote
from catalogue.store import Store
from tests.catalogue.importing import AREAS, bring, everything, on_sqlite, rows

OZG = """\
ozg_id,title,theme,situation
10110,Abfallentsorgung,Umwelt,Wohnen
10120,Hundesteuer,Engagement & Hobby,Tiere
10124,Wohnsitz,Ein- & Auswanderung,Umzug
"""
LEIKA = """\
leika_key,name,types,ozg_id
99001001000000,Altpapier,2/3,10110
99001001004000,Altpapier Entsorgung,2/3,10110
99102013104000,Hundesteuer Anmeldung,5,10120
"""
WASTE = Bundle("10110", "Abfallentsorgung", "umwelt")
DOGS = Bundle("10120", "Hundesteuer", "engagement_hobby")
OBJECT = Listed("99001001000000", "Altpapier", ("2/3",), (WASTE,))
ACT = Listed("99001001004000", "Altpapier Entsorgung", ("2/3",), (WASTE,))
TAX = Listed("99102013104000", "Hundesteuer Anmeldung", ("5",), (DOGS,))
SAME = (OBJECT, ACT, TAX)
NOTE = ReleaseNote("Portal", "unbekannt", "2026-11-20")


@pytest.fixture
def known(store: Store) -> Store:
    """A store with three OZG services, three LeiKa services and a region of two areas with cells."""
    for content in (AREAS, OZG, LEIKA):
        bring(store, content)
    cities = {("gemeinde", "055620014014"), ("gemeinde", "055130000000")}
    with store.write() as connection:
        area = tables.area
        found = connection.execute(select(area.c.id, area.c.level, area.c.ars)).all()
        numbers = [row.id for row in found if (row.level, row.ars) in cities]
        connection.execute(
            tables.region_area.insert(), [{"area_id": number, "position": number} for number in numbers]
        )
        run = connection.execute(
            tables.run.insert().values(started_at="", state="ok", region="Probe", version="0", host="", pid=1)
        ).inserted_primary_key
        assert run is not None
        empty = {
            column.name: "" for column in tables.cell.columns if str(column.type)[:4] in {"VARC", "TEXT"}
        }
        flags = dict.fromkeys(("voluntary", "gap", "own", "stale"), False)
        counts = {"leaves": 0, "leaves_online": 0, "run_id": run[0]}
        connection.execute(
            tables.cell.insert(),
            [
                {**empty, **flags, **counts, "area_id": number, "ozg_id": ozg_id}
                for number in numbers
                for ozg_id in ("10110", "10120", "10124")
            ],
        )
    return store


def difference(store: Store, *listed: Listed, whole: bool = True) -> Difference:
    with store.read() as connection:
        return compare(connection, listed, whole=whole)


def seen(found: Difference) -> list[tuple[str, str, str, str, int]]:
    return [(row.kind, row.key, row.before, row.after, row.cells) for row in found.rows]


@on_sqlite
def test_a_list_that_says_the_same_makes_no_difference(known: Store) -> None:
    found = difference(known, *SAME)
    assert (found.rows, tuple(found.effects)) == ((), (0, 0, 0))


@on_sqlite
def test_a_new_service_changes_what_its_bundle_holds(known: Store) -> None:
    new = Listed("99001001004001", "Altpapier Entsorgung privat", ("5",), (WASTE,))
    found = difference(known, *SAME, new)
    assert seen(found) == [("new", "99001001004001", "", "10110", 2)]
    assert tuple(found.effects) == (1, 2, 0)


@on_sqlite
def test_a_new_service_of_no_bundle_changes_no_cell(known: Store) -> None:
    found = difference(known, *SAME, Listed("99150001001000", "Anzeige", None, ()))
    assert seen(found) == [("new", "99150001001000", "", "", 0)]
    assert tuple(found.effects) == (0, 0, 0)


@on_sqlite
def test_another_name_is_told_and_changes_no_cell(known: Store) -> None:
    found = difference(known, OBJECT, ACT, TAX._replace(name="Hund anmelden"))
    assert seen(found) == [("name", "99102013104000", "Hundesteuer Anmeldung", "Hund anmelden", 0)]
    assert tuple(found.effects) == (0, 0, 0)


@on_sqlite
def test_other_types_may_change_who_is_competent(known: Store) -> None:
    found = difference(known, OBJECT, ACT, TAX._replace(types=("2/3a", "5")))
    assert seen(found) == [("types", "99102013104000", "5", "2/3a|5", 2)]
    assert tuple(found.effects) == (1, 2, 0)


@on_sqlite
def test_types_in_another_order_are_the_same(known: Store) -> None:
    bring(known, "leika_key,name,types,ozg_id\n99102013104000,Hundesteuer Anmeldung,2/3|5,10120\n")
    found = difference(known, OBJECT, ACT, TAX._replace(types=("5", "2/3")))
    assert found.rows == ()
    assert found.leika[-1].types == "2/3|5"


@on_sqlite
def test_a_service_that_moves_to_another_bundle_changes_both(known: Store) -> None:
    found = difference(known, OBJECT, ACT, TAX._replace(bundles=(WASTE,)))
    assert seen(found) == [("ozg_id", "99102013104000", "10120", "10110", 4)]
    assert tuple(found.effects) == (2, 4, 0)


@on_sqlite
def test_what_the_list_does_not_say_stays(known: Store) -> None:
    silent = TAX._replace(types=None, bundles=())
    found = difference(known, OBJECT, ACT, silent)
    assert seen(found) == [("ozg_silent", "99102013104000", "10120", "", 0)]
    assert tuple(found.leika[-1]) == ("99102013104000", "Hundesteuer Anmeldung", "5", "10120")


@on_sqlite
def test_of_several_bundles_the_known_one_stays(known: Store) -> None:
    assert difference(known, OBJECT, ACT, TAX._replace(bundles=(WASTE, DOGS))).rows == ()


@on_sqlite
def test_only_a_whole_list_tells_what_vanished_and_who_names_it(known: Store) -> None:
    heir = ACT._replace(related=("99102013104000",))
    assert difference(known, OBJECT, heir, whole=False).rows == ()
    row = difference(known, OBJECT, heir).rows[0]
    assert (row.kind, row.key, row.related) == ("vanished", "99102013104000", ("99001001004000",))


@on_sqlite
def test_a_new_bundle_needs_a_title_and_a_known_theme(known: Store) -> None:
    complete = Bundle("10200", "Hundehaltung", "Ein- & Auswanderung")
    nameless = Bundle("10201", "", "umwelt")
    homeless = Bundle("10202", "Katzensteuer", "haustiere")
    found = difference(
        known,
        OBJECT,
        ACT,
        TAX._replace(bundles=(complete,)),
        Listed("99102013104001", "Eins", None, (nameless,)),
        Listed("99102013104002", "Zwei", None, (homeless,)),
    )
    told = {row.key: (row.kind, row.after) for row in found.rows if row.table == "ozg_service"}
    assert told == {
        "10200": ("ozg_new", "Ein- & Auswanderung"),
        "10201": ("ozg_incomplete", "umwelt"),
        "10202": ("ozg_incomplete", "haustiere"),
    }
    assert [row.ozg_id for row in found.ozg] == ["10110", "10200"]
    assert {row.key: row.ozg_id for row in found.leika if row.key[-1] != "0"} == {
        "99102013104001": "",
        "99102013104002": "",
    }
    assert {row.key: row.kind for row in found.rows if row.kind == "ozg_unknown"} == {
        "99102013104001": "ozg_unknown",
        "99102013104002": "ozg_unknown",
    }
    assert found.effects.new_cells == 2


@on_sqlite
def test_another_title_and_theme_of_a_bundle_are_told(known: Store) -> None:
    moved = Bundle("10120", "Hundehaltung", "ein_auswanderung")
    found = difference(known, OBJECT, ACT, TAX._replace(bundles=(moved,)))
    assert seen(found) == [
        ("ozg_title", "10120", "Hundesteuer", "Hundehaltung", 0),
        ("ozg_theme", "10120", "Engagement & Hobby", "Ein- & Auswanderung", 2),
    ]
    assert tuple(found.effects) == (1, 2, 0)


@on_sqlite
def test_a_theme_that_nobody_knows_changes_nothing_and_is_told(known: Store) -> None:
    found = difference(known, OBJECT, ACT, TAX._replace(bundles=(DOGS._replace(theme="haustiere"),)))
    assert seen(found) == [("theme_unknown", "10120", "Engagement & Hobby", "haustiere", 0)]
    assert {row.theme for row in found.ozg} == {"Umwelt", "Engagement & Hobby"}


@on_sqlite
def test_where_entries_disagree_about_a_bundle_most_of_them_are_believed(known: Store) -> None:
    slip = ACT._replace(bundles=(WASTE._replace(title="Müll"),))
    third = Listed("99001001004001", "Drei", None, (WASTE,))
    assert [row.kind for row in difference(known, OBJECT, slip, third, TAX).rows] == ["new"]


@pytest.mark.parametrize("reference_store", ["sqlite"], indirect=True)
def test_every_packaged_theme_is_found_by_its_code(reference_store: Store) -> None:
    codes = [
        "mobilitaet_reisen",
        "bildung",
        "engagement_hobby",
        "ein_auswanderung",
        "unternehmensfuehrung_entwicklung",
        "steuern_zoll",
        "umwelt",
        "arbeit_ruhestand",
        "familie_kind",
        "querschnittsleistungen",
        "bauen_wohnen",
        "forschung_foerderung",
        "gesundheit",
        "recht_ordnung",
    ]
    listed = [
        Listed(f"99160{number:03d}001000", f"Neu {number}", None, (Bundle(f"108{number:02d}", "Neu", code),))
        for number, code in enumerate(codes)
    ]
    found = difference(reference_store, *listed, whole=False)
    assert found.counts == {"new": 14, "ozg_new": 14}
    assert len({row.theme for row in found.ozg}) == 14


def test_taking_it_over_changes_both_tables_and_drops_nothing(known: Store) -> None:
    bundle = Bundle("10200", "Hundehaltung", "umwelt")
    listed = [
        ACT._replace(name="Altpapier abholen"),
        TAX._replace(bundles=(bundle,)),
        Listed("99150001001000", 'Anzeige "eilig"; sofort', None, ()),
    ]
    shown = difference(known, *listed)
    done = apply_difference(known, listed, shown, NOTE, whole=True)
    assert [(result.table, result.new, result.changed, result.removed) for result in done] == [
        ("ozg_service", 1, 0, 0),
        ("leika_service", 1, 2, 0),
    ]
    assert rows(known, "leika_service", "leika_key", "name", "ozg_id") == [
        ("99001001000000", "Altpapier", "10110"),
        ("99001001004000", "Altpapier abholen", "10110"),
        ("99102013104000", "Hundesteuer Anmeldung", "10200"),
        ("99150001001000", 'Anzeige "eilig"; sofort', None),
    ]
    with known.read() as connection:
        newest = releases(connection)[-1]
        assert (newest.origin, newest.licence, newest.as_of) == tuple(NOTE)
        assert [row.kind for row in compare(connection, listed, whole=True).rows] == ["vanished"]


def test_what_the_newest_list_lacks_keeps_its_older_release(known: Store) -> None:
    shown = difference(known, ACT)
    apply_difference(known, [ACT], shown, NOTE, whole=True)
    release = dict(rows(known, "leika_service", "leika_key", "release_id"))
    assert release[ACT.key] > release[TAX.key] == release[OBJECT.key]


@on_sqlite
def test_nothing_is_taken_over_that_was_not_shown(known: Store) -> None:
    listed = [TAX._replace(name="Hund anmelden")]
    shown = difference(known, *listed)
    bring(known, "leika_key,name,ozg_id\n99102013104000,Hundesteuer,10120\n")
    with known.read() as connection:
        before = everything(connection)
    with pytest.raises(ImportRejected, match="difference_outdated"):
        apply_difference(known, listed, shown, NOTE, whole=True)
    with known.read() as connection:
        assert everything(connection) == before


@on_sqlite
def test_the_files_are_what_an_import_takes(known: Store) -> None:
    bundle = Bundle("10200", "Hundehaltung", "umwelt")
    files = files_of(difference(known, TAX._replace(bundles=(bundle,)), whole=False))
    assert list(files) == ["ozg_service", "leika_service"]
    assert read_csv(files["leika_service"]).header == ("leika_key", "name", "types", "ozg_id")
    for table, content in files.items():
        import_reference(
            known, table, content, origin="Portal", licence="?", as_of="2026-11-20", replace=False
        )
    assert ("99102013104000", "10200") in rows(known, "leika_service", "leika_key", "ozg_id")
    assert ("10120", "Tiere") in rows(known, "ozg_service", "ozg_id", "situation")


@on_sqlite
def test_an_empty_list_makes_no_file(known: Store) -> None:
    assert files_of(difference(known, whole=False)) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_difference_has_a_word(language: str) -> None:
    assert {f"difference.{kind}" for kind in KINDS} <= keys(language)
