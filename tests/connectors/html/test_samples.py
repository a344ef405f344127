from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.html.page import PageReading, read_page
from tests.connectors.html.reading import rules

SAMPLES = Path(__file__).parents[2] / "samples" / "pages"
EXPECTED: dict[str, dict[str, Any]] = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
#: Names, numbers and addresses of staff that stand in the sample pages.
STAFF = (
    "Mustermann",
    "501234",
    "Lindner",
    "44-120",
    "Öttinger",
    "44-33",
    "erika",
    "Förster",
    "567890",
    "4711",
)


def read(name: str) -> PageReading:
    wanted = EXPECTED[name]
    return read_page((SAMPLES / name).read_bytes(), wanted["url"], wanted.get("charset"), rules())


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_page_is_of_the_kind_and_holds_the_services_that_are_expected(name: str) -> None:
    wanted, reading = EXPECTED[name], read(name)

    assert reading.kind == wanted["kind"], reading.reason
    assert len(reading.services) == len(wanted["services"])
    if "identity" in wanted:
        assert reading.identity == wanted["identity"]
    if "modified_at" in wanted:
        assert reading.modified_at[:10] == wanted["modified_at"]


@pytest.mark.parametrize(
    ("name", "number"),
    [(name, n) for name, wanted in EXPECTED.items() for n in range(len(wanted["services"]))],
)
def test_a_service_of_a_sample_page_is_read_as_expected(name: str, number: int) -> None:
    wanted = dict(EXPECTED[name]["services"][number])
    found = read(name).services[number]

    assert set(wanted.pop("flags", ())) - found.flags == set()
    assert found.flags & set(wanted.pop("not_flags", ())) == set()
    told = {
        **{field: getattr(found, field) for field in wanted if field not in {"keys", "acts"}},
        "keys": [key.key for key in found.keys],
        "acts": list(found.acts),
    }
    assert {field: told[field] for field in wanted} == wanted


@pytest.mark.parametrize("name", EXPECTED)
def test_nothing_about_staff_comes_out_of_a_sample_page(name: str) -> None:
    reading = repr(read(name))

    assert [word for word in STAFF if word in reading] == []


def test_every_sample_page_is_expected_to_be_something() -> None:
    assert {path.name for path in SAMPLES.glob("*.html")} == set(EXPECTED)


def test_the_sample_pages_do_hold_data_of_staff() -> None:
    texts = " ".join(path.read_bytes().decode("cp1252", "replace") for path in SAMPLES.glob("*.html"))

    assert [word for word in STAFF if word.encode().decode("cp1252") not in texts and word not in texts] == []
