from __future__ import annotations

import pickle
import tomllib
from pathlib import Path

import pytest

from connectors.errors import AbortRun
from connectors.html import rules as module
from connectors.html import ruleset
from connectors.html.page import read_page
from connectors.html.rules import load_rules
from tests.connectors.html.reading import PAGE, page, rules

CUE = '[[cue]]\nflag = "payment_online"\nwords = ["stadttaler"]\nwith_online = true\norigin = "Satzung"\n'
ONLINE = '<h2>Online-Dienste</h2><p><a href="/antrag/hund">Anmelden</a> und mit Stadttaler zahlen.</p>'


@pytest.fixture
def extra(tmp_path: Path) -> Path:
    return tmp_path / "regeln.toml"


def test_a_region_s_file_adds_rules_to_the_packaged_ones(extra: Path) -> None:
    extra.write_text(CUE, encoding="utf-8")

    assert "payment_online" not in read_page(page(ONLINE), PAGE, None, rules()).services[0].flags
    assert "payment_online" in read_page(page(ONLINE), PAGE, None, load_rules(extra)).services[0].flags


def test_rules_of_a_region_win_where_the_first_one_decides(extra: Path) -> None:
    extra.write_text(
        '[[section]]\nname = "legal"\nlabels = ["gebühren"]\norigin = "Test"\n', encoding="utf-8"
    )

    assert rules().section_of("Gebühren") == "fees"
    assert load_rules(extra).section_of("Gebühren") == "legal"


def test_the_digest_changes_with_every_rule_and_with_nothing_else(extra: Path, tmp_path: Path) -> None:
    extra.write_text(CUE, encoding="utf-8")
    moved = tmp_path / "anders.toml"
    moved.write_text(CUE, encoding="utf-8")

    assert load_rules().digest == rules().digest
    assert load_rules(extra).digest == load_rules(moved).digest
    moved.write_text(CUE + "# anders\n", encoding="utf-8")
    assert len({rules().digest, load_rules(extra).digest, load_rules(moved).digest}) == 3


@pytest.mark.parametrize(
    ("text", "code", "line", "key"),
    [
        (CUE + 'farbe = "rot"\n', "page_rules_unknown_key", 6, "cue.0.farbe"),
        (CUE + "\n[[kuh]]\nx = 1\n", "page_rules_unknown_key", 7, "kuh"),
        ('[[section]]\nname = "x"\nlabels = ["a"]\n', "page_rules_missing_key", 1, "section.0.origin"),
        (CUE + CUE + "pattern = '('\n", "page_rules_pattern", 11, "cue.1.pattern"),
        (CUE + "pattern = '(?P<x>a)'\n", "page_rules_pattern", 6, "cue.0.pattern"),
        (CUE + "pattern = 'a(?i)b'\n", "page_rules_pattern", 6, "cue.0.pattern"),
        ("[[unit]]\nuse = 'phrase'\nwords = ['x']\norigin = 'y'\n", "page_rules_pattern", 1, "unit.0"),
        (CUE + 'example = "mit Kreditkarte"\n', "page_rules_example", 1, "cue.0"),
        (CUE.replace('"payment_online"', "7"), "page_rules_value", 2, "cue.0.flag"),
        ('[[host]]\noperator = "x"\norigin = "y"\n', "page_rules_value", 2, "host.0.operator"),
        ("[[date]]\nkind = 'visible'\npattern = 'x'\norigin = 'y'\n", "page_rules_group", 1, "date.0"),
        ("[[cue]\n", "page_rules_syntax", 1, None),
    ],
)
def test_an_error_names_file_line_and_key(
    extra: Path, text: str, code: str, line: int, key: str | None
) -> None:
    extra.write_text(text, encoding="utf-8")

    with pytest.raises(AbortRun) as caught:
        load_rules(extra)
    assert caught.value.code == code
    assert (caught.value.params["file"], caught.value.params["line"]) == ("regeln.toml", line)
    assert caught.value.params.get("key") == key


def test_a_file_in_another_encoding_is_refused(extra: Path) -> None:
    extra.write_bytes(CUE.encode() + b"# \xfc\n")

    with pytest.raises(AbortRun) as caught:
        load_rules(extra)
    assert caught.value.code == "page_rules_encoding"


def test_a_file_that_is_not_there_or_too_large_is_refused(extra: Path) -> None:
    with pytest.raises(AbortRun) as missing:
        load_rules(extra)
    extra.write_bytes(b"#" * (1 << 20) + b"#")
    with pytest.raises(AbortRun) as large:
        load_rules(extra)

    assert (missing.value.code, large.value.code) == ("page_rules_unreadable", "page_rules_too_large")


def test_every_packaged_rule_says_where_it_comes_from() -> None:
    entries = [
        (path.name, entry)
        for path in module.DATA.glob("*.toml")
        for table in tomllib.loads(path.read_text(encoding="utf-8")).values()
        for entry in table
    ]

    assert len(entries) > 100
    assert [name for name, entry in entries if not entry["origin"]] == []
    assert any(entry.get("inferred") for _, entry in entries)


def test_every_packaged_cue_with_a_pattern_has_an_example_that_it_finds() -> None:
    cues = tomllib.loads((module.DATA / "cues.toml").read_text(encoding="utf-8"))["cue"]

    assert [cue["flag"] for cue in cues if "pattern" in cue and "example" not in cue] == []


def test_rules_can_be_handed_to_another_process() -> None:
    handed = pickle.loads(pickle.dumps(load_rules()))

    assert read_page(page(ONLINE), PAGE, None, handed) == read_page(page(ONLINE), PAGE, None, rules())


def test_what_is_remembered_about_pages_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ruleset, "MOST_REMEMBERED", 10)
    fresh = load_rules()
    for number in range(50):
        links = "".join(
            f'<a href="/x{number}-{n}" class="c{number}-{n}">Seite {n} {number}</a>' for n in range(5)
        )
        read_page(page(f'<div class="k{number}">{links}</div>'), PAGE, None, fresh)

    memories = (fresh._known_labels, fresh._known_classes, fresh._known_links, fresh._known_names)
    assert max(len(memory) for memory in memories) <= 10
    assert max(len(known) for known in fresh._known_addresses.values()) <= 20
