"""The matcher of the packaged catalogue, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.matching.matcher import Matcher
from catalogue.matching.reference import packaged_reference


@pytest.fixture(scope="session")
def matcher(tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    """The matcher with all wordings."""
    folder: Path = tmp_path_factory.mktemp("matching")
    return Matcher.load(packaged_reference(), folder)
