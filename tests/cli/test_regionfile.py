"""Everything wrong with a region file is told at once, also what only the catalogue can tell."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli


def spoil(files: Path) -> None:
    text = files.read_text(encoding="utf-8")
    text = text.replace("Gladbeck", "Gladbach").replace('"05562032"', '"05562999"')
    files.write_text(
        text.replace("trust = 70", 'trust = 700\nsilence_themes = ["Umwelld"]'), encoding="utf-8"
    )


def test_errors_of_settings_and_unknown_names_come_together_by_line(
    cli: Cli, database: str, files: Path
) -> None:
    spoil(files)
    answer = cli("sync", "--region", files)
    assert (answer.code, answer.out) == (2, "")
    lines = answer.err.splitlines()
    places = [int(line.removeprefix(f"{files}:").partition(":")[0]) for line in lines]
    assert places == sorted(places)
    assert [line.split(": ")[1] for line in lines] == ["areas", "areas", "trust", "silence_themes"]
    assert "„Gladbach“" in lines[0]
    assert "05562999" in lines[1]
    assert "am ähnlichsten ist: Umwelt" in lines[3]


def test_without_a_database_the_errors_of_settings_are_told_alone(
    cli: Cli, tmp_path: Path, files: Path
) -> None:
    spoil(files)
    absent = f"sqlite:///{tmp_path / 'fehlt.sqlite'}"
    answer = cli("--db", absent, "sync", "--region", files)
    assert (answer.code, len(answer.err.splitlines())) == (2, 1)
    assert ": trust: " in answer.err


def test_once_the_settings_are_right_the_names_are_told_as_before(
    cli: Cli, database: str, files: Path
) -> None:
    spoil(files)
    files.write_text(files.read_text(encoding="utf-8").replace("700", "70"), encoding="utf-8")
    answer = cli("sync", "--region", files)
    assert (answer.code, len(answer.err.splitlines())) == (2, 3)


def test_a_file_that_is_no_toml_has_no_names_to_look_up(cli: Cli, database: str, files: Path) -> None:
    files.write_text("[region\n", encoding="utf-8")
    answer = cli("sync", "--region", files)
    assert (answer.code, len(answer.err.splitlines())) == (2, 1)
