"""Draws the picture of the region's page that README shows: ``python -m tests.browser.picture FILE``.

The page is that of the demo region after three nights, so that the picture shows what ``make demo`` makes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.browser.chromium import find, started
from tests.browser.visit import Visitor

NIGHTS = "3"
#: Pixels; the page is as wide as README, and everything down to the end of the first map is shown.
WIDTH = 1060
MARGIN = 8


def draw(picture: Path) -> None:
    """Play the demo and draw the upper part of its first page. Raise OSError without Chromium."""
    found = find()
    if not found.program:
        raise FileNotFoundError(found.failure)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = f"sqlite:///{folder / 'demo' / 'demo.sqlite'}"
        _lueckenlos("demo", "--out", str(folder / "demo"), "--nights", NIGHTS)
        _lueckenlos("--db", database, "report", "--out", str(folder / "seite"))
        address = (folder / "seite").as_uri()
        with started(found.program) as browser, Visitor.of(browser, address, (WIDTH, 900)) as visitor:
            page = visitor.open("index.html")
            box = page.locator(".heat").first.bounding_box()
            if box is None or visitor.troubles:
                raise ValueError(f"the page is not as it should be: {visitor.troubles}")
            height = round(box["y"] + box["height"]) + MARGIN
            page.screenshot(
                path=picture, full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": height}
            )


def _lueckenlos(*arguments: str) -> None:
    program = Path(sys.executable).with_name("lueckenlos")
    subprocess.run([str(program), *arguments], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
