from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, select

from catalogue.records import Completeness, Service, Unit
from catalogue.staged import STAGED, write_with_stage
from catalogue.store import Store
from catalogue.tables import source_theme
from tests.catalogue.applying import add_source, stage, stage_apart, unit_offers


@pytest.fixture
def store(empty_store: Store) -> Store:
    return empty_store


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    records = [Service("L:dogs", "Hundesteuer"), unit_offers("L:z", ["L:dogs"], ["1", "2"])]
    return stage(tmp_path, [*records, Completeness("everything")])[0]


def test_a_stage_lies_beside_the_catalogue(store: Store, staged: Path) -> None:
    offering, service = STAGED["stage_offering"].c, STAGED["stage_service"].c
    with write_with_stage(store, staged) as connection:
        query = select(offering.ref, offering.n, offering.area_raw, service.title)
        joined = query.where(offering.service_ref == service.ref).order_by(offering.n)
        assert connection.execute(joined).all() == [
            ("L:z", 0, "1", "Hundesteuer"),
            ("L:z", 1, "2", "Hundesteuer"),
        ]
        assert isinstance(connection.scalar(select(service.fingerprint)), int)


def test_several_stages_are_seen_as_one_in_the_order_of_keys(empty_store: Store, tmp_path: Path) -> None:
    odd, even = ([Unit(f"L:{number}", "Amt\t\\N") for number in range(first, 10, 2)] for first in (1, 0))
    paths, _ = stage_apart(tmp_path, odd, even)
    if empty_store.is_sqlite:
        with pytest.raises(ValueError, match="one stage"), write_with_stage(empty_store, *paths):
            pass
        return
    with write_with_stage(empty_store, *paths) as connection:
        unit = STAGED["stage_unit"].c
        assert connection.execute(select(unit.ref, unit.name)).all() == [
            (f"L:{number}", "Amt\t\\N") for number in range(10)
        ]


@pytest.mark.parametrize("keep", [True, False])
def test_what_is_written_beside_it_is_kept_or_not(store: Store, staged: Path, keep: bool) -> None:
    source_id = add_source(store)
    with write_with_stage(store, staged, keep=keep) as connection:
        connection.execute(insert(source_theme).values(source_id=source_id, theme="Bauen"))
    with store.read() as connection:
        assert len(connection.execute(select(source_theme)).all()) == keep


def test_nothing_of_a_stage_stays(store: Store, staged: Path, tmp_path: Path) -> None:
    with write_with_stage(store, staged):
        pass
    (tmp_path / "next").mkdir()
    following, _ = stage(tmp_path / "next", [Unit("L:amt", "Amt"), Completeness("everything")])
    with write_with_stage(store, following) as connection:
        assert connection.scalars(select(STAGED["stage_unit"].c.name)).all() == ["Amt"]
        assert connection.execute(select(STAGED["stage_offering"])).all() == []
    with store.read() as connection:
        names = {*inspect(connection).get_table_names(), *inspect(connection).get_temp_table_names()}
    assert not any(name.startswith("stage") for name in names)


def test_after_an_error_the_next_stage_is_read_as_if_nothing_had_been(store: Store, staged: Path) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            divide(store, staged)
    with write_with_stage(store, staged) as connection:
        assert connection.scalars(select(STAGED["stage_service"].c.ref)).all() == ["L:dogs"]


def divide(store: Store, staged: Path) -> None:
    with write_with_stage(store, staged):
        raise ZeroDivisionError
