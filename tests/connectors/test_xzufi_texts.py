"""Whatever the XZuFi connector has to say exists in both languages, and its settings are explained."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from string import Formatter

import pytest

import catalogue.messages
import connectors
from connectors.contract import SourceSettings
from connectors.xzufi import XzufiSettings

FOLDER = Path(connectors.__file__).parent
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("x*.py")))
ELSEWHERE = frozenset({"too_large"})  # raised by the HTTP client


def messages(language: str) -> dict[str, dict[str, str]]:
    path = Path(catalogue.messages.__file__).parent / language / "xzufi.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def placeholders(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}


@pytest.mark.parametrize("section", ["error", "issue", "check"])
def test_messages_exist_in_both_languages_with_the_same_placeholders(section: str) -> None:
    german, english = messages("de")[section], messages("en")[section]
    assert german.keys() == english.keys()
    for code, text in german.items():
        assert placeholders(text) == placeholders(english[code]), code


def test_messages_of_issues_need_no_more_than_an_issue_has() -> None:
    for text in messages("de")["issue"].values():
        assert placeholders(text) <= {"record", "detail"}


def test_every_message_belongs_to_a_code_in_use() -> None:
    codes = {code for section in messages("de").values() for code in section}
    assert {code for code in codes if f'"{code}"' not in SOURCES} == set()


@pytest.mark.parametrize(
    ("section", "pattern"),
    [
        ("error", r'(?:RejectDelivery|RetryLater)\(\s*"(\w+)"'),
        ("issue", r'(?:\.skip|\.notice|Severity\.\w+,|count)\(?\s*"(\w+)"'),
        ("check", r'Check\(ok=True, code="(\w+)"'),
    ],
)
def test_every_code_in_use_has_a_message(section: str, pattern: str) -> None:
    used = set(re.findall(pattern, SOURCES))
    assert len(used) >= 3
    assert used - ELSEWHERE <= messages("de")[section].keys()


def test_every_setting_is_on_the_page_about_xzufi() -> None:
    page = (FOLDER.parent / "docs" / "xzufi.md").read_text(encoding="utf-8")
    own = XzufiSettings.model_fields.keys() - SourceSettings.model_fields.keys()
    assert {name for name in own if f"`{name}`" not in page} == set()
