"""Sections of one XZuFi file say together what the file says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalogue.records import Completeness, Issue, Record, Service, Severity
from connectors.contract import Divisible, Part
from connectors.errors import RejectDelivery
from tests.connectors.xzufi_reading import connector, issues, message, part_of, read, write

HEAD = "<nachrichtenkopf><erstelltDatumZeit>2026-01-05</erstelltDatumZeit></nachrichtenkopf>"
DELETION = '<loesche klasse="Leistung"><id schemeAgencyID="L1">1</id></loesche>'
NO_ID = write("<leistung/>")


def service(number: int) -> str:
    return write(f'<leistung><id schemeAgencyID="L1">{number}</id></leistung>')


def part(folder: Path, *operations: str, **form: str) -> Part:
    path = folder / "feed.xml"
    path.write_text(message(*operations, **form), encoding="utf-8")
    return part_of(path)


def services(records: list[Record]) -> list[str]:
    return [record.ref for record in records if isinstance(record, Service)]


def claim(records: list[Record]) -> Completeness:
    last = records[-1]
    assert isinstance(last, Completeness)
    return last


def test_an_xzufi_source_can_be_read_in_sections() -> None:
    assert isinstance(connector(), Divisible)


def test_sections_end_behind_operations_and_leave_nothing_out(tmp_path: Path) -> None:
    file = part(tmp_path, HEAD, *map(service, range(50)), DELETION)
    sections = connector().divide(file, 4)

    assert [section.start for section in sections] == [0, *(section.end for section in sections[:-1])]
    assert sections[-1].end is None
    assert all(replace(section, start=0, end=None) == file for section in sections)
    found = [services(list(connector().read(section))) for section in sections]
    assert [len(refs) > 5 for refs in found] == [True] * 4
    assert [ref for refs in found for ref in refs] == [f"L1:{number}" for number in range(50)]


@pytest.mark.parametrize("root", ["leistung", "schreibe", "nachrichtenkopf"])
def test_a_file_whose_root_is_itself_read_as_a_whole_is_not_cut(tmp_path: Path, root: str) -> None:
    file = part(tmp_path, *map(service, range(50)), root=root)

    assert connector().divide(file, 4) == (file,)


def test_a_file_without_operations_is_not_cut(tmp_path: Path) -> None:
    file = part(tmp_path, *(f"<leistung><id>{number}</id></leistung>" for number in range(50)))

    assert connector().divide(file, 4) == (file,)


def test_a_file_that_is_gone_is_not_cut(tmp_path: Path) -> None:
    file = Part("feed.xml", tmp_path / "feed.xml", "", 100)

    assert connector().divide(file, 4) == (file,)


def test_a_section_ends_with_a_claim_of_its_own(tmp_path: Path) -> None:
    file = part(tmp_path, HEAD, service(1), service(2), DELETION)
    border = file.path.read_bytes().index(b"</schreibe>") + len("</schreibe>")
    first = list(connector().read(replace(file, end=border)))
    second = list(connector().read(replace(file, start=border)))

    assert claim(first) == Completeness("everything", created_at="2026-01-05", places=2)
    assert claim(second) == Completeness("increment", places=2)
    assert issues(second)[-1].kind == "service_without_title"


def test_an_unknown_version_is_noted_once(tmp_path: Path) -> None:
    file = part(tmp_path, service(1), service(2), version="3_0_0")
    records = [list(connector().read(section)) for section in connector().divide(file, 2)]

    assert [[issue.kind for issue in issues(each)].count("unknown_version") for each in records] == [1, 0]


@pytest.mark.parametrize("settings", [{}, {"delivery": "increment"}, {"answers_are_complete": True}])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((HEAD, service(1)), (service(2),)),
        ((HEAD, service(1)), (DELETION,)),
        ((service(1), DELETION), (HEAD, service(2))),
        ((HEAD, service(1)), (HEAD.replace("2026", "2025"), service(2))),
        ((service(1),), (service(2),)),
    ],
)
def test_the_conclusion_is_that_of_the_whole_file(
    tmp_path: Path, first: tuple[str, ...], second: tuple[str, ...], settings: dict[str, object]
) -> None:
    whole = read(message(*first, *second), **settings)
    claims = [claim(read_section(tmp_path, *each, **settings)) for each in (first, second)]

    concluded = list(connector(**settings).conclude(claims))

    assert concluded == whole[-len(concluded) :]
    noted = Issue(Severity.NOTICE, "full_delivery_with_deletions", "")
    assert whole.count(noted) == concluded.count(noted)


def read_section(folder: Path, *operations: str, **settings: object) -> list[Record]:
    """Return the records of operations that are a section, though one with all of its file."""
    file = part(folder, *operations)
    end = file.path.read_bytes().rindex(b"</")
    return list(connector(**settings).read(replace(file, end=end)))


def test_a_section_without_anything_usable_is_refused_like_a_file(tmp_path: Path) -> None:
    with pytest.raises(RejectDelivery, match="no_records"):
        read_section(tmp_path, NO_ID)


@pytest.mark.parametrize("change", [b"", b"<!-- grown -->"], ids=["shorter", "longer"])
def test_a_file_that_changed_meanwhile_is_refused(tmp_path: Path, change: bytes) -> None:
    file = part(tmp_path, *map(service, range(50)))
    section = connector().divide(file, 2)[-1]
    content = file.path.read_bytes()
    file.path.write_bytes(content + change if change else content.replace(b">49<", b">9<"))

    with pytest.raises(RejectDelivery, match="xzufi_file_changed"):
        list(connector().read(section))


@pytest.mark.parametrize("hidden", ["<!-- {} -->", "<![CDATA[{}]]>", "<wrapper>{}{}</wrapper>"])
def test_the_section_that_ends_in_a_wrong_place_is_refused(tmp_path: Path, hidden: str) -> None:
    file = part(tmp_path, service(1), hidden.format(service(2), service(3)), service(4))
    border = file.path.read_bytes().index(b"</schreibe>", file.path.read_bytes().index(b'L1">2<'))
    border += len("</schreibe>")

    with pytest.raises(RejectDelivery):
        list(connector().read(replace(file, end=border)))
