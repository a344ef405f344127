"""The server of the demo serves one night, on this machine only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cli.demo.generator import address_of
from cli.demo.server import DemoServer
from cli.demo.sources import SOURCES
from tests.cli.demo.support import answer


def test_the_server_serves_files_of_its_night(server: DemoServer) -> None:
    status, headers, body = answer(server, "/marl/lieferung.xml?n=1")

    assert (status, body) == (200, b"<a/>")
    assert headers["Content-Type"] == "application/xml"
    assert headers["Content-Length"] == "4"


def test_the_server_answers_conditional_requests(server: DemoServer) -> None:
    _, headers, _ = answer(server, "/marl/lieferung.xml")

    known = {"If-None-Match": headers["ETag"]}

    assert answer(server, "/marl/lieferung.xml", headers=known)[0] == 304
    assert answer(server, "/marl/lieferung.xml", headers={"If-None-Match": '"other"'})[0] == 200


def test_the_server_answers_head_without_a_body(server: DemoServer) -> None:
    status, headers, body = answer(server, "/marl/lieferung.xml", "HEAD")

    assert (status, headers["Content-Length"], body) == (200, "4", b"")


@pytest.mark.parametrize("path", ["/absent.xml", "/", "/marl", "/../secret.txt", "/%2e%2e/secret.txt"])
def test_the_server_serves_nothing_else(server: DemoServer, path: str) -> None:
    assert answer(server, path)[0] == 404


def test_a_broken_source_asks_for_more_patience_than_anybody_has(server: DemoServer) -> None:
    status, headers, _ = answer(server, "/herne/lieferung.xml")

    assert status == 503
    assert int(headers["Retry-After"]) > 600


def test_the_server_listens_on_this_machine_only(server: DemoServer) -> None:
    assert server.url.startswith("http://127.0.0.1:")


def test_a_port_that_is_taken_is_an_error(server: DemoServer, tmp_path: Path) -> None:
    port = int(server.url.rpartition(":")[2].rstrip("/"))

    with pytest.raises(OSError, match="in use"):
        DemoServer(tmp_path, port=port)


def test_addresses_of_folders_end_with_a_slash() -> None:
    folders = [spec for spec in SOURCES if spec.packing == "folder"]

    assert [address_of(spec) for spec in folders] == ["land-nrw/", "ost-vest/"]
    assert address_of(replace(folders[0], packing="zip")) == "land-nrw/lieferung.zip"
