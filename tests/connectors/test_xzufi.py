"""The XZuFi connector as a whole: samples, versions, what a delivery claims to be, settings."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from catalogue.records import Completeness, Issue, Record, Severity
from connectors.contract import Part, SourceSettings
from connectors.errors import RejectDelivery
from connectors.fetch import Fetcher
from connectors.xzufi import XzufiConnector, XzufiSettings
from tests.connectors.xzufi_reading import (
    SAMPLES,
    connector,
    issues,
    message,
    part_of,
    read,
    read_file,
    scope,
    write,
)

LEISTUNG = '<leistung><id schemeAgencyID="L1">A</id></leistung>'
DELETION = '<loesche klasse="Leistung"><id schemeAgencyID="L1">A</id></loesche>'
ANSWER = "<antwort><ergebnisLeistung><id>A</id></ergebnisLeistung></antwort>"
HEAD = "<nachrichtenkopf><erstelltDatumZeit>2026-01-05</erstelltDatumZeit></nachrichtenkopf>"


def as_data(record: Record) -> dict[str, object]:
    """Return a record as JSON has it; fields that say nothing are left out."""
    fields = {name: value for name, value in record._asdict().items() if value not in ("", (), False)}
    return json.loads(json.dumps({"record": type(record).__name__, **fields}))


def refusal(content: str | bytes, **settings: object) -> RejectDelivery:
    with pytest.raises(RejectDelivery) as caught:
        read(content, **settings)
    return caught.value


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.xml")), ids=lambda path: path.stem)
def test_samples_are_read_as_written_down(sample: Path) -> None:
    expected = json.loads(sample.with_suffix(".json").read_text(encoding="utf-8"))
    assert [as_data(record) for record in read_file(sample)] == expected


def test_records_of_a_sample_are_the_same_in_another_encoding() -> None:
    text = (SAMPLES / "full_2_2.xml").read_text(encoding="utf-8")
    expected = read(text)
    for encoding in ("utf-8-sig", "utf-16", "iso-8859-1"):
        declared = encoding.removesuffix("-sig")
        content = text.replace("UTF-8", declared, 1).encode(encoding)
        assert read(content) == expected


@pytest.mark.parametrize("stated", ["2.2", "2.2.0", "String", ""])
def test_the_stated_version_is_only_a_hint(stated: str) -> None:
    xml = message(write(LEISTUNG))
    records = read(xml.replace(" xmlns:xsi", f' xzufiVersion="{stated}" xmlns:xsi', 1))
    assert [issue.kind for issue in issues(records)] == ["service_without_title"]


def test_an_unknown_version_is_read_and_noted() -> None:
    records = read(message(write(LEISTUNG), version="3_0_0"))
    assert records[0] == Issue(Severity.NOTICE, "unknown_version", "", "3.0")
    assert len(records) == 4


def test_the_namespace_may_be_https_and_have_a_prefix() -> None:
    xml = message(write(LEISTUNG)).replace("http://xoev", "https://xoev")
    assert read(xml) == read(message(write(LEISTUNG)))
    prefixed = re.sub(r"<(/?)", r"<\1q:", xml.replace("xmlns=", "xmlns:q="))
    assert read(prefixed) == read(xml)


@pytest.mark.parametrize(
    ("xml", "root", "namespace"),
    [
        ("<rss version='2.0'><channel/></rss>", "rss", "-"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'/>", "feed", "http://www.w3.org/2005/Atom"),
        ("<transfer><schreibe/></transfer>", "transfer", "-"),
        ("<x xmlns='http://xoev.de/schemata/xzufi/2_2_x'/>", "x", "http://xoev.de/schemata/xzufi/2_2_x"),
    ],
)
def test_xml_of_anything_else_is_refused(xml: str, root: str, namespace: str) -> None:
    refused = refusal(xml)
    assert refused.code == "xzufi_foreign_root"
    assert refused.params == {"file": "feed.xml", "root": root, "namespace": namespace}


class TestCompleteness:
    def test_writes_of_a_full_delivery_are_everything(self) -> None:
        last = read(message(HEAD, write(LEISTUNG)))[-1]
        assert last == Completeness("everything", created_at="2026-01-05")

    def test_an_increment_lasts_until_it_was_made(self) -> None:
        last = read(message(HEAD, write(LEISTUNG)), delivery="increment")[-1]
        assert last == Completeness("increment", until="2026-01-05", created_at="2026-01-05")

    def test_a_delivery_with_deletions_is_an_increment_whatever_the_setting_says(self) -> None:
        records = read(message(write(LEISTUNG), DELETION))
        assert scope(records) == "increment"
        assert issues(records)[-1] == Issue(Severity.NOTICE, "full_delivery_with_deletions", "")

    def test_deletions_in_an_increment_are_nothing_to_note(self) -> None:
        records = read(message(DELETION), delivery="increment")
        assert (scope(records), issues(records)) == ("increment", [])

    def test_an_answer_is_a_part_unless_the_settings_say_otherwise(self) -> None:
        assert scope(read(message(ANSWER))) == "part"
        assert scope(read(message(ANSWER), answers_are_complete=True)) == "everything"

    def test_objects_without_operations_are_a_part_unless_the_settings_say_otherwise(self) -> None:
        assert scope(read(message(LEISTUNG))) == "part"
        assert scope(read(message(LEISTUNG), answers_are_complete=True)) == "everything"

    @pytest.mark.parametrize(
        "content", ["", HEAD, "<antwort/>", "<schreibe/>", "<zukunft/>", "<schreibe><formular/></schreibe>"]
    )
    def test_a_full_delivery_without_a_usable_record_is_refused(self, content: str) -> None:
        refused = refusal(message(content))
        assert (refused.code, refused.params) == ("no_records", {"file": "feed.xml"})

    @pytest.mark.parametrize("content", ["", HEAD, "<antwort/>"])
    def test_an_increment_may_be_empty(self, content: str) -> None:
        assert scope(read(message(content), delivery="increment")) == "increment"

    def test_a_file_that_changed_while_it_was_read_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "feed.xml"
        path.write_text(message(write(LEISTUNG)))
        part = part_of(path)
        path.write_text(message(write(LEISTUNG, LEISTUNG)))
        with pytest.raises(RejectDelivery, match="xzufi_file_changed"):
            list(connector().read(part))

    def test_a_file_that_is_gone_is_refused(self, tmp_path: Path) -> None:
        part = Part("feed.xml", tmp_path / "feed.xml", "", 0)
        with pytest.raises(RejectDelivery) as caught:
            list(connector().read(part))
        assert caught.value.params == {"file": "feed.xml", "reason": "No such file or directory"}


class TestSettings:
    def test_a_source_speaks_by_its_silence(self) -> None:
        settings = XzufiSettings(id="quelle", type="xzufi", location="feed.xml")
        assert settings.speaks
        assert (settings.delivery, settings.answers_are_complete) == ("full", False)

    @pytest.mark.parametrize(
        "location",
        ["ftp://stadt.example/feed.xml", "file:///feed.xml", "http://", "https://a b/feed\n.xml", ""],
    )
    def test_an_address_must_be_one_that_can_be_fetched(self, location: str) -> None:
        with pytest.raises(ValidationError):
            XzufiSettings(id="quelle", type="xzufi", location=location)

    @pytest.mark.parametrize("location", ["feed.xml", "/daten", "C:\\daten\\feed.xml", "~/feed.zip"])
    def test_anything_else_is_a_path(self, location: str) -> None:
        assert not XzufiSettings(id="quelle", type="xzufi", location=location).is_remote

    def test_settings_of_another_kind_are_refused(self) -> None:
        with pytest.raises(TypeError):
            XzufiConnector(SourceSettings(id="quelle", type="list"), Fetcher())
