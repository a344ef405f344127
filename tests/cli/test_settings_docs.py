from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from cli.starting import LIST_FILE, REGION_FILE, TEMPLATES
from connectors.contract import SourceSettings, kinds
from sync.notifysettings import NotifySettings
from sync.payloadsettings import PayloadSettings
from sync.region import AreaEntry, RegionSettings, read_region
from sync.schedulesettings import JobSettings, ScheduleSettings
from tests.cli.conftest import Cli

DOCUMENT = Path("docs/regionsdatei.md").read_text(encoding="utf-8")
TEMPLATE = (TEMPLATES / REGION_FILE).read_text(encoding="utf-8")
OWN = {
    kind: [name for name in connector.settings_model.model_fields if name not in SourceSettings.model_fields]
    for kind, connector in kinds().items()
}


def rows(heading: str) -> dict[str, list[str]]:
    """Return the tables of a section: the first cell of each row (without marks), and the others."""
    section = DOCUMENT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and cells[0].startswith("`"):
            found[cells[0].strip("`")] = cells[1:]
    return found


@pytest.mark.parametrize(
    ("heading", "names"),
    [
        ("Der Abschnitt `[region]`", [*RegionSettings.model_fields, *AreaEntry.model_fields]),
        ("Der Abschnitt `[payloads]`", list(PayloadSettings.model_fields)),
        ("Die Abschnitte `[[source]]`", list(SourceSettings.model_fields)),
        ("Der Abschnitt `[schedule]`", list(ScheduleSettings.model_fields)),
        ("Die Abschnitte `[[schedule.job]]`", list(JobSettings.model_fields)),
        ("Die Abschnitte `[[notify]]`", list(NotifySettings.model_fields)),
        *((f"Quellen der Art `{kind}`", names) for kind, names in OWN.items()),
    ],
)
def test_every_setting_is_documented_with_meaning_default_and_example(heading: str, names: list[str]) -> None:
    documented = rows(heading)
    assert set(documented) == set(names)
    for name, cells in documented.items():
        assert len(cells) == 3, name
        assert all(cells), name


@pytest.mark.parametrize(
    "model",
    [
        RegionSettings,
        AreaEntry,
        PayloadSettings,
        ScheduleSettings,
        JobSettings,
        NotifySettings,
        *(connector.settings_model for connector in kinds().values()),
    ],
)
def test_every_setting_has_a_description_in_the_source(model: type[BaseModel]) -> None:
    assert all(field.description for field in model.model_fields.values())


@pytest.mark.parametrize(
    "name",
    sorted(
        {
            *SourceSettings.model_fields,
            *ScheduleSettings.model_fields,
            *NotifySettings.model_fields,
            *(n for own in OWN.values() for n in own),
        }
        - {"job"}  # tables of their own
    ),
)
def test_every_setting_occurs_in_the_file_that_init_writes(name: str) -> None:
    assert re.search(rf"^(# ?)?{name} = ", TEMPLATE, re.MULTILINE), name


def test_the_defaults_in_the_file_are_those_of_the_program() -> None:
    shared = TEMPLATE.partition("Einstellungen, die jede Quelle haben kann")[2].partition("# -----")[0]
    for name, written in re.findall(r"^# (\w+) = (\S+)", shared, re.MULTILINE):
        default = SourceSettings.model_fields[name].default
        if default is not None:  # else it depends on the kind of source
            empty = {"": '""', (): "[]"}.get(default, "-")
            assert written in {str(default), str(default).lower(), empty}, name


def test_init_writes_a_valid_region_file_with_all_bodies(cli: Cli, tmp_path: Path, database: str) -> None:
    path = tmp_path / REGION_FILE
    answer = cli("init", "--region", path)
    assert (answer.code, answer.out) == (0, "")
    region = read_region(path)
    assert region.name == "Emscher-Lippe"
    assert [source.id for source in region.sources] == ["eigene-liste"]
    done = cli("sync", "--region", path, "--format", "json")
    assert (done.code, done.json["meta"]["state"]) == (4, "empty")
    areas = cli("coverage", "--format", "json").json["rows"]
    assert len(areas) == 14 + 1


def test_the_commented_sources_of_the_file_are_valid_as_well(tmp_path: Path) -> None:
    """Taking away the # has to work, as the file says."""
    lines = TEMPLATE.splitlines()
    active = [
        re.sub(r"^# ?", "", line) if re.match(r"^# (\[\[source\]\]|[a-z_]+ = )", line) else line
        for line in lines
    ]
    path = tmp_path / REGION_FILE
    begin = next(number for number, line in enumerate(lines) if "Eine XZuFi-Lieferung" in line)
    path.write_text("\n".join(lines[:begin] + active[begin:]), encoding="utf-8")
    assert {source.type for source in read_region(path).sources} == set(kinds())


def test_the_commented_recipients_of_the_file_are_valid_as_well(tmp_path: Path) -> None:
    """All that is set to nothing is left out: of some settings only one can be given."""
    part = TEMPLATE.partition("# [[notify]]")[2].partition("\n# ---")[0]
    lines = [
        line.removeprefix("# ").partition("  #")[0].strip() for line in f"# [[notify]]{part}".splitlines()
    ]
    kept = [line for line in lines if not line.startswith("#") and not line.endswith(('= ""', "= []"))]
    path = tmp_path / REGION_FILE
    path.write_text(TEMPLATE + "\n" + "\n".join(kept) + "\n", encoding="utf-8")
    assert [one.kind for one in read_region(path).notify] == ["email", "webhook"]


def test_init_leaves_existing_files_alone(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "meine.toml"
    path.write_text("mein", encoding="utf-8")
    answer = cli("init", "--region", path)
    assert answer.code == 2
    assert str(path) in answer.err
    assert path.read_text(encoding="utf-8") == "mein"
    assert not (tmp_path / LIST_FILE).exists()


def test_init_keeps_a_list_that_was_begun(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / LIST_FILE).write_text("mein", encoding="utf-8")
    assert cli("init", "--region", tmp_path / "neu.toml").code == 0
    assert (tmp_path / LIST_FILE).read_text(encoding="utf-8") == "mein"


def test_init_says_where_it_cannot_write(cli: Cli, tmp_path: Path) -> None:
    answer = cli("init", "--region", tmp_path / "fehlt" / "x.toml")
    assert answer.code == 1
    assert "Datei oder Ordner nicht gefunden" in answer.err
