"""Whatever the list connector has to say exists in both languages, and its settings are explained."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from string import Formatter

import catalogue.messages
import connectors
from connectors.contract import SourceSettings
from connectors.listing_settings import ListSettings

FOLDER = Path(connectors.__file__).parent
MODULES = ("cellvalues", "delimited", "fileformat", "listing*", "tabular", "workbook*")
ELSEWHERE = frozenset({"too_large"})  # raised by the HTTP client
SOURCES = "\n".join(path.read_text() for name in MODULES for path in FOLDER.glob(f"{name}.py"))


def messages(language: str) -> dict[str, dict[str, str]]:
    path = Path(catalogue.messages.__file__).parent / language / "listing.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def placeholders(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}


def test_messages_exist_in_both_languages_with_the_same_placeholders() -> None:
    german, english = messages("de"), messages("en")
    for section in ("error", "issue", "check"):
        assert german[section].keys() == english[section].keys()
        for code, text in german[section].items():
            assert placeholders(text) == placeholders(english[section][code]), code


def test_messages_of_issues_need_no_more_than_an_issue_has() -> None:
    for text in messages("de")["issue"].values():
        assert placeholders(text) <= {"record", "detail"}


def test_every_message_belongs_to_a_code_in_use() -> None:
    codes = {code for section in messages("de").values() for code in section}
    assert {code for code in codes if f'"{code}"' not in SOURCES} == set()


def test_every_error_has_a_message() -> None:
    raised = set(re.findall(r'(?:RejectDelivery|RetryLater|AbortRun)\(\s*"(\w+)"', SOURCES))
    assert len(raised) > 15
    assert raised - ELSEWHERE <= messages("de")["error"].keys()


def test_every_issue_has_a_message() -> None:
    noted = set(re.findall(r'(?:_Skip\(|notice\(|Severity\.\w+,)\s*"(\w+)"', SOURCES))
    assert len(noted) > 15
    assert noted <= messages("de")["issue"].keys()


def test_every_setting_is_in_the_operators_page() -> None:
    page = (FOLDER.parent / "docs" / "listen.md").read_text(encoding="utf-8")
    own = ListSettings.model_fields.keys() - SourceSettings.model_fields.keys()
    assert {name for name in own if f"`{name}`" not in page} == set()
