"""What the generator writes: the same bytes each time, every story, nothing real."""

from __future__ import annotations

import csv
import gzip
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from cli.demo.chance import chance, pick
from cli.demo.check import read_truth
from cli.demo.facts import KREIS
from cli.demo.generator import generate, night_folder
from cli.demo.objects import Entry, OnlineService, Responsibility, Row, Service, Shown, Unit
from cli.demo.packing import gzip_stored, zip_stored
from cli.demo.regionfile import region_file
from cli.demo.server import DemoServer
from cli.demo.sources import NIGHTS, SOURCES
from cli.demo.truthfile import INVENTED, truth_path
from tests.cli.demo.support import STORIES, Generated, answer, contents_of, region_of


def test_two_generations_are_the_same_bytes(generated: Generated, tmp_path: Path) -> None:
    generate(generated.facts, tmp_path, max(NIGHTS))

    assert contents_of(tmp_path) == contents_of(generated.folder)


def test_choices_do_not_depend_on_the_platform() -> None:
    assert chance("051130000000", "10110", "offer") == 0.5397890087371131
    assert pick(["a", "b", "c", "d"], 2, "letters") == ["d", "c"]


def test_archives_do_not_depend_on_the_compressing_library() -> None:
    assert gzip_stored(b"demo").hex() == "1f8b08000000000000ff010400fbff64656d6fa0df42d604000000"
    assert zip_stored({"a.xml": b"<a/>"})[:4] == b"PK\x03\x04"


def test_an_archive_of_many_blocks_is_read_as_it_was_written() -> None:
    data = b"0123456789" * 20_000

    assert gzip.decompress(gzip_stored(data)) == data
    assert gzip.decompress(gzip_stored(b"")) == b""


@pytest.mark.parametrize("story", sorted(STORIES))
def test_each_story_is_told_by_several_cells(generated: Generated, story: str) -> None:
    told = [Counter(cell.story for cell in night.truth.values())[story] for night in generated.nights]

    assert max(told) >= 3


def test_every_story_is_known(generated: Generated) -> None:
    told = {cell.story for night in generated.nights for cell in night.truth.values()}

    rare = {"kreis_form", "jugendamt_task", "other_task", "land_described"}
    assert told - STORIES <= rare


def test_the_truth_is_the_same_in_both_files(generated: Generated) -> None:
    with truth_path(generated.folder, 1, "csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    cells = json.loads(truth_path(generated.folder, 1).read_text(encoding="utf-8"))["cells"]
    assert rows == [{name: str(value) for name, value in one.items()} for one in cells]
    assert len(read_truth(truth_path(generated.folder, 1))) == 14 * 557


def test_a_delivery_has_a_few_thousand_offers(generated: Generated) -> None:
    offers = [
        entry
        for content in generated.nights[0].contents.values()
        for entry in (*content.of(Responsibility), *content.of(Row))
    ]

    assert 2_000 < len(offers) < 6_000


def test_links_lead_to_invented_hosts_only(generated: Generated) -> None:
    links = {link for entry in entries_of(generated) for link in links_of(entry)}

    assert links
    assert all(re.match(r"https://[a-z.-]+\.example/", link) for link in links)


def entries_of(generated: Generated) -> Iterator[Entry]:
    for night in generated.nights:
        for content in night.contents.values():
            yield from content.objects.values()


def links_of(entry: Entry) -> list[str]:
    if isinstance(entry, (OnlineService, Row, Shown)):
        return [entry.url] if entry.url else []
    return [entry.form_url] if isinstance(entry, Service) and entry.form_url else []


def test_units_are_named_after_bodies_and_themes_only(generated: Generated) -> None:
    themes = {*generated.facts.themes}
    bodies = {place.title for place in generated.facts.places.values()}
    bodies |= {"Bund", "Land Nordrhein-Westfalen"}

    for entry in entries_of(generated):
        if isinstance(entry, Unit):
            body, _, theme = entry.name.partition(" – ")
            assert body in bodies
            assert theme in themes | {""}


def test_every_delivery_says_that_it_is_invented(generated: Generated) -> None:
    documents = 0
    for path in night_folder(generated.folder, 1).rglob("*.xml"):
        etree.parse(path)  # raises for what is not well-formed
        assert b"<!-- Erfundene" in path.read_bytes()
        documents += 1
    assert documents >= 8
    assert INVENTED in truth_path(generated.folder, 1).read_text(encoding="utf-8")


def test_deliveries_come_in_every_packing(generated: Generated) -> None:
    names = {path.name for path in night_folder(generated.folder, 1).rglob("*") if path.is_file()}

    assert {"index.txt", "lieferung.xml", "lieferung.xml.gz", "lieferung.zip", "umfrage.csv"} <= names
    archive = night_folder(generated.folder, 1) / "dorsten" / "lieferung.zip"
    assert zipfile.ZipFile(archive).namelist() == ["lieferung.xml"]


def test_areas_are_written_with_five_eight_and_twelve_digits(generated: Generated) -> None:
    lengths = {
        len(area.text)
        for entry in entries_of(generated)
        if isinstance(entry, Responsibility)
        for area in entry.areas
    }

    assert {2, 3, 5, 8, 12, 13} <= lengths


def test_a_broken_source_has_a_delivery_that_does_not_arrive(generated: Generated) -> None:
    with DemoServer(generated.folder) as server:
        assert answer(server, "/herne/lieferung.xml")[0] == 503
        server.night = 2
        assert answer(server, "/herne/lieferung.xml")[0] == 200


@pytest.mark.parametrize("night", NIGHTS)
def test_the_region_file_has_every_source(generated: Generated, tmp_path: Path, night: int) -> None:
    with DemoServer(generated.folder) as server:
        region = region_of(generated, server, night, tmp_path / "demo.toml")

    assert [settings.id for settings in region.sources] == [spec.id for spec in SOURCES]
    assert [entry.key or entry.children_of for entry in region.areas][:2] == [KREIS, KREIS]


def test_the_region_file_says_that_the_offers_are_invented(generated: Generated) -> None:
    assert INVENTED in region_file(generated.facts, "http://127.0.0.1:8/", 1, str)


def test_the_region_file_explains_every_kind_of_source(generated: Generated) -> None:
    text = region_file(generated.facts, "http://127.0.0.1:8/", 1, str)

    for kind in ("xzufi", "list", "bereitstelldienst", "pvog", "portal", "site", "dashboard"):
        assert re.search(rf"^# Art „{kind}“", text, re.MULTILINE)
        assert f'type = "{kind}"' in text


def test_the_truth_says_what_is_offered_and_who_tells_it_how(generated: Generated) -> None:
    truth = json.loads(truth_path(generated.folder, 1).read_text(encoding="utf-8"))
    told = Counter(row["told"] for row in truth["told"])
    kinds = Counter(kind for row in truth["disagreements"] for kind in row["kinds"])

    assert {*told} == {"kept", "extra", "outdated", "omitted", "dead_link", "state_text"}
    assert min(told.values()) >= 10
    assert {row["how"] for row in truth["offers"]} == {"online", "form", "described"}
    assert {*kinds} - {""} == {
        "they_online",
        "above_only",
        "we_online",
        "they_not_working",
        "different_link",
        "we_unknown",
    }


def test_nobody_tells_everything(generated: Generated) -> None:
    truth = json.loads(truth_path(generated.folder, 1).read_text(encoding="utf-8"))
    omitted = {row["source"] for row in truth["told"] if row["told"] == "omitted"}

    assert omitted == {row["source"] for row in truth["told"]}
