"""Whatever a delivery holds: a named refusal, no Completeness, no memory without bounds, nothing opened."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.records import Completeness, Record
from connectors.contract import Part
from connectors.errors import ConnectorError, RejectDelivery
from tests.connectors.xzufi_reading import SAMPLES, connector, message, read, write

ROOT = Path(__file__).parent.parent.parent
MEMORY = 200
FULL = (SAMPLES / "full_2_2.xml").read_bytes()
CONTENTS = [path.read_bytes() for path in sorted(SAMPLES.glob("*.xml"))]

#: Reads each file named on the command line and prints what came of it, with the peak of memory in MB
#: and everything that was opened meanwhile.
WATCHED = """
import json, sys
from pathlib import Path
from connectors.contract import Part
from connectors.errors import ConnectorError
from tests.connectors.xzufi_reading import connector

opened = []
def watch(event, arguments):
    if event in {"open", "socket.connect", "socket.getaddrinfo", "os.open", "subprocess.Popen"}:
        opened.append([event, str(arguments[0])])

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))

"x".encode("utf-16").decode("utf-16-le")  # else its codec is opened later
reader = connector(delivery="increment")
list(reader.read(Part("warm", Path(sys.argv[1]), "", Path(sys.argv[1]).stat().st_size)))
sys.addaudithook(watch)
outcomes = []
for name in sys.argv[2:]:
    del opened[:]
    part = Part(name, Path(name), "", Path(name).stat().st_size)
    try:
        records = sum(1 for _ in reader.read(part))
        outcome = f"{records} records"
    except ConnectorError as error:
        outcome = error.code
    seen = list(opened)
    outcomes.append([outcome, peak() if sys.platform == "linux" else 0, seen])
print(json.dumps(outcomes))
"""


def watched(folder: Path, *contents: bytes) -> list[tuple[str, int, list[list[str]]]]:
    """Read contents in a process of its own; return outcome, peak of memory and what was opened."""
    good = folder / "good.xml"
    good.write_bytes(FULL)
    names = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.xml"
        path.write_bytes(content)
        names.append(str(path))
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(good), *names], cwd=ROOT, capture_output=True, check=True
    )
    return [tuple(outcome) for outcome in json.loads(done.stdout)]


def drain(content: bytes) -> tuple[RejectDelivery | None, list[Record]]:
    """Return what ended the reading, and the records until then."""
    records: list[Record] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed.xml"
        path.write_bytes(content)
        part = Part("feed.xml", path, "", len(content))
        try:
            for record in connector(delivery="increment").read(part):
                records.append(record)
        except RejectDelivery as error:
            return error, records
    return None, records


def cuts() -> Iterator[int]:
    """Yield every twentieth of a message, and the border of every record in it."""
    whole = len(FULL.rstrip())
    yield from (whole * share // 20 for share in range(1, 20))
    yield from (found.end() for found in re.finditer(rb"</xzufi:schreibe>", FULL))
    yield from (found.start() for found in re.finditer(rb"<xzufi:schreibe>", FULL))
    yield whole - 1


@pytest.mark.parametrize("end", sorted(set(cuts())))
def test_a_message_that_was_cut_off_says_where_and_is_never_everything(end: int) -> None:
    error, records = drain(FULL[:end])
    assert error is not None
    assert (error.code, error.params["position"]) == ("xml_truncated", end)
    assert not any(isinstance(record, Completeness) for record in records)


BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
TRAPS = {
    "billion laughs": f'<!DOCTYPE r [<!ENTITY l0 "lol">{BOMB}]><r>&l9;</r>',
    "quadratic blow-up": f'<!DOCTYPE r [<!ENTITY a "{"x" * 50_000}">]><r>{"&a;" * 50_000}</r>',
    "local file": '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>',
    "web address": '<!DOCTYPE r [<!ENTITY a SYSTEM "http://127.0.0.1:9/a">]><r>&a;</r>',
    "parameter entity": '<!DOCTYPE r [<!ENTITY % a SYSTEM "http://127.0.0.1:9/a">%a;]><r/>',
    "foreign document type": '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/r.dtd"><r/>',
    "local document type": '<!DOCTYPE r PUBLIC "r" "file:///etc/passwd"><r/>',
    "after a comment": f"<!--{'x' * 100_000}--><!DOCTYPE r [<!ENTITY a 'b'>]><r>&a;</r>",
}


def test_traps_are_refused_at_the_document_type_and_nothing_is_opened(tmp_path: Path) -> None:
    texts = list(TRAPS.values())
    contents = [text.encode() for text in texts] + [text.encode("utf-16") for text in texts]
    for number, (outcome, peak, opened) in enumerate(watched(tmp_path, *contents)):
        assert outcome == "xml_doctype"
        assert opened == [["open", str(tmp_path / f"{number}.xml")]]
        assert peak < 100


HEAD = message().split("></")[0].encode() + b">"
OPEN = HEAD + b"<schreibe><leistung><modulText><inhalt>Text</inhalt></modulText>"


@pytest.mark.parametrize(
    ("piece", "times"),
    [
        (b"<modulText><inhalt>0123456789</inhalt></modulText>", 400_000),
        (b"<a/>x", 2_000_000),
        (b"<a>" + b"x" * 4_000 + b"</a>", 8_000),
    ],
    ids=["modules", "tiny elements", "long texts"],
)
def test_an_object_that_does_not_end_is_refused_before_it_fills_the_memory(
    tmp_path: Path, piece: bytes, times: int
) -> None:
    ((outcome, peak, _),) = watched(tmp_path, OPEN + piece * times)
    assert outcome == "xml_element_too_large"
    assert peak < MEMORY


def test_what_is_too_much_at_once_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    attributes = b"".join(b' a%d="1"' % number for number in range(1_000_000))
    many = {"xml_element_too_large", "xml_limit"}  # attributes, or their names
    contents = {
        HEAD + b"<schreibe" + attributes + b"/>": many,
        HEAD + b"<schreibe" + attributes.replace(b'"1"', b'">"') + b"/>": many,
        b"<a" + attributes + b"/>": {"xml_no_root"},
        HEAD + b"<a>" * 300: {"xml_limit"},
        HEAD + b"<a>" + b"x" * 11_000_000: {"xml_limit"},
        HEAD + b"<a><![CDATA[" + b"x" * 11_000_000 + b"]]></a>": {"xml_limit"},
        HEAD + b"<x/>" * 300_000: {"xml_truncated"},
    }
    outcomes = watched(tmp_path, *contents)
    for (outcome, _, _), expected in zip(outcomes, contents.values(), strict=True):
        assert outcome in expected
    assert max(peak for _, peak, _ in outcomes) < MEMORY


@given(st.binary(max_size=300))
def test_arbitrary_bytes_end_in_a_named_refusal(content: bytes) -> None:
    error, records = drain(content)
    assert error is not None
    assert records == []


@given(st.data())
def test_mutated_messages_end_in_records_or_a_named_refusal(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(CONTENTS)))
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 40))
        change = data.draw(st.sampled_from(["drop", "double", "flip", "insert", "move"]))
        piece = bytes(content[start : start + length])
        if change == "drop":
            del content[start : start + length]
        elif change == "double":
            content[start:start] = piece * 3
        elif change == "flip":
            content[start] ^= 1 << data.draw(st.integers(0, 7))
        elif change == "insert":
            content[start:start] = data.draw(st.binary(max_size=20))
        else:
            del content[start : start + length]
            content += piece
    error, records = drain(bytes(content))
    finished = bool(records) and isinstance(records[-1], Completeness)
    assert finished is (error is None)


NAMES = (
    "schreibe", "loesche", "antwort", "nachrichtenkopf", "leistung", "spezialisierung", "onlinedienst",
    "organisationseinheit", "zustaendigkeitTransferObjekt", "zustaendigkeit", "uebergeordnetesObjektID", "id",
    "leistungID", "gebietID", "rolle", "code", "name", "modulText", "leikaTextmodul", "inhalt", "link", "typ",
    "weiterfuehrenderLink", "uri", "struktur", "verrichtung", "verrichtungLeiKa", "anschrift", "katalog",
    "verwaltungspolitischeKodierung", "regionalschluessel", "gueltigkeit", "ergebnisLeistung", "modulKosten",
)  # fmt: skip


@given(st.randoms(use_true_random=False))
def test_known_elements_in_any_arrangement_are_read(rng: random.Random) -> None:
    def element(depth: int) -> str:
        name = rng.choice(NAMES)
        attributes = rng.choice(
            ("", ' schemeAgencyID="L1"', ' klasse="Leistung"', ' xmlns=""', ' xmlns="urn:a"')
        )
        inner = "".join(element(depth + 1) for _ in range(rng.randint(0, 3))) if depth < 6 else ""
        return f"<{name}{attributes}>{rng.choice(('', 'Text', ' '))}{inner}</{name}>"

    content = message(*(element(0) for _ in range(5)))
    records = read(content, delivery="increment")
    assert isinstance(records[-1], Completeness)


def test_an_object_after_many_unknown_ones_is_still_read() -> None:
    strange = "".join(f"<unbekannt{number}/>" for number in range(6_000))
    object_ = '<leistung><id schemeAgencyID="L1">A</id></leistung>'
    agencies = [f'<leistung><id schemeAgencyID="A{number}">1</id></leistung>' for number in range(5_000)]
    records = read(message(strange, write(*agencies, object_)))
    refs = {record[0] for record in records}
    assert {"L1:A", "A0:1", "A4999:1"} <= refs


def test_errors_of_reading_can_be_told_from_others() -> None:
    error, _ = drain(b"<a>")
    assert isinstance(error, ConnectorError)
