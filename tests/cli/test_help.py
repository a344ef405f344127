from __future__ import annotations

from pathlib import Path

import pytest

from cli import exits, reference_docs
from cli.app import describe_app
from cli.help import CommandInfo, ParameterInfo, describe_all, render
from cli.texts import Texts
from tests.cli.conftest import Cli

MANUAL = Path("docs/befehle.md")
GERMAN = {info.path: info for info in describe_all(describe_app("de"))}
ENGLISH = {info.path: info for info in describe_all(describe_app("en"))}
PATHS = sorted(GERMAN)


def test_both_languages_know_the_same_commands_and_options() -> None:
    assert list(GERMAN) == list(ENGLISH)
    for path, info in GERMAN.items():
        assert [one.name for one in info.parameters] == [one.name for one in ENGLISH[path].parameters]


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
@pytest.mark.parametrize("language", ["de", "en"])
def test_every_command_and_option_has_help(language: str, path: tuple[str, ...]) -> None:
    info = (GERMAN if language == "de" else ENGLISH)[path]
    # A code in place of a text has no blank in it.
    assert " " in info.summary.strip()
    assert info.summary.strip().endswith((".", "?"))
    for parameter in info.parameters:
        assert " " in parameter.help, parameter
        assert parameter.help.endswith("."), parameter


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_the_help_of_the_languages_differs(path: tuple[str, ...]) -> None:
    assert GERMAN[path].help != ENGLISH[path].help
    for german, english in zip(GERMAN[path].parameters, ENGLISH[path].parameters, strict=True):
        assert german.help != english.help


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_is_shown_for_every_command(cli: Cli, path: tuple[str, ...]) -> None:
    answer = cli(*path, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"Aufruf: {' '.join(('lueckenlos', *path))}")
    shown = " ".join(answer.out.split())
    for parameter in GERMAN[path].parameters:
        assert parameter.signature in shown
        assert " ".join(parameter.help.split()[:4]) in shown
    assert max(map(len, answer.out.splitlines())) <= 100


def test_help_is_shown_in_english(cli: Cli) -> None:
    for arguments in (["--lang", "en", "gaps", "--help"], ["gaps", "-h", "--lang=en"]):
        assert cli(*arguments).out.startswith("Usage: lueckenlos gaps")


def test_the_environment_chooses_the_language(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUECKENLOS_LANG", "en")
    assert cli("--help").out.startswith("Usage:")
    assert cli("--lang", "de", "--help").out.startswith("Aufruf:")


def test_the_help_of_a_group_lists_its_commands(cli: Cli) -> None:
    shown = cli("db", "--help").out
    for name in ("init", "upgrade", "check"):
        assert f"  {name}" in shown


def test_the_version_is_shown(cli: Cli) -> None:
    answer = cli("--version")
    assert (answer.code, answer.out.split()[0]) == (0, "lueckenlos")


@pytest.mark.parametrize("arguments", [[], ["db"], ["reference"], ["sources"], ["--lang", "de"]])
def test_without_a_command_the_help_is_shown_as_an_error(cli: Cli, arguments: list[str]) -> None:
    answer = cli(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert "Fehler: Es fehlt der Befehl." in answer.err
    assert "Befehle:" in answer.err


def test_the_manual_is_up_to_date() -> None:
    """If this fails: python -m cli.reference_docs docs/befehle.md"""
    assert MANUAL.read_text(encoding="utf-8") == reference_docs.manual()


@pytest.mark.parametrize("path", [path for path in PATHS if not GERMAN[path].commands], ids=" ".join)
def test_every_command_and_option_occurs_in_the_manual(path: tuple[str, ...]) -> None:
    text = MANUAL.read_text(encoding="utf-8")
    section = text.partition(f"## `lueckenlos {' '.join(path)}`\n")[2].partition("\n## ")[0]
    assert section
    for parameter in GERMAN[path].parameters:
        assert f"`{parameter.signature}`" in section


def test_every_exit_code_occurs_in_the_manual() -> None:
    text = MANUAL.read_text(encoding="utf-8")
    for name in exits.__all__:
        assert f"| {getattr(exits, name)} |" in text


def test_every_environment_variable_occurs_in_the_manual() -> None:
    used = {one.environment for info in GERMAN.values() for one in info.parameters if one.environment}
    text = MANUAL.read_text(encoding="utf-8")
    assert used == {
        *("LUECKENLOS_BY", "LUECKENLOS_DB", "LUECKENLOS_LANG", "LUECKENLOS_LINKS", "LUECKENLOS_REGION"),
        *("LUECKENLOS_LOG_FILE", "LUECKENLOS_LOG_FORMAT"),
    }
    assert all(f"| `{name}` |" in text for name in used)


def test_the_manual_can_be_written(tmp_path: Path) -> None:
    target = tmp_path / "befehle.md"
    reference_docs.write(target)
    assert target.read_text(encoding="utf-8") == reference_docs.manual()


def test_an_argument_that_may_be_missing_is_in_brackets() -> None:
    info: CommandInfo = GERMAN["runs", "list"]
    assert info.usage == "lueckenlos runs list [LAUF]"


def test_long_options_have_their_help_on_the_next_line() -> None:
    option = ParameterInfo(
        "x", ("--an-option-that-is-very-long",), "WITH-VALUE", "What it is.", "", True, False
    )
    page = render(CommandInfo(("x",), "Does it.", (option,), ()), Texts("en"), 60).splitlines()
    line = page.index("  --an-option-that-is-very-long WITH-VALUE")
    assert page[line + 1].strip() == "What it is. [required]"
