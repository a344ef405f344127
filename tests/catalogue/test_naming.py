from __future__ import annotations

import pytest
from sqlalchemy import select

from catalogue.naming import NamedArea, full_name, labels_of
from catalogue.store import Store
from catalogue.tables import area


@pytest.mark.parametrize(
    ("name", "kind", "level", "expected"),
    [
        ("Recklinghausen", "Stadt", "gemeinde", "Recklinghausen"),
        ("Recklinghausen", "Kreis", "kreis", "Kreis Recklinghausen"),
        ("Gotha", "Landkreis", "kreis", "Landkreis Gotha"),
        ("Bottrop", "Kreisfreie Stadt", "kreis", "Kreisfreie Stadt Bottrop"),
        ("Bottrop", "Kreisfreie Stadt", "gemeinde", "Bottrop"),
        ("Märkischer Kreis", "Kreis", "kreis", "Märkischer Kreis"),
        ("Städteregion Aachen", "Kreis", "kreis", "Städteregion Aachen"),
        ("Schwaben", "Regierungsbezirk", "regierungsbezirk", "Regierungsbezirk Schwaben"),
        ("Reg.-Bez. Münster", "Regierungsbezirk", "regierungsbezirk", "Reg.-Bez. Münster"),
        ("Nordrhein-Westfalen", "Land", "land", "Land Nordrhein-Westfalen"),
        ("Deutschland", "Bund", "bund", "Deutschland"),
        ("Recklinghausen", "", "kreis", "Recklinghausen"),
    ],
)
def test_the_kind_stands_before_the_name_unless_it_is_a_gemeinde_or_says_so(
    name: str, kind: str, level: str, expected: str
) -> None:
    assert full_name(name, kind, level) == expected


def places(store: Store, *keys: tuple[str, str]) -> list[NamedArea]:
    """Return areas of the packaged table by level and ARS."""
    columns = [area.c[name] for name in NamedArea._fields]
    with store.read() as connection:
        rows = connection.execute(select(*columns)).all()
    known = {(row.level, row.ars): NamedArea(*row) for row in rows}
    return [known[key] for key in keys]


def labels(store: Store, named: list[NamedArea]) -> list[str]:
    with store.read() as connection:
        found = labels_of(connection, named)
    return [found[one.id] for one in named]


def test_a_kreis_and_its_city_of_one_name_are_told_apart(reference_store: Store) -> None:
    named = places(reference_store, ("kreis", "055620000000"), ("gemeinde", "055620032032"))
    assert labels(reference_store, named) == ["Kreis Recklinghausen", "Recklinghausen"]


def test_a_kreisfreie_stadt_on_two_levels_is_told_apart(reference_store: Store) -> None:
    named = places(reference_store, ("kreis", "055120000000"), ("gemeinde", "055120000000"))
    assert labels(reference_store, named) == ["Kreisfreie Stadt Bottrop", "Bottrop"]


def test_gemeinden_of_one_name_get_their_kreis_and_all_others_stay(reference_store: Store) -> None:
    first, other = places(reference_store, ("gemeinde", "055620032032"), ("gemeinde", "055620014014"))
    twin = NamedArea(other.id, other.ars, first.name, "Stadt", "gemeinde")
    (third,) = places(reference_store, ("gemeinde", "059160000000"))
    far = NamedArea(third.id, third.ars, first.name, "Stadt", "gemeinde")

    assert labels(reference_store, [first, far]) == [
        "Recklinghausen (Kreis Recklinghausen)",
        "Recklinghausen (Kreisfreie Stadt Herne)",
    ]
    assert labels(reference_store, [first, twin]) == [
        "Recklinghausen (Kreis Recklinghausen) (055620032032)",
        "Recklinghausen (Kreis Recklinghausen) (055620014014)",
    ]
