"""The description of the interface: complete, loadable, and kept by every answer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode
from sqlalchemy.engine import make_url

from cli.serve.app import build
from cli.serve.database import Library
from cli.serve.desk import Desk
from cli.serve.hosts import Hosts
from tests.cli.serve.asking import Browser

PATH = "/api/v1/openapi.json"
#: For every operation, of requests that are as described and of those that are not. A longer search:
#: ``LUECKENLOS_TEST_EXAMPLES=1000 pytest tests/cli/serve/test_openapi.py``.
EXAMPLES = int(os.environ.get("LUECKENLOS_TEST_EXAMPLES", "8"))
#: Parameters whose values mean something that a program has to read.
MEANT = ("as_of", "cursor", "since", "until")
OPERATIONS = (
    "GET /api/v1/",
    "GET /api/v1/areas",
    "GET /api/v1/services",
    "GET /api/v1/cells",
    "GET /api/v1/gaps",
    "GET /api/v1/coverage",
    "GET /api/v1/changes",
    "GET /api/v1/sources",
    "GET /api/v1/runs",
    "GET /v1/data",
    "GET /v1/data/{ars}",
    "GET /v1/ars",
)


@pytest.fixture(scope="module")
def troubles() -> list[BaseException]:
    """What the application had to report."""
    return []


@pytest.fixture(scope="module")
def schema(synced_database: str, troubles: list[BaseException]) -> Iterator[Any]:
    """The description as schemathesis loads it from the application."""
    with closing(Library(make_url(synced_database))) as library:
        yield schemathesis.openapi.from_asgi(
            PATH, build(Desk(library), hosts=Hosts(["testserver"]), report=troubles.append)
        )


def test_every_address_is_described(browser: Browser, schema: Any) -> None:
    assert {one.ok().label for one in schema.get_all_operations()} == set(OPERATIONS)
    said = browser.get(PATH).json
    for path, operations in said["paths"].items():
        (operation,) = operations.values()
        assert operation["description"], path
        assert {"200", "400", "404", "500", "503"} <= operation["responses"].keys(), path
    assert "422" not in str(said["paths"])


def test_no_page_of_the_description_loads_anything_from_elsewhere(browser: Browser) -> None:
    for path in ("/docs", "/redoc", "/api/v1/docs", "/openapi.json"):
        assert browser.get(path).status == 404


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", OPERATIONS)
def test_answers_are_as_described(
    schema: Any, troubles: list[BaseException], label: str, mode: GenerationMode
) -> None:
    operation = next(one.ok() for one in schema.get_all_operations() if one.ok().label == label)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            # No schema can say which moments exist and which cursors are ours.
            case.query = {name: value for name, value in (case.query or {}).items() if name not in MEANT}
        case.call_and_validate()

    ask()
    assert troubles == []
