from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.errors import NotFound
from catalogue.rulefile import MOST_BYTES
from catalogue.signals_rules import SIGNALS, packaged_rules, read_rules

LEAST = 'rules = "own/1"\nshared_services = 3\n'


def read(folder: Path, content: str | bytes) -> object:
    path = folder / "signals.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_rules(path)


def test_the_packaged_rules_let_every_signal_exclude() -> None:
    assert packaged_rules().excluding == SIGNALS


def test_hosts_are_compared_without_www(tmp_path: Path) -> None:
    rules = read(tmp_path, LEAST + '[shared_hosts]\n"WWW.efa.example" = 20\n')
    assert rules.shared_hosts == {"efa.example": 20}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("content", "code", "key"),
    [
        (LEAST + "typo = 1\n", "rules_value", "typo"),
        ('rules = "x"\n', "rules_value", "shared_services"),
        (LEAST.replace("3", "1"), "rules_value", "shared_services"),
        (LEAST + 'excluding = ["home"]\n', "rules_value", "excluding"),
        (LEAST + '[shared_hosts]\n"a.example" = 1\n', "rules_value", "shared_hosts"),
        (LEAST + '[login_page]\nhost = ["a"]\n', "rules_value", "login_page.host"),
        ("rules = \n", "rules_syntax", None),
        (b"rules = '\xff'\n", "rules_syntax", None),
        ("#" * (MOST_BYTES + 1), "rules_too_large", None),
    ],
)
def test_a_file_with_a_slip_is_refused_by_name(
    tmp_path: Path, content: str | bytes, code: str, key: str | None
) -> None:
    with pytest.raises(NotFound) as caught:
        read(tmp_path, content)
    assert (caught.value.code, caught.value.params.get("key")) == (code, key)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        read_rules(tmp_path / "none.toml")
    assert caught.value.code == "rules_unreadable"
    assert "none.toml" in str(caught.value.params["file"])
