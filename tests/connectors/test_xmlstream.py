"""XML is read piece by piece, in bounded memory, and never repaired."""

from __future__ import annotations

import io
from itertools import islice

import pytest
from lxml import etree

from connectors import xmlstream
from connectors.errors import RejectDelivery
from connectors.xmlprolog import Prolog
from connectors.xmlstream import XmlStream


def children(content: bytes, *entered: str, **limits: int) -> list[str]:
    """Return the elements inside ``r`` as they are handed out, as text."""
    stream = XmlStream(io.BytesIO(content), "feed.xml", **limits)
    found: list[str] = []
    for container, count in stream.batches(lambda tag: tag not in {"r", *entered}):
        for child in islice(container, count):
            found.append(etree.tostring(child, encoding="unicode", with_tail=False))
    assert stream.size == len(content)
    return found


def refusal(content: bytes, **limits: int) -> RejectDelivery:
    with pytest.raises(RejectDelivery) as caught:
        children(content, **limits)
    assert caught.value.params["file"] == "feed.xml"
    return caught.value


@pytest.fixture
def tiny_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xmlstream, "PIECE", 64)


def test_children_of_the_root_are_handed_out_in_their_order() -> None:
    assert children(b"<r><a>1</a> <b/>text<a><c/></a></r>") == ["<a>1</a>", "<b/>", "<a><c/></a>"]


def test_a_root_without_children_is_read() -> None:
    assert children(b"<r/>") == []


@pytest.mark.usefixtures("tiny_pieces")
def test_children_are_handed_out_while_the_file_is_read_and_dropped_then() -> None:
    content = b"<r>" + b"".join(b"<a>%d</a>" % number for number in range(1000)) + b"</r>"
    stream = XmlStream(io.BytesIO(content), "feed.xml")
    sizes = [(len(container), count) for container, count in stream.batches(lambda tag: tag == "a")]
    assert sum(count for _, count in sizes) == 1000
    assert len(sizes) > 100
    assert max(length for length, _ in sizes) < 20


@pytest.mark.usefixtures("tiny_pieces")
def test_elements_that_are_entered_hand_out_their_children_first() -> None:
    numbers = [f"<a>{number:03d}</a>" for number in range(50)]
    content = f"<r><head/><list><deep>{''.join(numbers)}</deep></list><tail/></r>"
    found = children(content.encode(), "list", "deep")
    assert found[0] == "<head/>"
    assert found[1:40] == numbers[:39]
    assert found[-2].startswith("<list>")
    assert found[-1] == "<tail/>"
    assert "".join(found).count("<a>") == 50


@pytest.mark.usefixtures("tiny_pieces")
def test_elements_are_entered_only_so_deep() -> None:
    deep = "<b><c><d><e>" + "<a>1</a>" * 50 + "</e></d></c></b>"
    assert children(f"<r>{deep}</r>".encode(), "b", "c", "d", "e") == [deep]


@pytest.mark.usefixtures("tiny_pieces")
def test_elements_that_are_whole_are_not_taken_apart() -> None:
    whole = "<list>" + "<a/>" * 100 + "</list>"
    assert children(f"<r>{whole}</r>".encode()) == [whole]
    stream = XmlStream(io.BytesIO(whole.encode()), "feed.xml")
    assert [count for _, count in stream.batches(lambda tag: tag == "list")] == [100]


@pytest.mark.usefixtures("tiny_pieces")
@pytest.mark.parametrize("mark", ["<!-- x -->", "<?x y?>", "<![CDATA[]]>", "<?x?><!--y--><?z?>"])
def test_comments_and_instructions_leave_no_trace(mark: str) -> None:
    text = f"{mark}<r>{mark}<a>Hun{mark}de{mark}</a>{mark}<a>{mark}<b/>steuer</a>{mark}</r>{mark}"
    if "CDATA" in mark:
        text = text.removeprefix(mark).removesuffix(mark)
    content = text.replace("<a>", f"<a>{'x' * 50}").encode()
    expected = ["<a>" + "x" * 50 + "Hunde</a>", "<a>" + "x" * 50 + "<b/>steuer</a>"]
    assert children(content) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_declared_encodings_are_read(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?>\n<r><a>Größe</a></r>'
    assert children(text.encode(encoding)) == ["<a>Größe</a>"]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_mark_is_read(codec: str) -> None:
    declared = codec.replace("-", "").replace("utf", "UTF-").upper()
    text = f'<?xml version="1.0" encoding="{declared}"?><r><a>Größe</a></r>'
    assert children(text.encode(codec)) == ["<a>Größe</a>"]


@pytest.mark.usefixtures("tiny_pieces")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_cut_anywhere_is_truncated_and_says_where(encoding: str) -> None:
    content = '<?xml version="1.0"?><r><a b="c">Größe &amp; <![CDATA[<]]></a><!-- d --><?e?><a/></r>'.encode(
        encoding
    )
    for end in range(1, len(content)):
        refused = refusal(content[:end])
        if refused.code in {"xml_truncated", "xml_empty"}:
            assert refused.params.get("position", end) == end
        else:
            # half a character or half a byte order mark
            assert refused.code in {"not_xml", "xml_wrong_encoding", "xml_malformed", "xml_encoding"}
            assert encoding == "utf-16"


@pytest.mark.parametrize(
    ("content", "position"),
    [
        (b"<r>\n<a>\x01</a></r>", 7),
        (b"<r>\n<a></b></r>", 10),
        (b"<r/><r/>", 4),
        (b"<r><a b='1' b='2'/></r>", 14),
        (b"<?xml version='1.0'?>\n<r>\n<a>&nbsp;</a></r>", 36),
        (b"<r><a>]]></a></r>", 6),
        (b"<r><!DOCTYPE a></r>", 4),
        (b"<r><x:a/></r>", 8),
    ],
)
def test_what_is_not_well_formed_is_refused_with_the_byte(content: bytes, position: int) -> None:
    refused = refusal(content)
    assert refused.code == "xml_malformed"
    assert abs(int(refused.params["position"]) - position) <= 2
    assert "line" not in str(refused.params["reason"])


@pytest.mark.usefixtures("tiny_pieces")
@pytest.mark.parametrize("lines", [1, 15, 16, 17, 500])
def test_the_byte_is_found_however_long_the_file_and_its_lines_are(lines: int) -> None:
    content = b"<r>\n" + b"<a/>\n" * lines + b"<b>" + b"x" * 300 + b"</c>\n" + b"<a/>" * 100 + b"</r>"
    assert abs(int(refusal(content).params["position"]) - content.index(b"</c>")) <= 5


def test_in_two_byte_encodings_the_position_is_where_reading_had_come_to() -> None:
    content = "<r>\n<a></b></r>".encode("utf-16")
    assert refusal(content).params["position"] == len(content)


def test_bytes_that_are_not_in_the_declared_encoding_are_refused() -> None:
    refused = refusal("<r><a>Größe</a></r>".encode("iso-8859-1"))
    assert refused.code == "xml_wrong_encoding"
    assert refused.params["encoding"] == "utf-8"
    assert abs(int(refused.params["position"]) - 8) <= 1


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252", "latin1"])
def test_utf_8_that_claims_to_be_latin_is_refused(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><r>' + "<a>Größe und Maß</a>" * 40 + "</r>"
    refused = refusal(text.encode())
    assert refused.code == "xml_mojibake"
    assert refused.params["count"] == 120


def test_a_few_such_pairs_in_a_large_file_may_be_meant() -> None:
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><r>' + "<a>Größe</a>" * 400 + "<a>Ã¼</a></r>"
    assert len(children(text.encode("iso-8859-1"))) == 401


@pytest.mark.parametrize("share", [0.0005, 0.002])
def test_the_share_of_such_pairs_decides(share: float) -> None:
    size = 1_000_000
    pairs = int(size * share)
    body = b"<r>" + b"\xfc" * (size // 10) + b"\xc3\xbc" * pairs
    content = b'<?xml version="1.0" encoding="ISO-8859-1"?>' + body + b"x" * (size - len(body)) + b"</r>"
    if share < xmlstream.MOJIBAKE_SHARE:
        assert children(content) == []
    else:
        assert refusal(content).code == "xml_mojibake"


@pytest.mark.parametrize(
    "content",
    [
        b"<r>" + b"<a>" * 300 + b"</a>" * 300 + b"</r>",
        b"<r><a>" + b"x" * 11_000_000 + b"</a></r>",
        b"<r><a><![CDATA[" + b"x" * 11_000_000 + b"]]></a></r>",
        b"<r><a b='" + b"x" * 11_000_000 + b"'/></r>",
        b"<r><a" + b"x" * 60_000 + b"/></r>",
    ],
    ids=["depth 300", "text 11 MB", "CDATA 11 MB", "attribute 11 MB", "name 60 kB"],
)
def test_what_the_parser_finds_too_much_is_refused(content: bytes) -> None:
    assert refusal(content).code == "xml_limit"


def test_a_long_text_and_depth_within_limits_are_read() -> None:
    deep = "<a>" * 200 + "x" * 9_000_000 + "</a>" * 200
    assert children(f"<r>{deep}</r>".encode()) == [deep]


def test_an_element_may_not_grow_beyond_the_limit() -> None:
    content = b"<r><b/><a>" + b"<c>0123456789</c>" * 100_000 + b"</a></r>"
    assert refusal(content, max_element=500_000).code == "xml_element_too_large"
    assert len(children(content, max_element=2_000_000)) == 2


def test_a_section_of_a_file_is_refused_at_a_fraction_of_the_limit() -> None:
    content = b"<r><b/><a>" + b"<c>0123456789</c>" * 100_000 + b"</a></r>"

    def stream(**settings: bool) -> list[object]:
        stream = XmlStream(io.BytesIO(content), "feed.xml", max_element=4_000_000, **settings)
        return list(stream.batches(lambda tag: tag != "r"))

    assert stream()
    with pytest.raises(RejectDelivery) as caught:
        stream(is_section=True)
    assert caught.value.params["limit"] == 1_000_000


def test_many_elements_may_together_be_larger() -> None:
    content = b"<r>" + (b"<a>" + b"<c>0123456789</c>" * 10_000 + b"</a>") * 10 + b"</r>"
    assert len(children(content, max_element=500_000)) == 10


@pytest.mark.parametrize(
    "endless",
    [b"<a/>" * 2_000_000, b"<a " + b" ".join(b'a%x=""' % number for number in range(800_000)) + b"/>"],
    ids=["elements", "attributes"],
)
def test_an_element_of_very_many_parts_is_refused_long_before_its_size_is(endless: bytes) -> None:
    refused = refusal(b"<r><b>" + endless + b"</b></r>")
    assert refused.code in {"xml_element_too_large", "xml_limit"}
    assert int(refused.params["position"]) < 6_000_000


@pytest.mark.parametrize("name", ["<a{}/>", "<a b{}='c'/>"], ids=["elements", "attributes"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_names_may_not_be_invented_without_end(
    monkeypatch: pytest.MonkeyPatch, name: str, encoding: str
) -> None:
    monkeypatch.setattr(xmlstream, "SAMPLE", 8)
    content = "<r>" + "".join(name.format(number) for number in range(200_000)) + "</r>"
    refused = refusal(content.encode(encoding))
    assert refused.code == "xml_limit"
    assert "names" in str(refused.params["reason"])


def test_few_names_may_occur_for_ever() -> None:
    content = "<r>" + "<a b='c d' e=\"f\">Wort 1=2 'Wort' g='h'</a>" * 200_000 + "</r>"
    stream = XmlStream(io.BytesIO(content.encode()), "feed.xml")
    assert sum(count for _, count in stream.batches(lambda tag: tag == "a")) == 200_000


def test_a_document_type_never_reaches_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(etree, "XMLPullParser", None)
    content = '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>'.encode("utf-16")
    assert refusal(content).code == "xml_doctype"


def test_a_document_type_that_only_the_parser_sees_is_refused_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = b'<!DOCTYPE r [<!ENTITY a "b">]><r><a>&a;</a><a/></r>'
    overlooked = Prolog(root="r", start=0, line=1, codec="ascii", encoding="")
    monkeypatch.setattr(xmlstream, "read_prolog", lambda read, file: (overlooked, read()))
    assert refusal(content).code == "xml_doctype"


def test_a_medium_that_fails_is_a_named_refusal() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError(5, "Input/output error")
            return super().read(size)

    with pytest.raises(RejectDelivery) as caught:
        list(XmlStream(Failing(b"<r><a/>"), "feed.xml").batches(lambda tag: True))
    assert caught.value.params == {"file": "feed.xml", "reason": "Input/output error"}
