from __future__ import annotations

import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from catalogue.reports.opendata.metadata import Ckan
from cli import exits
from cli.problems import UsageProblem
from cli.publish_ckan import FILE_MARK
from cli.publish_ckan_api import open_api
from tests.cli.ckan_server import EDITOR, ORGANISATION, READER, CkanServer
from tests.cli.conftest import Answer, Cli
from tests.faultserver import FaultServer

#: A real portal to run the first test against as well: address, token of an editor, organisation.
REAL = "LUECKENLOS_TEST_CKAN"
FILE = """
[publication]
base_url = "https://daten.example.org/ozg/"
tables = ["services", "coverage"]

[publisher]
name = "Kreis Muster"

[terms]
licence = "dl-de/by-2-0"
attribution = "Kreis Muster"

[ckan]
organisation = "{organisation}"
name = "{name}"
"""
FILES_OF_A_TABLE = 4
Publish = Callable[..., Answer]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as opened:
        yield opened


@pytest.fixture
def ckan() -> CkanServer:
    return CkanServer()


@pytest.fixture
def place(server: FaultServer, ckan: CkanServer) -> str:
    return ckan.serve(server)


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "open-data.toml"
    path.write_text(FILE.format(organisation=ORGANISATION, name="muster"), encoding="utf-8")
    return path


@pytest.fixture
def publish(
    cli: Cli, region: str, tmp_path: Path, settings: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> Publish:
    """Publishes to the portal; more options may be given."""
    monkeypatch.setenv("CKAN_TOKEN", EDITOR)

    def call(*more: str, to: str = place) -> Answer:
        token = () if any("token" in one for one in more) else ("--ckan-token-env", "CKAN_TOKEN")
        base = ("publish", "--out", tmp_path / "out", "--metadata", settings, "--format", "json")
        return cli(*base, "--ckan", to, *token, *more)

    return call


def actions(answer: Answer) -> Counter[str]:
    return Counter(row["action"] for row in answer.json["meta"]["ckan"])


def test_each_table_becomes_a_data_set_and_each_file_a_resource(
    publish: Publish, ckan: CkanServer, tmp_path: Path
) -> None:
    answer = publish()
    assert answer.code == 0, answer.err
    assert actions(answer) == {"created": 2 + 2 * FILES_OF_A_TABLE}
    assert {one["name"] for one in ckan.packages.values()} == {"muster-services", "muster-coverage"}
    services = ckan.package("muster-services")
    assert services["license_id"] == "http://dcat-ap.de/def/licenses/dl-by-de/2.0"
    assert services["title"] == "OZG-Leistungen – Probenregion"
    for resource in services["resources"]:
        content = (tmp_path / "out" / resource["name"]).read_bytes()
        assert (ckan.files[resource["name"]], resource["size"]) == (content, len(content))


def test_a_second_time_nothing_is_written(publish: Publish, ckan: CkanServer) -> None:
    publish()
    ckan.writes.clear()
    answer = publish()
    assert ckan.writes == []
    assert actions(answer) == {"unchanged": 2 + 2 * FILES_OF_A_TABLE}


@pytest.mark.skipif(REAL not in os.environ, reason=f"no real CKAN is named in {REAL}")
def test_a_real_portal_behaves_like_the_one_of_the_tests(
    publish: Publish, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, token, organisation = os.environ[REAL].split()
    monkeypatch.setenv("CKAN_TOKEN", token)
    name = f"test-{uuid.uuid4().hex[:12]}"
    settings.write_text(FILE.format(organisation=organisation, name=name), encoding="utf-8")
    every = 2 + 2 * FILES_OF_A_TABLE
    assert actions(publish(to=where)) == {"created": every}
    assert actions(publish(to=where)) == {"unchanged": every}
    assert actions(publish("--publisher", "Stadt", to=where)) == {"updated": 2, "unchanged": every - 2}
    settings.write_text(settings.read_text(encoding="utf-8") + "upload = false\n", encoding="utf-8")
    assert actions(publish("--publisher", "Stadt", to=where)) == {"updated": every - 2, "unchanged": 2}
    assert actions(publish("--publisher", "Stadt", to=where)) == {"unchanged": every}
    refused = publish("--ckan-token-file", str(settings), to=where)
    assert (refused.code, EDITOR in refused.err + refused.out) == (exits.USAGE, False)


def test_only_what_changed_is_written(publish: Publish, ckan: CkanServer) -> None:
    publish()
    resource = ckan.package("muster-services")["resources"][0]
    resource["lueckenlos_sha256"] = "0" * 64
    ckan.package("muster-coverage")["notes"] = "alt"
    ckan.writes.clear()
    assert actions(publish()) == {"updated": 2, "unchanged": 2 * FILES_OF_A_TABLE}
    assert ckan.writes == ["resource_patch", "package_patch"]
    assert resource["lueckenlos_sha256"] != "0" * 64


def test_a_file_that_somebody_replaced_is_sent_again(publish: Publish, ckan: CkanServer) -> None:
    publish()
    ckan.package("muster-services")["resources"][0]["size"] = 17
    assert actions(publish())["updated"] == 1


def test_what_others_added_stays(publish: Publish, ckan: CkanServer) -> None:
    publish()
    package = ckan.package("muster-services")
    package["extras"].append({"key": "fremd", "value": "1"})
    package["tags"] = [{"name": "Fremdes"}]
    package["resources"].append({"id": "fremd", "name": "Handbuch", "url": "https://x.example"})
    package["title"] = "alt"
    answer = publish("--ckan-remove")
    assert actions(answer)["removed"] == 0
    assert {"key": "fremd", "value": "1"} in package["extras"]
    assert {"name": "Fremdes"} in package["tags"]
    assert {"name": "OZG"} in package["tags"]
    assert [one["name"] for one in package["resources"]][-1] == "Handbuch"


def test_what_is_not_said_any_more_leaves_the_extras(
    publish: Publish, ckan: CkanServer, settings: Path
) -> None:
    written = settings.read_text(encoding="utf-8")
    settings.write_text(written + '\n[dcat]\nfrequency = "DAILY"\n', encoding="utf-8")
    publish()
    assert "frequency" in {one["key"] for one in ckan.package("muster-services")["extras"]}
    settings.write_text(written, encoding="utf-8")
    publish()
    assert "frequency" not in {one["key"] for one in ckan.package("muster-services")["extras"]}


def test_own_resources_that_are_gone_are_kept_unless_somebody_asks(
    publish: Publish, ckan: CkanServer
) -> None:
    publish()
    package = ckan.package("muster-services")
    package["resources"].append({"id": "old", "name": "services.xml", FILE_MARK: "services.xml"})
    assert actions(publish())["kept"] == 1
    assert "services.xml" in {one["name"] for one in package["resources"]}
    assert actions(publish("--ckan-remove"))["removed"] == 1
    assert "services.xml" not in {one["name"] for one in package["resources"]}


def test_somebody_elses_data_set_is_not_touched(publish: Publish, ckan: CkanServer) -> None:
    ckan.put("muster-services", title="Fremd")
    answer = publish()
    assert (answer.code, ckan.writes) == (exits.USAGE, [])
    assert "stammt nicht von hier" in answer.err


def test_a_deleted_data_set_is_not_brought_back(publish: Publish, ckan: CkanServer) -> None:
    publish()
    ckan.package("muster-services")["state"] = "deleted"
    ckan.writes.clear()
    answer = publish()
    assert (answer.code, ckan.writes) == (exits.USAGE, [])
    assert "gelöscht" in answer.err


def test_a_name_that_is_taken_but_not_seen_is_told(
    publish: Publish, ckan: CkanServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ckan.frees_names = False
    ckan.put("muster-services", state="deleted")
    monkeypatch.setattr(ckan, "_find", _missing)
    answer = publish()
    assert answer.code == exits.USAGE
    assert "belegt, aber nicht zu sehen" in answer.err


def _missing(_name: str) -> None:
    from tests.cli.ckan_server import missing

    raise missing()


@pytest.mark.parametrize("token", [READER, "nobody's"])
def test_without_the_right_to_it_nothing_is_created(
    publish: Publish, ckan: CkanServer, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("CKAN_TOKEN", token)
    answer = publish()
    assert (answer.code, ckan.packages) == (exits.USAGE, {})
    assert f"Rechte in der Organisation {ORGANISATION}" in answer.err


def test_the_token_may_stand_in_a_file_and_is_never_shown(
    publish: Publish, ckan: CkanServer, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(f"{EDITOR}\n", encoding="utf-8")
    answer = publish("--ckan-token-file", str(file), "--verbose")
    assert answer.code == 0, answer.err
    shown = (
        answer.out + answer.err + "".join(path.read_text("latin-1") for path in (tmp_path / "out").iterdir())
    )
    assert EDITOR not in shown


def test_a_portal_that_repeats_the_token_does_not_get_it_shown(publish: Publish, server: FaultServer) -> None:
    body = f'{{"success": false, "error": {{"message": "bad token {EDITOR}"}}}}'.encode()
    server.add("/api/3/action/package_show", lambda call: call.answer(body, "403 FORBIDDEN"))
    answer = publish()
    assert "bad token …" in answer.err
    assert EDITOR not in answer.err


def test_a_file_that_is_too_large_for_the_portal_is_named(publish: Publish, ckan: CkanServer) -> None:
    ckan.most_bytes = 1_000
    answer = publish()
    assert answer.code == exits.FAILED
    assert "services.csv nicht an, sie ist zu groß" in answer.err
    assert "der Ordner ist vollständig" in answer.err


def test_a_portal_that_forgets_our_marks_is_told_so(publish: Publish, ckan: CkanServer) -> None:
    ckan.keeps_unknown_fields = False
    answer = publish()
    assert answer.code == exits.FAILED
    assert "behält die Felder lueckenlos_file" in answer.err


def test_without_uploading_the_portal_refers_to_the_published_folder(
    publish: Publish, ckan: CkanServer, settings: Path
) -> None:
    with settings.open("a", encoding="utf-8") as stream:
        stream.write("upload = false\n")
    assert publish().code == 0
    assert ckan.files == {}
    urls = {one["url"] for one in ckan.package("muster-services")["resources"]}
    assert "https://daten.example.org/ozg/services.csv" in urls
    ckan.writes.clear()
    publish()
    assert ckan.writes == []


def test_a_failure_that_passes_is_overcome(
    publish: Publish, ckan: CkanServer, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("cli.publish_ckan_api.time.sleep", waits.append)
    server.misbehave("/api/3/action/package_show", "status=503", times=2)
    answer = publish()
    assert answer.code == 0, answer.err
    assert len(waits) == 2


@pytest.mark.parametrize("fault", ["status=500", "reset=50", "html", "not-http"])
@pytest.mark.parametrize("action", ["package_create", "resource_create"])
def test_what_is_created_is_created_once_whatever_happens(
    publish: Publish, ckan: CkanServer, server: FaultServer, action: str, fault: str
) -> None:
    path = f"/api/3/action/{action}"
    server.misbehave(path, fault, times=1)
    stopped = publish()
    assert stopped.code == exits.FAILED
    assert server.hits[path] == 1
    assert publish().code == 0
    names = Counter(one["name"] for one in ckan.packages.values())
    assert set(names.values()) == {1}
    for package in ckan.packages.values():
        files = Counter(one[FILE_MARK] for one in package["resources"])
        assert set(files.values()) == {1}
        assert len(files) == FILES_OF_A_TABLE


def test_a_redirect_does_not_get_the_token(publish: Publish, server: FaultServer) -> None:
    server.add(
        "/api/3/action/package_show",
        lambda call: call.answer(b"", "302 Found", Location="http://127.0.0.1:9/other"),
    )
    answer = publish()
    assert answer.code == exits.USAGE
    assert "leitet" in answer.err
    assert "http://127.0.0.1:9/other" in answer.err


def test_what_is_no_portal_is_told_so(publish: Publish, server: FaultServer) -> None:
    answer = publish(to=server.url("/nowhere").rstrip("/"))
    assert answer.code == exits.FAILED
    assert "antwortet kein CKAN" in answer.err


def test_an_answer_without_end_is_cut_off(
    publish: Publish, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.publish_ckan_api.MOST_ANSWER_BYTES", 100_000)
    server.misbehave("/api/3/action/package_show", "endless")
    assert publish().code == exits.FAILED


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--as-of", "2026-11-02"), "gehen nicht zusammen"),
        (("--ckan-token-env", "NO_SUCH_TOKEN"), "NO_SUCH_TOKEN"),
        (("--ckan-token-file", "/nowhere/token"), "/nowhere/token"),
    ],
)
def test_what_cannot_work_is_told_before_anything_is_written(
    publish: Publish, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    answer = publish(*options)
    assert (answer.code, (tmp_path / "out").exists()) == (exits.USAGE, False)
    assert said in answer.err


def test_a_portal_needs_a_token_and_a_section(cli: Cli, region: str, tmp_path: Path, settings: Path) -> None:
    base = ("publish", "--out", tmp_path / "out", "--ckan", "https://ckan.example.org")
    assert "fehlt das Token" in cli(*base, "--metadata", settings).err
    written = settings.read_text(encoding="utf-8").partition("[ckan]")[0]
    settings.write_text(written, encoding="utf-8")
    assert "fehlt der Abschnitt [ckan]" in cli(*base, "--metadata", settings).err


SETTINGS = Ckan(organisation="kreis", name="kreis")


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("http://ckan.example.org", "publish_ckan_http"),
        ("ftp://ckan.example.org", "publish_ckan_url"),
        ("https://user:secret@ckan.example.org", "publish_ckan_url"),
        ("https://ckan.example.org/api/3", "publish_ckan_url"),
        ("https://ckan.example.org/?a", "publish_ckan_url"),
        ("ckan.example.org", "publish_ckan_url"),
    ],
)
def test_addresses_that_must_not_get_a_token_are_refused(place: str, code: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        open_api(place, "token", SETTINGS)
    assert refused.value.code == code
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("place", "settings"),
    [
        ("https://ckan.example.org/portal", SETTINGS),
        ("http://localhost:5000", SETTINGS),
        ("http://10.1.2.3", SETTINGS),
        ("http://[::1]:5000", SETTINGS),
        ("http://ckan.example.org", SETTINGS.model_copy(update={"plain_http": True})),
    ],
)
def test_other_addresses_may(place: str, settings: Ckan) -> None:
    with open_api(place, "a-token", settings) as api:
        assert "a-token" not in repr(api)
