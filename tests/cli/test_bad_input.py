"""What a night may bring, through the whole product: one line, the right exit code, the last good state."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from catalogue.store import open_store
from connectors.fetch import Fetcher, FetchPolicy
from tests.cli.conftest import Cli
from tests.faultserver import FaultServer
from tests.sync.xzufi import message, online, responsibility, service

BOTTROP = "055120000000"
GOOD = message(
    service("L1", "99001001002000", "Abfallgebühr"),
    online("OD1", "https://bottrop.example/abfall"),
    responsibility("Z1", "L1", BOTTROP),
).encode()
LONG = (b'<?xml version="1.0"?>\n' + GOOD).replace(
    b"</transfer", b"<!-- " + b"x" * 200_000 + b" --></transfer"
)
BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE bomb [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<transfer xmlns="http://xoev.de/schemata/xzufi/2_2_0">&b;</transfer>"""
HTML = b"<!DOCTYPE html><html><body><h1>Wartungsarbeiten</h1></body></html>"


def zip_bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("delivery.xml", b" " * 30_000_000)
    return buffer.getvalue()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up on silent servers within a second and do not wait between attempts."""

    def impatient(policy: FetchPolicy, **_given: object) -> Fetcher:
        short = replace(policy, deadline=1.0, download_deadline=2.0)
        return Fetcher(short, sleep=lambda _seconds: None)

    monkeypatch.setattr("sync.prepare.Fetcher", impatient)


def region_of(folder: Path, location: str) -> Path:
    path = folder / "region.toml"
    path.write_text(
        f'[region]\nname = "Prüfung"\nareas = ["{BOTTROP}"]\n'
        f'[[source]]\nid = "feed"\ntype = "xzufi"\nlocation = "{location}"\nallow_private = true\n',
        encoding="utf-8",
    )
    return path


def state_of(database: str) -> dict[str, list[tuple[object, ...]]]:
    """Return everything that was delivered and decided, row by row."""
    store = open_store(database)
    with store.read() as connection:
        found = {
            table: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2"))]
            for table in ("service_record", "online_service", "offering", "match")
        }
    store.close()
    return found


@pytest.fixture
def after_a_good_night(
    cli: Cli, database: str, tmp_path: Path, server: FaultServer
) -> Callable[[str, bytes | None, str], str]:
    """Sync a good delivery, then another from the same address; return what the second night said."""

    def second_night(fault: str, content: bytes | None, name: str) -> str:
        server.add(f"/{name}", GOOD)
        first = cli("sync", "--region", region_of(tmp_path, server.url(f"/{name}")))
        assert first.code == 0, first.err
        before = state_of(database)
        if content is not None:
            server.add(f"/{name}", content)
        second = cli("sync", "--region", region_of(tmp_path, server.url(f"/{name}", fault=fault)))
        assert second.code == 4, second.out
        assert "Traceback" not in second.out + second.err
        assert state_of(database) == before
        cells = cli("cells", "--format", "json").json["rows"]
        status = {row["ozg_id"]: (row["status"], row["stale"]) for row in cells}
        assert status["10110"] == ("online", True)
        assert not any(row["status"] == "missing" for row in cells)
        lines = [line for line in second.err.splitlines() if line.startswith("feed:")]
        assert len(lines) == 1
        return lines[0]

    return second_night


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (LONG[: len(LONG) // 2], "Byte"),
        (HTML, "Webseite"),
        (b"", "leer"),
        (BOMB, "DOCTYPE"),
        (GOOD.replace("Abfallgebühr".encode(), "Abfallgebühr".encode("latin-1")), "Kodierung"),
        (b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "XZuFi"),
        (message().encode(), ""),
        (zip_bomb(), ""),
        (gzip.compress(b" " * 30_000_000), ""),
        (b"PK\x03\x04 torn archive", ""),
    ],
    ids=[
        "truncated XML",
        "HTML instead of XML",
        "empty",
        "entity bomb",
        "wrong encoding",
        "another kind of XML",
        "no record at all",
        "zip bomb",
        "gzip bomb",
        "torn archive",
    ],
)
def test_an_unusable_delivery_is_refused_in_one_line_and_what_was_known_stays(
    after_a_good_night: Callable[[str, bytes | None, str], str], content: bytes, said: str
) -> None:
    assert said in after_a_good_night("", content, "delivery.xml")


@pytest.mark.parametrize(
    "fault",
    ["reset=50", "short=50", "no-length=50", "hang", "slow-body=0.1", "status=500", "html", "redirect-loop"],
)
def test_a_server_in_trouble_is_told_in_one_line_and_what_was_known_stays(
    after_a_good_night: Callable[[str, bytes | None, str], str], fault: str
) -> None:
    assert after_a_good_night(fault, LONG, "delivery.xml")


def test_an_empty_index_is_no_delivery_and_what_was_known_stays(
    cli: Cli, database: str, tmp_path: Path, server: FaultServer
) -> None:
    server.add("/feed/index.txt", b"delivery.xml\r\n\r\n")
    server.add("/feed/delivery.xml", GOOD)
    region = region_of(tmp_path, server.url("/feed/"))
    assert cli("sync", "--region", region).code == 0
    before = state_of(database)
    server.add("/feed/index.txt", b"\r\n\r\n")

    answer = cli("sync", "--region", region)

    assert answer.code == 4
    assert state_of(database) == before


def test_an_area_key_of_13_digits_is_kept_as_it_is_noticed_and_counts_nowhere(
    cli: Cli, tmp_path: Path, database: str
) -> None:
    path = tmp_path / "delivery.xml"
    path.write_bytes(GOOD.replace(BOTTROP.encode(), b"0551200000000"))

    answer = cli("sync", "--region", region_of(tmp_path, str(path)))

    assert answer.code == 0
    assert "0551200000000" in answer.out
    assert state_of(database)["offering"][0][6] == "0551200000000"
    assert not any(row["status"] == "online" for row in cli("cells", "--format", "json").json["rows"])


def test_a_region_file_with_a_13_digit_key_touches_nothing(cli: Cli, tmp_path: Path, database: str) -> None:
    region = region_of(tmp_path, "delivery.xml")
    region.write_text(region.read_text(encoding="utf-8").replace(BOTTROP, "0551200000000"), encoding="utf-8")
    before = state_of(database)

    answer = cli("sync", "--region", region)

    assert answer.code == 2
    assert f"{region}:3" in answer.err
    assert state_of(database) == before
