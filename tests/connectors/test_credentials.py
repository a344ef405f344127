"""Secrets come out of the environment or a file, and no error shows any part of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue import messages
from connectors.credentials import read_secret
from connectors.errors import AbortRun

SECRET = "geheim-4711"


def refusal(**where: str) -> AbortRun:
    with pytest.raises(AbortRun) as caught:
        read_secret("client_secret_file", **where)
    for language in messages.LANGUAGES:
        assert messages.text(language, f"error.{caught.value.code}", **caught.value.params).isprintable()
    return caught.value


def test_a_secret_comes_out_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SECRET", f" {SECRET}\n")
    assert read_secret("client_secret_env", variable="PORTAL_SECRET") == SECRET


def test_a_secret_comes_out_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"\xef\xbb\xbf" + SECRET.encode() + b"\r\n")
    assert read_secret("client_secret_file", file=str(file)) == SECRET


def test_nothing_is_read_where_nothing_is_named() -> None:
    assert read_secret("client_secret_file") == ""


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("PORTAL_SECRET", raising=False)
    if value is not None:
        monkeypatch.setenv("PORTAL_SECRET", value)
    error = refusal(variable="PORTAL_SECRET")
    assert (error.code, error.params["variable"]) == ("secret_not_set", "PORTAL_SECRET")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for file in (tmp_path, tmp_path / "fehlt", "~niemand-4711/geheim"):
        error = refusal(file=str(file))
        assert (error.code, error.params["file"]) == ("secret_unreadable", str(file))


@pytest.mark.parametrize(
    "content",
    [b"", b" \n", f"{SECRET}\nzweite Zeile".encode(), SECRET.encode() * 2_000, b"geheim\xe4", b"geheim\x00"],
)
def test_what_can_be_no_secret_is_refused_without_being_shown(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    error = refusal(file=str(file))
    assert error.code == "secret_unusable"
    assert "geheim" not in str(error)
    assert error.__cause__ is None
