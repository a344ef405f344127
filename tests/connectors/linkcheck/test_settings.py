"""The manual of the link check names every setting with its default."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.linkcheck.settings import LinkSettings

MANUAL = Path("docs/linkpruefung.md").read_text(encoding="utf-8")


def test_the_manual_names_every_setting_with_its_default() -> None:
    section = MANUAL.partition("\n## Einstellungen\n")[2].partition("\n## ")[0]
    documented = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE))
    shown = {
        name: {"": "leer", "()": "leer", "True": "true", "False": "false"}.get(str(value), str(value))
        for name, value in LinkSettings().model_dump().items()
    }
    assert documented == shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"delay": -1},
        {"contact": "a\nX-Y: z"},
        {"start_paths": ("/",)},
        {"skip_hosts": ("http://a",)},
        {"dely": 3},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LinkSettings(**wrong)  # type: ignore[arg-type]
