"""Whatever goes wrong ends in a clear line and the right exit code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import typer
from sqlalchemy import text

import catalogue.store
from catalogue.errors import ImportRejected, LineError, NotFound, StoreError
from catalogue.keys import KeyFormatError
from catalogue.lockholders import Holder, enter
from catalogue.store import open_store
from cli.failures import failure_of
from cli.problems import UsageProblem
from cli.texts import Texts
from connectors.errors import RetryLater
from sync.lock import LockHeld, LockLost
from sync.region import RegionError, RegionFileError
from sync.run import UnknownSource
from tests.cli.conftest import Cli

GERMAN, ENGLISH = Texts("de"), Texts("en")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gapz"], "Einen Befehl „gapz“ gibt es nicht. Bekannt sind: "),
        (["gaps", "--frmat", "csv"], "Eine Option --frmat gibt es hier nicht. Ähnlich sind: --format."),
        (
            ["gaps", "--qqq"],
            "Eine Option --qqq gibt es hier nicht. Nächster Schritt: „lueckenlos gaps --help“ nennt alle.",
        ),
        (["gaps", "--area"], "Die Option --area braucht einen Wert oder verträgt keinen."),
        (["sync", "--dry-run=yes"], "Die Option --dry-run braucht einen Wert oder verträgt keinen."),
        (["gaps", "Bottrop"], "Zu viel angegeben: Bottrop."),
        (["explain", "Bottrop"], "Es fehlt LEISTUNG. Nächster Schritt: „lueckenlos explain --help“."),
        (["explain"], "Es fehlt GEBIET."),
        (["changes"], "Es fehlt --from."),
        (
            ["changes", "--since", "gestern"],
            "Bei --from wird ein Tag wie 20.11.2026 oder 2026-11-20 erwartet, nicht „gestern“.",
        ),
        (["changes", "--since", "2026-02-30"], "nicht „2026-02-30“."),
        (["changes", "--since", "2026-01-01", "--until", "0000-00-00"], "Bei --to"),
        (["changes", "--since", "2026-01-01T99:00:00"], "nicht „2026-01-01T99:00:00“."),
        (["changes", "--since", "2026-01-01", "--until", "9999-12-31"], "nicht „9999-12-31“."),
        (["gaps", "--format", "xml"], "Eine Form „xml“ gibt es nicht. Möglich sind: table, csv, json, xlsx."),
        (["gaps", "--limit", "viele"], "Bei --limit wird eine ganze Zahl ab 0 erwartet, nicht „viele“."),
        (["runs", "letzter"], "Bei LAUF wird eine ganze Zahl ab 0 erwartet, nicht „letzter“."),
        (["runs", "9" * 5000], "Bei LAUF wird eine ganze Zahl ab 0 erwartet"),
        (["runs", "show", "letzter"], "Bei LAUF wird eine ganze Zahl ab 0 erwartet, nicht „letzter“."),
        (["notify", "test"], "Es fehlt ID. Nächster Schritt: „lueckenlos notify test --help“."),
        (["db", "prune", "--older-than", "-3"], "eine ganze Zahl ab 0 erwartet, nicht „-3“."),
        (["runs", "77"], "Einen Lauf 77 gibt es nicht; der neueste ist 1"),
        (["gaps", "--lang", "fr"], "Eine Sprache „fr“ gibt es nicht. Möglich sind: de, en."),
        (["gaps", "--area", "Herne"], "„Herne“ gehört nicht zur Region."),
        (["gaps", "--area", "Botrop"], "Ähnlich heißen: Bottrop."),
        (["gaps", "--area", "Recklinghausen"], "Kreis Recklinghausen (kreis, 055620000000)"),
        (["gaps", "--level", "stadt"], "Eine Ebene „stadt“ gibt es nicht."),
        (["gaps", "--theme", "Zauberei"], "Ein Thema „Zauberei“ gibt es nicht"),
        (["gaps", "--status", "online"], "Ein Status „online“ ist hier nicht möglich."),
        (["cells", "--service", "Zauberei"], "Eine Leistung „Zauberei“ gibt es nicht."),
        (["explain", "Bottrop", "förder"], "passt auf"),
        (["sync", "--region", "gibt-es-nicht.toml"], "gibt-es-nicht.toml: Diese Datei gibt es nicht."),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_wrong_use_ends_in_one_line_and_code_2(
    cli: Cli, region: str, arguments: list[str], said: str
) -> None:
    answer = cli(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert len(answer.err.splitlines()) == 1


def test_errors_are_told_in_english(cli: Cli, region: str) -> None:
    assert cli("gaps", "--lang", "en", "--area", "Herne").err.startswith("Error: “Herne” is not part")


def test_the_options_of_the_program_may_stand_anywhere(cli: Cli, region: str) -> None:
    elsewhere = "sqlite:////nowhere/at/all.sqlite"
    for arguments in (
        ["--db", elsewhere, "gaps"],
        ["gaps", "--db", elsewhere],
        ["gaps", f"--db={elsewhere}", "--verbose"],
    ):
        answer = cli(*arguments)
        assert (answer.code, elsewhere in answer.err) == (6, True)


def test_behind_two_dashes_everything_is_an_argument(cli: Cli, region: str) -> None:
    assert "Zu viel angegeben: --lang fr" in cli("gaps", "--", "--lang", "fr").err


def test_an_option_without_its_value_at_the_end_is_refused(cli: Cli) -> None:
    assert cli("gaps", "--db").code == 2


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("quatsch", "ist keine Adresse einer Datenbank"),
        ("mysql://x/y", "ist keine Adresse einer Datenbank"),
        ("postgresql://nobody:geheim@127.0.0.1:1/x", "ist nicht erreichbar"),
    ],
)
def test_a_database_that_cannot_be_used_is_code_6_and_shows_no_password(
    cli: Cli, url: str, said: str
) -> None:
    answer = cli("--db", url, "gaps")
    assert (answer.code, said in answer.err) == (6, True)
    assert "geheim" not in answer.err


def test_a_database_that_is_not_there_is_not_made_by_a_question(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "tippfehler.sqlite"
    answer = cli("--db", f"sqlite:///{path}", "gaps")
    assert (answer.code, f"lueckenlos --db sqlite:///{path} db init" in answer.err) == (6, True)
    assert not path.exists()


def test_an_empty_database_is_told_apart(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "leer.sqlite"
    path.touch()
    answer = cli("--db", f"sqlite:///{path}", "gaps")
    assert (answer.code, "ist leer" in answer.err) == (6, True)


def test_a_file_that_is_no_database_is_named(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "brief.txt"
    path.write_text("Sehr geehrte Damen und Herren" * 100, encoding="utf-8")
    answer = cli("--db", f"sqlite:///{path}", "gaps")
    assert (answer.code, "beschädigt oder keine Datenbank" in answer.err) == (6, True)


def test_every_error_of_a_region_file_has_its_own_line(cli: Cli, database: str, files: Path) -> None:
    text = files.read_text(encoding="utf-8")
    text = text.replace('"055120000000",', '"05512000000X",').replace("trust = 70", "trust = 700\nqqq = 1")
    files.write_text(text, encoding="utf-8")
    answer = cli("sync", "--region", files)
    assert (answer.code, answer.out) == (2, "")
    lines = answer.err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"{files}:") for line in lines)
    assert ": trust: Der Wert darf höchstens 100 sein." in "\n".join(lines)
    assert ": qqq: Diese Einstellung gibt es hier nicht." in "\n".join(lines)


def test_areas_that_do_not_exist_are_named_with_their_line(cli: Cli, database: str, files: Path) -> None:
    files.write_text(files.read_text(encoding="utf-8").replace("Gladbeck", "Gladbach"), encoding="utf-8")
    answer = cli("sync", "--region", files)
    assert answer.code == 2
    assert f"{files}:6: areas: Ein Gebiet „Gladbach“ der Ebene gemeinde gibt es nicht" in answer.err


def test_a_source_that_the_region_file_lacks_is_refused(cli: Cli, database: str, files: Path) -> None:
    for option in ("--source", "--accept"):
        answer = cli("sync", "--region", files, option, "portall")
        assert (answer.code, "keine Quelle „portall“" in answer.err) == (2, True)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (LockHeld("rathaus", 4711, "2026-11-20T02:30:00+00:00"), 75, "Prozess 4711 auf rathaus"),
        (LockHeld("?", 0, "?"), 75, "ein anderer Lauf"),
        (LockLost(), 75, "Ein anderer Prozess hat die Sperre übernommen"),
        (StoreError("database_locked", database="x"), 6, "von einem anderen Programm beschrieben"),
        (NotFound("region_empty"), 2, "noch keine Region"),
        (UnknownSource("x", []), 2, "Bekannt sind: –."),
        (RetryLater("worker_died"), 2, "aus Mangel an Speicher"),
        (KeyFormatError("ozg_id_format", "1"), 2, "„1“"),
        (UsageProblem("extra", given="x", command="y"), 2, "Zu viel angegeben"),
        (KeyboardInterrupt(), 130, "Abgebrochen"),
        (OSError(28, os.strerror(28), "/platte/voll"), 1, "/platte/voll: kein Platz mehr"),
        (OSError("ohne alles"), 1, "–: OSError"),
        (ZeroDivisionError(), 70, "--verbose"),
    ],
)
def test_every_error_has_a_code_and_a_line(error: BaseException, code: int, said: str) -> None:
    failure = failure_of(error, GERMAN)
    assert failure.code == code
    assert said in failure.lines[0]
    assert failure_of(error, ENGLISH).lines != failure.lines


def test_a_value_that_typer_refuses_is_told_with_its_option() -> None:
    class Parameter:
        param_type_name = "option"
        opts = ("--out",)

    error = typer.BadParameter("no path", param=Parameter())  # type: ignore[arg-type]
    assert failure_of(error, GERMAN).lines == ("Fehler: Der Wert für --out ist nicht möglich (no path).",)


def test_a_database_that_stays_busy_says_who_has_it(
    cli: Cli, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leika_type.csv"
    path.write_text("type,meaning,regulation,execution,municipal\n99,Probe,,,\n", encoding="utf-8")
    monkeypatch.setattr(catalogue.store, "BUSY_TIMEOUT_SECONDS", 0.1)
    store, at = open_store(database), "2026-11-20T02:30:00+00:00"
    with store.write() as connection:
        enter(connection, Holder("sync", "rathaus", 4711, at, at, token="another"))
    note = ["--origin", "Kreis", "--licence", "dl-de/by-2-0", "--as-of", "2099-10-01"]
    with store.write() as connection:
        connection.execute(text("DELETE FROM issue WHERE id < 0"))
        answer = cli("reference", "import", path, "--table", "leika_type", *note)
    store.close()

    assert answer.code == 6
    assert "von einem anderen Programm beschrieben" in answer.err
    assert "Gerade hat sie Prozess 4711 auf rathaus (seit 20.11.2026" in answer.err


def test_the_start_of_the_other_sync_is_in_local_time() -> None:
    said = failure_of(LockHeld("h", 1, "2026-11-20T02:30:00+00:00"), GERMAN).lines[0]
    assert "20.11.2026" in said


def test_errors_of_an_import_come_line_by_line() -> None:
    errors = [
        LineError(3, "import_missing_column", {"column": "ars"}),
        LineError(9, "import_csv", {"why": "x"}),
    ]
    failure = failure_of(ImportRejected("import_rejected", errors, table="area", count=2), GERMAN)
    assert failure.code == 2
    assert len(failure.lines) == 3
    assert failure.lines[1] == "Zeile 3: Die Spalte „ars“ fehlt."


def test_an_error_for_a_whole_region_file_has_no_line() -> None:
    error = RegionFileError(Path("x.toml"), [RegionError(0, "", "region_absent", {})])
    assert failure_of(error, GERMAN).lines[0].startswith("x.toml: Diese Datei gibt es nicht.")


def test_a_defect_is_told_in_one_line_and_in_full_with_verbose(
    cli: Cli, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("cli.gaps.gaps", broken)
    answer = cli("gaps")
    assert (answer.code, len(answer.err.splitlines())) == (70, 1)
    assert "ZeroDivisionError" in answer.err
    told = cli("gaps", "--verbose")
    assert (told.code, "Traceback" in told.err) == (70, True)


def test_ctrl_c_is_code_130(cli: Cli, region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.gaps.gaps", interrupted)
    answer = cli("gaps")
    assert (answer.code, answer.out) == (130, "")
    assert answer.err == "Abgebrochen. Was vollständig übernommen war, bleibt.\n"


def test_an_outdated_database_names_the_command(cli: Cli, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'alt.sqlite'}")
    store.upgrade()
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'aus der Zukunft'")
    store.close()
    answer = cli("--db", f"sqlite:///{tmp_path / 'alt.sqlite'}", "gaps")
    assert (answer.code, "neueren Version" in answer.err) == (6, True)
