from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.errors import NotFound
from catalogue.lint.checks import CHECKS, NOT_KEPT
from catalogue.lint.rules import LintRules, packaged_lint_rules, read_lint_rules
from catalogue.lint.unable import Unable
from catalogue.messages import LANGUAGES, keys, text
from catalogue.store import Store
from tests.catalogue.lint.checking import check_fresh, feed, service

DOCUMENT = Path("docs/pruefbericht.md").read_text(encoding="utf-8")


def rules_of(**values: object) -> LintRules:
    return LintRules.model_validate(packaged_lint_rules().model_dump() | values)


def test_another_severity_and_codes_are_a_matter_of_rules(catalogue: Store) -> None:
    said = feed(service(keys=()))
    assert check_fresh(catalogue, said).musts == 0
    checked = check_fresh(catalogue, said, rules=rules_of(severity={"key_missing": "must"}))
    assert (checked.musts, checked.severities["key_missing"]) == (1, "must")


def test_words_and_days_are_a_matter_of_rules(catalogue: Store) -> None:
    said = feed(service(modified_at="2026-11-01"))
    rules = rules_of(stale_days=10, placeholders=("altpapier*",))
    assert set(check_fresh(catalogue, said, rules=rules).found) == {"date_old", "title_placeholder"}


def test_rules_for_checks_that_nobody_knows_are_refused(catalogue: Store) -> None:
    for values in ({"severity": {"key_mising": "must"}}, {"fim": {"nichts": ("01",)}}):
        with pytest.raises(NotFound) as refused:
            check_fresh(catalogue, feed(), rules=rules_of(**values))
        assert refused.value.code == "lint_check_unknown"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"rules = ", "rules_syntax"),
        (b"\xff", "rules_syntax"),
        (b"rules = 'x'\nstale_days = 0", "rules_value"),
        (b"rules = 'x'\nstale_days = 9\n[severity]\nkey_missing = 'may'", "rules_value"),
        (b"rules = 'x'\nstale_days = 9\n[fim]\nkey_missing = ['5']", "rules_value"),
        (b"rules = 'x'\nstale_days = 9\nunbekannt = 1", "rules_value"),
        (b"#" * 300_000, "rules_too_large"),
    ],
)
def test_a_file_of_rules_that_cannot_be_used_says_why(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "regeln.toml"
    path.write_bytes(content)
    with pytest.raises(NotFound) as refused:
        read_lint_rules(path)
    assert refused.value.code == code
    for language in LANGUAGES:
        text(language, f"error.{code}", **refused.value.params)


def test_a_file_of_rules_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as refused:
        read_lint_rules(tmp_path / "keine.toml")
    assert refused.value.code == "rules_unreadable"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_and_reason_has_its_words(language: str) -> None:
    wanted = {f"lint.{check.code}" for check in CHECKS} | {f"lint_hint.{check.code}" for check in CHECKS}
    wanted |= {f"lint.{code}" for code in NOT_KEPT} | {f"lint_unable.{reason.value}" for reason in Unable}
    assert wanted - keys(language) == set()


def test_every_check_is_explained_in_the_manual_with_its_severity() -> None:
    word = {"must": "Muss", "should": "Soll"}
    lines = {line.split("|")[1].strip(): line for line in DOCUMENT.splitlines() if line.startswith("| `")}
    for check in CHECKS:
        assert f"| {word[check.severity]} |" in lines[f"`{check.code}`"], check.code
    assert all(f"`{code}`" in lines for code in NOT_KEPT)


def test_every_packaged_setting_is_explained_in_the_manual() -> None:
    assert all(f"`{name}`" in DOCUMENT for name in LintRules.model_fields)
