"""Officers read one clear line, in both languages, whatever goes wrong on the way to a source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalogue import messages

URL = "https://stadt.example/feed.xml"
ERRORS: dict[str, dict[str, str | int]] = {
    "bad_url": {"url": URL},
    "address_private": {"host": "stadt.example", "address": "10.0.0.1", "rule": "private"},
    "address_forbidden": {"host": "stadt.example", "address": "169.254.169.254", "rule": "link_local"},
    "host_unknown": {"host": "stadt.example"},
    "host_unresolved": {"host": "stadt.example"},
    "unreachable": {"host": "stadt.example"},
    "timed_out": {"url": URL},
    "too_slow": {"url": URL, "seconds": 60},
    "rate_too_low": {"url": URL, "seconds": 31},
    "connection_broken": {"url": URL},
    "certificate_invalid": {"url": URL},
    "http_status": {"url": URL, "status": 503},
    "postponed": {"url": URL, "status": 429, "retry_after": 86_400},
    "too_many_redirects": {"url": URL, "limit": 5},
    "redirect_unusable": {"url": URL, "target": "file:///etc/passwd"},
    "redirect_downgrade": {"url": URL, "target": "http://stadt.example/"},
    "host_not_allowed": {"host": "anderswo.example", "allowed": "*.stadt.example"},
    "ca_bundle_absent": {"file": "eigene-ca.pem"},
    "redirect_unwanted": {"url": URL, "target": "https://stadt.example/antrag"},
    "form_redirected": {"url": URL, "target": "https://anderswo.example/token"},
    "too_large": {"url": URL, "limit": 67_108_864},
    "decompression_bomb": {"url": URL, "ratio": 200},
    "encoding_unknown": {"url": URL, "encoding": "br"},
    "storage_failed": {"folder": "/daten", "reason": "No space left on device"},
    "archive_unknown": {"archive": "feed.zip"},
    "archive_corrupt": {"archive": "feed.zip"},
    "archive_encrypted": {"archive": "feed.zip", "entry": "1.xml"},
    "archive_empty": {"archive": "feed.zip"},
    "archive_too_large": {"archive": "feed.zip", "limit": 8_589_934_592},
    "archive_bomb": {"archive": "feed.zip", "ratio": 200},
    "archive_too_many": {"archive": "feed.zip", "limit": 10_000},
    "archive_path": {"archive": "feed.zip", "entry": "../1.xml"},
    "archive_link": {"archive": "feed.zip", "entry": "1.xml"},
    "archive_nested": {"archive": "feed.zip", "entry": "1.zip"},
    "archive_method": {"archive": "feed.zip", "entry": "1.xml"},
    "archive_duplicate": {"archive": "feed.zip", "entry": "1.xml"},
}
MODULES = ("addresses", "archive", "exchange", "replacement", "retries", "wire")
CODE = re.compile(r'(?:RetryLater|RejectDelivery|AbortRun|rejected|return|code =)\(?\s*"([a-z]+_?[a-z_]*)"')
#: Strings that stand where a code may stand, too.
RULES = {"reserved", "malformed"}


@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("code", ERRORS)
def test_every_error_has_one_clear_line(language: str, code: str) -> None:
    line = messages.text(language, f"error.{code}", **ERRORS[code])
    assert line.isprintable()
    assert all(str(value) in line for value in ERRORS[code].values())


def test_no_error_is_forgotten() -> None:
    folder = Path(__file__).parents[2] / "connectors"
    raised = {
        code
        for module in MODULES
        for code in CODE.findall((folder / f"{module}.py").read_text(encoding="utf-8"))
    }
    assert raised - RULES <= set(ERRORS)
    assert len(raised - RULES) > 25
