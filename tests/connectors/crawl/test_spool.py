from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from catalogue.records import Completeness, Issue, Memory, Severity
from connectors.contract import Delivery
from connectors.crawl import spool as spool_module
from connectors.crawl.pages import DETAIL, LIST, SITEMAP, Page
from connectors.crawl.spool import Conclusion, Noted, SpoolWriter, open_spool
from connectors.errors import RejectDelivery

URL = "https://www.stadt.example/"
END = Conclusion("everything", (Noted("crawl_page_gone", "x", "404"),), {"": 3}, ("",), {"a": "b"})


def page(name: str, kind: str = DETAIL, group: str = "", **more: object) -> Page:
    given = {"digest": name, "body": name.encode(), **more}
    return Page(URL + name, kind, name, group, URL + name, **given)  # type: ignore[arg-type]


def write(
    folder: Path, *pages: Page, conclusion: Conclusion = END, rules: str = "rules", whole_groups: bool = False
) -> Delivery:
    with closing(SpoolWriter(folder, "probe", whole_groups=whole_groups)) as writer:
        for one in pages:
            writer.add(one)
        return writer.finish(conclusion, rules)


def test_pages_come_back_as_they_were_lists_first(tmp_path: Path) -> None:
    first = page("ü", charset="utf-8", links=("a", "b"), noindex=True, body=b"\x00\n1 2\n\xff")
    known = page("b", body=None, outcome='{"a": "\n"}')
    sitemap = page("s", SITEMAP, body=None, outcome="")
    [part] = write(tmp_path, first, known, page("l", LIST), sitemap).parts
    spool = open_spool(part)
    pages = list(spool.pages())
    assert [one.identity for one in pages] == ["s", "l", "b", "ü"]
    assert pages[2:] == [known, first]
    assert list(spool.conclusion()) == [
        Issue(Severity.NOTICE, "crawl_page_gone", "x", "404"),
        Memory("count:", "3"),
        Completeness("everything"),
    ]
    assert (spool.whole, spool.notes) == (frozenset({""}), {"a": "b"})
    assert list(tmp_path.iterdir()) == [part.path]


def test_whoever_doubts_makes_it_a_part(tmp_path: Path) -> None:
    spool = open_spool(write(tmp_path).parts[0])
    assert list(spool.pages()) == []
    assert list(spool.conclusion(complete=False))[-1] == Completeness("part")


def test_many_bytes_make_several_parts_and_only_the_last_one_has_issues_and_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "PART_SIZE", 1_000)
    parts = write(tmp_path, *(page(str(number), body=bytes(600)) for number in range(9))).parts
    assert len(parts) > 3
    for part in parts:
        spool = open_spool(part)
        assert list(spool.pages())
        *records, last = spool.conclusion()
        assert last == Completeness("everything")
        assert bool(records) is (part is parts[-1])
        assert spool.whole == {""}


def test_groups_stay_whole_where_they_have_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "PART_SIZE", 1_000)
    pages = [page(str(number), group="abc"[number % 3], body=bytes(600)) for number in range(12)]
    parts = write(tmp_path, *pages, whole_groups=True).parts
    assert [{one.group for one in open_spool(part).pages()} for part in parts] == [{"a"}, {"b"}, {"c"}]


def test_the_hash_tells_contents_and_conclusions_apart_but_not_how_they_were_come_by(tmp_path: Path) -> None:
    def digest(*pages: Page, conclusion: Conclusion = END, rules: str = "rules") -> str:
        return write(tmp_path, *pages, conclusion=conclusion, rules=rules).digest

    usual = digest(page("a"), page("b"))
    assert digest(page("b"), page("a")) == usual
    assert digest(page("a"), page("b", body=None, outcome="x")) == usual
    assert digest(page("a", etag="another"), page("b")) == usual
    assert digest(page("a"), page("b"), conclusion=replace(END, notes={})) == usual
    others = {
        digest(page("a")),
        digest(page("a"), page("b", digest="other")),
        digest(page("a"), page("b", noindex=True)),
        digest(page("a"), page("b"), rules="other"),
        digest(page("a"), page("b"), conclusion=replace(END, scope="part")),
        digest(page("a"), page("b"), conclusion=replace(END, issues=())),
    }
    assert len(others | {usual}) == 7


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.99])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    [part] = write(tmp_path, page("a", body=bytes(500))).parts
    content = part.path.read_bytes()
    part.path.write_bytes(content[: int(len(content) * share)])
    spool = open_spool(part)
    with pytest.raises(RejectDelivery) as caught:
        list(spool.pages())
    assert caught.value.code == "crawl_part_damaged"
    with pytest.raises(RejectDelivery):
        list(spool.conclusion())
