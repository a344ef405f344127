"""Finds the browser that the tests drive: an installed Chromium, or the one that somebody demands.

Without one the tests that need it are skipped, and the end of the run says so. ``LUECKENLOS_TEST_BROWSER``
names the program to use; then a missing or broken one is a failure.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

__all__ = ["DEMANDED", "LEFT_OUT", "Found", "find", "started"]

DEMANDED = "LUECKENLOS_TEST_BROWSER"
LEFT_OUT = "no Chromium"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Nothing of its own shall ask the network. Containers have no place for a sandbox; all pages are ours.
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Found:
    """The program to use, or why there is none; ``demanded`` if somebody said which."""

    program: str = ""
    failure: str = ""
    demanded: bool = False


def find() -> Found:
    """Look for the browser."""
    demanded = os.environ.get(DEMANDED, "")
    if demanded:
        program = shutil.which(demanded) or ""
        return Found(program, "" if program else f"{DEMANDED}: {demanded} is no program", demanded=True)
    for name in PROGRAMS:
        program = shutil.which(name) or ""
        if program:
            return Found(program)
    return Found(failure="no Chromium on this machine")


@contextmanager
def started(program: str) -> Iterator[Browser]:
    """Give a running browser with a profile of its own, which is removed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=Path(program), args=list(SWITCHES))
        try:
            yield browser
        finally:
            browser.close()
