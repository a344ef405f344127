"""The page: the files of one folder and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.serve.asking import Browser, browsing


@pytest.fixture
def pages(synced_database: str, tmp_path: Path) -> Iterator[Browser]:
    """Asks for a small site that lies beside a secret."""
    site = tmp_path / "site"
    files = {
        "site/index.html": "<h1>Übersicht</h1>",
        "site/gebiete/bottrop.html": "<h1>Bottrop</h1>",
        "site/gebiete/index.html": "<h1>Gebiete</h1>",
        "site/seite.css": "h1 {}",
        "site/seite.js": "1;",
        "site/arbeitsmappen/bottrop.xlsx": "x",
        "site/.git/config": "secret",
        "site/gebiete/.versteckt": "secret",
        "site/api/v1/cells": "not the interface",
        "secret.txt": "secret",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    (site / "link.txt").symlink_to(tmp_path / "secret.txt")
    with browsing(synced_database, site=site) as opened:
        yield opened


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/gebiete/", "text/html; charset=utf-8"),
        ("/gebiete/bottrop.html", "text/html; charset=utf-8"),
        ("/seite.css", "text/css; charset=utf-8"),
        ("/seite.js", "text/javascript; charset=utf-8"),
        ("/arbeitsmappen/bottrop.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_files_come_with_their_types(pages: Browser, path: str, kind: str) -> None:
    answer = pages.get(path)
    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["cache-control"] == "no-cache"
    assert pages.get(path, if_none_match=answer.headers["etag"]).status == 304
    head = pages.send("HEAD", path)
    assert (head.status, head.body, head.headers["content-length"]) == (
        200,
        b"",
        answer.headers["content-length"],
    )


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/gebiete/../../secret.txt",
        "/gebiete/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "//secret.txt",
        "/.git/config",
        "/%2egit/config",
        "/gebiete/.versteckt",
        "/link.txt",
        "/secret.txt%00.html",
        "/" + "x" * 5_000,
        "/nothing.html",
    ],
)
def test_nothing_else_can_be_had(pages: Browser, path: str) -> None:
    answer = pages.get(path)
    assert answer.status == 404
    assert b"secret" not in answer.body


def test_the_interface_stays_what_it_is(pages: Browser) -> None:
    assert pages.get("/api/v1/cells?limit=1").rows[0]["ozg_id"] == "10000"
    assert pages.get("/v1/ars").status == 200


def test_pages_may_load_only_what_lies_beside_them(pages: Browser) -> None:
    policy = pages.get("/").headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_without_a_page_the_way_leads_to_the_interface(browser: Browser) -> None:
    answer = browser.get("/")
    assert (answer.status, answer.headers["location"]) == (307, "/api/v1/")
    assert browser.get("/api/v1").headers["location"] == "/api/v1/"
    assert "/api/v1/cells" in browser.get("/api/v1/").json["paths"]


def test_what_is_not_there_is_said_where_to_look(browser: Browser) -> None:
    for path in ("/nothing", "/api/v1/nothing", "/v1/nothing", "/api/v2/cells"):
        answer = browser.get(path)
        assert (answer.status, answer.json["code"]) == (404, "not_found")
