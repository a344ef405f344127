"""Envelopes are unpacked whatever their spelling and size, or refused as a whole."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import messages
from connectors import bereitstelldienst_envelope
from connectors.bereitstelldienst_envelope import NAMES, Envelope, unpack_envelope
from connectors.errors import RejectDelivery
from connectors.replacement import describe
from tests.connectors.bereitstelldienst_server import block, message, unit
from tests.connectors.observing import MEBIBYTE, grows_at_most

XML = message(unit(1))
#: Pieces small enough to be cut everywhere in a small envelope.
TINY = 7


def unpack(content: bytes, folder: Path, names: dict[str, str] | None = None) -> tuple[Envelope, str]:
    """Return what an envelope says and its XML, empty if there is none."""
    source, target = folder / "block.json", folder / "block.xml"
    source.write_bytes(content)
    target.unlink(missing_ok=True)
    envelope = unpack_envelope(source, target, names or NAMES, "index=0")
    assert sorted(path.name for path in folder.iterdir()) == ["block.json"] + ["block.xml"] * target.exists()
    return envelope, target.read_text(encoding="utf-8") if target.exists() else ""


def refusal(content: bytes, folder: Path) -> RejectDelivery:
    with pytest.raises(RejectDelivery) as caught:
        unpack(content, folder)
    assert not (folder / "block.xml").exists()
    for language in messages.LANGUAGES:
        line = messages.text(language, f"error.{caught.value.code}", **caught.value.params)
        assert line.isprintable()
        assert caught.value.code not in line
    return caught.value


def test_the_xml_becomes_a_file_and_the_rest_is_read(tmp_path: Path) -> None:
    content = block(XML, following=17, complete=False, naechsteAnfrageUrl="https://dienst.example/?index=17")
    envelope, xml = unpack(content, tmp_path)
    size, digest = describe(tmp_path / "block.xml")
    assert xml == XML
    assert envelope == Envelope(False, 17, "https://dienst.example/?index=17", 1, size, digest)


@pytest.mark.parametrize("xml", ["", " \r\n", "\ufeff", None])
def test_a_block_without_xml_makes_no_file(tmp_path: Path, xml: str | None) -> None:
    envelope, written = unpack(block(xml, following=5, complete=True, anzahlObjekte=0), tmp_path)
    assert (envelope, written) == (Envelope(True, 5, "", 0, 0, ""), "")


def test_fields_may_be_missing_or_unknown_and_in_any_order(tmp_path: Path) -> None:
    content = {"neu": {"a": [1, {"xzufiObjekte": "x"}]}, "vollstaendig": True, "xzufiObjekte": XML, "n": None}
    envelope, xml = unpack(json.dumps(content).encode(), tmp_path)
    assert (envelope.complete, envelope.next_index, envelope.claimed, xml) == (True, None, None, XML)


def test_the_xml_field_itself_may_be_missing(tmp_path: Path) -> None:
    envelope, _ = unpack(b'{"vollstaendig": true, "naechsterIndex": "0012"}', tmp_path)
    assert (envelope.size, envelope.next_index) == (0, 12)


def test_fields_may_have_other_names(tmp_path: Path) -> None:
    names = {"xml": "objects", "complete": "done", "next_index": "next", "next_url": "url", "count": "n"}
    content = {"objects": XML, "done": False, "next": 3, "url": "u", "n": 1, "vollstaendig": "?"}
    envelope, xml = unpack(json.dumps(content).encode(), tmp_path, names)
    assert (envelope.complete, envelope.next_index, envelope.next_url, envelope.claimed) == (False, 3, "u", 1)
    assert xml == XML


@pytest.mark.parametrize(
    ("declaration", "written"),
    [
        ('<?xml version="1.0" encoding="ISO-8859-1"?>', '<?xml version="1.0" encoding="UTF-8"?>'),
        ("<?xml version='1.0' encoding = 'utf-16'  ?>", "<?xml version='1.0' encoding=\"UTF-8\"  ?>"),
        ('<?xml version="1.0"?>', '<?xml version="1.0"?>'),
        ('\ufeff\n <?xml version="1.0" encoding="x"?>', '<?xml version="1.0" encoding="UTF-8"?>'),
        ("", ""),
    ],
)
def test_the_encoding_that_a_decoded_text_claims_is_put_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, declaration: str, written: str
) -> None:
    for piece in (TINY, bereitstelldienst_envelope.PIECE):
        monkeypatch.setattr(bereitstelldienst_envelope, "PIECE", piece)
        _, xml = unpack(block(f"{declaration}<a>ä – 😀</a>", following=1, complete=True), tmp_path)
        # Where pieces are that small, the declaration is not seen as a whole.
        assert xml == f"{written}<a>ä – 😀</a>" or piece == TINY


@given(
    text=st.text(min_size=1, max_size=60).map(lambda text: f"<a>{text}</a>"),
    before=st.dictionaries(st.text(max_size=8), st.recursive(st.none() | st.text(max_size=8), st.lists)),
    ascii_only=st.booleans(),
    piece=st.sampled_from([1, 2, 3, TINY, 64, 65_536]),
    indent=st.sampled_from([None, 1]),
)
def test_any_text_is_decoded_as_the_standard_library_does_it(
    text: str, before: dict[str, object], ascii_only: bool, piece: int, indent: int | None
) -> None:
    content = {**before, "vollstaendig": True, "xzufiObjekte": text, "naechsterIndex": 1}
    raw = json.dumps(content, ensure_ascii=ascii_only, indent=indent)
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(bereitstelldienst_envelope, "PIECE", piece)
        target = Path(folder) / "block.xml"
        (Path(folder) / "block.json").write_text(raw, encoding="utf-8")
        unpack_envelope(Path(folder) / "block.json", target, NAMES, "index=0")
        assert target.read_bytes().decode("utf-8") == text


@pytest.mark.parametrize("piece", [TINY, 65_536])
def test_an_envelope_that_was_cut_anywhere_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(bereitstelldienst_envelope, "PIECE", piece)
    whole = block("<a>ä\\ \n😀</a>", following=17, complete=True)
    for raw in (whole, json.dumps(json.loads(whole)).encode()):
        for length in range(1, len(raw)):
            assert refusal(raw[:length], tmp_path).code in {"envelope_truncated", "envelope_malformed"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "envelope_foreign"),
        (b"  ", "envelope_foreign"),
        (b"<!DOCTYPE html><html><body>Wartung</body></html>", "envelope_foreign"),
        (b'<?xml version="1.0"?><x/>', "envelope_foreign"),
        (b"<" * 200_000, "envelope_foreign"),
        (b'["xzufiObjekte"]', "envelope_foreign"),
        (b'"xzufiObjekte"', "envelope_foreign"),
        (b"null", "envelope_foreign"),
        (b'{"xzufiObjekte": "<a/>", "vollstaendig": true} x', "envelope_malformed"),
        (b'{"xzufiObjekte" "<a/>", "vollstaendig": true}', "envelope_malformed"),
        (b'{"xzufiObjekte": "\\ud83d<a></a>", "vollstaendig": true}', "envelope_malformed"),
        (b'{"xzufiObjekte": "\\ud83d"}', "envelope_malformed"),
        (b'{"xzufiObjekte": "\\x41 escapes nothing"}', "envelope_malformed"),
        (b'{"xzufiObjekte": "a\nline break in it"}', "envelope_malformed"),
        (b'{"vollstaendig": true, "vollstaendig": false}', "envelope_malformed"),
        (b"{" + b"[" * 50_000 + b"]" * 50_000 + b"}", "envelope_too_large"),
        (b'{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}", "envelope_malformed"),
        (b'{"a": "' + b"x" * 200_000 + b'"}', "envelope_too_large"),
        (b'{"a": ' + b"1" * 200_000 + b"}", "envelope_too_large"),
        (b"{" + b'"a":1,' * 30_000, "envelope_too_large"),
        (b'{"xzufiObjekte": "<a>\xe4 in Latin-1</a>"}', "envelope_encoding"),
        ('{"vollstaendig": true}'.encode("utf-16"), "envelope_encoding"),
        (b'{"vollstaendig": true, "xzufiObjekte": 5}', "envelope_field"),
        (b'{"vollstaendig": true, "xzufiObjekte": ["<a/>"]}', "envelope_field"),
        (b'{"xzufiObjekte": "<a/>", "x": 1, "xzufiObjekte": "<b/>"}', "envelope_field"),
        (b'{"xzufiObjekte": "<a/>"}', "envelope_field"),
        (b'{"vollstaendig": "true"}', "envelope_field"),
        (b'{"vollstaendig": 1}', "envelope_field"),
        (b'{"vollstaendig": true, "naechsterIndex": -1}', "envelope_field"),
        (b'{"vollstaendig": true, "naechsterIndex": true}', "envelope_field"),
        (b'{"vollstaendig": true, "naechsterIndex": 1.5}', "envelope_field"),
        (b'{"vollstaendig": true, "naechsterIndex": "1e3"}', "envelope_field"),
        (b'{"vollstaendig": true, "naechsterIndex": ' + b"9" * 19 + b"}", "envelope_field"),
        (b'{"vollstaendig": true, "naechsterIndex": ' + b"9" * 5_000 + b"}", "envelope_malformed"),
        (b'{"vollstaendig": true, "anzahlObjekte": "viele"}', "envelope_field"),
    ],
)
def test_what_is_no_envelope_is_refused_by_name(tmp_path: Path, content: bytes, code: str) -> None:
    assert refusal(content, tmp_path).code == code


def test_memory_does_not_grow_with_the_xml(tmp_path: Path) -> None:
    source, target = tmp_path / "block.json", tmp_path / "block.xml"
    operation = json.dumps(unit(1, "Bürgerbüro – Süd 😀"))[1:-1].encode()
    with source.open("wb") as file:
        file.write(b'{"vollstaendig": true, "naechsterIndex": 1, "xzufiObjekte": "')
        for _ in range(200_000):
            file.write(operation)
        file.write(b'"}')
    with grows_at_most(16 * MEBIBYTE):
        envelope = unpack_envelope(source, target, NAMES, "index=0")
    assert envelope.size == target.stat().st_size > 30 * MEBIBYTE
