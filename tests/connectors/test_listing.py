"""A list as a source: from the file or the address to offerings."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import tracemalloc
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.records import Completeness, Issue, Offering, Record, Severity
from connectors.contract import Part, SourceSettings, fetch, find_kind, preview
from connectors.errors import AbortRun, ConnectorError, RejectDelivery, RetryLater
from connectors.fetch import Answer, Download, Fetcher, Validators
from connectors.listing import CONNECTOR, ListConnector
from connectors.listing_settings import ListSettings
from tests.connectors.workbooks import make_workbook

SAMPLES = Path(__file__).parents[1] / "samples" / "listing"
COLUMNS = {"area": "ars", "key": "leika", "title": "name", "url": "link"}
HEADER = "ars;leika;name;link\n"
KEY = "99102013104000"


class FakeFetcher(Fetcher):
    """Answers with what it was given, or raises it."""

    def __init__(self, answer: bytes | ConnectorError) -> None:
        super().__init__()
        self._answer = answer

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        return Answer(url, 200, {}, self._content(), "text/csv", None)

    def download(self, url: str, target: Path, *, validators: Validators | None = None) -> Download:
        content = self._content()
        target.write_bytes(content)
        digest = hashlib.blake2b(content, digest_size=16).hexdigest()
        return Download(target, len(content), digest, Validators(), url, not_modified=False)

    def _content(self) -> bytes:
        if isinstance(self._answer, ConnectorError):
            raise self._answer
        return self._answer


@pytest.fixture(scope="module")
def fetcher() -> Iterator[Fetcher]:
    with Fetcher() as client:
        yield client


def connector(
    location: str | Path, answer: bytes | ConnectorError = b"", /, **given: object
) -> ListConnector:
    plain: dict[str, object] = {
        "id": "survey",
        "type": "list",
        "location": str(location),
        "columns": COLUMNS,
    }
    return ListConnector(ListSettings.model_validate({**plain, **given}), FakeFetcher(answer))


def write(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(content, encoding="utf-8", newline="")
    return path


def read(tmp_path: Path, location: Path, **given: object) -> list[Record]:
    folder = tmp_path / "work"
    folder.mkdir(exist_ok=True)
    return list(fetch(connector(location, b"", **given), folder))


def offerings(records: list[Record]) -> list[Offering]:
    return [record for record in records if isinstance(record, Offering)]


def issues(records: list[Record]) -> list[Issue]:
    return [record for record in records if isinstance(record, Issue)]


def refusal(tmp_path: Path, location: Path, **given: object) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        read(tmp_path, location, **given)
    return caught.value


class TestSamples:
    SETTINGS = (
        (
            "survey.csv",
            {
                "columns": {
                    "area": "ars",
                    "key": "leika_asked",
                    "title": "name",
                    "url": "online_service_url",
                    "found": "description_found",
                    "observed_at": "observed",
                    "note": "observation",
                }
            },
        ),
        (
            "inventory_cp1252.csv",
            {
                "complete": True,
                "columns": {
                    "area": "Gemeinde",
                    "key": "Schlüssel",
                    "title": "Leistung",
                    "url": "Link",
                    "unit": "Amt",
                    "observed_at": "Stand",
                    "note": "Bemerkung",
                },
            },
        ),
    )

    @pytest.mark.parametrize(("name", "settings"), SETTINGS)
    def test_are_read_as_written_down(self, tmp_path: Path, name: str, settings: dict[str, object]) -> None:
        records = read(tmp_path, SAMPLES / name, **settings)
        found = [[type(record).__name__, *record] for record in records]
        expected = (SAMPLES / name).with_suffix(".json").read_text(encoding="utf-8")
        assert json.loads(json.dumps(found)) == json.loads(expected)


class TestKind:
    def test_is_found_by_its_name(self) -> None:
        assert find_kind("list") is CONNECTOR

    def test_is_light_and_its_silence_means_nothing(self) -> None:
        assert not ListConnector.heavy
        assert ListConnector.settings_model.default_silence == "nothing"

    def test_needs_its_own_settings(self, fetcher: Fetcher) -> None:
        with pytest.raises(TypeError):
            ListConnector(SourceSettings(id="x", type="list"), fetcher)


class TestCheck:
    def test_finds_a_file(self, tmp_path: Path) -> None:
        path = write(tmp_path, HEADER)
        check = connector(path).check()
        assert (check.ok, check.code) == (True, "list_found")
        assert check.params == {"path": str(path), "size": len(HEADER)}

    def test_misses_a_file(self, tmp_path: Path) -> None:
        with pytest.raises(RetryLater, match="list_not_found"):
            connector(tmp_path / "none.csv").check()

    @pytest.mark.parametrize("location", ["~nobody-has-this-name/list.csv", "a\0b"])
    def test_survives_impossible_paths(self, location: str) -> None:
        with pytest.raises(RetryLater):
            connector(location).check()

    def test_names_the_reason_why_a_file_is_unreadable(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write(tmp_path, HEADER)

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(RetryLater) as caught:
            connector(path).check()
        assert caught.value.code == "list_unreadable"
        assert caught.value.params["reason"] == "Permission denied"

    def test_wants_a_file_and_no_folder(self, tmp_path: Path) -> None:
        with pytest.raises(AbortRun, match="list_is_no_file"):
            connector(tmp_path).check()

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
    def test_does_not_wait_for_a_pipe(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(AbortRun, match="list_is_no_file"):
            connector(tmp_path / "pipe").check()

    @pytest.mark.parametrize("answer", [b"x", RejectDelivery("too_large", url="u", limit=1)])
    def test_finds_an_address(self, answer: bytes | ConnectorError) -> None:
        check = connector("https://example.de/list.csv?token=secret", answer).check()
        assert (check.ok, check.code) == (True, "list_reachable")
        assert "secret" not in str(check.params)

    def test_misses_an_address(self) -> None:
        error = RejectDelivery("decompression_bomb", url="u", ratio=200)
        with pytest.raises(RetryLater, match="decompression_bomb"):
            connector("https://example.de/list.csv", error).check()


class TestAcquire:
    def test_copies_a_file_so_that_it_stays_as_it_is(self, tmp_path: Path) -> None:
        path = write(tmp_path, HEADER)
        folder = tmp_path / "work"
        folder.mkdir()
        (part,) = connector(path).acquire(folder).parts
        path.write_text("changed")
        assert part.path.read_text() == HEADER
        assert part == Part(
            "list.csv",
            folder / "list.csv",
            hashlib.blake2b(HEADER.encode(), digest_size=16).hexdigest(),
            len(HEADER),
        )

    def test_names_the_delivery_by_names_and_contents(self, tmp_path: Path) -> None:
        (tmp_path / "work").mkdir()
        digests = set()
        for name, content in (("a.csv", "1"), ("b.csv", "1"), ("a.csv", "2"), ("a.csv", "1")):
            (tmp_path / name).write_text(content)
            digests.add(connector(tmp_path / name).acquire(tmp_path / "work").digest)
        assert len(digests) == 3

    @pytest.mark.parametrize(
        ("location", "name"),
        [
            ("https://example.de/export/list.csv?token=secret", "list.csv"),
            ("https://example.de/", "example.de"),
            ("https://example.de/..%2F..%2Fetc", "..%2F..%2Fetc"),
        ],
    )
    def test_downloads_an_address(self, tmp_path: Path, location: str, name: str) -> None:
        (part,) = connector(location, HEADER.encode()).acquire(tmp_path).parts
        assert part.name == name
        assert part.path.parent == tmp_path
        assert part.path.read_text() == HEADER

    def test_passes_on_why_a_download_failed(self, tmp_path: Path) -> None:
        error = RetryLater("http_status", url="u", status=404)
        with pytest.raises(RetryLater, match="404"):
            connector("https://example.de/list.csv", error).acquire(tmp_path)

    @pytest.mark.parametrize("is_remote", [True, False])
    def test_refuses_what_is_too_large(self, tmp_path: Path, is_remote: bool) -> None:
        location = "https://example.de/list.csv" if is_remote else write(tmp_path, HEADER)
        source = connector(location, HEADER.encode(), max_bytes=5)
        (tmp_path / "work").mkdir()
        with pytest.raises(RejectDelivery, match="list_too_large"):
            source.acquire(tmp_path / "work")

    def test_says_when_the_disk_does_not_take_the_copy(self, tmp_path: Path) -> None:
        with pytest.raises(RetryLater, match="storage_failed"):
            connector(write(tmp_path, HEADER)).acquire(tmp_path / "not there")


class TestRead:
    def test_ends_with_a_part_by_default(self, tmp_path: Path) -> None:
        records = read(tmp_path, write(tmp_path, HEADER + f"05512000;{KEY};Hund;\n"))
        assert len(offerings(records)) == 1
        assert records[-1] == Completeness("part")

    def test_of_a_complete_list_without_rows_is_an_empty_delivery(self, tmp_path: Path) -> None:
        records = read(tmp_path, write(tmp_path, HEADER), complete=True)
        assert records == [Completeness("everything")]

    @pytest.mark.parametrize(
        ("end", "encoding", "scope"),
        [
            ("05512000;;Ka", "utf-8", "part"),
            ("05512000;;Ka", "utf-16", "part"),
            ("05512000;;Ka\n", "utf-8", "everything"),
            ("05512000;;Ka\r\n", "utf-16", "everything"),
            ("05512000;;Katze;", "utf-8", "everything"),
        ],
    )
    def test_of_a_list_that_was_cut_off_is_never_everything(
        self, tmp_path: Path, end: str, encoding: str, scope: str
    ) -> None:
        path = tmp_path / "list.csv"
        path.write_bytes(f"{HEADER}05512000;;Hund;\n{end}".encode(encoding))
        records = read(tmp_path, path, complete=True)
        assert records[-1] == Completeness(scope)
        assert ("row_cut_off" in {issue.kind for issue in issues(records)}) == (scope == "part")

    def test_of_a_workbook_is_the_same_as_of_text(self, tmp_path: Path) -> None:
        rows = [["ars", "leika", "name", "link"], ["05512000", KEY, "Hund", "https://example.de/"]]
        text = write(tmp_path, "\n".join(";".join(row) for row in rows))
        workbook = make_workbook(tmp_path / "list.xlsx", rows)
        assert read(tmp_path, text) == read(tmp_path, workbook)

    def test_of_numbers_in_a_workbook_repairs_only_what_is_exact(self, tmp_path: Path) -> None:
        workbook = make_workbook(
            tmp_path / "list.xlsx",
            [
                ["ars", "leika", "name", "link"],
                [55120000000, 99102013104000, "Hund", None],
                [5512000.0, 9.91e13, "Parken", None],
            ],
        )
        records = read(tmp_path, workbook)
        assert [(o.area, o.service.keys) for o in offerings(records)] == [
            ("55120000000", (KEY,)),
            ("5512000", ()),
        ]
        assert [issue.kind for issue in issues(records)] == ["key_repaired", "key_spoiled"]

    def test_does_not_depend_on_the_order_of_rows(self, tmp_path: Path) -> None:
        rows = [
            f"05512000;{KEY};Hund;https://example.de/a\n",
            f"05512000;{KEY};Hund;\n",
            f"05512000;{KEY};Katze;\n",
            f"05512000;{KEY};Katze;\n",
            "05512000;;Maus;\n",
        ]
        forward = offerings(read(tmp_path, write(tmp_path, HEADER + "".join(rows))))
        backward = offerings(read(tmp_path, write(tmp_path, HEADER + "".join(reversed(rows)))))
        assert sorted(forward) == sorted(backward)
        assert len({offering.ref for offering in forward}) == len(forward) == 4

    def test_stops_at_the_limit_of_rows(self, tmp_path: Path) -> None:
        path = write(tmp_path, HEADER + f"05512000;{KEY};Hund;\n" * 3)
        error = refusal(tmp_path, path, max_rows=2)
        assert (error.code, error.params["limit"]) == ("list_too_many_rows", 2)

    def test_names_a_missing_column(self, tmp_path: Path) -> None:
        error = refusal(tmp_path, write(tmp_path, "ars;leika;name;links\n"))
        assert isinstance(error, AbortRun)
        assert (error.params["column"], error.params["nearest"]) == ("link", "links")

    def test_says_when_the_disk_fails(self, tmp_path: Path) -> None:
        with pytest.raises(RetryLater, match="list_unreadable"):
            list(connector("x.csv").read(Part("x.csv", tmp_path / "x.csv", "", 0)))

    def test_can_stop_early(self, tmp_path: Path) -> None:
        path = write(tmp_path, HEADER + "".join(f"05512000;;Hund {n};\n" for n in range(50)))
        (tmp_path / "work").mkdir()
        assert len(preview(connector(path), tmp_path / "work", 3)) == 3

    def test_needs_no_more_memory_for_more_rows(self, tmp_path: Path) -> None:
        def peak(count: int) -> int:
            rows = (f"05512000;;Leistung Nummer {n};https://example.de/{n}\n" for n in range(count))
            part = Part("list.csv", write(tmp_path, HEADER + "".join(rows)), "", 0)
            source = connector(part.path)
            tracemalloc.start()
            found = sum(isinstance(record, Offering) for record in source.read(part))
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert found == count
            return most

        assert peak(4_000) < peak(500) + 300_000


def shifted(text: str) -> str:
    """Return a text that no reader changes: printable, with single blanks."""
    return " ".join(text.split())


TITLES = st.text(st.characters(min_codepoint=32, max_codepoint=255, categories=["L", "N"]), min_size=1)


@given(
    titles=st.lists(TITLES.map(shifted), max_size=8, unique_by=lambda text: text.casefold()),
    delimiter=st.sampled_from(",;|\t"),
    encoding=st.sampled_from(["utf-8-sig", "utf-16"]),
)
def test_tables_that_were_written_are_read_back(
    tmp_path_factory: pytest.TempPathFactory, titles: list[str], delimiter: str, encoding: str
) -> None:
    folder = tmp_path_factory.mktemp("list")
    with (folder / "list.csv").open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerows([COLUMNS.values(), *(["Herne", "", title, ""] for title in titles)])
    records = read(folder, folder / "list.csv")
    assert {offering.service.title for offering in offerings(records)} == set(titles)


@given(content=st.binary(max_size=200) | st.binary(max_size=60).map(HEADER.encode().__add__))
def test_arbitrary_bytes_end_in_records_or_in_our_errors(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("list")
    (folder / "list.csv").write_bytes(content)
    try:
        records = read(folder, folder / "list.csv")
    except ConnectorError:
        return
    assert isinstance(records[-1], Completeness)
    assert all(issue.severity in Severity for issue in issues(records))
