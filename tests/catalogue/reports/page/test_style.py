"""Contrast as WCAG 2.1 measures it, of every pair of colours the style writes down."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STYLE = Path("catalogue/reports/page/assets/seite.css").read_text(encoding="utf-8")
VARIABLES = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{3,6})", STYLE))
LEAST = 4.5


def colour(written: str) -> str:
    """Return a colour with six digits, whatever it is written as."""
    found = re.sub(r"var\(--([a-z]+)\)", lambda name: VARIABLES[name[1]], written.strip())
    digits = found.removeprefix("#")
    return digits if len(digits) == 6 else "".join(2 * one for one in digits)


def luminance(digits: str) -> float:
    """Return the relative luminance of a colour, from 0 to 1."""
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    light, dark = sorted((luminance(colour(one)), luminance(colour(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def pairs() -> list[tuple[str, str, str]]:
    """Return the rules that set both colour and background."""
    found = []
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", STYLE):
        ink = re.search(r"(?<![-a-z])color: ([^;]+)", body)
        ground = re.search(r"background(?:-color)?: (#[0-9a-f]+|var\(--[a-z]+\))", body)
        if ink and ground and "inherit" not in ink[1]:
            found.append((" ".join(selector.split()), ink[1], ground[1]))
    return found


@pytest.mark.parametrize(("selector", "ink", "ground"), pairs(), ids=[one[0][:30] for one in pairs()])
def test_text_can_be_read_on_its_ground(selector: str, ink: str, ground: str) -> None:
    assert contrast(ink, ground) >= LEAST


@pytest.mark.parametrize("ground", ["paper", "tint"])
@pytest.mark.parametrize("ink", ["ink", "soft", "accent", "deep", "late"])
def test_the_colours_of_text_can_be_read_on_both_grounds(ink: str, ground: str) -> None:
    assert contrast(VARIABLES[ink], VARIABLES[ground]) >= LEAST


def test_every_shade_of_the_map_and_every_status_is_among_them() -> None:
    selectors = " ".join(selector for selector, _, _ in pairs())
    assert all(f".h{step}" in selectors for step in (*range(11), "x"))
    assert all(
        f".status.{code}" in selectors for code in ("online", "form", "described", "missing", "unknown")
    )


def test_contrast_is_measured_as_defined() -> None:
    assert round(contrast("#000", "#fff"), 1) == 21
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54
