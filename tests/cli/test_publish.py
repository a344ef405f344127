from __future__ import annotations

import builtins
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from catalogue.reports.opendata import release
from cli import exits
from cli.publish_settings import OPTIONS
from tests.cli.conftest import Cli

LEAST = (
    "--base-url", "https://daten.example.org/ozg",
    "--publisher", "Kreis Muster",
    "--licence", "dl-de/zero-2-0",
)  # fmt: skip
FILE = """
[publication]
base_url = "https://daten.example.org/ozg/"
tables = ["services", "gaps"]

[publisher]
name = "Kreis Muster"

[terms]
licence = "dl-de/by-2-0"
attribution = "Kreis Muster"
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "open-data.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_folder_holds_every_table_in_three_formats(cli: Cli, region: str, out: Path) -> None:
    answer = cli("publish", "--out", out, *LEAST)
    assert answer.code == 0, answer.err
    assert {"catalogue.jsonld", "manifest.json", "cells.csv", "cells.json", "cells.parquet"} <= names(out)
    assert "54 Dateien" in answer.err
    assert "13 von 13: Änderungen der Zellen mit Ursache" in answer.err
    assert parquet.read_table(out / "gaps.parquet").num_rows > 0


def test_json_names_each_file_with_its_hash(cli: Cli, region: str, out: Path, settings: Path) -> None:
    answer = cli("publish", "--out", out, "--metadata", settings, "--format", "json")
    rows = answer.json["rows"]
    assert [row["file"] for row in rows] == [
        "catalogue.jsonld",
        *(f"{table}{ending}" for table in ("services", "gaps")
          for ending in (".csv", ".json", ".parquet", ".csv-metadata.json")),
    ]  # fmt: skip
    assert answer.json["meta"]["published_as_of"] == "2026-11-02T01:30:00+00:00"
    assert all(len(row["sha256"]) == 64 for row in rows)


def test_a_second_time_nothing_changes(cli: Cli, region: str, out: Path, settings: Path) -> None:
    assert "geändert" not in cli("publish", "--out", out, "--metadata", settings).err
    first = {path.name: (path.read_bytes(), path.stat().st_mtime) for path in out.iterdir()}
    assert "nichts hat sich geändert" in cli("publish", "--out", out, "--metadata", settings).err
    assert {path.name: (path.read_bytes(), path.stat().st_mtime) for path in out.iterdir()} == first


def test_files_have_the_time_of_what_they_say(cli: Cli, region: str, out: Path, settings: Path) -> None:
    cli("publish", "--out", out, "--metadata", settings)
    moment = datetime(2026, 11, 2, 1, 30, tzinfo=UTC).timestamp()
    assert {path.stat().st_mtime for path in out.iterdir()} == {moment}


def test_what_is_no_longer_published_is_gone(cli: Cli, region: str, out: Path, settings: Path) -> None:
    cli("publish", "--out", out, "--metadata", settings)
    settings.write_text(FILE.replace('"services", ', ""), encoding="utf-8")
    cli("publish", "--out", out, "--metadata", settings)
    assert "gaps.csv" in names(out)
    assert "services.csv" not in names(out)
    assert [path.name for path in out.parent.iterdir() if path.name.startswith(".")] == []


def test_others_may_read_the_folder(cli: Cli, region: str, out: Path, settings: Path) -> None:
    cli("publish", "--out", out, "--metadata", settings)
    assert out.stat().st_mode & 0o555 == 0o555


@pytest.mark.parametrize("content", ["Haushalt", '{"format": "something else"}', "[" * 9_999])
def test_a_folder_with_something_else_in_it_is_left_alone(
    cli: Cli, region: str, out: Path, content: str
) -> None:
    out.mkdir()
    (out / "manifest.json").write_text(content, encoding="utf-8")
    answer = cli("publish", "--out", out, *LEAST)
    assert (answer.code, names(out)) == (exits.USAGE, {"manifest.json"})
    assert "enthält etwas anderes" in answer.err


def test_a_file_is_no_folder(cli: Cli, region: str, out: Path) -> None:
    out.write_text("x", encoding="utf-8")
    answer = cli("publish", "--out", out, *LEAST)
    assert answer.code == exits.USAGE
    assert "ist kein Ordner" in answer.err


def test_an_empty_folder_is_taken(cli: Cli, region: str, out: Path, settings: Path) -> None:
    out.mkdir()
    assert cli("publish", "--out", out, "--metadata", settings).code == 0


def test_after_a_failure_the_older_publication_is_there_as_it_was(
    cli: Cli, region: str, out: Path, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("publish", "--out", out, "--metadata", settings)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def full(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device", "gaps.csv")

    monkeypatch.setattr(release, "dcat_of", full)
    answer = cli("publish", "--out", out, "--metadata", settings)
    assert answer.code == exits.FAILED
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in out.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("left_out", ["--base-url", "--publisher", "--licence"])
def test_without_what_only_the_publisher_knows_nothing_is_written(
    cli: Cli, region: str, out: Path, left_out: str
) -> None:
    place = LEAST.index(left_out)
    answer = cli("publish", "--out", out, *LEAST[:place], *LEAST[place + 2 :])
    assert (answer.code, out.exists()) == (exits.USAGE, False)
    assert f"Nächster Schritt: {left_out} angeben" in answer.err


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--base-url", "daten.example.org", "Adresse erwartet"),
        ("--base-url", "https://daten.example.org/?a=1", "Adresse eines Ordners"),
        ("--licence", "mit Namensnennung", "Adresse erwartet"),
        ("--licence", "cc-by/4.0", "verlangt eine Namensnennung"),
        ("--publisher", "a\x07b", "--publisher"),
    ],
)
def test_an_option_that_cannot_be_is_refused(
    cli: Cli, region: str, out: Path, option: str, value: str, said: str
) -> None:
    answer = cli("publish", "--out", out, *LEAST, option, value)
    assert (answer.code, out.exists()) == (exits.USAGE, False)
    assert said in answer.err


def test_options_go_before_the_file(cli: Cli, region: str, out: Path, settings: Path) -> None:
    cli("publish", "--out", out, "--metadata", settings, "--publisher", "Stadt Beispiel")
    assert "Stadt Beispiel" in (out / "catalogue.jsonld").read_text(encoding="utf-8")
    assert set(OPTIONS.values()) == {"--base-url", "--publisher", "--licence", "--attribution"}


@pytest.mark.parametrize(
    ("written", "errors"),
    [
        (FILE.replace('name = "Kreis Muster"', ""), ["6: publisher.name: Diese Einstellung muss"]),
        (
            FILE.replace("attribution =", "nennung ="),
            ["11: terms.nennung: Diese Einstellung gibt es"],
        ),
        (FILE.replace('"dl-de/by-2-0"', '"frei"'), ["10: terms.licence: Hier wird eine Adresse"]),
        (FILE.replace('attribution = "Kreis Muster"', ""), ["9: terms: Diese Lizenz verlangt"]),
        (FILE.replace('["services", "gaps"]', '"gaps"'), ["4: publication.tables: Hier wird eine Liste"]),
        (
            FILE + "[kontakt]\n",
            ["12: kontakt: Diese Einstellung gibt es"],
        ),
        (FILE + "[contact]\nname = 'Team'\n", ["12: contact: Ein Kontakt braucht email oder url"]),
        (FILE + "[dcat]\nthemes = ['GOV']\n", ["13: dcat.themes: Der Wert muss zu diesem Muster"]),
        (FILE + "[ckan]\norganisation = 'a b'\n", ["13: ckan.organisation", "12: ckan.name"]),
        (FILE + "x = [\n", ["13: Das ist kein gültiges TOML"]),
    ],
)
def test_an_error_of_the_file_is_named_by_line_and_key(
    cli: Cli, region: str, out: Path, settings: Path, written: str, errors: list[str]
) -> None:
    settings.write_text(written, encoding="utf-8")
    answer = cli("publish", "--out", out, "--metadata", settings)
    assert (answer.code, out.exists()) == (exits.USAGE, False)
    for error in errors:
        assert f"{settings}:{error}" in answer.err


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "Diese Datei gibt es nicht"), (b"\xff", "UTF-8"), (b"#" * 1_000_001, "größer als 1 MB")],
)
def test_a_file_that_is_none_is_refused(
    cli: Cli, region: str, out: Path, settings: Path, content: bytes | None, said: str
) -> None:
    settings.unlink()
    if content is not None:
        settings.write_bytes(content)
    answer = cli("publish", "--out", out, "--metadata", settings)
    assert answer.code == exits.USAGE
    assert said in answer.err


def test_an_earlier_state_says_what_it_leaves_out(cli: Cli, region: str, out: Path, settings: Path) -> None:
    answer = cli("publish", "--out", out, "--metadata", settings, "--as-of", "02.11.2026")
    assert answer.code == 0, answer.err
    assert "gaps.csv" in names(out)
    assert "services.csv" not in names(out)
    assert "früherer Stand nicht bekannt ist" in answer.err


def test_without_its_writer_of_parquet_the_command_says_what_to_install(
    cli: Cli, region: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **more: Any) -> Any:
        if name.startswith("catalogue.reports.opendata.release"):
            raise ModuleNotFoundError("No module named 'pyarrow'", name="pyarrow")
        return real(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    answer = cli("publish", "--out", out, *LEAST)
    assert (answer.code, out.exists()) == (exits.USAGE, False)
    assert "lueckenlos[opendata]" in answer.err


def test_the_description_of_the_specimen_in_the_manual_can_be_read(
    cli: Cli, region: str, out: Path, settings: Path
) -> None:
    manual = Path("docs/offene-daten.md").read_text(encoding="utf-8")
    specimen = manual.partition("```toml\n")[2].partition("```")[0]
    assert "[ckan]" in specimen
    settings.write_text(specimen, encoding="utf-8")
    answer = cli("publish", "--out", out, "--metadata", settings, "--format", "json")
    assert answer.code == 0, answer.err
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["files"]
