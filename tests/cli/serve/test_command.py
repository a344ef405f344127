"""The command: how it is called wrongly, and a real server that is started, asked and ended."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from sqlalchemy import select

from catalogue.store import open_store
from catalogue.tables import offering, service_record, source, statement
from tests.cli.conftest import Cli
from tests.cli.test_process import PROGRAM, environment

BOTTROP = "055120000000"


@contextmanager
def serving(database: str, *options: str) -> Iterator[tuple[subprocess.Popen[str], int, list[str]]]:
    """Start a server; give its process, its port and what it said until it was ready."""
    command = [*PROGRAM, "serve", "--port", "0", *options]
    process = subprocess.Popen(
        command, env=environment(database), stderr=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stderr is not None
    assert process.stdout is not None
    said: list[str] = []
    try:
        for line in process.stderr:
            said.append(line.rstrip())
            ready = re.match(r"Bereit unter http://\S+:(\d+) ", line)
            if ready:
                yield process, int(ready[1]), said
                break
        else:
            pytest.fail("\n".join(said))
    finally:
        process.kill()
        process.wait(timeout=30)
        process.stderr.close()
        process.stdout.close()


def ask(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, bytes]:
    with closing(HTTPConnection(host, port, timeout=30)) as connection:
        connection.request("GET", path, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--port", "70000"], "kein Port"),
        (["--port", "viele"], "kein Port"),
        (["--port", "-1"], "kein Port"),
        (["--site", "gibt-es-nicht"], "report --out gibt-es-nicht"),
        (["--host", "nirgends.invalid", "--port", "0"], "nirgends.invalid"),
        (["--host", "192.0.2.1", "--port", "0"], "192.0.2.1"),
        (["--allow-origin", "portal.example"], "keine Herkunft"),
        (["--allow-origin", "https://portal.example/pfad"], "keine Herkunft"),
    ],
)
def test_a_wrong_call_is_refused_with_the_next_step(
    cli: Cli, region: str, options: list[str], part: str
) -> None:
    answer = cli("serve", *options)
    assert (answer.code, answer.out) == (2, "")
    assert part in answer.err


def test_a_port_that_is_taken_is_said(cli: Cli, region: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        answer = cli("serve", "--port", str(taken.getsockname()[1]))
    assert (answer.code, "belegt" in answer.err) == (2, True)


def test_a_database_that_is_not_there_is_said_with_the_next_step(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUECKENLOS_DB", f"sqlite:///{tmp_path / 'nichts.sqlite'}")
    answer = cli("serve")
    assert answer.code == 6
    assert "Nächster Schritt" in answer.err
    assert not (tmp_path / "nichts.sqlite").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_answers_until_it_is_asked_to_end(
    synced_database: str, tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "index.html").write_text("<h1>Seite</h1>", encoding="utf-8")
    with serving(synced_database, "--site", str(tmp_path)) as (process, port, said):
        assert not any("Achtung" in line for line in said)
        assert ask(port, "/") == (200, b"<h1>Seite</h1>")
        assert ask(port, "/api/v1/areas")[0] == 200
        assert ask(port, "/../../etc/passwd")[0] == 404
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out) == (0, "")
        assert err.splitlines() == ["Der Server ist beendet."]
        with pytest.raises(ConnectionRefusedError):
            ask(port, "/")


def test_a_server_that_others_can_reach_is_warned_of(synced_database: str) -> None:
    with serving(synced_database, "--host", "0.0.0.0", "--allow-origin", "*") as (_, port, said):
        assert [line.partition(":")[0] for line in said[:2]] == ["Achtung", "Achtung"]
        assert ask(port, "/api/v1/")[0] == 200


def test_a_database_without_a_region_is_warned_of(database: str) -> None:
    with serving(database) as (_, port, said):
        assert said[0].startswith("Achtung: Diese Datenbank kennt noch keine Region")
        assert ask(port, "/api/v1/areas")[0] == 404


def test_a_name_is_answered_that_was_given(synced_database: str) -> None:
    with (
        serving(synced_database, "--host-name", "katalog.example") as (_, port, _),
        closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection,
    ):
        for name, status in (("katalog.example", 200), ("evil.example", 421)):
            connection.request("GET", "/healthz", headers={"Host": name})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_a_server_can_be_reached_by_ipv6(synced_database: str) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with serving(synced_database, "--host", "::1") as (_, port, said):
        assert said[-1].startswith("Bereit unter http://[::1]:")
        assert ask(port, "/api/v1/", "::1")[0] == 200


def test_our_own_connector_for_the_dashboard_can_read_us(
    cli: Cli, synced_database: str, database: str, tmp_path: Path
) -> None:
    """What is served as the dashboard's data arrives somewhere else as the same offers."""
    region = tmp_path / "region.toml"
    with serving(synced_database) as (_, port, _):
        region.write_text(
            f"""[region]
name = "Gegenprobe"
areas = ["{BOTTROP}", {{ name = "Recklinghausen", level = "kreis" }}]
[[source]]
id = "dashboard"
type = "dashboard"
location = "http://127.0.0.1:{port}"
allow_private = true
per_second = 1000
page_size = 1
""",
            encoding="utf-8",
        )
        assert cli("sync", "--region", region).code == 0
    assert arrived(database) == shown(synced_database)


def arrived(database: str) -> set[tuple[str, str, str]]:
    """Return keys, links and statuses as the connector read them."""
    store = open_store(database)
    query = (
        select(service_record.c.reported_keys, statement.c.url, statement.c.status)
        .join(offering, offering.c.record_id == service_record.c.id)
        .join(
            statement,
            (statement.c.source_id == offering.c.source_id) & (statement.c.ref == offering.c.ref),
        )
    )
    with store.read() as connection:
        assert connection.scalar(select(source.c.complete))
        found = {(key.strip(), url, status) for key, url, status in connection.execute(query)}
    store.close()
    return found


def shown(database: str) -> set[tuple[str, str, str]]:
    """Return the same of what the sources of the served catalogue show as online with a link."""
    store = open_store(database)
    query = (
        select(service_record.c.reported_keys, statement.c.url)
        .join(offering, offering.c.record_id == service_record.c.id)
        .join(
            statement,
            (statement.c.source_id == offering.c.source_id) & (statement.c.ref == offering.c.ref),
        )
        .where(statement.c.status == "online", statement.c.url != "", service_record.c.reported_keys != "")
    )
    with store.read() as connection:
        found = {(key.strip(), url, "online") for key, url in connection.execute(query)}
    store.close()
    assert found
    return found
