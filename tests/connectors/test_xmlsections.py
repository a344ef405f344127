"""A large XML file is cut where its root's children end, or the cut shows."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors import xmlsections
from connectors.xmlsections import XmlSection, find_borders, read_opening

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- <r> --><p:r xmlns:p="urn:x" quote=\'">\' >'
FILE = HEAD + b"<p:a>1</p:a>\n<p:a>2</p:a><p:b/><p:a>3</p:a></p:r>"


def saved(folder: Path, content: bytes) -> Path:
    path = folder / "feed.xml"
    path.write_bytes(content)
    return path


def borders(folder: Path, content: bytes, count: int, *names: str) -> list[int]:
    return find_borders(saved(folder, content), count, names or ("a",))


def section(content: bytes, start: int = 0, end: int | None = None, size: int = 7) -> bytes:
    """Return a section read in small steps."""
    source = XmlSection(io.BytesIO(content), start, end)
    return b"".join(iter(lambda: source.read(size), b""))


def test_the_opening_is_all_up_to_the_content_of_the_root(tmp_path: Path) -> None:
    opening = read_opening(saved(tmp_path, FILE))

    assert opening == (HEAD, "p:r")


@pytest.mark.parametrize(
    "content", [b"text", b"<!---->", b"<a/>", b"<![CDATA[]]>", b"&amp;", b"\n", b"<?p?>"]
)
@pytest.mark.parametrize("start", [b"<r>", b"\xef\xbb\xbf<r >", b"<?xml version='1.0'?><r a='>'>"])
def test_whatever_follows_the_opening_ends_it(tmp_path: Path, start: bytes, content: bytes) -> None:
    opening = read_opening(saved(tmp_path, start + content + b"</r>"))

    assert opening is not None
    assert opening.content == start


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no markup",
        b"<r",
        b"<r>",
        b"<!DOCTYPE r><r><a/></r>",
        b"<?xml version='1.0' encoding='ISO-8859-1'?><r><a/></r>",
        b"<?xml version='1.0' encoding='nonsense'?><r><a/></r>",
        "<r><a/></r>".encode("utf-16"),
        "<?xml version='1.0' encoding='UTF-8'?><r><a/></r>".encode("utf-16-le"),
        b"<r attribute='" + b"x" * xmlsections.MAX_OPENING + b"'><a/></r>",
    ],
)
def test_a_file_that_is_not_plain_is_not_cut(tmp_path: Path, content: bytes) -> None:
    path = saved(tmp_path, content)

    assert read_opening(path) is None
    assert find_borders(path, 2, ("a",)) == []


def test_borders_are_behind_end_tags_near_the_wanted_places(tmp_path: Path) -> None:
    content = b"<r>" + b"<a>%05d</a>" * 100 % tuple(range(100)) + b"</r>"

    found = borders(tmp_path, content, 4)

    assert [content[border - 4 : border] for border in found] == [b"</a>"] * 3
    wanted = [len(content) * number // 4 for number in (1, 2, 3)]
    assert all(0 <= at - place < 24 for at, place in zip(found, wanted, strict=True))


def test_end_tags_may_have_any_prefix_and_blanks(tmp_path: Path) -> None:
    content = b"<r>" + b" " * 50 + b"<x:a></x:a \n><other></other><ab></ab></r>"

    assert borders(tmp_path, content, 2) == [content.index(b"<other>")]
    assert borders(tmp_path, content, 2, "b", "c") == []
    assert borders(tmp_path, content, 2, "c", "other") == [content.index(b"<ab>")]


def test_each_border_counts_once_and_none_is_in_front_of_the_content(tmp_path: Path) -> None:
    content = b"<r><!-- long enough to be in the middle: -->" + b"<a></a>" + b"</r>"

    assert borders(tmp_path, content, 10) == [content.index(b"</a>") + 4]


def test_a_border_is_looked_for_only_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xmlsections, "MAX_SEARCH", 16)

    assert borders(tmp_path, b"<r>" + b" " * 100 + b"<a></a></r>", 2) == []


def test_sections_are_documents_of_their_own_and_together_the_file() -> None:
    cuts = [match.end() for match in re.finditer(rb"</p:a>", FILE)]
    ranges = list(zip([0, *cuts], [*cuts, None], strict=True))
    documents = [etree.fromstring(section(FILE, start, end)) for start, end in ranges]

    assert {(root.tag, root.get("quote")) for root in documents} == {("{urn:x}r", '">')}
    assert [[child.text for child in root] for root in documents] == [["1"], ["2"], [None, "3"], []]


def test_a_section_from_beginning_to_end_is_the_file() -> None:
    assert section(FILE) == FILE


def test_a_section_can_be_read_again_from_its_beginning() -> None:
    source = XmlSection(io.BytesIO(FILE), len(HEAD), len(HEAD) + 12)
    first = [source.read(100) for _ in range(4)]
    source.seek(0)

    assert [source.read(100) for _ in range(4)] == first == [HEAD, b"<p:a>1</p:a>", b"</p:r>", b""]
    assert source.position == len(HEAD) + 12


def test_a_section_of_a_file_that_became_shorter_ends_where_that_does() -> None:
    source = XmlSection(io.BytesIO(FILE), 0, len(FILE) + 5)
    while source.read(100):
        pass

    assert source.position == len(FILE)


#: Bytes that may stand between tags, among them all that could hide one.
SNIPPETS = st.lists(
    st.sampled_from(
        [
            "<a>",
            "</a>",
            "<a/>",
            "<r>",
            "</r>",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<?p ",
            "?>",
            "x",
            "<b c='",
            "'>",
        ]
    ),
    max_size=12,
).map("".join)


@given(SNIPPETS, SNIPPETS)
def test_both_sections_are_well_formed_only_if_the_cut_is_directly_inside_the_root(
    first: str, second: str
) -> None:
    content = f"<r>{first}</a>{second}</r>".encode()
    border = len(f"<r>{first}</a>")
    try:
        halves = [etree.fromstring(section(content, 0, border)), etree.fromstring(section(content, border))]
    except etree.XMLSyntaxError:
        return
    whole = etree.fromstring(content)

    assert [etree.tostring(child, with_tail=False) for half in halves for child in half] == [
        etree.tostring(child, with_tail=False) for child in whole
    ]
