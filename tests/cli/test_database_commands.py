from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from catalogue.store import open_store
from cli.session import Session, session_of
from sync.lock import only_one
from tests.cli.conftest import Answer, Cli


def test_db_init_makes_a_database_with_the_reference_tables(cli: Cli, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'neu' / 'x.sqlite'}"
    answer = cli("--db", url, "db", "init")
    assert answer.code == 0
    assert "LeiKa-Leistungen" in answer.out
    assert "4.813" in answer.out
    assert "ist bereit" in answer.err
    again = cli("--db", url, "db", "init", "--lang", "en")
    assert (again.code, "4,813" in again.out) == (0, True)


def test_db_upgrade_makes_the_schema_and_then_has_nothing_to_do(cli: Cli, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    assert "hat jetzt den Stand" in cli("--db", url, "db", "upgrade").err
    assert "schon den neuesten Stand" in cli("--db", url, "db", "upgrade").err


def test_db_check_counts_and_finds_nothing_wrong(cli: Cli, region: str) -> None:
    answer = cli("db", "check", "--format", "json").json
    assert answer["meta"]["sound"] is True
    assert answer["meta"]["complaints"] == []
    assert {row["table"]: row["rows"] for row in answer["rows"]}["ozg_service"] == 557
    assert "in Ordnung" in cli("db", "check").out


def test_db_check_finds_damage(cli: Cli, region: str, tmp_path: Path) -> None:
    path = tmp_path / "kaputt.sqlite"
    shutil.copyfile(region.removeprefix("sqlite:///"), path)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = bytes(20_000)
    path.write_bytes(content)
    answer = cli("--db", f"sqlite:///{path}", "db", "check")
    assert answer.code == 6
    assert "beschädigt" in answer.out + answer.err


def test_db_check_shows_references_to_nothing(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    url = f"sqlite:///{path}"
    cli("--db", url, "db", "upgrade")
    with closing(sqlite3.connect(path)) as careless:
        careless.execute("INSERT INTO source_area (source_id, area_id, named) VALUES (1, 2, 0)")
        careless.commit()
    answer = cli("--db", url, "db", "check")
    assert (answer.code, "ist beschädigt" in answer.out) == (6, True)
    assert "source_area" in answer.out


def test_reference_list_tells_origin_and_date(cli: Cli, region: str) -> None:
    assert "Statistisches Bundesamt" in cli("reference", "list").out
    rows = cli("reference", "list", "--format", "json").json["rows"]
    assert {row["table"] for row in rows} >= {"area", "ozg_service", "leika_service", "competence"}
    assert all(row["as_of"] and row["licence"] for row in rows)


def import_file(cli: Cli, path: Path, *more: str) -> Answer:
    note = ["--origin", "Kreis", "--licence", "dl-de/by-2-0", "--as-of", "2099-10-01"]
    return cli("reference", "import", path, *note, *more)


def test_reference_import_changes_cells_at_once(cli: Cli, database: str, files: Path, tmp_path: Path) -> None:
    cli("sync", "--region", files)
    before = cli("cells", "--service", "10003", "--area", "Gladbeck", "--format", "json").json["rows"][0]
    path = tmp_path / "competence.csv"
    path.write_text(
        "land,ozg_id,primary_tier,secondary_tier,confidence,voluntary,reason\n05,10003,kreis,,hoch,0,neu\n",
        encoding="utf-8",
    )
    answer = import_file(cli, path)
    assert answer.code == 0
    assert "Zuständigkeiten: 0 neu, 1 geändert" in answer.err
    after = cli("cells", "--service", "10003", "--area", "Gladbeck", "--format", "json").json["rows"][0]
    assert (before["competent"], after["competent"]) == ("yes", "no")
    moved = cli("changes", "--since", "2026-01-01", "--service", "10003", "--format", "json").json["rows"]
    assert "reference" in {row["cause"] for row in moved}


def test_reference_import_during_a_sync_leaves_the_cells_to_it(
    cli: Cli, database: str, tmp_path: Path
) -> None:
    path = tmp_path / "leika_type.csv"
    path.write_text("type,meaning,regulation,execution,municipal\n99,Probe,,,\n", encoding="utf-8")
    store = open_store(database)
    with only_one(store):
        answer = import_file(cli, path, "--table", "leika_type")
    store.close()
    assert (answer.code, "beim nächsten „lueckenlos sync“" in answer.err) == (0, True)


@pytest.fixture
def services(tmp_path: Path) -> Path:
    """The path of a reference file, to be written by a test."""
    return tmp_path / "ozg.csv"


def write_services(path: Path, *themes: str) -> None:
    """Write a reference file with a new service for each theme."""
    rows = "".join(f"1999{number},Probe {number},{theme}\n" for number, theme in enumerate(themes))
    path.write_text(f"ozg_id,title,theme\n{rows}", encoding="utf-8")


def test_a_file_older_than_its_table_is_imported_only_when_confirmed(
    cli: Cli, database: str, services: Path
) -> None:
    write_services(services, "Umwelt")
    refused = import_file(cli, services, "--as-of", "31.12.1999")
    assert refused.code == 2
    assert "--yes" in refused.err.splitlines()[0]
    assert refused.err.splitlines()[1].startswith(
        "Die Datei ist vom 1999-12-31, die Tabelle hat schon den Stand 20"
    )
    assert releases_of(cli) == 8

    confirmed = import_file(cli, services, "--as-of", "31.12.1999", "--yes")
    assert (confirmed.code, "1999-12-31" in confirmed.err) == (0, True)
    rows = cli("reference", "list", "--format", "json").json["rows"]
    assert (len(rows), rows[-1]["as_of"]) == (9, "1999-12-31")


def test_a_theme_nobody_had_before_is_imported_only_when_confirmed(
    cli: Cli, database: str, services: Path
) -> None:
    write_services(services, "Umwelt", "Umwelld", "Raumfahrt", "Umwelld")
    refused = import_file(cli, services)
    assert refused.code == 2
    assert refused.err.splitlines()[1:] == [
        "Zeile 3: Das Thema „Umwelld“ hat bisher keine Leistung; gemeint ist vielleicht „Umwelt“.",
        "Zeile 4: Das Thema „Raumfahrt“ hat bisher keine Leistung.",
    ]
    assert releases_of(cli) == 8

    confirmed = import_file(cli, services, "--yes")
    assert (confirmed.code, "Zeile 3: Das Thema „Umwelld“" in confirmed.err) == (0, True)
    assert releases_of(cli) == 9


def test_a_newer_file_with_known_themes_needs_no_confirmation(
    cli: Cli, database: str, services: Path
) -> None:
    write_services(services, "Umwelt")
    assert import_file(cli, services).code == 0


def releases_of(cli: Cli) -> int:
    return len(cli("reference", "list", "--format", "json").json["rows"])


def test_setting_up_is_no_sync_of_no_sources(cli: Cli, tmp_path: Path, files: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    cli("--db", url, "db", "init")
    (line,) = cli("--db", url, "runs").out.splitlines()[1:]
    assert "Einrichtung" in line
    assert line.split()[-2:] == ["–", "0"]
    assert "keine Quelle gelesen" in cli("--db", url, "runs", "1").out
    cli("--db", url, "sync", "--region", files)
    assert "Abgleich" in cli("--db", url, "runs").out.splitlines()[1]


def test_reference_import_names_each_wrong_line_and_applies_nothing(
    cli: Cli, database: str, tmp_path: Path
) -> None:
    path = tmp_path / "ozg.csv"
    path.write_text("ozg_id,title,theme\n10110,Abfall,Umwelt\n9,Neun,Umwelt\n", encoding="utf-8")
    answer = import_file(cli, path, "--table", "ozg_service")
    assert answer.code == 2
    assert answer.err.splitlines()[1].startswith("Zeile 3: ")
    assert cli("reference", "list", "--format", "json").json["meta"]["counts"]["rows"] == 8


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--table", "gebiete"], "Eine Referenztabelle „gebiete“ gibt es nicht."),
        ([], "lässt sich nicht öffnen: Datei oder Ordner nicht gefunden"),
    ],
)
def test_reference_import_of_nothing_is_code_2(
    cli: Cli, database: str, tmp_path: Path, arguments: list[str], said: str
) -> None:
    answer = import_file(cli, tmp_path / "fehlt.csv", *arguments)
    assert (answer.code, said in answer.err) == (2, True)


def test_a_command_without_session_is_a_defect() -> None:
    class Context:
        obj = None

    with pytest.raises(TypeError):
        session_of(Context())  # type: ignore[arg-type]
    assert Session("en").text("word.yes") == "yes"


def test_db_init_proposes_what_is_left_to_do(
    cli: Cli, tmp_path: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is a region file already, none has to be made."""
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    assert " init“, dann „" in cli("--db", url, "db", "init").err
    monkeypatch.setenv("LUECKENLOS_REGION", str(tmp_path / "weg.toml"))
    assert " init“, dann „" in cli("--db", url, "db", "init").err
    monkeypatch.setenv("LUECKENLOS_REGION", str(files))
    said = cli("--db", url, "db", "init").err
    assert f"Nächster Schritt: „lueckenlos --db {url} sync“" in said
    assert " init“" not in said
