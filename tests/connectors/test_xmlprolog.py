"""What stands before the root element decides whether a file is read at all."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import RejectDelivery
from connectors.xmlprolog import MAX_PROLOG, Prolog, read_prolog, shorten


def look(content: bytes, piece: int = 65_536) -> Prolog:
    source = io.BytesIO(content)
    prolog, head = read_prolog(lambda: source.read(piece), "feed.xml")
    assert content.startswith(head)
    return prolog


def refusal(content: bytes, piece: int = 65_536) -> RejectDelivery:
    with pytest.raises(RejectDelivery) as caught:
        look(content, piece)
    assert caught.value.params["file"] == "feed.xml"
    return caught.value


def test_the_root_is_named_with_its_namespace() -> None:
    assert look(b'<x:a xmlns:x="urn:b"/>').root == "{urn:b}a"
    assert look(b"<a/>").root == "a"


def test_comments_and_instructions_may_come_first() -> None:
    prolog = look(b"<?xml version='1.0'?>\n<!-- <b> --><?style c?>\n<a/>")
    assert (prolog.root, prolog.start, prolog.line) == ("a", 21, 1)


@pytest.mark.parametrize(
    ("encoding", "codec", "start"),
    [
        ("utf-8", "ascii", 38),
        ("utf-8-sig", "ascii", 41),
        ("iso-8859-1", "ascii", 43),
        ("windows-1252", "ascii", 45),
        ("utf-16", "utf-16-le", 80),
    ],
)
def test_encodings_are_recognised(encoding: str, codec: str, start: int) -> None:
    declared = encoding.removesuffix("-sig")
    content = f'<?xml version="1.0" encoding="{declared}"?><Straße/>'.encode(encoding)
    prolog = look(content)
    assert prolog == Prolog("Straße", start, 1, codec, declared)


def test_utf_16_is_recognised_in_either_byte_order_and_without_mark() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?><a/>'
    assert look(b"\xfe\xff" + text.encode("utf-16-be")).codec == "utf-16-be"
    assert look(text.replace("16", "16BE").encode("utf-16-be")).codec == "utf-16-be"
    assert look(text.replace("16", "16LE").encode("utf-16-le")).codec == "utf-16-le"


def test_the_pieces_in_which_a_file_comes_do_not_matter() -> None:
    content = '<?xml version="1.0" encoding="utf-16"?><!-- é --><a/>'.encode("utf-16")
    assert {look(content, piece) for piece in range(64, len(content))} == {look(content)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
@pytest.mark.parametrize(
    "declaration",
    [
        "<!DOCTYPE a>",
        '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd">',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1/b"> %b;]>',
        '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]>',
    ],
)
def test_a_document_type_is_refused_in_any_encoding(declaration: str, encoding: str) -> None:
    content = f'<?xml version="1.0" encoding="{encoding}"?>\n{declaration}<a>&b;</a>'.encode(encoding)
    assert refusal(content).code == "xml_doctype"


def test_a_document_type_is_refused_however_late_it_comes() -> None:
    filler = b"<!-- " + b"x" * 300_000 + b" --><?a b?>"
    assert refusal(filler + b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>").code == "xml_doctype"


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><html><head>",
        b"\xef\xbb\xbf\r\n<!doctype HTML>\n",
        b"<HTML><body>Wartung</body></HTML>",
        b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "a"><html/>',
        b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
    ],
)
def test_a_web_page_is_called_one(page: bytes) -> None:
    refused = refusal(page)
    assert refused.code == "html_instead_of_xml"
    assert "html" in str(refused.params["start"]).lower()


@pytest.mark.parametrize("content", [b"", b"\n \t\r\n", b"\xef\xbb\xbf", "\ufeff \n".encode("utf-16-le")])
def test_an_empty_file_is_called_empty(content: bytes) -> None:
    assert refusal(content).code == "xml_empty"


@pytest.mark.parametrize(
    ("content", "position"),
    [(b'{"a": 1}', 0), (b"<a b></a>", 4), (b"\x1f\x8b\x08\x00", 0), (b" <?xml version='1.0'?><a/>", 1)],
)
def test_what_is_no_xml_is_refused_with_the_byte(content: bytes, position: int) -> None:
    refused = refusal(content)
    assert (refused.code, refused.params["position"]) == ("not_xml", position)


@pytest.mark.parametrize("content", [b"<?xml version='1.0'?>", b"<!-- only", b"<a", b"<!DOCTYPE a"])
def test_a_file_that_ends_before_its_root_is_truncated(content: bytes) -> None:
    refused = refusal(content)
    assert (refused.code, refused.params["position"]) == ("xml_truncated", len(content))


@pytest.mark.parametrize(
    "content",
    [
        b'<?xml version="1.0" encoding="klingon"?><a/>',
        b'<?xml version="1.0" encoding="shift_jis"?><a/>',
        b'<?xml version="1.0" encoding="utf-16"?><a/>',
        b'<?xml version="1.0" encoding="base64"?><a/>',
    ],
)
def test_an_encoding_that_cannot_be_read_is_named(content: bytes) -> None:
    refused = refusal(content)
    assert refused.code == "xml_encoding"
    assert refused.params["encoding"]


@pytest.mark.parametrize(
    "filler", [b"<!--" + b"x" * MAX_PROLOG, b" " * MAX_PROLOG + b"-", b"<a " + b"x" * MAX_PROLOG]
)
def test_a_root_must_begin_within_the_first_megabyte(filler: bytes) -> None:
    refused = refusal(b"<?a?>" + filler)
    assert refused.code in {"xml_no_root", "not_xml"}


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_a_root_or_a_named_refusal(content: bytes) -> None:
    with suppress(RejectDelivery):
        assert look(content).root


@given(st.text(max_size=300), st.integers(1, 60))
def test_shortened_text_is_one_printable_line(text: str, length: int) -> None:
    short = shorten(text, length)
    assert short.isprintable()
    assert len(short) <= length


def test_shortened_text_shows_that_something_is_missing() -> None:
    assert shorten("Gewerbe\x1b[31m\u202eanmelden", 12) == "Gewerbe [31…"
