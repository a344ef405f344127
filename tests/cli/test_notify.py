from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from catalogue.store import open_store
from cli.session import Session
from sync.notify import send_notices
from sync.notify.lastnight import last_night
from sync.notify.webhook import signature_of
from sync.region import read_region
from tests.cli.conftest import Cli
from tests.sample_region import night, sync_region
from tests.sync.notify.mailserver import MailServer, settings_for
from tests.sync.notify.nights import toml

DOCUMENT = Path("docs/benachrichtigung.md").read_text(encoding="utf-8")


@pytest.fixture
def told(database: str, files: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the region file of the sample region after a night, which is now, and a recipient."""
    monkeypatch.setattr(Session, "now", lambda _: night(1))
    table = settings_for(2525, levels=("error", "change", "digest"))
    files.write_text(f"{files.read_text(encoding='utf-8')}\n[[notify]]\n{toml(table)}", encoding="utf-8")
    store = open_store(database)
    sync_region(store, files)
    store.close()
    return files


def listen(path: Path, port: int) -> None:
    """Let the recipient's mail server be at another port."""
    path.write_text(
        path.read_text(encoding="utf-8").replace("port = 2525", f"port = {port}"), encoding="utf-8"
    )


def test_a_preview_shows_what_would_be_sent_and_sends_nothing(told: Path, cli: Cli) -> None:
    answer = cli("notify", "preview", "--region", told, "--format", "json")
    assert (answer.code, answer.err) == (0, "")
    levels = [row["level"] for row in answer.json["rows"]]
    assert "digest" in levels
    digest = answer.json["rows"][levels.index("digest")]
    assert digest["recipient"] == "leitung"
    assert "Wochenübersicht" in digest["title"]
    assert "Stand" in digest["text"]
    assert digest["workbook"] == answer.json["meta"]["region"]
    assert cli("notify", "list", "--format", "json").json["rows"] == []


def test_a_preview_for_people_shows_the_whole_text(told: Path, cli: Cli) -> None:
    answer = cli("notify", "preview", "leitung", "--region", told)
    assert answer.code == 0
    assert "An: leitung (Übersicht)" in answer.out
    assert "Anhang: Arbeitsmappe" in answer.out


def test_what_was_told_is_in_the_preview_only_if_asked_for(told: Path, cli: Cli, database: str) -> None:
    with MailServer() as server:
        listen(told, server.port)
        _tell(told, database)
    assert len(server.taken) == 1
    assert cli("notify", "preview", "--region", told, "--format", "json").json["rows"] == []
    assert "nichts zu melden" in cli("notify", "preview", "--region", told).out
    again = cli("notify", "preview", "--region", told, "--all", "--format", "json").json["rows"]
    assert [row["level"] for row in again] == ["digest"]


def test_the_list_shows_what_was_sent_and_why_something_waits(told: Path, cli: Cli, database: str) -> None:
    with MailServer(answer="451 later") as server:
        listen(told, server.port)
        _tell(told, database)
    (row,) = cli("notify", "list", "--format", "json").json["rows"]
    assert (row["state"], row["tries"], row["code"]) == ("waiting", 1, "notify_refused")
    assert row["params"]["status"] == "451"
    shown = cli("notify", "list").out
    assert "wartet" in shown
    assert "(Antwort 451)" in shown


def test_what_waits_is_in_the_preview_once_with_the_reason(told: Path, cli: Cli, database: str) -> None:
    with MailServer(answer="451 later") as server:
        listen(told, server.port)
        _tell(told, database)
    answer = cli("notify", "preview", "--region", told, "--format", "json")
    (row,) = answer.json["rows"]
    assert (row["level"], row["waiting"], row["tries"]) == ("digest", True, 1)
    assert row["code"] == "notify_refused"
    shown = cli("notify", "preview", "--region", told).out
    assert "Wartet schon (1 Versuch);" in shown
    assert "(Antwort 451)" in shown
    assert "Wochenübersicht" in shown


def test_a_workbook_that_is_too_large_is_not_shown_as_attached(told: Path, cli: Cli) -> None:
    told.write_text(told.read_text(encoding="utf-8") + "workbook_limit = 1000\n", encoding="utf-8")
    answer = cli("notify", "preview", "--region", told, "--all")
    assert "Anhang:" not in answer.out
    assert "zu groß für einen Anhang" in answer.out


def _tell(path: Path, database: str) -> None:
    store = open_store(database)
    with store.read() as connection:
        found = last_night(connection)
    assert found is not None
    send_notices(store, read_region(path), found, night(1))
    store.close()


def test_the_last_night_is_told_from_the_database(told: Path, database: str) -> None:
    store = open_store(database)
    with store.read() as connection:
        found = last_night(connection)
    store.close()
    assert found is not None
    assert found.sync is not None
    assert [one.state for one in found.sync.sources] == ["ok", "ok"]
    assert found.state == "ok"


def test_an_empty_list_says_so(database: str, cli: Cli) -> None:
    answer = cli("notify", "list")
    assert (answer.code, answer.out.strip()) == (0, "Noch wurde keine Benachrichtigung geschrieben.")


def test_a_region_without_recipients_is_told_how_to_have_some(database: str, files: Path, cli: Cli) -> None:
    answer = cli("notify", "preview", "--region", files)
    assert answer.code == 0
    assert "docs/benachrichtigung.md" in answer.out


def test_a_test_arrives(told: Path, cli: Cli) -> None:
    with MailServer() as server:
        listen(told, server.port)
        answer = cli("notify", "test", "leitung", "--region", told)
    assert (answer.code, answer.out.strip()) == (0, "Die Probe an „leitung“ wurde angenommen.")
    assert "Das ist eine Probe" in server.taken[0].text
    assert cli("notify", "list", "--format", "json").json["rows"] == []


def test_a_test_that_fails_says_why(told: Path, cli: Cli) -> None:
    with MailServer("none") as server:
        listen(told, server.port)
        answer = cli("notify", "test", "leitung", "--region", told, "--format", "json")
    assert answer.code == 1
    (row,) = answer.json["rows"]
    assert (row["state"], row["code"]) == ("failed", "notify_no_starttls")
    assert "STARTTLS" in row["message"]


def test_a_test_that_some_do_not_get_has_failed(told: Path, cli: Cli) -> None:
    text = told.read_text(encoding="utf-8")
    told.write_text(text.replace('"anna@stadt.example"', '"anna@stadt.example", "weg@x.example"'), "utf-8")
    with MailServer(refused={"weg@x.example"}) as server:
        listen(told, server.port)
        answer = cli("notify", "test", "leitung", "--region", told)
    assert (answer.code, len(server.taken)) == (1, 1)
    assert "Stelle 2 in to" in answer.out


@pytest.mark.parametrize("command", [("test", "weg"), ("preview", "weg")])
def test_a_recipient_that_is_not_there_is_said_with_those_that_are(
    command: tuple[str, str], told: Path, cli: Cli
) -> None:
    answer = cli("notify", *command, "--region", told)
    assert answer.code == 2
    assert "leitung" in answer.err
    assert "Traceback" not in answer.err


def test_the_check_of_the_signature_in_the_docs_works() -> None:
    code = re.search(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    assert code is not None
    room: dict[str, Any] = {}
    exec(code[1], room)
    stamp, body = str(int(time.time())), b'{"a": "\xc3\xbc"}'
    signature = signature_of("geheim", stamp, body)
    assert room["is_genuine"]("geheim", stamp, signature, body)
    assert not room["is_genuine"]("geheim", stamp, signature, body + b" ")
    assert not room["is_genuine"]("anderes", stamp, signature, body)
    old = str(int(time.time()) - 1_000)
    assert not room["is_genuine"]("geheim", old, signature_of("geheim", old, body), body)


def test_the_example_in_the_docs_is_valid(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    assert example is not None
    path = tmp_path / "region.toml"
    path.write_text(f'[region]\nname = "x"\nareas = ["055120000000"]\n\n{example[1]}', encoding="utf-8")
    assert [one.role for one in read_region(path).notify] == [
        "operator",
        "coordinator",
        "officer",
        "coordinator",
    ]
