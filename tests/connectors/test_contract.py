"""Every kind of source keeps the contract of connectors."""

from __future__ import annotations

import pytest

from connectors.contract import SourceSettings, find_kind, kinds
from connectors.errors import AbortRun
from tests.connectors.contract import ConnectorContract
from tests.connectors.factories import SPECIMENS


class TestEveryKind(ConnectorContract):
    """Runs the suite over everything in the factories."""

    specimens = SPECIMENS


def test_every_kind_of_source_takes_part() -> None:
    assert {specimen.kind.kind for specimen in SPECIMENS} == set(kinds())


def test_every_kind_has_settings_with_help_and_a_version_of_its_reader() -> None:
    for kind in kinds().values():
        assert issubclass(kind.settings_model, SourceSettings)
        assert all(field.description for field in kind.settings_model.model_fields.values())
        assert kind.reader_version >= 1
        assert kind.heavy in {True, False}


def test_a_kind_is_found_by_its_name() -> None:
    for name, kind in kinds().items():
        assert find_kind(name) is kind


def test_an_unknown_kind_is_a_wrong_configuration() -> None:
    with pytest.raises(AbortRun) as caught:
        find_kind("telepathy")
    assert caught.value.params == {"type": "telepathy", "known": ", ".join(sorted(kinds()))}
